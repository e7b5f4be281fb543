"""Edits that meet: what only one changed is kept, what both changed is asked."""

import pytest

from shuke.core import edits
from shuke.core.models import CustomField
from shuke.parties.models import Party, Relation
from shuke.people.models import FieldRight


@pytest.fixture
def two(cast):
    """The same party as read by two people."""
    party = Party(name="顺德家具", note="", owner=cast.ann)
    party.save()
    return party, Party._base_manager.get(pk=party.pk)


def save(party, **values):
    for name, value in values.items():
        setattr(party, name, value)
    party.save()


def later(mine, **values):
    """Conflicts of an edit made on version 1, as a form brings it: every field as it was opened."""
    opened = Party._base_manager.get(pk=mine.pk)
    for name, value in values.items():
        setattr(opened, name, value)
    return edits.merge(opened, 1), opened


def test_what_each_changed_alone_is_merged(two):
    save(two[0], name="恒达")
    conflicts, merged = later(two[1], name="顺德家具", note="电话")
    assert (conflicts, merged.name, merged.note) == ([], "恒达", "电话")


def test_what_both_changed_is_a_conflict_with_both_values(two):
    save(two[0], name="恒达")
    (conflict,), _merged = later(two[1], name="华信")
    assert (conflict.name, conflict.theirs, conflict.yours) == ("name", "恒达", "华信")


def test_the_same_change_twice_is_none(two):
    save(two[0], name="恒达")
    assert later(two[1], name="恒达")[0] == []


def test_several_saves_since_count_from_what_was_read(two):
    save(two[0], name="一")
    save(two[0], name="二")
    assert edits.meanwhile(two[0], 1) == {"name": "顺德家具"}


def test_amounts_and_lists_are_compared_as_they_are_stored(two):
    save(two[0], debt="12.5", tags=["重点"])
    conflicts, merged = later(two[1], debt="0", tags=[], note="x")
    assert (conflicts, str(merged.debt), merged.tags) == ([], "12.50", ["重点"])


def test_a_value_is_shown_within_rights_and_scope(cast):
    far, mine = Party(name="远方", owner=cast.eve, debt="9.50"), Party(name="近处", owner=cast.ann)
    far.save()
    mine.save()
    relation = Relation(party=mine, other=far, type="referred")
    relation.save()
    assert "远方" in edits.shown(relation, "other", far.pk, cast.boss)
    assert "远方" not in edits.shown(relation, "other", far.pk, cast.ann)
    assert edits.shown(far, "debt", "9.50", cast.boss) == "9.50"
    assert edits.shown(far, "debt", "9.50", cast.kim) == ""


def test_custom_fields_are_shown_within_rights(cast):
    CustomField(on="parties", key="deposit", name="押金", type="money").save()
    CustomField(on="parties", key="area", name="面积", type="number", position=1).save()
    FieldRight(role=cast.roles["service"], on="parties", field="x_deposit", level="hidden").save()
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    extra = {"deposit": "8.00", "area": 99}
    assert edits.shown(party, "extra", extra, cast.boss) == "押金: 8.00、面积: 99"
    assert edits.shown(party, "extra", extra, cast.kim) == "面积: 99"
