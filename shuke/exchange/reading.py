"""Opens what people call "the Excel file", whatever it really is, and gives its rows as typed cells.

The kind is decided by content: an `.xls` from a bank is often GBK text with tabs. Text is read here, row by row; workbooks by
python-calamine in a child process (workbook_child.py). A merged range has its value at the top left; a
formula has the value that was saved with it, and none when the writing program saved none.
"""

import csv
import io
import pickle
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.exchange import encodings, workbook_child
from shuke.exchange.encodings import UnreadableFile
from shuke.language.writing import unguarded

Cell = str | int | float | bool | date | datetime | time | None

ROWS, COLUMNS, CHARACTERS = 1_000_000, 500, 32_767  # of a sheet, of a row, of a cell (Excel's own limit)
FILE_SIZE, UNPACKED, ENTRIES, RATIO = (
    50 * 2**20,
    500 * 2**20,
    5_000,
    200,
)  # bytes, bytes, parts of a zip, unpacked per packed byte
SMALL = 10 * 2**20  # bytes; below this a ratio says nothing: an empty sheet packs very well
LONG, LINES = 1_000, 50  # characters from which a cell is looked at; lines beyond which a CSV's quotation mark is missing

PARTS = {"workbook.xml": "xlsx", "workbook.bin": "xlsb", "content.xml": "ods"}
SENTENCES: dict[str, str | Promise] = {
    "locked": _(
        "This workbook is locked with a password. Open it in Excel or WPS, remove the password, save and choose it again."
    ),
    "broken": _(
        "This workbook is damaged and cannot be read. Open it in Excel or WPS, save it as a new .xlsx and choose that one."
    ),
    "page": _("This is a web page or an XML text under the name of a spreadsheet. Open it in Excel or WPS and save it as .xlsx."),
    "large": _("This file is too large. Split it into several files and import one after the other."),
}
DELIMITERS = ",\t;|"
SAMPLE = 2**18  # bytes
PAGE = re.compile(r"\s*<(?:!doctype|!--|\?xml|html|head|meta|style|table)\b", re.I)
SEPARATOR = re.compile(r"sep=(.)[\r\n]", re.I)  # Excel's own first line

ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)")  # XML knows them in capitals only
# Bounded, so that a crafted part costs no more time than an honest one.
CELL = rb"""<c\b%s[^<>]{0,200}?\br=["']([A-Z]{1,3}[0-9]{1,7})["']"""
FORMULA = re.compile(CELL % b"" + rb"[^<>]{0,200}><f\b[^<>]{0,200}(?:/>|>[^<]{0,8192}</f>)(?:<v\s?/>|<v></v>)?</c>")
ERROR = re.compile(CELL % rb"""(?=[^<>]{0,200}\bt=["']e["'])""")
FORMULAS = _(
    "Formulas saved without a result read as empty: %(cells)s (%(count)d in all). Save the file in Excel and choose it again."
)
ERRORS = _("Cells that hold an error such as #N/A, or a picture, read as empty: %(cells)s (%(count)d in all).")


@dataclass(frozen=True)
class Problem:
    """Something in a sheet that was not taken as it stands; `row` and `column` count from 1."""

    row: int
    column: int
    sentence: str | Promise


@dataclass
class Sheet:
    """One sheet; `problems` fills while the rows are read."""

    name: str
    hidden: bool
    source: Callable[[], Iterator[list[Any]]]
    is_text: bool = False
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[list[Cell]]:
        """The rows from line 1 on, each without its empty right end, the sheet without its empty bottom; "" is None.

        Raises UnreadableFile, also half-way, beyond ROWS or COLUMNS or where the file is damaged.
        """
        self.problems.clear()
        blanks = 0
        for number, row in enumerate(self.source(), 1):
            if number > ROWS:
                raise UnreadableFile(_("The sheet has more than %(rows)d rows. Split it and import the parts."), rows=ROWS)
            cells: list[Cell] = [None if cell == "" else cell for cell in row] if "" in row else row
            while cells and cells[-1] is None:
                cells.pop()
            if not cells:
                blanks += 1
                continue
            if len(cells) > COLUMNS:
                raise UnreadableFile(
                    _("Row %(row)d has more than %(columns)d columns. Delete those that are not needed."),
                    row=number,
                    columns=COLUMNS,
                )
            if [cell for cell in cells if type(cell) is str and len(cell) > LONG]:
                self._mind_the_long(number, cells)
            for _blank in range(blanks):
                yield []
            blanks = 0
            yield cells

    def _mind_the_long(self, row: int, cells: list[Cell]) -> None:
        """Cut what is too long in `cells` and note it; note what may be rows swallowed by a missing quotation mark."""
        for column, cell in enumerate(cells, 1):
            if not isinstance(cell, str):
                continue
            if self.is_text and max(cell.count("\n"), cell.count("\r")) > LINES:
                self.problems.append(Problem(row, column, _("The text runs over very many lines: is a quotation mark missing?")))
            if len(cell) > CHARACTERS:
                cells[column - 1] = cell[:CHARACTERS]
                self.problems.append(
                    Problem(row, column, _("Too long: the text was cut after %(limit)d characters.") % {"limit": CHARACTERS})
                )


