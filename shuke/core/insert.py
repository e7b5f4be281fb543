"""Many rows of one table at once: on SQLite a prepared statement run row by row, five times as fast as `bulk_create`.

There each value of each row goes through the compiler and a statement takes at most 999 of them; here a column's way to the store
is worked out once per table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db import connection, connections, models, transaction

FEW = 10  # a form writes a row or two: to ask for the last key first would be a statement more
PLACES = 60_000  # values in one statement of PostgreSQL, whose protocol counts them in 16 bits
AS_IT_IS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey, models.OneToOneField)

Way = Callable[[Any], Any]


class Plan(NamedTuple):
    """How rows of these columns get into a table: "INSERT INTO … VALUES ", "(%s, …)", and the columns whose values change."""

    head: str
    places: str
    ways: list[tuple[int, Way]]


def insert(objects: Sequence[models.Model]) -> None:
    """Insert new `objects` of one model, whose values are clean, and give them their keys. Within a transaction that writes."""
    if not objects:
        return
    fields = [field for field in objects[0]._meta.local_concrete_fields if not field.primary_key]
    values = itemgetter(*map(attrgetter("attname"), fields))
    keys = insert_rows(type(objects[0]), [field.name for field in fields], [values(one.__dict__) for one in objects])
    for one, key in zip(objects, keys, strict=True):
        one.pk = key
        one._state.adding, one._state.db = False, connection.alias


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sequence[int]:
    """Insert `rows` of clean values for the fields `names`; returns their keys. Within a transaction that writes."""
    here = connections[connection.alias]  # not the proxy, which looks for its thread at every word
    one_by_one = here.vendor == "sqlite" and len(rows) >= FEW
    key = model._meta.pk
    made = key.name not in names
    with transaction.atomic(savepoint=False), here.cursor() as store:
        if made and one_by_one:
            # The lock is ours, so nobody takes these keys meanwhile; AUTOINCREMENT never gives one out again.
            store.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
            last = (store.fetchone() or (0,))[0]
            names, keys = [*names, key.name], range(last + 1, last + 1 + len(rows))
            rows = [(*row, number) for row, number in zip(rows, keys, strict=True)]
        plan = plan_of(model._meta, tuple(names), here.vendor, here.alias)
        ready = [list(row) for row in rows]
        for row in ready:
            for place, to in plan.ways:
                if row[place] is not None:
                    row[place] = to(row[place])
        if one_by_one:
            store.executemany(plan.head + plan.places, ready)
            return keys if made else []
        tail, found = f" RETURNING {here.ops.quote_name(key.column)}" if made else "", []
        size = PLACES // len(names)
        for start in range(0, len(ready), size):
            part = ready[start : start + size]
            values = ", ".join([plan.places] * len(part))
            store.execute(f"{plan.head}{values}{tail}", [value for row in part for value in row])
            found += [number for (number,) in store.fetchall()] if made else []
        return found


@cache
def plan_of(meta: Any, names: tuple[str, ...], vendor: str, alias: str) -> Plan:
    here = connections[alias]
    fields = [meta.get_field(name) for name in names]
    columns = ", ".join(here.ops.quote_name(field.column) for field in fields)
    places = ", ".join(getattr(field, "get_placeholder", lambda *said: "%s")(None, None, here) for field in fields)
    ways = [(place, to) for place, field in enumerate(fields) if (to := way(field, here))]
    head = f"INSERT INTO {here.ops.quote_name(meta.db_table)} ({columns}) VALUES "  # noqa: S608  names of the models
    return Plan(head, f"({places})", ways)


def way(field: models.Field[Any, Any], here: Any) -> Way | None:
    """How a value of `field` becomes one of the store; None when it is one already."""
    if isinstance(field, AS_IT_IS) and type(field).get_db_prep_save in {kind.get_db_prep_save for kind in AS_IT_IS}:
        return None
    if isinstance(field, models.BinaryField):
        return None
    if isinstance(field, models.DateTimeField) and here.vendor == "sqlite":
        return lambda value: str(value.astimezone(UTC).replace(tzinfo=None))
    if isinstance(field, models.JSONField) and here.vendor == "sqlite":
        return lambda value: "{}" if value == {} else json.dumps(value, ensure_ascii=False)
    if type(field).get_db_prep_value is models.Field.get_db_prep_value:
        return field.get_prep_value
    return lambda value: field.get_db_prep_save(value, here)
