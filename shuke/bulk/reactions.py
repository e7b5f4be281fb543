"""What hangs below a list when rows are ticked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from shuke.bulk import acting
from shuke.core import hooks
from shuke.core.kind import Kind


def bar(kind: Kind, user: Any) -> list[dict[str, Any]]:
    """A button per verb, one for the fields, one to delete."""
    found = list(acting.acts(kind, user))
    shown = [{"label": act.label, "url": kind.url(what=f"bulk/{act.name}/"), "tone": act.tone} for act in found if not act.column]
    if any(act.column for act in found):
        shown.insert(0, {"label": _("Change a field"), "url": kind.url(what="bulk/"), "tone": ""})
    return shown


hooks.bars.append(bar)
