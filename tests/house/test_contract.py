"""The contract, for every registered kind at every door: nobody adds a kind to a list to have it tested."""

from __future__ import annotations

import pytest

from shuke.core import kind as kinds
from shuke.core.kind import Kind
from tests.house import contract
from tests.house.contract import READS, WRITES, Door, House

pytestmark = pytest.mark.django_db
KINDS = kinds.every()
FORMED = [kind for kind in KINDS if kind.form]
DOORS = ["web", "api"]


def at(doors: list[Door]) -> pytest.MarkDecorator:
    """Every kind with every door that it has."""
    pairs = [(kind, door) for kind in KINDS for door in doors if door.when(kind)]
    return pytest.mark.parametrize(("kind", "door"), pairs, ids=[f"{kind.path}-{door.name}" for kind, door in pairs])


def of(chosen: list[Kind]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", chosen, ids=lambda kind: kind.path)


@at(READS)
def test_what_is_out_of_scope_is_read_at_no_door(house: House, kind: Kind, door: Door):
    contract.check_read(house, kind, door)


@at(WRITES)
def test_what_is_out_of_scope_is_written_at_no_door(house: House, kind: Kind, door: Door):
    contract.check_write(house, kind, door)


@of(KINDS)
def test_what_is_out_of_scope_is_not_counted(house: House, kind: Kind):
    contract.check_counts(house, kind)


@of([kind for kind in KINDS if kind.root])
def test_a_narrower_scope_holds_on_the_timeline_of_the_page_above(house: House, kind: Kind):
    contract.check_timeline(house, kind)


RELATIONS = [(kind, name) for kind in KINDS for name in contract.relations(kind)]


@pytest.mark.parametrize(("kind", "name"), RELATIONS, ids=[f"{kind.path}-{name}" for kind, name in RELATIONS])
def test_a_relation_to_what_is_out_of_scope_names_nothing(house: House, kind: Kind, name: str):
    related = kind.model._meta.get_field(name).related_model.kind
    if not house.goes_by_owner(related) or not house.goes_by_owner(kind):
        pytest.skip("everybody who sees the one sees the other")
    contract.check_relation(house, kind, name)


POINTING = [(kind, name) for kind in FORMED for name in contract.pointing(kind)]


@pytest.mark.parametrize(("kind", "name"), POINTING, ids=[f"{kind.path}-{name}" for kind, name in POINTING])
def test_a_relation_to_what_is_out_of_scope_is_kept_and_sent_nowhere(house: House, kind: Kind, name: str):
    contract.check_unseen(house, kind, name)


@pytest.mark.parametrize("door", DOORS)
@of(KINDS)
def test_every_act_is_on_record(house: House, kind: Kind, door: str):
    contract.check_journal(house, kind, door)


@of(KINDS)
def test_every_act_can_be_undone(house: House, kind: Kind):
    contract.check_undo(house, kind)


@of(FORMED)
def test_edits_that_meet_lose_nothing(house: House, kind: Kind):
    contract.check_versions(house, kind)


@pytest.mark.parametrize("door", DOORS)
@of(FORMED)
def test_what_is_sent_twice_is_done_once(house: House, kind: Kind, door: str):
    contract.check_idempotency(house, kind, door)


@of(FORMED)
def test_a_field_of_the_firms_own_is_everywhere(house: House, kind: Kind):
    contract.check_custom_fields(house, kind)


@of(KINDS)
def test_statements_do_not_grow_with_the_rows(house: House, kind: Kind):
    contract.check_statements(house, kind)


@pytest.mark.parametrize("level", ["hidden", "masked"])
@of(KINDS)
def test_field_rights_hold_at_every_door(house: House, kind: Kind, level: str):
    contract.check_field_rights(house, kind, level)
