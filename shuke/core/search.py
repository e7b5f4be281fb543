"""One box over all kinds: what each record is found by, kept with every write, and the search within a person's scope."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from shuke.core import columns, firm, prepared, scope
from shuke.core.fields import code_of
from shuke.core.insert import insert_rows
from shuke.core.models import SearchIndex, SearchLine
from shuke.core.record import LIVE, Record, RecordQuerySet
from shuke.core.walks import NEWEST, walk
from shuke.language import tokens
from shuke.language.folding import fold

if TYPE_CHECKING:
    from shuke.core.kind import Kind

SMALL = 2000  # a scope of at most so many rows is searched row by row; a larger one through the index
MANY = 2000  # lines that hold a word: so many are met on the way through a list
FEW = 100  # lines that hold a word: so many are looked at whatever their kind, before anybody's scope is
SHORT = 255
# An index without contents of its own is told what it held.
TAKE_OUT = "INSERT INTO core_searchindex (core_searchindex, rowid, tokens) VALUES ('delete', %s, %s)"
COLUMNS = ("kind", "record", "title", "subtitle", "phone", "text", "sounds")
TOLD = ("record", "title", "subtitle", "phone", "text", "sounds")
DRAFT = "_search_draft"  # where a record carries what `draft` made
Draft = tuple[tuple[str, ...], str]  # what a record is found by: the columns of its line from `title` on, and its tokens


def group(key: str) -> str:
    """The mark of a kind in the index, so that no kind's search goes through the lines of the others."""
    return chr(0xE000 + code_of(key) % 4096)


def index(records: Sequence[Record]) -> None:
    """Write anew the search lines of `records`; those in the trash have none. Part of the transaction of the write."""
    found = [record for record in records if getattr(type(record), "kind", None) and record.kind.search]
    stale = [record for record in found if record.version > 1]
    if stale:
        forget(stale)
    live = [record for record in found if record.deleted_at is None]
    drafts = [record.__dict__.pop(DRAFT, None) or draft_of(record) for record in live]
    lines = [(record.kind.key, record.pk, *line) for record, (line, _said) in zip(live, drafts, strict=True)]
    keys = insert_rows(SearchLine, COLUMNS, lines)
    insert_rows(SearchIndex, ("line", "tokens"), [(key, said) for key, (_line, said) in zip(keys, drafts, strict=True)])


def draft(records: Iterable[Record]) -> None:
    """Make the lines of new records that are about to be written, while no lock is held."""
    for record in records:
        if record.kind.search:
            record.__dict__[DRAFT] = draft_of(record)


def forget(records: Iterable[Record]) -> None:
    by_kind: dict[str, list[int]] = {}
    for record in records:
        by_kind.setdefault(record._meta.label_lower, []).append(record.pk)
    for kind, keys in by_kind.items():
        lines = SearchLine.objects.filter(kind=kind, record__in=keys)
        stale = list(lines.values_list("pk", "text", "sounds"))
        ids = [pk for pk, _text, _sounds in stale]
        if connection.vendor == "sqlite":
            with connection.cursor() as store:
                store.executemany(TAKE_OUT, [(pk, tokens.document(text, sounds, group(kind))) for pk, text, sounds in stale])
        else:
            SearchIndex.objects.filter(pk__in=ids).delete()
        lines.filter(pk__in=ids).delete()


def draft_of(record: Record) -> Draft:
    kind = record.kind
    words = [*said(record, kind.search), *record.search_text()]
    names = [word for word in words if not word.isascii()]  # found by their sound: what is written in Chinese
    subtitle = str(value_at(record, kind.subtitle) or "") if kind.subtitle else ""
    phone = str(getattr(record, kind.phone)) if kind.phone else ""
    text, sounds = fold(" ".join(words)), tokens.sounds(names)
    return (str(record)[:SHORT], subtitle[:SHORT], phone, text, sounds), tokens.document(text, sounds, group(kind.key))


def said(record: Record, paths: Iterable[str]) -> list[str]:
    words: list[str] = []
    for path in paths:
        value = value_at(record, path)
        words += value if isinstance(value, list) else [str(value)] if value else []
    return words


