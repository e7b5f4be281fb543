"""What leaves the house: a sheet that computes nothing, whatever somebody wrote into it."""

from __future__ import annotations

import csv
import io
import itertools
import re
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from shuke.core import kind as kinds
from shuke.core.act import acting
from shuke.core.kind import Kind
from shuke.core.models import CustomField
from tests.house.contract import House
from tests.safety.test_markup import poisoned

pytestmark = pytest.mark.django_db
KINDS = kinds.every()
FORMULAS = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "＋1",
    "－1+1",
    "＠SUM(A1)",
    '=HYPERLINK("http://evil.example")',
]
COMPUTED = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
PLAIN = re.compile(r"[+-][0-9][0-9 ,]*(\.[0-9]+)?")


@pytest.fixture(params=FORMULAS)
def formulas(request: Any, house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The firm of the contract, with a formula in every text, and as the name of a field."""
    monkeypatch.setattr("tests.safety.test_markup.PAYLOAD", request.param)
    with acting(house.cast.boss.pk, "web"):
        CustomField(on="parties", key="own", name=request.param, type="text").save()
        for kind in KINDS:
            poisoned(house.targets[kind.path].now).save()
    return house


def cells(answer: Any, ending: str) -> list[str]:
    held = b"".join(answer.streaming_content)
    if ending == "csv":
        return [cell for row in csv.reader(io.StringIO(held.decode("utf-8-sig"), newline="")) for cell in row]
    book = CalamineWorkbook.from_filelike(io.BytesIO(held))
    return [
        cell
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
        if isinstance(cell, str)
    ]


def test_no_cell_of_any_export_is_computed(formulas: House, request: Any):
    client, formula = Client(SERVER_NAME="localhost"), request.node.callspec.params["formulas"]
    client.force_login(formulas.cast.boss)
    for kind, ending in itertools.product(KINDS, ["csv", "xlsx"]):
        found = cells(client.get(f"/{kind.path}.{ending}", {"columns": "all"}), ending)
        assert [cell for cell in found if COMPUTED.match(cell) and not PLAIN.fullmatch(cell)] == [], kind.path
        assert any(formula.strip() in cell for cell in found), f"{kind.path}: the formula did not get out, so nothing is proved"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
def test_to_see_is_not_to_take_away(house: House, kind: Kind):
    for user in (house.cast.nobody, house.cast.kim):
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        if not kind.may(user, "export"):
            assert {client.get(f"/{kind.path}.{ending}").status_code for ending in ("csv", "xlsx")} == {404}


def test_no_secret_is_in_any_export(house: House):
    client = Client(SERVER_NAME="localhost")
    client.force_login(house.cast.boss)
    for kind in KINDS:
        text = "".join(cells(client.get(f"/{kind.path}.csv", {"columns": "all"}), "csv"))
        told = client.get(f"/api/v1/{kind.path}").content.decode()
        assert "argon2" not in text + told
        assert house.cast.ann.password not in text + told
