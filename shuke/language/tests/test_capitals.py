import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.capitals import DIGITS, LIMIT, UNITS, capitals
from shuke.language.cleaners import BadValue


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角整"),
        ("0.12", "壹角贰分"),
        ("1", "壹元整"),
        ("1.01", "壹元零壹分"),
        ("1.20", "壹元贰角整"),
        ("1.23", "壹元贰角叁分"),
        ("10", "壹拾元整"),
        ("10.05", "壹拾元零伍分"),
        ("11", "壹拾壹元整"),
        ("20.50", "贰拾元伍角整"),
        ("100", "壹佰元整"),
        ("101", "壹佰零壹元整"),
        ("110", "壹佰壹拾元整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1000", "壹仟元整"),
        ("1001", "壹仟零壹元整"),
        ("1010", "壹仟零壹拾元整"),
        ("1100", "壹仟壹佰元整"),
        ("1234.50", "壹仟贰佰叁拾肆元伍角整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("10010", "壹万零壹拾元整"),
        ("10100", "壹万零壹佰元整"),
        ("11000", "壹万壹仟元整"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("100000", "壹拾万元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100001", "壹拾万零壹元整"),
        ("1000000", "壹佰万元整"),
        ("10000000", "壹仟万元整"),
        ("10203040.50", "壹仟零贰拾万叁仟零肆拾元伍角整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100005000", "壹亿零伍仟元整"),
        ("100050000", "壹亿零伍万元整"),
        ("123456789.01", "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元零壹分"),
        ("1000000000000", "壹万亿元整"),
        ("1000100000000", "壹万零壹亿元整"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("-0.05", "负伍分"),
        ("-86", "负捌拾陆元整"),
    ],
)
def test_an_amount_in_capitals(amount, text):
    sign, (yuan, _, cents) = (-1 if amount[0] == "-" else 1), amount.lstrip("-").partition(".")
    assert capitals(sign * (int(yuan) * 100 + int(cents.ljust(2, "0")))) == text


def test_what_has_no_name_is_refused():
    with pytest.raises(BadValue, match="too large"):
        capitals(LIMIT)


@given(st.integers(1 - LIMIT, LIMIT - 1))
def test_capitals_read_back_as_the_same_amount(fen):
    assert read(capitals(fen)) == fen


def read(text):
    yuan, _, rest = text.strip("负整").rpartition("元")
    coins = sum(DIGITS.index(digit) * (10 if coin == "角" else 1) for digit, coin in re.findall("(.)([角分])", rest))
    return (-1 if text[0] == "负" else 1) * (whole(yuan) * 100 + coins)


def whole(text):
    for unit, name in UNITS:
        if name in text:
            high, low = text.split(name)
            return whole(high) * unit + whole(low)
    return DIGITS.index(text.strip("零") or "零")
