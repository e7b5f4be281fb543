"""The card: what a text proposes, as forms that can be corrected in place and ticked."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from django import forms as django_forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import forms, scope, widgets
from shuke.language.pasting import Proposals
from shuke.language.pasting.numbers import plain
from shuke.language.pasting.proposals import Proposal
from shuke.parties.models import Address, Contact, InvoiceTitle, Party
from shuke.paste.models import Pasted

FIELDS: dict[str, tuple[Any, list[str]]] = {
    "contact": (Contact, ["name", "phone", "title", "wechat", "phone_work", "email", "gender", "note"]),
    "address": (Address, ["use", "province", "city", "district", "text", "postcode", "receiver", "phone"]),
    "invoice": (InvoiceTitle, ["title", "tax_no", "type", "bank", "account", "address", "phone"]),
    "note": (Pasted, ["text", "method", "on", "next_day", "next_time", "next_text"]),
}
PARTY = ["name", "is_organisation", "phone", "wechat", "roles", "tags", "aliases", "source", "site"]
MOST = 5  # of each sort on one card


class WhoForm(django_forms.Form):
    """Whose text it is: the customer that was recognised, another one, or a new one."""

    who = django_forms.ChoiceField(
        label=gettext_lazy("Who is it?"),
        widget=widgets.Chips,
        error_messages={"required": gettext_lazy("Please say whose text this is.")},
    )
    party = widgets.RelationFormField(
        label=gettext_lazy("Another customer"), rows=None, title="name", url="/parties/lookup/", required=False
    )

    def __init__(self, data: Any, *, user: Any, known: Party | None, has_new: bool, **said: Any) -> None:
        super().__init__(data, prefix="who", **said)
        choices = [("known", _("Note with %(customer)s") % {"customer": known})] if known else []
        choices += [("new", _("New customer"))] if has_new else []
        self.fields["who"].choices = [*choices, ("other", _("Another customer"))]
        self.fields["party"].rows = scope.rows(Party, user, "change")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("who") == "other" and not said.get("party") and "party" not in self.errors:
            self.add_error("party", _("Please pick a customer."))
        return said


@dataclass
class Part:
    """One proposal on the card."""

    name: str  # contact-0
    form: Any
    is_ticked: bool
    spans: str = ""
    title: Any = ""


@dataclass
class Card:
    text: str
    known: Party | None
    who: WhoForm
    party: Any
    parts: list[Part] = field(default_factory=list)

    @property
    def ticked(self) -> list[Part]:
        return [part for part in self.parts if part.is_ticked]


TITLES = {
    "contact": gettext_lazy("Contact"),
    "address": gettext_lazy("Address"),
    "invoice": gettext_lazy("Invoice title"),
    "note": gettext_lazy("Follow-up"),
}


def proposed(text: str, found: Proposals, user: Any, today: Any) -> Card:
    """The card for what was found in `text`."""
    known = party_in_reach(user, found.party.key) if found.party and found.party.key else None
    may_create = Party.kind.may(user, "create")
    choice = "known" if known and found.party and found.party.tick else "new" if found.party and not known and may_create else ""
    who = WhoForm(None, user=user, known=known, has_new=may_create, initial={"who": choice})
    party = plain_form(Party.kind, user, prefix="party", initial=party_values(found), only=PARTY)
    card = Card(text, known, who, party)
    for sort, place, proposal, values in values_of(text, found, today):
        model, names = FIELDS[sort]
        name = f"{sort}-{place}"
        form = plain_form(model.kind, user, prefix=name, initial=values, only=names)
        card.parts.append(Part(name, form, proposal.tick, spans(proposal), TITLES[sort]))
    return card


def sent(data: Any, user: Any) -> Card:
    """The card as it comes back from the browser."""
    key = data.get("known", "")
    known = party_in_reach(user, int(key)) if key.isdecimal() and len(key) < 19 else None
    who = WhoForm(data, user=user, known=known, has_new=Party.kind.may(user, "create"))
    party = plain_form(Party.kind, user, data, prefix="party", only=PARTY)
    card = Card(data.get("note-0-text", ""), known, who, party)
    for sort, (model, names) in FIELDS.items():
        for place in range(MOST):
            name = f"{sort}-{place}"
            if f"{name}-here" in data:
                form = plain_form(model.kind, user, data, prefix=name, only=names)
                card.parts.append(Part(name, form, f"{name}-tick" in data, data.get(f"{name}-here", ""), TITLES[sort]))
    return card


def plain_form(kind: Any, user: Any, data: Any = None, **said: Any) -> Any:
    """The kind's form under a prefix of its own; what it asks for while one types goes by names without one."""
    form = forms.form_for(kind, user, data, **said)
    for box in form.fields.values():
        box.widget.attrs = {key: value for key, value in box.widget.attrs.items() if not key.startswith("hx-")}
    return form


