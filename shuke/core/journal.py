"""The journal: what was done, by whom, through which door. Append-only, sealed by a job into a hash chain."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import models

from shuke.core import act as work
from shuke.core.insert import insert
from shuke.core.models import Batch, Entry, new_salt

if TYPE_CHECKING:
    from shuke.core.record import Record

GENESIS = b"\0" * 32
SEAL_AT_ONCE = 1000


def write(unit: work.Unit, record: Record, verb: str, changes: dict[str, list[Any]]) -> None:
    """Note one change of `record`; it reaches the store when `unit` ends, in the same transaction."""
    root_kind, root = record.root_key()
    unit.entries.append(
        Entry(
            kind=record._meta.label_lower,
            record=record.pk,
            root_kind=root_kind,
            root=root,
            version=record.version,
            verb=verb,
            changes=changes,
            salt=new_salt(),
        )
    )


def flush(unit: work.Unit) -> None:
    """Write the entries of `unit` under its batch: one that goes on, the one that the form's key claimed, or a new one."""
    if not unit.entries:
        return
    if unit.batch is not None:
        Batch.objects.filter(pk=unit.batch).update(count=models.F("count") + len(unit.entries))
    elif (row := work.claimed()) is not None:
        # Saved once, together with the answer, when the form is done.
        row.verb, row.kind, row.undoes_id, row.count = (
            row.verb or unit.verb,
            row.kind or unit.kind,
            unit.undoes,
            row.count + len(unit.entries),
        )
        unit.batch = row.pk
    else:
        who, count = work.actor(), len(unit.entries)
        row = Batch(actor_id=who.user, door=who.door, verb=unit.verb, kind=unit.kind, count=count, undoes_id=unit.undoes)
        row.save(force_insert=True)
        unit.batch = row.pk
    for entry in unit.entries:
        entry.batch_id = unit.batch
    insert(unit.entries)


def digest(entry: Entry) -> bytes:
    """Salted digest of what an entry tells: with the values and the salt erased, the chain over the digests still verifies."""
    told = json.dumps(
        [entry.pk, entry.batch_id, entry.at.isoformat(), entry.kind, entry.record, entry.version, entry.verb, entry.changes],
        ensure_ascii=False,
        sort_keys=True,
    )
    return hashlib.sha256(bytes(entry.salt) + told.encode()).digest()


def seal() -> int:
    """Chain the entries that are not sealed yet: seal = sha256(previous seal + digest). Returns how many were sealed.

    Only the job calls it, one at a time: writers never queue on one row for their place in the chain.
    """
    last = Entry.objects.exclude(place=None).order_by("-place").values_list("place", "seal").first()
    place, previous = (last[0], bytes(last[1])) if last else (0, GENESIS)
    entries = list(Entry.objects.filter(place=None).order_by("pk")[:SEAL_AT_ONCE])
    for step, entry in enumerate(entries, 1):
        previous = hashlib.sha256(previous + digest(entry)).digest()
        entry.place, entry.seal = place + step, previous
    Entry.objects.bulk_update(entries, ["place", "seal"], batch_size=100)
    return len(entries)


def first_broken() -> int | None:
    """Id of the first sealed entry that was changed after it was sealed, None when the whole chain holds."""
    previous = GENESIS
    for entry in Entry.objects.exclude(place=None).order_by("place").iterator():
        previous = hashlib.sha256(previous + digest(entry)).digest()
        if previous != bytes(entry.seal or b""):
            return entry.pk
    return None
