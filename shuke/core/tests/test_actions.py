"""A verb: said once as a condition, the same in memory and in the store; run in one transaction."""

import pytest
from django.db.models import Q

from shuke.core import kind as kinds
from shuke.core import scope
from shuke.core.actions import action, holds
from shuke.core.models import Entry
from shuke.core.record import Refused
from shuke.parties.models import Party

every = scope.system("tests look behind the doors").rows


@action("Rename", when=~Q(name="恒达"))
def rename(party: Party, *, name: str) -> None:
    party.name = name
    party.save(verb="rename")
    if name == "禁":
        raise Refused("no")


@pytest.fixture
def party(cast):
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    return party


def test_a_verb_runs_and_is_told_by_its_name(party):
    rename(party, name="恒达")
    assert Entry.objects.filter(record=party.pk, kind="parties.party").last().verb == "rename"


def test_it_is_refused_where_it_does_not_fit_and_in_the_trash(party):
    rename(party, name="恒达")
    with pytest.raises(Refused):
        rename(party, name="华信")
    party.name = "华信"
    party.delete()
    with pytest.raises(Refused):
        rename(party, name="再来")


def test_a_refusal_leaves_nothing(party):
    with pytest.raises(Refused):
        rename(party, name="禁")
    assert every(Party).get(pk=party.pk).name == "顺德家具"


@pytest.mark.parametrize(
    "condition",
    [
        Q(),
        Q(name="顺德家具"),
        ~Q(name="顺德家具"),
        Q(name__in=["一", "顺德家具"]),
        Q(debt_on__isnull=True),
        Q(debt_on__isnull=False),
        Q(debt__gt=0) | Q(stage="new"),
        Q(debt__gte=0) & Q(debt__lt=1),
        ~(Q(stage="new") & Q(debt__lte=0)),
        Q(Q(stage="new"), ~Q(name="一"), owner__isnull=False),
    ],
    ids=str,
)
def test_a_condition_means_the_same_in_memory_and_in_the_store(party, condition):
    assert holds(condition, party) == every(Party).filter(condition, pk=party.pk).exists()


@pytest.mark.parametrize(
    ("kind", "verb"),
    [(kind, verb) for kind in kinds.every() for verb in kind.actions],
    ids=lambda one: getattr(one, "name", getattr(one, "path", "")),
)
def test_the_condition_of_every_verb_can_be_asked_of_the_store(cast, kind, verb):
    for record in every(kind.model).filter(verb.when)[:5]:
        assert holds(verb.when, record)
