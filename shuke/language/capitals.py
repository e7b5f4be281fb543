"""Amounts in the capitals that contracts, receipts and cheques demand (人民币大写)."""

from django.utils.translation import gettext_lazy as _

from shuke.language.cleaners import BadValue

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
LIMIT = 10**18


def capitals(fen: int) -> str:
    """`fen` hundredths of a yuan: 123450 → 壹仟贰佰叁拾肆元伍角整.

    A gap is one 零, amounts without fen end in 整, negative ones begin with 负. Source: the rules of the People's Bank for
    filling in bills (正确填写票据和结算凭证的基本规定). Raises BadValue from 10^18 fen on, where 万亿 ends.
    """
    if abs(fen) >= LIMIT:
        raise BadValue(_("This amount is too large to be written in capitals."))
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan or not rest else ""
    text += f"{DIGITS[jiao]}角" if jiao else "零" if yuan and cents else ""
    return f"{'负' if fen < 0 else ''}{text}{f'{DIGITS[cents]}分' if cents else '整'}"


def _whole(number: int) -> str:
    for unit, name in UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return f"{_whole(high)}{name}{gap}{_whole(low) if low else ''}"
    return DIGITS[number]
