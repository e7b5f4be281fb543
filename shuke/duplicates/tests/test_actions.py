import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError

from shuke.core import files, scope, search, undo
from shuke.core.act import act, acting
from shuke.core.models import Attachment, Batch, Share
from shuke.core.record import Record, Refused
from shuke.duplicates.actions import merge, pointing
from shuke.duplicates.models import Pair
from shuke.parties.actions import share_with
from shuke.parties.models import Address, Contact, InvoiceTitle, KeyDate, Party, Relation
from tests.house.contract import Builder

every = scope.system("tests look behind the doors").rows


@pytest.fixture(autouse=True)
def by_boss(cast):
    with acting(cast.boss.pk, "web"):
        yield


@pytest.fixture
def two(cast, a_party):
    """Ann's 华信建材 and Eve's 华信建材（佛山）, with something of every sort on the second."""
    winner = a_party("华信建材", phone="13800138000", tags=["老客户"], note="先付款")
    loser = a_party(
        "华信建材（佛山）", owner=cast.eve, phone="13900139000", tags=["装修"], aliases=["老华"], city="佛山市", note="要发票"
    )
    other = a_party("顺德家具")
    Contact(party=loser, name="陈总", phone="13700137000").save()
    Relation(party=loser, type="referred", other=other).save()
    Relation(party=other, type="supplier_of", other=loser).save()
    Address(party=loser, text="季华路8号").save()
    InvoiceTitle(party=loser, title="华信建材有限公司").save()
    KeyDate(party=loser, what="开业", day="03-02").save()
    files.attach(loser, SimpleUploadedFile("报价.txt", b"100"))
    share_with(loser, to=cast.ben, level="view")
    return winner, loser


def state():
    """All live rows of the room below with the values that people change, the ids aside from what they point at."""
    found = {}
    for model in (Party, Contact, Relation, Address, InvoiceTitle, KeyDate, Attachment, Share):
        for row in every(model).live():
            found[model.__name__, row.pk] = {f.name: getattr(row, f.attname) for f in model.journalled()}
    return found


def last_batch(verb):
    return Batch.objects.filter(verb=verb).latest("pk")


def undo_it(batch, user, choices=None):
    made = undo.plan(batch, user)
    undo.carry_out(made, choices if choices is not None else {c.name: c.back for c in made.conflicts})
    return made


def test_whatever_points_at_the_loser_points_at_the_winner_whichever_model_it_is(cast, two):
    winner, loser = two
    build, wanted = Builder(), {Attachment, Share}
    for relation in Party._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if relation.auto_created and isinstance(model, type) and issubclass(model, Record) and model is not Party:
            build.saved(model.kind, cast.ann, **{relation.field.name: loser})
            wanted.add(model)
    pointed = {(type(row), row.pk, name) for row, name in pointing(loser)}
    assert {model for model, _pk, _name in pointed} == wanted
    merge(winner, loser=loser, values={})
    assert list(pointing(loser)) == []
    assert {(type(row), row.pk, name) for row, name in pointing(winner)} >= pointed


def test_the_picked_values_stand_lists_are_united_and_the_old_name_still_finds_it(cast, two):
    winner, loser = two
    merge(winner, loser=loser, values={"name": "华信建材", "note": "先付款\n要发票"})
    winner.refresh_from_db()
    assert (winner.tags, winner.aliases) == (["老客户", "装修"], ["老华", "华信建材（佛山）"])
    assert (winner.city, winner.note) == ("佛山市", "先付款\n要发票")
    found = [
        hit.record for _kind, hits in search.everywhere("华信建材（佛山）", cast.boss, [Party.kind], limit=8) for hit in hits
    ]
    assert found == [winner.pk]
    loser.refresh_from_db()
    assert (loser.merged_into_id, loser.is_live) == (winner.pk, False)


@pytest.mark.parametrize(("values", "left"), [({}, "13900139000"), ({"phone": "13900139000"}, "13800138000")])
def test_a_number_that_was_not_picked_becomes_a_contact(two, values, left):
    winner, loser = two
    merge(winner, loser=loser, values=values)
    numbers = set(every(Contact).live().filter(party=winner).values_list("phone", flat=True))
    assert numbers == {"13700137000", left}


def test_a_number_that_a_contact_has_already_makes_no_second_one(two):
    winner, loser = two
    Contact(party=winner, name="小华", phone=loser.phone).save()
    merge(winner, loser=loser, values={})
    assert every(Contact).live().filter(party=winner, phone=loser.phone).count() == 1


