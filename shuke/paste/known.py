"""What the store knows of whom a text may come from, within the sight of the person who pastes it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from shuke.core import scope, search
from shuke.language import names
from shuke.language.pasting import Customer, Product
from shuke.parties import kinds
from shuke.parties.actions import Twin, possible_twins
from shuke.parties.models import Contact, Party


class Store:
    """Known customers by the ways in which a text may name them. A customer who is out of reach is none here."""

    products: list[Product] = []  # until the firm keeps products

    def __init__(self, user: Any) -> None:
        self.user = user

    def by_phone(self, phone: str) -> Customer | None:
        return self.by("phone", phone)

    def by_wechat(self, wechat: str) -> Customer | None:
        return self.by("wechat", wechat)

    def by(self, column: str, value: str) -> Customer | None:
        contact = self.contacts().filter(**{column: value}).select_related("party").order_by("-pk").first()
        if contact is not None:
            return Customer(contact.party_id, str(contact.party), contact.name)
        return one_of(list(self.parties().filter(**{column: value}).order_by("-pk")[:1]))

    def by_name(self, name: str) -> Customer | None:
        """By the exact name or alias of a customer, else of a contact; two of them are nobody."""
        parties = list(self.parties().filter(bare=names.bare(name), name=name)[:2]) or self.by_alias(name)
        if parties:
            return one_of(parties)
        contacts = [found for found in self.found(name, Contact) if found.name == name]
        return Customer(contacts[0].party_id, str(contacts[0].party), name) if len(contacts) == 1 else None

    def by_alias(self, name: str) -> list[Any]:
        return [party for party in self.found(name, Party) if name in (party.name, *party.aliases)]

    def found(self, name: str, model: Any) -> list[Any]:
        """Records that the search finds by `name`; what it finds by a piece of it is left to the caller to drop."""
        hits = search.everywhere(name, self.user, [model.kind], limit=8)
        rows = scope.rows(model, self.user).filter(pk__in=[hit.record for _kind, group in hits for hit in group])
        return list(rows.select_related("party") if model is Contact else rows)

    def similar(self, name: str) -> str:
        return str(self.parties().filter(bare=names.bare(name)).exclude(name=name).first() or "")

    def parties(self) -> Any:
        return scope.rows(Party, self.user).filter(merged_into=None)

    def contacts(self) -> Any:
        return scope.rows(Contact, self.user)

    def elsewhere(self, *phones: str) -> Twin | None:
        """A customer of the whole firm with one of these numbers, as far as the person may know that there are such ones."""
        families = kinds.families(self.user, "view")
        twins = (twin for phone in phones if phone for twin in possible_twins(phone=phone))
        return next((twin for twin in twins if twin.family in families), None)

    def sees(self, party: int) -> bool:
        return self.parties().filter(pk=party).exists()


def one_of(parties: list[Any]) -> Customer | None:
    return Customer(parties[0].pk, str(parties[0])) if len(parties) == 1 else None


def sentence(twin: Twin) -> str:
    """That there is one already, and whose; nothing else of it."""
    if not twin.owner:
        return _("There is a customer with this number already, without owner.")
    return _("There is a customer with this number already, owner: %(name)s") % {"name": twin.owner}
