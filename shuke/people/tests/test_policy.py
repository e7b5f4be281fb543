"""The sentences of the default roles, as far as reach, field and department can say them."""

from types import SimpleNamespace

import pytest
from django.db.models import Q

from shuke.core import firm, scope
from shuke.core.record import Owned
from shuke.people import ready
from shuke.people.models import FieldRight, Grant, Member
from shuke.people.policy import LEVELS, REACHES
from shuke.people.testing import Cast, department

pytestmark = pytest.mark.django_db

TABLE = """
parties          view    all department own  all  all
parties          create  all department own  all  all
parties          change  all department own  all  all
parties          delete  all department none none none
parties:supplier view    all all        none none all
parties:supplier change  all none       none none all
parties:other    view    all all        all  all  all
parties:other    change  all all        own  none none
follow-ups       view    all department own  all  all
follow-ups       change  all own        own  own  own
tasks            assign  all all        all  all  all
deals            delete  all department none none none
products         change  all none       none none all
quotes           view    all department own  none all
orders           change  all department own  none all
contracts        change  all none       none none all
contracts        void    all none       none none none
receivables      view    all department own  none all
payments         change  all none       none none all
payments         report  all none       own  none all
purchase-orders  view    all none       none none all
cases            change  all department own  all  none
parties          give_owner all department own none none
parties          hand_over all department none none none
parties          merge   all department own  none none
parties          erase   all none       none none none
parties          import  all department own  own  all
parties          export  all department none none none
payments         export  all department none none all
parties          undo    all department own  own  own
parties          bulk_delete all none   none none none
people           view    all all        all  all  all
people           change  all none       none none none
people           invite  all none       none none none
departments      change  all none       none none none
roles            view    all none       none none none
"""


def test_the_five_roles_reach_what_the_table_says(cast):
    table = [line.split() for line in TABLE.strip().splitlines()]
    people = (cast.boss, cast.ben, cast.ann, cast.kim, cast.lou)
    assert [[path, verb, *(scope.policy.reach(one, path, verb) for one in people)] for path, verb, *_reaches in table] == table


def test_every_ready_grant_and_field_right_is_a_known_reach_or_level():
    roles = ready.roles()
    assert [role.key for role in roles] == ["owner", "head", "sales", "service", "office"]
    assert {reach for role in roles for reach in {**role.grants, **role.peers}.values()} <= set(REACHES)
    assert {level for role in roles for level in role.fields.values()} <= set(LEVELS)


def test_a_person_without_a_role_reaches_nothing(cast):
    assert scope.policy.reach(cast.nobody, "parties", "view") == "none"
    assert scope.policy.reach(cast.nobody, "people", "view") == "none"


def test_salespeople_see_each_other_when_the_firm_said_so():
    cast = Cast(peers_see=True)
    assert scope.policy.reach(cast.ann, "parties", "view") == "all"
    assert scope.policy.reach(cast.ann, "parties", "change") == "own"


def test_rights_of_several_roles_add_up_and_what_none_allows_stays_shut(cast):
    both = cast.person("both", "sales", "office")
    assert scope.policy.reach(both, "payments", "change") == "all"
    assert scope.policy.reach(both, "parties", "give_owner") == "own"
    assert scope.policy.reach(both, "parties", "export") == "none"


def test_a_verb_that_nobody_listed_follows_change(cast):
    assert scope.policy.reach(cast.ann, "parties", "add_tag") == "own"
    assert scope.policy.reach(cast.kim, "parties", "add_tag") == "all"
    assert scope.policy.reach(cast.lou, "campaigns", "add_tag") == "none"


def test_what_names_the_path_counts_before_what_names_every_path(cast):
    Grant(role=cast.roles["owner"], on="parties", verb="export", reach="none").save()
    assert scope.policy.reach(cast.boss, "parties", "export") == "none"
    assert scope.policy.reach(cast.boss, "deals", "export") == "all"


def test_the_office_sees_no_birthday_but_who_also_sells_does(cast):
    both = cast.person("both", "sales", "office")
    assert scope.policy.levels(cast.lou, "parties")["birthday"] == "hidden"
    assert "birthday" not in scope.policy.levels(both, "parties")
    assert scope.policy.levels(both, "parties")["tier"] == "read"


def test_service_sees_no_amount_of_a_debt(cast):
    assert {scope.policy.levels(cast.kim, "parties")[name] for name in ("debt", "credit", "pay_days")} == {"hidden"}


def test_a_role_that_sees_no_such_records_opens_none_of_their_fields(cast):
    FieldRight(role=cast.roles["head"], on="quotes", field="cost", level="hidden").save()
    both = cast.person("both", "head", "service")
    assert scope.policy.reach(cast.kim, "quotes", "view") == "none"
    assert scope.policy.levels(both, "quotes") == {"cost": "hidden"}


def test_a_head_has_his_department_and_those_below_under_him(cast):
    below = department("一部一组", parent=cast.first)
    dan = cast.person("dan", "sales", department=below)
    assert scope.policy.colleagues(cast.ben) == {cast.ben.pk, cast.ann.pk, dan.pk}
    assert scope.policy.colleagues(dan) == {dan.pk}
    assert scope.policy.colleagues(cast.kim) == {cast.kim.pk}


def owners_seen(user):
    """Whose records of a kind with an owner `user` sees: the branches of the core, without shares."""
    branches = scope.branches_by_owner(SimpleNamespace(path="parties", model=Owned), user, "view")
    return [dict(branch.children).get("owner") for branch in branches if isinstance(branch, Q) and branch.children]


def test_moving_a_person_moves_what_the_heads_see(cast):
    assert cast.ann.pk in owners_seen(cast.ben)
    cast.ann.department = cast.second
    cast.ann.save()
    assert cast.ann.pk not in owners_seen(cast.ben)
    assert owners_seen(cast.eve) == [cast.eve.pk, None]


def test_who_is_switched_off_reaches_nothing_and_keeps_his_name(cast):
    cast.ann.is_active = False
    cast.ann.save()
    assert scope.policy.reach(cast.ann, "parties", "view") == "none"
    assert scope.policy.names()[cast.ann.pk] == "Ann"
    assert cast.ann.pk in scope.policy.colleagues(cast.ben)


def test_asking_costs_no_statement_until_a_right_changes(cast, django_assert_num_queries):
    scope.policy.reach(cast.ann, "parties", "view")
    with django_assert_num_queries(0):
        assert scope.policy.reach(cast.eve, "deals", "change") == "own"
        assert scope.policy.levels(cast.eve, "parties")
        assert scope.policy.colleagues(cast.ben)
        assert scope.policy.names()
    Member(user=cast.nobody, role=cast.roles["service"]).save()
    firm.know(None)
    assert scope.policy.reach(cast.nobody, "parties", "view") == "all"
