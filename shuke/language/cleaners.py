"""What comes through a door, made storable: one cleaner per kind of value, the same for forms, files, the API and the shell.

A cleaner returns the right value or raises `BadValue` with a sentence for the person who typed it; it never guesses.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LARGEST = 2**63 - 1  # both stores keep whole numbers in 64 bits
FIRST_YEAR, LAST_YEAR = 1900, 2199

FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: " ", 0xFFE5: "¥", 0x2212: "-"}
LINE_ENDS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
BROKEN = re.compile("[\x00\ud800-\udfff]")
# Control characters, marks that turn the writing direction, zero-width blanks and U+FFFE/F: nobody sees them, names that hold
# them look alike and differ, and a workbook cannot carry them. Phones copied on an iPhone come wrapped in U+202D and U+202C.
INVISIBLE = re.compile(
    "[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)
# Joiners are kept inside a text (emoji of several parts, Indic scripts) and mean nothing at its ends.
ENDS = "\u200c\u200d" + "".join(filter(str.isspace, map(chr, range(0x3001))))

NUMBER = re.compile(
    r"(?:[¥$]|rmb|cny)? *([+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:e[+-]?[0-9]{1,4})?) *(?:元|圆|rmb|cny)?", re.I
)
DAY = re.compile(
    r"""([0-9]{4})\s*(?: (?P<mark>[-/.])\s*([0-9]{1,2})\s*(?P=mark)\s*([0-9]{1,2})
                       | 年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号]?
                       | ([0-9]{2})([0-9]{2}) )
        (?:[\sT]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?""",
    re.VERBOSE,
)
YEAR_LAST = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{2,4}.*")
YES = frozenset("是 有 对 對 真 √ ✓ ✔ ☑ y yes true t on 1".split())
NO = frozenset("否 无 没有 沒有 無 不 不是 错 錯 假 × ✗ ✘ ☐ x n no false f off 0".split())
SERIAL = re.compile(r"[1-9][0-9]{4}(?:\.[0-9]+)?")  # how a spreadsheet stores a day: days since 1899-12-30, 1927 to 2173


class BadValue(ValueError):
    """A value that cannot be taken; `sentence` tells the user what is wrong and what to do, in the language active when read."""

    def __init__(self, message: str | Promise, **values: object) -> None:
        super().__init__(message, values)
        self.message, self.values = message, values

    @property
    def sentence(self) -> str:
        return str(self.message) % self.values if self.values else str(self.message)

    def __str__(self) -> str:
        return self.sentence


def clean_text(value: object, *, lines: bool = False, limit: int | None = None) -> str:
    """Text in NFC without what nobody can see, blank ends cut; `lines` keeps line breaks (as \\n) and tabs, else a blank.

    None is "". A whole float (how spreadsheets hold 13800138000) loses its ".0".
    Raises BadValue for NUL and lone surrogates (a file read in the wrong encoding) and beyond `limit` characters.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value)
    if not text.isascii() or not text.isprintable():
        if BROKEN.search(text):
            raise BadValue(_("This text holds a damaged character. Delete it and type it again."))
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", LINE_ENDS.sub("\n", text)))
        if not lines:
            text = re.sub("[\n\t]+", " ", text)
    text = text.strip(ENDS)
    if limit is not None and len(text) > limit:
        raise BadValue(_("Too long: %(length)d characters, at most %(limit)d fit."), length=len(text), limit=limit)
    return text


def clean_integer(value: object, *, minimum: int = -LARGEST, maximum: int = LARGEST) -> int:
    """A whole number; takes full-width digits, 1,200 and 1.2E+05. Raises BadValue for all else, NaN and beyond the bounds."""
    return int(clean_decimal(value, places=0, minimum=minimum, maximum=maximum))


def clean_decimal(
    value: object, *, places: int, minimum: Decimal | int | None = -LARGEST, maximum: Decimal | int | None = LARGEST
) -> Decimal:
    """An exact number with `places` decimals; takes full-width digits, 1,200.50, ￥1200 and 1200元.

    What differs from `places` decimals by less than a billionth is a float's noise and rounded away; real further decimals are
    refused. Bounds are inclusive. Raises BadValue.
    """
    match = None if isinstance(value, bool) else NUMBER.fullmatch(_plain(value))
    if match is None:
        raise BadValue(_("A number is expected here, for example 1200 or 1,200.50."))
    number = Decimal(match[1].replace(",", ""))
    low, high = -LARGEST if minimum is None else minimum, LARGEST if maximum is None else maximum
    if not low <= number <= high:
        raise BadValue(_("The number must lie between %(low)s and %(high)s."), low=low, high=high)
    rounded = number.quantize(Decimal(1).scaleb(-places))
    if abs(rounded - number) > Decimal("1e-9"):
        if places == 0:
            raise BadValue(_("A whole number is expected here, without decimals."))
        raise BadValue(_("At most %(places)d decimals fit here."), places=places)
    return rounded + 0  # "-0" becomes 0


def clean_day(value: object) -> date:
    """A day from 1900 to 2199: 2026-01-02, 2026/1/2, 2026.1.2, 2026年1月2日, 20260102, a spreadsheet's 46024; a time is cut.

    Raises BadValue, above all for 1/2/2026, which is January in one office and February in the next.
    """
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return _within(value)
    text = _plain(value)
    if SERIAL.fullmatch(text):
        return _within(date(1899, 12, 30) + timedelta(days=int(float(text))))
    if match := DAY.fullmatch(text):
        year, month, number = (int(part) for part in match.groups() if part and part.isdigit())
        try:
            day = date(year, month, number)
        except ValueError:
            raise BadValue(_("There is no such day. Check the month and the day.")) from None
        return _within(day)
    if YEAR_LAST.fullmatch(text):
        raise BadValue(_("Day and month cannot be told apart here. Write the year first, for example 2026-01-02."))
    raise BadValue(_("A day is expected here, for example 2026-01-02."))


def clean_yes_no(value: object) -> bool | None:
    """是 √ Y 1 and 否 × N 0 in their usual forms; None for nothing. Raises BadValue for all else."""
    if isinstance(value, bool):
        return value
    text = _plain(value).casefold()
    if text in YES | NO:
        return text in YES
    if not text:
        return None
    raise BadValue(_("Yes or no is expected here, for example 是 or 否."))


def _plain(value: object) -> str:
    return clean_text(value, limit=64).translate(FULL_WIDTH).strip()


def _within(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadValue(_("The year must lie between %(first)d and %(last)d."), first=FIRST_YEAR, last=LAST_YEAR)
    return day