def value_at(record: Any, path: str) -> Any:
    for name in path.split("__"):
        record = getattr(record, name, None)
    return record


@dataclass(frozen=True)
class Found:
    kind: Kind
    record: int
    title: str
    subtitle: str
    phone: str


def lines(folded: str, kind: Kind, user: Any, limit: int, few: list[tuple[Any, ...]] | None) -> list[tuple[Any, ...]]:
    """(record, title, subtitle, phone) of the newest lines of `kind` in scope that hold `folded`; `few`: what `rare` told."""
    if few is None:
        found = candidates(kind, user, folded).iterator(chunk_size=100)
    else:
        mine = [row[1:] for row in few if row[0] == kind.key]
        seen = within(kind, kind.branches(user, "view"), [row[0] for row in mine])
        found = (row for row in mine if row[0] in seen)
    # The index gives a few too many: what it found is checked against the text itself.
    matching = (row[:4] for row in found if tokens.matches(row[4], folded, row[5]))
    hits: list[tuple[Any, ...]] = []
    while len(hits) < limit and (some := list(islice(matching, limit))):
        hits += openly(kind, folded, user, some)
    return hits[:limit]


def rare(folded: str, kinds: Sequence[Kind]) -> list[tuple[Any, ...]] | None:
    """(kind, record, title, subtitle, phone, text, sounds) of all lines of `kinds` that may hold a word that few hold."""
    if not kinds or not folded or "\0" in folded:
        return []
    asked = [tokens.query(folded, connection.vendor, group(kind.key)) or "" for kind in kinds]
    query, common = tokens.OR[connection.vendor].join(f"({one})" for one in asked), firm.kept("common", set[str])
    if not all(asked) or query in common:
        return None
    found = SearchIndex.objects.filter(tokens__match=query).order_by("-pk")
    some = list(found.values_list("line__kind", *(f"line__{name}" for name in TOLD))[: FEW + 1])
    if len(some) <= FEW:
        return some
    if len(common) > SMALL:
        common.clear()
    common.add(query)  # and is so from now on
    return None


def within(kind: Kind, branches: list[Q], keys: list[int]) -> set[int]:
    """Those of the live records `keys` that the branches reach."""
    if branches == scope.EVERYTHING or not keys:
        return set(keys)
    rows = RecordQuerySet(kind.model).filter(LIVE, scope.union(branches), pk__in=keys)
    return set(rows.values_list("pk", flat=True))