def party_in_reach(user: Any, key: int) -> Party | None:
    return scope.rows(Party, user, "change").filter(pk=key).first()


def party_values(found: Proposals) -> dict[str, Any]:
    party = found.party
    if party is None or party.key is not None:
        return {}
    contact = found.contacts[0] if found.contacts else None
    return {
        "name": party.name,
        "is_organisation": party.kind == "org",
        "phone": party.phone or (contact.phone if contact and party.kind == "person" else ""),
        "wechat": contact.wechat if contact and party.kind == "person" else "",
        "roles": [party.role],
        "tags": party.tags,
        "aliases": party.alias,
        "source": party.source,
        "site": f"https://{party.site}" if party.site and "://" not in party.site else party.site,
    }


def values_of(text: str, found: Proposals, today: Any) -> list[tuple[str, int, Proposal, dict[str, Any]]]:
    """(sort, number, proposal, what its form begins with). A contact that is known already needs no second record."""
    rows: list[tuple[str, int, Proposal, dict[str, Any]]] = []
    new = [contact for contact in found.contacts if not contact.is_known and (contact.name or contact.phone)]
    for place, contact in enumerate(new[:MOST]):
        values = {key: getattr(contact, key) for key in FIELDS["contact"][1]}
        rows.append(("contact", place, contact, values | {"name": contact.name or contact.phone}))
    for place, address in enumerate(found.addresses[:MOST]):
        province, city, district = address.region
        values = {"use": address.use, "province": province, "city": city, "district": district, "text": address.text}
        rows.append(("address", place, address, values | {"postcode": address.postcode}))
    if title := found.invoice_title:
        values = {key: getattr(title, key) for key in FIELDS["invoice"][1]}
        rows.append(("invoice", 0, title, values | {"type": title.type or "general"}))
    note, ahead = found.follow_up, found.next
    values = {"text": text, "method": note.method, "on": note.on or today}
    if ahead:
        values |= {"next_day": ahead.day, "next_time": ahead.time, "next_text": ahead.text[:200]}
        note.spans = [*note.spans, *ahead.spans]
    note.tick = True  # the text is kept unless the person says otherwise
    rows.append(("note", 0, note, values))
    return rows


def spans(proposal: Proposal) -> str:
    return " ".join(f"{start}-{end}" for start, end in proposal.spans)


def understood(found: Proposals) -> list[dict[str, str]]:
    """What was understood beyond the forms. It stays in the text, which is kept whole; this only shows it."""
    told: list[tuple[str, str, Proposal]] = []
    for contact in found.contacts:
        if contact.is_known:
            told.append((_("Contact"), f"{contact.name} {contact.phone}", contact))
    for item in found.items:
        price = f" × {plain(item.price)}" if item.price is not None else ""
        told.append((_("Wants"), f"{item.product} {plain(item.quantity)} {item.unit}{price} {item.note}", item))
    if deal := found.deal:
        told.append((_("Building site or deal"), f"{deal.name} {plain(deal.amount) if deal.amount else ''}", deal))
    if case := found.case:
        told.append((_("Repair"), f"{case.equipment} {case.model} {case.fault}", case))
    if complaint := found.complaint:
        told.append((_("Complaint"), f"{complaint.product} {complaint.text}", complaint))
    for promise in [*found.promises, *found.promised]:
        amount = plain(promise.amount) if promise.amount is not None else ""
        told.append((_("Promised"), f"{promise.day or ''} {amount} {promise.text}", promise))
    return [{"label": str(label), "text": " ".join(text.split()), "spans": spans(row)} for label, text, row in told]


def pieces(text: str, found: Proposals) -> list[dict[str, Any]]:
    """The text cut wherever a proposal begins or ends, so that the pieces of one can light up."""
    rows: list[Proposal] = [*found.contacts, *found.addresses, *found.items, *found.promises, *found.promised, *found.asks]
    rows += [row for row in (found.party, found.deal, found.case, found.complaint, found.invoice_title, found.next) if row]
    edges = sorted({0, len(text), *(edge for row in rows for span in row.spans for edge in span if edge <= len(text))})
    return [{"at": start, "text": text[start:end]} for start, end in itertools.pairwise(edges)]
