"""Sign-in: any spelling, one answer to whoever may not, a delay that grows."""

import pytest
import time_machine
from django.contrib.auth import hashers
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from shuke.core import scope
from shuke.people import actions, signin
from shuke.people.models import SignInTry, User

pytestmark = pytest.mark.django_db
GOOD = "correct horse 9"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def max_(cast):
    """A colleague with a password, a short name and a mobile number."""
    user = cast.person("小马", mobile="13800138001")
    actions.set_password(user, GOOD)
    user.save()
    return user


def sign_in(client, login, password=GOOD, **said):
    return client.post("/sign-in/", {"login": login, "password": password}, headers={"accept-language": "en"}, **said)


@pytest.mark.parametrize("login", ["小马", " 小馬 ", "13800138001", "138 0013 8001", "+86-138-0013-8001"])
def test_one_signs_in_by_name_or_mobile_number_in_any_spelling(client, max_, login):
    answer = sign_in(client, login)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/me/").status_code == 200
    assert scope.system("test").rows(User).get(pk=max_.pk).last_login is not None


def test_the_sign_in_page_is_our_own(client, cast):
    names = [template.name for template in client.get("/sign-in/").templates]
    assert "bare.html" in names
    assert not [name for name in names if name.startswith(("account/", "allauth/"))]


def test_the_last_sign_in_leaves_neither_version_nor_journal(client, max_):
    sign_in(client, "小马")
    assert scope.system("test").rows(User).get(pk=max_.pk).version == max_.version


def test_a_wrong_password_an_unknown_name_and_a_colleague_who_left_get_one_answer(client, cast, max_):
    actions.switch_off(max_)
    tries = [("小马", "wrong wrong 1"), ("小马", GOOD), ("nobody at all", GOOD), ("ann", GOOD)]
    answers = [sign_in(client, *said, REMOTE_ADDR=f"192.0.2.{place}") for place, said in enumerate(tries)]
    assert [answer.status_code for answer in answers] == [422] * 4
    assert len({str(answer.context["form"].non_field_errors()) for answer in answers}) == 1


def test_an_unknown_name_costs_as_much_work_as_a_known_one(max_, monkeypatch):
    hashed = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode
    monkeypatch.setattr(type(hasher), "encode", lambda self, *said: hashed.append(1) or encode(self, *said))
    verify = type(hasher).verify
    monkeypatch.setattr(type(hasher), "verify", lambda self, *said: hashed.append(1) or verify(self, *said))
    work = []
    for login in ("小马", "nobody at all"):
        hashed.clear()
        signin.Backend().authenticate(None, login, "wrong wrong 1")
        work.append(len(hashed))
    assert work == [1, 1]


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_sign_in_leads_nowhere_else(client, max_, next_url):
    answer = client.post("/sign-in/", {"login": "小马", "password": GOOD, "next": next_url})
    assert answer["Location"] == "/"


def test_sign_in_goes_on_to_the_page_one_wanted(client, max_):
    answer = client.post("/sign-in/?next=/me/", {"login": "小马", "password": GOOD, "next": "/me/"})
    assert answer["Location"] == "/me/"


@pytest.mark.parametrize(("fails", "seconds"), [(0, 0), (2, 0), (3, 1), (4, 2), (5, 4), (8, 32), (9, 60), (4000, 60)])
def test_the_delay_doubles_up_to_a_minute(fails, seconds):
    assert signin.delay(fails).total_seconds() == seconds


def test_after_three_failures_even_the_right_password_waits(client, max_, clock):
    for _try in range(3):
        assert sign_in(client, "小马", "wrong wrong 1").status_code == 422
    answer = sign_in(client, "小马")
    assert answer.status_code == 429
    assert answer.context["form"].non_field_errors() == ["Too many tries. Please wait 1 seconds and try again."]
    clock.shift(1)
    assert sign_in(client, "小马").status_code == 302


def test_a_name_that_does_not_exist_is_delayed_too(client, cast, clock):
    answers = [sign_in(client, "nobody at all").status_code for _try in range(4)]
    assert answers == [422, 422, 422, 429]


def test_a_person_is_delayed_by_name_and_number_together_from_any_address(client, max_, clock):
    for place, login in enumerate(["小马", "13800138001", "小马"]):
        sign_in(client, login, "wrong wrong 1", REMOTE_ADDR=f"192.0.2.{place}")
    assert sign_in(client, "13800138001", REMOTE_ADDR="192.0.2.9").status_code == 429


def test_an_address_is_delayed_whatever_name_it_tries(client, max_, clock):
    for name in "abc":
        sign_in(client, name, REMOTE_ADDR="2001:db8::1")
    assert sign_in(client, "小马", REMOTE_ADDR="2001:db8::2").status_code == 429
    assert sign_in(client, "小马", REMOTE_ADDR="2001:db8:1::1").status_code == 302


def test_a_try_during_the_delay_is_not_counted(client, max_, clock):
    for _try in range(9):
        sign_in(client, "小马", "wrong wrong 1")
    assert set(SignInTry.objects.values_list("fails", flat=True)) == {3}


def test_signing_in_forgets_the_failures_of_the_name_and_not_of_the_address(client, max_, clock):
    for _try in range(2):
        sign_in(client, "小马", "wrong wrong 1")
    sign_in(client, "小马")
    assert list(SignInTry.objects.values_list("fails", flat=True)) == [2]


def test_failures_are_forgotten_after_an_hour(client, max_, clock):
    for _try in range(3):
        sign_in(client, "小马", "wrong wrong 1")
    clock.shift(3601)
    assert sign_in(client, "小马", "wrong wrong 1").status_code == 422
    assert set(SignInTry.objects.values_list("fails", flat=True)) == {1}


def test_what_was_typed_as_a_name_is_not_kept(client, cast):
    sign_in(client, "my secret password")
    assert "secret" not in str(list(SignInTry.objects.values()))


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email", "account_change_password"])
def test_what_we_do_not_name_is_not_routed(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_nobody_signs_up_by_himself(rf):
    assert signin.Adapter(rf.get("/")).is_open_for_signup(rf.get("/")) is False


def test_one_leaves_by_post_only(client, max_):
    sign_in(client, "小马")
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/me/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/me/").status_code == 302


def test_passwords_are_kept_as_argon2id(max_):
    assert max_.password.startswith("argon2$argon2id$")
