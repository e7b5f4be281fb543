import datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.core import listing, scope
from shuke.core.forms import form_for
from shuke.core.record import LIVE, RecordQuerySet
from shuke.language import regions
from shuke.parties import actions, panels, sample
from shuke.parties.models import Address, Contact, InvoiceTitle, KeyDate, Party, Relation
from shuke.people.models import FieldRight

from .conftest import TODAY

registered = pytest.mark.skipif(not regions.FILE.exists(), reason="the register of regions is made at install")
UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def names(user, verb="view"):
    return set(scope.rows(Party, user, verb).values_list("name", flat=True))


def statements(send, *args, **kwargs):
    with CaptureQueriesContext(connection) as caught:
        response = send(*args, **kwargs)
    assert response.status_code in (200, 302), response.content.decode()
    return len([query for query in caught if not query["sql"].startswith(UNCOUNTED)])


# Who sees what


@pytest.fixture
def everyones(cast, a_party):
    a_party("anns")
    a_party("eves", owner=cast.eve)
    a_party("nobodys", owner=None)
    a_party("supplier", owner=cast.ann, roles=["supplier"])
    a_party("both", owner=cast.eve, roles=["buyer", "supplier"])
    a_party("paper", owner=cast.boss, roles=["media"])
    return cast


def test_each_role_sees_its_customers_suppliers_and_others(everyones):
    cast = everyones
    every = {"anns", "eves", "nobodys", "supplier", "both", "paper"}
    assert names(cast.boss) == every
    assert names(cast.lou) == every
    assert names(cast.ben) == every - {"eves"}
    assert names(cast.ann) == {"anns", "paper"}
    assert names(cast.eve) == {"eves", "both", "paper"}
    assert names(cast.kim) == every - {"supplier"}
    assert names(cast.nobody) == set()


def test_each_role_changes_and_deletes_what_it_may(everyones):
    cast = everyones
    assert names(cast.ann, "change") == {"anns"}
    assert names(cast.kim, "change") == {"anns", "eves", "nobodys", "both"}
    assert names(cast.kim, "give_owner") == set()
    assert "supplier" in names(cast.lou, "change")
    assert names(cast.ann, "delete") == set()


def test_a_part_is_exported_and_deleted_by_whoever_may_do_so_with_the_whole(cast, a_party):
    party = a_party("甲", owner=cast.ann)
    Contact(party=party, name="王伟", phone="13800138000").save()
    for verb, who in (
        ("view", "boss ben ann kim lou"),
        ("change", "boss ben ann kim lou"),
        ("export", "boss ben"),
        ("delete", "boss ben"),
    ):
        everybody = (cast.boss, cast.ben, cast.ann, cast.eve, cast.kim, cast.lou)
        assert " ".join(one.login for one in everybody if scope.rows(Contact, one, verb).exists()) == who, verb


def test_moving_a_salesperson_moves_what_the_head_sees(cast, a_party):
    a_party("anns")
    assert names(cast.ben) == {"anns"}
    cast.ann.department = cast.second
    cast.ann.save()
    assert names(cast.ben) == set()


def test_what_stands_on_a_page_is_seen_by_whoever_sees_the_party(cast, a_party):
    party = a_party()
    parts = [
        Contact(party=party, name="王伟"),
        Address(party=party, text="桂澜路"),
        InvoiceTitle(party=party, title="华信"),
        KeyDate(party=party, what="开业", day="03-02"),
        Relation(party=party, other=a_party("恒达", owner=cast.eve), type="referred"),
    ]
    for part in parts:
        part.save()
        assert list(scope.rows(type(part), cast.ann)) == [part]
        assert list(scope.rows(type(part), cast.eve)) == []


@pytest.mark.parametrize("word", ["newest", "name", "last_contact_at", "debt"])
def test_every_list_walks_an_index(cast, a_party, word):
    if connection.vendor != "sqlite":
        pytest.skip("reads the plans of SQLite")
    sort = listing.sort_of(Party.kind, cast.boss, word)
    for user in (cast.boss, cast.ann, cast.kim):
        for branch in Party.kind.branches(user, "view")[-2:-1] or [scope.EVERYTHING[0]]:
            rows = RecordQuerySet(Party).filter(LIVE, branch).order_by(*sort.order()).values_list(sort.column, "pk")[:51]
            assert "TEMP B-TREE" not in rows.explain(), (user, branch)