@dataclass
class Book:
    """An opened file: `kind` is xlsx, xls, xlsb, ods or csv; hidden sheets come last; `notes` are sentences on the whole."""

    kind: str
    sheets: list[Sheet]
    encoding: str = ""
    notes: list[str] = field(default_factory=list)


def open_book(path: Path, filename: str, *, limit: int = FILE_SIZE) -> Book:
    """Open the file at `path`, called `filename` by its owner, of at most `limit` bytes. Raises UnreadableFile."""
    size = path.stat().st_size
    if not size:
        raise UnreadableFile(_("This file is empty."))
    if size > limit:
        raise UnreadableFile(SENTENCES["large"])
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK\x03\x04"):
        kind, notes = _unpacked_safely(path)
        return _workbook(path, kind, notes)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _workbook(path, "xls", [])
    return _text(path, Path(filename).stem)


# Workbooks


def _workbook(path: Path, kind: str, notes: list[str]) -> Book:
    [names] = _ask(path)
    sheets = [Sheet(name, hidden, partial(_sheet_rows, path, name)) for name, hidden in names]
    if not sheets:
        raise UnreadableFile(_("This workbook holds no sheet with rows."))
    return Book(kind, sorted(sheets, key=lambda sheet: sheet.hidden), notes=notes)


def _sheet_rows(path: Path, name: str) -> Iterator[list[Any]]:
    for batch in _ask(path, name):
        for row in batch:
            yield [unguarded(cell) if type(cell) is str and cell[:1] == "'" else cell for cell in row]


def _ask(path: Path, *sheet: str) -> Iterator[list[Any]]:
    """The child's answers; it is ended when the caller stops asking."""
    command = [sys.executable, "-I", workbook_child.__file__, str(path), *sheet]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603
        try:
            while (answer := pickle.load(child.stdout)) is not None:  # type: ignore[arg-type] # noqa: S301
                if isinstance(answer, str):
                    raise UnreadableFile(SENTENCES["locked" if _is_locked(path) else answer])
                yield answer
        except (EOFError, pickle.UnpicklingError):
            # Ended by a signal: out of the memory or the time that it is given. Else by a fault inside the parser.
            raise UnreadableFile(SENTENCES["large" if child.wait() < 0 else "broken"]) from None
        finally:
            child.kill()


def _is_locked(path: Path) -> bool:
    """Whether a refused OLE file is a locked workbook: an encrypted package inside, or a FILEPASS record behind the first one."""
    raw = path.read_bytes()
    return "EncryptedPackage".encode("utf-16-le") in raw or bool(re.search(rb"\x09\x08\x10\0\0\x06\x05\0.{12}\x2f\0", raw, re.S))


