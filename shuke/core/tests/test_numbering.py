import datetime
from types import SimpleNamespace

import pytest

from shuke.core import numbering
from shuke.core.act import act
from shuke.core.models import Series

DAY = datetime.date(2026, 3, 2)


@pytest.fixture
def cards():
    return SimpleNamespace(path="cards", number="WC-{year}-{seq:04}")


def test_numbers_follow_each_other_without_a_gap(cast, cards):
    assert [numbering.take(cards, on=DAY) for _time in range(3)] == ["WC-2026-0001", "WC-2026-0002", "WC-2026-0003"]


def test_the_counter_starts_anew_with_the_period(cast, cards):
    numbering.take(cards, on=DAY)
    assert numbering.take(cards, on=datetime.date(2027, 1, 1)) == "WC-2027-0001"
    assert numbering.take(cards, on=DAY) == "WC-2026-0002"


def test_kinds_count_apart(cast, cards):
    numbering.take(cards, on=DAY)
    assert numbering.take(SimpleNamespace(path="quotes", number=cards.number), on=DAY) == "WC-2026-0001"


def test_a_firm_has_its_own_pattern(cast, cards):
    with act("changed"):
        cast.firm.settings = {"numbers": {"cards": "保{year}{month}{day}-{seq}"}}
        cast.firm.save()
    assert numbering.take(cards, on=DAY) == "保20260302-1"


def test_a_number_of_an_act_that_failed_is_given_out_again(cast, cards):
    with pytest.raises(ZeroDivisionError), act("created"):
        numbering.take(cards, on=DAY)
        raise ZeroDivisionError
    assert numbering.take(cards, on=DAY) == "WC-2026-0001"
    assert Series.objects.get().last == 1
