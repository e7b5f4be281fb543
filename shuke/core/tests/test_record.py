"""What every record promises by itself: no way around the journal, a version, a trash, a way back."""

import pytest
from django.utils import translation

from shuke.core import scope
from shuke.core.act import act, acting
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


@pytest.fixture
def needed(cast, party):
    """A party of Ann's to which three others are related, one of them hers; a relation is called by its type."""
    for place, owner in enumerate([cast.ann, cast.eve, cast.eve]):
        other = Party(name=f"{place}号", owner=owner)
        other.save()
        Relation(party=other, other=party, type=["referred", "family", "partner_of"][place]).save()
    return party


def refusal(record, user):
    with translation.override("zh-hans"), acting(user.pk if user else None, "web"), pytest.raises(Required) as refused:
        record.delete()
    assert every(type(record)).get(pk=record.pk).is_live
    return str(refused.value.sentence)


def test_what_is_still_required_is_not_deleted_and_says_by_what(cast, needed):
    for user in (cast.boss, None):
        assert refusal(needed, user) == "“顺德家具”还被关系 转介绍了、关系 亲属、关系 合作用着，请先删除那些。"


def test_only_those_are_named_that_one_may_see(cast, needed):
    assert refusal(needed, cast.ann) == "“顺德家具”还被关系 转介绍了，以及另外 2 条您看不到的记录用着。"
    for relation in every(Relation).filter(type="referred"):
        relation.delete()
    assert refusal(needed, cast.ann) == "“顺德家具”还被 2 条您看不到的记录用着，请找有权限的同事处理。"


def test_many_are_named_in_part(cast, party):
    for place in range(7):
        other = Party(name=f"{place}号", owner=cast.ann)
        other.save()
        Relation(party=other, other=party, type="referred").save()
    assert refusal(party, cast.boss).count("介绍了") == 5


def test_who_holds_a_role_is_named_where_it_is_to_be_deleted(cast):
    assert refusal(cast.roles["sales"], cast.boss) == "“销售”还被员工的角色 Ann 销售、员工的角色 Eve 销售用着，请先删除那些。"


def test_what_is_restored_names_no_parent_that_one_may_not_see(cast, party):
    far = Party(name="远方", owner=cast.eve)
    far.save()
    relation = Relation(party=party, other=far, type="referred")
    relation.save()
    relation.delete()
    far.delete()
    for user, name in ((cast.ann, "（无权查看）"), (cast.boss, "远方")):
        with translation.override("zh-hans"), acting(user.pk, "web"), pytest.raises(Refused) as refused:
            every(Relation).get(pk=relation.pk).restore()
        assert name in str(refused.value.sentence)


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
