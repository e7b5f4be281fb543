from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.exchange.cells import as_day, as_decimal, as_integer, as_phone_text, as_text, split_many
from shuke.language.cleaners import BadValue, clean_yes_no

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.from_regex(r"[-+0-9.eE/年月日]{1,12}"),
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (" 华信 ", "华信"),
        (13800138000.0, "13800138000"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (True, "TRUE"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),
        (time(3, 4), "03:04"),
    ],
)
def test_a_cell_reads_as_a_person_would_write_it(cell, text):
    assert as_text(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        "2026年1月2日",
        "2026/1/2",
        "2026-01-02 10:20:30",
        46024,
        46024.75,
        "46024",
        20260102.0,
        datetime(2026, 1, 2, 9),
        date(2026, 1, 2),
    ],
)
def test_a_day_is_understood_in_the_forms_of_spreadsheets(cell):
    assert as_day(cell) == date(2026, 1, 2)


@pytest.mark.parametrize("cell", ["1/2/2026", "2026年2月30日", "明天", True, time(3, 4), 5, 1e300, float("nan")])
def test_what_is_no_certain_day_is_refused(cell):
    with pytest.raises(BadValue, match=r"\w"):
        as_day(cell)


def test_amounts_lose_the_noise_of_floats_and_nothing_else():
    assert as_decimal(1234.5) == Decimal("1234.50")
    assert as_decimal(0.1 + 0.2) == Decimal("0.30")
    assert as_decimal("￥1,200.50元") == Decimal("1200.50")
    with pytest.raises(BadValue):
        as_decimal(date(2026, 1, 2))


def test_whole_numbers_are_whole():
    assert as_integer(12.0) == 12
    assert as_integer("１２") == 12
    with pytest.raises(BadValue):
        as_integer(1.5)


@pytest.mark.parametrize(
    ("cells", "answer"),
    [(["是", "√", "Ｙ", 1.0, True, "有"], True), (["否", "×", "n", 0, False, "無"], False), ([None, " "], None)],
)
def test_yes_and_no_have_many_forms(cells, answer):
    assert [clean_yes_no(cell) for cell in cells] == [answer] * len(cells)


@pytest.mark.parametrize("cell", ["男", 2, "maybe"])
def test_what_is_neither_yes_nor_no_is_refused(cell):
    with pytest.raises(BadValue):
        clean_yes_no(cell)


@pytest.mark.parametrize("cell", [13800138000, 13800138000.0, "13800138000", "1.3800138000E+10"])
def test_a_phone_keeps_all_its_digits(cell):
    assert as_phone_text(cell) == "13800138000"


@pytest.mark.parametrize("cell", ["1.38E+10", "1.38e10", "１.38E+10", "4.40683E+17", 4.40683199001011e17])
def test_a_shortened_number_is_refused_instead_of_filled_with_zeros(cell):
    with pytest.raises(BadValue, match="as text"):
        as_phone_text(cell)


def test_several_values_in_a_cell_are_split():
    assert split_many("王总、李姐；小张，小张\n 陈工|,") == ["王总", "李姐", "小张", "陈工"]


@given(CELLS)
def test_any_cell_gives_a_value_or_a_sentence(cell):
    for convert in (as_text, as_day, as_decimal, as_integer, clean_yes_no, as_phone_text):
        try:
            convert(cell)
        except BadValue as error:
            assert error.sentence
