"""A query put together once and asked many times: Django writes the SQL of a short answer more slowly than the store runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, connections

from shuke.core import firm

KEPT = 2000  # statements per firm and revision: of each person those of the pages he uses


class Prepared:
    """The SQL of a `values_list`, with stand-ins among its values that each asking replaces."""

    def __init__(self, rows: Any) -> None:
        compiler = rows.query.get_compiler(connection.alias)
        self.sql, self.params = compiler.as_sql()
        self.converters = compiler.get_converters([expression for expression, _sql, _alias in compiler.select])
        self.convert = compiler.apply_converters

    def ask(self, values: dict[Any, Any]) -> list[tuple[Any, ...]]:
        """The rows, with `values` {stand-in: value as the store keeps it}."""
        found: Sequence[Any] = asked(self.sql, [values.get(said, said) for said in self.params])
        return [tuple(row) for row in self.convert(found, self.converters)] if self.converters else list(found)


def asked(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows, none for no SQL at all."""
    if not sql:
        return []
    with connections[connection.alias].cursor() as store:
        store.execute(sql, params)
        return store.fetchall()


def stand_in(place: int) -> int:
    """A number that no record has, for the id number `place` of a query."""
    return -(2**61) - place


def kept(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What `make` puts together, once per firm, revision and key. What rights it holds, the key must name the person for."""
    known = firm.kept("prepared", dict[tuple[Any, ...], Any])
    if key not in known:
        if len(known) >= KEPT:
            known.clear()
        known[key] = make()
    return known[key]
