"""Telephone numbers, WeChat ids and e-mail addresses in a text; and the numbers that look like them and are none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shuke.language import phones
from shuke.language.cleaners import BadValue
from shuke.language.pasting.page import Page

NO_PHONES = re.compile(
    r"""(?:订单号?|单号|运单号?|快递单?号|流水号?|交易号|卡号|账号|帐号|银行卡|
        身份证号?码?|QQ号?|qq号?|邮编|邮政编码|传真|fax|机身号|
        序列号|S/?N|编号|合同号|车牌号?|货号|会员号|尾号)
        \s{0,2}(?:是|为)?\s{0,2}[:#]?\s{0,2}(?:[A-Za-z]{0,4}[0-9][0-9A-Za-z \-]{3,40})""",
    re.VERBOSE | re.IGNORECASE,
)
POSTCODE = re.compile(r"(?:邮编|邮政编码)\s?:?\s?([0-9]{6})(?![0-9])")
MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[ \-]{0,2})?(1[3-9][0-9](?:[ \-]{0,2}[0-9]){8})(?![0-9])")
LETTERED = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9oO](?:[ \-]?[0-9oO]){8}(?![0-9A-Za-z])")
LANDLINE = re.compile(
    r"(?<![0-9A-Za-z\-])\(?(0[1-9][0-9]{1,2})\)?[ \-]{0,2}([2-9][0-9]{2,3}[ \-]?[0-9]{4})"
    r"(?:(?:-|转|ext\.?)([0-9]{1,6}))?(?![0-9])"
)
HOTLINE = re.compile(r"(?<![0-9])400[ \-]?[0-9]{3,4}[ \-]?[0-9]{3,4}(?![0-9])")
SAME_WECHAT = re.compile("微信同[号步]?|同微信|[vV]信?同[步号]|电话同微|手机同微|[vV微]同号")
WECHAT = re.compile(
    r"(?:微信号?|wechat|weixin|wx|[vV]信)\s?(?:id|ID)?\s?[:是]?\s?([A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_\-@.])",
    re.IGNORECASE,
)
WECHAT_PHONE = re.compile(r"(?:微信号?|wechat|wx|[vV]信)\s?[:是]?\s?$", re.IGNORECASE)
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,60}@[A-Za-z0-9][A-Za-z0-9\-]{0,60}(?:\.[A-Za-z0-9\-]{1,60}){1,4}"
)
SITE = re.compile(r"(?<![A-Za-z0-9@.])(?:https?://)?www\.[A-Za-z0-9\-]{1,60}(?:\.[A-Za-z0-9\-]{1,30}){1,4}", re.IGNORECASE)
MOST = 50  # numbers of one text; a longer list belongs into the import


@dataclass(frozen=True)
class Number:
    phone: str  # as stored
    start: int
    end: int
    is_mobile: bool
    is_wechat: bool = False


def drop_other_numbers(page: Page) -> str:
    """Take what is labelled as no phone; the answer is the postcode among them."""
    postcode = POSTCODE.search(page.left)
    page.left = NO_PHONES.sub(lambda match: "\x00" * len(match[0]), page.left)
    return postcode[1] if postcode else ""


def find(page: Page) -> list[Number]:
    """All numbers that can be rung, in their order, taken from the page."""
    found: list[Number] = []
    for pattern in (MOBILE, LANDLINE, HOTLINE):
        for match in pattern.finditer(page.left):
            if len(found) < MOST and (stored := _stored(match[0])):
                before = page.left[max(0, match.start() - 8) : match.start()]
                is_mobile = pattern is MOBILE
                found.append(Number(stored, *match.span(), is_mobile, is_mobile and bool(WECHAT_PHONE.search(before))))
        for number in found:
            page.take(number.start, number.end)
    return sorted(found, key=lambda number: number.start)


def lettered(page: Page) -> re.Match[str] | None:
    """A number in which somebody wrote the letter O."""
    return next((match for match in LETTERED.finditer(page.left) if "o" in match[0].lower()), None)


def wechat(page: Page) -> tuple[str, int, int] | None:
    match = WECHAT.search(page.left)
    return (match[1], *match.span(1)) if match else None


def _stored(said: str) -> str:
    try:
        return phones.normal(re.sub(r"[ ]", "", said))
    except BadValue:
        return ""
