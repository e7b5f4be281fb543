"""One page of a list: within scope, filtered, sorted by an index, continued by a cursor, counted up to a cap."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Count, Expression, F, Q, Sum
from django.utils.translation import gettext as _

from shuke.core import filters, scope, search
from shuke.core.columns import Column
from shuke.core.fields import plain
from shuke.core.filters import BadAddress, Filter
from shuke.core.record import LIVE, Record, RecordQuerySet

if TYPE_CHECKING:
    from shuke.core.kind import Kind

PAGE = 50
CAP = 1000


class After(Expression):
    """(column, id) > (value, id), or < when descending: a row comparison that one index on both answers."""

    conditional = True
    output_field = models.BooleanField()

    def __init__(self, column: str, values: tuple[Any, int], descending: bool) -> None:
        super().__init__()
        self.column, self.values, self.descending = F(column), values, descending
        self.key = F("pk")

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> After:
        resolved = self.copy()
        resolved.column = self.column.resolve_expression(query, *args, **kwargs)
        resolved.key = self.key.resolve_expression(query, *args, **kwargs)
        return resolved

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, _params = compiler.compile(self.column)
        key, _params = compiler.compile(self.key)
        value = self.column.output_field.get_db_prep_value(self.values[0], connection)
        return f"({column}, {key}) {'<' if self.descending else '>'} (%s, %s)", [value, self.values[1]]


@dataclass
class Sort:
    """`word` as in the address without its minus, `column` by whose index the list goes."""

    word: str
    column: str
    descending: bool

    def order(self) -> list[str]:
        sign = "-" if self.descending else ""
        return [f"{sign}pk"] if self.column == "pk" else [f"{sign}{self.column}", f"{sign}pk"]

    def after(self, cursor: list[Any]) -> Q | After:
        value, key = cursor
        if self.column == "pk":
            return Q(pk__lt=key) if self.descending else Q(pk__gt=key)
        return After(self.column, (value, key), self.descending)


def sort_of(kind: Kind, word: str) -> Sort:
    """Raises BadAddress for a sort that the list does not offer."""
    plain = word.removeprefix("-")
    if plain == "newest":
        return Sort(plain, "pk", True)
    if plain not in kind.sorts:
        raise BadAddress(_("This list cannot be sorted by “%(name)s”.") % {"name": plain[:60]})
    return Sort(plain, kind.sorts[plain], word.startswith("-"))


@dataclass
class Page:
    """`rows` are tuples of the selected values after the id; `next` is the cursor of the next page or "".

    `count` stops at the cap: then `capped` is true. `totals` {key: sum}, only when the count is under the cap.
    """

    columns: list[Column]
    rows: list[tuple[Any, ...]]
    next: str = ""
    count: int = 0
    capped: bool = False
    totals: dict[str, Any] = field(default_factory=dict)
    used: list[tuple[Filter, dict[str, list[str]]]] = field(default_factory=list)
    sort: Sort | None = None

    @property
    def count_text(self) -> str:
        return f"{CAP:,}+" if self.capped else f"{self.count:,}"


def page(kind: Kind, user: Any, params: Any, *, columns: list[Column], limit: int = PAGE, counted: bool = True) -> Page:
    """The page that a query string asks for. Raises BadAddress with a sentence for what it names wrongly."""
    condition, used = filters.compile(kind, params, user)
    sort = sort_of(kind, params.get("sort") or kind.sort)
    if params.get("q"):
        condition &= Q(pk__in=search.ids(kind, user, params["q"], limit=CAP + 1))
    branches = kind.branches(user, "view")
    everything = RecordQuerySet(kind.model).filter(LIVE, condition)
    rows = narrowed(everything, branches, sort, decode(params.get("cursor", ""), sort, kind), limit + 1)
    found = selected(rows, columns, kind, user, sort)
    result = Page(columns, [(row[0], *row[2:]) for row in found[:limit]], used=used, sort=sort)
    if len(found) > limit:
        result.next = encode(found[limit - 1], sort, kind)
    if counted:
        tally(result, kind, everything.filter(scope.union(branches)), user)
    return result


def narrowed(everything: Any, branches: list[Q], sort: Sort, cursor: list[Any] | None, limit: int) -> Any:
    """The next `limit` rows in order. Each branch of the scope walks its own index; the best of all branches are kept."""
    if cursor:
        everything = everything.filter(sort.after(cursor))
    if len(branches) < 2:
        return everything.filter(scope.union(branches)).order_by(*sort.order())[:limit]
    parts, params = [], []
    for branch in branches:
        names = dict.fromkeys([sort.column, "pk"])
        sql, said = everything.filter(branch).order_by(*sort.order()).values_list(*names)[:limit].query.sql_with_params()
        parts.append(f"SELECT * FROM ({sql}) AS branch")  # noqa: S608 (the ORM's own SQL, its values as parameters)
        params += said
    width = 1 if sort.column == "pk" else 2
    order = ", ".join(f"{place} {'DESC' if sort.descending else 'ASC'}" for place in range(1, width + 1))
    with connection.cursor() as store:
        store.execute(f"{' UNION '.join(parts)} ORDER BY {order} LIMIT {limit}", params)
        ids = [row[-1] for row in store.fetchall()]
    return RecordQuerySet(everything.model).filter(pk__in=ids).order_by(*sort.order())


def selected(rows: Any, columns: list[Column], kind: Kind, user: Any, sort: Sort) -> list[tuple[Any, ...]]:
    """Tuples (id, sort value, *column values): no model objects, only what is shown."""
    wanted = {f"c{n}": expression for n, expression in enumerate(e for c in columns for e in c.expressions(kind, user))}
    return list(rows.annotate(sort_value=F(sort.column), **wanted).values_list("pk", "sort_value", *wanted))


def tally(result: Page, kind: Kind, rows: Any, user: Any) -> None:
    """Count and sum up to the cap, in one statement."""
    summed = [c.key for c in (kind.column(key, user) for key in kind.totals) if c is not None and c.level in ("edit", "read")]
    capped = rows.order_by()[: CAP + 1].values("pk", *summed)
    if not summed:
        found = {"n": capped.count()}
    else:
        everyone = RecordQuerySet(kind.model).filter(pk__in=capped.values("pk"))
        found = everyone.aggregate(n=Count("pk"), **{key: Sum(key) for key in summed})
    count = found.pop("n")
    result.count, result.capped = min(count, CAP), count > CAP
    result.totals = {} if result.capped else found


def column_of(kind: Kind, sort: Sort) -> models.Field[Any, Any]:
    return kind.model._meta.pk if sort.column == "pk" else kind.model._meta.get_field(sort.column)


def encode(row: tuple[Any, ...], sort: Sort, kind: Kind) -> str:
    told = [sort.column, plain(column_of(kind, sort), row[1]), row[0]]
    return base64.urlsafe_b64encode(json.dumps(told, ensure_ascii=False).encode()).decode().rstrip("=")


def decode(cursor: str, sort: Sort, kind: Kind) -> list[Any] | None:
    """[sort value, id] of a cursor. Raises BadAddress for one that we did not make for this sort."""
    if not cursor:
        return None
    try:
        column, told, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = column_of(kind, sort).to_python(told)
        if column != sort.column or type(key) is not int or abs(key) >= 2**63:
            raise ValueError(column)
    except (ValueError, TypeError, ValidationError):
        raise BadAddress(_("This page of the list does not exist. Please start from the first.")) from None
    return [value, key]


def one(kind: Kind, user: Any, record: Record, columns: list[Column]) -> tuple[Any, ...]:
    """The values of `columns` of one record in scope."""
    rows = scope.rows(kind.model, user).filter(pk=record.pk)
    wanted = {f"c{n}": expression for n, expression in enumerate(e for c in columns for e in c.expressions(kind, user))}
    return tuple(rows.annotate(**wanted).values_list(*wanted).get()) if wanted else ()