def test_what_both_have_is_there_once_and_what_only_one_of_them_says_of_it_stays(two):
    winner, loser = two
    InvoiceTitle(party=winner, title="华信建材有限公司", bank="工商银行").save()
    every(InvoiceTitle).get(party=loser)
    said = every(InvoiceTitle).get(party=loser)
    said.account = "62220001"
    said.save()
    Relation(party=winner, type="parent_of", other=loser).save()
    merge(winner, loser=loser, values={})
    titles = every(InvoiceTitle).live()
    assert [(t.party_id, t.bank, t.account) for t in titles] == [(winner.pk, "工商银行", "62220001")]
    assert not every(Relation).live().filter(type="parent_of").exists()


def test_who_looked_after_the_loser_still_works_on_the_customer(cast, two):
    winner, loser = two
    merge(winner, loser=loser, values={})
    assert list(scope.rows(Party, cast.eve)) == [winner]
    assert winner in scope.rows(Party, cast.eve, "change")
    assert set(every(Share).live().filter(record=winner.pk).values_list("user", "level")) == {
        (cast.ben.pk, "view"),
        (cast.eve.pk, "change"),
    }


def test_undo_brings_both_back_as_they_were(cast, two):
    winner, loser = two
    InvoiceTitle(party=winner, title="华信建材有限公司", bank="工商银行").save()
    Relation(party=winner, type="parent_of", other=loser).save()
    before = state()
    merge(winner, loser=loser, values={"name": "华信", "phone": loser.phone})
    assert state() != before
    made = undo_it(last_batch("merge"), cast.boss)
    assert (made.cannot, made.conflicts) == ([], [])
    assert state() == before


def test_undo_after_further_edits_asks_field_by_field_and_keeps_what_came_since(cast, two):
    winner, loser = two
    merge(winner, loser=loser, values={"name": "华信", "phone": loser.phone})
    winner.refresh_from_db()
    winner.phone, winner.city = "13600136000", "广州市"
    winner.save()
    Contact(party=winner, name="新来的").save()
    made = undo.plan(last_batch("merge"), cast.boss)
    assert {conflict.field for conflict in made.conflicts} == {"phone", "city"}
    undo.carry_out(made, {c.name: c.back if c.field == "city" else "keep" for c in made.conflicts})
    winner.refresh_from_db()
    loser.refresh_from_db()
    assert (winner.name, winner.phone, winner.city) == ("华信建材", "13600136000", "")
    assert (loser.is_live, loser.merged_into_id, loser.phone) == (True, None, "13900139000")
    assert every(Contact).live().get(name="新来的").party_id == winner.pk
    assert every(Contact).live().get(name="陈总").party_id == loser.pk


def test_of_two_merges_in_a_row_the_last_is_undone_first(cast, two, a_party):
    winner, loser = two
    heir = a_party("华信集团")
    before = state()
    merge(winner, loser=loser, values={})
    between = state()
    winner.refresh_from_db()
    merge(heir, loser=winner, values={})
    undo_it(last_batch("merge"), cast.boss)
    assert state() == between
    undo_it(Batch.objects.filter(verb="merge").earliest("pk"), cast.boss)
    assert state() == before


def test_what_is_gone_or_the_same_is_not_merged(two):
    winner, loser = two
    with pytest.raises(Refused):
        merge(winner, loser=winner, values={})
    merge(winner, loser=loser, values={})
    with pytest.raises(Refused):
        merge(winner, loser=loser, values={})


def test_a_merge_that_fails_leaves_nothing_half_done(two):
    winner, loser = two
    before = state()
    with pytest.raises(IntegrityError):
        merge(winner, loser=loser, values={"stage": "nowhere"})
    assert state() == before
    assert not Pair.objects.exists()


def test_who_was_merged_away_is_neither_restored_nor_purged(two):
    from shuke.core.chores import purge

    winner, loser = two
    merge(winner, loser=loser, values={})
    loser.refresh_from_db()
    with pytest.raises(Refused, match="Undo"):
        loser.restore()
    loser.refresh_from_db()
    assert not loser.is_live
    assert purge(loser) == 0


def test_all_of_a_merge_is_one_batch(two):
    winner, loser = two
    with act("test"):
        pass
    count = Batch.objects.count()
    merge(winner, loser=loser, values={})
    assert Batch.objects.count() == count + 1
