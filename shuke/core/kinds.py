"""What the firm sets up by itself, as kinds like any other: fields of its own and saved views."""

from __future__ import annotations

from shuke.core.kind import Kind, kind
from shuke.core.models import CustomField, SavedView


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
