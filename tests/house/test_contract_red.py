"""The contract can fail: a leak planted in each door turns its check red."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from shuke.api import doors as api
from shuke.core import act, columns, doors, edits, forms, idempotency, journal, listing, pages, scope, search, undo
from shuke.core import kind as kinds
from shuke.core.kind import Kind
from shuke.core.record import LIVE, RecordQuerySet
from shuke.exchange import exporting
from shuke.people.models import User
from tests.house import contract
from tests.house.contract import READS, WRITES, House

pytestmark = pytest.mark.django_db
Patch = Callable[[pytest.MonkeyPatch], None]


def every_row(model: Any, user: Any, verb: str = "view", *, trash: bool = False) -> Any:
    return RecordQuerySet(model).filter(~LIVE if trash else LIVE)


def any_record(kind: Kind, user: Any, pk: int, verb: str = "view", *, trash: bool = False, lock: bool = False) -> Any:
    return every_row(kind.model, user, trash=trash).get(pk=pk)


def without_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(scope, "rows", every_row)


def as_boss(own: Callable[..., Any]) -> Callable[..., Any]:
    """The door forgets who asks: it goes by what the owner of the firm may see."""
    return lambda kind, user, *said, **more: own(kind, boss(), *said, **more)


def boss() -> User:
    return contract.every(User).get(login="boss")


def list_without_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listing, "page", as_boss(listing.page))


def export_without_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(exporting, "lines", as_boss(exporting.lines))


def counts_without_scope(patch: pytest.MonkeyPatch) -> None:
    own, of_all = listing.page, as_boss(listing.page)

    def page(*said: Any, **more: Any) -> Any:
        made = own(*said, **more)
        made.count = of_all(*said, **more).count
        return made

    patch.setattr(listing, "page", page)


def search_without_scope(patch: pytest.MonkeyPatch) -> None:
    own_ids, own_groups = search.ids, search.everywhere
    patch.setattr(search, "ids", as_boss(own_ids))
    patch.setattr(search, "everywhere", lambda q, user, *said, **more: own_groups(q, boss(), *said, **more))


def undo_without_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(undo, "reach_of", lambda key, user: "all")
    patch.setattr(undo, "may_change", lambda kind, user, ids, verb="": set(ids))


LEAKS: dict[str, Patch] = {
    "list": list_without_scope,
    "rows": list_without_scope,
    "API list": list_without_scope,
    "csv": export_without_scope,
    "xlsx": export_without_scope,
    "list search": search_without_scope,
    "look-ahead": search_without_scope,
    "search page": search_without_scope,
    "search box": search_without_scope,
    "API one": lambda patch: patch.setattr(api, "get", any_record),
    "API patch": lambda patch: patch.setattr(api, "get", any_record),
    "API delete": lambda patch: patch.setattr(api, "get", any_record),
    "undo page": undo_without_scope,
    "undo": undo_without_scope,
    **dict.fromkeys(["recently seen", "trash", "file", "verb", "API verb"], without_scope),
    **dict.fromkeys(["detail", "panel", "edit form", "edit in place", "verb form", "history"], without_scope),
    **dict.fromkeys(["edit", "edit a field", "delete", "restore", "attach", "remove a file"], without_scope),
}


def test_a_leak_is_planted_in_every_door():
    assert LEAKS.keys() == {door.name for door in (*READS, *WRITES)}


def owned() -> Kind:
    """A kind whose rows go by who they belong to, with verbs and a search."""
    return next(
        kind for kind in kinds.every() if kind.actions and kind.search and "owner" in contract.names_of(kind.model) and kind.menu
    )


@pytest.mark.parametrize("door", [*READS, *WRITES], ids=str)
def test_a_leak_in_a_door_is_seen(house: House, monkeypatch: pytest.MonkeyPatch, door: contract.Door):
    LEAKS[door.name](monkeypatch)
    check = contract.check_read if door in READS else contract.check_write
    with pytest.raises(AssertionError, match="who is out"):
        check(house, owned(), door)


def as_if_to_look(patch: pytest.MonkeyPatch) -> None:
    """The doors ask no more of who writes than of who reads."""
    own_rows, own_may = scope.rows, Kind.may
    patch.setattr(scope, "rows", lambda model, user, verb="view", *, trash=False: own_rows(model, user, "view", trash=trash))
    patch.setattr(Kind, "may", lambda kind, user, verb: own_may(kind, user, "view"))
    patch.setattr(undo, "reach_of", lambda key, user: "all")
    patch.setattr(undo, "may_change", lambda kind, user, ids, verb="": {row.pk for row in own_rows(kind.model, user)} & set(ids))


@pytest.mark.parametrize("door", WRITES, ids=str)
def test_a_door_that_lets_write_who_may_only_look_is_seen(house: House, monkeypatch: pytest.MonkeyPatch, door: contract.Door):
    as_if_to_look(monkeypatch)
    with pytest.raises(AssertionError, match="who may only look"):
        contract.check_write(house, owned(), door)


def test_a_record_that_is_got_without_scope_is_seen(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "get", any_record)
    with pytest.raises(AssertionError, match="who is out"):
        contract.check_read(house, owned(), next(door for door in READS if door.name == "history"))


def part() -> Kind:
    return next(kind for kind in kinds.every() if kind.root and contract.title_is_marked(kind))


def related() -> tuple[Kind, str]:
    return next((kind, name) for kind in kinds.every() if kind.root for name in contract.relations(kind))


def forget_journal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(journal, "write", lambda *said: None)


def blind_merge(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(edits, "merge", lambda record, since: [])


@contextmanager
def no_key(user: int, key: str, request: str) -> Any:
    with transaction.atomic():
        yield lambda status, text: None


def look_at_each_row(patch: pytest.MonkeyPatch) -> None:
    own = listing.page

    def page(kind: Kind, *said: Any, **more: Any) -> Any:
        made = own(kind, *said, **more)
        for row in made.rows:
            RecordQuerySet(kind.model).filter(pk=row[0]).exists()
        return made

    patch.setattr(listing, "page", page)


def clear_fields(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(columns, "of", lambda kind, key, levels, own=columns.of: own(kind, key, {}))


BREAKS: dict[str, tuple[Callable[[House], None], Patch]] = {
    "counts": (lambda house: contract.check_counts(house, owned()), counts_without_scope),
    "timeline": (
        lambda house: contract.check_timeline(house, part()),
        lambda patch: patch.setattr(pages, "in_reach", lambda entries, kind, user: entries),
    ),
    "joins": (
        lambda house: contract.check_relation(house, *related()),
        lambda patch: patch.setattr(columns, "seen_through", lambda kind, name, user: None),
    ),
    "hidden": (lambda house: contract.check_field_rights(house, owned(), "hidden"), clear_fields),
    "masked": (lambda house: contract.check_field_rights(house, owned(), "masked"), clear_fields),
    "search by what is hidden": (
        lambda house: contract.check_field_rights(house, owned(), "hidden"),
        lambda patch: patch.setattr(search, "openly", lambda kind, q, user, hits: hits),
    ),
    "journal": (lambda house: contract.check_journal(house, part(), "web"), forget_journal),
    "actor": (
        lambda house: contract.check_journal(house, part(), "api"),
        lambda patch: patch.setattr(act, "actor", lambda: act.NOBODY),
    ),
    "undo": (lambda house: contract.check_undo(house, part()), lambda patch: patch.setattr(undo, "put_back", lambda *said: None)),
    "versions": (lambda house: contract.check_versions(house, part()), blind_merge),
    "If-Match": (
        lambda house: contract.check_versions(house, part()),
        lambda patch: patch.setattr(api, "agree", lambda *said, **more: None),
    ),
    "keys": (
        lambda house: contract.check_idempotency(house, part(), "web"),
        lambda patch: patch.setattr(idempotency, "once", no_key),
    ),
    "keys of the API": (
        lambda house: contract.check_idempotency(house, part(), "api"),
        lambda patch: patch.setattr(idempotency, "once", no_key),
    ),
    "custom fields": (
        lambda house: contract.check_custom_fields(house, part()),
        lambda patch: patch.setattr(forms.KindForm, "add_custom", lambda form: None),
    ),
    "statements": (lambda house: contract.check_statements(house, part()), look_at_each_row),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_is_seen(house: House, monkeypatch: pytest.MonkeyPatch, name: str):
    check, plant = BREAKS[name]
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        check(house)
