"""The journal: what was done, by whom, through which door. Append-only, sealed by a job into a hash chain."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, models, transaction

from shuke.core import act as work
from shuke.core.insert import insert_rows
from shuke.core.models import Batch, Entry, Seal, new_salt

if TYPE_CHECKING:
    from shuke.core.record import Record

GENESIS = b"\0" * 32
LINK = 500  # entries under one seal: so near a change of the past is told


class Change(NamedTuple):
    """One entry before it is written: the columns of `Entry` but its id and batch."""

    kind: str
    record: int
    root_kind: str
    root: int
    version: int
    verb: str
    changes: dict[str, list[Any]]
    salt: bytes


def write(unit: work.Unit, record: Record, verb: str, changes: dict[str, list[Any]]) -> None:
    """Note one change of `record`; it reaches the store when `unit` ends, in the same transaction."""
    change = Change(record._meta.label_lower, record.pk, *record.root_key(), record.version, verb, changes, new_salt())
    unit.entries.append(change)


def flush(unit: work.Unit) -> None:
    """Write the entries of `unit` under its batch: one that goes on, the one that the form's key claimed, or a new one."""
    if not unit.entries:
        return
    if unit.batch is not None:
        Batch.objects.filter(pk=unit.batch).update(count=models.F("count") + len(unit.entries))
    elif (row := work.claimed()) is not None:
        # Saved once, together with the answer, when the form is done.
        row.verb, row.kind = row.verb or unit.verb, row.kind or unit.kind
        row.undoes_id, row.count = unit.undoes, row.count + len(unit.entries)
        unit.batch = row.pk
    else:
        who, count = work.actor(), len(unit.entries)
        row = Batch(actor_id=who.user, door=who.door, verb=unit.verb, kind=unit.kind, count=count, undoes_id=unit.undoes)
        row.save(force_insert=True)
        unit.batch = row.pk
    insert_rows(Entry, ["batch", *Change._fields], [(unit.batch, *change) for change in unit.entries])


TOLD = ["pk", "batch", "batch__at", "batch__actor", "batch__door", "kind", "record", "version", "verb", "changes", "salt"]


def seal() -> int:
    """Seal what was written since, one link for at most 500 entries. Returns how many were sealed.

    Only the job calls it, one at a time: writers never wait for their place in the chain, and no entry is written again.
    """
    last = Seal.objects.last()
    first, upto = last.last if last else 0, closed()
    found = list(Entry.objects.filter(pk__gt=first, pk__lte=upto).order_by("pk").values_list("pk", flat=True)[:LINK])
    if found:
        Seal.objects.create(last=found[-1], seal=link(bytes(last.seal) if last else GENESIS, first, found[-1]))
    return len(found)


def closed() -> int:
    """The highest id below which no entry can appear any more."""
    newest = Entry.objects.order_by("-pk").values_list("pk", flat=True)
    if connection.vendor == "sqlite":
        return newest.first() or 0
    with transaction.atomic(), connection.cursor() as store:
        # Ids are not in the order of commits: who has taken one already holds the table, so he is waited for.
        store.execute("LOCK TABLE core_entry IN SHARE MODE")
        return newest.first() or 0


def link(previous: bytes, first: int, last: int) -> bytes:
    """sha256 over the seal before and the salted digests of the entries first < id <= last, in the order of their ids."""
    chain = hashlib.sha256(previous)
    for row in Entry.objects.filter(pk__gt=first, pk__lte=last).order_by("pk").values_list(*TOLD).iterator():
        chain.update(digest(row))
    return chain.digest()


def digest(row: tuple[Any, ...]) -> bytes:
    """Salted digest of what an entry and its batch tell."""
    pk, batch, at, *told, salt = row
    said = json.dumps([pk, batch, at.isoformat(), *told], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(bytes(salt) + said.encode()).digest()


def first_broken() -> tuple[int, int] | None:
    """(first, last) id of the first sealed entries among which one was changed, added or taken out since; None when all hold."""
    previous, first = GENESIS, 0
    for last, held in Seal.objects.order_by("last").values_list("last", "seal"):
        previous = link(previous, first, last)
        if previous != bytes(held):
            return first + 1, last
        first = last
    return None
