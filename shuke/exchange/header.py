"""Finds the line of column names under titles, notes and blank lines, by its shape alone: no list of words to keep."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shuke.exchange.reading import Cell

LINES = 30  # looked at
LONGEST = 100  # characters of a column name
# What stands in data, not in a name: a number, a date or a part of one, an amount, an address in the net.
VALUE = re.compile(r"[-+(]?[￥¥$€]?\s*[0-9][0-9.,:/\s()*-]*[%元)]?|[0-9]{4}[-/.年][0-9].*|\S+@\S+\.\S+|https?://.*")
YEAR = re.compile(r"(?:19|20)[0-9]{2}年?|[0-9]{1,2}月")
MADE_UP = re.compile(r"(?:column|列) ?[0-9]+", re.I)
REMARK = re.compile(r".*\S\s*[:：]\s*\S.*|.*[:：]|#.*|[-=_*]{3,}.*", re.S)


@dataclass(frozen=True)
class HeaderGuess:
    """`row_index` counts from 0 and is the last line of the names, None without one; data begin below. `names` all differ."""

    row_index: int | None
    names: list[str]


def find(rows: Sequence[Sequence[Cell]]) -> HeaderGuess:
    """The names of the columns among the first 30 of `rows`: the first line that is as wide as the table and looks like names.

    Names in two lines (联系方式 over 电话 and 微信) are joined. A column without a name gets its letter, a twin a number.
    """
    rows = rows[:LINES]
    columns = max(map(len, rows), default=0)
    widest = max((_filled(row) for row in rows), default=0)
    for index, row in enumerate(rows):
        below = rows[index + 1] if index + 1 < len(rows) else []
        joined = _joined(row, below)
        if joined and _is_head(joined, widest):
            return HeaderGuess(index + 1, _unique(joined, columns))
        if _is_head(row, widest):
            return HeaderGuess(index, _unique(row, columns))
    return HeaderGuess(None, _unique([], columns))


def _is_head(row: Sequence[Cell], widest: int) -> bool:
    names = [cell for cell in row if cell is not None]
    if (
        not names
        or len(names) < widest * 0.6
        or not all(map(_is_name, names))
        or all(map(_is_year, names))
        or all(map(_is_made_up, names))
    ):
        return False
    return len(set(map(str, names))) * 2 > len(names)


def _is_name(cell: Cell) -> bool:
    if _is_year(cell):
        return True
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    return 0 < len(text) <= LONGEST and not VALUE.fullmatch(text) and not REMARK.fullmatch(text)


def _is_year(cell: Cell) -> bool:
    """Years and months head the columns of many a table: 客户 2024 2025."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return not isinstance(cell, bool) and bool(YEAR.fullmatch(text))


def _is_made_up(cell: Cell) -> bool:
    """What a program puts over a table that it takes for nameless; the real names may stand below."""
    return bool(MADE_UP.fullmatch(str(cell)))


def _joined(row: Sequence[Cell], below: Sequence[Cell]) -> list[Cell] | None:
    """Both lines as one when `below` fills only gaps that a merged name of `row` left, and that name's own column."""
    if _filled(row) < 2:
        return None  # a title over the names
    head: list[Cell] = []
    group: Cell = None
    filled = 0
    for index in range(max(len(row), len(below))):
        upper = row[index] if index < len(row) else None
        lower = below[index] if index < len(below) else None
        merged = upper is None or (index + 1 < len(below) and (index + 1 >= len(row) or row[index + 1] is None))
        group = upper if upper is not None else group
        if lower is None:
            head.append(upper)
            continue
        if not merged or not _is_name(lower):
            return None
        filled += upper is None
        head.append(lower if group is None else f"{group} {lower}")
    return head if filled else None


def _unique(row: Sequence[Cell], columns: int) -> list[str]:
    names: dict[str, None] = {}
    for index in range(columns):
        cell = row[index] if index < len(row) else None
        text = "" if cell is None else " ".join(str(int(cell) if isinstance(cell, float) else cell).split())
        first = name = text or _("Column %(letter)s") % {"letter": _letters(index)}
        number = 1
        while name in names:
            number += 1
            name = f"{first} ({number})"
        names[name] = None
    return list(names)


def _letters(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    return (_letters(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)


def _filled(row: Sequence[Cell]) -> int:
    return sum(cell is not None for cell in row)
