"""What hangs below a list when rows are ticked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from shuke.bulk import acting
from shuke.core import hooks
from shuke.core.kind import Kind


def bar(kind: Kind, user: Any) -> list[dict[str, Any]]:
    """One button, to the page of all that may be done with the rows: a list is light."""
    offered = any(acting.acts(kind, user))
    return [{"label": _("Change together"), "url": kind.url(what="bulk/"), "tone": ""}] if offered else []


hooks.bars.append(bar)
