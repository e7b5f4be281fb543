"""Undo: a batch goes back to what its entries say was there, field by field, without running a verb or a reaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import jobs, journal, scope
from shuke.core import kind as kinds
from shuke.core.fields import from_plain, plain
from shuke.core.models import Batch, Entry, Job
from shuke.core.record import Record, RecordQuerySet, Refused, touch

CHUNK = 500  # keys in one question to the store
LONG = 200  # entries of a batch beyond which its undo is a job of short steps
STEP = 50  # entries that one step takes back
PAUSE = 0.02  # seconds in which the lock is free between steps

guards: list[Callable[[Batch], None]] = []  # what other rooms ask before a batch of theirs is undone; each may raise Refused


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
    created: dict[tuple[type[Record], int], None] = field(default_factory=dict)  # newest first, so parts before their whole
    conflicts: list[Conflict] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)


def offered(batch: Batch, user: Any) -> bool:
    """Whether the page of `batch` is there for `user`: by his right to undo records of its kind, else for what he did himself."""
    kind = kinds.of_key(batch.kind)
    return kind.may(user, "undo") if kind else batch.actor_id == user.pk


class Beyond(Refused):
    """Not every row of the batch may be changed by this person."""

    def __init__(self) -> None:
        super().__init__(_("You may not change everything that this would undo. Ask somebody who may."))


def plan(batch: Batch, user: Any) -> Plan:
    """What undoing `batch` would do for `user`. Raises Beyond, or Refused when it was undone."""
    made = plan_of(batch, user, list(Entry.objects.filter(batch=batch).order_by("-pk")))
    refuse_twice(batch)
    return made


def refuse_twice(batch: Batch) -> None:
    if batch.undone_by.exists():
        raise Refused(_("This was undone already."))
    for guard in guards:
        guard(batch)


def plan_of(batch: Batch, user: Any, found: list[Entry]) -> Plan:
    made = Plan(batch)
    by_kind: dict[str, list[Entry]] = {}
    for entry in found:
        by_kind.setdefault(entry.kind, []).append(entry)
    for key, entries in by_kind.items():
        collect(made, key, entries, user)
    return made


def collect(made: Plan, key: str, entries: list[Entry], user: Any) -> None:
    kind = kinds.of_key(key)
    if kind is None:
        stays = _("%(count)s changes of “%(what)s” stay as they are.")
        made.cannot.append(stays % {"count": len(entries), "what": kinds.called(key)})
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
            raise Beyond
        else:
            note(made, record, entry)


def in_chunks(model: type[Record], ids: set[int]) -> list[Record]:
    ordered = sorted(ids)
    rows: RecordQuerySet[Any] = RecordQuerySet(model)
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
        made.created[place] = None
        return
    for name, (old, new) in entry.changes.items():
        if name in record.secret:
            said = {"field": record.kind.label_of(name, record._meta.get_field(name)), "record": record}
            made.cannot.append(_("“%(field)s” of “%(record)s” was kept nowhere and stays as it is.") % said)
            continue
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
        gone = [made.records[place] for place in made.created]
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
    record.check_constraints()
    record.save(verb="undone")


def begin(batch: Batch, user: Any) -> None:
    """Undo the whole of `batch` in short steps, newest first; a long one as a job. What was changed again since is kept.

    Raises Refused when it was undone already, Beyond when the person may not change every row of it.
    """
    allow(batch, user)
    with transaction.atomic():
        undoing = Batch.objects.create(actor_id=user.pk, door=work.actor().door, verb="undone", kind=batch.kind, undoes=batch)
        if batch.count > LONG:
            jobs.later(go_on, once=f"undo {batch.pk}", batch=undoing.pk)
    if batch.count <= LONG:
        take_back(undoing)


def allow(batch: Batch, user: Any) -> None:
    for key in Entry.objects.filter(batch=batch).values_list("kind", flat=True).distinct().order_by():
        ids = set(Entry.objects.filter(batch=batch, kind=key).values_list("record", flat=True))
        kind = kinds.of_key(key)
        if kind is not None and may_change(kind, user, ids) < set(in_store(kind.model, ids)):
            raise Beyond
    refuse_twice(batch)


def in_store(model: type[Record], ids: set[int]) -> list[int]:
    return [record.pk for record in in_chunks(model, ids)]


def job_of(batch: Batch) -> Job | None:
    """The job that undoes `batch`, in whatever state it is."""
    return Job.objects.filter(once=f"undo {batch.pk}").first()


@jobs.task()
def go_on(job: Job, *, batch: int) -> dict[str, Any]:
    """A long undo. Begun again after a kill it skips what is back already: what is gone, what was changed again."""
    undoing = Batch.objects.select_related("undoes").get(pk=batch)
    return {"kept": take_back(undoing, lambda done: jobs.tell(job, done, undoing.undoes.count))}


def take_back(undoing: Batch, tell: Callable[[int], None] = lambda done: None) -> int:
    """Go through the entries of what `undoing` undoes, newest first. Returns how many records had to stay as they are."""
    user = get_user_model()._base_manager.get(pk=undoing.actor_id)
    last, done, kept = 2**63 - 1, 0, 0
    while found := list(Entry.objects.filter(batch=undoing.undoes_id, pk__lt=last).order_by("-pk")[:STEP]):
        with work.acting(undoing.actor_id, undoing.door), work.act("undone", undoes=undoing.undoes_id, batch=undoing.pk) as unit:
            kept += step(unit, plan_of(undoing.undoes, user, found))
        last, done = found[-1].pk, done + len(found)
        tell(done)
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)
    return kept


def step(unit: work.Unit, made: Plan) -> int:
    """Take back what one step planned; fields in conflict stay. Returns how many records had to stay."""
    kept, refused = {conflict.name for conflict in made.conflicts}, 0
    for place, values in made.back.items():
        if place not in made.created:
            try:
                put_back(made.records[place], values, kept)
            except Refused:  # a value was taken meanwhile: the others go back all the same
                refused += 1
    by_model: dict[type[Record], list[Record]] = {}
    for model, pk in made.created:
        if made.records[model, pk].is_live:
            by_model.setdefault(model, []).append(made.records[model, pk])
    # What stands on the page of another goes before that one.
    order = sorted(by_model, key=lambda model: not getattr(getattr(model, "kind", None), "root", ""))
    return refused + sum(trash(unit, model, by_model[model]) for model in order)


def trash(unit: work.Unit, model: type[Record], records: list[Record]) -> int:
    """Move records that nothing depends on to the trash, in one statement; others one by one. Returns how many have to stay."""
    plain = model.delete is Record.delete  # a model with a way of its own to go, or not to, is asked record by record
    needed = depended_on(model, [record.pk for record in records]) if plain else {record.pk for record in records}
    free, now, kept = [record for record in records if record.pk not in needed], timezone.now(), 0
    rows: RecordQuerySet[Record] = RecordQuerySet(model)
    models.QuerySet.update(
        rows.filter(pk__in=[record.pk for record in free]), deleted_at=now, updated_at=now, version=models.F("version") + 1
    )
    for record in free:
        record.deleted_at, record.updated_at, record.version = now, now, record.version + 1
        journal.write(unit, record, "undone", {"deleted_at": [None, now.isoformat()]})
        touch(unit, record)
    for record in records:
        if record.pk in needed:
            try:
                record.delete(verb="undone")
            except Refused:
                kept += 1
    return kept


def depended_on(model: type[Record], pks: list[int]) -> set[int]:
    """Those of the records to which a live record points: one question per relation, not per record."""
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        other = relation.related_model
        if relation.auto_created and isinstance(other, type) and issubclass(other, Record):
            pointing = other._base_manager.filter(**{f"{relation.field.name}__in": pks}, deleted_at=None)
            found |= set(pointing.values_list(relation.field.attname, flat=True))
    return found
