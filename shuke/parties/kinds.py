"""What the doors know of parties and of what stands on their pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shuke.core import scope
from shuke.core.kind import Kind, kind
from shuke.core.pages import VERBS
from shuke.core.record import Record
from shuke.language.folding import fold
from shuke.parties import actions, panels
from shuke.parties.forms import AddressForm, PartyForm, TellingForm
from shuke.parties.models import (
    CUSTOMER,
    FAMILIES,
    GRANTS,
    OTHER,
    SUPPLIER,
    Address,
    Contact,
    InvoiceTitle,
    KeyDate,
    Party,
    Relation,
)
from shuke.people.rights import SORTS

VERBS["sample"] = _("added sample customers")
SORTS |= {GRANTS[SUPPLIER]: _("Suppliers"), GRANTS[OTHER]: _("Competitors, media, authorities")}


@kind(Party)
class Parties(Kind):
    path = "parties"
    module = "parties"
    icon = "party"
    subtitle = "city"
    phone = "phone"
    columns = ["name", "phone", "stage", "tier", "tags", "owner", "last_contact_at", "debt"]
    filters = ["stage", "tags", "roles", "source", "tier", "owner", "city", "is_organisation", "debt", "created_at"]
    sorts = {"name": "sort_key", "last_contact_at": "quiet_since", "debt": "debt"}
    totals = ["debt"]
    search = ["name", "aliases", "phone", "wechat"]
    more = [
        "contact_title", "phone", "wechat", "aliases", "is_organisation", "roles", "stage", "tier", "group", "tags", "source",
        "owner", "province", "city", "district", "address", "settle", "pay_days", "credit", "debt", "debt_on", "currency",
        "birthday", "preferences", "best_time", "best_way", "email", "site", "note",
    ]  # fmt: skip
    form = ["name", "contact_name", "contact_phone", *more]
    facts = [
        "phone", "wechat", "aliases", "tags", "stage", "tier", "group", "source", "owner", "last_contact_at", "debt", "debt_on",
        "settle", "pay_days", "credit", "birthday", "preferences", "best_time", "best_way", "province", "city", "district",
        "address", "roles", "email", "site", "note",
    ]  # fmt: skip
    form_class = PartyForm
    match_on = ("phone", "bare")
    actions = [actions.set_stage, actions.give_owner, actions.share_with, actions.unshare, actions.add_tag, actions.remove_tag]

    def parts(self, record: Record, said: dict[str, Any]) -> Iterator[Record]:
        """The contact that was named together with the party."""
        if name := said.get("contact_name"):
            phone = said.get("contact_phone") or said.get("phone") or ""
            yield Contact(party=record, name=name, phone=phone, title=said.get("contact_title") or "")

    def badges(self, record: Record, user: Any) -> list[dict[str, Any]]:
        return panels.badges(record, user)

    def now(self, record: Record, user: Any) -> list[dict[str, Any]]:
        return panels.due(record, user, timezone.localdate())

    def elsewhere(self, q: str, user: Any) -> str:
        """Whose customer has a number that ends so: who asks shall not make it a second time, and learns nothing else of it."""
        twin = actions.whose_number(fold(q).replace(" ", "").replace("-", ""))
        if twin is None or twin.family not in families(user, "view"):
            return ""
        if not twin.owner:
            return str(_("There is a customer with this number already, without owner."))
        return str(_("There is a customer with this number already, owner: %(name)s")) % {"name": twin.owner}

    def branches(self, user: Any, verb: str) -> list[Q]:
        """A party is reached when one of its families of roles is, or when it is shared with the person.

        Families reached without bounds make one branch; the others go owner by owner, each by its own index.
        """
        if not self.is_on:
            return scope.NOTHING
        reaches = {bit: scope.policy.reach(user, path, verb) for bit, path in GRANTS.items()}
        free = [family for family in FAMILIES if any(family & bit for bit, reach in reaches.items() if reach == "all")]
        if len(free) == len(FAMILIES):
            return scope.EVERYTHING
        branches = [reached(free, by_exclusion=reaches[CUSTOMER] == "all")] if free else []
        for owner in {owner: None for reach in reaches.values() for owner in owners(user, reach)}:
            bits = sum(bit for bit, reach in reaches.items() if owner in owners(user, reach))
            branches.append(Q(owner=owner) & reached([family for family in FAMILIES if family & bits], by_exclusion=True))
        bounded = any(reach in ("own", "department") for reach in reaches.values())
        return [*branches, scope.shared_with(self, user, verb)] if bounded else branches


def families(user: Any, verb: str) -> set[int]:
    """The families of roles of which `user` may do `verb` on any party at all."""
    open_to = [bit for bit, path in GRANTS.items() if scope.policy.reach(user, path, verb) != "none"]
    return {family for family in FAMILIES if any(family & bit for bit in open_to)}


def owners(user: Any, reach: scope.Reach) -> list[int | None]:
    """Whose parties a bounded reach takes in; who heads a department also sees those without an owner (None)."""
    if reach == "department":
        return [*sorted(scope.policy.colleagues(user)), None]
    return [user.pk] if reach == "own" else []


def reached(families: list[int], *, by_exclusion: bool) -> Q:
    """These families of roles; `by_exclusion` leaves the walk to the index of the sort or of the owner, as few rows drop out."""
    rest = [family for family in FAMILIES if family not in families]
    if not by_exclusion:
        return Q(family__in=families)
    return ~Q(family__in=rest) if rest else Q()


class PartOfParty(Kind):
    """Stands on the page of its party and is seen by whoever sees that."""

    module = "parties"
    menu = False
    in_panel = False  # the page of the party tells of it in a block of its own
    root = "party"


@kind(Contact)
class Contacts(PartOfParty):
    path = "contacts"
    icon = "contact"
    menu = True
    subtitle = "party__name"
    phone = "phone"
    columns = ["name", "party", "title", "is_decider", "phone", "wechat", "best_time"]
    filters = ["party", "is_decider", "best_way"]
    sorts = {"name": "sort_key"}
    search = ["name", "phone", "phone_work", "wechat"]
    form = [
        "party", "name", "phone", "title", "is_decider", "wechat", "phone_work", "email", "gender", "birthday",
        "best_time", "best_way", "likes", "note",
    ]  # fmt: skip
    more = form[5:]
    form_class = TellingForm


@kind(Relation)
class Relations(PartOfParty):
    path = "relations"
    icon = "relation"
    title = "type"
    columns = ["party", "type", "other", "note"]
    filters = ["type", "party", "other"]
    form = ["party", "type", "other", "note"]


@kind(Address)
class Addresses(PartOfParty):
    path = "addresses"
    icon = "place"
    title = "text"
    subtitle = "party__name"
    phone = "phone"
    columns = ["text", "party", "use", "province", "city", "district", "receiver", "phone"]
    filters = ["party", "use", "city"]
    search = ["text", "receiver", "phone"]
    form = ["party", "use", "text", "province", "city", "district", "receiver", "phone", "postcode"]
    form_class = AddressForm


@kind(InvoiceTitle)
class InvoiceTitles(PartOfParty):
    path = "invoice-titles"
    icon = "quote"
    title = "title"
    subtitle = "tax_no"
    columns = ["title", "party", "tax_no", "type", "bank", "account"]
    filters = ["party", "type"]
    search = ["title", "tax_no"]
    form = ["party", "title", "tax_no", "type", "bank", "account", "address", "phone"]
    form_class = TellingForm


@kind(KeyDate)
class KeyDates(PartOfParty):
    path = "key-dates"
    icon = "calendar"
    title = "what"
    columns = ["what", "party", "day", "yearly", "note"]
    filters = ["party", "yearly"]
    form = ["party", "what", "day", "yearly", "note"]
