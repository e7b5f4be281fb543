import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.core.act import act
from shuke.core.models import Job
from shuke.duplicates import chores, finding
from shuke.duplicates.actions import merge, set_apart
from shuke.duplicates.models import Pair
from shuke.parties.models import Address, Contact, InvoiceTitle
from shuke.people.testing import drain


def found():
    """{names of a pair} of the open ones, after a search."""
    finding.find()
    pairs = Pair.objects.filter(state="open").select_related("left", "right")
    return [{pair.left.name, pair.right.name} for pair in pairs.order_by("-score")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "佛山市华信建材有限公司"}, {"name": "华信建材"}),
        ({"name": "老王五金商行"}, {"name": "老王五金店"}),
        ({"name": "华信装饰材料"}, {"name": "華信裝飾材料（佛山）", "city": "佛山市"}),
        ({"name": "顺德大良家具厂", "phone": "075722223333"}, {"name": "顺德大良家俱厂", "phone": "0757-2222 3333"}),
        ({"name": "陈美玲", "phone": "13800138000"}, {"name": "陈老板五金", "phone": "13800138000"}),
        ({"name": "陈美玲", "birthday": "1985-03-02"}, {"name": "陈美玲", "birthday": "1985-03-02"}),
        ({"name": "陈美玲", "wechat": "meiling85"}, {"name": "陈美玲", "wechat": "MeiLing85"}),
        ({"name": "陈美玲", "address": "佛山市季华路8号2座301"}, {"name": "陈美玲", "address": "季华路8号2座301"}),
        ({"name": "华信建材", "aliases": ["老华五金建材"]}, {"name": "老华五金建材"}),
    ],
)
def test_these_may_be_one(a_party, one, other):
    a_party(**one), a_party(**other), a_party("顺德家具")
    assert found() == [{one["name"], other["name"]}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "陈美玲"}, {"name": "陈美玲"}),
        ({"name": "陈美玲", "city": "佛山市"}, {"name": "陈美玲", "city": "佛山市"}),
        ({"name": "陈美玲", "phone": "13800138000"}, {"name": "陈美玲", "phone": "13900139000"}),
        ({"name": "华信建材"}, {"name": "顺德家具"}),
        ({"name": "腾飞德润设计", "aliases": ["腾飞"]}, {"name": "盛世腾飞空间", "aliases": ["腾飞"]}),
        ({"name": "华信建材", "phone": "075722223333"}, {"name": "顺德家具厂", "phone": "075722223333"}),
    ],
)
def test_these_are_two(a_party, one, other):
    a_party(**one), a_party(**other)
    assert found() == []


def test_what_stands_on_their_pages_counts_as_well(a_party):
    one, other, third, fourth = a_party("华信建材"), a_party("华鑫材料"), a_party("大良五金"), a_party("大良五金厂")
    for party in (one, other):
        InvoiceTitle(party=party, title="华信", tax_no="91440600MA4UXK2X8T").save()
        Contact(party=party, name="陈总", phone="13800138000").save()
    Address(party=third, text="季华路8号").save()
    for party, number in ((third, "914406067929352127"), (fourth, "91440600231935148U")):
        InvoiceTitle(party=party, title="大良", tax_no=number).save()
    assert found() == [{"华信建材", "华鑫材料"}]  # and two tax numbers are two firms, whatever they are called


def test_what_a_person_said_of_a_pair_stays_and_what_is_likely_no_more_goes(cast, a_party):
    one, other = a_party("华信建材"), a_party("佛山华信建材有限公司")
    _third, fourth = a_party("顺德家具"), a_party("顺德家具店")
    assert len(found()) == 2
    set_apart(one, other, by=cast.boss)
    fourth.name = "大良五金"
    fourth.save()
    assert found() == []
    other.name = "大良水电"
    other.save()
    assert found() == []
    other.name = "佛山华信建材有限公司"
    other.save()
    assert found() == []
    assert Pair.objects.get().state == "different"


def test_pairs_of_what_is_in_the_trash_go_and_those_of_a_merge_stay(cast, a_party):
    one, other = a_party("华信建材"), a_party("佛山华信建材有限公司")
    _third, fourth = a_party("顺德家具"), a_party("顺德家具店")
    assert len(found()) == 2
    fourth.delete()
    merge(one, loser=other, values={})
    assert found() == [{"华信建材", "佛山华信建材有限公司"}]  # kept for undo; the page shows it to nobody


def test_a_number_that_half_the_market_shares_tells_nothing(a_party):
    with act("made"):
        for number in range(30):
            a_party(f"{chr(0x6C5F + number)}{chr(0x6D77 + 3 * number)}{chr(0x70B9 + 5 * number)}贸易", phone="075722223333")
    assert found() == []


def test_the_search_asks_no_more_of_the_store_for_more_customers(a_party):
    def statements():
        with CaptureQueriesContext(connection) as told:
            finding.find()
        return len(told)

    a_party("华信建材"), a_party("华信建材店")
    few = statements()
    with act("made"):
        for number in range(40):
            a_party(f"{chr(0x6C5F + number)}{chr(0x7EA2 + number)}水电", phone=f"1380013{number:04}")
            a_party(f"{chr(0x6C5F + number)}{chr(0x7EA2 + number)}水电", phone=f"1380013{number:04}")
    assert len(found()) > 40
    assert statements() <= few + 30


def test_the_job_searches_and_is_queued_once(cast, a_party):
    a_party("华信建材"), a_party("佛山华信建材有限公司")
    chores.begin()
    chores.begin()
    assert Job.objects.filter(name="duplicates.chores.find").count() == 1
    drain()
    assert Job.objects.get(name="duplicates.chores.find").result == {"found": 1}
    assert Pair.objects.get().reasons == {"name": 1.0}


def test_every_trait_is_told_of_and_has_words():
    names = [trait.name for trait in finding.TRAITS]
    assert names == list(finding.SOURCES) == list(finding.LABELS)


def test_a_party_is_no_pair_with_itself(a_party):
    party = a_party("华信建材", phone="13800138000")
    Contact(party=party, name="陈总", phone="13800138000").save()
    assert found() == []
