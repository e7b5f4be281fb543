"""Many rows of one table at once: on SQLite a prepared statement run row by row, five times as fast as `bulk_create`.

There each value of each row goes through the compiler and a statement takes at most 999 of them; here a column's way to the store
is worked out once. PostgreSQL sends arrays by itself, so `bulk_create` is right for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from operator import itemgetter
from typing import Any

from django.db import connection, connections, models, transaction

FEW = 10  # a form writes a row or two: to ask for the last key first would be a statement more
AS_IT_IS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey, models.OneToOneField)


def insert(objects: Sequence[models.Model]) -> None:
    """Insert new `objects` of one model, whose values are clean, and give them their keys. Within a transaction that writes."""
    if not objects:
        return
    model = type(objects[0])
    here = connections[connection.alias]  # not the proxy, which looks for its thread at every word
    if here.vendor != "sqlite" or len(objects) < FEW:
        models.QuerySet(model).bulk_create(objects)
        return
    meta = model._meta
    with transaction.atomic(savepoint=False), here.cursor() as store:
        if isinstance(meta.pk, models.AutoField):
            # The lock is ours, so nobody takes these keys meanwhile; AUTOINCREMENT never gives one out again.
            store.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [meta.db_table])
            last = (store.fetchone() or (0,))[0]
            for key, one in enumerate(objects, last + 1):
                one.pk = key
        fields = meta.local_concrete_fields
        values = itemgetter(*(field.attname for field in fields))
        ways = [(place, to) for place, field in enumerate(fields) if (to := way(field, here))]
        names = ", ".join(here.ops.quote_name(field.column) for field in fields)
        places = ", ".join(["%s"] * len(fields))
        rows = [list(values(one.__dict__)) for one in objects]
        for row in rows:
            for place, to in ways:
                if row[place] is not None:
                    row[place] = to(row[place])
        store.executemany(f"INSERT INTO {here.ops.quote_name(meta.db_table)} ({names}) VALUES ({places})", rows)  # noqa: S608
    for one in objects:
        one._state.adding, one._state.db = False, here.alias


def way(field: models.Field[Any, Any], here: Any) -> Callable[[Any], Any] | None:
    """How a value of `field` becomes one of the store; None when it is one already."""
    if isinstance(field, AS_IT_IS) and type(field).get_db_prep_save in {kind.get_db_prep_save for kind in AS_IT_IS}:
        return None
    if isinstance(field, models.DateTimeField):
        return lambda value: str(value.astimezone(UTC).replace(tzinfo=None))
    return lambda value: field.get_db_prep_save(value, here)
