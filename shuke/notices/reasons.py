"""Why people are told something. A room names its reasons when it is loaded; a person chooses for each how it reaches him."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Reason(NamedTuple):
    """`by_mail`: comes as e-mail too unless the person says otherwise."""

    label: Any
    by_mail: bool


reasons: dict[str, Reason] = {}
choices: list[tuple[str, Any]] = []  # the same as words of a field: it grows while rooms are loaded


def reason(key: str, label: Any, *, by_mail: bool = False) -> str:
    """Make `key` a reason that `tell` takes. Returns the key, so that a room names it once."""
    reasons[key] = Reason(label, by_mail)
    choices.append((key, label))
    return key


def label_of(key: str) -> Any:
    """How a reason reads; "" for one of a room that is not there any more."""
    return ON_THE_BELL.get(key) or (reasons[key].label if key in reasons else "")


FAILED = reason("failed_job", _("Work in the background failed"), by_mail=True)
UNDELIVERED = "undelivered"
ON_THE_BELL = {UNDELIVERED: _("A message could not be sent")}  # by no other way, which may be as broken
