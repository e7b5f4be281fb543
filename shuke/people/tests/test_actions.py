"""What is done with people: set-up, links, switching off, roles, departments."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from shuke.core import act, scope
from shuke.core.models import Entry, Firm
from shuke.core.record import Refused
from shuke.people import actions
from shuke.people.models import Department, Invitation, Member, Role, Session, User
from shuke.people.testing import department

pytestmark = pytest.mark.django_db
GOOD = "correct horse 9"
system = scope.system("tests look at the rows")


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def keys_of(user):
    return [role.key for role in user.roles]


def set_up(**said):
    told = {"login": "138 0013 8000", "password": GOOD, "name": "老陈"} | said
    return actions.set_up("华信建材", **told)


def a_session(user):
    return Session.objects.create(
        session_key=f"of {user}", session_data="", expire_date=timezone.now() + timedelta(days=1), user=user
    )


def test_set_up_makes_the_firm_its_roles_and_its_owner():
    owner = set_up()
    assert keys_of(owner) == ["owner"]
    assert owner.login == "13800138000"
    assert owner.check_password(GOOD)
    assert [role.name for role in system.rows(Role).order_by("position")] == ["老板", "主管", "销售", "客服", "内勤"]
    assert system.rows(Firm).get().modules == ["parties", "people"]
    assert scope.policy.reach(owner, "parties", "delete") == "all"


def test_a_firm_is_set_up_once():
    set_up()
    with pytest.raises(Refused):
        set_up(login="another")
    assert system.rows(User).count() == 1


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short 9", "Please choose at least ten characters."),
        ("1234567890", "Many people use this password. Please choose another one."),
        ("13800138000", "This is too much like your name or number. Please choose another password."),
    ],
)
def test_a_weak_password_sets_nothing_up_and_is_told_why(password, sentence):
    with pytest.raises(Refused) as refused:
        set_up(password=password)
    assert refused.value.sentence == sentence
    assert not system.rows(Firm).exists()


def test_a_link_to_join_works_once(cast):
    token = actions.invite(cast.ann)
    actions.join(token, GOOD)
    assert system.rows(User).get(pk=cast.ann.pk).check_password(GOOD)
    with pytest.raises(Refused):
        actions.join(token, "another password 1")
    assert not system.rows(User).get(pk=cast.ann.pk).check_password("another password 1")


def test_a_weak_password_leaves_the_link_as_it_was(cast):
    token = actions.invite(cast.ann)
    with pytest.raises(Refused):
        actions.join(token, "short")
    assert actions.join(token, GOOD) == cast.ann


@pytest.mark.parametrize(("purpose", "valid"), [("join", timedelta(hours=24)), ("reset", timedelta(minutes=30))])
def test_a_link_ends_by_itself(cast, purpose, valid):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = actions.new_link(cast.ann, purpose)
        clock.shift(valid - timedelta(seconds=1))
        assert actions.invitation(token).user == cast.ann
        clock.shift(1)
        with pytest.raises(Refused):
            actions.join(token, GOOD)


def test_a_new_link_ends_the_one_before(cast):
    first, second = actions.invite(cast.ann), actions.invite(cast.ann)
    with pytest.raises(Refused):
        actions.invitation(first)
    assert actions.invitation(second).user == cast.ann


def test_no_token_is_in_the_store_or_the_journal(cast):
    token = actions.invite(cast.ann)
    assert token not in str(list(Invitation._base_manager.values()))
    assert actions.digest(token) not in str(list(Entry.objects.values_list("changes", flat=True)))


def test_the_journal_tells_that_a_password_changed_and_not_which(cast):
    actions.join(actions.invite(cast.ann), GOOD)
    entry = Entry.objects.filter(kind="people.user", record=cast.ann.pk, verb="joined").get()
    assert entry.changes == {"password": [None, None]}
    assert entry.batch.actor == cast.ann


def test_a_new_password_ends_all_sessions(cast):
    a_session(cast.ann)
    a_session(cast.eve)
    actions.join(actions.new_link(cast.ann, "reset"), GOOD)
    assert [session.user for session in Session.objects.all()] == [cast.eve]


def test_one_changes_his_password_only_by_the_present_one(cast):
    actions.join(actions.invite(cast.ann), GOOD)
    ann = system.rows(User).get(pk=cast.ann.pk)
    with pytest.raises(Refused):
        actions.change_password(ann, old="wrong wrong", new="another password 1")
    actions.change_password(ann, old=GOOD, new="another password 1")
    assert system.rows(User).get(pk=ann.pk).check_password("another password 1")


def test_who_is_switched_off_is_out_at_once_and_keeps_what_is_his(cast):
    a_session(cast.ann)
    token = actions.invite(cast.ann)
    actions.switch_off(cast.ann)
    assert not Session.objects.filter(user=cast.ann).exists()
    assert keys_of(cast.ann) == ["sales"]
    with pytest.raises(Refused):
        actions.join(token, GOOD)
    actions.switch_on(cast.ann)
    assert system.rows(User).get(pk=cast.ann.pk).is_active


def test_the_last_owner_stays(cast):
    with act.acting(cast.boss.pk, "web"):
        with pytest.raises(Refused, match="At least one owner"):
            actions.switch_off(cast.boss)
        with pytest.raises(Refused, match="At least one owner"):
            actions.take_role(cast.boss, role=cast.roles["owner"])
    assert keys_of(cast.boss) == ["owner"]
    assert system.rows(User).get(pk=cast.boss.pk).is_active


def test_an_owner_who_is_switched_off_does_not_count_as_one(cast):
    other = cast.person("other", "owner")
    actions.switch_off(other)
    with pytest.raises(Refused, match="At least one owner"):
        actions.switch_off(system.rows(User).get(pk=cast.boss.pk))


def test_with_two_owners_one_may_go(cast):
    other = cast.person("other", "owner")
    with act.acting(other.pk, "web"):
        actions.take_role(cast.boss, role=cast.roles["owner"])
    assert keys_of(cast.boss) == []


def test_nobody_changes_his_own_roles(cast):
    cast.person("other", "owner")
    with act.acting(cast.boss.pk, "web"):
        with pytest.raises(Refused, match="own roles"):
            actions.give_role(cast.boss, role=cast.roles["sales"])
        with pytest.raises(Refused, match="own roles"):
            actions.take_role(cast.boss, role=cast.roles["owner"])
        actions.give_role(cast.ann, role=cast.roles["office"])
    assert keys_of(cast.boss) == ["owner"]
    assert keys_of(cast.ann) == ["sales", "office"]


def test_a_role_is_held_once_and_can_be_given_again(cast):
    actions.give_role(cast.ann, role=cast.roles["sales"])
    assert system.rows(Member).live().filter(user=cast.ann).count() == 1
    actions.take_role(cast.ann, role=cast.roles["sales"])
    actions.give_role(cast.ann, role=cast.roles["sales"])
    assert keys_of(cast.ann) == ["sales"]


def test_a_role_that_somebody_holds_is_not_deleted(cast):
    with pytest.raises(Refused):
        cast.roles["sales"].delete()


def test_colleagues_are_not_deleted(cast):
    with pytest.raises(Refused, match="switch"):
        cast.ann.delete()
    assert system.rows(User).get(pk=cast.ann.pk).is_live


def test_moving_to_a_department_is_on_record(cast):
    actions.move_to_department(cast.ann, department=cast.second)
    entry = Entry.objects.filter(kind="people.user", record=cast.ann.pk).latest("pk")
    assert (entry.verb, entry.changes) == ("move_to_department", {"department": [cast.first.pk, cast.second.pk]})


def test_signing_out_everywhere_ends_every_session_of_one_person(cast):
    a_session(cast.ann)
    a_session(cast.eve)
    assert actions.sign_out_everywhere(cast.ann) == 1
    assert [session.user for session in Session.objects.all()] == [cast.eve]


@pytest.mark.parametrize("typed", ["138 0013 8001", "+86 13800138001", "１３８００１３８００１"])
def test_one_number_is_one_login_however_it_is_typed(cast, typed):
    cast.person("13800138001")
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.person(typed)


def test_a_department_is_never_a_part_of_itself(cast):
    below = department("一部一组", parent=cast.first)
    cast.first.parent = below
    with pytest.raises(Refused):
        cast.first.save()
    assert system.rows(Department).get(pk=cast.first.pk).parent is None


def test_a_department_with_people_is_not_deleted(cast):
    with pytest.raises(Refused):
        cast.first.delete()
