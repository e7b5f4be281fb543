"""The firm's life as it goes wrong: the wrong sheet, two hands on one customer, a customer thrown away, a forged record."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuke.core import journal, scope, search
from shuke.core import kind as kinds
from shuke.core.act import acting
from shuke.core.models import Batch, Entry, SearchIndex, SearchLine, Value
from shuke.exchange import importing
from shuke.parties import actions
from shuke.parties.models import Contact, Party

pytestmark = pytest.mark.django_db
every = scope.system("the stories look behind the doors").rows
SHEET = "客户名称,联系人,电话,标签\n华信建材,王伟,13800138000,重点\n恒达门窗,李静,13800138001,\n"


def a_party(owner, name="顺德家具", **said) -> Party:
    party = Party(name=name, owner=owner, **said)
    with acting(owner.pk, "web"):
        party.save()
    return party


def edit(browser, party, **said):
    """Save the form as it opens for this person, with other values."""
    address = party.kind.url(party, "edit/")
    opened = {"name": party.name, "stage": party.stage, "owner": party.owner_id, "currency": "CNY", "version": party.version}
    answer = browser.post(address, opened | said)
    party.refresh_from_db()
    return answer


def last_batch(party) -> int:
    return Entry.objects.filter(kind="parties.party", record=party.pk).latest("pk").batch_id


def found(user, q: str) -> list[str]:
    return [hit.title for _kind, hits in search.everywhere(q, user, kinds.every()) for hit in hits]


def test_the_wrong_sheet_is_taken_back_and_nothing_of_it_remains(cast, signed_in, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "PAUSE", 0)
    settings.FILES = tmp_path
    mine = a_party(cast.boss, "老客户")
    before = {model: model.objects.count() for model in (SearchLine, SearchIndex, Value)}
    imported = importing.begin(Party.kind, SimpleUploadedFile("wrong.csv", SHEET.encode()), "wrong.csv", cast.boss)
    importing.map_to(imported, imported.mapping, duplicates="skip", missing="refuse")
    importing.check(imported)
    importing.start(imported)
    importing.run(imported)
    assert every(Party).live().count() == 3
    assert every(Contact).live().count() == 2
    assert signed_in(cast.boss).post(f"/parties/import/{imported.pk}/undo/").status_code == 302
    assert list(every(Party).live()) == [mine]
    assert not every(Contact).live().exists()
    assert {model: model.objects.count() for model in before} == before
    assert found(cast.boss, "华信") == []
    assert signed_in(cast.boss).get("/api/v1/parties").json()["count"] == 1


@pytest.mark.parametrize(("choice", "name"), [("keep", "二改"), ("back", "顺德家具")])
def test_undoing_the_first_of_two_edits_shows_both_and_does_what_is_chosen(cast, signed_in, choice, name):
    browser, party = signed_in(cast.boss), a_party(cast.boss)
    edit(browser, party, name="一改", note="电话里说的")
    first = last_batch(party)
    edit(browser, party, name="二改", note="电话里说的")
    page = browser.post(f"/undo/{first}/")
    assert page.status_code == 409
    text = page.content.decode()
    assert "二改" in text and "顺德家具" in text
    keep, back = re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', text)
    assert browser.post(f"/undo/{first}/", {"asked": "1", **dict([keep if choice == "keep" else back])}).status_code == 302
    party.refresh_from_db()
    assert (party.name, party.note) == (name, "")


def test_two_who_edit_the_same_customer_lose_nothing(cast, signed_in):
    party = a_party(cast.boss)
    opened = Party.kind.model._base_manager.get(pk=party.pk)
    edit(signed_in(cast.boss), party, name="老板写的")
    answer = edit(signed_in(cast.boss), opened, name="销售写的", version=1)
    assert answer.status_code == 409
    assert "老板写的" in answer.content.decode() and "销售写的" in answer.content.decode()
    party.refresh_from_db()
    assert party.name == "老板写的"


def test_a_deleted_customer_comes_back_with_all_that_belonged_to_it(cast, signed_in):
    browser, party = signed_in(cast.boss), a_party(cast.boss, phone="13800138000")
    contacts = [Contact(party=party, name=name) for name in ("王伟", "李静")]
    for contact in contacts:
        contact.save()
    gone = Contact(party=party, name="张明")
    gone.save()
    gone.delete()
    assert browser.post(party.kind.url(party, "delete/")).status_code == 302
    assert not every(Contact).live().exists()
    assert found(cast.boss, "王伟") == []
    assert "顺德家具" in browser.get("/parties/trash/").content.decode()
    assert browser.post(party.kind.url(party, "restore/")).status_code == 302
    assert list(every(Contact).live().order_by("pk")) == contacts
    assert found(cast.boss, "王伟") == ["王伟"]
    assert found(cast.boss, "8000") == ["顺德家具"]


def test_a_customer_that_is_given_away_goes_with_its_contacts_and_its_past(cast, signed_in):
    party = a_party(cast.ann)
    Contact(party=party, name="王伟").save()
    with acting(cast.ann.pk, "web"):
        actions.give_owner(party, to=cast.eve)
    assert [list(scope.rows(model, cast.ann)) for model in (Party, Contact)] == [[], []]
    assert [scope.rows(model, cast.eve).count() for model in (Party, Contact)] == [1, 1]
    assert found(cast.ann, "王伟") == [] and found(cast.eve, "王伟") == ["王伟"]
    past = signed_in(cast.eve).get(party.kind.url(party, "history/")).content.decode()
    assert "Ann" in past
    assert signed_in(cast.ann).get(f"/undo/{last_batch(party)}/").status_code == 422  # hers, but beyond her reach now


def test_the_chain_of_the_journal_holds_and_a_forged_entry_is_found(cast):
    party = a_party(cast.ann)
    for name in ("一", "二", "三"):
        party.name = name
        party.save()
    assert journal.seal() == Entry.objects.count()
    assert journal.seal() == 0
    assert journal.first_broken() is None
    forged = Entry.objects.filter(kind="parties.party", verb="changed").order_by("pk")[1]
    Entry.objects.filter(pk=forged.pk).update(changes={"name": ["一", "九"]})
    first, last = journal.first_broken()
    assert first <= forged.pk <= last
    Entry.objects.filter(pk=forged.pk).update(changes=forged.changes)
    assert journal.first_broken() is None


def test_nothing_is_undone_twice(cast, signed_in):
    browser, party = signed_in(cast.boss), a_party(cast.boss)
    edit(browser, party, name="一改")
    batch = last_batch(party)
    assert [browser.post(f"/undo/{batch}/").status_code for _time in range(2)] == [302, 422]
    assert Batch.objects.filter(undoes=batch).count() == 1
