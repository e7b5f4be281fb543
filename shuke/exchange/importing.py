"""A sheet comes in: opened, its columns guessed, tried without a write, then stored in short chunks that go on after a kill.

One import is one batch of many transactions. Each chunk stores its rows, its refusals and the line it reached together, so a row
is taken once however often the work is begun again.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files import File
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import files, jobs, scope, undo
from shuke.core import kind as kinds
from shuke.core.forms import class_for
from shuke.core.kind import Kind
from shuke.core.models import Batch, Job
from shuke.core.record import Refused
from shuke.exchange import guessing, header, reading
from shuke.exchange.cells import as_text
from shuke.exchange.models import Import, Refusal
from shuke.exchange.reading import Book, Cell, Sheet
from shuke.exchange.rows import NEW, REFUSED, SKIPPED, UPDATED, VALUE, Reader, Row
from shuke.language.cleaners import BadValue

PEEK = 200  # rows read to find the header and to show samples
AT_ONCE = 200  # rows that are imported while the person waits
TRIED = 500  # rows between two signs of life of a trial run
OWN_ROWS = 500  # rows that those may import whose reach is their own
CHUNKS = {"sqlite": 80, "postgresql": 500}  # rows of one transaction: no lock is held longer than a person would notice
PAUSE = 0.02  # seconds in which SQLite's lock is free between chunks: it is not fair, and pages would starve
SAMPLES = 3
MET = 100  # rows told of that were skipped or are like what is there

Tell = Callable[[int, int], None]


class Elsewhere(Exception):
    """Another worker or another click has taken this import further: this one stops, and what it began is rolled back."""


@dataclass
class Counts:
    """What became of the rows; the four fates add up to `rows`. `problems` [(row, column, value, reason)], the first 100."""

    rows: int = 0
    new: int = 0
    updated: int = 0
    skipped: int = 0
    refused: int = 0
    problems: list[tuple[int, str, str, str]] = field(default_factory=list)


@dataclass
class Peek:
    """The top of a sheet: `names` of its columns, `head` the line they stand in (0 = none), `rows` below with their lines."""

    names: list[str]
    head: int
    rows: list[tuple[int, list[Cell]]]
    is_whole: bool
    notes: list[str] = field(default_factory=list)

    def samples(self, index: int) -> list[str]:
        """The first three different values of a column, as they are read."""
        said = (plainly(cells[index]) for _line, cells in self.rows if index < len(cells) and cells[index] is not None)
        return list(islice(dict.fromkeys(said), SAMPLES))


def plainly(cell: Cell) -> str:
    """A cell as a person would write it; what cannot be read exactly, as it is."""
    try:
        return as_text(cell)
    except BadValue:
        return str(cell)


def begin(kind: Kind, upload: Any, filename: str, user: Any) -> Import:
    """Keep an uploaded file and guess what its columns mean. Raises Refused when it cannot be read, with what to do."""
    stored = files.store(upload, largest=reading.FILE_SIZE)
    imported = Import(
        user_id=user.pk, kind=kind.path, file=stored, filename=Path(filename).name[:200], language=translation.get_language()
    )
    choose_sheet(imported, kind, user, book(imported).sheets[0])
    imported.save()
    return imported


def book(imported: Import) -> Book:
    try:
        return reading.open_book(files.place_of(imported.file.digest), imported.filename)
    except BadValue as error:
        raise Refused(error.sentence) from None


def sheet_of(imported: Import, name: str = "") -> Sheet:
    """The sheet that the import stands at, or another one of its file."""
    found = next((sheet for sheet in book(imported).sheets if sheet.name == (name or imported.sheet)), None)
    if found is None:
        raise Refused(_("This sheet is not in the file."))
    return found


def choose_sheet(imported: Import, kind: Kind, user: Any, sheet: Sheet) -> None:
    """Turn to a sheet of the file: its header is found and its columns are guessed anew. Not yet saved."""
    seen = peek(sheet)
    imported.sheet, imported.names, imported.head = sheet.name, seen.names, seen.head
    imported.mapping = guessing.guess(kind, fields_of(kind, user), seen.names, [cells for _line, cells in seen.rows])


def fields_of(kind: Kind, user: Any) -> dict[str, Any]:
    """The fields that a person may fill by a sheet: those of the form, within his rights."""
    return class_for(kind)(kind=kind, user=user).fields


def peek(sheet: Sheet) -> Peek:
    """The top of a sheet. Raises Refused when it is empty or cannot be read."""
    try:
        top = list(islice(sheet.rows(), PEEK + 1))
    except BadValue as error:
        raise Refused(error.sentence) from None
    if not top:
        raise Refused(_("This sheet is empty. Please choose another one."))
    # Padded, so that a column that begins far below has a name too.
    found = header.find([[*top[0], *[None] * (max(map(len, top)) - len(top[0]))], *top[1:]])
    head = 0 if found.row_index is None else found.row_index + 1
    rows = [(line, cells) for line, cells in enumerate(top[:PEEK], 1) if line > head and cells]
    notes = [f"{problem.row}: {problem.sentence}" for problem in sheet.problems]
    return Peek(found.names, head, rows, len(top) <= PEEK, notes)


def lines(imported: Import, sheet: Sheet, after: int = 0) -> Iterator[tuple[int, list[Cell]]]:
    """(line, cells) of the rows that hold something, below the header and below the line `after`."""
    start = max(imported.head, after)
    try:
        for line, cells in enumerate(sheet.rows(), 1):
            if line > start and cells:
                yield line, cells
    except BadValue as error:
        raise Refused(error.sentence) from None


def map_to(imported: Import, mapping: dict[int, str], *, duplicates: str, missing: str, match: str = "") -> None:
    """Keep what the person chose; from here a trial run begins.

    Raises Refused when two columns go to one field, or none does; Elsewhere when it has begun already.
    """
    chosen = [name for name in mapping.values() if name]
    if len(set(chosen)) < len(chosen):
        raise Refused(_("Two columns go to the same field. Please choose another one for one of them."))
    if not chosen:
        raise Refused(_("No column goes anywhere yet. Please choose at least one."))
    said = {"mapping": mapping, "duplicates": duplicates, "missing": missing, "match": match}
    waiting = Import.objects.filter(pk=imported.pk, state__in=("mapping", "checked"))
    if not waiting.update(state="checking", sheet=imported.sheet, names=imported.names, head=imported.head, **said):
        raise Elsewhere
    imported.refresh_from_db()


def check(imported: Import, tell: Tell = lambda done, total: None) -> None:
    """A trial run: every row is read, cleaned and compared, nothing of it is stored. Counts and refusals are kept."""
    Refusal.objects.filter(imported=imported).delete()
    imported.row, imported.rows, imported.counts, imported.met = 0, 0, {}, []
    imported.save(update_fields=["row", "rows", "counts", "met"])
    advance(imported, TRIED, tell, stores=False)
    Import.objects.filter(pk=imported.pk, state="checking").update(state="checked", rows=sum(imported.counts.values()))
    imported.refresh_from_db()


def start(imported: Import) -> None:
    """From a trial run to the real one: the batch is opened. Raises Elsewhere when that was done already."""
    with transaction.atomic():
        taken = Import.objects.filter(pk=imported.pk, state="checked").update(state="running", row=0, counts={}, met=[])
        if not taken:
            raise Elsewhere
        kind = kinds.at(imported.kind)
        batch = Batch.objects.create(actor_id=imported.user_id, door="import", verb="imported", kind=kind.key if kind else "")
        Import.objects.filter(pk=imported.pk).update(batch=batch)
        Refusal.objects.filter(imported=imported).delete()
    imported.refresh_from_db()


def run(imported: Import, tell: Tell = lambda done, total: None) -> None:
    """Store the rows from where the import stands to the end of the sheet."""
    size = CHUNKS[connection.vendor]
    gc.freeze()  # what the program holds already need not be searched for garbage again and again while rows are made
    try:
        with work.acting(imported.user_id, "import"):
            advance(imported, size, tell, stores=True)
    finally:
        gc.unfreeze()
    Import.objects.filter(pk=imported.pk, state="running").update(state="done")
    imported.refresh_from_db()


def stop(imported: Import) -> None:
    """A running import ends here: the chunk that is on its way is stored or not, and no further one begins."""
    Import.objects.filter(pk=imported.pk, state="running").update(state="done")


def advance(imported: Import, size: int, tell: Tell, *, stores: bool) -> None:
    """Read the sheet on from `imported.row`, chunk by chunk. Raises Elsewhere when another worker is at it."""
    with translation.override(imported.language):
        sheet = sheet_of(imported)
        reader = reader_of(imported, stores=stores)
        unlocked = 0.0
        waiting = lines(imported, sheet, imported.row)
        while chunk := list(islice(waiting, size)):
            if sum(imported.counts.values()) + len(chunk) > limit(reader):
                raise Refused(_("You may import at most %(rows)s rows at once. Please split the sheet.") % {"rows": OWN_ROWS})
            rows = [Row(line, cells) for line, cells in chunk]
            reader.read(rows)
            if stores and connection.vendor == "sqlite":
                time.sleep(max(0.0, unlocked + PAUSE - time.monotonic()))
            take(imported, reader, rows)
            unlocked = time.monotonic()
            tell(sum(imported.counts.values()), imported.rows)


def reader_of(imported: Import, *, stores: bool) -> Reader:
    kind = kinds.at(imported.kind)
    user = get_user_model()._base_manager.filter(pk=imported.user_id, is_active=True).first()
    if kind is None or user is None or not allowed(kind, user):
        raise Refused(_("You may not import this any more."))
    mapping = {int(index): name for index, name in imported.mapping.items() if name}
    said = {"duplicates": imported.duplicates, "missing": imported.missing, "match": imported.match}
    return Reader(kind, user, imported.names, mapping, stores=stores, **said)


def allowed(kind: Kind, user: Any) -> bool:
    """Whether a sheet of `user` could store anything at all."""
    return bool(kind.form) and kind.may(user, "import") and (kind.may(user, "create") or kind.may(user, "change"))


def limit(reader: Reader) -> float:
    """How many rows the person may import at once."""
    own = scope.policy.reach(reader.user, reader.kind.path, "import") == "own"
    return OWN_ROWS if own else float("inf")


def take(imported: Import, reader: Reader, rows: list[Row]) -> None:
    """Store a chunk that was read. When the store refuses it, somebody was faster with one of its rows: then one by one."""
    try:
        keep(imported, reader, rows)
    except (IntegrityError, Refused) as error:
        reader.undone()
        for row in rows:
            again = Row(row.number, row.cells)
            if len(rows) > 1:
                reader.read([again])
                take(imported, reader, [again])
            else:
                again.refuse(error.sentence if isinstance(error, Refused) else _("This breaks a rule of the store."))
                keep(imported, reader, [again])
    else:
        reader.done()


def keep(imported: Import, reader: Reader, rows: list[Row]) -> None:
    """One transaction: the records of `rows`, their refusals, and how far the import is."""
    fates = Counter(imported.counts) + Counter(row.fate for row in rows)
    refused = [Refusal(imported=imported, row=row.number, problems=row.problems) for row in rows if row.fate == REFUSED]
    kept = [row for row in rows if row.fate != REFUSED]
    title = reader.kind.title
    met = [[row.number, str(row.said.get(title, ""))[:VALUE], *one] for row in kept for one in row.met]
    met = [*imported.met, *met][:MET]
    verb, kind = ("imported", reader.kind.key) if reader.stores else ("", "")
    with work.act(verb, kind=kind, batch=imported.batch_id):
        mine = Import.objects.filter(pk=imported.pk, row=imported.row, state="running" if reader.stores else "checking")
        # First of all, and only from where this worker stands: whoever comes second finds nothing to update and stops.
        if not mine.update(row=rows[-1].number, counts=dict(fates), met=met):
            raise Elsewhere
        if reader.stores:
            reader.write(rows)
        Refusal.objects.bulk_create(refused)
    imported.row, imported.counts, imported.met = rows[-1].number, dict(fates), met


def counts(imported: Import) -> Counts:
    """The counts and the first problems of an import as it stands."""
    said = {fate: imported.counts.get(fate, 0) for fate in (NEW, UPDATED, SKIPPED, REFUSED)}
    first = Refusal.objects.filter(imported=imported).order_by("row")[:100]
    problems = [(refusal.row, *problem) for refusal in first for problem in refusal.problems]
    return Counts(sum(said.values()), **said, problems=problems[:100])


def refused_rows(imported: Import) -> Iterator[list[Any]]:
    """The rows that were refused, as the sheet has them, each with its line and the reasons behind."""
    width = len(imported.names)
    problems = dict(Refusal.objects.filter(imported=imported).values_list("row", "problems"))
    for line, cells in lines(imported, sheet_of(imported)):
        if line in problems:
            reasons = "；".join(f"{column}: {reason}" if column else reason for column, _value, reason in problems[line])
            yield [*cells, *[None] * (width - len(cells)), line, reasons]


def run_file(kind: Kind, path: Path, *, user: Any, dry_run: bool, progress: Tell) -> Counts:
    """Import the file at `path` from the command line, with what is guessed of its columns. Raises Refused.

    `progress(done, total)` in rows; the total is 0 until it is known.
    """
    if not allowed(kind, user):
        raise Refused(_("This person may not import here."))
    with path.open("rb") as file:
        imported = begin(kind, File(file), path.name, user)
    map_to(imported, imported.mapping, duplicates=imported.duplicates, missing=imported.missing)
    check(imported, progress)
    if not dry_run:
        start(imported)
        run(imported, progress)
    return counts(imported)


def later(imported: Import, wait: timedelta = timedelta(0)) -> None:
    """Go on with a trial run or a real one as a job, after `wait`."""
    job = jobs.later(go_on, due=timezone.now() + wait, imported=imported.pk)
    Import.objects.filter(pk=imported.pk).update(job=job.pk if job else None)


@jobs.task()
def go_on(job: Job, *, imported: int) -> dict[str, Any]:
    """The job behind a large import; begun again after a kill it goes on from the line that the import reached."""
    found = Import.objects.get(pk=imported)
    try:
        if found.state == "checking":
            check(found, lambda done, total: jobs.tell(job, done, total))
        elif found.state == "running":
            run(found, lambda done, total: jobs.tell(job, done, total))
    except Elsewhere:
        return {"elsewhere": True}
    return dict(found.counts)


def not_while_running(batch: Batch) -> None:
    """Raises Refused for the batch of an import that is under way: half of it would come in again behind the undo."""
    if Import.objects.filter(batch=batch, state="running").exists():
        raise Refused(_("This import is still running. Please wait until it is through, or take it back on its own page."))


undo.guards.append(not_while_running)
