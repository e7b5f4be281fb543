"""Rows beside a record that make its lists of words and its custom fields filterable; kept by every write, never by reactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from shuke.core import customfields
from shuke.core.fields import WordsField
from shuke.core.insert import insert
from shuke.core.models import Value
from shuke.core.record import Record


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
        insert([value for record in group if record.is_live for value in values(record)])


def indexed(model: type[Record]) -> bool:
    kind = getattr(model, "kind", None)
    return kind is not None and (bool(words_of(model)) or bool(customfields.of(kind.path)))


def words_of(model: type[Record]) -> list[str]:
    return [field.name for field in model._meta.concrete_fields if isinstance(field, WordsField)]


def values(record: Record) -> Iterable[Value]:
    label = record._meta.label_lower
    for name in words_of(type(record)):
        for word in getattr(record, name):
            yield Value(kind=label, field=name, record=record.pk, text=word[:255])
    for key, custom in customfields.of(record.kind.path).items():
        for said in spread(record.extra.get(key)):
            yield Value(kind=label, field=customfields_key(key), record=record.pk, **typed(custom.type, said))


def customfields_key(key: str) -> str:
    return f"x_{key}"


def spread(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def typed(type: str, value: Any) -> dict[str, Any]:
    if type in ("number", "money"):
        return {"number": Decimal(str(value))}
    if type == "date":
        return {"day": value}
    return {"text": str(value)[:255]}


def having(model: type[Record], field: str, condition: Q) -> Q:
    """The records of `model` with a value of `field` that meets `condition` (on text, number or day)."""
    found = Value.objects.filter(condition, kind=model._meta.label_lower, field=field)
    return Q(pk__in=found.values("record"))
