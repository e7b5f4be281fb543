from django.db import connection
from django.db.models import Q

from shuke.core.prepared import asked
from shuke.core.record import LIVE, RecordQuerySet
from shuke.core.walks import NEWEST, Sort, index_of, walk
from shuke.parties.models import Party

BY_NAME = Sort("name", "sort_key", False)


def test_a_branch_of_one_owner_goes_along_the_index_of_that_owner():
    assert index_of(Party, Q(owner=3) & ~Q(family__in=[2]), NEWEST) == "party_owner"
    assert index_of(Party, Q(owner=3), BY_NAME) == "party_owner_name"
    assert index_of(Party, Q(), BY_NAME) == "party_name"


def test_a_branch_that_an_index_might_not_hold_is_left_to_the_store():
    for branch in (Q(owner=3) | Q(family=2), ~Q(owner=3), Q(family__in=[2, 4])):
        assert index_of(Party, branch, BY_NAME) == ""


def test_a_walk_gives_the_first_rows_of_all_branches_in_order_and_each_once(cast):
    for name, owner in (("丙店", cast.ann), ("甲店", cast.ben), ("乙店", cast.ann), ("丁店", cast.eve)):
        Party(name=name, owner=owner).save()
    branches = [Q(owner=cast.ann.pk), Q(owner=cast.ben.pk), Q(name="丙店")]
    found = asked(*walk(RecordQuerySet(Party).filter(LIVE), branches, BY_NAME, 2))
    assert [Party._base_manager.get(pk=row[1]).name for row in found] == ["丙店", "甲店"]
    assert len(asked(*walk(RecordQuerySet(Party).filter(LIVE), branches, NEWEST, 9))) == 3


def test_a_person_of_a_department_walks_indexes_only(cast):
    if connection.vendor != "sqlite":
        return
    sql, params = walk(RecordQuerySet(Party).filter(LIVE, stage="new"), [Q(owner=1), Q(owner=2)], NEWEST, 51)
    with connection.cursor() as store:
        store.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        plan = " ".join(row[3] for row in store.fetchall())
    assert plan.count("USING INDEX party_owner (owner_id=?)") == 2
