"""How long and how much: figures of one page, of a lock, of plain SQL; and the line of the table that they end in."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.served import Answer, Served, Visitor

PAGE = """
    SELECT p.id, p.name, p.phone, p.stage, p.tier, p.tags, u.name, p.last_contact_at, p.debt
    FROM parties_party p LEFT JOIN people_user u ON u.id = p.owner_id
    WHERE p.deleted_at IS NULL ORDER BY p.id DESC LIMIT 50"""  # the rows of the first page as plain SQL


WARM = 12  # requests before a figure: each of the server's four threads has a connection and caches of its own


@dataclass(frozen=True)
class Figures:
    """Seconds: `median` and `p95` of what the visitor waits, `cpu` of the server per request. `body` is the last answer's.

    `pace`: what the floor took at the same moment, since a shared machine is now faster and now slower.
    """

    median: float
    p95: float
    cpu: float
    body: bytes = b""
    pace: float = 0.0

    @property
    def floors(self) -> float:
        return self.cpu / self.pace

    def __str__(self) -> str:
        return f"{ms(self.cpu)} CPU, {ms(self.median)} / {ms(self.p95)} wall"


@dataclass(frozen=True)
class Line:
    """A line of the table; `ratio` as told, `met` None where nothing is asked; `floors` what a page takes, in floors."""

    row: str
    what: str
    measured: str
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    floors: float = 0.0


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def figures(server: Served, times: int, ask: Callable[[int], Answer], expected: int = 200) -> Figures:
    """Ask `times` times, when each thread of the server is warm. Raises AssertionError for an answer of another status."""
    for nth in range(-WARM, 0):
        answer = ask(nth)
    began, waited = server.cpu(), []
    for nth in range(times):
        answer = ask(nth)
        assert answer.status == expected, f"{answer.status}: {answer.text[:500]}"
        waited.append(answer.seconds)
    return Figures(median(waited), p95(waited), (server.cpu() - began) / times, answer.body)


def page(server: Served, visitor: Visitor, path: str, times: int) -> Figures:
    return figures(server, times, lambda nth: visitor.get(path))


def plain_sql(store: Path, sql: str, times: int) -> float:
    """Median seconds of `sql` with all its rows, on a connection as warm as the server's."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as rows:
        waited = []
        for _nth in range(times + 1):
            began = time.perf_counter()
            rows.execute(sql).fetchall()
            waited.append(time.perf_counter() - began)
    return median(waited[1:])


@contextmanager
def lock_waits(store: Path) -> Iterator[list[float]]:
    """Inside, somebody asks for the write lock 20 times a second; the list fills with the seconds he waited."""
    done, waited = threading.Event(), [0.0]

    def ask() -> None:
        lock = sqlite3.connect(store, timeout=30, isolation_level=None)
        while not done.wait(0.05):
            began = time.perf_counter()
            lock.execute("BEGIN IMMEDIATE")
            waited.append(time.perf_counter() - began)
            lock.execute("ROLLBACK")
        lock.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield waited
    finally:
        done.set()
        asking.join()
