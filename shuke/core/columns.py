"""A column: one field of a kind as it is selected, shown, exported and told by the API, within one person's rights."""

from __future__ import annotations

import datetime
import html
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Concat, Left, Length, Right
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import customfields, scope
from shuke.core.fields import JsonField, MoneyField, PhoneField, WordsField
from shuke.core.record import Record, RecordQuerySet
from shuke.language import phones

if TYPE_CHECKING:
    from shuke.core.kind import Kind

CUSTOM = "x_"
HIDDEN = 0  # stands for the id of a related record that the person may not see
STARRED = ("text", "phone")  # types of which a part can be shown


def escape(text: Any) -> str:
    """As Django's `escape`, without its care for lazy texts, which costs more than all else of a cell."""
    return html.escape(str(text))


@dataclass(frozen=True)
class Column:
    """`type` is text, number, money, date, moment, state, phone, words, yesno, relation or link; `choices` {key: label}."""

    key: str
    label: Any
    type: str
    field: models.Field[Any, Any] | None = None
    choices: dict[str, Any] | None = None
    level: scope.Level = "edit"
    custom: Any = None

    def expressions(self, kind: Kind, user: Any) -> list[Any]:
        """What to select: one expression, or (id, label) for a relation. A masked value is masked by the store."""
        if self.custom:
            return [stars(f"extra__{self.custom.key}") if self.level == "masked" else said(self.custom.key)]
        if self.type == "relation":
            return related(kind, self.key, self.field, user)
        if "__" in self.key:
            return [guarded(kind, self.key.partition("__")[0], user, F(self.key))]
        return [mask(self.key) if self.level == "masked" else F(self.key)]

    @property
    def width(self) -> int:
        return 2 if self.type == "relation" else 1

    def text(self, *values: Any) -> str:
        """As a person reads it."""
        return TEXT[self.type](self, *values)

    def html(self, *values: Any) -> str:
        """As a cell or a fact, escaped."""
        make = HTML.get(self.type)
        return make(self, *values) if make else escape(self.text(*values))

    def cell(self, *values: Any) -> Any:
        """As a typed cell of a spreadsheet."""
        value = values[0]
        if self.type == "money" and value is not None:
            return Decimal(value)
        if self.type in ("number", "date") and value is not None:
            return value
        if self.type == "moment" and value is not None:
            return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
        return self.text(*values)

    def plain(self, *values: Any) -> Any:
        """As the API tells it: constants, not labels."""
        value = values[0]
        if self.type == "relation":
            return None if value is None else {"id": value or None, "name": self.text(*values)}
        if isinstance(value, Decimal):
            return f"{value:f}"
        if isinstance(value, (datetime.date, datetime.datetime)):
            return value.isoformat()
        return value


def of(kind: Kind, key: str, levels: dict[str, scope.Level]) -> Column | None:
    """The column `key` of `kind` for a person with these field `levels`; None when hidden. Raises KeyError when there is none.

    What cannot be starred, a masked amount or day, is hidden.
    """
    level = levels.get(key.partition("__")[0], "edit")
    if level == "hidden":
        return None
    if key.startswith(CUSTOM):
        custom = customfields.of(kind.path)[key.removeprefix(CUSTOM)]
        held = Column(key, custom.name, customfields.COLUMN_TYPES.get(custom.type, custom.type), custom=custom, level=level)
        return held if level != "masked" or held.type in STARRED else None
    field = field_at(kind.model, key)
    if level == "masked" and type_of(field) not in STARRED:
        return None
    choices = dict(field.flatchoices) or dict(getattr(field, "words", None) or ()) or None
    return Column(key, kind.label_of(key, field), type_of(field), field, choices, level)


