"""What the doors know of pasted texts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shuke.core.kind import Kind, kind
from shuke.core.pages import VERBS
from shuke.paste.models import Pasted

VERBS["pasted"] = _("noted from a pasted text")


@kind(Pasted)
class PastedTexts(Kind):
    """Stands on the page and the timeline of its customer."""

    path = "pasted"
    module = "parties"
    icon = "paste"
    menu = False
    title = "method"
    in_panel = False  # the block of its own tells the text
    subtitle = "party__name"
    root = "party"
    columns = ["method", "party", "on", "next_day", "next_text"]
    filters = ["party", "method", "on", "next_day"]
    form = ["party", "text", "method", "on", "next_day", "next_time", "next_text"]
    facts = ["party", "text", "method", "on", "next_day", "next_time", "next_text"]
