"""Two people on one customer: what both typed is asked about, what only one of them typed stands, nothing turns into another."""

from __future__ import annotations

import datetime
import html
import re
from decimal import Decimal
from typing import Any

import pytest

from shuke.core import forms, scope
from shuke.core.models import CustomField
from shuke.parties.models import Party
from tests.house.contract import posted

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 3, 2)
BOTH: dict[str, tuple[Any, Any, Any]] = {  # field: (as typed by the one, as it is kept then, as the other one has set it)
    "name": ("我写的", "我写的", "他写的"),
    "tags": ("急、要票", ["急", "要票"], ["慢", "现结"]),
    "roles": (["buyer", "supplier"], ["buyer", "supplier"], ["distributor", "partner"]),
    "debt_on": ("", None, DAY),
    "credit": ("7.5", Decimal("7.50"), None),
    "pay_days": ("0", 0, 30),
    "stage": ("gone", "gone", "regular"),
    "note": ("一\n二", "一\n二", ""),
}
OWN: dict[str, tuple[Any, Any, Any]] = {  # the same for fields of the firm's own, by their type
    "text": ("我", "我", "他"),
    "number": ("0", 0, 12.5),
    "money": ("8", "8.00", "9.50"),
    "date": ("2026-03-02", "2026-03-02", "2026-04-01"),
    "choice": ("red", "red", "blue"),
    "choices": (["red", "blue"], ["red", "blue"], ["blue"]),
    "yesno": ("true", True, False),
}


@pytest.fixture
def party(cast) -> Party:
    said = {"debt_on": datetime.date(2025, 1, 1), "credit": 5, "pay_days": 7, "note": "旧"}
    party = Party(name="顺德家具", owner=cast.boss, **said)
    party.save()
    return party


def now(party: Party) -> Party:
    return scope.system("test").rows(Party).get(pk=party.pk)


def opened(party: Party, user: Any) -> dict[str, Any]:
    """What the form sends as it is opened."""
    return posted(forms.form_for(party.kind, user, instance=now(party))) | {"version": now(party).version}


def by_the_other(party: Party, **values: Any) -> None:
    other = now(party)
    for name, value in values.items():
        setattr(other, name, value)
    other.save()


def settled(answer: Any, *, mine: bool) -> dict[str, list[str]]:
    """What the page of a conflict sends when every field is chosen from one side."""
    said: dict[str, list[str]] = {}
    radios: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", answer.content.decode().partition('<form class="form"')[2].partition("</form>")[0]):
        held = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        (radios if held["type"] == "radio" else said).setdefault(held["name"], []).append(held["value"])
    return said | {name: [values[0 if mine else 1]] for name, values in radios.items()}


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("name", BOTH)
def test_what_both_changed_becomes_what_is_chosen(cast, signed_in, party, name, mine):
    typed, kept, other = BOTH[name]
    browser, form = signed_in(cast.boss), opened(party, cast.boss)
    by_the_other(party, **{name: other}, wechat="w2")
    answer = browser.post(f"/parties/{party.pk}/edit/", form | {name: typed, "email": "a@example.com"})
    assert [conflict["name"] for conflict in answer.context["conflicts"]] == [name]
    assert browser.post(f"/parties/{party.pk}/edit/", settled(answer, mine=mine)).status_code == 302
    assert getattr(now(party), name) == (kept if mine else other)
    assert (now(party).email, now(party).wechat) == ("a@example.com", "w2")


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("type", OWN)
def test_fields_of_the_firms_own_are_asked_about_one_by_one(cast, signed_in, party, type, mine):
    typed, kept, other = OWN[type]
    for key, kind in (("a", type), ("b", "number"), ("c", "text")):
        CustomField(on="parties", key=key, name=key.upper(), type=kind, choices=["red", "blue"]).save()
    browser, form = signed_in(cast.boss), opened(party, cast.boss)
    by_the_other(party, extra={"a": other, "b": 5})
    answer = browser.post(f"/parties/{party.pk}/edit/", form | {"x_a": typed, "x_c": "新"})
    assert [(conflict["name"], conflict["label"]) for conflict in answer.context["conflicts"]] == [("x_a", "A")]
    assert browser.post(f"/parties/{party.pk}/edit/", settled(answer, mine=mine)).status_code == 302
    assert now(party).extra == {"a": kept if mine else other, "b": 5, "c": "新"}


def test_a_form_that_came_back_with_an_error_overwrites_nothing(cast, signed_in, party):
    browser, form = signed_in(cast.boss), opened(party, cast.boss)
    by_the_other(party, wechat="w2")
    answer = browser.post(f"/parties/{party.pk}/edit/", form | {"email": "wrong", "note": "新"})
    assert answer.status_code == 422
    again = form | {"note": "新", "version": answer.context["version"]}
    assert browser.post(f"/parties/{party.pk}/edit/", again).status_code == 302
    assert (now(party).note, now(party).wechat) == ("新", "w2")


def test_a_fact_that_came_back_with_an_error_overwrites_nothing(cast, signed_in, party):
    browser, address = signed_in(cast.boss), f"/parties/{party.pk}/field/credit/"
    by_the_other(party, credit=99)
    answer = browser.post(address, {"credit": "wrong", "version": 1})
    assert answer.status_code == 422
    assert browser.post(address, {"credit": "12", "version": answer.context["version"]}).status_code == 409
    assert now(party).credit == 99
