"""What the first page tells of parties: four figures, each with its list, and whom to see to today."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import listing, scope
from shuke.parties.models import Party

SHOWN = 7  # lines of one group


def figures(user: Any, today: datetime.date) -> list[dict[str, Any]]:
    """Counts that stop at the cap, each with the address of its list; a list that is empty gives no figure."""
    kind = Party.kind
    week = (today - datetime.timedelta(days=today.weekday())).isoformat()
    wanted = [
        (_("Customers"), ""),
        (_("New this week"), f"created_at__from={week}"),
    ]
    if sees_debts(user):
        wanted.append((_("With a debt"), "debt__from=0.01&sort=-debt"))
    if not kind.solitary("owner"):
        wanted.append((_("Without owner"), "owner=none"))
    told = []
    for label, query in wanted:
        page = listing.page(kind, user, QueryDict(query), columns=[], limit=1)
        if page.count:
            told.append({"label": label, "value": page.count_text, "full": "", "note": "", "url": f"{kind.url()}?{query}"})
    return told


def sees_debts(user: Any) -> bool:
    column = Party.kind.column("debt", user)
    return column is not None and column.level != "masked"


def debtors(user: Any) -> dict[str, Any] | None:
    """Who owes most, as one group of the first page; None when nobody does or the person may not see debts."""
    kind = Party.kind
    column = kind.column("debt", user)
    if column is None or not sees_debts(user):
        return None
    owing = scope.rows(Party, user).filter(debt__gt=0)
    lines = [
        {
            "name": party.name,
            "url": kind.url(party),
            "text": _("owes %(amount)s") % {"amount": column.text(party.debt)},
            "offer": "",
            "acts": calls(party, user),
        }
        for party in owing.order_by("-debt", "-pk")[:SHOWN]
    ]
    if not lines:
        return None
    more = max(0, owing[: listing.CAP].count() - SHOWN)
    return {
        "title": _("Who owes us"),
        "tone": "late",
        "count": "",
        "lines": lines,
        "more": more,
        "more_url": f"{kind.url()}?debt__from=0.01&sort=-debt",
    }


def quiet(user: Any, today: datetime.date) -> dict[str, Any] | None:
    """Whom nobody spoke with for longest, among those that are no lost cause."""
    kind = Party.kind
    rows = scope.rows(Party, user).exclude(stage="gone").filter(last_contact_at__isnull=False)
    lines = [
        {
            "name": party.name,
            "url": kind.url(party),
            "text": _("%(days)s days without a word") % {"days": (today - timezone.localdate(party.last_contact_at)).days},
            "offer": party.city,
            "acts": calls(party, user),
        }
        for party in rows.order_by("quiet_since", "pk")[:SHOWN]
    ]
    return {"title": _("Not heard of for long"), "tone": "soon", "count": "", "lines": lines} if lines else None


def calls(party: Party, user: Any) -> list[dict[str, Any]]:
    """The button that calls, for whoever may see the number."""
    column = party.kind.column("phone", user)
    open_to = column is not None and column.level in ("edit", "read") and party.phone
    return [{"label": _("Call"), "url": f"tel:{party.phone}", "method": "get", "tone": "", "icon": "phone"}] if open_to else []
