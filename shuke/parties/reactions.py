"""Whom a change at a party is told of."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import act
from shuke.core.hooks import on
from shuke.notices.actions import tell
from shuke.notices.reasons import reason
from shuke.parties.models import Party

GIVEN = reason("customer_given", gettext_lazy("A customer was given to me"))


@on("parties.party", "give_owner")
def tell_the_new_owner(party: Party) -> None:
    """Whoever gets a customer from a colleague hears of it; who takes one himself knows."""
    if party.owner_id and party.owner_id != act.actor().user:
        tell([party.owner_id], _("“%(party)s” is yours now.") % {"party": party}, party.kind.url(party), GIVEN)
