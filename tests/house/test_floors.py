"""A room imports only from floors below its own, a file of a room only from the files before it, and core knows no business."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shuke.config.floors import FLOORS

SHUKE = Path(__file__).parents[2] / "shuke"
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
STEP = {"models": 0, "actions": 1, "kinds": 2, "reactions": 2, "warnings": 2, "figures": 2, "views": 3}
PLAIN = {"core", "config"}  # not rooms of business objects: their files have no such order
BUSINESS = set(  # without "order": a list has one too
    """
    party customer supplier prospect distributor contact deal quote product invoice instalment payment contract receivable
    delivery complaint campaign visit coupon warranty salesperson employee department
    """.split()
)

Named = Iterator[tuple[int, str]]


def modules() -> list[Path]:
    return [path for path in sorted(SHUKE.glob("*/**/*.py")) if not {"tests", "migrations"} & set(path.relative_to(SHUKE).parts)]


def named(tree: ast.AST, package: list[str]) -> Named:
    """(line, dotted name) of every module and model that the code names, by import or in a string as "room.Model"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) + 1 - node.level], node.module] if node.level else [node.module]
            yield from ((node.lineno, ".".join([*filter(None, base), alias.name])) for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[a-z_]+(\.\w+)+", node.value):
            yield node.lineno, node.value if node.value.startswith("shuke.") else f"shuke.{node.value}"


def climbs(path: Path, source: str) -> list[str]:
    """One sentence for each name in the file that stands on its own floor or above."""
    room, *inner = path.relative_to(SHUKE).with_suffix("").parts
    found = []
    for line, name in named(ast.parse(source), ["shuke", room, *inner[:-1]]):
        _, target, *rest = [*name.split("."), ""] if name.startswith("shuke.") else ["", ""]
        if target in FLOOR and target != room and FLOOR[target] >= FLOOR[room]:
            found.append(f"{path.name}:{line}: {room} (floor {FLOOR[room]}) names {target} (floor {FLOOR[target]})")
        elif target == room and room not in PLAIN and STEP.get(rest[0], -1) >= STEP.get(inner[0], 9) and rest[0] != inner[0]:
            found.append(f"{path.name}:{line}: {inner[0]} names {rest[0]}, which comes after it")
    return found


def business_nouns(source: str) -> set[str]:
    """Names given in the code that hold a word of some trade."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return {name for name in names if BUSINESS & {singular(word) for word in re.findall(r"[A-Z]?[a-z]+", name)}}


def singular(word: str) -> str:
    return word.lower().removesuffix("s").replace("ie", "y")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SHUKE)))
def test_a_file_names_only_what_stands_below_it(path: Path):
    assert climbs(path, path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", [path for path in modules() if (SHUKE / "core") in path.parents], ids=lambda path: path.name)
def test_core_knows_no_business(path: Path):
    assert business_nouns(path.read_text("utf-8")) == set()


def test_every_room_has_a_floor_and_every_floor_its_rooms():
    rooms = {path.parent.name for path in SHUKE.glob("*/__init__.py")}
    assert rooms == set(FLOOR)


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("core/record.py", "from shuke.people.models import User"),
        ("core/record.py", "def late():\n    import shuke.parties.models"),
        ("core/exchange/reading.py", "from ...parties import models"),
        ("core/search.py", "model = apps.get_model('parties.Party')"),
        ("people/models.py", "from shuke import parties"),
        ("people/models.py", "from shuke.people import actions"),
        ("people/models.py", "from .actions import join"),
        ("people/actions.py", "from shuke.people.views import page"),
        ("parties/kinds.py", "from shuke.parties.reactions import welcome"),
    ],
)
def test_a_planted_climb_is_seen(place: str, source: str):
    assert len(climbs(SHUKE / place, source)) == 1


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("people/models.py", "from shuke.core.record import Record"),
        ("people/views.py", "from shuke.people import actions, kinds"),
        ("parties/models.py", "owner = models.ForeignKey('people.User')"),
        ("config/urls.py", "import shuke.parties.kinds"),
    ],
)
def test_a_step_down_is_free(place: str, source: str):
    assert climbs(SHUKE / place, source) == []


@pytest.mark.parametrize("source", ["class PartiesList: ...", "def of(customer_name): ...", "for open_deal in rows: ..."])
def test_a_planted_business_noun_is_seen(source: str):
    assert len(business_nouns(source)) == 1
