"""One page of a list: within scope, filtered, sorted by an index, continued by a cursor, counted up to a cap."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from shuke.core import filters, prepared, scope, search
from shuke.core.columns import Column, is_clear
from shuke.core.fields import plain
from shuke.core.filters import BadAddress, Filter
from shuke.core.prepared import Prepared, stand_in
from shuke.core.record import LIVE, Record, RecordQuerySet
from shuke.core.walks import NEWEST, Sort, index_of, walk
from shuke.language.folding import fold

if TYPE_CHECKING:
    from shuke.core.kind import Kind

PAGE = 50
CAP = 1000
STEP = 500  # rows that are looked at together where a search finds more than it should name

Holds = Callable[[list[int]], set[int]]  # which of these ids the search finds


def sorts(kind: Kind, user: Any) -> dict[str, str]:
    """{word: column} of what this person may sort the list by: an order tells of the values that it goes by."""
    return {word: column for word, column in kind.sorts.items() if all(is_clear(kind, key, user) for key in (word, column))}


def sort_of(kind: Kind, user: Any, word: str = "") -> Sort:
    """The sort `word`, without one what the list opens with. Raises BadAddress for one that is not offered to this person."""
    offered, plain = sorts(kind, user), (word or kind.sort).removeprefix("-")
    if plain == "newest" or not (word or plain in offered):
        return NEWEST
    if plain not in offered:
        raise BadAddress(_("This list cannot be sorted by “%(name)s”.") % {"name": plain[:60]})
    return Sort(plain, offered[plain], (word or kind.sort).startswith("-"))


def asked(kind: Kind, user: Any, params: Any) -> tuple[Q, list[Any], Sort]:
    """(condition, filters in use, sort) of a query string. Raises BadAddress with a sentence for what it names wrongly."""
    return *filters.compile(kind, params, user), sort_of(kind, user, params.get("sort", ""))


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
    sort: Sort = NEWEST

    @property
    def count_text(self) -> str:
        return f"{self.count:,}+" if self.capped else f"{self.count:,}"


def page(
    kind: Kind, user: Any, params: Any, *, columns: list[Column], limit: int = PAGE, counted: bool = True, where: Q = Q()
) -> Page:
    """The page that a query string asks for, of what meets `where` too. Raises BadAddress with a sentence for a wrong name."""
    condition, used, sort = asked(kind, user, params)
    condition &= where
    branches, holds, cap = kind.branches(user, "view"), None, CAP
    if q := params.get("q"):
        few = search.rare(fold(q), [kind])
        many = search.held_by_many(kind, user, fold(q)) if few is None else None
        if many is not None:  # a list is full of so common a word: nobody reads on to know how often it is there
            condition, cap = condition & many, limit
        elif len(named := search.ids(kind, user, q, limit=CAP + 1, few=few)) > CAP:
            holds = partial(search.among, kind, user, q)
        else:  # what the search names is in scope already
            condition, branches = condition & Q(pk__in=named), scope.EVERYTHING if branches else scope.NOTHING
    everything = RecordQuerySet(kind.model).filter(LIVE, condition)
    result = Page(columns, [], used=used, sort=sort)
    cursor = decode(params.get("cursor", ""), sort, kind)
    if holds and not condition:
        result.count, result.capped, counted = CAP, True, False
    found = tally(result, kind, user, everything, branches, holds, cap, narrowed=bool(condition)) if counted else []
    if cursor or not counted or (result.capped and not found):
        known = () if condition or cursor else (kind.path, user.pk)
        found = first(everything, branches, sort, limit + 1, after=cursor, holds=holds, known=known)
    rows = selected(kind, user, columns, sort, [row[1] for row in found[: limit + 1]], limit + 1)
    result.rows = [(row[0], *row[2:]) for row in rows[:limit]]
    if len(rows) > limit:
        result.next = encode(rows[limit - 1], sort, kind)
    return result


def narrowed_by(used: list[tuple[Filter, Any]]) -> Sort:
    """The order in which few rows are found without a look at the others: that of a range, else that of the ids."""
    ranged = ((f.kind.model, Sort(f.key, f.key, False)) for f, _said in used if f.column.type in filters.RANGED)
    return next((sort for model, sort in ranged if index_of(model, Q(), sort)), NEWEST)


def first(
    rows: Any,
    branches: list[Q],
    sort: Sort,
    limit: int,
    *more: str,
    after: Sequence[Any] | None = None,
    holds: Holds | None = None,
    known: tuple[Any, ...] = (),
) -> list[tuple[Any, ...]]:
    """The first `limit` rows of a walk that goes on `after` a cursor, of those ids alone that `holds` keeps when it is given.

    `known` names a whole list of a person, whose query is put together once.
    """
    if holds is None:
        query = partial(walk, rows.filter(sort.after(after, rows.model)) if after else rows, branches, sort, limit, *more)
        return prepared.asked(*(prepared.kept(("first", *known, limit, *sort.order()), query) if known else query()))
    found: list[tuple[Any, ...]] = []
    while len(found) < limit:
        step = first(rows, branches, sort, STEP, *more, after=after)
        held = holds([row[1] for row in step])
        found += [row for row in step if row[1] in held]
        if len(step) < STEP:
            break
        after = RecordQuerySet(rows.model).values_list(F(sort.column), "pk").get(pk=step[-1][1])
    return found[:limit]


def selected(kind: Kind, user: Any, columns: list[Column], sort: Sort, keys: list[int], limit: int) -> list[tuple[Any, ...]]:
    """Tuples (id, sort value, *column values) of the first `limit` of the rows `keys`: no model objects, only what is shown."""
    if not keys:
        return []
    places = [stand_in(place) for place in range(max(limit, len(keys)))]

    def make() -> Prepared:
        wanted = dict(chosen(kind, user, columns))
        rows = RecordQuerySet(kind.model).filter(pk__in=places).order_by(*sort.order())
        return Prepared(rows.annotate(sort_value=F(sort.column), **wanted).values_list("pk", "sort_value", *wanted)[:limit])

    shown = tuple(column.key for column in columns)
    statement: Prepared = prepared.kept(("rows", kind.path, user.pk, shown, *sort.order(), limit, len(places)), make)
    return statement.ask(dict(zip(places, keys, strict=False)))


def chosen(kind: Kind, user: Any, columns: list[Column]) -> Iterator[tuple[str, Any]]:
    """What to select for `columns`, under names of its own."""
    yield from ((f"c{n}", expression) for n, expression in enumerate(e for c in columns for e in c.expressions(kind, user)))


def tally(
    result: Page, kind: Kind, user: Any, everything: Any, branches: list[Q], holds: Holds | None, cap: int, *, narrowed: bool
) -> list[tuple[Any, ...]]:
    """Count and sum up to `cap`. Returns the rows in order when all of them, or the first of them, were met while counting.

    The whole list is what one asks for most: unless it is `narrowed`, its query is put together once.
    """
    sort = result.sort
    summed = [c for c in (kind.column(key, user) for key in kind.totals) if c is not None and c.level in ("edit", "read")]
    keys = [column.key for column in summed]
    # What narrows a list is counted along its own index, and what several branches reach as it comes.
    along = narrowed_by(result.used) if narrowed else None if len(branches) == 1 else sort

    def make() -> tuple[str, list[Any]]:
        return walk(everything, branches, sort, cap + 1, *keys, along=along)

    if holds:
        found = first(everything, branches, sort, cap + 1, *keys, holds=holds)
    else:
        rows = prepared.asked(*(make() if narrowed else prepared.kept(("walk", kind.path, user.pk, *sort.order()), make)))
        found = list({row[1]: row for row in rows}.values())
        if len(found) <= cap < len(rows):  # some came twice, and there may be others
            found = first(everything, branches, sort, cap + 1, *keys)
    result.count, result.capped = min(len(found), cap), len(found) > cap
    if result.capped:
        return found if holds or along is None else []
    result.totals = {c.key: amount(c, (row[n] for row in found)) for n, c in enumerate(summed, 2)}
    return sorted(found, key=itemgetter(0, 1), reverse=sort.descending)


def amount(column: Column, stored: Iterable[int | None]) -> Any:
    """The sum of what the store holds of a column of money: whole numbers, so nothing is lost."""
    return column.field.from_db_value(sum(value or 0 for value in stored), None, connection)  # type: ignore[union-attr]


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
        if isinstance(value, datetime.datetime):
            value = value.astimezone(datetime.UTC)  # as it is stored; beyond the first and the last day there is none
        str(told).encode()  # half a character is no text of ours
    except (ValueError, TypeError, OverflowError, ValidationError, RecursionError):
        raise BadAddress(_("This page of the list does not exist. Please start from the first.")) from None
    return [value, key]


def one(kind: Kind, user: Any, record: Record, columns: list[Column]) -> tuple[Any, ...]:
    """The values of `columns` of one record in scope."""
    if not columns:
        return ()

    def make() -> Prepared:
        wanted = dict(chosen(kind, user, columns))
        return Prepared(scope.rows(kind.model, user).filter(pk=stand_in(0)).annotate(**wanted).values_list(*wanted))

    statement: Prepared = prepared.kept(("one", kind.path, user.pk, *(column.key for column in columns)), make)
    found = statement.ask({stand_in(0): record.pk})
    if not found:
        raise kind.model.DoesNotExist
    return found[0]
