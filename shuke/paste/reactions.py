"""What this room hangs into the pages below: pasted texts at their customer, and a contact for the telephone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.core import scope
from shuke.core.hooks import panel
from shuke.parties.models import Contact, Party
from shuke.parties.panels import own
from shuke.paste.models import METHODS, Pasted

SHOWN = 5
TOLD = ["text", "method", "on", "next_day", "next_time", "next_text"]


@panel("parties.party", _("pasted texts"), "paste/texts.html", module="parties")
def texts(party: Party, user: Any) -> dict[str, Any] | None:
    """Within the rights of `user`: a hidden column is not there, a masked one is masked by the store."""
    told = {f"said_{key}": expression for key, expression in own(Pasted.kind, TOLD, user).items()}
    rows = list(scope.rows(Pasted, user).filter(party=party).order_by("-pk").values("pk", **told)[:SHOWN])
    for row in rows:
        row["url"] = Pasted.kind.url(row["pk"])
        row["method"] = dict(METHODS).get(row.get("said_method", ""), "")
    return {"rows": rows} if rows else None


@panel("parties.contact", _("Onto the phone"), "paste/as_vcf.html", module="parties")
def as_file(record: Contact, user: Any) -> dict[str, Any]:
    return {"url": f"/contacts/{record.pk}.vcf"}
