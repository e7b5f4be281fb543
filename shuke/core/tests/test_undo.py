"""A batch goes back field by field; what was changed again is asked about, what one may not change is refused."""

import pytest

from shuke.core import jobs, scope, undo
from shuke.core.act import act, acting
from shuke.core.hooks import on
from shuke.core.models import Batch, Entry, Job
from shuke.core.record import Refused, create_many
from shuke.parties.models import Contact, InvoiceTitle, Party
from shuke.people.models import Department, User

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
    back(Batch.objects.get(pk=again), cast.boss)
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
    assert jobs.drain() == 1
    assert not every(Party).live().exists()


def test_a_long_undo_leaves_what_never_goes_to_the_trash(cast, monkeypatch):
    monkeypatch.setattr(undo, "LONG", 1)
    monkeypatch.setattr(undo, "PAUSE", 0)
    with acting(cast.boss.pk, "web"), act("imported", kind="people.user") as unit:
        new = [*create_many([User(name=name, login=name) for name in ("zoe", "zac")]), *create_many([Department(name="三部")])]
    undo.begin(Batch.objects.get(pk=unit.batch), cast.boss)
    assert jobs.drain() == 1
    assert [now(record).is_live for record in new] == [True, True, False]
    assert Job.objects.get().result == {"kept": 2}


def test_an_act_on_what_has_no_kind_is_looked_at_by_who_did_it_alone(cast, signed_in):
    with acting(cast.boss.pk, "web"):
        batch = changed(cast.firm, name="恒信建材")
    assert [signed_in(user).get(f"/undo/{batch.pk}/").status_code for user in (cast.boss, cast.ann)] == [200, 404]
