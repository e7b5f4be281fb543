"""Who is signed in, and for how long: a session is nobody else's, ends when it should, and tells nothing of who exists."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
import time_machine
from django.conf import settings as ours
from django.test import Client
from django.utils import timezone

from shuke.core import scope
from shuke.core.act import acting
from shuke.people import actions
from shuke.people.models import Session, User

pytestmark = pytest.mark.django_db
GOOD, OTHER = "correct horse 9", "battery staple 8"


@pytest.fixture
def ann(cast: Any) -> User:
    actions.set_password(cast.ann, GOOD)
    cast.ann.save()
    return cast.ann


def browser() -> Client:
    return Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})


def signed_in(password: str = GOOD, client: Client | None = None) -> Client:
    client = client or browser()
    assert client.post("/sign-in/", {"login": "ann", "password": password}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


@pytest.mark.parametrize("secure", [False, True])
def test_every_cookie_is_secure_where_the_line_is(ann: User, settings: Any, secure: bool):
    settings.SECURE = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = secure
    client = browser()
    client.get("/sign-in/")
    signed_in(client=client)
    client.post("/theme/", {"theme": "dark"})
    assert set(client.cookies) >= {ours.SESSION_COOKIE_NAME, ours.CSRF_COOKIE_NAME, "theme"}
    for cookie in (morsel for morsel in client.cookies.values() if morsel.value):
        assert bool(cookie["secure"]) is secure, cookie.key
        assert not cookie["domain"]
        assert cookie["path"] == "/"


def test_a_session_that_was_brought_along_is_not_the_one_that_is_signed_in(ann: User):
    """Session fixation: who planted the cookie before the sign-in must not be in after it."""
    planted, victim = "a" * 32, browser()
    victim.cookies = SimpleCookie({ours.SESSION_COOKIE_NAME: planted})
    signed_in(client=victim)
    assert victim.cookies[ours.SESSION_COOKIE_NAME].value != planted
    attacker = browser()
    attacker.cookies = SimpleCookie({ours.SESSION_COOKIE_NAME: planted})
    assert is_in(victim)
    assert not is_in(attacker)


def test_the_session_of_before_is_gone_after_signing_in_as_somebody_else(cast: Any, ann: User):
    client = browser()
    client.force_login(cast.boss)
    before = client.cookies[ours.SESSION_COOKIE_NAME].value
    client.post("/sign-out/")
    signed_in(client=client)
    old = browser()
    old.cookies = SimpleCookie({ours.SESSION_COOKIE_NAME: before})
    assert not is_in(old)


def test_signing_out_ends_the_session_in_the_store_and_not_only_in_the_browser(ann: User):
    client = signed_in()
    stolen = browser()
    stolen.cookies = SimpleCookie({ours.SESSION_COOKIE_NAME: client.cookies[ours.SESSION_COOKIE_NAME].value})
    assert is_in(stolen)
    client.post("/sign-out/")
    assert not is_in(stolen)
    assert not Session.objects.filter(user=ann).exists()


def test_a_new_password_and_signing_out_everywhere_end_the_other_sessions(ann: User):
    here, there = signed_in(), signed_in()
    assert here.post("/me/password/", {"old": GOOD, "new": OTHER}).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    again = signed_in(OTHER)
    here.post("/me/sign-out-everywhere/")
    assert (is_in(here), is_in(again)) == (False, False)


def test_who_is_switched_off_is_out_with_his_next_request_by_every_door(cast: Any, ann: User):
    client = signed_in()
    with acting(cast.boss.pk, "web"):
        actions.switch_off(scope.system("test").rows(User).get(pk=ann.pk))
    assert not is_in(client)
    assert client.get("/parties/").status_code == 302
    assert client.get("/api/v1/parties").status_code == 401
    assert client.post("/parties/new/", {"name": "x"}).status_code == 302
    assert client.get("/parties/", headers={"HX-Request": "true"})["HX-Redirect"].startswith("/sign-in/")


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(cast: Any, ann: User):
    client = signed_in()
    assert client.get("/parties/").status_code == 200
    with acting(cast.boss.pk, "web"):
        actions.take_role(scope.system("test").rows(User).get(pk=ann.pk), role=cast.roles["sales"])
    assert client.get("/parties/").status_code == 404


def test_each_failure_waits_longer_whoever_is_tried_from_one_address(ann: User):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client, waits = browser(), []
        for place in range(8):
            while client.post("/sign-in/", {"login": f"name{place}", "password": "wrong wrong 1"}).status_code == 429:
                clock.shift(1)
                waits.append(place)
        counted = [waits.count(place) for place in range(8)]
    assert counted == [0, 0, 0, 1, 2, 4, 8, 16]


def test_while_one_waits_the_right_password_is_not_tried_either(ann: User):
    with time_machine.travel(timezone.now(), tick=False):
        client = browser()
        for _try in range(4):
            client.post("/sign-in/", {"login": "ann", "password": "wrong wrong 1"})
        assert client.post("/sign-in/", {"login": "ann", "password": GOOD}).status_code == 429
        assert not is_in(client)


def test_who_exists_is_told_by_no_answer(cast: Any, ann: User):
    def tried(login: str, place: int) -> tuple[int, str]:
        client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"}, REMOTE_ADDR=f"192.0.2.{place}")
        answer = client.post("/sign-in/", {"login": login, "password": "wrong wrong 1"})
        return answer.status_code, answer.content.decode().replace(login, "")

    def plain(answer: tuple[int, str]) -> tuple[int, list[str]]:
        return answer[0], [line for line in answer[1].splitlines() if "csrfmiddlewaretoken" not in line]

    assert len({str(plain(tried(login, place))) for place, login in enumerate(["ann", "boss", "nobody", "there is none"])}) == 1


def test_a_link_opens_once_and_its_token_is_nowhere_in_the_store(cast: Any):
    with acting(cast.boss.pk, "web"):
        token = actions.invite(cast.eve)
    client = browser()
    assert client.post(f"/join/{token}/", {"password": GOOD}).status_code == 302
    assert is_in(client)
    assert browser().post(f"/join/{token}/", {"password": OTHER}).status_code == 404
    assert client.get(f"/join/{token}x/").status_code == 404
    assert "no-store" in browser().get(f"/join/{token}/")["Cache-Control"]
