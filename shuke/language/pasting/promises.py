"""What was promised: money by the customer, goods and help by us; and when one speaks to each other next."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from shuke.language.pasting import days, numbers
from shuke.language.pasting.proposals import ComplaintProposal, PromiseProposal, Proposals

CLAUSE = re.compile(r"[^,。;!?\n\x00]+")
OURS = re.compile(
    "都包$|包送|包安装|免费|给您退|给你退|退您|退你|我自己盯|补[给发送]|保证|一定[给送到]|[给帮][您你](?:送|补|换|优惠)"
)
OUR_WORDS = re.compile("今天那批|不好意思[^,]*|我(?!们)|给[您你]|[您你]")
OFFER = re.compile(rf"({numbers.NUMBER})(?:元|块)?(?:最低|给[你您]|可以做|就行|成交)")
PAYS = re.compile("付|转|打款|打给|汇|结|清|给你|给您|还你|还您")
DEBT = re.compile(rf"({numbers.SUM})的?(?:货款|尾款|欠款|账|余款)|(?:货款|尾款|欠款|余款)\s?({numbers.SUM})")
ANSWER = re.compile("准信|答复|回复|回你|回您|给你消息|定下来|给话|回话")
MONEY = re.compile(
    r"(?<![0-9.A-Za-z\-])(?:[0-9]{2,9}(?:\.[0-9]{1,2})?(?:[万wW千kK][0-9]{0,4})?|[0-9][万wW千kK][0-9]{0,4}|[一二两三四五六七八九十][万千百][零一二两三四五六七八九十百千万]*)(?![0-9A-Za-z点号栋楼室月日周天斤片包桶袋箱台])"
)
COMPLAINS = re.compile("蔫|烂了?|坏了|臭|发霉|换人|投诉|破了|碎了|少发|漏发|发错|质量|退货|太差|不新鲜|色差|不对版")


def ours(text: str, today: date, found: Proposals, said_on: date) -> None:
    """Our own lines: what is given for nothing is asked about, what has a day or is owed at once is a promise."""
    for match in CLAUSE.finditer(text):
        if not OURS.search(match[0]):
            continue
        said = days.find(match[0], said_on)
        words = re.sub(r"\s+", "", OUR_WORDS.sub("", match[0]))
        if re.search("退|盯|补", words):
            day = max([today, *(one.day for one in said)])
            found.promises.append(PromiseProposal(day, _with_product(words, found.complaint), spans=[match.span()]))
        else:
            found.ask("we_promised", match.span(), text=words)


def offer(text: str) -> tuple[Decimal, tuple[int, int]] | None:
    """The last sum that we named ourselves: 3万1最低了."""
    last = None
    for match in OFFER.finditer(text):
        amount = numbers.money(match[1])
        if amount is not None and amount >= 100:
            last = amount, match.span(1)
    return last


def payments(text: str, today: date, said_on: date, found: Proposals) -> None:
    """When the customer means to pay how much; a debt said before lets 一半 be reckoned."""
    if not re.search("货款|尾款|欠款|余款|[付转打汇]钱|打款|转账|付款|剩下|结清|一起清|结一下|把钱|转给你|付给|打给", text):
        return
    whole = DEBT.search(text)
    debt = numbers.money(whole[1] or whole[2]) if whole else None
    for match in CLAUSE.finditer(text):
        if not PAYS.search(match[0]) or re.search("[?？]|吗|没收到|多少", match[0]):
            continue
        said = days.find(match[0], said_on)
        if not said:
            continue
        amount = _amount(match[0], said, debt)
        if amount is None and not said[0].lunar and not re.search("[清结付]", match[0]):
            continue
        words = "" if amount is not None else _words(match[0], said[0])
        found.promised.append(PromiseProposal(said[0].day, words, amount, said[0].lunar, spans=[match.span()]))
    if found.promised:
        found.ask("due_day", *found.promised[0].spans)
        for promise in found.promised:
            if promise.day == today and promise.amount is not None:
                found.ask("book_on_arrival", *promise.spans, amount=numbers.plain(promise.amount))


def complaint(text: str, items: list[str], found: Proposals) -> None:
    for match in re.finditer(r"[^\n]+", text):
        if not COMPLAINS.search(match[0]) or "不出" in match[0]:
            continue
        said = match[0].strip("\x00 ")
        product = next((name for name in items if name in said), "")
        text_left = said.replace(product, "", 1).strip(" ,") if product and said.startswith(product) else said
        found.complaint = ComplaintProposal(text_left[:200], product, spans=[match.span()])
        return


def _amount(clause: str, said: list[days.Said], debt: Decimal | None) -> Decimal | None:
    free = clause
    for one in said:
        free = free[: one.start] + "\x00" * (one.end - one.start) + free[one.end :]
    if debt is not None and "一半" in free:
        return (debt / 2).quantize(Decimal("0.01"))
    match = MONEY.search(free)
    return numbers.money(match[0]) if match else None


def _words(clause: str, said: days.Said) -> str:
    """What is left of 年前腊月二十以前那批也一起清 without its day."""
    left = clause[: said.start] + clause[said.end :]
    left = re.sub(r"以前|之前|前后|也(?=一起)|\s.*$", "", left.strip("\x00 "))
    return left.strip("\x00 ")[:60]


def _with_product(words: str, told: ComplaintProposal | None) -> str:
    product = told.product if told else ""
    words = re.sub(rf"退({numbers.NUMBER})({numbers.UNITS})的钱", rf"退 \1 \2{product}的钱", words)
    return f"{words}{product}" if product and re.search("[挑选看]$", words) else words
