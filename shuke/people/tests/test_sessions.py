"""Sessions: one statement for a signed-in request, no write on reading, ended at once when rights say so."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from shuke.core import act, firm
from shuke.people import actions
from shuke.people.models import Session
from shuke.people.sessions import SignedIn, address_of, digest

pytestmark = pytest.mark.django_db
GOOD = "correct horse 9"


def seen_by(request):
    """What a page sees of the request when it runs."""
    told = []

    def page(request):
        told.append((request.user, act.actor(), firm.revision()))
        return HttpResponse()

    return SignedIn(page)(request), told[0] if told else None


def request_of(rf, client, path="/"):
    request = rf.get(path)
    request.COOKIES.update({name: morsel.value for name, morsel in client.cookies.items()})
    firm.know(None)
    return request


def test_a_signed_in_request_costs_one_statement(rf, client, cast, django_assert_num_queries):
    client.force_login(cast.ann)
    request = request_of(rf, client)
    with django_assert_num_queries(1):
        _answer, (user, actor, revision) = seen_by(request)
    assert (user, actor, revision) == (cast.ann, act.Actor(cast.ann.pk, "web"), firm.revision())
    assert act.actor() == act.NOBODY


def test_a_request_without_a_session_is_nobodys(rf, client, cast):
    _answer, (user, actor, _revision) = seen_by(request_of(rf, client))
    assert (user.is_authenticated, actor.user) == (False, None)


def test_a_made_up_cookie_is_nobodys(rf, client, cast):
    client.cookies["sessionid"] = "x" * 32
    answer, (user, *_rest) = seen_by(request_of(rf, client))
    assert not user.is_authenticated
    assert answer.cookies["sessionid"].value == ""


def test_the_store_holds_no_key_that_opens_a_session(client, cast):
    client.force_login(cast.ann)
    key = client.cookies["sessionid"].value
    row = Session.objects.get()
    assert (row.pk, row.user) == (digest(key), cast.ann)
    client.cookies["sessionid"] = row.pk
    assert client.get("/me/").status_code == 302


def test_reading_a_page_writes_nothing(client, cast):
    client.force_login(cast.ann)
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/me/").status_code == 200
    assert [query["sql"] for query in caught if not query["sql"].startswith("SELECT")] == []


def test_who_is_switched_off_meets_the_sign_in_page_from_the_next_request_on(client, cast):
    client.force_login(cast.ann)
    cast.ann.is_active = False
    cast.ann.save()
    assert client.get("/me/")["Location"].startswith("/sign-in/")


def test_a_new_password_ends_the_sessions_of_the_old_one(client, cast):
    client.force_login(cast.ann)
    actions.set_password(cast.ann, GOOD)
    cast.ann.save()
    answer = client.get("/me/")
    assert answer["Location"].startswith("/sign-in/")
    assert answer.cookies["sessionid"].value == ""


def test_a_person_reads_in_his_own_language_whatever_the_browser_says(client, cast):
    client.force_login(cast.ann)
    assert '<html lang="zh-hant"' in client.get("/me/", headers={"accept-language": "zh-hant"}).content.decode()
    cast.ann.language = "en"
    cast.ann.save()
    assert '<html lang="en"' in client.get("/me/", headers={"accept-language": "zh-hant"}).content.decode()


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client, cast):
    actions.set_password(cast.ann, GOOD)
    cast.ann.save()
    cookie = client.post("/sign-in/", {"login": "ann", "password": GOOD}).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_a_session_knows_its_device_and_address_and_keeps_the_day_it_began(client, cast):
    actions.set_password(cast.ann, GOOD)
    cast.ann.save()
    phone = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"}
    client.post("/sign-in/", {"login": "ann", "password": GOOD}, headers=phone, REMOTE_ADDR="192.0.2.7")
    began = Session.objects.get()
    assert (began.user, began.device_name, began.address) == (cast.ann, "iPhone", "192.0.2.7")
    session = client.session
    session["said"] = 1
    session.save()
    assert Session.objects.get().created == began.created


def test_behind_our_proxy_the_address_is_the_one_that_the_proxy_saw(rf, settings):
    request = rf.get("/", headers={"x-forwarded-for": "203.0.113.9, 192.0.2.7"}, REMOTE_ADDR="127.0.0.1")
    assert address_of(request) == "127.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert address_of(request) == "192.0.2.7"


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/people/", "/join/abc/", "/api/v1/people"])
def test_before_there_is_a_firm_every_page_leads_to_set_up(client, path):
    firm.know(None)
    assert client.get(path)["Location"] == "/set-up/"
