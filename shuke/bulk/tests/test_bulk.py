"""Many records at once: within the rights to each, one batch, one undo, nothing overwritten that somebody changed since."""

import pytest

from shuke.bulk import acting
from shuke.core import scope, undo
from shuke.core.act import acting as acts_as
from shuke.core.models import Batch, Entry, SearchLine
from shuke.core.record import create_many
from shuke.parties.models import Contact, Party

everything = scope.system("test")


@pytest.fixture
def parties(cast):
    return create_many([Party(name=f"客户{n}", owner=cast.ann, city="佛山市") for n in range(4)])


def ids(records):
    return "&".join(f"id={record.pk}" for record in records)


def rows(records):
    return [f"{record.pk}:{record.version}" for record in records]


def cities():
    return list(everything.rows(Party).order_by("pk").values_list("city", flat=True))


def test_a_list_offers_what_one_may_do_with_rows_that_are_ticked(cast, parties, signed_in):
    assert "/parties/bulk/" in signed_in(cast.ann).get("/parties/").content.decode()
    page = signed_in(cast.ann).get(f"/parties/bulk/?{ids(parties)}").content.decode()
    assert "/parties/bulk/add_tag/" in page and "bulk/field-city/" in page and "bulk/delete/" not in page
    assert "bulk/delete/" in signed_in(cast.boss).get(f"/parties/bulk/?{ids(parties)}").content.decode()
    assert "/bulk/" not in signed_in(cast.kim).get("/parties/").content.decode()
    assert signed_in(cast.kim).get(f"/parties/bulk/add_tag/?{ids(parties)}").status_code == 404


def test_a_field_is_shown_as_it_is_and_as_it_would_be_before_it_is_written(cast, parties, signed_in):
    browser = signed_in(cast.ann)
    assert "/parties/bulk/field-city/" in browser.get(f"/parties/bulk/?{ids(parties)}").content.decode()
    form = browser.get(f"/parties/bulk/field-city/?{ids(parties[:3])}").content.decode()
    assert all(f'value="{row}"' in form for row in rows(parties[:3])) and "佛山市" not in form
    said = {"row": rows(parties[:3]), "city": "广州市"}
    check = browser.post("/parties/bulk/field-city/", said).content.decode()
    assert check.count("<td>佛山市</td>") == check.count("<td>→ 广州市</td>") == 3 and set(cities()) == {"佛山市"}
    answer = browser.post("/parties/bulk/field-city/", said | {"sure": "1"})
    assert (answer.status_code, cities()) == (302, ["广州市"] * 3 + ["佛山市"])


def test_one_undo_takes_all_of_it_back(cast, parties, signed_in):
    said = {"row": rows(parties), "city": "广州市", "sure": "1"}
    signed_in(cast.ann).post("/parties/bulk/field-city/", said)
    batch = Batch.objects.get(verb="changed", count__gt=1)
    assert (batch.count, batch.actor, Entry.objects.filter(batch=batch).count()) == (4, cast.ann, 4)
    with acts_as(cast.ann.pk, "web"):
        undo.carry_out(undo.plan(batch, cast.ann), {})
    assert set(cities()) == {"佛山市"}


def test_what_somebody_changed_since_stays_as_it_is_and_is_named(cast, parties, signed_in):
    said = {"row": rows(parties), "city": "广州市", "sure": "1"}
    with acts_as(cast.boss.pk, "web"):
        changed = everything.rows(Party).get(pk=parties[1].pk)
        changed.city = "东莞市"
        changed.save()
    page = signed_in(cast.ann).post("/parties/bulk/field-city/", said).content.decode()
    assert "客户1" in page and "客户2" not in page and cities() == ["广州市", "东莞市", "广州市", "广州市"]
    again = signed_in(cast.ann).post("/parties/bulk/field-city/", said)
    assert again.status_code == 200 and Batch.objects.filter(verb="changed", count__gt=1).count() == 1


