"""What a role may do, as a form in plain words: of each sort of record whose one sees, makes, changes; and which fields.

Rooms above name sorts of their own in `SORTS`, as the customers that are suppliers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import kind as kinds
from shuke.core import scope, widgets
from shuke.core.columns import STARRED, type_of
from shuke.core.kind import Kind
from shuke.people.models import FieldRight, Grant, Role
from shuke.people.policy import reach_of

SORTS: dict[str, Any] = {}  # {path with a colon: what the screen calls it}
VERBS: dict[str, Any] = {
    "view": gettext_lazy("View"),
    "create": gettext_lazy("Create"),
    "change": gettext_lazy("Change"),
    "delete": gettext_lazy("Delete"),
    "import": gettext_lazy("Import"),
    "export": gettext_lazy("Export"),
}
REACHES = [
    ("none", gettext_lazy("not at all")),
    ("own", gettext_lazy("one's own")),
    ("department", gettext_lazy("of the department")),
    ("all", gettext_lazy("all of them")),
]
YES = [("none", gettext_lazy("no")), ("all", gettext_lazy("yes"))]
everybody = scope.system("the rights of a role are set by whoever sets up the firm")


def sorts() -> dict[str, Any]:
    """{path: label} of what rights are given for: the kinds with a place in the rail, and the sorts that rooms name."""
    told: dict[str, Any] = {}
    for kind in kinds.every():
        if kind.menu and kind.is_on and not kind.root:
            told[kind.path] = kind.plural
            told |= {path: label for path, label in SORTS.items() if path.partition(":")[0] == kind.path}
    return told


def fields_of(kind: Kind) -> dict[str, Any]:
    """{field: its model field} of what the form of a kind asks, but what names a record."""
    held = {f.name: f for f in kind.model._meta.concrete_fields}
    return {name: held[name] for name in kind.form if name in held and name not in (kind.title, kind.root)}


def with_fields() -> Iterator[Kind]:
    """The kinds whose fields may be shut: those of the rail, and what stands on their pages."""
    for kind in kinds.every():
        root = kind.root_model()
        if kind.is_on and kind.form and (kind.menu or (root and root.kind.menu)):
            yield kind


class RightsForm(forms.Form):
    """The rights of one role. `sections`: (title, names of the fields below it, whether it is folded)."""

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        self.sections: list[tuple[str, list[str], bool]] = []

    def about(self, role: Role, actor: Any) -> None:
        grants = {(g.on, g.verb): g.reach for g in everybody.rows(Grant).live().filter(role=role)}
        levels = {(r.on, r.field): r.level for r in everybody.rows(FieldRight).live().filter(role=role)}
        for path, label in sorts().items():
            names = [
                self.add(f"grant {path} {verb}", words, choices(verb), reach_of(grants, path, verb))
                for verb, words in VERBS.items()
            ]
            self.sections.append((str(label), names, False))
        for kind in with_fields():
            names = []
            for name, field in fields_of(kind).items():
                offered = [(k, v) for k, v in FieldRight.LEVELS if k != "masked" or type_of(field) in STARRED]
                names.append(
                    self.add(
                        f"field {kind.path} {name}", kind.label_of(name, field), offered, levels.get((kind.path, name), "edit")
                    )
                )
            self.sections.append((_("Fields: %(kind)s") % {"kind": kind.plural}, names, True))

    def add(self, name: str, label: Any, choices: list[tuple[str, Any]], now: str) -> str:
        known = [key for key, _label in choices]
        initial = now if now in known else known[-1]
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, initial=initial, widget=widgets.Select())
        return name

    @property
    def parts(self) -> Iterator[dict[str, Any]]:
        for title, names, folded in self.sections:
            yield {"title": title, "fields": [self[name] for name in names], "folded": folded}

    def clean(self) -> dict[str, Any]:
        """Only what is said otherwise than it stands."""
        said: dict[str, Any] = super().clean() or {}
        return {name: value for name, value in said.items() if value != self.fields[name].initial}


def choices(verb: str) -> list[tuple[str, Any]]:
    """Of what does not exist yet there is no owner: one may add it or not."""
    return YES if verb == "create" else REACHES


def write(role: Role, said: dict[str, str]) -> None:
    """Give `role` the rights {"grant path verb": reach, "field path name": level}. Part of the action at hand."""
    for name, value in said.items():
        what, on, third = name.split(" ")
        if what == "grant":
            grant = everybody.rows(Grant).live().filter(role=role, on=on, verb=third).first() or Grant(
                role=role, on=on, verb=third
            )
            grant.reach = value
            grant.save(verb="set_rights")
        else:
            rows = everybody.rows(FieldRight).live().filter(role=role, on=on, field=third)
            right = rows.first() or FieldRight(role=role, on=on, field=third)
            right.level = value
            right.save(verb="set_rights")
