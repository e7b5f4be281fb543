"""What the first page tells of parties: four figures, each with its list, and whom to see to today."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import listing
from shuke.core.columns import Column
from shuke.parties.models import Party

SHOWN = 7  # lines of one group
OWING = "debt__from=0.01&sort=-debt"
QUIET = datetime.timedelta(days=30)


def owing(user: Any) -> listing.Page | None:
    """Those who owe most, and how many owe; None for whom debts are hidden from."""
    kind = Party.kind
    if "debt" not in listing.sorts(kind, user):
        return None
    columns = kind.shown(user, ["debt", "name", "phone"])
    return listing.page(kind, user, QueryDict(OWING), columns=columns, limit=SHOWN)


def figures(user: Any, today: datetime.date, owing: listing.Page | None) -> list[dict[str, Any]]:
    """Counts that stop at the cap, each with the address of its list; a list that is empty gives no figure."""
    kind = Party.kind
    week = (today - datetime.timedelta(days=today.weekday())).isoformat()
    wanted = {"": _("Customers"), f"created_at__from={week}": _("New this week")}
    if not kind.solitary("owner"):
        wanted["owner=none"] = _("Without owner")
    counted = {query: listing.page(kind, user, QueryDict(query), columns=[], limit=1) for query in wanted}
    if owing is not None:
        wanted[OWING], counted[OWING] = _("With a debt"), owing
    return [
        {"label": label, "value": counted[query].count_text, "full": "", "note": "", "url": f"{kind.url()}?{query}"}
        for query, label in wanted.items()
        if counted[query].count
    ]


def debtors(owing: listing.Page | None) -> dict[str, Any] | None:
    """Who owes most, as one group of the first page; None when nobody does or the person may not see debts."""
    if owing is None or not owing.rows:
        return None
    kind = Party.kind
    lines = [
        {
            "name": said.get("name") or f"#{pk}",
            "url": kind.url(pk),
            "text": _("owes %(amount)s") % {"amount": owing.columns[0].text(said["debt"])},
            "offer": "",
            "acts": calls(said),
        }
        for pk, said in told(owing.columns, owing.rows)
    ]
    return {
        "title": _("Who owes us"),
        "tone": "late",
        "count": "",
        "lines": lines,
        "more": owing.count - len(lines),
        "more_url": f"{kind.url()}?{OWING}",
    }


def quiet(user: Any, today: datetime.date) -> dict[str, Any] | None:
    """Whom nobody spoke with for longest, among those that are no lost cause."""
    kind = Party.kind
    if "last_contact_at" not in listing.sorts(kind, user):
        return None
    columns = kind.shown(user, ["name", "last_contact_at", "city", "phone"])
    before = timezone.make_aware(datetime.datetime.combine(today - QUIET, datetime.time()))
    asleep = ~Q(stage="gone") & Q(quiet_since__lt=before, last_contact_at__isnull=False)
    by_silence = QueryDict("sort=last_contact_at")
    page = listing.page(kind, user, by_silence, columns=columns, limit=SHOWN, counted=False, where=asleep)
    lines = [
        {
            "name": said.get("name") or f"#{pk}",
            "url": kind.url(pk),
            "text": _("%(days)s days without a word") % {"days": (today - timezone.localdate(said["last_contact_at"])).days},
            "offer": said.get("city", ""),
            "acts": calls(said),
        }
        for pk, said in told(columns, page.rows)
    ]
    return {"title": _("Not heard of for long"), "tone": "soon", "count": "", "lines": lines} if lines else None


def told(columns: list[Column], rows: list[tuple[Any, ...]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(id, {column: value}) of rows as a list has them: without what is hidden from the person, with stars where it is masked."""
    for pk, *values in rows:
        yield pk, {column.key: value for column, value in zip(columns, values, strict=True)}


def calls(said: dict[str, Any]) -> list[dict[str, Any]]:
    """The button that calls, for whoever may see the number."""
    number = said.get("phone") or ""
    open_to = number and "*" not in number
    return [{"label": _("Call"), "url": f"tel:{number}", "method": "get", "tone": "", "icon": "phone"}] if open_to else []