def _unpacked_safely(path: Path) -> tuple[str, list[str]]:
    """The kind of a zipped workbook and notes on its cells, after every part was unpacked once, piece by piece, within the caps.

    What the zip says about sizes is not believed. Raises UnreadableFile.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            kind = next((PARTS[name] for part in parts if (name := re.split(r"[\\/]", part.filename)[-1]) in PARTS), None)
            if kind is None:
                raise UnreadableFile(_("This is a packed folder, not a spreadsheet. Unpack it and choose the file inside."))
            if len(parts) > ENTRIES:
                raise UnreadableFile(SENTENCES["large"])
            if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
                raise UnreadableFile(SENTENCES["broken"])
            if any(part.flag_bits & 1 for part in parts):
                raise UnreadableFile(SENTENCES["locked"])
            return kind, _inspect(archive, parts, most=min(UNPACKED, max(SMALL, path.stat().st_size * RATIO)))
    except UnreadableFile:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, ValueError):
        raise UnreadableFile(SENTENCES["broken"]) from None


def _inspect(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], *, most: int) -> list[str]:
    """Notes on cells that read as empty although they show something. `most` caps the unpacked bytes of all parts."""
    formulas: list[bytes] = []
    errors: list[bytes] = []
    for part in parts:
        part.file_size = 2**62  # else zipfile stops at the size the part claims, and the parser does not
        is_xml = part.filename.endswith((".xml", ".rels"))
        tail = b""
        with archive.open(part) as stream:
            while piece := stream.read(2**20):
                most -= len(piece)
                if most < 0:
                    raise UnreadableFile(SENTENCES["large"])
                if not is_xml:
                    continue
                whole, end, tail = (tail + piece).rpartition(b"</c>")
                if ENTITIES.search(whole) or ENTITIES.search(tail):
                    raise UnreadableFile(SENTENCES["broken"])
                if b":encryption-data" in tail:
                    raise UnreadableFile(SENTENCES["locked"])
                if b"<f" in whole:
                    formulas += FORMULA.findall(whole + end)
                if b'"e"' in whole or b"'e'" in whole:
                    errors += ERROR.findall(whole + end)
                tail = tail[-65_536:]  # a cell may be cut in two by the end of a piece
    notes = [(FORMULAS, formulas), (ERRORS, errors)]
    return [sentence % {"count": len(cells), "cells": _some(cells)} for sentence, cells in notes if cells]


def _some(cells: list[bytes]) -> str:
    return ", ".join(cell.decode() for cell in cells[:5]) + (" …" if len(cells) > 5 else "")


# Text


def _text(path: Path, name: str) -> Book:
    raw = path.read_bytes()
    encoding = encodings.guess(raw)
    sample = raw[:SAMPLE].decode(encoding, "ignore")
    if PAGE.match(sample):
        raise UnreadableFile(SENTENCES["page"])
    named = SEPARATOR.match(sample)
    delimiter = named[1] if named else max(DELIMITERS, key=partial(_fit, sample))  # the first of equals
    return Book(
        "csv", [Sheet(name, False, partial(_text_rows, path, encoding, delimiter, skip=int(bool(named))), is_text=True)], encoding
    )


def _fit(sample: str, delimiter: str) -> int:
    """How well `delimiter` cuts `sample`: cells in the rows of the usual width, less those that look cut at the wrong place.

    Some banks separate by comma and end each cell in blanks and a tab: there a tab cuts as evenly as the comma does. A cell that
    begins with another delimiter or ends in a quotation mark was quoted together with its neighbour.
    """
    try:
        rows = list(islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 200))
    except csv.Error:
        return 0
    cells: Counter[int] = Counter()
    others = tuple(DELIMITERS.replace(delimiter, ""))
    for row in rows:
        cut = (cell.startswith(others) or (cell.endswith('"') and not cell.startswith('="')) for cell in row)
        cells[len(row)] += sum(-1 if wrongly else 1 for wrongly in cut)
    return max((count for width, count in cells.items() if width > 1), default=0)


def _text_rows(path: Path, encoding: str, delimiter: str, *, skip: int) -> Iterator[list[Any]]:
    # Errors are ignored because `guess` has read all of it: only a last character cut in two can be left.
    with path.open(encoding=encoding, errors="ignore", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        try:
            for row in islice(reader, skip, None):
                text = "".join(row)
                yield [_unmarked(cell) for cell in row] if "'" in text or "=" in text else row
        except csv.Error:
            raise UnreadableFile(
                _("The text of line %(line)d never ends: a quotation mark is missing or one too many there."),
                line=reader.line_num,
            ) from None


def _unmarked(cell: str) -> str:
    """The text inside ="00123", by which some programs keep Excel from reading a number; or behind the mark of our own export."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1].replace('""', '"')
    return unguarded(cell)
