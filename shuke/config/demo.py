"""The sample firm: five people and their customers, made once; what it printed the first time it prints again."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from shuke.config import accounts
from shuke.core import act, firm
from shuke.core.record import Refused
from shuke.parties import sample
from shuke.people import actions, setup
from shuke.people.models import Department

FIRM = "样板建材"
OWNER = ("boss", "老板")
TEAM = [
    ("head", "主管", "head"),
    ("sales1", "销售甲", "sales"),
    ("sales2", "销售乙", "sales"),
    ("service", "客服", "service"),
    ("office", "内勤", "office"),
]
TRADES = ["building_materials"]
SIGN_INS = "sign-ins.txt"


def make(data: Path, *, trade: str, parties: int, seed: int) -> Iterator[str]:
    """Make the sample firm with `parties` customers and yield a line per sign-in: `login  password  role`.

    The passwords are random and kept in the data directory, readable by its owner alone. A second call makes nothing and
    yields the same lines. Raises Refused for an unknown trade, or when another firm lives there.
    """
    if trade not in TRADES:
        raise Refused(f"there is no trade “{trade}”. Known: {', '.join(TRADES)}.")
    if not 0 <= parties <= 1_000_000:
        raise Refused("--parties goes from 0 to 1000000.")
    kept = data / SIGN_INS
    if kept.exists():
        yield from kept.read_text().splitlines()
        return
    if firm.firm() is not None:
        raise Refused(f"{data} already holds a firm. Choose another --data for the sample.")
    with act.acting(None, "cli"):
        lines = people()
        with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
        sample.make(parties, seed, owners=[accounts.one(login) for login, _name, role in TEAM if role == "sales"])
    yield from lines


def people() -> list[str]:
    password = secrets.token_urlsafe(9)
    login, name = OWNER
    actions.set_up(FIRM, login=login, password=password, name=name, modules=setup.MODULES)
    lines = [f"{login}  {password}  {name}"]
    lines += [accounts.add(login, name=name, roles=[role]) for login, name, role in TEAM]
    sales = Department(name="销售部")
    sales.save()
    for login, _name, role in TEAM:
        if role in ("head", "sales"):
            actions.move_to_department(accounts.one(login), department=sales)
    return lines
