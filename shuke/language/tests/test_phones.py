import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.cleaners import BadValue
from shuke.language.phones import digits, is_mobile, masked, normal, shown


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 0013 8000", "13800138000"),
        ("138-0000-0013", "13800000013"),
        ("+86 138 0000 0014", "13800000014"),
        ("86-13800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("１３８００００００１２", "13800000012"),
        ("\u202d138 0013 8000\u202c", "13800138000"),
        (13800138000.0, "13800138000"),
        ("1.3800138000E+10", "13800138000"),
        ("13800138000转1234", "13800138000-1234"),
        ("0757-80000000", "0757-80000000"),
        ("(0757) 8000 0000", "0757-80000000"),
        ("（0757）80000000（806）", "0757-80000000-806"),
        ("0757-8000 0000-806", "0757-80000000-806"),
        ("0757-8000-0000-806", "0757-80000000-806"),
        ("0759-3333333-1", "0759-3333333-1"),
        ("01080000000 ext. 5", "010-80000000-5"),
        ("020 80000000", "020-80000000"),
        ("+86 757 80000000", "0757-80000000"),
        ("+86 (0) 757-80000000", "0757-80000000"),
        ("80000000", "80000000"),
        ("8123456-2", "8123456-2"),
        ("400-800-1234", "4008001234"),
        ("4001234-567", "4001234567"),
        ("95588", "95588"),
        ("12315", "12315"),
        ("+852 6123 4567", "+85261234567"),
        ("0085261234567", "+85261234567"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("", ""),
        (None, ""),
        (" - ", ""),
    ],
)
def test_numbers_are_stored_in_one_form(typed, stored):
    assert normal(typed) == stored
    assert normal(stored) == stored
    assert normal(shown(stored)) == stored


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("138OOOO0001", "letter O"),
        ("1.38E+10", "rounded"),
        ("13800138000/13900139000", "several"),
        ("0757-80000000、80000001", "several"),
        ("12800138000", "no telephone number"),
        ("1234567", "no telephone number"),
        ("010 12345678", "no telephone number"),
        ("528000", "no telephone number"),
        ("20261113800000099", "no telephone number"),
        ("6222 0000 0000 0000 001", "no telephone number"),
        ("张三", "no telephone number"),
        ("1380013800", "no telephone number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(typed, reason):
    with pytest.raises(BadValue, match=reason):
        normal(typed)


@pytest.mark.parametrize(
    ("stored", "read", "hidden"),
    [
        ("13800138000", "138 0013 8000", "138****8000"),
        ("13800138000-1234", "138 0013 8000-1234", "138****8000"),
        ("0757-80000000-806", "0757-80000000-806", "0757-****0000"),
        ("80000000", "80000000", "****0000"),
        ("4008001234", "400-800-1234", "4008001234"),
        ("95588", "95588", "95588"),
        ("+85261234567", "+85261234567", "+852****4567"),
        ("", "", ""),
    ],
)
def test_numbers_are_shown_in_groups_and_masked(stored, read, hidden):
    assert (shown(stored), masked(stored)) == (read, hidden)


def test_only_mobiles_take_messages():
    assert [is_mobile(phone) for phone in ("13800138000", "0757-80000000", "4008001234", "+85261234567", "")] == [True] + [
        False
    ] * 4


def test_search_sees_one_run_of_digits():
    assert digits("0757-80000000-806") == "075780000000806"


@given(st.one_of(st.text(max_size=30), st.text("0123456789+-()转oe. ", max_size=20), st.floats(), st.integers()))
def test_any_input_is_a_stored_form_or_a_sentence(typed):
    try:
        stored = normal(typed)
    except BadValue as refused:
        assert refused.sentence
    else:
        assert normal(stored) == stored
