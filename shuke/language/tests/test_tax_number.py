import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.cleaners import BadValue
from shuke.language.tax_number import ALPHABET, check, check_character


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("91350100M000100Y43", "91350100M000100Y43"),
        (" 9135 0100 m000 100y 43 ", "91350100M000100Y43"),
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"),
        ("91000000MA0000000N", "91000000MA0000000N"),
        ("440682123456789", "440682123456789"),
    ],
)
def test_right_numbers_are_stored_in_one_form(typed, stored):
    assert check(typed) == stored


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("91000000MA0000001B", "last character"),
        ("91350100M000100Y44", "last character"),
        ("91350100M000100Y4", "this has 17"),
        ("", "this has 0"),
        ("9135010OM000100Y43", "no O"),
        ("91ABCDEFM000100Y43", "digits"),
        ("4406821234567８9*", "this has 16"),
    ],
)
def test_a_wrong_number_is_refused_with_what_is_wrong(typed, reason):
    with pytest.raises(BadValue, match=reason):
        check(typed)


BODY = st.builds("91{}{}".format, st.from_regex(r"\A[0-9]{6}\Z"), st.text(ALPHABET, min_size=9, max_size=9))


@given(BODY, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(body, place, other):
    code = body + check_character(body)
    assert check(code) == code
    if code[place] != other:
        with pytest.raises(BadValue):
            check(code[:place] + other + code[place + 1 :])
