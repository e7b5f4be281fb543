"""CSV and XLSX out, row by row, with every text cell that a spreadsheet would take for a formula made harmless.

The guard puts ' before such a text, and `unguarded` takes one ' away when the file comes back; a text that already has '= gets
one more, so nothing is lost on the round trip. Numbers and phones that a person wrote as text stay as they are: "-5.00" and
"+852 2345 6789" hold digits, blanks and one sign and compute nothing; "+852-2345-6789" would be subtracted, and is guarded.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
GUARDED = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-][0-9][0-9 ,]*(?:\.[0-9]+)?")

DIGITS = 15  # that a spreadsheet keeps of a number
PEEK = 100  # rows looked at to tell columns of moments from columns of days
LONGEST = 32_767  # characters that a cell of a workbook holds
FIRST_DAY = date(1900, 3, 1)  # before it, workbooks count a 29 February 1900 that never was
TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class Stream(Protocol):
    """What csv writes to: an open text file, or an object that passes the lines on."""

    def write(self, text: str, /) -> object: ...


def guarded(text: str) -> str:
    """`text`, with ' before it when a spreadsheet would compute it."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """`text` without the mark of `guarded`."""
    return text[1:] if GUARDED.match(text) else text


def write_csv(stream: Stream, head: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = True) -> None:
    """Write `head` and `rows` to `stream`, a text file opened with newline="". Excel on Windows reads UTF-8 only after a `bom`.

    Every cell stands in quotation marks, so that no reader has to guess the separator; days and times are ISO, True is TRUE.
    """
    if bom:
        stream.write("\ufeff")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerows([_plain(cell) for cell in row] for row in chain([head], rows))


def _plain(cell: object) -> object:
    match cell:
        case str():
            return guarded(cell)
        case bool():
            return str(cell).upper()
        case Decimal():
            return f"{cell:f}" if cell.is_finite() else ""
        case int() | float() | None:
            return cell
        case datetime():
            return cell.replace(tzinfo=None).isoformat(" ", "seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            return guarded(str(cell))


def write_xlsx(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> None:
    """Write one sheet called `title` to `path`: bold head that stays in sight, filter, numbers and days as such.

    What a workbook would spoil, a number of more than 15 digits (an account) or a day before March 1900, is written as text;
    a text of more than 32,767 characters ends in "…" there. Times lose their zone: pass local ones.
    """
    from rustpy_xlsxwriter import Format, write_worksheet  # not for every start to load

    keys: list[str] = []
    for name in map(guarded, head):
        # The writer takes a row as a dictionary: equal names would fall together, so they differ in blanks.
        while name in keys:
            name += " "
        keys.append(name)
    records = (dict(zip(keys, map(_typed, row), strict=True)) for row in rows)
    peek = list(islice(records, PEEK)) or [dict.fromkeys(keys)]
    moments = [key for key in keys if any(isinstance(record[key], datetime) for record in peek)]
    sheet = TITLE.sub(" ", title).strip(" '")[:31].strip(" '") or "Sheet1"
    write_worksheet(
        chain(peek, records),
        str(path),
        sheet_name=sheet,
        bold_headers=True,
        freeze_row=1,
        autofilter=True,
        datetime_format="yyyy-mm-dd",
        column_formats={key: Format().set_num_format("yyyy-mm-dd hh:mm") for key in moments},
    )


def _typed(cell: object) -> Any:
    match cell:
        case None | bool():
            return cell
        case int() | float() | Decimal():
            return cell if _fits(cell) else str(_plain(cell))
        case datetime():
            return cell if cell.date() >= FIRST_DAY else _plain(cell)
        case date():
            return cell if cell >= FIRST_DAY else _plain(cell)
        case time():
            return _plain(cell)
        case _:
            text = guarded(str(cell))
            return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _fits(number: int | float | Decimal) -> bool:
    exact = Decimal(number)
    return isinstance(number, float) or (exact.is_finite() and len(exact.normalize().as_tuple().digits) <= DIGITS)