# One screen for a new customer


def entered(user, **said):
    form = form_for(Party.kind, user, said)
    assert form.is_valid(), form.errors
    return Party.kind.write(form, user)


def test_a_name_is_enough(cast):
    party = entered(cast.ann, name="佛山市华信建材有限公司")
    assert (party.is_organisation, party.stage, party.roles, party.owner) == (True, "new", ["prospect"], cast.ann)


def test_the_contact_is_made_with_the_customer_and_both_can_be_called(cast):
    party = entered(cast.ann, name="王伟装修队", contact_name="王伟", contact_phone="138 0000 0001", contact_title="老板")
    contact = scope.rows(Contact, cast.ann).get()
    assert (contact.party, contact.name, contact.phone, contact.title) == (party, "王伟", "13800000001", "老板")
    assert party.phone == "13800000001"


def test_without_a_contact_the_phone_is_the_customers_own(cast):
    party = entered(cast.ann, name="王伟", contact_phone="13800000001")
    assert (party.is_organisation, party.phone, scope.rows(Contact, cast.ann).count()) == (False, "13800000001", 0)


def test_what_is_said_counts_more_than_the_guess(cast):
    assert entered(cast.ann, name="王伟", is_organisation="True").is_organisation is True


@registered
def test_a_pasted_address_is_split(cast):
    party = entered(cast.ann, name="华信", address="广东省佛山市南海区桂澜路 12 号")
    assert (party.province, party.city, party.district, party.address) == ("广东省", "佛山市", "南海区", "桂澜路 12 号")
    form = form_for(Address.kind, cast.ann, {"party": party.pk, "use": "site", "text": "佛山顺德大良街道 3 号"})
    assert form.is_valid(), form.errors
    assert (form.instance.city, form.instance.text) == ("佛山市", "大良街道 3 号")


def test_nobody_adds_or_makes_what_he_could_not_see(cast, a_party):
    form = form_for(Party.kind, cast.ann, {"name": "水泥厂", "roles": ["supplier"]})
    assert list(form.errors) == ["roles"]
    form = form_for(Party.kind, cast.ann, {"name": "华信建材", "roles": ["supplier"]}, instance=a_party())
    assert list(form.errors) == ["roles"]
    assert form_for(Party.kind, cast.lou, {"name": "水泥厂", "roles": ["supplier"]}).is_valid()


def test_wrong_input_is_told_at_its_field(cast):
    said = {
        "name": "",
        "contact_phone": "1380O",
        "birthday": "13-40",
        "credit": "-5",
        "pay_days": "-1",
        "email": "x",
        "site": "x y",
    }
    assert form_for(Party.kind, cast.boss, said).errors.keys() == said.keys()


# The page of a party


def test_a_relation_reads_from_both_sides_and_hides_who_is_out_of_scope(cast, a_party, browse):
    one, two = a_party("华信"), a_party("恒达")
    far = a_party("远方", owner=cast.eve)
    Relation(party=one, other=two, type="referred").save()
    Relation(party=far, other=one, type="parent_of").save()

    def told(party, user):
        return [str(row["sentence"]) for row in panels.relations(party, user)["rows"]]

    link = '<a href="/parties/{}/">{}</a>'.format
    assert told(one, cast.ann) == ["belongs to (no right to see)", f"referred {link(two.pk, '恒达')}"]
    assert told(two, cast.ann) == [f"referred by {link(one.pk, '华信')}"]
    assert told(one, cast.boss)[0] == f"belongs to {link(far.pk, '远方')}"
    assert "远方" not in browse(cast.ann).get(one.kind.url(one)).content.decode()


