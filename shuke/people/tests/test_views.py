"""The pages of people: set-up, joining, links, one's own page."""

import re

import pytest
from django.utils import timezone

from shuke.core import firm, scope
from shuke.core.models import Firm
from shuke.core.record import store_derived
from shuke.people import actions, setup, urls
from shuke.people.models import Invitation, Session, User

pytestmark = pytest.mark.django_db
GOOD = "correct horse 9"
FORM = {"firm": "华信建材", "name": "老陈", "login": "138 0013 8000", "password": GOOD, "peers": "own", "start": "empty"}
system = scope.system("tests look at the rows")


@pytest.fixture
def data_dir(settings, tmp_path):
    settings.DATA = tmp_path
    firm.know(None)
    return tmp_path


def test_the_set_up_link_makes_the_firm_and_signs_its_owner_in(client, data_dir):
    address = f"/set-up/?token={setup.new_token(data_dir)}"
    assert client.get(address).status_code == 200
    answer = client.post(address, FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert system.rows(Firm).get().name == "华信建材"
    assert client.get("/me/").status_code == 200
    assert client.get(address).status_code == 404


def test_the_token_is_kept_as_a_digest_for_its_owner_alone(data_dir):
    token = setup.new_token(data_dir)
    place = setup.place(data_dir)
    assert token not in place.read_text()
    assert place.stat().st_mode & 0o777 == 0o600
    assert setup.check_token(data_dir, token)


@pytest.mark.parametrize("token", ["", "wrong", "ß"])
def test_without_the_token_nobody_sets_up(client, data_dir, token):
    old = setup.new_token(data_dir)
    setup.new_token(data_dir)
    for said in (token, old):
        assert client.post("/set-up/", FORM, query_params={"token": said}).status_code == 403
    assert not system.rows(Firm).exists()


def test_what_is_wrong_with_the_set_up_is_said_at_the_field_and_the_token_stays(client, data_dir):
    address = f"/set-up/?token={setup.new_token(data_dir)}"
    answer = client.post(address, FORM | {"password": "short", "firm": ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"firm"}
    answer = client.post(address, FORM | {"password": "short"})
    assert set(answer.context["form"].errors) == {"password"}
    assert client.post(address, FORM).status_code == 302


def test_the_way_to_start_is_what_the_rooms_above_offer(client, data_dir, monkeypatch):
    begun = []
    monkeypatch.setitem(setup.STARTS, "sample", lambda owner: begun.append(owner.name) or "/parties/")
    answer = client.post(f"/set-up/?token={setup.new_token(data_dir)}", FORM | {"start": "sample", "peers": "all"})
    assert (answer["Location"], begun) == ("/parties/", ["老陈"])


def link_in(answer):
    return re.search(r"http://testserver(/join/[\w-]+/)", answer.content.decode())[1]


def test_the_owner_shows_a_link_with_its_code_and_the_colleague_joins_by_it(client, cast):
    client.force_login(cast.boss)
    answer = client.post(f"/people/{cast.ann.pk}/do/invite/")
    assert answer.status_code == 200
    assert "<svg" in answer.content.decode()
    address = link_in(answer)
    client.logout()
    assert "Ann" in client.get(address).content.decode()
    assert client.post(address, {"password": GOOD})["Location"] == "/"
    assert [session.user for session in Session.objects.exclude(user=cast.boss)] == [cast.ann]
    assert client.post(address, {"password": "another password 1"}).status_code == 404


@pytest.mark.parametrize(
    ("host", "warned"),
    [("localhost:8000", True), ("127.0.0.1", True), ("127.0.0.1:8000", True), ("[::1]:8000", True), ("192.168.1.20:8000", False),
     ("crm.example.com", False), ("localhost.example.com", False)],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["invite", "reset_password"])
def test_a_link_that_no_telephone_can_open_says_so(client, cast, settings, verb, host, warned):
    settings.ALLOWED_HOSTS = ["*"]
    client.force_login(cast.boss)
    if verb == "reset_password":
        store_derived(User, cast.ann.pk, last_login=timezone.now())
    answer = client.post(f"/people/{cast.ann.pk}/do/{verb}/", headers={"host": host, "accept-language": "en"})
    page = answer.content.decode()
    assert ("This link opens on this computer only" in page) is warned
    assert f"http://{host}/join/" in page and "<svg" in page


def test_a_weak_password_is_refused_at_its_field(client, cast):
    address = f"/join/{actions.invite(cast.ann)}/"
    answer = client.post(address, {"password": "short"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"password"})
    assert client.post(address, {"password": GOOD}).status_code == 302


@pytest.mark.parametrize("who", ["ben", "ann", "kim", "lou", "nobody"])
@pytest.mark.parametrize("verb", ["invite", "reset_password"])
def test_nobody_but_the_owner_makes_links(client, cast, who, verb):
    client.force_login(getattr(cast, who))
    assert client.post(f"/people/{cast.boss.pk}/do/{verb}/").status_code == 404
    assert client.get(f"/people/{cast.boss.pk}/do/{verb}/").status_code == 404


def test_the_address_of_a_link_opened_again_leads_to_the_colleague_and_makes_none(client, cast):
    client.force_login(cast.boss)
    assert client.get(f"/people/{cast.ann.pk}/do/invite/").url == f"/people/{cast.ann.pk}/"
    assert not system.rows(Invitation).exists()


def test_links_are_made_for_who_is_signed_in_only(client, cast):
    assert client.post(f"/people/{cast.ann.pk}/do/invite/")["Location"].startswith("/sign-in/")


def test_a_person_changes_his_own_name_language_and_appearance(client, cast):
    client.force_login(cast.ann)
    answer = client.post("/me/", {"name": "安妮", "language": "en", "theme": "dark"})
    assert (answer["Location"], answer.cookies["theme"].value) == ("/me/", "dark")
    ann = system.rows(User).get(pk=cast.ann.pk)
    assert (ann.name, ann.language, ann.theme, ann.login) == ("安妮", "en", "dark", "ann")


def test_ones_own_page_takes_no_more_than_it_shows(client, cast):
    client.force_login(cast.ann)
    client.post("/me/", {"name": "Ann", "login": "boss2", "is_active": "", "department": cast.second.pk})
    ann = system.rows(User).get(pk=cast.ann.pk)
    assert (ann.login, ann.is_active, ann.department) == ("ann", True, cast.first)


def test_a_new_password_keeps_this_session_and_ends_the_others(client, cast):
    actions.join(actions.invite(cast.ann), GOOD)
    ann = system.rows(User).get(pk=cast.ann.pk)
    other = type(client)()
    client.force_login(ann)
    other.force_login(ann)
    assert client.post("/me/password/", {"old": "wrong wrong 1", "new": "another password 1"}).status_code == 422
    assert client.post("/me/password/", {"old": GOOD, "new": "another password 1"})["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302


def test_signing_out_everywhere_ends_this_session_too(client, cast):
    other = type(client)()
    client.force_login(cast.ann)
    other.force_login(cast.ann)
    answer = client.post("/me/sign-out-everywhere/", follow=True, headers={"accept-language": "en"})
    assert answer.redirect_chain == [("/sign-in/", 302)]
    assert "Signed out on every device." in answer.content.decode()
    assert client.get("/me/").status_code == other.get("/me/").status_code == 302
    assert not Session.objects.exists()


def test_who_has_no_role_is_told_so(client, cast):
    client.force_login(cast.nobody)
    assert "The owner has not given you a role yet." in client.get("/me/", headers={"accept-language": "en"}).content.decode()


def test_every_address_says_its_right():
    assert [path.name for path in urls.urlpatterns if not hasattr(path.callback, "right")] == []
