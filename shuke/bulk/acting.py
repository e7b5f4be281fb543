"""One act on many records: a verb, a field or a delete, in one batch that one undo takes back.

The rows are chosen with the versions that were on the screen: one that somebody changed since is left as it is and told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms as django_forms
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import columns, edits, forms, scope
from shuke.core.actions import Action
from shuke.core.kind import Kind
from shuke.core.models import Batch
from shuke.core.record import Record, Refused

MOST = 500  # records of one act
OWN = 50  # of whoever reaches only his own
CHUNK = 20  # records of one transaction: nobody waits for the lock longer than he would notice
PAUSE = 0.02  # seconds in which SQLite's lock is free between chunks
DELETE, FIELD = "delete", "field-"
VERBS = {"change": "changed", "delete": "deleted"}  # what the journal calls what is no verb of the kind

Chosen = list[tuple[int, int]]  # (id, version) of the records as they stood on the screen
Do = Callable[[Record], Any]


@dataclass(frozen=True)
class Act:
    """What is done to each: `right` is the verb that one must be allowed to, `name` as in the address."""

    name: str
    label: Any
    right: str
    tone: str = ""
    action: Action | None = None
    column: columns.Column | None = None


@dataclass
class Outcome:
    """What became of the records: how many were changed, and (title, reason) of each that stays as it is."""

    done: int = 0
    stayed: list[tuple[str, str]] = field(default_factory=list)
    batch: int | None = None


def acts(kind: Kind, user: Any) -> Iterator[Act]:
    """What this person may do with many records of `kind` at once."""
    if may(kind, user, "bulk_change"):
        for action in kind.actions:
            if kind.may(user, action.name):
                yield Act(action.name, action.label, action.name, action.tone, action=action)
        if kind.form and kind.may(user, "change"):
            for column in changeable(kind, user):
                yield Act(f"{FIELD}{column.key}", _("Change: %(field)s") % {"field": column.label}, "change", column=column)
    if may(kind, user, "bulk_delete") and kind.may(user, "delete") and kind.model.delete is Record.delete:
        yield Act(DELETE, _("Delete"), "delete", "danger")


def changeable(kind: Kind, user: Any) -> list[columns.Column]:
    """The fields that may be set on many: those of the form, but what names a record or must be its own."""
    unique = {f.name for f in kind.model._meta.concrete_fields if f.unique} | {kind.title, *kind.match_on, kind.root}
    shown = kind.shown(user, [key for key in kind.fact_keys() if key not in unique and not kind.solitary(key)])
    writable = forms.form_for(kind, user).fields
    return [column for column in shown if column.level == "edit" and column.key in writable]


def may(kind: Kind, user: Any, verb: str) -> bool:
    """Whether he may do it to many at once; to parts as to their whole."""
    root = kind.root_model()
    return may(root.kind, user, verb) if root else kind.may(user, verb)


def most(kind: Kind, user: Any) -> int:
    root = kind.root_model()
    return OWN if scope.policy.reach(user, (root.kind if root else kind).path, "bulk_change") == "own" else MOST


def within(kind: Kind, user: Any, act: Act, ids: Sequence[int]) -> list[Record]:
    """The live records `ids` with which this person may do `act`, in the order of the list. Raises Refused for too many."""
    if len(ids) > (limit := most(kind, user)):
        raise Refused(_("At most %(limit)s at once. Please choose fewer.") % {"limit": limit})
    rows = scope.rows(kind.model, user, act.right).filter(pk__in=ids)
    if not kind.root:
        rows = rows.filter(scope.union(kind.branches(user, "bulk_delete" if act.name == DELETE else "bulk_change")))
    place = {pk: nth for nth, pk in enumerate(ids)}
    return sorted(rows, key=lambda record: place[record.pk])


def form_of(kind: Kind, user: Any, act: Act, record: Record, data: Any = None) -> django_forms.BaseForm | None:
    """The form that asks what the act needs, as for `record`; None where it needs nothing."""
    if act.column is not None:
        return forms.form_for(kind, user, data, instance=record, only=[act.column.key])
    if act.action is None or act.action.form is None:
        return None
    form = act.action.form(data)
    if hasattr(form, "about"):
        form.about(record, user)
    return form


def preview(act: Act, record: Record, user: Any) -> tuple[str, str]:
    """(now, then) of a field whose form has been filled into `record`, as the person reads it."""
    now, then = record._meta.model._base_manager.get(pk=record.pk), record
    return told(act, now, user), told(act, then, user)


def told(act: Act, record: Record, user: Any) -> str:
    assert act.column is not None  # of no other act there is a preview
    if act.column.custom:
        return act.column.text(record.extra.get(act.column.custom.key))
    return edits.shown(record, act.column.key, getattr(record, record._meta.get_field(act.column.key).attname), user)


def run(kind: Kind, user: Any, act: Act, chosen: Chosen, data: Any) -> Outcome:
    """Do `act` with the chosen records. What stays as it is (it was changed, is gone, a rule says no) is told with its reason."""
    outcome, versions, verb = Outcome(), dict(chosen), VERBS.get(act.right, act.name)
    records = within(kind, user, act, list(versions))
    if len(records) < len(versions):
        outcome.stayed.append((_("%(count)s others") % {"count": len(versions) - len(records)}, _("not there, or not yours")))
    for start in range(0, len(records), CHUNK):
        with work.act(verb, kind=kind.key, batch=outcome.batch) as unit:
            for record in records[start : start + CHUNK]:
                try:
                    one(kind, user, act, record.pk, versions[record.pk], data, unit)
                    outcome.done += 1
                except Refused as refused:
                    outcome.stayed.append((str(record), str(refused.sentence)))
            if outcome.batch is None and unit.entries:
                who = work.actor()
                outcome.batch = unit.batch = Batch.objects.create(actor_id=who.user, door=who.door, verb=verb, kind=kind.key).pk
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)
    return outcome


def one(kind: Kind, user: Any, act: Act, pk: int, version: int, data: Any, unit: work.Unit) -> None:
    """The act with one record, or nothing of it."""
    written, touched = len(unit.entries), dict(unit.touched)
    try:
        with transaction.atomic():
            record = scope.rows(kind.model, user, act.right).select_for_update().filter(pk=pk).first()
            if record is None:
                raise Refused(_("not there, or not yours"))
            if record.version != version:
                raise Refused(_("somebody changed it meanwhile"))
            apply(kind, user, act, record, data)
    except (Refused, IntegrityError) as error:
        # What was rolled back must be neither in the journal nor in the search.
        del unit.entries[written:]
        unit.touched.clear()
        unit.touched.update(touched)
        raise error if isinstance(error, Refused) else Refused(_("somebody was faster")) from None


def apply(kind: Kind, user: Any, act: Act, record: Record, data: Any) -> None:
    if act.name == DELETE:
        record.delete()
        return
    form = form_of(kind, user, act, record, data)
    if form is not None and not form.is_valid():
        raise Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    if act.action is not None:
        act.action(record, **(form.cleaned_data if form else {}))
    else:
        record.save()
