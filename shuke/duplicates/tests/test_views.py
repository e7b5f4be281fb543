import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.core import scope
from shuke.core.act import act, acting
from shuke.core.models import Batch, CustomField, Entry, Job
from shuke.duplicates import finding
from shuke.duplicates.models import Pair
from shuke.parties.actions import share_with
from shuke.parties.models import Contact, InvoiceTitle, Party

every = scope.system("tests look behind the doors").rows


@pytest.fixture
def two(cast, a_party):
    """Two of Ann's that look like one."""
    one, other = (
        a_party("顺发水电", phone="13800138000", note="先付款"),
        a_party("佛山顺发水电有限公司", tags=["装修"], note="要发票"),
    )
    finding.find()
    return one, other


def text(answer):
    return answer.content.decode()


def sent(one, other, **said):
    return {f"version-{one.pk}": one.version, f"version-{other.pk}": other.version, **said}


def test_whoever_sees_both_sees_the_pair_and_nobody_else(cast, a_party, two, browse):
    for user in (cast.ann, cast.ben, cast.boss, cast.kim):
        assert "佛山顺发水电有限公司" in text(browse(user).get("/duplicates/"))
    for user in (cast.eve, cast.nobody):
        assert "顺发" not in text(browse(user).get("/duplicates/"))


def test_a_pair_of_which_one_is_a_strangers_is_not_there(cast, a_party, two, browse):
    one, other = two
    other.owner = cast.eve
    other.save()
    page = f"/duplicates/{one.pk}/{other.pk}/"
    for user in (cast.ann, cast.eve):
        browser = browse(user)
        assert "顺发" not in text(browser.get("/duplicates/"))
        assert browser.get(page).status_code == 404
        assert browser.post(page, sent(one, other)).status_code == 404
        assert browser.post(f"{page}say/", {"word": "different"}).status_code == 404
        assert browser.post(f"{page}say/", {"word": "proposed"}).status_code == 404
        assert browser.get(f"/duplicates/pick/?id={one.pk}&id={other.pk}").status_code == 404
    assert "佛山顺发水电有限公司" not in text(browse(cast.ann).get(f"/parties/{one.pk}/"))
    assert {party.merged_into_id for party in every(Party)} == {None}


def test_one_merges_in_the_browser_picks_and_undoes(cast, two, browse):
    one, other = two
    ann = browse(cast.ann)
    page = text(ann.get(f"/duplicates/{one.pk}/{other.pk}/"))
    assert 'name="name" value="winner" checked' in page
    assert 'name="note" value="both" checked' in page
    done = ann.post(f"/duplicates/{one.pk}/{other.pk}/", sent(one, other, name="loser", note="both"))
    assert (done.status_code, done["Location"]) == (302, f"/parties/{one.pk}/")
    one.refresh_from_db()
    assert (one.name, one.note, one.tags) == ("佛山顺发水电有限公司", "先付款\n要发票", ["装修"])
    old = ann.get(f"/parties/{other.pk}/")
    assert (old.status_code, old["Location"]) == (302, f"/parties/{one.pk}/")
    page = text(ann.get(f"/parties/{one.pk}/"))
    batch = Batch.objects.get(verb="merge")
    assert f"/duplicates/{other.pk}/history/" in page
    page = text(ann.get(f"/duplicates/{other.pk}/history/"))
    assert "added customer" in page
    assert f"/undo/{batch.pk}/" in page
    assert "顺发" not in text(ann.get("/duplicates/"))
    assert ann.post(f"/undo/{batch.pk}/").status_code == 302
    assert ann.get(f"/duplicates/{other.pk}/history/")["Location"] == f"/parties/{other.pk}/history/"
    assert f"/duplicates/{one.pk}/{other.pk}/" in text(ann.get(f"/parties/{one.pk}/"))
    assert f"/duplicates/{other.pk}/{one.pk}/" in text(ann.get(f"/parties/{other.pk}/"))
    assert "顺发" in text(ann.get("/duplicates/"))


