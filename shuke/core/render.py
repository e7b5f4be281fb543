"""Rows of a list as HTML, by a function made once for its columns: no model objects, no template tag per cell."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString

from shuke.core.columns import Column

if TYPE_CHECKING:
    from shuke.core.kind import Kind


def rows(kind: Kind, columns: list[Column], found: Iterable[tuple[Any, ...]]) -> SafeString:
    """The `<tr>`s of tuples (id, *values of the columns). The first column links to the record."""
    start = 1
    cells = []
    for column in columns:
        cells.append((column.letter, start, start + column.width, column.html))
        start += column.width
    lead, rest = cells[0], cells[1:]
    lines = []
    for row in found:
        url = f"/{kind.path}/{row[0]}/"
        title = columns[0].text(*row[lead[1] : lead[2]]) or f"#{row[0]}"
        line = [f'<tr data-href="{url}"><td class="m"><a href="{url}">{escape(title)}</a></td>']
        line += [f'<td class="{letter}">{show(*row[first:last])}</td>' for letter, first, last, show in rest]
        lines.append("".join(line))
    return SafeString("</tr>\n".join(lines) + ("</tr>" if lines else ""))
