from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuke.language.cleaners import BadValue
from shuke.language.lunar import LunarDay


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("腊月二十", LunarDay(12, 20)),
        ("臘月廿", LunarDay(12, 20)),
        ("闰四月初三", LunarDay(4, 3, True)),
        ("農曆閏六月三十", LunarDay(6, 30, True)),
        ("正月初一", LunarDay(1, 1)),
        ("十一月二十九", LunarDay(11, 29)),
        ("冬月廿九", LunarDay(11, 29)),
        ("八月十五", LunarDay(8, 15)),
        ("农历 ８月１５日", LunarDay(8, 15)),
        ("十月十日", LunarDay(10, 10)),
    ],
)
def test_lunar_days_are_read(text, day):
    assert LunarDay.parse(text) == day
    assert LunarDay.parse(str(day)) == day


@pytest.mark.parametrize("text", ["", None, "十三月初一", "八月三十一", "8月31日", "0月1日", "2026-01-02", "明天"])
def test_what_is_no_lunar_day_is_refused(text):
    with pytest.raises(BadValue, match="Chinese calendar"):
        LunarDay.parse(text)


@pytest.mark.parametrize(
    ("day", "year", "falls"),
    [
        (LunarDay(1, 1), 2026, date(2026, 2, 17)),
        (LunarDay(8, 15), 2026, date(2026, 9, 25)),
        (LunarDay(12, 20), 2026, date(2027, 1, 27)),
        (LunarDay(6, 1, True), 2025, date(2025, 7, 25)),
        (LunarDay(6, 1, True), 2026, date(2026, 7, 14)),
        (LunarDay(6, 30, True), 2025, date(2025, 8, 22)),
        (LunarDay(12, 30), 2024, date(2025, 1, 28)),
        (LunarDay(1, 1), 2200, None),
    ],
)
def test_a_lunar_day_falls_on_a_day_of_each_year(day, year, falls):
    assert day.solar(year) == falls


def test_the_next_time_is_after_the_day_not_on_it():
    new_year = LunarDay(1, 1)
    assert new_year.next_after(date(2026, 2, 16)) == date(2026, 2, 17)
    assert new_year.next_after(date(2026, 2, 17)) == date(2027, 2, 6)
    assert LunarDay(12, 20).next_after(date(2027, 1, 1)) == date(2027, 1, 27)


@settings(deadline=None)  # the first look at a year is slow
@given(st.integers(1, 12), st.integers(1, 30), st.booleans(), st.dates(date(1902, 1, 1), date(2190, 1, 1)))
def test_it_comes_back_within_thirteen_months(month, day, leap, today):
    found = LunarDay(month, day, leap).next_after(today)
    assert 0 < (found - today).days <= 390
