"""The journal: who did what by which door, what it never tells, and how a change of the past is found."""

from datetime import UTC, datetime

import pytest

from shuke.core import journal
from shuke.core.act import acting
from shuke.core.models import Batch, Entry, Seal
from shuke.parties.models import Contact, Party


@pytest.fixture
def party(cast):
    party = Party(name="顺德家具", owner=cast.ann)
    with acting(cast.ann.pk, "api"):
        party.save()
    return party


def test_a_batch_tells_who_by_which_door_and_how_much(cast, party):
    batch = Entry.objects.get(kind="parties.party").batch
    assert (batch.actor, batch.door, batch.verb, batch.kind, batch.count) == (cast.ann, "api", "created", "parties.party", 1)


def test_a_creation_stores_no_values(party):
    assert Entry.objects.get(kind="parties.party").changes == {}


def test_a_part_stands_on_the_page_of_the_whole(party):
    contact = Contact(party=party, name="王伟")
    contact.save()
    entry = Entry.objects.get(kind="parties.contact")
    assert (entry.root_kind, entry.root, entry.record) == ("parties.party", party.pk, contact.pk)


def test_a_secret_says_only_that_it_changed(cast):
    cast.ann.set_password("correct horse battery")
    cast.ann.save()
    assert Entry.objects.filter(kind="people.user", record=cast.ann.pk).last().changes == {"password": [None, None]}


def test_sealing_goes_on_where_it_ended(party, monkeypatch):
    monkeypatch.setattr(journal, "LINK", 3)
    sealed = 0
    while count := journal.seal():
        sealed += count
    assert sealed == Entry.objects.count()
    party.note = "后来"
    party.save()
    assert (journal.seal(), journal.seal()) == (1, 0)
    assert list(Seal.objects.values_list("last", flat=True))[-1] == Entry.objects.latest("pk").pk
    assert journal.first_broken() is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda entry: Entry.objects.filter(pk=entry.pk).update(changes={}),
        lambda entry: Entry.objects.filter(pk=entry.pk).update(verb="x"),
        lambda entry: Entry.objects.filter(pk=entry.pk).update(record=0),
        lambda entry: Entry.objects.filter(pk=entry.pk).update(salt=b"x"),
        lambda entry: Batch.objects.filter(pk=entry.batch_id).update(actor=None),
        lambda entry: Batch.objects.filter(pk=entry.batch_id).update(at=datetime(2020, 1, 1, tzinfo=UTC)),
        lambda entry: Entry.objects.filter(pk=entry.pk - 1).delete(),
        lambda entry: Seal.objects.filter(last=entry.pk).update(seal=b"x"),
    ],
    ids=["changes", "verb", "record", "salt", "actor", "time", "taken out", "seal"],
)
def test_any_change_of_the_sealed_past_is_found_and_where(cast, party, forge):
    journal.seal()
    before = Entry.objects.latest("pk").pk
    for note in ("后来", "又后来"):
        party.note = note
        with acting(cast.ann.pk, "web"):
            party.save()
    journal.seal()
    last = Entry.objects.latest("pk")
    assert journal.first_broken() is None
    forge(last)
    assert journal.first_broken() == (before + 1, last.pk)


def test_an_act_without_changes_makes_no_batch(party):
    before = Batch.objects.count()
    party.save()
    assert Batch.objects.count() == before
