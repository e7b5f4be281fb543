"""Reads one workbook in a process of its own: `python -I workbook_child.py FILE [SHEET]`, pickled answers on standard output.

A workbook of 2 KB can claim 17 billion cells, and a fault in the parser's compiled code ends the process it runs in. Here that
costs one child and never the server; nor does parsing hold up the threads that serve pages. Imports nothing of Shuke.

Without SHEET: one list of (name, hidden), with SHEET: lists of rows; then None. A refusal is one word: "locked", "broken".
"""

import pickle
import resource
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MEMORY = 3 * 2**30  # bytes of address space: a million rows of ten columns need about half
SECONDS = 120  # of processor time
BATCH = 1000  # rows


def main(path: str, sheet: str | None) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for answer in _answers(path, sheet):
        pickle.dump(answer, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()


def _answers(path: str, sheet: str | None) -> Iterator[object]:
    try:
        with open(path, "rb") as file:
            book = CalamineWorkbook.from_filelike(file)
        if sheet is None:
            visible, cells = SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet
            yield [(each.name, each.visible != visible) for each in book.sheets_metadata if each.typ == cells]
        else:
            rows = _rows(book, sheet)
            while batch := list(islice(rows, BATCH)):
                yield batch
        yield None
    except PasswordError:
        yield "locked"
    except CalamineError:
        yield "broken"


def _rows(book: CalamineWorkbook, name: str) -> Iterator[list[object]]:
    """Rows from line 1 and column A on, without their empty right ends; the parser leaves out blank columns on the left."""
    sheet = book.get_sheet_by_name(name)
    left = [""] * sheet.start[1] if sheet.start else []
    for row in sheet.iter_rows():
        while row and row[-1] == "":
            row.pop()
        yield left + [_duration(cell) if isinstance(cell, timedelta) else cell for cell in row] if row else []


def _duration(value: timedelta) -> str:
    """36:30:00, as the sheet shows a duration."""
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
