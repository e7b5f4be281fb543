"""What an invoice to somebody must say: 抬头, 税号, 开户行, 账号."""

from __future__ import annotations

import re

from shuke.language import tax_number
from shuke.language.cleaners import BadValue
from shuke.language.pasting import numbers
from shuke.language.pasting.page import Page
from shuke.language.pasting.proposals import Proposals, TitleProposal

IS_INVOICE = re.compile("税号|纳税人|识别号|信用代码|开票|抬头|开户行|专票|普票")
TITLE = re.compile(r"(?:开票名称|公司名称|单位名称|发票抬头|名称|抬头|户名)\s?[:是]?\s?([^\s,。;:\n]{2,60})")
TAX = re.compile(
    r"(?:纳税人识别号|统一社会信用代码|信用代码|识别号|税务登记号|税号)\s?[:是]?\s?"
    r"([0-9A-Za-z][0-9A-Za-z \-]{13,24}[0-9A-Za-z])(?![0-9A-Za-z])"
)
LONE_TAX = re.compile(r"(?<![0-9A-Za-z])9[0-9A-Z]{17}(?![0-9A-Za-z])")
BOTH = re.compile(r"(?:注册)?地址[、, ]?(?:及|和)?电话\s?:?\s?([^\n]{4,120})")
ADDRESS = re.compile(r"(?:注册|公司|单位)?地址\s?:\s?([^\n]{4,120})")
PHONE = re.compile(r"(0[0-9]{2,3}-?[0-9]{7,8}|1[3-9][0-9]{9}|400-?[0-9]{3}-?[0-9]{4})(?![0-9])")
PHONE_LINE = re.compile(r"(?:注册)?电话\s?:\s?(0[0-9]{2,3}[- ]?[0-9]{7,8}|1[3-9][0-9]{9})(?![0-9])")
BANK_ACCOUNT = re.compile(
    r"开户(?:银?行)?[、, ]?(?:及|和)?(?:账号|帐号|账户)\s?:?\s?([^0-9\n]{2,50}?)\s{0,3}[:,]?\s?"
    r"([0-9][0-9 \-]{6,36}[0-9])(?![0-9])"
)
BANK = re.compile(r"开户(?:银?行)\s?:?\s?([^0-9\n,;]{2,50})")
ACCOUNT = re.compile(r"(?:银行)?(?:账号|帐号|卡号|账户)\s?:?\s?([0-9][0-9 \-]{6,36}[0-9])(?![0-9])")
RATE = re.compile(r"([0-9]{1,2})(?:个点|%|个税点|点)")
GOODS = re.compile(rf"(?:货款|金额|开票金额)\s?:?({numbers.SUM})元?")


def read(page: Page, found: Proposals) -> TitleProposal | None:
    """The invoice title, each piece taken from the page. A tax number that cannot be right is not filled in but asked about."""
    if not IS_INVOICE.search(page.left):
        return None
    tax = TAX.search(page.left) or LONE_TAX.search(page.left)
    title = TITLE.search(page.left)
    bank = BANK_ACCOUNT.search(page.left)
    if not (tax or bank or (title and "抬头" in title[0])):
        return None
    made = TitleProposal(type=_type(page.left))
    if title:
        made.title = page.original(*title.span(1))
        made.spans.append(title.span(1))
    if tax:
        _tax(tax, made, found)
        page.take(*tax.span())
    _bank(page, made)
    _address(page, made)
    _request(page.left, found)
    return made


def _tax(match: re.Match[str], made: TitleProposal, found: Proposals) -> None:
    group = match.lastindex or 0
    said = re.sub("[ -]", "", match[group]).upper()
    try:
        made.tax_no = tax_number.check(said)
        made.spans.append(match.span(group))
    except BadValue:
        found.ask("wrong_tax_number", match.span(group), number=said)


def _bank(page: Page, made: TitleProposal) -> None:
    if match := BANK_ACCOUNT.search(page.left):
        made.bank, made.account = page.original(*match.span(1)).strip(" :,"), re.sub("[ -]", "", match[2])
        made.spans += [match.span(1), match.span(2)]
        page.take(*match.span())
        return
    if match := BANK.search(page.left):
        made.bank = page.original(*match.span(1)).strip(" :,")
        made.spans.append(match.span(1))
        page.take(*match.span())
    if match := ACCOUNT.search(page.left):
        made.account = re.sub("[ -]", "", match[1])
        made.spans.append(match.span(1))
        page.take(*match.span())


def _address(page: Page, made: TitleProposal) -> None:
    match = BOTH.search(page.left) or ADDRESS.search(page.left)
    if match:
        phone = PHONE.search(match[1])
        stop = match.start(1) + (phone.start() if phone else len(match[1]))
        made.address = page.original(match.start(1), stop).strip(" ,:、")
        made.phone = phone[1] if phone else ""
        made.spans.append(match.span(1))
        page.take(*match.span())
    if not made.phone and (phone := PHONE_LINE.search(page.left)):
        made.phone = phone[1]
        made.spans.append(phone.span(1))
        page.take(*phone.span())


def _type(text: str) -> str:
    return "special" if re.search("专票|专用发票|增值税专", text) else "general" if re.search("普票|普通发票", text) else ""


def _request(text: str, found: Proposals) -> None:
    rate, goods = RATE.search(text), GOODS.search(text)
    if goods and (amount := numbers.money(goods[1])) is not None:
        found.ask("invoice_request", goods.span(), amount=numbers.plain(amount), rate=rate[1] if rate else "")