def test_the_old_page_leads_on_through_all_merges_within_scope(cast, two, a_party, browse):
    one, other = two
    heir = a_party("顺发集团")
    boss = browse(cast.boss)
    boss.post(f"/duplicates/{one.pk}/{other.pk}/", sent(one, other))
    one.refresh_from_db()
    boss.post(f"/duplicates/{heir.pk}/{one.pk}/", sent(heir, one))
    assert boss.get(f"/parties/{other.pk}/")["Location"] == f"/parties/{heir.pk}/"
    assert browse(cast.eve).get(f"/parties/{other.pk}/").status_code == 404
    assert browse(cast.eve).get(f"/duplicates/{other.pk}/history/").status_code == 404
    assert browse(cast.eve).get(f"/duplicates/{heir.pk}/history/").status_code == 404
    assert boss.get(f"/duplicates/{heir.pk}/history/")["Location"] == f"/parties/{heir.pk}/history/"
    assert boss.get(f"/duplicates/{9**30}/history/").status_code == 404
    assert boss.get(f"/parties/{9**30}/").status_code == 404


def test_what_was_changed_meanwhile_is_not_merged_over(cast, two, browse):
    one, other = two
    said = sent(one, other)
    other.phone = "13900139000"
    other.save()
    assert browse(cast.ann).post(f"/duplicates/{one.pk}/{other.pk}/", said).status_code == 409
    assert browse(cast.ann).post(f"/duplicates/{one.pk}/{other.pk}/", {}).status_code == 409
    assert every(Party).live().count() == 2


