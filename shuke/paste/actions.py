"""What one does with a pasted text: keep what it says with a customer, known or new."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shuke.core import act as work
from shuke.core.record import Refused
from shuke.parties.models import Party
from shuke.paste.known import Store, sentence
from shuke.paste.models import Pasted


def note(party: Any, *, parts: Iterable[Any], user: Any) -> Party:
    """Save the valid form `party` of a new customer, or take the Party that it is, and the valid forms of its `parts`.

    One batch, so one undo takes all of it back. Raises Refused when a new customer would have a number that one has already.
    Journal: "pasted".
    """
    parts = list(parts)
    with work.act("pasted", kind=Pasted._meta.label_lower):
        if not isinstance(party, Party):
            refuse_known_numbers(party, parts, user)
            party = Party.kind.write(party, user)
        for form in parts:
            form.instance.party = party
            form.kind.write(form, user)
    return party


def refuse_known_numbers(party: Any, parts: list[Any], user: Any) -> None:
    """Never two new customers with one phone."""
    said = [party.cleaned_data.get("phone", ""), *(form.cleaned_data.get("phone", "") for form in parts)]
    said += [form.cleaned_data.get("phone_work", "") for form in parts]
    if twin := Store(user).elsewhere(*said):
        raise Refused(sentence(twin))
