"""Edits that meet: a form that was open while somebody else saved loses nothing and overwrites nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shuke.core import columns, customfields, scope
from shuke.core.columns import CUSTOM
from shuke.core.fields import from_plain
from shuke.core.models import Entry
from shuke.core.record import Record


@dataclass(frozen=True)
class Conflict:
    """One field that both changed: its name in the form, and both values as the record holds them."""

    name: str
    label: Any
    yours: Any
    theirs: Any


def meanwhile(record: Record, since: int) -> dict[str, Any]:
    """{field: plain value it had at version `since`} of the fields changed after that version."""
    before: dict[str, Any] = {}
    later = Entry.objects.filter(kind=record._meta.label_lower, record=record.pk, version__gt=since).order_by("-version", "-pk")
    for changes in later.values_list("changes", flat=True):
        before |= {name: old for name, (old, _new) in changes.items()}
    return before


def merge(record: Record, since: int) -> list[Conflict]:
    """Bring the edits in `record`, made on version `since`, together with what the row says now.

    A field that only one side changed keeps that change; one that both changed to different values is returned as a conflict and
    left as typed.
    """
    before = meanwhile(record, since)
    conflicts = []
    for name, (theirs, yours) in record.changes().items():
        if name not in before:
            continue
        field = record._meta.get_field(name)
        if name == "extra":
            conflicts += merge_custom(record, before[name] or {}, theirs or {})
        elif yours == before[name]:
            setattr(record, field.attname, from_plain(field, theirs))
        elif yours != theirs:
            held = (from_plain(field, value) for value in (yours, theirs))
            conflicts.append(Conflict(name, record.kind.label_of(name, field), *held))
    return conflicts


def merge_custom(record: Record, before: dict[str, Any], theirs: dict[str, Any]) -> list[Conflict]:
    """The same for the fields of the firm's own, one by one, though a single column keeps them."""
    yours, conflicts, merged = record.extra, [], dict(theirs)
    for key, custom in customfields.of(record.kind.path).items():
        was, mine, other = (held.get(key) for held in (before, yours, theirs))
        if mine not in (was, other):
            merged[key] = mine
            if other != was:
                conflicts.append(Conflict(CUSTOM + key, custom.name, mine, other))
    record.extra = {key: value for key, value in merged.items() if value is not None}
    return conflicts


def shown(record: Record, name: str, value: Any, user: Any) -> str:
    """A value of a field, plain or not, as a person may read it: within his field rights, a related record within his scope."""
    kind = record.kind
    if name == "extra":
        return columns.extra_text(kind, value or {}, user)
    column = kind.column(name, user)
    if column is None or value is None:
        return ""
    if column.level == "masked":
        return "****"
    if column.custom:
        return column.text(value)
    field = record._meta.get_field(name)
    held = from_plain(field, value)
    if column.type != "relation":
        return column.text(held)
    rows = field.related_model._base_manager.filter(pk=held)
    if columns.seen_through(kind, name, user) is not None:
        rows = rows.filter(scope.union(field.related_model.kind.branches(user, "view")))
    found = rows.first()
    return str(found) if found else column.text(columns.HIDDEN, None)
