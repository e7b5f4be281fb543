"""What this room hangs on the pages of customers, and what it says when somebody restores one that was merged away."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import hooks, scope
from shuke.core.hooks import on, panel
from shuke.core.kind import Kind
from shuke.core.pages import VERBS
from shuke.core.record import RecordQuerySet, Refused
from shuke.duplicates import actions
from shuke.duplicates.models import Pair
from shuke.parties import panels
from shuke.parties.models import Party

VERBS[actions.VERB] = gettext_lazy("merged two customers")
VERBS["merged_away"] = gettext_lazy("was merged into another customer")


@on("parties.party", "restored")
def refuse_to_restore(party: Party) -> None:
    """What belonged to it stands elsewhere now: only undo brings it back whole."""
    if party.merged_into_id:
        raise Refused(_("“%(party)s” was merged into another customer. Undo the merge on that one's page.") % {"party": party})


def beside(user: Any) -> list[panels.Wanted]:
    """The parties that may be the same as the one on the page, within the scope of `user`, and those merged into it."""
    ways = []
    for near, far in (("left", "right"), ("right", "left")):
        inside = Exists(scope.rows(Party, user).filter(pk=OuterRef(f"{far}_id")))
        ways.append((Q(inside, **{near: panels.ANY}), far))
    pairs = Pair.objects.exclude(state="different").filter(ways[0][0] | ways[1][0])
    told = {
        key: Case(*(When(way, then=F(column.format(far))) for way, far in ways))
        for key, column in (("far", "{}_id"), ("name", "{}__name"))
    }
    merged = RecordQuerySet(Party).filter(merged_into=panels.ANY)
    return [("Pair", pairs, told), ("Merged", merged, {"name": F("name"), "day": TruncDate("deleted_at")})]


panels.beside.append(beside)


@panel("parties.party", gettext_lazy("Duplicates"), "duplicates/panel.html", module="parties")
def likely(party: Party, user: Any) -> dict[str, Any] | None:
    """Who may be the same, and who was merged into it; nobody = no block."""
    here = panels.parts(party, user)
    rows = [{"title": row["name"], "url": f"/duplicates/{party.pk}/{row['far']}/"} for row in here["Pair"]]
    lost = [{"title": row["name"], "day": row["day"], "url": f"/duplicates/{row['id']}/history/"} for row in here["Merged"]]
    return {"rows": rows, "lost": lost} if rows or lost else None


def bar(kind: Kind, user: Any) -> list[dict[str, Any]]:
    """Two customers ticked in the list can be merged."""
    if kind is not Party.kind or not kind.may(user, "merge"):
        return []
    return [{"label": _("Merge two"), "url": "/duplicates/pick/", "tone": ""}]


hooks.bars.append(bar)
