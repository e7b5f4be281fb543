"""The roles that a new firm starts with, read from data/roles.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PLACE = Path(__file__).with_name("data") / "roles.toml"
Said = dict[tuple[str, str], str]


@dataclass(frozen=True)
class ReadyRole:
    """`grants` {(path, verb): reach}, `fields` {(path, field): level}, `peers` grants for those who see each other's records."""

    key: str
    name: str
    grants: Said = field(default_factory=dict)
    fields: Said = field(default_factory=dict)
    peers: Said = field(default_factory=dict)


def roles() -> list[ReadyRole]:
    with PLACE.open("rb") as file:
        return [role(told) for told in tomllib.load(file)["role"]]


def role(told: dict[str, Any]) -> ReadyRole:
    parts = {name: dict(spelled_out(told.get(name, {}))) for name in ("grants", "fields", "peers")}
    return ReadyRole(told["key"], told["name"], **parts)


def spelled_out(lines: dict[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    """{"tasks visits": "view: all; create change: own"} as ((tasks, view), all), ((tasks, create), own) and so on."""
    for paths, text in lines.items():
        for part in text.split(";"):
            names, _colon, value = part.partition(":")
            yield from (((path, name), value.strip()) for path in paths.split() for name in names.split())