def test_the_strip_tells_debts_and_days_within_two_weeks(cast, a_party):
    party = a_party(debt=Decimal(12000), last_contact_at=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC))
    Contact(party=party, name="王伟", birthday="十月廿八").save()
    Contact(party=party, name="李静", birthday="1990-12-07").save()
    KeyDate(party=party, what="开业", day="11-22").save()
    KeyDate(party=party, what="交房", day="2025-11-25", yearly=False).save()
    assert [line["text"] for line in panels.due(party, cast.ann, TODAY)] == [
        "Owes 12,000.00",
        "开业 · 11-22 · today",
        "Birthday of 王伟（十月廿八） · 12-06 · in 14 days",
    ]


def test_the_strip_keeps_to_the_rights_of_whoever_reads(cast, a_party):
    party = a_party("王伟", debt=Decimal(12000), birthday="11-23")
    Contact(party=party, name="李静", birthday="11-24").save()
    assert [line["text"] for line in panels.due(party, cast.kim, TODAY)] == [
        "Has debts",
        "Birthday of 王伟 · 11-23 · tomorrow",
        "Birthday of 李静 · 11-24 · in 2 days",
        "Nobody has been in touch yet",
    ]
    assert [line["text"] for line in panels.due(party, cast.lou, TODAY)] == ["Owes 12,000.00", "Nobody has been in touch yet"]


def test_the_page_holds_everything_that_belongs_to_a_customer(cast, a_party, browse):
    party = a_party(phone="13800000001", tags=["月结"])
    Contact(party=party, name="王伟", title="老板", is_decider=True, phone="13800000002").save()
    Address(party=party, city="佛山市", text="桂澜路 12 号", receiver="李静").save()
    InvoiceTitle(party=party, title="华信建材有限公司", bank="工商银行").save()
    KeyDate(party=party, what="开业周年", day="03-02").save()
    page = browse(cast.ann).get(party.kind.url(party)).content.decode()
    told = [
        "月结",
        "138 0000 0001",
        "王伟",
        "老板",
        "138 0000 0002",
        "佛山市桂澜路 12 号",
        "华信建材有限公司\n工商银行",
        "开业周年",
    ]
    assert [text for text in told if text not in page] == []
    assert browse(cast.eve).get(party.kind.url(party)).status_code == 404


def test_the_team_is_named_on_the_page_where_there_is_one(cast, a_party):
    party = a_party()
    assert panels.team(party, cast.ann) is None
    actions.share_with(party, to=cast.eve, level="view")
    told = panels.team(Party._base_manager.get(pk=party.pk), cast.ann)
    assert [(row["name"], str(row["label"])) for row in told["rows"]] == [("Eve", "Read")]


def test_a_mark_beside_the_name_keeps_to_the_rights_of_whoever_reads(cast, a_party):
    party = a_party(tags=["慎放账"], tier="A", stage="regular")
    assert [badge["label"] for badge in panels.badges(party, cast.ann)] == ["Regular", "A", "慎放账", "Ann"]
    FieldRight(role=cast.roles["sales"], on="parties", field="tags", level="hidden").save()
    assert [badge["label"] for badge in panels.badges(party, cast.ann)] == ["Regular", "A", "Ann"]


def test_a_stage_is_moved_by_its_button(cast, a_party, browse):
    party = a_party()
    address = party.kind.url(party, "do/set_stage/")
    assert browse(cast.ann).get(address).status_code == 200
    assert browse(cast.ann).post(address, {"stage": "interested", "_key": "one"}).status_code == 302
    party.refresh_from_db()
    assert party.stage == "interested"
    assert browse(cast.eve).post(address, {"stage": "gone", "_key": "two"}).status_code == 404


def test_a_customer_is_given_away_by_its_button(cast, a_party, browse):
    party = a_party()
    address = party.kind.url(party, "do/give_owner/")
    assert browse(cast.ann).post(address, {"to": cast.eve.pk, "_key": "one"}).status_code == 302
    assert browse(cast.ann).get(party.kind.url(party)).status_code == 404
    assert browse(cast.eve).get(party.kind.url(party)).status_code == 200


# The hint that a customer exists


