"""From a query string to a condition: the address is the view. What the address names wrongly is an error one can see."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import columns, customfields, values, widgets
from shuke.core.columns import CUSTOM, Column
from shuke.core.record import Refused

if TYPE_CHECKING:
    from shuke.core.kind import Kind

RANGED = {"number", "money", "date", "moment"}
RESERVED = {"q", "sort", "cursor", "limit", "as", "columns", "page"}
LARGEST = 10**18
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Filter:
    """One thing to narrow a list by. `column.type` decides the widget and what the address may say."""

    column: Column
    kind: Kind

    @property
    def key(self) -> str:
        return self.column.key

    @property
    def names(self) -> list[str]:
        """The parameters it takes: its key, or two for a range; and `key__empty=1` for what has none."""
        ends = [f"{self.key}__from", f"{self.key}__to"] if self.column.type in RANGED else []
        return [self.key, *ends]

    def form_fields(self) -> dict[str, forms.Field]:
        if self.column.type in RANGED:
            return {name: self.field(name) for name in self.names[1:]}
        return {self.key: self.field(self.key)}

    def field(self, name: str) -> forms.Field:
        label = self.column.label
        if name.endswith("__from"):
            label = _("%(name)s from") % {"name": label}
        elif name.endswith("__to"):
            label = _("%(name)s to") % {"name": label}
        said: dict[str, Any] = {"label": label, "required": False}
        custom = self.column.custom
        match self.column.type:
            case "date" | "moment":
                return widgets.DayFormField(**said)
            case "money":
                return widgets.MoneyFormField(**said)
            case "number":
                return widgets.NumberFormField(places=4 if custom else 2, **said)
            case "yesno":
                return forms.ChoiceField(choices=[("", "—"), ("yes", _("Yes")), ("no", _("No"))], widget=widgets.Select(), **said)
            case "relation":
                related = self.column.field.related_model  # type: ignore[union-attr]
                url = f"/{related.kind.path}/lookup/" if getattr(related, "kind", None) else ""
                return forms.CharField(widget=widgets.LookAhead(url, str), **said)
        choices = self.column.choices or ({word: word for word in custom.choices} if custom and custom.choices else None)
        if choices:
            return forms.MultipleChoiceField(choices=list(choices.items()), widget=widgets.MultiChips(), **said)
        return widgets.TextFormField(**said)

    def condition(self, said: dict[str, list[str]], user: Any) -> Q:
        """The condition that the address asks for. Raises ValidationError with a sentence for a value that cannot be."""
        if self.column.type in RANGED:
            return self.within(said)
        wanted = said[self.key]
        if self.column.type == "relation":
            return self.pointing(wanted, user)
        if self.column.type == "yesno":
            return self.among([widgets.YesNoFormField().clean(wanted[-1])])
        cleaned = [widgets.TextFormField(max_length=255).clean(word) for word in wanted]
        if self.column.type == "words" and not self.column.custom:
            return values.having(self.kind.model, self.key, Q(text__in=cleaned))
        known = self.column.choices
        if known and (wrong := [word for word in cleaned if word not in known]):
            raise ValidationError(_("“%(word)s” is not one of the choices.") % {"word": wrong[0]})
        return self.among(cleaned)

    def among(self, said: list[Any]) -> Q:
        if self.column.custom:
            return values.having(self.kind.model, self.key, Q(text__in=list(map(str, said))))
        return Q(**{f"{self.key}__in": said}) if len(said) > 1 else Q(**{self.key: said[0]})

    def pointing(self, wanted: list[str], user: Any) -> Q:
        whole = Q()
        for word in wanted:
            if word == "me":
                whole |= Q(**{self.key: user.pk})
            elif word == "none":
                whole |= Q(**{f"{self.key}__isnull": True})
            else:
                key = widgets.NumberFormField(minimum=1, maximum=LARGEST).clean(word)
                whole |= Q(**{self.key: key})
        seen = columns.seen_through(self.kind, self.key, user)
        return whole & seen if seen else whole

    def within(self, said: dict[str, list[str]]) -> Q:
        place = "day" if self.column.type == "date" else "number"
        whole = Q()
        for name, words in said.items():
            value = self.field(name).clean(words[-1])
            if value is None:
                continue
            test = {"__from": "gte", "__to": "lte"}.get(name.removeprefix(self.key), "exact")
            if self.column.custom:
                whole &= Q(**{f"{place}__{test}": value})
            elif self.column.type == "moment":
                # The ends of the day, not the day of each row: that would be worked out anew for every row of the table.
                begins = timezone.make_aware(datetime.datetime.combine(value, datetime.time()))
                whole &= Q() if test == "lte" else Q(**{f"{self.key}__gte": begins})
                whole &= Q() if test == "gte" else Q(**{f"{self.key}__lt": begins + DAY})
            else:
                whole &= Q(**{f"{self.key}__{test}": value})
        return values.having(self.kind.model, self.key, whole) if self.column.custom else whole


def offered(kind: Kind, user: Any) -> list[Filter]:
    """What this person may narrow the list by: a field that is hidden or masked for him is not among it."""
    keys = [*kind.filters, *(f"{CUSTOM}{key}" for key in customfields.of(kind.path))]
    found = (kind.column(key, user) for key in keys if not kind.solitary(key))
    return [Filter(column, kind) for column in found if column is not None and column.level in ("edit", "read")]


class BadAddress(Refused):
    """The query string names a filter, a sort or a value that there is not."""


def compile(kind: Kind, params: Any, user: Any) -> tuple[Q, list[tuple[Filter, dict[str, list[str]]]]]:
    """(condition, filters in use) of a query string. Raises BadAddress with a sentence naming what is wrong."""
    by_name = {name: filter for filter in offered(kind, user) for name in filter.names}
    said: dict[str, dict[str, list[str]]] = {}
    used: dict[str, Filter] = {}
    for name in params:
        words = [word for word in params.getlist(name) if word != ""]
        if name in RESERVED or name.startswith("_") or name.endswith("__text") or not words:
            continue
        if name not in by_name:
            raise BadAddress(_("This list cannot be narrowed by “%(name)s”.") % {"name": name[:60]})
        filter = by_name[name]
        said.setdefault(filter.key, {})[name] = words[:50]
        used[filter.key] = filter
    whole = Q()
    for key, filter in used.items():
        try:
            whole &= filter.condition(said[key], user)
        except ValidationError as error:
            raise BadAddress(f"{filter.column.label}: {' '.join(error.messages)}") from None
    return whole, [(filter, said[key]) for key, filter in used.items()]
