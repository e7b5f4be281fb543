"""From a cell of a sheet to the value that a field wants. Values have their rules in cleaners.py; here is what only sheets do.

An empty cell is "" as text and None as anything else. Every refusal is a BadValue with a sentence.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from shuke.exchange.reading import Cell
from shuke.language.cleaners import FULL_WIDTH, BadValue, clean_day, clean_decimal, clean_integer, clean_text

EXACT = 10**15  # a spreadsheet keeps 15 digits of a number; beyond, the last ones have become zeros
FIRST_SERIAL, LAST_SERIAL = 61, 109_574  # 1900-03-01 and 2199-12-31 as days since 1899-12-30
SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?e\+?([0-9]{1,3})", re.I)
SEPARATORS = re.compile(r"[、,，;；|｜\r\n]+")


def as_text(value: Cell, *, lines: bool = False) -> str:
    """`value` as a person would write it: 13800138000.0 is 13800138000, a day is 2026-01-02, midnight is left away."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(_exact(int(value)))
        case float():
            return f"{Decimal(f'{value:.15g}'):f}"
        case int():
            return str(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "seconds")
        case time():
            return value.isoformat("auto" if value.second or value.microsecond else "minutes")
        case date():
            return value.isoformat()
        case _:
            return clean_text(value, lines=lines)


def as_day(value: Cell) -> date | None:
    """A day; also out of a number, 46024 or 20260102, because the field is a day. Ambiguous days are refused."""
    if value is None or value == "":
        return None
    if isinstance(value, (bool, time)):
        raise BadValue(_("A day is expected here, for example 2026-01-02."))
    if isinstance(value, (int, float)):
        if FIRST_SERIAL <= value < LAST_SERIAL + 1:
            return date(1899, 12, 30) + timedelta(days=int(value))
        return clean_day(as_text(value))
    return clean_day(value)


def as_decimal(value: Cell, *, places: int = 2) -> Decimal | None:
    """An exact number with at most `places` decimals; the noise of a float (0.30000000000000004) is gone."""
    return None if value is None or value == "" else clean_decimal(_number(value), places=places)


def as_integer(value: Cell) -> int | None:
    """A whole number within 64 bits."""
    return None if value is None or value == "" else clean_integer(_number(value))


def as_phone_text(value: Cell) -> str:
    """The digits of a phone, an account or a card. 1.38E+10 is refused: the sheet has kept three of its eleven digits."""
    text = as_text(value)
    match = SCIENTIFIC.fullmatch(text.translate(FULL_WIDTH))
    if not match:
        return text
    first, decimals, power = match[1], match[2] or "", int(match[3])
    if len(decimals) == power:
        return first + decimals
    raise BadValue(
        _("The spreadsheet shortened this number to %(text)s. Format the column as text and enter the digits again."),
        text=text,
    )


def split_numbers(value: Cell) -> list[str]:
    """The parts of 13800138000/0757-80000000, at least one."""
    return split_many(as_text(value, lines=True).replace("/", "、").replace("／", "、")) or [""]


def split_many(text: str) -> list[str]:
    """The parts of 王总、李姐；小张, trimmed, without empty ones, each once."""
    return list(dict.fromkeys(part for part in map(str.strip, SEPARATORS.split(text)) if part))


def _exact(number: int) -> int:
    if abs(number) >= EXACT:
        raise BadValue(_("The spreadsheet rounded this long number. Format the column as text and enter the digits again."))
    return number


def _number(value: Cell) -> str:
    if isinstance(value, (bool, date, time)):
        raise BadValue(_("A number is expected here, for example 1200 or 1,200.50."))
    return as_text(value)
