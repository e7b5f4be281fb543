"""Undo: a batch goes back to what its entries say was there, field by field, without running a verb or a reaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import jobs, journal, scope
from shuke.core import kind as kinds
from shuke.core.columns import CUSTOM
from shuke.core.fields import from_plain, plain
from shuke.core.models import Batch, Entry, Job
from shuke.core.record import Record, RecordQuerySet, Refused, touch

CHUNK = 500  # keys in one question to the store
LONG = 200  # entries of a batch beyond which its undo is a job of short steps
STEP = 50  # entries that one step takes back
PAUSE = 0.02  # seconds in which the lock is free between steps
OWN = timedelta(days=30)  # how long one takes back what he did himself, with no reach beyond that

guards: list[Callable[[Batch], None]] = []  # what other rooms ask before a batch of theirs is undone; each may raise Refused


@dataclass(frozen=True)
class Conflict:
    """A field that was changed again since."""

    record: Record
    field: str

    @property
    def name(self) -> str:
        return f"{self.record._meta.label_lower}-{self.record.pk}-{self.field}"

    @property
    def back(self) -> str:
        """What a form says to put the old value back over the one that it shows: over no later one, which nobody has seen."""
        return f"back-{self.record.version}"


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
    """Whether the page of `batch` is there for `user`: by whose acts he may undo."""
    reach = reach_of(batch.kind, user)
    if reach == "own":
        return batch.actor_id == user.pk and timezone.now() - batch.at <= OWN
    return reach == "all" or (reach == "department" and batch.actor_id in scope.policy.colleagues(user))


def reach_of(key: str, user: Any) -> scope.Reach:
    """Whose acts on such records `user` may undo; on what has no kind, his own."""
    kind = kinds.of_key(key)
    return scope.policy.reach(user, kind.path, "undo") if kind else "own"


def offered_at(entry: Entry, user: Any) -> bool:
    """Whether a line of the journal has the way back beside it. Asks the store nothing: the page itself looks at every row."""
    is_mine = entry.batch.actor_id == user.pk
    return goes_back(entry) and offered(entry.batch, user) and (is_mine or not is_shut(kinds.of_key(entry.kind), entry, user))


def offered_after(unit: work.Unit, user: Any) -> bool:
    """Whether `user`, who did it this moment, is offered to take it back."""
    return unit.batch is not None and reach_of(unit.kind, user) != "none" and any(map(goes_back, unit.entries))


def goes_back(entry: Entry | journal.Change) -> bool:
    """Whether there is something to put back: of what has no kind and of secrets there is not."""
    return kinds.of_key(entry.kind) is not None and any(pair != [None, None] for pair in entry.changes.values() or [[]])


def is_shut(kind: Any, entry: Entry, user: Any) -> bool:
    """Whether it tells of a field that `user` may not write, or that a record came or went, where he may delete none."""
    levels, own = kind.levels(user), [f"{CUSTOM}{key}" for held in entry.changes.get("extra", ()) for key in held or ()]
    stays = is_whole(entry) and not kind.may(user, "delete")
    return stays or any(levels.get(name, "edit") != "edit" for name in [*entry.changes, *own])


def is_whole(entry: Entry) -> bool:
    return not entry.changes or "deleted_at" in entry.changes


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
    for key in dict.fromkeys(entry.kind for entry in found):
        collect(made, key, [entry for entry in found if entry.kind == key], user)
    return made


def collect(made: Plan, key: str, entries: list[Entry], user: Any) -> None:
    kind = kinds.of_key(key)
    if kind is None:
        stays = _("%(count)s changes of “%(what)s” stay as they are.")
        made.cannot.append(stays % {"count": len(entries), "what": kinds.called(key)})
        return
    found = in_reach(made.batch, kind, entries, user)
    for entry in entries:
        if record := found.get(entry.record):
            note(made, record, entry)
        else:
            made.cannot.append(_("One record was removed for good and cannot come back."))


def in_reach(batch: Batch, kind: kinds.Kind, entries: list[Entry], user: Any) -> dict[int, Record]:
    """The records of `entries` that are still there. Raises Beyond unless `user` may take back all that they tell.

    What he did himself asks for the right to change the rows; what others did, for that to each field and to delete as well.
    """
    ids = {entry.record for entry in entries}
    found = {record.pk: record for record in in_chunks(RecordQuerySet(kind.model), ids)}
    beyond = found.keys() - may_change(kind, user, ids)
    if batch.actor_id != user.pk:
        whole = {entry.record for entry in entries if is_whole(entry)} & found.keys()
        beyond |= whole - may_change(kind, user, whole, "delete")
        beyond |= {entry.record for entry in entries if is_shut(kind, entry, user)}
    if beyond:
        raise Beyond
    return found


def in_chunks(rows: models.QuerySet[Any], ids: set[int]) -> list[Any]:
    ordered = sorted(ids)
    return [row for start in range(0, len(ordered), CHUNK) for row in rows.filter(pk__in=ordered[start : start + CHUNK])]


def may_change(kind: kinds.Kind, user: Any, ids: set[int], verb: str = "change") -> set[int]:
    rows: RecordQuerySet[Record] = RecordQuerySet(kind.model)
    if kind.root and kind.is_on and type(kind).branches is kinds.Kind.branches:
        # The same act took the root away, and what is in the trash no branch reaches: the root itself is asked.
        roots = dict(in_chunks(rows.values_list("pk", f"{kind.root}_id"), ids))
        verb = verb if verb in kinds.AS_THE_ROOT else "change"
        reached = may_change(kind.root_model().kind, user, set(roots.values()), verb)  # type: ignore[union-attr]
        return {pk for pk, root in roots.items() if root in reached}
    return set(in_chunks(rows.filter(scope.union(kind.branches(user, verb))).values_list("pk", flat=True), ids))


def note(made: Plan, record: Record, entry: Entry) -> None:
    """Take one entry into the plan; entries come newest first, so the oldest value of a field wins."""
    place = (type(record), record.pk)
    made.records[place] = record
    if not entry.changes:
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


def carry_out(made: Plan, choices: dict[str, str]) -> work.Unit:
    """Do what the plan says; a field in conflict goes back only where `choices[conflict.name]` is `conflict.back`.

    Raises Refused when a constraint forbids it, when it was undone meanwhile, and when there is nothing to put back.
    """
    if not made.back and not made.created:
        raise Refused(_("Nothing of this can be taken back. Please put it right on the page where it was done."))
    kept = {conflict.name for conflict in made.conflicts if choices.get(conflict.name) != conflict.back}
    with work.act("undone", kind=made.batch.kind, undoes=made.batch.pk) as unit:
        lock(made.batch)
        for (model, pk), values in made.back.items():
            if (model, pk) not in made.created:
                put_back(made.records[model, pk], values, kept)
        for place in made.created:
            if (record := made.records[place]).is_live:
                record.delete(verb="undone")
    return unit


def lock(batch: Batch) -> None:
    """Of several who undo it in one moment the first goes on; the others wait for him and are refused."""
    Batch.objects.select_for_update().get(pk=batch.pk)
    refuse_twice(batch)


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
        lock(batch)
        undoing = Batch.objects.create(actor_id=user.pk, door=work.actor().door, verb="undone", kind=batch.kind, undoes=batch)
        if batch.count > LONG:
            jobs.later(go_on, once=f"undo {batch.pk}", batch=undoing.pk)
    if batch.count <= LONG:
        take_back(undoing)


def allow(batch: Batch, user: Any) -> None:
    found = Entry.objects.filter(batch=batch).only("kind", "record", "verb", "changes")
    for key in found.values_list("kind", flat=True).distinct().order_by():
        if kind := kinds.of_key(key):
            in_reach(batch, kind, list(found.filter(kind=key)), user)
    refuse_twice(batch)


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
