"""The store of a shop: copied while people write, and looked through in its copy."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from shuke.backup.envelope import Tell, nothing
from shuke.core.record import Refused

NAME = "shuke.sqlite3"
PAGES = 1024  # copied at once; between two such steps the disk is left to those who write
PAUSE = 0.002
PATIENCE = 30  # seconds


@dataclass(frozen=True)
class Store:
    """The one file in which all rows lie."""

    place: Path
    name = NAME

    def is_there(self) -> bool:
        return self.place.is_file()

    def size(self) -> int:
        return self.place.stat().st_size

    def save(self, folder: Path, tell: Tell) -> tuple[dict[str, Any], list[tuple[str, int]]]:
        """Put a copy into `folder`; returns what it holds, and (SHA-256, size) of each file of the firm that it knows."""
        copied = folder / self.name
        copy(self.place, copied, tell)
        return about(copied), digests(copied)


def connect(place: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(place))}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None)


def copy(source: Path, target: Path, tell: Tell = nothing) -> None:
    """A copy of the store as it stands at this moment: all that was committed before, nothing of what comes after.

    One reading transaction holds that moment: without it each foreign commit would let the copy begin anew. In WAL mode a
    reader keeps nobody from writing.
    """
    done = 0

    def told(status: int, remaining: int, total: int) -> None:
        nonlocal done
        tell((total - remaining - done) * page)
        done = total - remaining

    with closing(connect(source, "rw")) as live, closing(connect(target, "rwc")) as made:
        page = live.execute("PRAGMA page_size").fetchone()[0]
        live.execute("BEGIN")
        live.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        live.backup(made, pages=PAGES, progress=told, sleep=PAUSE)
        live.execute("ROLLBACK")
        made.execute("PRAGMA journal_mode=DELETE").fetchone()  # one file, without a log beside it


def faults(place: Path) -> list[str]:
    """What is wrong with the store at `place`; nothing when it is whole."""
    with closing(connect(place, "rw")) as store:
        said = [row[0] for row in store.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
        return said + [
            f"{table} → {parent}" for table, _row, parent, _key in store.execute("PRAGMA foreign_key_check").fetchmany(10)
        ]


def counts(place: Path) -> dict[str, int]:
    """How many rows each table of a whole store holds. Raises Refused, naming what is wrong with one that is not whole."""
    if wrong := faults(place):
        raise Refused(_("The store in this backup is damaged: %(why)s.") % {"why": "; ".join(wrong)})
    held: dict[str, int] = about(place)["counts"]
    return held


def about(place: Path) -> dict[str, Any]:
    """What a manifest tells of a store: how many rows each table holds, and which migrations it has seen."""
    with closing(connect(place, "rw")) as store:
        tables = [
            name
            for (name,) in store.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
                " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
            )
        ]
        counts = {name: store.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608
        if "django_migrations" not in counts:
            raise Refused(_("There is no firm here yet: nothing to back up."))
        seen = [list(row) for row in store.execute("SELECT app, name FROM django_migrations ORDER BY app, name")]
    return {"counts": counts, "migrations": seen}


def digests(place: Path) -> list[tuple[str, int]]:
    """(SHA-256, size) of each file of the firm that the store at `place` knows."""
    with closing(connect(place, "rw")) as store:
        return store.execute("SELECT digest, size FROM core_storedfile ORDER BY digest").fetchall()


def is_full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
