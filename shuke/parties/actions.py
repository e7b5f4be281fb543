"""What one does with a party: move it through its life, give it to a colleague, work on it together, mark it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import scope, search
from shuke.core.actions import action
from shuke.core.models import Share
from shuke.core.record import Refused
from shuke.language import names
from shuke.parties.forms import ColleagueForm, ShareForm, StageForm, TagForm, TeamForm
from shuke.parties.models import STAGES, Contact, InvoiceTitle, Party

if TYPE_CHECKING:
    from shuke.people.models import User


@action(gettext_lazy("Move to a stage"), form=StageForm)
def set_stage(party: Party, *, stage: str) -> None:
    """Move `party` to another stage of its life; `stage_since` starts anew and the journal keeps the old one.

    Raises Refused when it stands there already. Journal: "set_stage".
    """
    if party.stage == stage:
        raise Refused(_("“%(party)s” is already in the stage “%(stage)s”.") % {"party": party, "stage": dict(STAGES)[stage]})
    party.stage = stage
    party.save(verb="set_stage")


@action(gettext_lazy("Give to a colleague"), form=ColleagueForm, shared=True)
def give_owner(party: Party, *, to: User) -> None:
    """Make `to` the owner of `party`. From then on who gave it away sees it only as a member of its team.

    Raises Refused for a colleague who is switched off, or who has it already. Journal: "give_owner".
    """
    refuse_absent(to)
    if party.owner_id == to.pk:
        raise Refused(_("“%(party)s” belongs to %(user)s already.") % {"party": party, "user": to})
    party.owner = to
    party.save(verb="give_owner")


@action(gettext_lazy("Share with a colleague"), form=ShareForm, shared=True)
def share_with(party: Party, *, to: User, level: str) -> None:
    """Take `to` into the team of `party`, to read ("view") or to work on it together ("change"); said again, the level changes.

    Raises Refused for its owner and for a colleague who is switched off.
    """
    refuse_absent(to)
    if party.owner_id == to.pk:
        raise Refused(_("%(user)s is the owner of “%(party)s” and works on it anyway.") % {"party": party, "user": to})
    share = shares(party).filter(user=to).first() or Share(on=Party.kind.path, record=party.pk, user=to)
    share.level = level
    share.save(verb="share_with")


@action(gettext_lazy("Take out of the team"), form=TeamForm, shared=True)
def unshare(party: Party, *, to: User) -> None:
    """Take `to` out of the team of `party`. Raises Refused when not in it."""
    share = shares(party).filter(user=to).first()
    if share is None:
        raise Refused(_("%(user)s is not in the team of “%(party)s”.") % {"party": party, "user": to})
    share.delete(verb="unshare")


@action(gettext_lazy("Add a tag"), form=TagForm)
def add_tag(party: Party, *, tag: str) -> None:
    """Put `tag` behind the others; one that is there stays as it is."""
    party.tags = list(dict.fromkeys([*party.tags, tag]))
    party.save(verb="add_tag")


@action(gettext_lazy("Take a tag away"), form=TagForm)
def remove_tag(party: Party, *, tag: str) -> None:
    """Raises Refused when `party` has no such tag."""
    if tag not in party.tags:
        raise Refused(_("“%(party)s” has no tag “%(tag)s”.") % {"party": party, "tag": tag})
    party.tags = [word for word in party.tags if word != tag]
    party.save(verb="remove_tag")


def shares(party: Party) -> Any:
    return scope.system("the team of a party in reach").rows(Share).live().filter(on=Party.kind.path, record=party.pk)


def refuse_absent(user: User) -> None:
    if not user.is_active:
        raise Refused(_("%(user)s no longer works here. Please choose another colleague.") % {"user": user})


@dataclass(frozen=True)
class Twin:
    """A party that may be the same: which one, what is alike ("name", "phone", "wechat", "tax_no"), whose, since when."""

    party: int
    family: int
    reason: str
    owner: str
    since: datetime.date


def possible_twins(*, name: str = "", phone: str = "", wechat: str = "", tax_no: str = "", limit: int = 5) -> list[Twin]:
    """Parties of the whole firm that may be the one described, at most `limit`, each once.

    Goes beyond the scope of the person who asks, so it tells that a party exists, whose and since when, and nothing else of it.
    Names are compared without legal form, place and brackets.
    """
    rows = scope.system("duplicate check").rows
    parties, contacts, titles = (rows(model).live() for model in (Party, Contact, InvoiceTitle))
    asked = {
        "phone": (phone, Q(phone=phone) | Q(pk__in=contacts.filter(phone=phone).values("party"))),
        "wechat": (wechat, Q(wechat=wechat) | Q(pk__in=contacts.filter(wechat=wechat).values("party"))),
        "tax_no": (tax_no, Q(pk__in=titles.filter(tax_no=tax_no).values("party"))),
        "name": (bare := names.bare(name) if name else "", Q(bare=bare)),
    }
    found: dict[int, Twin] = {}
    for reason, (value, alike) in asked.items():
        for party in parties.filter(alike).select_related("owner").order_by("pk")[:limit] if value else ():
            found.setdefault(party.pk, Twin(party.pk, party.family, reason, str(party.owner or ""), party.created_at.date()))
    return list(found.values())[:limit]


def whose_number(tail: str) -> Twin | None:
    """The newest party of the whole firm with a number that ends in `tail` (four digits or more), its own or a contact's.

    Goes beyond the scope like `possible_twins`. None also for an end that very many share.
    """
    if len(tail) < 4 or not tail.isdecimal():
        return None
    ends: dict[str, list[int]] = {Party.kind.key: [], Contact.kind.key: []}
    for kind, record, _title, _subtitle, phone, *_texts in search.rare(tail, [Party.kind, Contact.kind]) or ():
        if phone.endswith(tail):
            ends[kind].append(record)
    parties, contacts = (scope.system("duplicate check").rows(model).live() for model in (Party, Contact))
    named = Q(pk__in=contacts.filter(pk__in=ends[Contact.kind.key]).values("party"))
    found = parties.filter(Q(pk__in=ends[Party.kind.key]) | named).select_related("owner").order_by("-pk").first()
    return Twin(found.pk, found.family, "phone", str(found.owner or ""), found.created_at.date()) if found else None
