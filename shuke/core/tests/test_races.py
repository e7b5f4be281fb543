"""Two people save the same at the same moment: one of them is told with what, keeps what he typed, and nothing is half done."""

import threading

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from shuke.core import forms, scope
from shuke.core.models import Batch
from shuke.language import tax_number
from shuke.parties.actions import add_tag
from shuke.parties.models import InvoiceTitle, Party
from shuke.people import tokens
from shuke.people.models import User
from shuke.people.testing import Cast

every = scope.system("tests look behind the doors").rows
LOGIN, MOBILE = "Somebody else already signs in by this name or number.", "Somebody else has this mobile number."
TAX_NO = "91440600MA0000001" + tax_number.check_character("91440600MA0000001")
FORM = {"name": "Zoe", "login": "zoe", "mobile": "13800138000"}


@pytest.fixture
def browser(cast):
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
    client.force_login(cast.boss)
    return client


@pytest.fixture
def api(cast):
    token = tokens.make(cast.boss, "race")
    return Client(SERVER_NAME="localhost", headers={"Accept-Language": "en", "Authorization": f"Bearer {token}"})


@pytest.fixture
def faster(monkeypatch):
    """`faster(save)`: once a form was found right, `save` comes before it."""

    def come(save):
        waiting, own = [save], forms.KindForm.is_valid

        def is_valid(form):
            right = own(form)
            while right and waiting:
                waiting.pop()()
            return right

        monkeypatch.setattr(forms.KindForm, "is_valid", is_valid)

    return come


def rival(**said):
    return lambda: User(**{"name": "Rival", "login": "rival", **said}).save()


def errors(answer):
    return {name: list(map(str, said)) for name, said in answer.context["form"].errors.items()}


@pytest.mark.parametrize(("taken", "sentence"), [({"login": "zoe"}, LOGIN), ({"mobile": "13800138000"}, MOBILE)])
def test_who_comes_second_with_a_new_record_reads_it_at_the_field(browser, faster, taken, sentence):
    before = Batch.objects.count()
    faster(rival(**taken))
    answer = browser.post("/people/new/", FORM | {"_key": "a key"})
    assert (answer.status_code, errors(answer)) == (409, {next(iter(taken)): [sentence]})
    page = answer.content.decode()
    assert 'value="Zoe"' in page and 'value="zoe"' in page and "138 0013 8000" in page
    assert (every(User).filter(name="Zoe").exists(), Batch.objects.count()) == (False, before)
    assert browser.post("/people/new/", FORM | {"_key": "a key"}).status_code == 302


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
@pytest.mark.parametrize("where", ["edit/", "field/login/"])
def test_who_comes_second_with_a_change_reads_it_at_the_field(browser, cast, faster, where, htmx):
    faster(rival(login="zoe"))
    address = f"/people/{cast.ann.pk}/{where}"
    answer = browser.post(address, FORM | {"version": "1"}, headers=htmx)
    assert (answer.status_code, errors(answer), answer.context["version"]) == (409, {"login": [LOGIN]}, 1)
    assert 'value="zoe"' in answer.content.decode() and LOGIN in answer.content.decode()
    assert every(User).get(pk=cast.ann.pk).login == "ann"
    assert browser.post(address, FORM | {"login": "zoe2", "version": "1"}, headers=htmx).status_code in (200, 302)


@pytest.mark.parametrize(("where", "htmx"), [("edit/", {}), ("field/tax_no/", {}), ("field/tax_no/", {"HX-Request": "true"})])
def test_a_rule_over_several_fields_is_told_above_them(browser, cast, faster, where, htmx):
    party = Party(name="顺德家具", owner=cast.boss)
    party.save()
    title = InvoiceTitle(party=party, title="顺德家具")
    title.save()
    said = {"party": party.pk, "title": "顺德家具", "tax_no": TAX_NO, "type": "general"}
    faster(lambda: InvoiceTitle(**said | {"party": party}).save())
    answer = browser.post(f"/invoice-titles/{title.pk}/{where}", said | {"version": "1"}, headers=htmx)
    sentence = "This customer already has this invoice title."
    assert (answer.status_code, errors(answer)) == (409, {"__all__": [sentence]})
    assert sentence in answer.content.decode()


