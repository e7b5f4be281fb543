"""Fields that the firm adds to a kind: in form, list, filter, exchange and API at once, without a change of the schema."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django import forms

from shuke.core import firm, widgets
from shuke.core.models import CustomField
from shuke.core.record import LIVE, RecordQuerySet

COLUMN_TYPES = {"choice": "text", "choices": "words"}  # the others are columns of their own name


def load() -> dict[str, dict[str, CustomField]]:
    found: dict[str, dict[str, CustomField]] = defaultdict(dict)
    for custom in RecordQuerySet(CustomField).filter(LIVE).order_by("position", "id"):
        found[custom.on][custom.key] = custom
    return dict(found)


def of(path: str) -> dict[str, CustomField]:
    """{key: field} of the kind with this path, in the firm's order."""
    return firm.kept("customfields", load).get(path, {})


def form_field(custom: CustomField) -> forms.Field:
    said: dict[str, Any] = {"label": custom.name, "required": custom.required}
    match custom.type:
        case "number":
            return widgets.NumberFormField(places=4, **said)
        case "money":
            return widgets.MoneyFormField(**said)
        case "date":
            return widgets.DayFormField(**said)
        case "choice":
            return forms.ChoiceField(choices=[("", "—"), *((word, word) for word in custom.choices)], **said)
        case "choices":
            return widgets.WordsFormField(words=[(word, word) for word in custom.choices], **said)
        case "yesno":
            return widgets.YesNoFormField(**said)
        case _:
            return widgets.TextFormField(max_length=2000, **said)


def stored(custom: CustomField, value: Any) -> Any:
    """`value` as `extra` keeps it: numbers as JSON numbers, money as decimal strings, days as ISO; None for nothing."""
    if value in (None, "", []):
        return None
    if custom.type == "money":
        return f"{value:.2f}"
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
