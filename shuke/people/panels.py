"""Blocks on the pages of people: what a colleague looks after."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.core.hooks import panel
from shuke.people import handover
from shuke.people.models import User


@panel("people.user", _("Looks after"), "people/holdings.html", module="people")
def holdings(user: User, viewer: Any) -> dict[str, Any] | None:
    """What he owns, as lists of which one may give away one by one; None where there is nothing."""
    held = handover.holdings(user) if User.kind.may(viewer, "hand_over") else {}
    lines = [
        {"label": model.kind.plural, "count": count, "url": f"{model.kind.url()}?owner={user.pk}"}
        for model, count in held.items()
        if model.kind.may(viewer, "view")
    ]
    return {"count": sum(held.values()), "lines": lines} if lines else None
