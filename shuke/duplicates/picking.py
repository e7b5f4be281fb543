"""The page on which two become one: a row per field, what either says, which is picked, and what a person's picks come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from shuke.core import edits, forms
from shuke.core.columns import CUSTOM
from shuke.core.fields import WordsField
from shuke.duplicates.actions import EMPTY
from shuke.parties.models import Party

WINNER, LOSER, BOTH = "winner", "loser", "both"


@dataclass(frozen=True)
class Row:
    """One field: its words on either side as this person may read them, and the choice; `united` where there is none to make."""

    name: str
    label: Any
    winner: str
    loser: str
    picked: str
    both: str = ""
    united: str = ""


def rows(winner: Party, loser: Party, user: Any) -> Iterator[Row]:
    """A row for each field that this person may write and that either fills, the surer side picked."""
    kind = Party.kind
    for name in forms.form_for(kind, user, instance=winner).fields:
        mine, other = held(winner, name), held(loser, name)
        if mine in EMPTY and other in EMPTY:
            continue
        left, right = shown(winner, name, mine, user), shown(loser, name, other, user)
        field = None if name.startswith(CUSTOM) else Party._meta.get_field(name)
        united = both = ""
        if isinstance(field, WordsField):
            united = shown(winner, name, list(dict.fromkeys([*mine, *other])), user)
        elif left == right:
            united = left
        elif isinstance(field, models.TextField) and mine and other:
            both = joined(mine, other)
        column = kind.column(name, user)
        label = column.label if column else name
        yield Row(name, label, left, right, surer(winner, loser, name, both), both, united)


def surer(winner: Party, loser: Party, name: str, both: str) -> str:
    """Who says something before who does not; of two stages the later one, but no mere prospect; notes are kept both."""
    if both:
        return BOTH
    if name == "stage":
        moved = [(party.stage != "new", party.stage_since) for party in (winner, loser)]
        return WINNER if moved[0] >= moved[1] else LOSER
    return WINNER if held(winner, name) not in EMPTY else LOSER


def picked(rows: list[Row], winner: Party, loser: Party, said: Mapping[str, Any]) -> dict[str, Any]:
    """{field: value} as a form says it; what it does not say goes to the surer side."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for row in rows:
        if row.united:
            continue
        choice = said.get(row.name, row.picked)
        value = row.both if choice == BOTH and row.both else held(loser if choice == LOSER else winner, row.name)
        if row.name.startswith(CUSTOM):
            extra[row.name.removeprefix(CUSTOM)] = value
        else:
            values[row.name] = value
    return {**values, "extra": {key: value for key, value in extra.items() if value is not None}}


def held(party: Party, name: str) -> Any:
    if name.startswith(CUSTOM):
        return party.extra.get(name.removeprefix(CUSTOM))
    return getattr(party, Party._meta.get_field(name).attname)


def shown(party: Party, name: str, value: Any, user: Any) -> str:
    if value in (None, "", []):
        return ""
    return edits.shown(party, name, value, user)


def joined(mine: str, other: str) -> str:
    return mine if other in mine else f"{mine}\n{other}"


def fuller_first(one: Party, other: Party) -> tuple[Party, Party]:
    """The one that tells more stays, of equals the older."""
    said = {party.pk: sum(held(party, field.name) not in EMPTY for field in Party.journalled()) for party in (one, other)}
    first, second = sorted((one, other), key=lambda party: (-said[party.pk], party.pk))
    return first, second


def sentence(winner: Party, loser: Party) -> str:
    return _("“%(loser)s” is now part of “%(winner)s”") % {"winner": winner, "loser": loser}
