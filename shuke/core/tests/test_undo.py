"""A batch goes back field by field; what was changed again is asked about, what one may not change is refused."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import scope, undo
from shuke.core.act import act, acting
from shuke.core.hooks import on
from shuke.core.models import Batch, Entry, Job
from shuke.core.record import Refused, create_many
from shuke.parties.models import Contact, InvoiceTitle, Party
from shuke.people.models import Department, FieldRight, Grant, Member, User
from shuke.people.testing import Cast, drain

every = scope.system("tests look behind the doors").rows


@pytest.fixture
def party(cast):
    party = Party(name="顺德家具", owner=cast.boss)
    with acting(cast.boss.pk, "web"):
        party.save()
        yield party


def changed(party, **values):
    for name, value in values.items():
        setattr(party, name, value)
    party.save()
    return Batch.objects.latest("pk")


def back(batch, user, **choices):
    return undo.carry_out(undo.plan(batch, user), choices)


def now(record):
    return type(record)._base_manager.get(pk=record.pk)


def test_values_of_every_type_go_back(cast, party):
    batch = changed(party, name="恒达", debt="12.50", tags=["重点"], debt_on="2026-03-02", is_organisation=False, owner=cast.ann)
    back(batch, cast.boss)
    held = now(party)
    assert (held.name, held.debt, held.tags, held.debt_on, held.is_organisation) == ("顺德家具", 0, [], None, True)
    assert (held.owner, held.version) == (cast.boss, 3)


def test_of_several_changes_of_a_field_in_a_batch_the_oldest_value_counts(cast, party):
    with act("changed") as unit:
        changed(party, note="一")
        changed(party, note="二")
    back(Batch.objects.get(pk=unit.batch), cast.boss)
    assert now(party).note == ""


def test_a_field_changed_again_since_stays_unless_it_is_chosen(cast, party):
    batch = changed(party, name="一改", note="一改")
    changed(party, name="二改")
    (conflict,) = undo.plan(batch, cast.boss).conflicts
    assert conflict.field == "name"
    back(batch, cast.boss)
    assert (now(party).name, now(party).note) == ("二改", "")


def test_the_undoing_is_undone_like_any_act(cast, party):
    batch = changed(party, name="恒达")
    again = back(batch, cast.boss)
    back(Batch.objects.get(pk=again.batch), cast.boss)
    assert now(party).name == "恒达"


def test_what_was_made_goes_to_the_trash_parts_first(cast):
    with acting(cast.boss.pk, "web"), act("created") as unit:
        party = Party(name="恒达", owner=cast.boss)
        party.save()
        Contact(party=party, name="王伟").save()
    back(Batch.objects.get(pk=unit.batch), cast.boss)
    assert not every(Party).live().exists() and not every(Contact).live().exists()


def test_nobody_undoes_what_he_may_not_change(cast, party):
    batch = changed(party, name="恒达")
    with pytest.raises(undo.Beyond):
        undo.plan(batch, cast.ann)


def test_what_is_removed_for_good_is_named(cast, party):
    batch = changed(party, name="恒达")
    Entry.objects.filter(batch=batch).update(record=2**40)
    plan = undo.plan(batch, cast.boss)
    assert len(plan.cannot) == 1 and not plan.records


def test_a_value_that_was_taken_meanwhile_is_refused_with_a_sentence(cast, party):
    title = InvoiceTitle(party=party, title="华信")
    title.save()
    batch = changed(title, title="恒达")
    InvoiceTitle(party=party, title="华信").save()
    with pytest.raises(Refused):
        back(batch, cast.boss)
    assert now(title).title == "恒达"


def test_no_reaction_runs(cast, party):
    batch, seen = changed(party, name="恒达"), []
    on("parties.party", "undone")(seen.append)
    back(batch, cast.boss)
    assert now(party).name == "顺德家具" and seen == []


def test_a_long_batch_goes_back_in_steps_as_a_job(cast, monkeypatch):
    monkeypatch.setattr(undo, "LONG", 10)
    monkeypatch.setattr(undo, "STEP", 4)
    monkeypatch.setattr(undo, "PAUSE", 0)
    with acting(cast.boss.pk, "web"):
        create_many([Party(name=f"{n}号", owner=cast.boss) for n in range(11)])
        undo.begin(Batch.objects.latest("pk"), cast.boss)
    assert every(Party).live().count() == 11
    assert drain() == 1
    assert not every(Party).live().exists()


def test_a_long_undo_leaves_what_never_goes_to_the_trash(cast, monkeypatch):
    monkeypatch.setattr(undo, "LONG", 1)
    monkeypatch.setattr(undo, "PAUSE", 0)
    with acting(cast.boss.pk, "web"), act("imported", kind="people.user") as unit:
        new = [*create_many([User(name=name, login=name) for name in ("zoe", "zac")]), *create_many([Department(name="三部")])]
    undo.begin(Batch.objects.get(pk=unit.batch), cast.boss)
    assert drain() == 1
    assert [now(record).is_live for record in new] == [True, True, False]
    assert Job.objects.get().result == {"kept": 2}


def test_an_act_on_what_has_no_kind_is_looked_at_by_who_did_it_alone(cast, signed_in):
    with acting(cast.boss.pk, "web"):
        batch = changed(cast.firm, name="恒信建材")
    assert [signed_in(user).get(f"/undo/{batch.pk}/").status_code for user in (cast.boss, cast.ann)] == [200, 404]


LONG = pytest.mark.parametrize("long", [0, 200])  # the page undoes at once, or a job does


@pytest.fixture
def hers(cast):
    """A customer of Ann, whose department Ben heads."""
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    return party


def done_by(user, do, *said, **values):
    """The batch of what `user` did."""
    with acting(user.pk, "web"), act("changed", kind="parties.party") as unit:
        do(*said, **values)
    return Batch.objects.get(pk=unit.batch)


def answers(signed_in, batch, *users):
    """What each of them is answered who undoes it; 404: it is not there for him."""
    return [signed_in(user).post(f"/undo/{batch.pk}/").status_code for user in users]


def is_offered(browser, batch, page):
    return f'action="/undo/{batch.pk}/"' in browser.get(page).content.decode()


@LONG
def test_what_others_did_is_undone_by_who_heads_them_and_by_the_owner_alone(cast, signed_in, monkeypatch, hers, long):
    monkeypatch.setattr(undo, "LONG", long)
    batch = done_by(cast.ann, changed, hers, note="一")
    assert answers(signed_in, batch, cast.nobody, cast.eve, cast.kim, cast.lou, cast.ben) == [404, 404, 404, 404, 302]
    later = done_by(cast.boss, changed, now(hers), email="a@b.cn")
    assert answers(signed_in, later, cast.ann, cast.kim, cast.lou, cast.ben, cast.boss) == [404, 404, 404, 404, 302]


def test_what_one_did_oneself_one_undoes_for_thirty_days(cast, signed_in, hers):
    batch, page = done_by(cast.kim, changed, hers, note="一"), f"/parties/{hers.pk}/history/"
    assert [is_offered(signed_in(user), batch, page) for user in (cast.kim, cast.lou)] == [True, False]
    Batch.objects.filter(pk=batch.pk).update(at=timezone.now() - undo.OWN)
    assert not is_offered(signed_in(cast.kim), batch, page)
    assert answers(signed_in, batch, cast.kim, cast.boss) == [404, 302]


@LONG
@pytest.mark.parametrize("values", [{"debt": "12.50"}, {"extra": {"shoe": 4}}], ids=str)
def test_a_field_that_one_may_not_write_goes_back_for_who_wrote_it(cast, signed_in, monkeypatch, hers, long, values):
    FieldRight(role=cast.roles["head"], on="parties", field="x_shoe", level="read").save()
    monkeypatch.setattr(undo, "LONG", long)
    batch = done_by(cast.ann, changed, hers, **values)
    assert not is_offered(signed_in(cast.ben), batch, f"/parties/{hers.pk}/history/")
    assert answers(signed_in, batch, cast.ben, cast.ann) == [404, 302]


@LONG
def test_a_record_and_its_parts_come_back_for_who_reaches_it_by_department(cast, signed_in, monkeypatch, hers, long):
    monkeypatch.setattr(undo, "LONG", long)
    contact = Contact(party=hers, name="王伟")
    contact.save()
    batch = done_by(cast.ben, hers.delete)
    assert answers(signed_in, batch, cast.lou, cast.ann, cast.ben) == [404, 404, 302]
    drain()
    assert now(hers).is_live and now(contact).is_live


@LONG
@pytest.mark.parametrize("verb", ["created", "deleted"])
def test_what_others_made_or_deleted_goes_back_for_who_may_delete(cast, signed_in, monkeypatch, hers, long, verb):
    monkeypatch.setattr(undo, "LONG", long)
    party = Party(name="恒达", owner=cast.ann)
    batch = done_by(cast.ann, party.save)
    batch = batch if verb == "created" else done_by(cast.ann, party.delete)
    delete = every(Grant).get(role=cast.roles["head"], on="parties", verb="delete")
    delete.reach = "none"
    delete.save()
    if verb == "created":
        assert not is_offered(signed_in(cast.ben), batch, f"/parties/{party.pk}/history/")
    assert answers(signed_in, batch, cast.ben) == [404]
    delete.reach = "own"  # some, and not this one
    delete.save()
    assert answers(signed_in, batch, cast.ben) == [404]
    delete.reach = "department"
    delete.save()
    assert answers(signed_in, batch, cast.ben) == [302]


def test_a_role_that_was_given_is_taken_back_by_one_undo_but_never_the_last_owners(cast, signed_in):
    browser = signed_in(cast.boss)
    given = browser.post(f"/people/{cast.ann.pk}/do/give_role/", {"role": cast.roles["office"].pk}, follow=True)
    batch = Batch.objects.latest("pk")
    assert (batch.verb, given.status_code) == ("give_role", 200) and f"/undo/{batch.pk}/" in given.content.decode()
    assert browser.post(f"/undo/{batch.pk}/").status_code == 302
    assert every(Member).live().filter(user=cast.ann).count() == 1
    made = Batch.objects.get(verb="set_up")
    refused = browser.post(f"/undo/{made.pk}/", {"asked": "1"})
    assert refused.status_code in (404, 422) and every(Member).live().filter(user=cast.boss).exists()


@pytest.mark.parametrize("reach", ["own", "none"])
def test_after_an_act_the_way_back_is_offered_to_who_has_it(cast, signed_in, hers, reach):
    undoing = every(Grant).get(role=cast.roles["sales"], on="*", verb="undo")
    undoing.reach = reach
    undoing.save()
    answer = signed_in(cast.ann).post(f"/parties/{hers.pk}/do/add_tag/", {"tag": "急"}, follow=True)
    batch = Batch.objects.latest("pk")
    assert (batch.verb, f"/undo/{batch.pk}/" in answer.content.decode()) == ("add_tag", reach == "own")


@pytest.mark.parametrize(("choice", "later"), [("back", {"note": "丙"}), ("keep", {"email": "c@d.cn"})])
def test_a_value_that_came_after_the_page_was_shown_is_asked_about_first(cast, signed_in, hers, choice, later):
    browser, name = signed_in(cast.boss), f"parties.party-{hers.pk}-note"
    batch = done_by(cast.boss, changed, hers, note="甲", email="a@b.cn")
    changed(now(hers), note="乙")
    place = f"/undo/{batch.pk}/"

    def choices(answer):
        radios = re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"', answer.content.decode())
        return {name: value for name, value in radios if value != "keep"} | {"asked": "1"}

    shown = choices(browser.get(place)) | ({name: "keep"} if choice == "keep" else {})
    changed(now(hers), **later)
    again = browser.post(place, shown)
    held = now(hers)
    assert (again.status_code, held.note, held.email) == (409, later.get("note", "乙"), later.get("email", "a@b.cn"))
    assert next(iter(later.values())) in again.content.decode()
    assert browser.post(place, choices(again)).status_code == 302
    assert (now(hers).note, now(hers).email) == ("", "")


def test_of_two_who_have_seen_the_same_plan_one_undoes_it(cast, hers):
    batch = done_by(cast.boss, changed, hers, note="一")
    first, second = undo.plan(batch, cast.boss), undo.plan(batch, cast.boss)
    undo.carry_out(first, {})
    second.records = {place: now(record) for place, record in second.records.items()}  # read again: no version stops the second
    with pytest.raises(Refused, match=str(_("This was undone already."))):
        undo.carry_out(second, {})
    assert batch.undone_by.count() == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there the others wait for the lock before they look")
@pytest.mark.django_db(transaction=True)
def test_a_long_undo_that_is_begun_three_times_at_once_is_one(monkeypatch):
    """All have been found right before any of them writes."""
    cast, all_of_them, own, told = Cast(), threading.Barrier(3, timeout=20), undo.allow, []
    party = Party(name="顺德家具", owner=cast.boss)
    party.save()
    batch = done_by(cast.boss, changed, party, note="一")

    def allow(*said):
        own(*said)
        all_of_them.wait()

    def send():
        client = Client(SERVER_NAME="localhost")
        client.force_login(cast.boss)
        told.append(client.post(f"/undo/{batch.pk}/").status_code)
        connection.close()

    monkeypatch.setattr(undo, "LONG", 0)
    monkeypatch.setattr(undo, "allow", allow)
    threads = [threading.Thread(target=send) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(told), batch.undone_by.count()) == ([302, 422, 422], 1)