def test_a_program_that_comes_second_reads_it_at_the_field(api, cast, faster):
    faster(rival(login="zoe"))
    answer = api.post("/api/v1/people", FORM, "application/json", headers={"Idempotency-Key": "a key"})
    assert (answer.status_code, answer.json()) == (409, {"error": "Please check: login.", "fields": {"login": [LOGIN]}})
    assert api.post("/api/v1/people", FORM, "application/json", headers={"Idempotency-Key": "a key"}).status_code == 201


def test_a_program_that_comes_second_with_a_change_reads_it_at_the_field(api, cast, faster):
    faster(rival(mobile="13800138000"))
    one = f"/api/v1/people/{cast.ann.pk}"
    answer = api.patch(one, {"mobile": "13800138000"}, "application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["fields"]) == (409, {"mobile": [MOBILE]})
    assert every(User).get(pk=cast.ann.pk).mobile == ""


def test_where_it_cannot_be_told_with_what_the_form_says_that_somebody_was_faster(browser, cast, monkeypatch):
    def refuse(form, user):
        raise IntegrityError

    monkeypatch.setattr(User.kind, "write", refuse)
    answer = browser.post("/people/new/", FORM)
    assert (answer.status_code, errors(answer)) == (409, {"__all__": ["Somebody else was faster. Please look at it again."]})


def test_a_verb_that_the_store_refuses_changes_nothing(browser, cast, monkeypatch, caplog):
    party = Party(name="顺德家具", owner=cast.boss)
    party.save()

    def refuse(party, *, tag):
        party.save(verb="add_tag")
        raise IntegrityError

    monkeypatch.setattr(add_tag, "function", refuse)
    assert browser.post(f"/parties/{party.pk}/do/add_tag/", {"tag": "急"}).status_code == 409
    assert "refused by the store" in caplog.text


SECOND = pytest.mark.skipif(connection.vendor == "sqlite", reason="there the second waits for the lock before it looks")


@SECOND
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["edit/", "field/wechat/"])
def test_two_edits_of_one_moment_are_merged(monkeypatch, where):
    """The second one comes while the first is being checked, and waits."""
    cast, own, answers = Cast(), forms.KindForm.is_valid, {}
    party = Party(name="顺德家具", owner=cast.boss)
    party.save()

    def send(address, said):
        client = Client(SERVER_NAME="localhost")
        client.force_login(cast.boss)
        answers[address] = client.post(f"/parties/{party.pk}/{address}", said | {"version": "1"}).status_code
        connection.close()

    second = threading.Thread(target=send, args=["field/note/", {"note": "新"}])

    def is_valid(form):
        if not second.ident:
            second.start()
            while second.is_alive() and not waits():
                continue
        return own(form)

    monkeypatch.setattr(forms.KindForm, "is_valid", is_valid)
    send(where, {"name": "顺德家具", "wechat": "w1"})
    second.join()
    assert answers == {where: 302, "field/note/": 302}
    held = every(Party).get(pk=party.pk)
    assert (held.wechat, held.note, held.version) == ("w1", "新", 3)


def waits():
    """Whether somebody waits for a lock."""
    with connection.cursor() as store:
        store.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return store.fetchone()[0] > 0


@SECOND
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["browser", "api"])
def test_two_who_save_in_the_same_moment(monkeypatch, door):
    """Both have been found right before either of them writes."""
    cast, both, own, answers = Cast(), threading.Barrier(2, timeout=20), forms.KindForm.is_valid, {}
    token = tokens.make(cast.boss, "race")

    def is_valid(form):
        right = own(form)
        both.wait()
        return right

    def send(name):
        client = Client(SERVER_NAME="localhost", headers={"Accept-Language": "en"})
        said = {"name": name, "login": "zoe"}
        if door == "browser":
            client.force_login(cast.boss)
            answer = client.post("/people/new/", said)
            answers[answer.status_code] = errors(answer) if answer.context else {}
        else:
            answer = client.post("/api/v1/people", said, "application/json", headers={"Authorization": f"Bearer {token}"})
            answers[answer.status_code] = answer.json().get("fields", {})
        connection.close()

    monkeypatch.setattr(forms.KindForm, "is_valid", is_valid)
    threads = [threading.Thread(target=send, args=[name]) for name in ("Zoe", "Zac")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {302 if door == "browser" else 201: {}, 409: {"login": [LOGIN]}}
    assert every(User).filter(login="zoe").count() == 1