def test_a_verb_that_refuses_one_of_them_is_done_with_the_others_and_leaves_no_trace_there(cast, parties, signed_in):
    with acts_as(cast.ann.pk, "web"):
        parties[2].tags = ["月结"]
        parties[2].save()
    page = signed_in(cast.ann).post("/parties/bulk/remove_tag/", {"row": rows(parties), "tag": "月结"}).content.decode()
    batch = Batch.objects.get(verb="remove_tag")
    assert "客户0" in page and "客户2" not in page.split("<ul>")[1]
    assert [entry.record for entry in Entry.objects.filter(batch=batch)] == [parties[2].pk]


def test_a_record_that_fails_after_it_wrote_something_is_not_in_the_journal(cast, parties, monkeypatch, signed_in):
    own = acting.apply

    def fails_late(kind, user, act, record, data):
        own(kind, user, act, record, data)
        if record.name == "客户1":
            raise acting.Refused("no")

    monkeypatch.setattr(acting, "apply", fails_late)
    signed_in(cast.ann).post("/parties/bulk/field-city/", {"row": rows(parties), "city": "广州市", "sure": "1"})
    assert cities() == ["广州市", "佛山市", "广州市", "广州市"]
    assert set(Entry.objects.filter(verb="changed").values_list("record", flat=True)) == {p.pk for p in parties} - {parties[1].pk}


def test_nobody_reaches_further_than_record_by_record(cast, parties, signed_in):
    browser = signed_in(cast.eve)
    assert browser.get(f"/parties/bulk/field-city/?{ids(parties)}").status_code == 422
    assert browser.post("/parties/bulk/field-city/", {"row": rows(parties), "city": "广州市", "sure": "1"}).status_code == 422
    assert signed_in(cast.ann).post("/parties/bulk/delete/", {"row": rows(parties)}).status_code == 404
    assert signed_in(cast.ann).post("/parties/bulk/field-credit/", {"row": rows(parties), "credit": "1"}).status_code == 404
    assert set(cities()) == {"佛山市"}


def test_whoever_reaches_his_own_does_fifty_at_once(cast, parties, monkeypatch, signed_in):
    monkeypatch.setattr(acting, "OWN", 3)
    said = {"row": rows(parties), "city": "广州市", "sure": "1"}
    assert signed_in(cast.ann).post("/parties/bulk/field-city/", said).status_code == 422
    assert signed_in(cast.boss).post("/parties/bulk/field-city/", said).status_code == 302


def test_many_are_deleted_and_come_back(cast, parties, signed_in):
    Contact(party=parties[0], name="王芳").save()
    answer = signed_in(cast.boss).post("/parties/bulk/delete/", {"row": rows(parties)})
    assert answer.status_code == 302 and not everything.rows(Party).live().exists()
    assert not SearchLine.objects.filter(kind__in=["parties.party", "parties.contact"]).exists()
    with acts_as(cast.boss.pk, "web"):
        undo.carry_out(undo.plan(Batch.objects.get(verb="deleted"), cast.boss), {})
    assert everything.rows(Party).live().count() == 4 and everything.rows(Contact).live().count() == 1


@pytest.mark.parametrize("row", ["", "x", "1", "1:x", "9" * 30 + ":1", ":", "1:1:1"])
def test_rows_that_were_never_ticked_are_refused_with_a_sentence(cast, parties, signed_in, row):
    answer = signed_in(cast.ann).post("/parties/bulk/field-city/", {"row": row, "city": "广州市", "sure": "1"})
    assert answer.status_code == 422 and set(cities()) == {"佛山市"}


def test_a_bad_value_is_told_at_the_field_and_nothing_is_lost(cast, parties, signed_in):
    answer = signed_in(cast.boss).post("/parties/bulk/field-credit/", {"row": rows(parties), "credit": "很多"})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="很多"' in page and all(f'value="{row}"' in page for row in rows(parties))
