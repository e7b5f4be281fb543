"""What reading a pasted text may propose. Every proposal tells by `spans` from which pieces of the text it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Protocol

Span = tuple[int, int]  # start and end in the text as it was pasted


@dataclass(frozen=True)
class Customer:
    """One that is in the store already: `key` is whatever the asker knows it by, `contact` the person whom it was found by."""

    key: int
    name: str
    contact: str = ""


@dataclass(frozen=True)
class Product:
    name: str  # as 瓷砖胶 20kg: what it is, then what kind of it
    unit: str


class Known(Protocol):
    """What the store knows, within the sight of whoever pastes. Names are compared whole, never by a part."""

    @property
    def products(self) -> Sequence[Product]: ...

    def by_phone(self, phone: str) -> Customer | None: ...

    def by_wechat(self, wechat: str) -> Customer | None: ...

    def by_name(self, name: str) -> Customer | None:
        """The one customer of this name or alias, or with a contact of this name; None where there are several."""

    def similar(self, name: str) -> str:
        """The name of a customer that may be the firm `name` written differently, or ""."""


@dataclass
class Proposal:
    spans: list[Span] = field(default_factory=list, kw_only=True)
    tick: bool = field(default=True, kw_only=True)  # False: offered, with a reason among the asks


@dataclass
class PartyProposal(Proposal):
    name: str
    key: int | None = None  # of the customer that is known already
    kind: str = "person"  # or "org"
    role: str = "prospect"
    phone: str = ""
    site: str = ""
    source: str = ""
    tags: list[str] = field(default_factory=list)
    alias: list[str] = field(default_factory=list)


@dataclass
class ContactProposal(Proposal):
    name: str = ""
    is_known: bool = False
    surname: str = ""
    title: str = ""
    phone: str = ""
    phone_work: str = ""
    wechat: str = ""
    email: str = ""
    gender: str = ""
    note: str = ""


@dataclass
class AddressProposal(Proposal):
    text: str
    use: str = "delivery"
    region: tuple[str, str, str] = ("", "", "")
    choices: list[tuple[str, str, str]] = field(default_factory=list)
    postcode: str = ""
    note: str = ""


@dataclass
class ItemProposal(Proposal):
    product: str
    quantity: Decimal
    unit: str
    price: Decimal | None = None
    amount: Decimal | None = None
    spec: str = ""
    lot: str = ""
    note: str = ""
    is_new: bool = False  # not among the products
    said: str = ""  # as it is called in the text


@dataclass
class DealProposal(Proposal):
    name: str = ""
    amount: Decimal | None = None
    enter_on: date | None = None
    area: str = ""


@dataclass
class OrderProposal(Proposal):
    total: Decimal | None = None
    deposit: Decimal | None = None
    rest: Decimal | None = None
    terms: str = ""


@dataclass
class CaseProposal(Proposal):
    kind: str = "repair"
    equipment: str = ""
    model: str = ""
    serial: str = ""
    fault: str = ""
    impact: str = ""
    is_urgent: bool = False
    is_again: bool = False


@dataclass
class ComplaintProposal(Proposal):
    text: str
    product: str = ""


@dataclass
class TitleProposal(Proposal):
    title: str = ""
    tax_no: str = ""
    type: str = ""  # "special", "general" or not said
    bank: str = ""
    account: str = ""
    address: str = ""
    phone: str = ""


@dataclass
class PromiseProposal(Proposal):
    day: date | None
    text: str = ""
    amount: Decimal | None = None
    lunar: str = ""


@dataclass
class NextProposal(Proposal):
    day: date
    text: str
    time: time | None = None


@dataclass
class FollowUpProposal(Proposal):
    method: str = "wechat"  # or "other"
    on: date | None = None
    text: str = ""


@dataclass
class Ask(Proposal):
    """A question to the person: which rule is in doubt, and what its sentence names."""

    rule: str
    said: dict[str, str] = field(default_factory=dict)


@dataclass
class Proposals:
    sort: str = "note"
    party: PartyProposal | None = None
    contacts: list[ContactProposal] = field(default_factory=list)
    addresses: list[AddressProposal] = field(default_factory=list)
    items: list[ItemProposal] = field(default_factory=list)
    deal: DealProposal | None = None
    order: OrderProposal | None = None
    case: CaseProposal | None = None
    complaint: ComplaintProposal | None = None
    invoice_title: TitleProposal | None = None
    promises: list[PromiseProposal] = field(default_factory=list)  # ours
    promised: list[PromiseProposal] = field(default_factory=list)  # the customer's
    next: NextProposal | None = None
    follow_up: FollowUpProposal = field(default_factory=FollowUpProposal)
    asks: list[Ask] = field(default_factory=list)

    def ask(self, rule: str, *spans: Span, **said: str) -> None:
        self.asks.append(Ask(rule, said, spans=list(spans), tick=False))
