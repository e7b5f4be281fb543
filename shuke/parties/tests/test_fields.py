import datetime

import pytest

from shuke.language.cleaners import BadValue
from shuke.parties.fields import next_time, normal

from .conftest import TODAY


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("1985-3-2", "1985-03-02"),
        ("1985年3月2日", "1985-03-02"),
        ("3月2日", "03-02"),
        ("12-31", "12-31"),
        ("2/29", "02-29"),
        ("腊月二十", "腊月二十"),
        ("农历8月15日", "八月十五"),
        ("闰四月初三", "闰四月初三"),
        (datetime.date(1985, 3, 2), "1985-03-02"),
    ],
)
def test_a_day_of_the_year_is_kept_in_one_spelling(typed, stored):
    assert normal(typed) == stored
    assert normal(stored) == stored


@pytest.mark.parametrize("typed", ["13-40", "腊月四十", "someday", "2/30", "1985-02-30", "1/2/1985"])
def test_what_is_no_day_gets_a_sentence(typed):
    with pytest.raises(BadValue) as refused:
        normal(typed)
    assert len(refused.value.sentence) > 10


@pytest.mark.parametrize(
    ("stored", "falls"),
    [
        ("1985-11-22", "2026-11-22"),
        ("1985-11-21", "2027-11-21"),
        ("02-29", "2027-02-28"),
        ("1985-01-31", "2027-01-31"),
        ("腊月二十", "2027-01-27"),
        ("十月十四", "2026-11-22"),
    ],
)
def test_a_day_comes_back_every_year_in_either_calendar(stored, falls):
    assert next_time(stored, TODAY) == datetime.date.fromisoformat(falls)


def test_a_day_that_is_not_yearly_comes_once():
    assert next_time("2026-12-01", TODAY, yearly=False) == datetime.date(2026, 12, 1)
    assert next_time("2025-12-01", TODAY, yearly=False) is None
