"""The order in which the rules read: what would be mistaken for something else is taken first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime

from shuke.language.folding import fold
from shuke.language.pasting import addresses, cards, chat, days, invoices, numbers, orders, people, phones, promises, repairs
from shuke.language.pasting.chat import Chat
from shuke.language.pasting.page import TAKEN, Page
from shuke.language.pasting.phones import Number
from shuke.language.pasting.proposals import (
    AddressProposal,
    ContactProposal,
    Customer,
    DealProposal,
    FollowUpProposal,
    Known,
    NextProposal,
    PartyProposal,
    Proposals,
)

TRADE = re.compile(r"(?:做|搞|开|经营)([一-鿿]{2,6})(?:的|生意)(?=[,。\s]|$)")
ASKS_PRICE = re.compile("多少钱?一|多少钱|报价(?!单)|什么价|怎么卖|报个价|价格多少|几多钱")
ROOMS = re.compile("(?:要|做|装)([一二两三四]卫一厨|[一二两三四五]室[一二两]厅|全屋)")
AREA = re.compile(r"([0-9]{2,4})\s?(?:平方米|平方|平米|平|㎡)")
ENTER = re.compile("进场|开工|入场|动工")
SENDS = re.compile(r"(?:寄|发)(?:个|点|份|一份)?(样板|样品|样砖|样册|资料|目录|色卡)")
DELIVERS = re.compile("送|要货|来[0-9一二两三四五六七八九十]|要 |要\\s?[一-鿿]{1,4}[0-9]|明天|上午|下午|到货|发货")
SPOT = re.compile("(后门|前门|侧门|楼下|仓库|店里|后厨)")
OLD_PLACE = re.compile("老地方|上次那个地址|老地址")
NEEDS_PLACE = re.compile("上午|下午|早上|晚上")
LINE_HEAD = re.compile(r"^[ ]?([一-鿿A-Za-z0-9·()]{2,30}?)(?=\s{1,3}|[:,0-9]|$)", re.MULTILINE)
FARTHEST_CANDIDATES = 12  # names that are looked up in the store for one text


def read(text: str, *, today: date, now: datetime, known: Known, me: str) -> Proposals:
    """What `text` proposes. Days are reckoned from the message's own day where it has one, else from `today`; `me` is the name
    under which the person who pastes writes in a chat. It never raises and takes what it does not understand for plain text."""
    return Reading(text, today, now, known, me).all()


class Reading:
    def __init__(self, text: str, today: date, now: datetime, known: Known, me: str) -> None:
        self.page, self.today, self.now, self.known, self.me = Page(text), today, now, known, me
        self.found = Proposals()
        self.chat: Chat = chat.read(self.page, me)
        self.numbers: list[Number] = []
        self.said_on = self.chat.last_day or today
        self.customer: Customer | None = None

    def all(self) -> Proposals:
        page, found = self.page, self.found
        self.whole, self.asked = page.left, chat.without_ours(page, self.chat)  # before any rule has taken from it
        found.invoice_title = invoices.read(page, found)
        is_card = not self.chat.messages and not found.invoice_title and cards.is_card(page)
        found.case = repairs.read(page, found)
        self.postcode = phones.drop_other_numbers(page)
        self.ask_about_letters()
        self.wechat = phones.wechat(page)
        self.numbers = phones.find(page)
        self.theirs = chat.without_ours(page, self.chat)
        self.read_people(is_card)
        self.find_addresses()
        self.find_goods()
        self.find_talk()
        self.find_next()
        self.tell_sort(is_card)
        self.ask_the_rest(is_card)
        return found

    def ask_about_letters(self) -> None:
        if match := phones.lettered(self.page):
            self.found.ask("letter_in_number", match.span(), number=match[0])
            self.page.take(*match.span())

    # who

    def read_people(self, is_card: bool) -> None:
        self.numbers = [number for number in self.numbers if not self.is_ours(number.start)]
        if is_card:
            self.read_card()
        else:
            self.read_contact()
        self.match_known()
        self.make_party()

    def is_ours(self, place: int) -> bool:
        message = self.chat.at(place)
        return message is not None and message.is_ours

    def read_card(self) -> None:
        party, person = cards.read(self.page)
        contact = person or ContactProposal()
        for span in [*(party.spans if party else []), *contact.spans]:
            self.page.take(*span)
        self.add_numbers(contact, party)
        if not contact.name and self.numbers and (named := people.before(self.page, self.numbers[0].start)):
            contact.name = named.name
        if contact.name:
            contact.surname, contact.gender = people.surname(contact.name), people.gender(contact.name)
            self.found.contacts = [contact]
        self.found.party = party

    def add_numbers(self, contact: ContactProposal, party: PartyProposal | None) -> None:
        for number in self.numbers:
            if number.is_mobile and not contact.phone:
                contact.phone = number.phone
            elif not number.is_mobile and not contact.phone_work:
                contact.phone_work = number.phone
                if party and re.match("0[0-9]{2,3}-[0-9]{7,8}", number.phone):
                    party.phone = "-".join(number.phone.split("-")[:2])
            else:
                continue
            contact.spans.append((number.start, number.end))
        self.add_reach(contact)
        if party and (site := phones.SITE.search(self.page.left)):
            party.site, party.spans = site[0], [*party.spans, site.span()]

    def add_reach(self, contact: ContactProposal) -> None:
        """E-mail and WeChat id beside the number that they belong to."""
        if email := phones.EMAIL.search(self.page.left):
            contact.email = email[0]
            contact.spans.append(email.span())
        if self.wechat:
            contact.wechat = self.wechat[0]
            contact.spans.append(self.wechat[1:])
        elif contact.phone and (same := phones.SAME_WECHAT.search(self.page.left)):
            contact.wechat = contact.phone
            contact.spans.append(same.span())
        elif any(number.is_wechat for number in self.numbers):
            contact.wechat = next(number.phone for number in self.numbers if number.is_wechat)

    def read_contact(self) -> None:
        """The person behind the first number, else who introduces himself, else who speaks."""
        named, contact = None, ContactProposal()
        number = next(iter(self.numbers), None)
        if number:
            contact.phone, contact.spans = number.phone, [(number.start, number.end)]
            named = people.before(self.page, number.start) or people.after(self.page, number.end)
        named = named or people.labelled(self.page) or people.introduced(self.theirs, self.page)
        message = self.chat.at(number.start) if number else next((one for one in self.chat.messages if not one.is_ours), None)
        self.message = message
        if named:
            contact.name, contact.title, contact.note = named.name, named.title, named.note
            contact.spans.append((named.start, named.end))
            self.page.take(named.start, named.end)
        elif message and not message.is_ours:
            contact.name = message.speaker
            contact.spans.append(message.head)
        if number or named or (message and not message.is_ours):
            contact.surname, contact.gender = people.surname(contact.name), people.gender(contact.name)
            self.add_reach(contact)
            self.found.contacts = [contact]
        self.theirs = chat.without_ours(self.page, self.chat)

    def match_known(self) -> None:
        """By number or WeChat id it is sure, by name alone it is offered."""
        contact = next(iter(self.found.contacts), None)
        for number in self.numbers:
            if customer := self.known.by_phone(number.phone):
                self.customer = customer
                self.mark_known((number.start, number.end), sure=True)
                return
        if contact and contact.wechat and (customer := self.known.by_wechat(contact.wechat)):
            self.customer = customer
            self.mark_known(contact.spans[-1], sure=True)
            return
        for name, span in self.candidates(contact):
            if name != self.me and (customer := self.known.by_name(name)):
                self.customer = customer
                self.mark_known(span, sure=False)
                rule = "only_called" if customer.contact == name else "only_named"
                if not self.found.invoice_title:
                    self.found.ask(rule, span, said=name, customer=customer.name)
                return

    def candidates(self, contact: ContactProposal | None) -> list[tuple[str, tuple[int, int]]]:
        names: list[tuple[str, tuple[int, int]]] = []
        title = self.found.invoice_title
        if title and title.title:
            names.append((title.title, title.spans[0]))
        if self.found.party:
            names.append((self.found.party.name, self.found.party.spans[0]))
        if self.found.sort != "card":
            heads = LINE_HEAD.finditer(self.theirs[:4000])
            names += [(self.page.original(*match.span(1)), match.span(1)) for match in heads]
        firms = [match.span() for match in people.COMPANY.finditer(self.theirs[:4000])]
        firms += [match.span(1) for match in people.WE_ARE.finditer(self.theirs[:4000])]
        names = names[:FARTHEST_CANDIDATES] + [(self.page.original(*span), span) for span in firms[:FARTHEST_CANDIDATES]]
        if contact and contact.name and not contact.note:
            names.append((contact.name, contact.spans[-1]))
        return names

    def mark_known(self, span: tuple[int, int], *, sure: bool) -> None:
        customer = self.customer
        assert customer is not None
        self.found.party = PartyProposal(customer.name, key=customer.key, tick=sure, spans=[span])
        for contact in self.found.contacts:
            if customer.contact and ((sure and contact.phone) or contact.name == customer.contact) and not contact.note:
                contact.name, contact.is_known = customer.contact, True
            elif contact.name == customer.name:
                contact.name = ""
        self.found.contacts = [contact for contact in self.found.contacts if contact.name or contact.phone]

    def make_party(self) -> None:
        """A new customer, where none is known: the firm that is named, else the person."""
        found = self.found
        if found.party:
            if found.party.key is None and (alike := self.known.similar(found.party.name)):
                found.ask("similar_name", *found.party.spans, name=alike)
            return
        contact = next(iter(found.contacts), None)
        title = found.invoice_title
        if title and title.title:
            found.party = PartyProposal(title.title, kind="org", role="buyer", spans=title.spans[:1])
            found.ask("whose_title", *title.spans[:1])
            return
        if (
            not contact
            or not (contact.name or contact.phone)
            or (not contact.phone and not self.chat.messages and not contact.wechat)
        ):
            return
        firm = people.WE_ARE.search(self.theirs) or people.COMPANY.search(self.theirs)
        if firm:
            group = firm.lastindex or 0
            span = firm.span(1) if group and firm.re is people.WE_ARE else firm.span()
            found.party = PartyProposal(self.page.original(*span), kind="org", spans=[span])
            if alike := self.known.similar(found.party.name):
                found.ask("similar_name", span, name=alike)
        else:
            found.party = PartyProposal(contact.name or contact.phone, spans=list(contact.spans))
            self.name_by_unit(found.party)
            self.name_trade(found.party)
        if found.case:
            found.party.role = "buyer"

    def name_by_unit(self, party: PartyProposal) -> None:
        message = getattr(self, "message", None)
        if message and message.unit and self.chat.group:
            party.name = f"{message.speaker}（{self.chat.group} {message.unit}）"
            party.source = "微信"

    def name_trade(self, party: PartyProposal) -> None:
        if match := TRADE.search(self.theirs):
            party.tags = [match[1]]
            self.found.ask("shop_unknown", match.span())

    # where

    def find_addresses(self) -> None:
        found, page = self.found, self.page
        for contact in found.contacts[:1]:
            for span in contact.spans:
                page.take(*span)
        if found.invoice_title:
            return
        for number in self.numbers:
            if note := addresses.note_behind(page, number.end):
                page.take(*note[1:])
        own = self.page.left
        page.left = chat.without_ours(page, self.chat)
        found.addresses = addresses.find(page, self.theirs)
        page.left = own if not found.addresses else page.left
        for number in self.numbers:
            if found.addresses and (noted := addresses.NOTE.match(self.theirs, number.end)):
                found.addresses[0].note = noted[1]
        message = getattr(self, "message", None)
        if not found.addresses and message and message.unit and self.chat.group:
            place = AddressProposal(f"{self.chat.group}{message.unit}", use="site", spans=[message.head])
            found.addresses = [place]
            found.deal = DealProposal(name=place.text, spans=[message.head])
        if found.addresses and self.postcode:
            found.addresses[0].postcode = self.postcode

    # what

    def find_goods(self) -> None:
        page, found = self.page, self.found
        if self.found.invoice_title or self.found.case:
            return
        theirs = chat.without_ours(page, self.chat)
        orders.read(page, theirs, self.known.products, found)
        self.find_deal(theirs)

    def find_deal(self, theirs: str) -> None:
        found = self.found
        site = next((address for address in found.addresses if address.use == "site"), None)
        if site and not found.deal:
            name = re.sub("^.*?(?:街道|镇|乡)", "", site.text)
            found.deal = DealProposal(name=name, spans=list(site.spans))
        if found.deal:
            for said in days.find(theirs, self.said_on):
                if ENTER.search(theirs[said.end : said.end + 10]):
                    found.deal.enter_on = said.day
                    found.deal.spans.append((said.start, said.end))
            if area := AREA.search(theirs):
                found.deal.area = area[1]
                found.deal.spans.append(area.span())

    def find_talk(self) -> None:
        """Complaints, our promises and offers, the customer's payments."""
        found = self.found
        theirs = chat.without_ours(self.page, self.chat)
        ours = chat.without_theirs(self.page, self.chat)
        if not found.case and not found.invoice_title:
            promises.complaint(theirs, [item.said for item in found.items], found)
            promises.payments(theirs, self.today, self.said_on, found)
        promises.ours(ours, self.today, found, self.said_on)
        if not found.items and (offer := promises.offer(ours)):
            found.deal = replace(found.deal or DealProposal(), amount=offer[0])
            found.deal.spans = [*found.deal.spans, offer[1]]

    # when

    def find_next(self) -> None:
        found, theirs = self.found, chat.without_ours(self.page, self.chat)
        said = list(days.find(theirs, self.said_on))
        ahead = [one for one in said if one.day >= self.today]
        for one in said:
            if one.day < self.today and not re.search("上个?[月周次]|昨|前天", theirs[max(0, one.start - 1) : one.end]):
                found.ask("past_day", (one.start, one.end), day=one.day.isoformat())
        who = found.contacts[0].name if found.contacts else found.party.name if found.party else ""
        if found.case:
            found.next = NextProposal(self.today, repairs.deadline(self.whole))
        elif found.promised:
            due = next((one for one in found.promised if one.day and one.day > self.today), found.promised[0])
            amount = f" {numbers.plain(due.amount)} 元" if due.amount is not None else due.text
            found.next = NextProposal(due.day or self.today, f"{who}说付{amount}", spans=list(due.spans))
        elif ASKS_PRICE.search(theirs):
            self.next_quote(theirs)
        elif found.items and ahead:
            one = self.delivery_day(ahead, theirs)
            found.next = NextProposal(
                one.day, self.delivery(theirs), one.time or days.first_time(theirs), spans=[(one.start, one.end)]
            )
        elif ahead and (answer := next((one for one in ahead if promises.ANSWER.search(theirs[one.end : one.end + 20])), None)):
            offered = found.deal.amount if found.deal else None
            about = f"{numbers.plain(offered)} 元行不行" if offered is not None else ""
            found.next = NextProposal(answer.day, f"{who}答复 {about}".strip(), answer.time, spans=[(answer.start, answer.end)])
        elif sends := SENDS.search(self.asked):
            found.next = NextProposal(ahead[0].day if ahead else self.today, f"寄{sends[1]}", spans=[sends.span()])
        elif ahead and found.party:
            self.next_said(ahead[0], theirs)

    def delivery_day(self, ahead: list[days.Said], theirs: str) -> days.Said:
        one = ahead[0]
        if re.search("月底|月末", theirs[one.start : one.end]) and re.search("上门|拜访|见面", theirs):
            return replace(one, day=days.workday(one.day))
        return one

    def next_said(self, one: days.Said, theirs: str) -> None:
        """The clause in which the day stands, in the words of the text."""
        start = max(theirs.rfind(mark, 0, one.start) for mark in ",。;!?\n" + TAKEN) + 1
        words = re.split("[,。;!?\n" + TAKEN + "]", theirs[one.end : one.end + 60])[0].strip()
        words = words or theirs[start : one.start].strip()
        self.found.next = NextProposal(one.day, words[:60], one.time, spans=[(one.start, one.end)])

    def next_quote(self, theirs: str) -> None:
        found = self.found
        rooms = ROOMS.search(theirs)
        said = found.items[0].said if found.items else orders.named(theirs, self.known.products)
        code = re.search("[A-Za-z]{1,4}[0-9]{3,6}", said)
        what = code[0] if code else said or (rooms[1] if rooms else "")
        adds = re.search("加[您你]", chat.without_theirs(self.page, self.chat))
        text = f"报{' ' if what and what.isascii() else ''}{what}{' ' if what and what.isascii() else ''}的价" if what else "报价"
        asks = ASKS_PRICE.search(theirs)
        spans = [asks.span()] if asks else []
        found.next = NextProposal(self.today, f"加微信，{text}" if adds else text, spans=spans)

    def delivery(self, theirs: str) -> str:
        items, spot, old = self.found.items, SPOT.search(theirs), OLD_PLACE.search(theirs)
        if old:
            self.found.ask("same_place", old.span(), text=old[0])
        if spot and len(items) > 3:
            return f"送货到{spot[1]}"
        priced = any(item.price is not None for item in items)
        named = [
            f"{item.product.split()[0] if priced else item.said} {numbers.plain(item.quantity)} {item.unit}" for item in items
        ]
        listed = "、".join(named[:8])
        return f"{'送货：' if priced else '送'}{listed}" + (f"，{old[0]}" if old else "")

    # and how

    def tell_sort(self, is_card: bool) -> None:
        found = self.found
        found.sort = (
            "card" if is_card else "invoice" if found.invoice_title else "repair" if found.case else "order" if found.items
            else "chat" if self.chat.messages else "address" if found.addresses else "note"
        )  # fmt: skip
        on = self.chat.day if self.chat.messages else None
        found.follow_up = FollowUpProposal("other", on, "名片") if is_card else FollowUpProposal("wechat", on)
        found.follow_up.tick = found.party is not None
        if is_card and found.addresses:
            found.addresses[0].use = "office" if self.is_company() else "shop"

    def is_company(self) -> bool:
        return self.found.party is not None and people.COMPANY.search(fold(self.found.party.name)) is not None

    def ask_the_rest(self, is_card: bool) -> None:
        found, theirs = self.found, self.theirs
        if found.party is None:
            found.ask("whose")
        self.ask_for_places()
        for rule, pattern in SAID:
            if match := pattern.search(theirs):
                found.ask(rule, match.span(), text=match[0])
        if is_card and found.party and not self.is_company():
            found.ask("which_role", *found.party.spans)
        if (
            found.items
            and not days.find(theirs, self.said_on)
            and not ASKS_PRICE.search(theirs)
            and found.party
            and found.party.key
        ):
            found.ask("which_day")
        if self.chat.group:
            self.ask_for_others()

    def ask_for_places(self) -> None:
        for address in self.found.addresses:
            if address.choices:
                asked = " / ".join(f"{province}{city}" for province, city, _district in address.choices[:8])
                self.found.ask("which_region", *address.spans, district=address.choices[0][2], choices=asked)
            elif not any(address.region) and (address.use == "shop" or self.chat.group):
                self.found.ask("which_city", *address.spans, place=self.chat.group or address.text)

    def ask_for_others(self) -> None:
        """Further neighbours of a group who ask for the same: never made by themselves."""
        mine = getattr(self, "message", None)
        for message in self.chat.messages:
            said = self.whole[message.start : message.end]
            if not message.is_ours and mine and message.speaker != mine.speaker and re.search("也?(?:发|报|要|给)我|也要", said):
                self.found.ask("another_one", message.head, name=f"{message.speaker}（{self.chat.group} {message.unit}）")


SAID = [
    ("changed_wechat", re.compile("换了?(?:个)?微信|微信换了|新微信")),
    ("on_account", re.compile("跟上次一起结|跟上次的?一起算|一起结|记账|挂账|月底一起结")),
]
