"""What every record promises by itself: no way around the journal, a version, a trash, a way back."""

import pytest

from shuke.core import scope
from shuke.core.act import act
from shuke.core.models import Entry
from shuke.core.record import Refused, Required, Stale, Unscoped, change_many, create_many, store_derived
from shuke.parties.models import Contact, Party, Relation

every = scope.system("tests look behind the doors").rows


@pytest.fixture
def party(cast):
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    return party


def entries(record):
    return Entry.objects.filter(kind=record._meta.label_lower, record=record.pk).order_by("pk")


def test_a_query_outside_a_scope_raises(party):
    with pytest.raises(Unscoped):
        Party.objects.all()


@pytest.mark.parametrize("way", ["update", "delete", "bulk_create", "bulk_update"])
def test_the_ways_that_pass_by_the_journal_are_shut(party, way):
    with pytest.raises(Unscoped):
        getattr(every(Party), way)()


def test_a_save_that_changes_nothing_writes_nothing(party):
    party.save()
    assert (party.version, entries(party).count()) == (1, 1)


def test_a_save_raises_the_version_and_tells_old_and_new(party):
    party.name = "恒达"
    party.save()
    assert party.version == 2
    assert entries(party).last().changes == {"name": ["顺德家具", "恒达"]}


def test_a_stale_copy_cannot_be_saved(party):
    copy = every(Party).get(pk=party.pk)
    party.note = "先"
    party.save()
    copy.note = "后"
    with pytest.raises(Stale):
        copy.save()
    assert every(Party).get(pk=party.pk).note == "先"


def test_an_act_that_fails_leaves_nothing(party):
    with pytest.raises(Refused), act("changed"):
        party.name = "半途"
        party.save()
        raise Refused("no")
    assert every(Party).get(pk=party.pk).name == "顺德家具"
    assert entries(party).count() == 1


def test_what_is_still_required_is_not_deleted_and_says_by_what(cast, party):
    other = Party(name="恒达", owner=cast.ann)
    other.save()
    Relation(party=other, other=party, type="referred").save()
    with pytest.raises(Required) as refused:
        party.delete()
    assert len(refused.value.users) == 1
    assert every(Party).get(pk=party.pk).is_live


def test_parts_go_and_come_back_with_the_whole_and_earlier_ones_stay_gone(party):
    early, late = Contact(party=party, name="早"), Contact(party=party, name="晚")
    early.save()
    late.save()
    early.delete()
    party.delete()
    party.restore()
    assert list(every(Contact).live()) == [late]


def test_a_part_is_not_restored_into_the_trash(party):
    contact = Contact(party=party, name="王伟")
    contact.save()
    party.delete()
    contact.refresh_from_db()
    with pytest.raises(Refused):
        contact.restore()


def test_many_are_made_and_changed_in_one_batch(cast, party):
    made = create_many([Party(name=f"{n}号", owner=cast.ann) for n in range(12)])
    assert len({record.pk for record in made}) == 12
    assert {entry.batch_id for record in made for entry in entries(record)} == {entries(made[0]).get().batch_id}
    changed = change_many([*made, party], source="展会")
    assert len(changed) == 13
    assert change_many(changed, source="展会") == []


def test_only_derived_columns_are_written_past_the_journal(party):
    store_derived(Party, party.pk, bare="x")
    assert every(Party).get(pk=party.pk).version == 1
    with pytest.raises(ValueError, match="not derived"):
        store_derived(Party, party.pk, name="x")
