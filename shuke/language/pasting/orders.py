"""What is wanted, how much of it, at what price; later words of one text change earlier ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shuke.language.folding import fold
from shuke.language.pasting import numbers
from shuke.language.pasting.page import Page
from shuke.language.pasting.proposals import ItemProposal, OrderProposal, Product, Proposals

CODE = re.compile("(?=.*[A-Za-z])(?=.*[0-9])[A-Za-z0-9\\-]{4,}")
MEASURE = re.compile(r"([0-9.]+)\s?(kg|公斤|千克|l|升|g|克|ml)", re.IGNORECASE)
SAME_MEASURE = {"公斤": "kg", "千克": "kg", "升": "l", "克": "g"}
CUT = re.compile(r"合计|一共|总共|共计|总计|总价|定金|订金|余款|\n?送[:：]|月底|送到|收货|早上|上午|下午|晚上|地址")
SPEC = re.compile(r"[0-9]{2,5}\s?[*×xX]\s?[0-9]{2,5}(?:\s?[*×xX]\s?[0-9]{1,5})?(?![0-9.]*元)")
LOT = re.compile(r"(?:色号|批号|缸号)\s?:?\s?([A-Za-z0-9\-]{1,20})")
AMOUNT = re.compile(rf"[=＝]\s?({numbers.SUM})")
BARE = re.compile(r"(?<![0-9.*×xA-Za-z\-])([0-9]{2,8}(?:\.[0-9]{1,2})?)(?![0-9.*×A-Za-z])\s?(?:元|块)?")
NOTE = re.compile(r"([一-鿿]{2,4})(?=[\s,。、;]|$)")
NO_NOTE = re.compile("一共|左右|以上|就行|就好|谢谢|明天|后天|今天|送|共|吧|的|了|先|再|要|急|和|跟")
UNKNOWN = re.compile(rf"(?<![一-鿿0-9])([一-鿿]{{2,5}}?)(?:要|来)?({numbers.NUMBER})\s?({numbers.UNITS})(?![一-鿿]{{5}})")
PARTIAL = re.compile(
    rf"(?<![一-鿿])([一-鿿])(?:要|来)?(?=({numbers.NUMBER})\s?({numbers.UNITS}))|(?<![一-鿿])([一-鿿])(?=不要了)"
)
TOTAL = re.compile(rf"(?:合计|一共|总共|共计|总计)\s?:?\s?({numbers.SUM})")
DEPOSIT = re.compile(rf"(?:定金|订金)\s?:?({numbers.SUM})|(?:先?[打付转交])({numbers.SUM})元?(?:的)?(?:定金|订金)")
TERMS = re.compile("货到付款?|款到发货|月结|现结|到付")
WANTS = re.compile("要货|订货|再来|下单|送货|明天要|要的|补货|照旧|不要了|改[一二两三四五六七八九十0-9]")
MOST = 200


@dataclass
class Mention:
    product: Product
    start: int
    end: int
    said: str
    in_doubt: bool = False


def read(page: Page, text: str, products: Sequence[Product], found: Proposals) -> None:
    """Fill in items and the order out of `text`, which is the page without what we said ourselves."""
    mentions = _mentions(text, products)
    lines: dict[str, ItemProposal] = {}
    for place, mention in enumerate(mentions):
        following = mentions[place + 1].start if place + 1 < len(mentions) else len(text)
        _apply(page, text, mention, min(following, mention.end + 120), lines, found)
    known = list(lines.values())
    if len(known) >= 2:
        known += _unknown(page, text, mentions, found)
    found.items = sorted(known, key=lambda item: item.spans[0])
    _sums(text, found)


def named(text: str, products: Sequence[Product]) -> str:
    """The first product that is named, as it is called there; "" for none."""
    return next((mention.said for mention in _mentions(text, products) if not mention.in_doubt), "")


def _keys(products: Sequence[Product]) -> dict[str, list[tuple[str, Product]]]:
    index: dict[str, list[tuple[str, Product]]] = {}
    for product in products:
        for word in fold(product.name).split():
            if not MEASURE.fullmatch(word) and len(word) > 1:
                index.setdefault(word[:2], []).append((word, product))
    for named in index.values():
        named.sort(key=lambda pair: -len(pair[0]))
    return index


def _mentions(text: str, products: Sequence[Product]) -> list[Mention]:
    """Where products are named; two words of one product side by side are one mention."""
    if not products:
        return []
    index, low, found, place = _keys(products), text.lower(), list[Mention](), 0
    tails: dict[str, list[Product]] = {}
    for product in products:
        tails.setdefault(fold(product.name).split()[0][-1], []).append(product)
    while place < len(low) - 1 and len(found) < MOST:
        hit = next((pair for pair in index.get(low[place : place + 2], ()) if low.startswith(pair[0], place)), None)
        if hit is None:
            if (match := PARTIAL.match(text, place)) and (word := match[1] or match[4]) in tails:
                fitting = [one for one in tails[word] if match[3] is None or one.unit == match[3]]
                if len(fitting) == 1:
                    found.append(Mention(fitting[0], place, place + 1, word, in_doubt=True))
            place += 1
            continue
        word, product = hit
        end = place + len(word)
        last = found[-1] if found else None
        if last and last.product is product and not text[last.end : place].strip():
            last.end, last.said = end, last.said + text[place:end]
        else:
            found.append(Mention(product, place, end, text[place:end]))
        place = end
    return found


def _apply(page: Page, text: str, mention: Mention, stop: int, lines: dict[str, ItemProposal], found: Proposals) -> None:
    said = text[mention.end : stop]
    cut = CUT.search(said)
    said = said[: cut.start()] if cut else said
    name, here = mention.product.name, (mention.start, mention.end)
    change = re.match(rf"[^\n]{{0,12}}?(?:改成?|换成?)\s?({numbers.NUMBER})\s?({numbers.UNITS})", said)
    if re.match(r"\s?不要", said) and not change:
        lines.pop(name, None)
        found.asks = [ask for ask in found.asks if not (ask.rule == "which_product" and ask.said["product"] == name)]
        return
    if re.match(r"\s?(?:照旧|老样子|照上次|一样)", said):
        found.ask("same_as_before", here, product=mention.said)
        return
    said, shift = _without_measure(said, name)
    item = _item(said, mention, shift)
    if change and (number := numbers.value(change[1])) is not None:
        item = ItemProposal(name, number, change[2], said=mention.said, spans=[here])
    if item is None:
        return
    if mention.in_doubt:
        found.ask("which_product", here, said=mention.said, product=name)
    lines[name] = item


def _without_measure(said: str, name: str) -> tuple[str, int]:
    """瓷砖胶20公斤 30包 is thirty bags of the kind that is called 20kg."""
    match = re.match(r"\s?" + MEASURE.pattern, said, re.IGNORECASE)
    own = MEASURE.search(name)
    if match and own and match[1] == own[1] and _measure(match[2]) == _measure(own[2]):
        return said[match.end() :], match.end()
    return said, 0


def _measure(word: str) -> str:
    return SAME_MEASURE.get(word.lower(), word.lower())


def _item(said: str, mention: Mention, shift: int) -> ItemProposal | None:
    """What stands behind the name of a product: specification, lot, price per piece, quantity, amount."""
    product, base = mention.product, mention.end + shift
    spec, lot = SPEC.search(said), LOT.search(said)
    rest = _cover(said, spec, lot)
    price = numbers.PER_UNIT.search(rest)
    asks_price = bool(price and not price[1])
    times, equals = (None if price and price[1] else numbers.TIMES.search(rest)), AMOUNT.search(rest)
    rest = _cover(rest, price, times, equals)
    quantity = _quantity(rest, product.unit)
    if quantity is None:
        return None
    number, unit = numbers.value(quantity[1]), quantity[2]
    if number is None or number == 0:
        return None
    if quantity[3]:
        number += Decimal("0.5")
    each = numbers.money(price[1]) if price and price[1] else numbers.money(times[1]) if times else None
    amount = numbers.money(equals[1]) if equals else None
    if amount is None and not asks_price:
        amount = _bare_amount(_cover(rest, quantity), quantity.end(), each, number)
    if each is None and amount is not None:
        each = (amount / number).quantize(Decimal("0.01"))
    if amount is None and each is not None:
        amount = (each * number).quantize(Decimal("0.01"))
    note = NOTE.match(rest, quantity.end())
    return ItemProposal(
        product.name, number, unit, each, amount,
        spec=spec[0].replace(" ", "") if spec else "", lot=lot[1] if lot else "",
        note=note[1] if note and not NO_NOTE.search(note[1]) else "",
        said=mention.said, spans=[(mention.start, mention.end), (base + quantity.start(), base + quantity.end())],
    )  # fmt: skip


def _quantity(text: str, unit: str) -> re.Match[str] | None:
    """The first number with the product's own unit, else the first with any that stands near."""
    near = None
    for match in numbers.QUANTITY.finditer(text):
        if match[2] == unit:
            return match
        if near is None and match.start() <= 6 and "\n" not in text[: match.start()]:
            near = match
    return near