def test_the_hint_tells_that_there_is_one_and_whose_and_nothing_else(cast, a_party, browse):
    party = a_party("佛山市华信建材有限公司", phone="13800000001", wechat="wx_hx", owner=cast.eve, note="secret")
    Contact(party=party, name="李静", phone="13800000002").save()
    for said in ({"name": "华信建材"}, {"contact_phone": "138 0000 0001"}, {"phone": "13800000002"}, {"wechat": "wx_hx"}):
        hint = browse(cast.ann).get("/parties/twins/", said).content.decode()
        assert "There is one already" in hint
        assert "Eve" in hint
        assert party.created_at.date().isoformat() in hint
        for secret in ("佛山", "华信", "0001", "wx_hx", "李静", "secret", party.kind.url(party)):
            assert secret not in hint
    mine = browse(cast.eve).get("/parties/twins/", {"name": "华信建材"}).content.decode()
    assert "佛山市华信建材有限公司" in mine
    assert party.kind.url(party) in mine


def test_the_hint_is_silent_where_there_is_nothing_or_nothing_one_may_know_of(cast, a_party, browse):
    a_party("水泥厂", owner=cast.boss, roles=["supplier"])
    get = browse(cast.ann).get
    assert get("/parties/twins/", {"name": "水泥厂"}).content == b""
    assert get("/parties/twins/", {"name": "水泥厂", "phone": "abc"}).content == b""
    assert get("/parties/twins/").content == b""
    assert browse(cast.nobody).get("/parties/twins/", {"name": "水泥厂"}).status_code == 404


@registered
@pytest.mark.parametrize(
    ("box", "said", "some"),
    [
        ("province", {}, "广东省"),
        ("city", {"province": "广东省"}, "佛山市"),
        ("district", {"province": "广东省", "city": "佛山市"}, "南海区"),
        ("district", {"province": "北京市", "city": ""}, "朝阳区"),
    ],
)
def test_places_are_offered_below_what_was_said(cast, browse, box, said, some):
    answer = browse(cast.ann).get("/parties/places/", said, HTTP_HX_TRIGGER_NAME=box).content.decode()
    assert f"<option>{some}</option>" in answer
    assert "湖南省" not in answer or box == "province"


def test_no_places_are_offered_below_what_there_is_not(cast, browse):
    assert browse(cast.ann).get("/parties/places/", {"province": "Atlantis"}, HTTP_HX_TRIGGER_NAME="city").content == b""


# What a page costs


@pytest.fixture(params=[10, 50, 100])
def many(request, cast):
    sample.make(request.param, seed=1, owners=[cast.ann])
    return cast


@pytest.mark.parametrize("who", ["boss", "ann", "ben", "kim"])
def test_a_list_takes_five_statements_at_most_however_long(many, browse, who):
    get = browse(getattr(many, who)).get
    for address in (
        "/parties/",
        "/parties/?sort=name",
        "/parties/?sort=-last_contact_at&stage=regular",
        "/contacts/",
        "/relations/",
    ):
        get(address)
        assert statements(get, address) <= 5, address


def test_a_page_takes_nine_statements_at_most_however_much_stands_on_it(cast, a_party, browse):
    counted = []
    get = browse(cast.ann).get
    for wanted in (1, 10):
        party = a_party(f"华信{wanted}")
        for place in range(wanted):
            Contact(party=party, name=f"王{place}").save()
            Address(party=party, text=f"{place} 号").save()
            Relation(party=party, other=a_party(f"{wanted}-{place}"), type="referred").save()
        get(party.kind.url(party))
        counted.append(statements(get, party.kind.url(party)))
    assert counted[0] == counted[1] <= 9


def test_a_new_customer_takes_eight_statements_at_most_and_its_contact_one_more(cast, browse):
    post = browse(cast.ann).post

    def counted(key, **said):
        return statements(post, "/parties/new/", {"name": f"华信{key}", "contact_phone": "13800000001", "_key": key, **said})

    counted("warm")
    empty = counted("one")
    sample.make(50, seed=1, owners=[cast.ann])
    assert counted("two") == empty <= 8
    assert counted("three", contact_name="王伟") == empty + 1


def test_a_given_party_stays_in_its_list_views(cast, a_party):
    party = a_party()
    actions.give_owner(party, to=cast.eve)
    page = listing.page(Party.kind, cast.eve, {}, columns=Party.kind.shown(cast.eve))
    assert [row[0] for row in page.rows] == [party.pk]
