"""All that the firm holds in one zip that needs no Shuke: each list as csv and xlsx, the files by name, the journal as csv."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from shuke.core import files, listing, scope
from shuke.core import kind as kinds
from shuke.core.columns import Column
from shuke.core.kind import Kind
from shuke.core.models import Attachment, Entry
from shuke.core.pages import verb_text
from shuke.language import writing

PAGE = 500
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def write(user: Any, target: Path, tell: Any) -> dict[str, int]:
    """Write to `target` all that `user` may export; `tell(done, total)` in lists. Returns how many rows, files and entries."""
    shown = [kind for kind in kinds.every() if kind.is_on and kind.may(user, "export")]
    counts = {"rows": 0}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for place, kind in enumerate(shown):
            counts["rows"] += put_list(made, kind, user)
            tell(place + 1, len(shown) + 2)
        counts["files"] = put_files(made, user)
        tell(len(shown) + 1, len(shown) + 2)
        counts["entries"] = put_journal(made)
    return counts


def put_list(made: zipfile.ZipFile, kind: Kind, user: Any) -> int:
    columns = kind.every(user)
    head, count = [str(column.label) for column in columns], 0

    def counted() -> Iterator[list[Any]]:
        nonlocal count
        for row in rows(kind, user, columns):
            count += 1
            yield row

    with made.open(f"csv/{named(kind)}.csv", "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
        writing.write_csv(text, head, counted())
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.xlsx"
        writing.write_xlsx(sheet, head, rows(kind, user, columns), title=str(kind.plural))
        made.write(sheet, f"xlsx/{named(kind)}.xlsx", zipfile.ZIP_STORED)
    return count


def named(kind: Kind) -> str:
    return f"{UNSAFE.sub(' ', str(kind.plural))} ({kind.path})"


def rows(kind: Kind, user: Any, columns: list[Column]) -> Iterator[list[Any]]:
    """Typed cells of all records of `kind`, read page by page."""
    asked = QueryDict("sort=newest", mutable=True)
    while True:
        page = listing.page(kind, user, asked.copy(), columns=columns, limit=PAGE, counted=False)
        for _pk, *values in page.rows:
            held = iter(values)
            yield [column.cell(*(next(held) for _part in range(column.width))) for column in columns]
        if not page.next:
            return
        asked["cursor"] = page.next


def put_files(made: zipfile.ZipFile, user: Any) -> int:
    """Each file under the kind and number of its record, by the name that it was given."""
    found = scope.rows(Attachment, user).select_related("file").order_by("pk")
    count = 0
    for one in found.iterator(chunk_size=PAGE):
        with suppress(FileNotFoundError):  # lost on the disk: the others still go along
            made.write(
                files.place_of(one.file.digest),
                f"files/{one.on} {one.record}/{one.pk} {UNSAFE.sub(' ', one.name)}",
                zipfile.ZIP_STORED,
            )
            count += 1
    return count


def put_journal(made: zipfile.ZipFile) -> int:
    head = [_("When"), _("Who"), _("By which door"), _("What"), _("Of which kind"), _("Number"), _("Changes")]
    entries = Entry.objects.select_related("batch__actor").order_by("pk")
    lines = (
        [
            entry.batch.at.replace(tzinfo=None),
            str(entry.batch.actor or _("The system")),
            entry.batch.door,
            verb_text(entry.verb, entry.kind),
            entry.kind,
            entry.record,
            json.dumps(entry.changes, ensure_ascii=False, default=str),
        ]
        for entry in entries.iterator(chunk_size=PAGE)
    )
    with made.open("journal.csv", "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
        writing.write_csv(text, head, lines)
    return Entry.objects.count()