def openly(kind: Kind, folded: str, user: Any, hits: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Those of the hits that the person may know to match: what he may not read he may not search by either."""
    if not hits or reads_all(kind, user):
        return hits
    clear, found = [path for path in kind.search if columns.is_clear(kind, path, user)], set()
    for record in RecordQuerySet(kind.model).filter(pk__in=[hit[0] for hit in hits]):
        words = said(record, clear)
        names = [word for word in words if not word.isascii()]
        if tokens.matches(fold(" ".join(words)), folded, tokens.sounds(names)):
            found.add(record.pk)
    return [hit for hit in hits if hit[0] in found]


def reads_all(kind: Kind, user: Any) -> bool:
    """Whether the person may read all that the kind is found by."""
    adds = kind.model.search_text is not Record.search_text and kind.levels(user)  # what it adds may be of any field
    return not adds and all(columns.is_clear(kind, path, user) for path in kind.search)


def candidates(kind: Kind, user: Any, folded: str) -> Any:
    """(record, title, subtitle, phone, text, sounds) of the lines in scope that may hold `folded`, newest first."""
    branches = kind.branches(user, "view")
    few = small_scope(kind, user, branches)
    if few is not None:
        return lines_of(kind, folded).filter(record__in=few).order_by("-pk").values_list(*TOLD)
    found = SearchIndex.objects.filter(line__kind=kind.key).order_by("-pk").values_list(*(f"line__{name}" for name in TOLD))
    if branches != scope.EVERYTHING:
        found = found.filter(Exists(RecordQuerySet(kind.model).filter(scope.union(branches), pk=OuterRef("line__record"))))
    query = tokens.query(folded, connection.vendor, group(kind.key))
    # What no index holds (a lone bracket) is looked for in the text itself.
    return found.filter(tokens__match=query) if query else found.filter(line__text__contains=folded)


def lines_of(kind: Kind, folded: str) -> Any:
    """The lines of `kind` that hold what is written in `folded`; what it says in letters may be a sound."""
    return SearchLine.objects.filter(*(Q(text__contains=term) for term in folded.split() if not term.isascii()), kind=kind.key)


def held_by_many(kind: Kind, user: Any, folded: str) -> Q | None:
    """The condition of a word that so many records hold that one goes through a list rather than the index; else None."""
    query = tokens.query(folded, connection.vendor, group(kind.key))
    if not query or not reads_all(kind, user) or any(map(str.isascii, folded.split())):
        return None
    known = firm.kept("many", dict[str, bool])
    if query not in known:
        if len(known) > SMALL:
            known.clear()
        known[query] = SearchIndex.objects.filter(tokens__match=query)[:MANY].count() == MANY
    return Q(Exists(lines_of(kind, folded).filter(record=OuterRef("pk")))) if known[query] else None


def small_scope(kind: Kind, user: Any, branches: list[Q]) -> list[int] | None:
    """The ids of all that the person sees of `kind`, None when they are more than SMALL, which is not asked again."""
    large, rows = firm.kept("large", set[Any]), RecordQuerySet(kind.model).filter(LIVE)
    # Of few in all those in scope are told by a look at each, of many by the walk that the scope goes.
    for key, ways in ((kind.path, scope.EVERYTHING), ((kind.path, user.pk), branches)):
        if key not in large:
            asked = prepared.kept(("small", key), partial(walk, rows, ways, NEWEST, SMALL + 1))
            found = [row[1] for row in prepared.asked(*asked)]
            if len(found) <= SMALL:
                return sorted(within(kind, branches, found)) if key == kind.path else found
            large.add(key)
    return None


def ids(kind: Kind, user: Any, q: str, *, limit: int, few: list[tuple[Any, ...]] | None = None) -> list[int]:
    """The newest records of `kind` in scope that hold `q`; `few`: what `rare` told of it."""
    folded = fold(q)
    return [row[0] for row in lines(folded, kind, user, limit, rare(folded, [kind]) if few is None else few)]


def among(kind: Kind, user: Any, q: str, keys: Sequence[int]) -> set[int]:
    """Those of the records `keys`, all in scope, that hold `q`: for a walk through more of them than `ids` should name."""
    folded = fold(q)
    found = lines_of(kind, folded).filter(record__in=keys).values_list("record", "text", "sounds")
    hits = [(record,) for record, text, sounds in found if tokens.matches(text, folded, sounds)]
    return {hit[0] for hit in openly(kind, folded, user, hits)}


def everywhere(q: str, user: Any, kinds: Sequence[Kind], *, limit: int = 8) -> list[tuple[Kind, list[Found]]]:
    """Groups of results over all kinds that the person may see, each newest first."""
    groups, folded = [], fold(q)
    few = rare(folded, kinds)
    for kind in kinds:
        clear = bool(kind.subtitle) and columns.is_clear(kind, kind.subtitle, user)
        if rows := lines(folded, kind, user, limit, few):
            also = called(kind, q, user, [row[0] for row in rows])
            found = [
                Found(kind, record, title, also.get(record) or (subtitle if clear else ""), phone)
                for record, title, subtitle, phone in rows
            ]
            groups.append((kind, found))
    return groups


def called(kind: Kind, q: str, user: Any, keys: list[int]) -> dict[int, str]:
    """{record: the word of a list, as a former name, by which `q` finds it while its title does not}."""
    lists = [path for path in kind.search if columns.type_of(columns.field_at(kind.model, path)) == "words"]
    lists = [path for path in lists if columns.is_clear(kind, path, user)]
    folded, found = fold(q), dict[int, str]()
    rows = RecordQuerySet(kind.model).filter(pk__in=keys).values_list("pk", kind.title, *lists) if lists else ()
    for pk, title, *held in rows:
        words = [title, *chain(*held)]
        word = next((word for word in words[1:] and words if tokens.matches(fold(word), folded, tokens.sounds([word]))), title)
        if word != title:
            found[pk] = word
    return found
