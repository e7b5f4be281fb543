"""Whoever gets a customer hears of it, and of nothing that he did himself."""

from shuke.core.act import acting
from shuke.notices.models import Notice
from shuke.parties import actions
from shuke.parties.models import Party
from shuke.people import actions as people


def told():
    return sorted(Notice.objects.values_list("user__login", "text", "url"))


def test_who_gets_a_customer_from_a_colleague_hears_of_it(cast):
    party = Party(name="福来酒家", owner=cast.ann)
    party.save()
    with acting(cast.ben.pk, "web"):
        actions.give_owner(party, to=cast.eve)
    assert told() == [("eve", "“福来酒家” is yours now.", f"/parties/{party.pk}/")]


def test_who_takes_a_customer_himself_knows(cast):
    party = Party(name="福来酒家", owner=cast.ann)
    party.save()
    with acting(cast.ben.pk, "web"):
        actions.give_owner(party, to=cast.ben)
    assert told() == []


def test_who_takes_over_from_a_leaver_hears_of_it(cast):
    Party(name="福来酒家", owner=cast.ann).save()
    with acting(cast.boss.pk, "web"):
        people.hand_over(cast.ann, to=[cast.eve, cast.boss], leaves=True)
    assert [(login, text) for login, text, _url in told()] == [("eve", "What Ann looked after was handed over to you.")]
