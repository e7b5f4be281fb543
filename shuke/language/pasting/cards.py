"""Business cards: who works where, as what; and the shop with its keeper on one line."""

from __future__ import annotations

import re

from shuke.language.names import SURNAMES
from shuke.language.pasting import people
from shuke.language.pasting.chat import LABELS
from shuke.language.pasting.page import TAKEN, Page
from shuke.language.pasting.proposals import ContactProposal, PartyProposal

FACTS = re.compile(r"手机|电话|传真|地址|邮编|E-?mail|微信|mobile|tel|fax|www\.|总监|经理|公司|批发|零售|主营|QQ", re.IGNORECASE)
TALK = re.compile(
    "你好|您好|吗|呢|[要送来](?:[0-9一二两三四五六七八九十])|明天|后天|今天|下周|我们|咱|谢谢|收到|付|[?？]|转[给账钱你]|税号|抬头|我是|收货人|收件人|地区"
)
ENGLISH = re.compile(r"^[ ]{0,8}([A-Z][A-Z0-9 .,&'\-]{4,60})[ ]{0,8}$", re.MULTILINE)
KEEPER = re.compile(rf"^\s?(?P<shop>[一-鿿]{{3,12}})\s{{1,4}}(?P<who>{people.POLITE}|{people.FULL})[ ]{{0,8}}$", re.MULTILINE)
PERSON_LINE = re.compile(
    rf"^\s?(?P<name>(?:{people.COMPOUND}) ?[一-鿿]{{1,2}}|[{SURNAMES}] ?[一-鿿] ?[一-鿿]?)"
    rf"(?:\s{{1,4}}(?P<title>[一-鿿/ ]{{2,12}})|\s{{1,4}}[A-Z][A-Za-z \-]{{2,30}})?[ ]{{0,8}}$",
    re.MULTILINE,
)
TITLE_LINE = re.compile(rf"^\s?(?P<title>[一-鿿]{{0,8}}(?:{people.TITLES}))[ ]{{0,8}}$", re.MULTILINE)
MOST_LINES = 15


def is_card(page: Page) -> bool:
    """Short lines, most of them facts, and nobody who speaks."""
    lines = [line for line in page.plain.split("\n") if line.strip(" " + TAKEN)]
    return 3 <= len(lines) <= MOST_LINES and not TALK.search(page.plain) and sum(bool(FACTS.search(line)) for line in lines) >= 2


def read(page: Page) -> tuple[PartyProposal | None, ContactProposal | None]:
    """The firm and the person of a card."""
    company = people.COMPANY.search(page.left)
    person, shop = _person(page), None
    party = None
    if company:
        party = PartyProposal(page.original(*company.span()), kind="org", spans=[company.span()])
        english = ENGLISH.search(page.left)
        if english:
            party.alias, party.spans = [english[1].strip()], [*party.spans, english.span(1)]
    elif shop := KEEPER.search(page.left):
        party = PartyProposal(page.original(*shop.span("shop")), kind="org", spans=[shop.span("shop")])
        person = ContactProposal(name=page.original(*shop.span("who")), spans=[shop.span("who")])
    elif firm := people.FIRM.search(page.left):
        party = PartyProposal(page.original(*firm.span()), kind="org", spans=[firm.span()])
    return party, person


def _person(page: Page) -> ContactProposal | None:
    for match in PERSON_LINE.finditer(page.left):
        name = re.sub(r"\s", "", match["name"])
        title = (match["title"] or "").strip()
        if people.NO_NAMES.match(name) or re.search(f"{people.TITLES}|{people.FIRM_END}|市|区|路", name) or LABELS.search(name):
            continue
        spans = [match.span("name")]
        if not title and (alone := TITLE_LINE.search(page.left)):
            title = alone["title"]
            spans.append(alone.span("title"))
        return ContactProposal(name=name, title=title, surname=people.surname(name), spans=spans)
    return None
