from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.cleaners import BadValue, clean_day, clean_decimal, clean_integer, clean_text

ANYTHING = st.one_of(
    st.text(max_size=80),
    st.integers(),
    st.floats(),
    st.none(),
    st.booleans(),
    st.decimals(),
    st.lists(st.integers()),
    st.datetimes(),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  华信　", "华信"),
        ("\u202d138 0000 0001\u202c", "138 0000 0001"),
        ("e\u0301", "é"),
        ("a\r\nb\tc", "a b c"),
        ("老\u200b王\x07", "老王"),
        ("👨\u200d👩\u200d👧\u200d", "👨\u200d👩\u200d👧"),
        (13800138000.0, "13800138000"),
    ],
)
def test_text_loses_what_nobody_sees(value, text):
    assert clean_text(value) == text


def test_lines_are_kept_where_lines_are_wanted():
    assert clean_text("一\r\n二\u2028三\tx\n", lines=True) == "一\n二\n三\tx"


@pytest.mark.parametrize("value", ["a\x00b", "\ud83d", "x" * 11])
def test_damaged_or_long_text_is_refused_with_a_sentence(value):
    with pytest.raises(BadValue) as refused:
        clean_text(value, limit=10)
    assert refused.value.sentence == str(refused.value) != ""


@pytest.mark.parametrize(
    ("value", "number"),
    [("１２００", 1200), ("1,200", 1200), ("1.38E+10", 13800000000), (3.0, 3), ("-0", 0), (-7, -7), (2**63 - 1, 2**63 - 1)],
)
def test_whole_numbers_are_read(value, number):
    assert clean_integer(value) == number


@pytest.mark.parametrize(
    "value",
    ["", None, True, "NaN", "inf", float("nan"), float("inf"), "1e400", 2**63, "1.5", "12a", "1,23", "10²", "٣", "9" * 5000],
)
def test_what_is_no_storable_whole_number_is_refused(value):
    with pytest.raises(BadValue):
        clean_integer(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("￥１，２００．５０", "1200.50"),
        ("1200元", "1200.00"),
        ("¥ 0.8", "0.80"),
        ("RMB 3", "3.00"),
        ("-1,234,567.8", "-1234567.80"),
        ("19.990000000000002", "19.99"),
        (0.1 + 0.2, "0.30"),
        ("-0.00", "0.00"),
        (Decimal("5"), "5.00"),
    ],
)
def test_amounts_are_read_exactly(value, number):
    assert str(clean_decimal(value, places=2, minimum=None, maximum=None)) == number


@pytest.mark.parametrize("value", ["1.999", "三万", "1.2.3", "100.01", "-1", "12,34"])
def test_amounts_beyond_places_or_bounds_are_refused(value):
    with pytest.raises(BadValue):
        clean_decimal(value, places=2, minimum=0, maximum=100)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-02",
        "2026/1/2",
        "2026.1.2",
        "2026年1月2日",
        "2026 年 01 月 02 号",
        "20260102",
        "２０２６－１－２",
        "2026-01-02 10:00:00",
        "2026-01-02T10:00:00.5Z",
        "46024",
        46024.75,
        20260102,
        date(2026, 1, 2),
        datetime(2026, 1, 2, 23, 59),
    ],
)
def test_days_are_read(value):
    assert clean_day(value) == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("1/2/2026", "apart"),
        ("1-2-26", "apart"),
        ("2026-02-30", "no such day"),
        ("1899-12-31", "between"),
        ("2200/1/1", "between"),
        ("明天", "expected"),
        ("2026-1", "expected"),
        ("2026-1/2", "expected"),
        ("", "expected"),
    ],
)
def test_a_day_that_cannot_be_known_is_refused_with_its_reason(value, word):
    with pytest.raises(BadValue, match=word):
        clean_day(value)


@given(ANYTHING)
def test_no_input_gets_past_a_cleaner_but_as_a_storable_value_or_a_sentence(value):
    for cleaner in (
        clean_text,
        clean_integer,
        clean_day,
        lambda value: clean_decimal(value, places=2, minimum=None, maximum=None),
    ):
        try:
            cleaned = cleaner(value)
        except BadValue as refused:
            assert refused.sentence
        else:
            str(cleaned).encode()
            assert "\x00" not in str(cleaned)


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(value):
    try:
        cleaned = clean_text(value, lines=True)
    except BadValue:
        return
    assert clean_text(cleaned, lines=True) == cleaned
