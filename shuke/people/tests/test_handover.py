"""A colleague leaves, the customers stay: everything is handed over, in turns, and one undo brings it back."""

import pytest
from django.utils import timezone

from shuke.core import scope, undo
from shuke.core.act import acting
from shuke.core.models import Batch, Job
from shuke.core.record import Refused, create_many
from shuke.parties.models import Contact, Party
from shuke.people import actions, handover
from shuke.people.models import Session
from shuke.people.testing import drain

system = scope.system("test")


@pytest.fixture
def hers(cast):
    """Seven customers of Ann's, one of Eve's."""
    found = create_many([Party(name=f"客户{n}", owner=cast.ann) for n in range(7)])
    Contact(party=found[0], name="王芳").save()
    Party(name="别人的", owner=cast.eve).save()
    return found


def owners():
    return dict(system.rows(Party).live().order_by("pk").values_list("name", "owner__login"))


def test_everything_goes_to_the_one_who_takes_over(cast, hers):
    with acting(cast.boss.pk, "web"):
        actions.hand_over(cast.ann, to=[cast.ben])
    assert owners() == {**{f"客户{n}": "ben" for n in range(7)}, "别人的": "eve"}
    assert list(scope.rows(Party, cast.ann)) == [] and scope.rows(Contact, cast.ben).count() == 1


def test_several_take_turns(cast, hers):
    with acting(cast.boss.pk, "web"):
        actions.hand_over(cast.ann, to=[cast.ben, cast.eve])
    assert [owners()[f"客户{n}"] for n in range(7)] == ["ben", "eve"] * 3 + ["ben"]


def test_who_leaves_is_signed_out_in_the_same_act_and_one_undo_takes_all_of_it_back(cast, hers, signed_in):
    signed_in(cast.ann)
    with acting(cast.boss.pk, "web"):
        actions.hand_over(cast.ann, to=[cast.eve], leaves=True)
    cast.ann.refresh_from_db()
    assert not cast.ann.is_active and not Session.objects.filter(user=cast.ann).exists()
    batch = Batch.objects.get(verb="hand_over")
    with acting(cast.boss.pk, "web"):
        undo.carry_out(undo.plan(batch, cast.boss), {})
    cast.ann.refresh_from_db()
    assert cast.ann.is_active and owners() == {**{f"客户{n}": "ann" for n in range(7)}, "别人的": "eve"}


@pytest.fixture
def many(hers, monkeypatch):
    """Seven are more than go at once."""
    monkeypatch.setattr(handover, "AT_ONCE", 3)
    monkeypatch.setattr(handover, "STEP", 2)
    return hers


def test_many_go_behind_the_page_as_the_same_batch(cast, many, signed_in):
    said = {"to": [cast.ben.pk, cast.eve.pk], "leaves": "on", "version": cast.ann.version, "_key": "once"}
    answer = signed_in(cast.boss).post(f"/people/{cast.ann.pk}/do/hand_over/", said)
    assert answer.status_code == 302 and set(owners().values()) == {"ann", "eve"}
    assert drain() == 1
    assert [owners()[f"客户{n}"] for n in range(7)] == ["ben", "eve"] * 3 + ["ben"]
    batch = Batch.objects.get(verb="hand_over")
    assert batch.count == 8 and batch.actor == cast.boss


def test_a_hand_over_that_was_cut_short_goes_on_where_it_stood(cast, many, monkeypatch):
    with acting(cast.boss.pk, "web"):
        actions.hand_over(cast.ann, to=[cast.ben])
    own, steps = handover.step, []

    def dies(*said, **how):
        steps.append(said)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return own(*said, **how)

    monkeypatch.setattr(handover, "step", dies)
    with pytest.raises(KeyboardInterrupt):
        drain()
    assert list(owners().values()).count("ben") == 4
    Job.objects.filter(state="running").update(lease=timezone.now())  # nobody renews what a dead worker held
    assert drain() == 1 and list(owners().values()).count("ben") == 7


def test_what_is_still_under_way_is_not_undone(cast, many):
    with acting(cast.boss.pk, "web"):
        actions.hand_over(cast.ann, to=[cast.ben])
        batch = Batch.objects.get(verb="hand_over")
        with pytest.raises(Refused, match="还没做完"):
            undo.plan(batch, cast.boss)
    drain()
    with acting(cast.boss.pk, "web"):
        undo.carry_out(undo.plan(batch, cast.boss), {})
    assert list(owners().values()).count("ann") == 7


def test_nobody_takes_over_from_himself_or_after_he_left(cast, hers):
    with acting(cast.boss.pk, "web"):
        actions.switch_off(cast.eve)
        for others in ([], [cast.ann], [cast.ben, cast.eve]):
            with pytest.raises(Refused):
                actions.hand_over(cast.ann, to=others)
        with pytest.raises(Refused, match="没有要交接"):
            actions.hand_over(cast.kim, to=[cast.ben])
    assert list(owners().values()).count("ann") == 7


def test_a_head_hands_over_in_his_department_and_salespeople_nowhere(cast, hers, signed_in):
    page = f"/people/{cast.ann.pk}/"
    assert "do/hand_over/" in signed_in(cast.ben).get(page).content.decode()
    assert f"/parties/?owner={cast.ann.pk}" in signed_in(cast.boss).get(page).content.decode()
    assert signed_in(cast.ben).get(f"{page}do/hand_over/").status_code == 200
    assert "leaves" not in signed_in(cast.ben).get(f"{page}do/hand_over/").content.decode()
    assert signed_in(cast.ben).get(f"/people/{cast.eve.pk}/do/hand_over/").status_code == 404
    assert signed_in(cast.ann).get(f"/people/{cast.ann.pk}/do/hand_over/").status_code == 404
    said = {"to": [cast.eve.pk], "version": cast.ann.version}
    assert signed_in(cast.ben).post(f"{page}do/hand_over/", said).status_code == 302
    assert list(owners().values()).count("eve") == 8


def test_a_record_tells_its_former_owners(cast, hers):
    with acting(cast.boss.pk, "web"):
        actions.hand_over(cast.ann, to=[cast.ben])
        actions.hand_over(cast.ben, to=[cast.eve])
    party = system.rows(Party).get(pk=hers[0].pk)
    told = [(before, after) for _entry, before, after in handover.former_owners(party)]
    assert told == [(cast.ben.pk, cast.eve.pk), (cast.ann.pk, cast.ben.pk)]
