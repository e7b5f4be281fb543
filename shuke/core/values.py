"""Rows beside a record that make its lists of words and its custom fields filterable; kept by every write, never by reactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q

from shuke.core import customfields
from shuke.core.fields import WordsField
from shuke.core.insert import insert_rows
from shuke.core.models import Value
from shuke.core.record import Record

COLUMNS = ("kind", "field", "record", "text", "number", "day")
MANY = 10_000  # records with a value: fewer are gathered before the list is gone through, more are not


def index(records: Sequence[Record]) -> None:
    """Write anew the values of `records`, as they stand now; those in the trash have none."""
    by_model: dict[type[Record], list[Record]] = defaultdict(list)
    for record in records:
        if indexed(type(record)):
            by_model[type(record)].append(record)
    for model, group in by_model.items():
        old = [record.pk for record in group if record.version > 1]
        if old:
            Value.objects.filter(kind=model._meta.label_lower, record__in=old).delete()
        insert_rows(Value, COLUMNS, [value for record in group if record.deleted_at is None for value in values(record)])


def indexed(model: type[Record]) -> bool:
    kind = getattr(model, "kind", None)
    return kind is not None and (bool(words_of(model._meta)) or bool(customfields.of(kind.path)))


@cache
def words_of(meta: Any) -> list[str]:
    return [field.name for field in meta.concrete_fields if isinstance(field, WordsField)]


def values(record: Record) -> Iterator[tuple[Any, ...]]:
    """The rows of one record, in the order of COLUMNS."""
    label = record._meta.label_lower
    for name in words_of(record._meta):
        for word in getattr(record, name):
            yield label, name, record.pk, word[:255], None, None
    for key, custom in customfields.of(record.kind.path).items():
        for said in spread(record.extra.get(key)):
            yield label, f"x_{key}", record.pk, *typed(custom.type, said)


def spread(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def typed(type: str, value: Any) -> tuple[str, Decimal | None, Any]:
    """(text, number, day), of which one is said."""
    if type in ("number", "money"):
        return "", Decimal(str(value)), None
    if type == "date":
        return "", None, value
    return str(value)[:255], None, None


def having(model: type[Record], field: str, condition: Q) -> Q:
    """The records of `model` with a value of `field` that meets `condition` (on text, number or day)."""
    found = Value.objects.filter(condition, kind=model._meta.label_lower, field=field)
    if found[:MANY].count() < MANY:
        return Q(pk__in=found.values("record"))
    return Q(Exists(found.filter(record=OuterRef("pk"))))  # of so many each row is asked, until there are enough
