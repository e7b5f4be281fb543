"""Rights by address: every one says what it asks for, and who may not sees nothing, whatever he puts into the address."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from shuke.core import kind as kinds
from shuke.core import scope
from shuke.core.kind import Kind
from shuke.core.models import Attachment, Batch, SavedView
from shuke.people import actions
from shuke.people.models import User
from tests.house.contract import House, attach
from tests.safety import hostile

pytestmark = pytest.mark.django_db
KINDS = kinds.every()
ADDRESSES = sorted(hostile.addresses())
RIGHTS = {"open", "signed-in", "view", "create", "change", "delete", "export", "import", "undo", "bulk_change", "merge"}
# One's own, or nobody's.
FREE = {
    "/", "/me/", "/settings/", "/search/", "/api/v1/openapi.json", "/parties/places/",
    "/notices/", "/notices/count/", "/me/notices/",
}  # fmt: skip


def browser(user: Any = None, **said: Any) -> Client:
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, **said)
    if user is not None:
        client.force_login(user)
    return client


def every_address(house: House) -> list[tuple[str, str]]:
    """(route, address) of all there is, with what is really there in every place of it."""
    attached = scope.system("test").rows(Attachment).order_by("-pk").first()
    view = scope.system("test").rows(SavedView).order_by("-pk").first()
    own = {
        "/files/<int:pk>/": attached,
        "/views/<int:pk>/delete/": view,
        "/undo/<int:pk>/": Batch.objects.order_by("-pk").first(),
    }
    found = []
    for route, _view in ADDRESSES:
        for kind in KINDS if "<slug:path>" in route else [User.kind]:
            record = own.get(route) or house.targets[kind.path].record
            for name in names(kind) if "<slug:name>" in route else [""]:
                found.append((route, hostile.filled(route, path=kind.path, pk=record.pk if record else 1, name=name, token="x")))
    return found


def names(kind: Kind) -> list[str]:
    return [kind.title, *(action.name for action in kind.actions)]


@pytest.fixture
def full(house: House) -> House:
    """The firm of the contract, with a file on a party and a saved view."""
    attach(house.visitor(house.cast.ann), house.targets["parties"])
    SavedView(on="parties", name="mine", owner=house.cast.ann).save()
    return house


def test_every_address_says_what_it_asks_for():
    verbs = {action.name for kind in KINDS for action in kind.actions}
    said = {route: getattr(view, "right", None) for route, view in ADDRESSES}
    assert {route: right for route, right in said.items() if right not in RIGHTS | verbs} == {}


def test_a_stranger_is_sent_to_sign_in_at_every_address_that_is_not_open(full: House):
    stranger, open_to_all = browser(), {route for route, view in ADDRESSES if view.right == "open"}
    for route, address in every_address(full):
        for method in ("get", "post"):
            if route in open_to_all:
                continue
            answer = getattr(stranger, method)(address)
            sent = answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
            assert sent or answer.status_code in (401, 404, 405), f"{method} {address} → {answer.status_code}"


def test_a_person_without_a_role_gets_todays_page_and_his_own_and_no_word_of_any_record(full: House):
    nobody = browser(full.cast.nobody)
    marks = {word for target in full.targets.values() for word in target.words}
    for route, address in every_address(full):
        answer = nobody.get(address)
        allowed = route in FREE or dict(ADDRESSES)[route].right == "open"
        assert answer.status_code in (302, 404, 405) or allowed, f"{address} → {answer.status_code}"
        if not answer.streaming:
            text = answer.content.decode()
            assert [word for word in marks if word in text] == [], address


def test_a_person_without_a_role_changes_nothing_at_any_address(full: House):
    nobody = browser(full.cast.nobody)
    for route, address in every_address(full):
        if route.startswith(("/sign-out/", "/me/")):
            continue
        before = hostile.counts()
        answer = nobody.post(address, {"name": "x", "version": "1", "file": "", "theme": "dark"})
        assert answer.status_code in (204, 302, 401, 403, 404, 405, 422), f"{address} → {answer.status_code}"
        assert hostile.counts() == before, address


def test_no_form_is_taken_without_its_token(full: House):
    strict = browser(full.cast.boss, enforce_csrf_checks=True)
    for _route, address in every_address(full):
        before = hostile.counts()
        answer = strict.post(address, {"name": "x"})
        assert answer.status_code == 403 or (address.startswith("/api/") and answer.status_code in (403, 405)), address
        assert hostile.counts() == before
    assert browser(enforce_csrf_checks=True).post("/sign-in/", {"login": "boss"}).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "[::1", "127.0.0.1 evil", ""]
)
def test_a_host_that_is_not_ours_is_refused(full: House, host: str):
    answer = browser(full.cast.boss).get("/parties/", headers={"Host": host})
    assert answer.status_code == 400
    assert host.encode() not in answer.content or not host


def test_what_a_proxy_is_said_to_have_seen_is_not_believed(full: House):
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Original-URL": "/people/"}
    answer = browser(full.cast.boss).post(f"/people/{full.cast.ann.pk}/do/reset_password/", headers=lies)
    assert answer.status_code == 200
    assert answer.context["url"].startswith("http://localhost/join/")


PLACES = ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "http:///evil.example",
          "https:evil.example", " //evil.example", "/\t/evil.example", "//localhost@evil.example/", "foo", "today"]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_no_address_sends_the_browser_elsewhere(full: House, place: str):
    user = scope.system("test").rows(User).get(pk=full.cast.ann.pk)
    actions.set_password(user, "correct horse 9")
    user.save()
    said = {"login": "ann", "password": "correct horse 9", "next": place}
    client = browser(user)
    batch = full.targets["parties"].entries[-1].batch_id
    answers = [
        browser().post("/sign-in/", said),
        browser(user).get("/sign-in/", {"next": place}),
        browser(user).post("/sign-out/", {"next": place}),
        client.post("/theme/", {"theme": "dark"}, headers={"Referer": place}),
        client.post(f"/undo/{batch}/", headers={"Referer": place}),
    ]
    for answer in answers:
        assert answer.status_code in (200, 302)
        assert "evil" not in answer.get("Location", "")
        assert not answer.get("Location", "").startswith(("//", "javascript"))


# Fields that nobody is told


@pytest.mark.parametrize(
    "name", ["password", "owner__password", "owner__login", "deleted_at", "extra", "nothing", "version", "id__password"]
)
@pytest.mark.parametrize("path", ["parties", "people", "contacts"])
def test_one_field_of_a_record_is_told_only_when_the_person_may_edit_it(full: House, path: str, name: str):
    target = full.targets[path]
    for user in (full.cast.boss, full.cast.ann):
        for ask in ("", "?shown=1"):
            assert browser(user).get(target.url(f"field/{name}/{ask}")).status_code == 404


def test_what_others_did_to_rights_and_fields_cannot_be_looked_at_by_its_number(full: House):
    SavedView(on="parties", name="theirs", owner=full.cast.ann).save()
    for batch in Batch.objects.filter(kind__in=["", *(f"core.{name}" for name in ("firm", "savedview", "customfield"))]):
        for user in (full.cast.nobody, full.cast.eve):
            assert batch.actor_id != user.pk
            assert browser(user).get(f"/undo/{batch.pk}/").status_code == 404
            assert browser(user).post(f"/undo/{batch.pk}/", {"asked": "1"}).status_code == 404


def test_the_page_of_the_look_is_for_who_runs_the_firm(full: House):
    statuses = [browser(user).get("/look/").status_code for user in (full.cast.boss, full.cast.ben, full.cast.nobody)]
    assert statuses == [200, 404, 404]
