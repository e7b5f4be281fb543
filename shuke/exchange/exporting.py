"""A list goes out: what is on the screen as csv or xlsx, with the same columns, filters, order, scope and field rights."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files import File
from django.http import FileResponse, QueryDict
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import files, filters, jobs, listing, scope, search
from shuke.core import kind as kinds
from shuke.core.columns import Column
from shuke.core.kind import Kind
from shuke.core.models import Batch, Job, StoredFile
from shuke.core.record import LIVE, RecordQuerySet, Refused
from shuke.language import writing

AT_ONCE = 5_000  # rows that are written while the person waits
PAGE = 500
LARGEST = 500 * 2**20  # bytes of a made file
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OWN = {"id", "version", "created_at", "updated_at"}  # of our store, not of the person's sheet


def columns_of(kind: Kind, user: Any, params: Any) -> list[Column]:
    """The columns of the list, or with `columns=all` every field that the person may see."""
    if params.get("columns") == "all":
        return [column for column in kind.every(user) if column.key not in OWN]
    return kind.shown(user)


def count(kind: Kind, user: Any, params: Any) -> int:
    """How many rows the address means, or more than are written at once; then a job counts them. Raises BadAddress."""
    condition, _used = filters.compile(kind, params, user)
    rows = RecordQuerySet(kind.model).filter(LIVE, condition, scope.union(kind.branches(user, "export")))
    if params.get("q"):
        named = search.ids(kind, user, params["q"], limit=AT_ONCE + 1)
        if len(named) > AT_ONCE:
            return len(named)
        rows = rows.filter(pk__in=named)
    return rows.order_by()[: AT_ONCE + 1].count()


def lines(kind: Kind, user: Any, params: Any) -> tuple[list[Column], Iterator[list[Any]]]:
    """(columns, rows of typed cells) of the list at this address, read page by page. Raises BadAddress."""
    columns = columns_of(kind, user, params)
    asked = params.copy()
    asked.pop("cursor", None)
    first = listing.page(kind, user, asked, columns=columns, limit=PAGE, counted=False)

    def pages() -> Iterator[list[Any]]:
        page = first
        while True:
            allowed = may_leave(kind, user, [row[0] for row in page.rows])
            for row in page.rows:
                if row[0] in allowed:
                    yield cells(columns, row[1:])
            if not page.next:
                return
            asked["cursor"] = page.next
            page = listing.page(kind, user, asked, columns=columns, limit=PAGE, counted=False)

    return columns, pages()


def may_leave(kind: Kind, user: Any, pks: list[int]) -> set[int]:
    """To see is not to take away: of the rows of a page those that the person may export."""
    branches = kind.branches(user, "export")
    if branches == scope.EVERYTHING:
        return set(pks)
    return set(RecordQuerySet(kind.model).filter(scope.union(branches), pk__in=pks).values_list("pk", flat=True))


def cells(columns: Sequence[Column], values: Sequence[Any]) -> list[Any]:
    made, place = [], 0
    for column in columns:
        made.append(column.cell(*values[place : place + column.width]))
        place += column.width
    return made


def note(kind: Kind, user: Any, rows: int) -> None:
    """An export is on record: who took how much, and when."""
    door = work.actor().door if work.actor().user is not None else "web"
    Batch.objects.create(actor_id=user.pk, door=door, verb="exported", kind=kind.key, count=rows)


def as_csv(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The text of a csv file, row by row."""
    for place, row in enumerate(chain([head], lines)):
        held = io.StringIO(newline="")
        writing.write_csv(held, row, [], bom=place == 0)
        yield held.getvalue()


def as_workbook(head: Sequence[str], lines: Iterable[Sequence[Any]], *, title: str, name: str) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "made.xlsx"
        writing.write_xlsx(place, head, lines, title=title)
        file = place.open("rb")  # still readable when the folder is gone
    response = FileResponse(file, content_type=WORKBOOK)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}-{timezone.localdate():%Y%m%d}.xlsx")
    return response


def disposition(kind: Kind, ending: str) -> str:
    return content_disposition_header(True, f"{kind.path}-{timezone.localdate():%Y%m%d}.{ending}") or ""


def write(kind: Kind, user: Any, query: str, target: Path) -> int:
    """Write the list that the query string means to `target` (.csv or .xlsx). Returns the number of rows.

    Raises BadAddress for a query string that the list does not know, Refused for another ending or without the right.
    """
    ending = target.suffix.lower().removeprefix(".")
    if ending not in ("csv", "xlsx"):
        raise Refused(_("A file to export to ends in .csv or .xlsx."))
    if not kind.may(user, "export"):
        raise Refused(_("This person may not export this."))
    columns, rows = lines(kind, user, QueryDict(query))
    head = [str(column.label) for column in columns]
    counted = Counted(rows)
    if ending == "csv":
        with target.open("w", encoding="utf-8", newline="") as stream:
            writing.write_csv(stream, head, counted)
    else:
        writing.write_xlsx(target, head, counted, title=str(kind.plural))
    note(kind, user, counted.count)
    return counted.count


class Counted:
    """Rows, and how many of them went through."""

    def __init__(self, rows: Iterable[list[Any]], tell: Any = lambda done: None) -> None:
        self.rows, self.tell, self.count = rows, tell, 0

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self.rows:
            self.count += 1
            yield row
            if self.count % PAGE == 0:
                self.tell(self.count)


def later(kind: Kind, user: Any, params: Any, ending: str) -> Job:
    with work.acting(user.pk, "web"):
        job = jobs.later(make, path=kind.path, query=params.urlencode(), ending=ending, language=translation.get_language())
    assert job is not None
    return job


@jobs.task()
def make(job: Job, *, path: str, query: str, ending: str, language: str) -> dict[str, Any]:
    """Write a long list to a file that whoever asked for it fetches afterwards."""
    user = get_user_model()._base_manager.filter(pk=job.actor_id, is_active=True).first()
    kind = kinds.at(path)
    if kind is None or user is None:
        raise Refused(_("This person may not export this."))
    with translation.override(language), tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"made.{ending}"
        rows = write(kind, user, query, place)
        with place.open("rb") as file:
            stored = files.store(File(file), largest=LARGEST)
    return {"rows": rows, "file": stored.pk}


def job_of(kind: Kind, user: Any, pk: int) -> Job | None:
    """The export of `kind` that `user` asked for under this number."""
    job = Job.objects.filter(pk=pk, name=jobs.name_of(make), actor_id=user.pk).first() if pk < 2**63 else None
    return job if job and job.arguments["path"] == kind.path else None


def place_of(job: Job) -> Path:
    """Where the file lies that a job made. Raises Refused when it was swept."""
    stored = StoredFile.objects.filter(pk=job.result["file"]).first()
    if stored is None:
        raise Refused(_("This file is no longer kept. Please export again."))
    return files.place_of(stored.digest)
