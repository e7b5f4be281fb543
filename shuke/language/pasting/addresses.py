"""Places in a text: behind a label, behind 送到 and 工地在, or a line with a region or a street and a number."""

from __future__ import annotations

import re

from shuke.language import regions
from shuke.language.pasting.page import TAKEN, Page
from shuke.language.pasting.proposals import AddressProposal

USES = {"工地": "site", "施工": "site", "店": "shop", "档": "shop", "公司": "office", "单位": "office"}
LABELLED = re.compile(
    r"(?P<label>所在地区|收货地址|送货地址|详细地址|公司地址|店铺?地址|工地地址|地址|工地在?|收货地|送货?到|送货?至|寄[^\n,。\x00]{0,4}到|发到|送:|寄:|施工地)\s{0,2}[:是在]?\s{0,3}"
    r"(?P<text>[^\n,。;!?\x00]{2,80})"
)
PLACE = re.compile("[路街弄巷道镇乡村号栋幢座楼室档区园城厦场苑湾府邨]")
STREET = re.compile(
    r"[一-鿿]{1,12}(?:路|街|大道|巷|弄|市场|工业园|花园|小区|广场|大厦)[一-鿿A-Za-z]{0,10}[0-9A-Za-z一二三四五六七八九十\-]{1,8}(?:号|档|栋|幢|座|室|楼|铺|弄)"
)
NOTE = re.compile(r"\s?((?:放|送到|打电话|提前|不要放|请放|送货前)[一-鿿]{1,12})")
PIECE = re.compile(r"[^\n,。;!?\x00]{4,80}")
TAIL = re.compile(
    r"\s{1,4}(?:邮编|收货|收件|电话|联系|手机|传真|[一-鿿]{2,4}\s{0,2}$).*|(?:\s{2,}|[:(])[^0-9一-鿿]{0,3}$|\s(?:的|到)$"
)
OLD = re.compile("^(?:老地方|老样子|店里|家里|我这|你那|楼下|[前后]门)")
LED = re.compile(r"(?:我们?(?:是|在)|人在|位于|工地在|我这边|这边是|家在)")
MOST = 5


def find(page: Page, context: str) -> list[AddressProposal]:
    """Addresses, taken from the page; a region said elsewhere in `context` (我是南海桂城这边) completes them."""
    found: list[AddressProposal] = []
    region_line = ""
    for match in LABELLED.finditer(page.left):
        said = TAIL.sub("", match["text"]).rstrip(" :(、")
        start = match.start("text")
        if match["label"] == "所在地区":
            region_line = said
            page.take(match.start(), start + len(said))
            continue
        if OLD.match(said) or not PLACE.search(said) or len(found) >= MOST:
            continue
        found.append(_made(page, start, start + len(said), region_line, _use(match["label"], said)))
        page.take(match.start(), start + len(said))
    if not found:
        found = _unlabelled(page)
    for address in found:
        if not any(address.region) and not address.choices:
            address.region = _from_context(context)
    return found


def _unlabelled(page: Page) -> list[AddressProposal]:
    for piece in PIECE.finditer(page.left):
        said = piece[0].rstrip(" :(")
        lead = len(said) - len(said.lstrip())
        split = regions.split(said[lead:])
        begins = bool(any(split[:3]) or split.choices) and len(split.rest) > 3 and bool(PLACE.search(split.rest))
        street = None if begins else STREET.search(said)
        if begins and re.search("[0-9一二三四五六七八九十][号栋幢座楼室档弄F层]|[0-9]", said):
            stop = len(TAIL.sub("", said[lead:]).rstrip(" :("))
            found = _made(page, piece.start() + lead, piece.start() + lead + stop, "", _use("", said))
            page.take(piece.start() + lead, piece.start() + lead + stop)
            return [found]
        if street:
            first = said[: street.start()].rpartition(" ")[2]
            start = street.start() - len(first) if first and not re.search("[送在到]", first) else street.start()
            stop = start + len(re.split(r"\s", said[start:])[0])
            found = _made(page, piece.start() + start, piece.start() + stop, "", _use("", said))
            page.take(piece.start() + start, piece.start() + stop)
            return [found]
    return []


def note_behind(page: Page, place: int) -> tuple[str, int, int] | None:
    """What the driver shall do, behind the number: 放门卫."""
    match = NOTE.match(page.left, place)
    return (match[1], *match.span(1)) if match else None


def _made(page: Page, start: int, end: int, region_line: str, use: str) -> AddressProposal:
    said = page.plain[start:end]
    split = regions.split(region_line + said)
    region = (split.province, split.city, split.district)
    choices = [(one.province, one.city, one.district) for one in split.choices]
    text = page.original(start, end)
    if any(region):
        text = (region_line and split.rest) or page.original(end - len(split.rest), end)
    return AddressProposal(text=text.lstrip(" ,:"), use=use, region=region, choices=choices, spans=[(start, end)])


def _use(label: str, said: str) -> str:
    word = next((use for key, use in USES.items() if key in label), "")
    return word or ("shop" if re.search("市场.*档|档口|[0-9]档|铺", said) else "delivery")


def _from_context(text: str) -> tuple[str, str, str]:
    """我是南海桂城这边 tells a district as one says it; only where one place alone is called so."""
    for match in LED.finditer(text[:4000]):
        said = text[match.end() : match.end() + 20].split(TAKEN)[0]
        for split in (regions.split(said), *(regions.split(f"{said[:length]}区") for length in (2, 3))):
            if (split.city or split.district) and not split.choices:
                return split.province, split.city, split.district
    return "", "", ""
