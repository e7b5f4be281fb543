"""Pasted texts: the given cases and ours, what must never be proposed, and that no text makes the reading fail or crawl."""

import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language import regions
from shuke.language.pasting import days, numbers
from shuke.language.tests import pasted

GIVEN = pasted.cases(pasted.GIVEN)
OURS = pasted.cases(pasted.OURS)
BY_ID = {case["id"]: case for case in [*GIVEN, *OURS]}

# The rule behind each question of the given cases. A known customer found by name alone is asked about even where they do not.
RULES = {
    "wx-01": {"shop_unknown"},
    "wx-02": {"changed_wechat", "same_place"},
    "wx-03": {"only_called", "we_promised"},
    "wx-04": {"another_one", "which_city"},
    "wx-05": {"only_called", "which_product"},
    "card-01": {"similar_name"},
    "card-02": set(),
    "card-03": {"which_city", "which_role"},
    "order-01": {"new_product", "on_account"},
    "order-02": {"only_named", "deposit_arrived"},
    "order-03": {"same_as_before", "which_day"},
    "order-04": {"sum_differs"},
    "addr-01": set(),
    "addr-02": set(),
    "addr-03": {"which_region"},
    "invoice-01": {"whose_title", "invoice_request"},
    "invoice-02": {"wrong_tax_number"},
    "pay-01": {"due_day", "book_on_arrival"},
    "case-01": {"entry", "repaired_before"},
    "noise-01": {"whose"},
}

pytestmark = pytest.mark.skipif(not regions.FILE.exists(), reason="regions.json is made when the package is installed")
given_are_there = pytest.mark.skipif(not GIVEN, reason="the given cases are not beside this checkout")


@pytest.mark.parametrize("case", [*GIVEN, *OURS], ids=lambda case: case["id"])
def test_a_text_proposes_what_its_case_wants_and_nothing_else(case):
    assert list(pasted.wrong(case)) == []


@given_are_there
@pytest.mark.parametrize("case", GIVEN, ids=lambda case: case["id"])
def test_what_is_doubtful_is_asked(case):
    assert {ask.rule for ask in pasted.read_case(case["text"]).asks} == RULES[case["id"]]


@given_are_there
@pytest.mark.parametrize(
    ("case", "never"),
    [
        ("wx-01", ["3201202"]),
        ("wx-03", ["小李", "30000"]),
        ("wx-04", ["小李", "周姐"]),
        ("card-01", ["phone='528000'", "0757-80000001"]),
        ("card-02", ["name='Purchasing"]),
        ("card-03", ["ItemProposal"]),
        ("order-02", ["800800"]),
        ("order-03", ["大豆油"]),
        ("order-04", ["price=Decimal('220"]),
        ("addr-01", ["name='收货人'"]),
        ("addr-03", ["('北京市'"]),
        ("invoice-01", ["phone='00000000"]),
        ("invoice-02", ["91000000MA0000001B"]),
        ("case-01", ["phone='0000123"]),
        ("noise-01", ["test@example.com", "13800000099", "PartyProposal"]),
    ],
)
def test_what_must_not_be_proposed_is_not(case, never):
    told = pasted.everything(pasted.read_case(BY_ID[case]["text"]))
    told = told.replace("choices=[('北京市'", "")  # what is asked is not proposed
    assert [word for word in never if word in told] == []


@pytest.mark.parametrize("case", [*GIVEN, *OURS], ids=lambda case: case["id"])
def test_every_proposal_tells_from_which_piece_of_the_text_it_comes(case):
    found = pasted.read_case(case["text"])
    rows = [found.party, *found.contacts, *found.addresses, *found.items]
    for row in filter(None, rows):
        assert row.spans
        assert all(0 <= start < end <= len(case["text"]) for start, end in row.spans)


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        ("3万2", "32000"), ("1w5", "15000"), ("一万五", "15000"), ("两千八", "2800"), ("三百五", "350"), ("半", "0.5"),
        ("一千零五十", "1050"), ("三百零五", "305"), ("十五", "15"), ("二十", "20"), ("3k", "3000"), ("两", "2"),
        ("一万零五", "10005"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_said(said, worth):
    assert numbers.value(said) == Decimal(worth)


@pytest.mark.parametrize(
    ("said", "yuan"), [("八毛", "0.80"), ("18块5", "18.50"), ("三块八", "3.80"), ("1w5", "15000.00"), ("9元", "9.00")]
)
def test_a_sum_is_read_as_it_is_said(said, yuan):
    assert numbers.money(said) == Decimal(yuan)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("明早", "2026-11-22"), ("下周三", "2026-11-25"), ("周一", "2026-11-23"), ("月底", "2026-11-30"),
        ("腊月二十", "2027-01-27"),
        ("后天", "2026-11-23"), ("大后天", "2026-11-24"), ("3天后", "2026-11-24"), ("12月5号", "2026-12-05"),
        ("25号", "2026-11-25"),
        ("5号", "2026-12-05"), ("1月8日", "2027-01-08"), ("昨天", "2026-11-20"), ("2026-12-01", "2026-12-01"),
        ("下下周一", "2026-11-30"),
    ],
)  # fmt: skip
def test_a_day_is_reckoned_from_the_day_on_which_it_was_said(said, day):
    assert [found.day for found in days.find(said, pasted.TODAY)] == [date.fromisoformat(day)]


@pytest.mark.parametrize("said", ["2月30日", "13月1号", "3号楼", "K3-07", "5号门"])
def test_what_is_no_day_is_none(said):
    assert days.find(said, pasted.TODAY) == []


def test_a_long_bill_with_a_day_that_never_comes_is_asked_about():
    assert "past_day" in [ask.rule for ask in pasted.read_case("王建13800000001 11月3号送来的").asks]


PIECES = st.sampled_from(
    [case["text"] for case in [*GIVEN, *OURS]]
    + [
        "1",
        "38",
        "138 0000 ",
        "我是",
        "小",
        "周",
        " ",
        "\n",
        ":",
        "腊月",
        "万",
        "十",
        "路1号",
        "地址",
        "电话",
        "税号",
        "9",
        "合计",
        "[",
        "<",
        "=",
    ]
    + ["2026-13-45", "99月99日", "二十二十", "送到", "生菜", "不要", "\x00", "\ud800", "\u200b", "👌", "１３８", "25点", "31号"]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=12).map("".join))
def test_no_text_makes_the_reading_fail(text):
    found = pasted.read_case(text)
    for row in (found.party, *found.contacts, *found.addresses, *found.items, *found.asks):
        assert row is None or all(0 <= start <= end <= len(text) for start, end in row.spans)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "一",
        "138 ",
        "a",
        "周",
        "路",
        " ",
        "\n",
        "明天",
        "小李:",
        "生菜",
        "样",
        "0",
        "-",
        "<",
        "=A(",
        "地址",
        "生菜五斤 ",
        "王姐 ",
        "我",
        "@a.",
        "[",
        "A B ",
    ],
)
def test_no_text_makes_the_reading_crawl(piece):
    text = (piece * 10_000)[:10_000]
    start = time.process_time()
    pasted.read_case(text)
    assert time.process_time() - start < 2, "a rule that goes through the text again for each of its characters"
