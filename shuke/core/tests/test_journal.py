"""The journal: who did what by which door, what it never tells, and how a change of the past is found."""

import pytest

from shuke.core import journal
from shuke.core.act import acting
from shuke.core.models import Batch, Entry
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


def test_sealing_goes_on_where_it_ended_and_every_entry_has_one_place(party):
    first = journal.seal()
    party.note = "后来"
    party.save()
    assert journal.seal() == 1
    assert sorted(Entry.objects.values_list("place", flat=True)) == list(range(1, first + 2))


@pytest.mark.parametrize("column", ["changes", "verb", "record", "seal", "salt"])
def test_any_change_of_a_sealed_entry_is_found(party, column):
    party.note = "后来"
    party.save()
    journal.seal()
    entry = Entry.objects.latest("pk")
    Entry.objects.filter(pk=entry.pk).update(**{column: {"changes": {}, "verb": "x", "record": 0}.get(column, b"x")})
    assert journal.first_broken() == entry.pk


def test_an_entry_that_is_taken_out_is_found(party):
    party.note = "后来"
    party.save()
    journal.seal()
    last = Entry.objects.latest("pk")
    Entry.objects.filter(place=last.place - 1).delete()
    assert journal.first_broken() == last.pk


def test_an_act_without_changes_makes_no_batch(party):
    before = Batch.objects.count()
    party.save()
    assert Batch.objects.count() == before
