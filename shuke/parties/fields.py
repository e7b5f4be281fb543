"""What the tables of parties are made of: a rule about one row, a key to sort by, a day of the year, a tax number."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import Any

from django.core import exceptions
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shuke.core.actions import holds
from shuke.language import cleaners, tax_number
from shuke.language.lunar import LunarDay

MONTH_DAY = re.compile(r"([0-9]{1,2}) *(?:[-/.]|月) *([0-9]{1,2}) *[日号]?")
LUNAR = re.compile("[闰閏农農阴陰旧舊正冬腊臘初廿卅]|[一二三四五六七八九十]月")
LEAP_YEAR = 2000  # has every day of every month


class Check(models.CheckConstraint):
    """A rule about one row, asked in Python first: Django would ask the store, one statement for each."""

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: Any = None) -> None:
        named = columns_of(self.condition)
        if named & set(exclude or ()):  # those that were refused already, too
            return
        if not holds(said_of(self.condition, instance), instance):
            error = exceptions.ValidationError(self.get_violation_error_message(), code=self.violation_error_code)
            raise exceptions.ValidationError({named.pop(): error}) if len(named) == 1 else error


def columns_of(condition: Q) -> set[str]:
    """The columns that a condition tests."""
    each = [columns_of(child) if isinstance(child, Q) else {child[0].partition("__")[0]} for child in condition.children]
    return set().union(*each)


def said_of(condition: Q, record: Any) -> Q:
    """`condition` with the columns of `record` that it names replaced by their values."""
    plain = condition.copy()
    plain.children = [
        said_of(child, record) if isinstance(child, Q) else (child[0], value_of(child[1], record)) for child in plain.children
    ]
    return plain


def value_of(wanted: Any, record: Any) -> Any:
    return getattr(record, wanted.name) if isinstance(wanted, F) else wanted


class SortKeyField(models.CharField):
    """An ASCII key made by `pinyin.sort_key`, compared by bytes on either store."""

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        found = super().db_parameters(connection)
        return {**found, "collation": "C"} if connection.vendor == "postgresql" else found


class CheckedField(models.CharField):
    """A text that `check_text` brings to its one spelling when cleaned; what is saved or asked for goes to the store as it is."""

    def check_text(self, value: Any) -> str:
        raise NotImplementedError

    def to_python(self, value: Any) -> str:
        try:
            return self.check_text(value) if value else ""
        except cleaners.BadValue as error:
            raise exceptions.ValidationError(error.sentence, code="invalid") from None

    def get_prep_value(self, value: Any) -> Any:
        return value


class DayOfYearField(CheckedField):
    """A birthday or another day that comes back: "1985-03-02", "03-02" without a year, or lunar, "腊月二十", "闰四月初三"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("help_text", _("For example 1985-03-02, 3月2日, or by the Chinese calendar 腊月二十."))
        super().__init__(*args, **kwargs)

    def check_text(self, value: Any) -> str:
        return normal(value)


class TaxNumberField(CheckedField):
    """A tax number, checked."""

    def check_text(self, value: Any) -> str:
        return tax_number.check(value)


def normal(value: Any) -> str:
    """The form in which a day of the year is stored; "" for nothing. Raises BadValue with a sentence."""
    if isinstance(value, datetime.date):
        return cleaners.clean_day(value).isoformat()
    text = cleaners.clean_text(value, limit=40)
    if not text:
        return ""
    if match := MONTH_DAY.fullmatch(text.translate(cleaners.FULL_WIDTH)):
        return cleaners.clean_day(f"{LEAP_YEAR}-{match[1]}-{match[2]}").isoformat().removeprefix(f"{LEAP_YEAR}-")
    return str(LunarDay.parse(text)) if LUNAR.search(text) else cleaners.clean_day(text).isoformat()


def next_time(stored: str, today: datetime.date, *, yearly: bool = True) -> datetime.date | None:
    """The next day, today included, on which a stored day of the year falls; None when it does not come again.

    29 February falls on the 28th in an ordinary year.
    """
    if not stored:
        return None
    if not stored[0].isdigit():
        return LunarDay.parse(stored).next_after(today - datetime.timedelta(days=1))
    if not yearly and len(stored) == 10:
        day = datetime.date.fromisoformat(stored)
        return day if day >= today else None
    month, number = int(stored[-5:-3]), int(stored[-2:])
    falls = [
        datetime.date(year, month, min(number, calendar.monthrange(year, month)[1])) for year in (today.year, today.year + 1)
    ]
    return falls[0] if falls[0] >= today else falls[1]
