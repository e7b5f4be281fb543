"""Edits that meet: a form that was open while somebody else saved loses nothing and overwrites nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shuke.core import scope
from shuke.core.fields import from_plain
from shuke.core.models import Entry
from shuke.core.record import Record


@dataclass(frozen=True)
class Conflict:
    """One field that both changed, in plain values."""

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
        if yours == before[name]:
            setattr(record, field.attname, from_plain(field, theirs))
        elif yours != theirs:
            conflicts.append(Conflict(name, record.kind.label_of(name, field), yours, theirs))
    return conflicts


def shown(record: Record, name: str, value: Any, user: Any) -> str:
    """A plain value of a field as a person may read it: within his field rights, a related record within his scope."""
    from shuke.core import columns

    kind = record.kind
    if name == "extra":
        return columns.extra_text(kind, value or {}, user)
    column, field = kind.column(name, user), record._meta.get_field(name)
    if column is None or value is None:
        return ""
    if column.level == "masked":
        return "****"
    held = from_plain(field, value)
    if column.type != "relation":
        return column.text(held)
    rows = field.related_model._base_manager.filter(pk=held)
    if columns.seen_through(kind, name, user) is not None:
        rows = rows.filter(scope.union(field.related_model.kind.branches(user, "view")))
    found = rows.first()
    return str(found) if found else column.text(columns.HIDDEN, None)