def _bare_amount(text: str, place: int, each: Decimal | None, number: Decimal) -> Decimal | None:
    for match in BARE.finditer(text, place):
        if "\n" in text[place : match.start()]:
            break
        amount = numbers.money(match[1])
        if amount is not None and (each is None or amount == each * number):
            return amount
    return None


def _cover(text: str, *matches: re.Match[str] | None) -> str:
    for match in matches:
        if match:
            text = text[: match.start()] + "\x00" * (match.end() - match.start()) + text[match.end() :]
    return text


def _unknown(page: Page, text: str, mentions: list[Mention], found: Proposals) -> list[ItemProposal]:
    """Goods in a list of known ones that are none of our products yet."""
    items: list[ItemProposal] = []
    taken = [(mention.start, mention.end) for mention in mentions]
    for match in UNKNOWN.finditer(text, mentions[0].start):
        if len(items) > 20 or any(start < match.end(1) and match.start(1) < end for start, end in taken):
            continue
        number = numbers.value(match[2])
        if number is None or re.search("上|不|大概|还|再|共|层|改|退|那|这", match[1]):
            continue
        items.append(ItemProposal(match[1], number, match[3], is_new=True, tick=False, said=match[1], spans=[match.span()]))
        found.ask("new_product", match.span(1), product=match[1])
    return items


def _sums(text: str, found: Proposals) -> None:
    total, deposit, terms = TOTAL.search(text), DEPOSIT.search(text), TERMS.search(text)
    if not found.items or not (total or deposit):
        return
    said = numbers.money(total[1]) if total else None
    paid = numbers.money(deposit[1] or deposit[2]) if deposit else None
    spans = [match.span() for match in (total, deposit, terms) if match]
    amounts = [item.amount for item in found.items]
    reckoned = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if said is not None and None not in amounts and reckoned != said:
        found.ask("sum_differs", spans[0], said=numbers.plain(said), reckoned=numbers.plain(reckoned))
    elif said is not None or paid is not None:
        rest = said - paid if said is not None and paid is not None else None
        found.order = OrderProposal(said, paid, rest, terms[0] if terms else "", spans=spans)
    if paid is not None and deposit:
        found.ask("deposit_arrived", deposit.span(), amount=numbers.plain(paid))
