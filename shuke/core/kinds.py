"""What the firm sets up by itself, as kinds like any other: itself, fields of its own, saved views; and the files on records."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from shuke.core import scope
from shuke.core.kind import Kind, every, kind
from shuke.core.models import Attachment, CustomField, Firm, SavedView


@kind(CustomField)
class CustomFields(Kind):
    path = "custom-fields"
    icon = "columns"
    menu = False
    columns = ["name", "on", "type", "required", "position"]
    form = ["on", "name", "key", "type", "choices", "required", "position"]
    search = []


@kind(SavedView)
class SavedViews(Kind):
    path = "saved-views"
    icon = "pin"
    menu = False
    columns = ["name", "on", "query", "shared", "pinned"]
    form = ["name", "on", "query", "shared", "pinned"]


# What has no list of its own stands at no path, and still has a form, rights and a way back.


class TheFirm(Kind):
    model = Firm
    path = "firm"
    form = ["name"]

    def url(self, record: Any = None, what: str = "") -> str:
        return "/settings/firm/"


class Files(Kind):
    model = Attachment
    path = "files"

    def branches(self, user: Any, verb: str) -> list[Q]:
        """Who sees the record sees its files, who may change it may add and remove them."""
        on = "view" if verb == "view" else "change"
        reached = [(kind.key, scope.rows(kind.model, user, on)) for kind in every() if kind.may(user, on)]
        return [Q(on=key, record__in=rows.values("pk")) for key, rows in reached]


Firm.kind, Attachment.kind = TheFirm(), Files()
