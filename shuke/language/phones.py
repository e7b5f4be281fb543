"""Telephone numbers as Chinese firms write them.

Stored: mobile 13800138000, landline 0757-80000000 or 80000000, with extension 0757-80000000-806, hotline 4008001234 or 95588,
foreign +85261234567. The rules are the national numbering plan's: mobiles are 11 digits from 13 to 19; area codes 010, 02x and
0[3-9]xx before 7 or 8 digits that begin with neither 0 nor 1.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from shuke.language.cleaners import FULL_WIDTH, BadValue, clean_text

MOBILE = re.compile("1[3-9][0-9]{9}")
LANDLINE = re.compile("(010|02[0-9]|0[3-9][0-9]{2})?([2-9][0-9]{6,7})")
HOTLINE = re.compile("[48]00[0-9]{7}|9[56][0-9]{3,6}|1[0-2][0-9](?:[0-9]{2})?|1010[0-9]{4}")
FOREIGN = re.compile(r"(?:\+|00)((?!86)[1-9][0-9]{6,14})")
EXTENDED = re.compile(r"((?:0[0-9]{2,3}-|(?![48]00))[0-9]{7,8}(?=-)|.*?(?=转|分机|ext|x|#))(?:-|转|分机|ext|x|#)+([0-9]{1,6})")
ROUNDED = re.compile(r"([0-9])\.([0-9]+)e\+?([0-9]{1,2})")
MASKED = re.compile(r"(\+?[0-9]{3}(?=[0-9]{8})|0[0-9]{2,3}-)?[0-9]+([0-9]{4})(?:-.*)?")


def normal(value: object) -> str:
    """The stored form of what was typed, pasted or read from a sheet; "" stays "". Raises BadValue with the reason."""
    typed = clean_text(value, limit=64).translate(FULL_WIDTH).lower()
    text = re.sub(r"[-()\[\]—–_]+", "-", re.sub(r"[\s.·]", "", _unrounded(typed))).strip("-")
    for number, extension in _splits(text):
        if stored := _stored(number.replace("-", "")):
            return f"{stored}-{extension}" if extension else stored
    if not text:
        return ""
    if re.search("[0-9][/,;、]", text):
        raise BadValue(_("These are several numbers. Enter one here and the others elsewhere, for example in the note."))
    if "o" in text:
        raise BadValue(_("This number holds the letter O. Enter the digit 0 instead."))
    raise BadValue(_("This is no telephone number. Enter for example 13800138000, 0757-80000000 or +85261234567."))


def shown(phone: str) -> str:
    """As people read it: 138 0013 8000, 400-800-1234; others as stored."""
    if is_mobile(phone):
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    return f"{phone[:3]}-{phone[3:6]}-{phone[6:]}" if re.match("[48]00[0-9]{7}", phone) else phone


def masked(phone: str) -> str:
    """Known again by who knows it, of no use to others: 138****8000, 0757-****0000; hotlines are public."""
    return phone if HOTLINE.fullmatch(phone) else MASKED.sub(r"\1****\2", phone)


def is_mobile(phone: str) -> bool:
    return MOBILE.match(phone) is not None


def digits(phone: str) -> str:
    """All digits in one run: what search indexes, so that any piece of the number is found."""
    return re.sub("[^0-9]", "", phone)


def _unrounded(text: str) -> str:
    """The number behind 1.3800138000E+10, which spreadsheets make of long numbers."""
    if not (match := ROUNDED.fullmatch(text)):
        return text
    if len(match[2]) < int(match[3]):
        raise BadValue(
            _("The spreadsheet rounded this number and digits are lost. Format the column as text and enter it again.")
        )
    return f"{Decimal(text):.0f}"


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """(number, extension) as `text` may be meant, the surest first: a hyphen groups digits or stands before an extension."""
    if match := EXTENDED.fullmatch(text):
        yield match[1], match[2]
    yield text, ""
    number, _mark, extension = text.rpartition("-")
    if re.fullmatch("[0-9]{1,6}", extension):
        yield number, extension


def _stored(number: str) -> str:
    """The stored form of a number without hyphens, or ""."""
    home = re.sub(r"^(?:\+|00)?86", "", number)
    for digits in (number, home, f"0{home}" if home != number else ""):
        digits = re.sub("^0(?=1[3-9][0-9]{9}$)", "", digits)
        if MOBILE.fullmatch(digits) or HOTLINE.fullmatch(digits):
            return digits
        if match := LANDLINE.fullmatch(digits):
            return f"{match[1]}-{match[2]}" if match[1] else digits
    foreign = FOREIGN.fullmatch(number)
    return f"+{foreign[1]}" if foreign else ""