def field_at(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    name, _sep, rest = path.partition("__")
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise KeyError(path) from None
    if name in getattr(model, "secret", ()):
        raise KeyError(path)
    return field_at(field.related_model, rest) if rest else field


def type_of(field: models.Field[Any, Any]) -> str:
    if field.is_relation:
        return "relation"
    if field.choices:
        return "state"
    for kinds, name in TYPES:
        if isinstance(field, kinds):
            return name
    return "text"


TYPES: list[tuple[tuple[type, ...], str]] = [
    ((MoneyField,), "money"),
    ((WordsField,), "words"),
    ((PhoneField,), "phone"),
    ((models.DateTimeField,), "moment"),
    ((models.DateField,), "date"),
    ((models.BooleanField,), "yesno"),
    ((models.IntegerField, models.DecimalField, models.AutoField), "number"),
    ((models.URLField,), "link"),
]


def title_of(model: type[models.Model]) -> str:
    """The column that stands for a record of `model` where another one names it."""
    kind = getattr(model, "kind", None)
    return kind.title if kind else "name"


def related(kind: Kind, name: str, field: Any, user: Any) -> list[Any]:
    label = F(f"{name}__{title_of(field.related_model)}")
    seen = seen_through(kind, name, user)
    if seen is None:
        return [F(field.attname), label]
    key = Case(When(seen, then=F(field.attname)), When(**{f"{name}__isnull": False}, then=Value(HIDDEN)))
    return [key, Case(When(seen, then=label), default=Value(None))]


def guarded(kind: Kind, name: str, user: Any, expression: Any) -> Any:
    seen = seen_through(kind, name, user)
    return expression if seen is None else Case(When(seen, then=expression), default=Value(None))


def seen_through(kind: Kind, name: str, user: Any) -> Q | None:
    """The condition under which the record that `name` points at is in scope; None when it always is. Joins are a door too."""
    model = kind.model._meta.get_field(name).related_model
    if name == kind.root or not issubclass(model, Record) or model._meta.label == settings.AUTH_USER_MODEL:
        return None
    branches = model.kind.branches(user, "view")
    if branches == scope.EVERYTHING:
        return None
    return Q(**{f"{name}__in": RecordQuerySet(model).filter(scope.union(branches)).values("pk")})


def mask(name: str) -> Any:
    """138****8000, computed by the store so that the clear value never leaves it; short values are starred whole."""
    starred = Concat(Left(F(name), 3), Value("****"), Right(F(name), 4), output_field=models.CharField())
    return Case(
        When(**{name: ""}, then=Value("")),
        When(GreaterThan(Length(F(name)), 8), then=starred),
        default=Value("****"),
        output_field=models.CharField(),
    )


def said(key: str) -> Any:
    """A custom value as JSON keeps it: Django's own way to it takes the text "8.00" for the number 8.0 on SQLite."""
    return CombinedExpression(F("extra"), "->", Value(key), output_field=JsonField())


def stars(name: str) -> Any:
    return Case(When(**{f"{name}__isnull": False}, then=Value("****")), default=Value(None), output_field=models.CharField())


def is_clear(kind: Kind, path: str, user: Any) -> bool:
    """Whether the person reads this column of every record in his scope, so that it may be searched by and shown anywhere."""
    name, _sep, rest = path.partition("__")
    return kind.levels(user).get(name, "edit") in ("edit", "read") and (not rest or seen_through(kind, name, user) is None)


def extra_text(kind: Kind, extra: dict[str, Any], user: Any) -> str:
    """The custom fields of the journal's column `extra`, those that the person may see."""
    shown = [one for key in customfields.of(kind.path) if key in extra and (one := kind.column(f"{CUSTOM}{key}", user))]
    values = ((one.label, "****" if one.level == "masked" else one.text(extra[one.custom.key])) for one in shown)
    return "、".join(f"{label}: {value}" for label, value in values)


def show_text(column: Column, value: Any) -> str:
    return "" if value is None else str(value)


def show_number(column: Column, value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, (int, Decimal)) else f"{value:,.10g}"


def show_money(column: Column, value: Decimal | str | None) -> str:
    return "" if value is None else f"{Decimal(value):,.2f}"  # an amount in a custom field is a decimal string


def show_moment(column: Column, value: datetime.datetime | None) -> str:
    return "" if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


def show_state(column: Column, value: Any) -> str:
    return "" if value is None else str((column.choices or {}).get(value, value))


def show_words(column: Column, value: Any) -> str:
    return "、".join(str((column.choices or {}).get(word, word)) for word in value or ())


def show_relation(column: Column, key: int | None, label: str | None) -> str:
    return str(_("(no right to see)")) if key == HIDDEN else label or ""


TEXT: dict[str, Callable[..., str]] = {
    "text": show_text,
    "link": show_text,
    "number": show_number,
    "money": show_money,
    "date": lambda column, value: "" if value is None else (value if isinstance(value, str) else value.isoformat()),
    "moment": show_moment,
    "state": show_state,
    "phone": lambda column, value: phones.shown(value) if value and "*" not in value else value or "",
    "words": show_words,
    "yesno": lambda column, value: "" if value is None else str(_("Yes") if value else _("No")),
    "relation": show_relation,
}


def html_phone(column: Column, value: str | None) -> str:
    if not value:
        return ""
    if "*" in value:
        return escape(value)
    called = f"tel:{value}" if value.isdecimal() else f'"tel:{escape(value)}"'
    return f"<a href={called}>{escape(phones.shown(value))}</a>"


def html_words(column: Column, value: Any) -> str:
    names = column.choices or {}
    return "".join(f"<i>{escape(names.get(word, word))}</i>" for word in value or ())


def html_relation(column: Column, key: int | None, label: str | None) -> str:
    if not key:
        return escape(show_relation(column, key, label))
    kind = getattr(column.field.related_model, "kind", None) if column.field is not None else None
    return f"<a href=/{kind.path}/{key}/>{escape(label)}</a>" if kind else escape(label)


def html_state(column: Column, value: Any) -> str:
    said = value if value and value.isalpha() else f'"{escape(value)}"'
    return f"<b data-s={said}>{escape(show_state(column, value))}</b>" if value else ""


def html_link(column: Column, value: str | None) -> str:
    if not value:
        return ""
    safe = value.startswith(("http://", "https://"))
    return f'<a href="{escape(value)}" rel="noopener noreferrer" target="_blank">{escape(value)}</a>' if safe else escape(value)


def html_money(column: Column, value: Decimal | str | None) -> str:
    return show_money(column, value) if value else ""  # a column of zeros hides the sums that matter


HTML: dict[str, Callable[..., str]] = {
    "moment": lambda column, value: "" if value is None else f"{timezone.localtime(value):%Y-%m-%d}",
    "money": html_money,
    "phone": html_phone,
    "words": html_words,
    "relation": html_relation,
    "state": html_state,
    "link": html_link,
}
