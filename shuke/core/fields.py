"""Model fields that business objects share: money, lists of words, derived columns, and how a value looks in the journal."""

from __future__ import annotations

import datetime
import json
import zlib
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, TypeVar

from django.apps import apps
from django.core import exceptions
from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.language import cleaners, phones

CENT = Decimal("0.01")
LIMIT = Decimal("90000000000000")  # 64 bits of hundredths, with room for sums

F = TypeVar("F", bound="models.Field[Any, Any]")


def derived(field: F) -> F:
    """Mark a column that is computed, not said by a person: no journal, no version, no undo; written by `store_derived`."""
    field.editable = False
    field.blank = True
    field.derived = True
    return field


def is_derived(field: models.Field[Any, Any]) -> bool:
    return getattr(field, "derived", False)


class JsonField(models.JSONField):
    """JSON without a CHECK in the schema: SQLite may not call json_valid() from it while `trusted_schema` is off."""

    def db_check(self, connection: Any) -> None:
        return None


class MoneyField(models.Field):
    """An amount as `Decimal` with two places; stored as an integer of hundredths, since SQLite sums decimals as floats."""

    description = "Amount of money"

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-2)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        try:
            amount = cleaners.clean_decimal(value, places=2)
        except cleaners.BadValue as error:
            raise exceptions.ValidationError(error.sentence, code="invalid") from None
        if abs(amount) > LIMIT:
            raise exceptions.ValidationError(_("This amount is too large."), code="invalid")
        return amount.quantize(CENT, ROUND_HALF_UP)

    def get_prep_value(self, value: Any) -> int | None:
        if type(value) is Decimal and value.as_tuple().exponent in (0, -1, -2):  # an amount already: to parse it again takes time
            return int(value.scaleb(2))
        amount = self.to_python(value)
        return None if amount is None else int(amount.scaleb(2))

    def formfield(self, **kwargs: Any) -> Any:
        from shuke.core import widgets

        return super().formfield(**{"form_class": widgets.MoneyFormField, **kwargs})


class WordsField(models.Field):
    """A short list of words (tags, aliases, roles) as `list[str]` without repeats, kept in order.

    The row keeps the list, so a page shows it without a join and the journal tells it as one value; `values.Value` rows beside
    it make it filterable. `words` limits it to constants with labels.
    """

    description = "List of words"

    def __init__(self, *args: Any, words: list[tuple[str, Any]] | None = None, **kwargs: Any) -> None:
        self.words = words
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "TextField"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> list[str]:
        return json.loads(value) if value else []

    def to_python(self, value: Any) -> list[str]:
        if value is None or value == "":
            return []
        if isinstance(value, str):
            value = json.loads(value) if value.startswith("[") else [value]
        return list(dict.fromkeys(word for word in map(str, value) if word))

    def get_prep_value(self, value: Any) -> str:
        if value == []:
            return "[]"
        return json.dumps(self.to_python(value), ensure_ascii=False)

    def validate(self, value: Any, model_instance: Any) -> None:
        if not value and not self.blank:
            raise exceptions.ValidationError(self.error_messages["blank"], code="blank")
        if self.words is not None:
            known = {key for key, _label in self.words}
            for word in value:
                if word not in known:
                    raise exceptions.ValidationError(
                        _("“%(word)s” is not one of the choices."), code="invalid", params={"word": word}
                    )

    def formfield(self, **kwargs: Any) -> Any:
        from shuke.core import widgets

        return super().formfield(**{"form_class": widgets.WordsFormField, "words": self.words, **kwargs})


class KindField(models.Field):
    """The label of a model ("parties.party"), stored in four bytes: the core's tables name one in each of millions of rows."""

    description = "Kind of record"

    def get_internal_type(self) -> str:
        return "IntegerField"

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else code_of(value)

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else labels().get(value, f"#{value}")  # of a room that is not there any more


@cache
def code_of(label: str) -> int:
    return zlib.crc32(label.encode()) >> 1


@cache
def labels() -> dict[int, str]:
    """Raises ValueError when two models share a code: one of them needs another name."""
    found: dict[int, str] = {}
    for model in apps.get_models():
        label = model._meta.label_lower
        if found.setdefault(code_of(label), label) != label:
            raise ValueError(f"{label} and {found[code_of(label)]} have the same code")
    return found


class PhoneField(models.CharField):
    """A telephone number in its storage form (see `phones.normal`), shown in groups, masked where rights say so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def clean(self, value: Any, model_instance: Any) -> str:
        try:
            return super().clean(phones.normal(value) if value else "", model_instance)
        except cleaners.BadValue as error:
            raise exceptions.ValidationError(error.sentence, code="invalid") from None


def plain(field: models.Field[Any, Any], value: Any) -> Any:
    """`value` of `field` as the journal and the API tell it: amounts as decimal strings, days as ISO, keys as integers."""
    if value is None or isinstance(value, (bool, int, str, list, dict)):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (datetime.date, datetime.time)):  # a moment is a date too
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    return str(value)


def from_plain(field: models.Field[Any, Any], value: Any) -> Any:
    """Inverse of `plain`: the value that the record held."""
    return field.target_field.to_python(value) if field.is_relation and value is not None else field.to_python(value)
