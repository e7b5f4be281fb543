"""Rows of a list as HTML, by a function made once for its columns: no model objects, no template tag per cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from shuke.core.columns import Column

if TYPE_CHECKING:
    from shuke.core.kind import Kind

LETTERS = {"number": "n", "money": "n", "date": "d", "moment": "d", "state": "s", "phone": "p", "yesno": "s"}


def rows(kind: Kind, columns: list[Column], found: Iterable[tuple[Any, ...]]) -> SafeString:
    """The `<tr>`s of tuples (id, *values of the columns). The first column links to the record.

    HTML needs no closing tags here, nor quotes around what holds no blank: a page of fifty rows is a third lighter without.
    """
    start, cells = 1, list[tuple[str, int, int, Callable[..., str]]]()
    for column in columns:
        cells.append((opening(column), start, start + column.width, shown(column)))
        start += column.width
    lead, rest = cells[0], cells[1:]
    lines = []
    for row in found:
        url = f"/{kind.path}/{row[0]}/"
        title = columns[0].text(*row[lead[1] : lead[2]]) or f"#{row[0]}"
        line = [f"<tr><td class=m><a href={url}>{escape(title)}</a>"]
        line += [f"{opening}{show(*row[first:last])}" for opening, first, last, show in rest]
        lines.append("".join(line))
    return SafeString("".join(lines) + "</tr>" * bool(lines))  # a blank in the last cell would make it not empty


def shown(column: Column) -> Callable[..., str]:
    """What makes a cell; of a yes or no the label where it is yes, and nothing else."""
    return (lambda value: escape(str(column.label)) if value else "") if column.type == "yesno" else column.html


def opening(column: Column) -> str:
    """The tag a cell opens with: its kind as a letter; where rows become cards, a figure needs its label beside it."""
    letter = LETTERS.get(column.type, "")
    if letter == "n":
        label = escape(str(column.label))
        return f"<td class=n data-l={label}>" if label.isalnum() else f'<td class=n data-l="{label}">'
    return f"<td class={letter}>" if letter else "<td>"
