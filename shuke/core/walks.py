"""The walk through what a person may see: each branch of the scope along its own index, the best of all branches first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Func, Q, Value

from shuke.core.record import LIVE, Record


@dataclass(frozen=True)
class Sort:
    """`word` as in the address without its minus, `column` by whose index the list goes."""

    word: str
    column: str
    descending: bool

    def order(self) -> list[str]:
        sign = "-" if self.descending else ""
        return [f"{sign}pk"] if self.column == "pk" else [f"{sign}{self.column}", f"{sign}pk"]

    def after(self, cursor: Sequence[Any], model: type[Record]) -> Any:
        """The condition for what comes after (value, id): a comparison of rows, which one index on both answers."""
        value, key = cursor
        if self.column == "pk":
            return Q(pk__lt=key) if self.descending else Q(pk__gt=key)
        here = Func(F(self.column), F("pk"), function="")
        there = Func(Value(value, model._meta.get_field(self.column)), Value(key), function="")
        way = " < " if self.descending else " > "
        return Func(here, there, template="%(expressions)s", arg_joiner=way, output_field=models.BooleanField())


NEWEST = Sort("newest", "pk", True)


def walk(
    everything: Any, branches: list[Q], sort: Sort, limit: int, *more: str, along: Sort | None = None
) -> tuple[str, list[Any]]:
    """The query for (sort value, id, *more columns), as the store holds them, of the first `limit` rows in order; "" for none.

    Each branch of the scope walks its own index; the best of all branches are kept. `along`: any rows, by the index of that order
    and as fast as they come; what two branches reach comes twice.
    """
    order = sort.order() if along is None else []
    ordered = everything.order_by(*order).values_list(F(sort.column), "pk", *(F(name) for name in more))
    parts, params = [], []
    for branch in branches:
        try:
            sql, said = ordered.filter(branch)[:limit].query.sql_with_params()
        except EmptyResultSet:  # Django knows without asking: a search found nothing, or a filter contradicts the branch
            continue
        parts.append(f"SELECT * FROM ({by_index(index_of(everything.model, branch, along or sort), sql)}) AS branch")  # noqa: S608
        params += said
    way = "DESC" if sort.descending else "ASC"
    whole = " UNION ALL ".join(parts) if along else f"{' UNION '.join(parts)} ORDER BY 1 {way}, 2 {way}"
    return f"{whole} LIMIT {limit}" if parts else "", params


def index_of(model: type[Record], branch: Q, sort: Sort) -> str:
    """The index that holds the rows of an owner, or all rows, in the order of `sort`; "" where the store may choose."""
    named = {child[0] for child in branch.children if isinstance(child, tuple)}
    owned = branch.connector == Q.AND and not branch.negated and "owner" in named
    if branch and not owned:
        return ""
    wanted = [*(["owner"] if owned else []), *([] if sort.column == "pk" else [sort.column]), "id"]
    usable = (index for index in model._meta.indexes if index.condition in (None, LIVE))
    return next((index.name for index in usable if index.fields == wanted), "")


def by_index(index: str, sql: str) -> str:
    """Have SQLite walk `index`: of a condition that half of the rows meet it believes that few do, and sorts them all."""
    if not index or connection.vendor != "sqlite":
        return sql
    return re.sub(r'( FROM "\w+")', rf'\1 INDEXED BY "{index}"', sql, count=1)