def test_the_same_form_sent_twice_merges_once(cast, two, browse):
    one, other = two
    ann, said = browse(cast.ann), sent(*two, _key="k1")
    first, second = (ann.post(f"/duplicates/{one.pk}/{other.pk}/", said) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert Batch.objects.filter(verb="merge").count() == 1


def test_service_and_office_propose_and_whoever_may_merges(cast, two, browse):
    one, other = two
    kim = browse(cast.kim)
    page = f"/duplicates/{one.pk}/{other.pk}/"
    assert "Propose to merge" in text(kim.get(page))
    assert kim.post(page, sent(one, other)).status_code == 404
    assert kim.post(f"{page}say/", {"word": "different"}).status_code == 404
    assert kim.post("/duplicates/find/").status_code == 404
    assert kim.post(f"{page}say/", {"word": "proposed"}).status_code == 302
    assert Pair.objects.get().state == "proposed"
    assert "Kim" in text(browse(cast.ann).get("/duplicates/"))
    assert browse(cast.ann).post(page, sent(one, other)).status_code == 302


def test_what_is_not_the_same_is_remembered_and_can_be_looked_at_again(cast, two, browse):
    one, other = two
    ann, page = browse(cast.ann), f"/duplicates/{one.pk}/{other.pk}/say/"
    ann.post(page, {"word": "different"})
    finding.find()
    ann.get("/duplicates/?state=different")  # the toast is read
    assert "佛山顺发" not in text(ann.get("/duplicates/"))
    assert "佛山顺发" in text(ann.get("/duplicates/?state=different"))
    ann.post(page, {"word": "open"})
    assert "佛山顺发" in text(ann.get("/duplicates/"))
    assert ann.post(page, {"word": "nonsense"}).status_code == 422


def test_two_rows_ticked_in_the_list_lead_to_the_page(cast, two, browse):
    one, other = two
    ann = browse(cast.ann)
    assert "/duplicates/pick/" in text(ann.get("/parties/"))
    assert ann.get(f"/duplicates/pick/?id={other.pk}&id={one.pk}")["Location"] == f"/duplicates/{one.pk}/{other.pk}/"
    assert ann.get(f"/duplicates/pick/?id={other.pk}").status_code == 422
    assert "/duplicates/pick/" not in text(browse(cast.kim).get("/parties/"))


def test_who_may_not_write_a_field_neither_reads_nor_picks_it(cast, two, browse):
    one, other = two
    with acting(cast.boss.pk, "web"):
        one.credit, other.credit = 100, 77700
        one.save(), other.save()
    ann = browse(cast.ann)
    assert "77,700" in text(browse(cast.boss).get(f"/duplicates/{one.pk}/{other.pk}/"))
    assert 'name="credit"' not in text(ann.get(f"/duplicates/{one.pk}/{other.pk}/"))
    ann.post(f"/duplicates/{one.pk}/{other.pk}/", sent(one, other, credit="loser"))
    one.refresh_from_db()
    assert one.credit == 100


def test_fields_of_the_firms_own_are_picked_as_well(cast, two, browse):
    one, other = two
    CustomField(on="parties", key="door", name="门号", type="text").save()
    one.extra, other.extra = {"door": "八号门"}, {"door": "九号门", "old": "1"}
    one.save(), other.save()
    ann = browse(cast.ann)
    assert "门号" in text(ann.get(f"/duplicates/{one.pk}/{other.pk}/"))
    ann.post(f"/duplicates/{one.pk}/{other.pk}/", sent(one, other, x_door="loser"))
    one.refresh_from_db()
    assert one.extra == {"door": "九号门", "old": "1"}


def test_who_heads_a_department_merges_within_it_only(cast, two, a_party, browse):
    one, other = two
    strange = a_party("顺发水电店", owner=cast.eve)
    ben = browse(cast.ben)
    assert ben.post(f"/duplicates/{one.pk}/{strange.pk}/", sent(one, strange)).status_code == 404
    assert ben.post(f"/duplicates/{one.pk}/{other.pk}/", sent(one, other)).status_code == 302


def test_who_only_reads_a_shared_customer_does_not_merge_it(cast, two, a_party, browse):
    one, _other = two
    strange = a_party("顺发水电店", owner=cast.eve)
    share_with(strange, to=cast.ann, level="view")
    page = f"/duplicates/{one.pk}/{strange.pk}/"
    assert "Propose to merge" in text(browse(cast.ann).get(page))
    assert browse(cast.ann).post(page, sent(one, strange)).status_code == 404


def test_the_search_is_begun_by_hand_and_says_that_it_runs(cast, two, browse):
    boss = browse(cast.boss)
    assert "Search now" in text(boss.get("/duplicates/"))
    assert boss.post("/duplicates/find/").status_code == 302
    assert Job.objects.filter(name="duplicates.chores.find").count() == 1
    assert "Searching" in text(boss.get("/duplicates/"))


def test_the_list_of_pairs_asks_no_more_for_more_of_them(cast, two, a_party, browse):
    def statements():
        with CaptureQueriesContext(connection) as told:
            assert browse(cast.ann).get("/duplicates/").status_code == 200
        return len(told)

    statements()
    few = statements()
    with act("made"):
        for number in range(10):
            name = f"{chr(0x6C5F + number)}{chr(0x7EA2 + number)}水电"
            a_party(name), a_party(name)
    finding.find()
    assert Pair.objects.count() == 11
    assert statements() == few


def test_the_timeline_of_the_winner_tells_of_what_came_with_the_loser(cast, two, browse):
    one, other = two
    Contact(party=other, name="陈总").save()
    browse(cast.ann).post(f"/duplicates/{one.pk}/{other.pk}/", sent(one, other))
    assert Entry.objects.filter(root=one.pk, verb="merge", kind="parties.contact").count() == 1
    assert "陈总" in text(browse(cast.ann).get(f"/parties/{one.pk}/"))


@pytest.mark.parametrize(("form", "field"), [("contacts", "phone"), ("contacts", "wechat"), ("invoice-titles", "tax_no")])
def test_a_form_of_what_stands_on_a_page_warns_of_other_customers_only(cast, a_party, browse, form, field):
    value = {"phone": "13700137000", "wechat": "huaxin88", "tax_no": "91440600MA4UXK2X8T"}[field]
    mine, strange = a_party("顺发水电"), a_party("大良五金", owner=cast.eve, note="要发票", city="佛山市")
    for party in (mine, strange):
        named = InvoiceTitle(title="顺发") if field == "tax_no" else Contact(name="陈总")
        named.party = party
        setattr(named, field, value)
        named.save()
    ann = browse(cast.ann)
    page = text(ann.get(f"/{form}/new/?party={mine.pk}"))
    assert f'name="{field}"' in page and "/parties/twins/" in page and "[name=party]" in page
    hint = text(ann.get("/parties/twins/", {field: value, "party": mine.pk}))
    assert "Eve" in hint and "顺发" not in hint
    assert not any(word in hint for word in ("大良", "发票", "佛山", f"/parties/{strange.pk}/"))


@pytest.mark.parametrize("said", [{"name": "大良五金店铺"}, {"phone": "13700137000"}, {"wechat": "dl88"}])
def test_the_form_of_a_customer_warns_within_the_scope_and_beyond(cast, a_party, browse, said):
    strange = a_party("大良五金店铺", owner=cast.eve, phone="13700137000", wechat="dl88")
    assert f"/parties/{strange.pk}/" in text(browse(cast.eve).get("/parties/twins/", said))
    hint = text(browse(cast.ann).get("/parties/twins/", said))
    assert "Eve" in hint and "大良" not in hint and f"/parties/{strange.pk}/" not in hint


def test_the_list_of_customers_leads_to_the_pairs(cast, browse):
    assert 'href="/duplicates/"' in text(browse(cast.ann).get("/parties/"))
