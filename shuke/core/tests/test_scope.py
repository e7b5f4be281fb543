"""Who reaches what: own, department, all, shares, roots, and what shuts them."""

import pytest

from shuke.core import firm, scope
from shuke.core.act import act
from shuke.core.models import Share
from shuke.parties.models import Contact, Party
from shuke.people.models import Member


@pytest.fixture
def party(cast):
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    return party


def sees(user, verb="view"):
    return scope.rows(Party, user, verb).exists()


def test_a_colleague_sees_the_customer_but_a_stranger_does_not(cast, party):
    assert [sees(user) for user in (cast.ann, cast.ben, cast.boss)] == [True] * 3
    assert [sees(user) for user in (cast.eve, cast.nobody)] == [False] * 2


@pytest.mark.parametrize(("level", "verbs"), [("view", ["view"]), ("change", ["view", "change"])])
def test_a_share_opens_one_record_as_far_as_it_says(cast, party, level, verbs):
    Party(name="别人", owner=cast.ann).save()
    Share(on="parties", record=party.pk, user=cast.eve, level=level).save()
    assert [verb for verb in ("view", "change", "delete") if sees(cast.eve, verb)] == verbs
    assert list(scope.rows(Party, cast.eve)) == [party]


def test_a_share_that_is_taken_back_opens_nothing(cast, party):
    share = Share(on="parties", record=party.pk, user=cast.eve, level="change")
    share.save()
    share.delete()
    assert not sees(cast.eve)


def test_several_roles_add_up(cast, party):
    Member(user=cast.eve, role=cast.roles["service"]).save()
    assert sees(cast.eve)


def test_what_is_in_the_trash_is_seen_only_there(cast, party):
    party.delete()
    assert not sees(cast.ann)
    assert list(scope.rows(Party, cast.ann, trash=True)) == [party]


def test_a_part_is_reached_with_its_whole(cast, party):
    Contact(party=party, name="王伟").save()
    assert [scope.rows(Contact, user).exists() for user in (cast.ann, cast.eve)] == [True, False]


def test_a_module_that_is_off_shows_nothing_to_anybody(cast, party):
    with act("changed"):
        cast.firm.modules = ["people"]
        cast.firm.save()
    firm.know(None)
    assert not sees(cast.boss)


def test_before_a_policy_is_there_nobody_reaches_anything(cast, party, monkeypatch):
    monkeypatch.setattr(scope, "policy", scope.Policy())
    assert not sees(cast.boss)


def test_no_branch_is_nothing_and_never_everything(cast, party):
    assert not scope.rows(Party, cast.boss).filter(scope.union([])).exists()


def test_going_round_the_scope_needs_a_reason():
    with pytest.raises(ValueError, match="reason"):
        scope.system("")
