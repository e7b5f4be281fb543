"""What a room offers is told in its README: half a page with its words and its verbs."""

from pathlib import Path

import pytest

from shuke.config.floors import ROOMS
from shuke.core import kind

ROOT = Path(__file__).parents[2]
KINDS = kind.every()


def readme(room: str) -> str:
    return (ROOT / room.replace(".", "/") / "README.md").read_text("utf-8")


def home(each: kind.Kind) -> str:
    return type(each).__module__.rpartition(".")[0]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_told_in_half_a_page(room: str):
    assert 5 <= len(readme(room).splitlines()) <= 60


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.path)
def test_a_room_names_its_kinds_by_their_address(each: kind.Kind):
    assert f"`{each.path}`" in readme(home(each))


@pytest.mark.parametrize(("each", "verb"), [(each, verb.name) for each in KINDS for verb in each.actions])
def test_a_room_names_the_verbs_of_its_kinds(each: kind.Kind, verb: str):
    assert f"`{verb}`" in readme(home(each))


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "STYLE.md", "CHANGELOG.md"])
def test_every_page_that_a_page_links_to_is_there(page: str):
    targets = [part.partition(")")[0].partition("#")[0] for part in (ROOT / page).read_text("utf-8").split("](")[1:]]
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []
