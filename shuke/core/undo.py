"""Undo: a batch goes back to what its entries say was there, field by field, without running a verb or a reaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import kind as kinds
from shuke.core import scope
from shuke.core.fields import from_plain, plain
from shuke.core.models import Batch, Entry
from shuke.core.record import Record, RecordQuerySet, Refused

CHUNK = 500  # keys in one question to the store


@dataclass(frozen=True)
class Conflict:
    """A field that was changed again since."""

    record: Record
    field: str

    @property
    def name(self) -> str:
        return f"{self.record._meta.label_lower}-{self.record.pk}-{self.field}"


@dataclass
class Plan:
    """What an undo would do: values to put back per record, fields to ask about, and what cannot be taken back, as sentences."""

    batch: Batch
    back: dict[tuple[type[Record], int], dict[str, Any]] = field(default_factory=dict)
    records: dict[tuple[type[Record], int], Record] = field(default_factory=dict)
    created: set[tuple[type[Record], int]] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)


def plan(batch: Batch, user: Any) -> Plan:
    """What undoing `batch` would do for `user`, who needs the right to change every row. Raises Refused when it was undone."""
    if batch.undone_by.exists():
        raise Refused(_("This was undone already."))
    made = Plan(batch)
    by_kind: dict[str, list[Entry]] = {}
    for entry in Entry.objects.filter(batch=batch).order_by("-pk"):
        by_kind.setdefault(entry.kind, []).append(entry)
    for key, entries in by_kind.items():
        collect(made, key, entries, user)
    return made


def collect(made: Plan, key: str, entries: list[Entry], user: Any) -> None:
    kind = kinds.of_key(key)
    if kind is None:
        made.cannot.append(_("%(count)s changes of “%(what)s” stay as they are.") % {"count": len(entries), "what": key})
        return
    model = kind.model
    ids = {entry.record for entry in entries}
    found = {record.pk: record for record in in_chunks(model, ids)}
    allowed = may_change(kind, user, ids)
    for entry in entries:
        record = found.get(entry.record)
        if record is None:
            made.cannot.append(_("One record was removed for good and cannot come back."))
        elif record.pk not in allowed:
            raise Refused(_("You may not change everything that this would undo. Ask somebody who may."))
        else:
            note(made, record, entry)


def in_chunks(model: type[Record], ids: set[int]) -> list[Record]:
    ordered = sorted(ids)
    rows = RecordQuerySet(model)
    return [r for start in range(0, len(ordered), CHUNK) for r in rows.filter(pk__in=ordered[start : start + CHUNK])]


def may_change(kind: kinds.Kind, user: Any, ids: set[int]) -> set[int]:
    condition = scope.union(kind.branches(user, "change"))
    ordered = sorted(ids)
    rows = RecordQuerySet(kind.model).filter(condition)
    return {
        pk
        for start in range(0, len(ordered), CHUNK)
        for pk in rows.filter(pk__in=ordered[start : start + CHUNK]).values_list("pk", flat=True)
    }


def note(made: Plan, record: Record, entry: Entry) -> None:
    """Take one entry into the plan; entries come newest first, so the oldest value of a field wins."""
    place = (type(record), record.pk)
    made.records[place] = record
    if entry.verb == "created" or not entry.changes:
        made.created.add(place)
        return
    for name, (old, new) in entry.changes.items():
        held = made.back.setdefault(place, {})
        if name not in held and plain_now(record, name) != new:
            made.conflicts.append(Conflict(record, name))
        held[name] = old


def plain_now(record: Record, name: str) -> Any:
    field = record._meta.get_field(name)
    return plain(field, getattr(record, field.attname))


def carry_out(made: Plan, choices: dict[str, str]) -> int | None:
    """Do what the plan says; a field in conflict goes back only where `choices[conflict.name]` is "back".

    Returns the batch of the undo, None when nothing had to change. Raises Refused when a constraint forbids it.
    """
    kept = {conflict.name for conflict in made.conflicts if choices.get(conflict.name) != "back"}
    with work.act("undone", kind=made.batch.kind, undoes=made.batch.pk) as unit:
        for (model, pk), values in made.back.items():
            if (model, pk) not in made.created:
                put_back(made.records[model, pk], values, kept)
        gone = [made.records[place] for place in sorted(made.created, key=lambda place: -place[1])]
        for record in gone:
            if record.is_live:
                record.delete(verb="undone")
    return unit.batch


def put_back(record: Record, values: dict[str, Any], kept: set[str]) -> None:
    for name, old in values.items():
        field = record._meta.get_field(name)
        if f"{record._meta.label_lower}-{record.pk}-{name}" not in kept:
            setattr(record, field.attname, from_plain(field, old))
    if record.is_live:
        record.check_parents()
    record.validate_constraints()
    record.save(verb="undone")
