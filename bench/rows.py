"""The rows of the table, each a function of one firm: its store, the server on it and the floor beside it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from bench.measure import PAGE, Figures, Line, figures, lock_waits, ms, p95, page, plain_sql
from bench.served import ROOT, Served, Visitor, environment

PEOPLE = {"few": "own, 12 rows", "one": "own, 1 %", "head": "department, 10 %", "boss": "all"}
SORTS = ("name", "-name", "last_contact_at", "-last_contact_at", "debt", "-debt")
FILTERS = (
    "stage=regular", "stage=gone", "tier=A", "owner=me", "owner=none", "tags=要送样", "roles=supplier", "source=微信",
    "city=佛山市", "is_organisation=True", "debt__from=50000", "created_at__from=2026-01-01", "stage=regular&tier=A&sort=name",
)  # fmt: skip
SEARCHED = ("华信", "科技", "有限")  # rare, common, in nearly every name
CLIENTS, READS = 8, 0.9
# Seconds of one floor page on the machine for which targets in seconds and rows per second were set: by these they are told as
# ratios, like all others, and hold on a slower machine too.
FLOOR_CPU, FLOOR_WALL = 0.0008, 0.0012
IMPORTS = [
    ("customers, alone", 0, 3000),
    ("customers with a contact each, alone", 1, 3000),
    ("customers while pages are used", 0, 1500),
]
RAW = """
    CREATE TABLE customer AS SELECT id, name, city, phone, email, owner_id, source, tier, tags, created_at
        FROM firm.parties_party;
    CREATE TABLE contact AS SELECT id, party_id, name, title, phone, email, created_at FROM firm.parties_contact;
    CREATE INDEX customer_name ON customer (name); CREATE INDEX customer_phone ON customer (phone);
    CREATE INDEX customer_owner ON customer (owner_id); CREATE INDEX contact_customer ON contact (party_id);
    CREATE INDEX contact_phone ON contact (phone); VACUUM;"""


def inside(data: Path, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.inside", *map(str, words)]
    said = environment() | {"SHUKE_DATA": str(data)} | {k: v for k, v in os.environ.items() if k == "SHUKE_SHARED"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=said, cwd=ROOT)


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a process of `bench.inside` says at its end. Raises AssertionError when it failed."""
    said, _error = process.communicate()
    assert process.returncode == 0, f"{process.args} failed"
    return json.loads(said.splitlines()[-1])


@dataclass
class Bench:
    """A filled store, its server, its visitors, the floor's server and visitor; `times` requests make a figure."""

    made: dict[str, Any]
    data: Path
    server: Served
    floor_server: Served
    floor: Visitor
    times: int
    seconds: int

    def __post_init__(self) -> None:
        self.visitors = {login: Visitor(self.server.port).sign_in(login, self.made["password"]) for login in PEOPLE}
        self.boss = self.visitors["boss"]
        self.store = self.data / "shuke.sqlite3"
        self.numbers = count()
        # In the same run, and more often: it is small, and everything is measured by it.
        self.floor_page = page(self.floor_server, self.floor, "/", self.times * 4)
        self.lists = {login: self.ask("/parties/", login) for login in self.visitors}

    def ask(self, path: str, login: str = "boss") -> Figures:
        return self.paced(page(self.server, self.visitors[login], path, self.times))

    def paced(self, found: Figures) -> Figures:
        """With what the floor takes just now."""
        return replace(found, pace=page(self.floor_server, self.floor, "/", self.times // 2).cpu)

    def by_floor(self, row: str, what: str, found: Figures, most: float) -> Line:
        met = found.floors <= most
        return Line(row, what, str(found), f"{found.floors:.1f} × floor", f"≤ {most:g}", met, found.floors)

    def beside(self, row: str, what: str, found: Figures, other: Figures, name: str, most: float | None = None) -> Line:
        ratio = found.floors / other.floors
        asked = ("", None) if most is None else (f"≤ {most:g}", ratio <= most)
        return Line(row, what, str(found), f"{ratio:.2f} × {name}", *asked, found.floors)

    def an_id(self) -> int:
        """A party with tags that everybody but `few` sees."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as store:
            owner = "(SELECT id FROM people_user WHERE login = 'one')"
            return store.execute(f"SELECT id FROM parties_party WHERE tags <> '[]' AND owner_id = {owner} LIMIT 1").fetchone()[0]

    def create(self, nth: int) -> Any:
        number = f"{self.made['parties']}-{next(self.numbers)}"
        fields = {"name": f"新客户{number}", "contact_name": "王芳", "contact_phone": f"137{next(self.numbers):08}"}
        return self.boss.post("/parties/new/", fields | {"_key": f"{time.time_ns()}"})


def floors(bench: Bench) -> Iterator[Line]:
    yield Line("floor", "Django, sessions, 50 rows as text", str(bench.floor_page), "1 × floor")
    raw = plain_sql(bench.store, PAGE, bench.times * 4)
    yield Line("raw", "the same 50 rows in plain SQL", ms(raw), f"{raw / bench.floor_page.cpu:.2f} × floor")


def lists(bench: Bench) -> Iterator[Line]:
    for login, reach in PEOPLE.items():
        yield bench.by_floor("1", f"list, reach {reach}", bench.lists[login], 8)


def sorts_and_filters(bench: Bench) -> Iterator[Line]:
    for login in ("one", "head", "boss"):
        for sort in SORTS:
            found = bench.ask(f"/parties/?sort={sort}", login)
            yield bench.beside("2", f"sort {sort}, reach {PEOPLE[login]}", found, bench.lists[login], "list")
    for login in ("head", "boss"):
        for query in FILTERS:
            found = bench.ask(f"/parties/?{quote(query, '=&')}", login)
            yield bench.beside("2", f"filter {query}, reach {PEOPLE[login]}", found, bench.lists[login], "list")


def far_page(bench: Bench) -> Iterator[Line]:
    for login in ("boss", "head"):
        cursors = list(walk(bench.visitors[login], 1000))
        first, far = (bench.ask(f"/parties/?cursor={cursor}", login) for cursor in (cursors[0], cursors[-1]))
        yield bench.beside("3", f"cursor {len(cursors) * 10}, reach {PEOPLE[login]}", far, first, "cursor 10", 1.5)


def walk(visitor: Visitor, pages: int) -> Iterator[str]:
    """The cursors after each 500 rows, as far as the page number `pages` of 50."""
    cursor = ""
    for _nth in range(max(1, pages // 10)):
        cursor = visitor.get(f"/api/v1/parties?limit=500&cursor={cursor}").json["next"]
        if not cursor:
            return
        yield cursor


def searches(bench: Bench) -> Iterator[Line]:
    for login, reach in PEOPLE.items():
        for word in SEARCHED:
            found = bench.ask(f"/parties/?q={quote(word)}", login)
            yield bench.beside("4", f"list searched for {word}, reach {reach}", found, bench.lists[login], "list", 2)
    for word in (*SEARCHED, "hx", "8000"):
        found = bench.ask(f"/search/?q={quote(word)}")
        most = 2 if word in SEARCHED else None  # asked is a bound for characters, not for sounds and digits
        yield bench.beside("4", f"search box, {word}, reach all", found, bench.lists["boss"], "list", most)
    yield same_as_like(bench)


def same_as_like(bench: Bench) -> Line:
    """Random pieces of the names, found by the product and by looking through every normalised text."""
    dice = Random(7)
    with sqlite3.connect(f"file:{bench.store}?mode=ro", uri=True) as store:
        party = zlib.crc32(b"parties.party") >> 1  # as the store holds it
        texts = store.execute("SELECT record, text FROM core_searchline WHERE kind = ? ORDER BY record DESC", [party]).fetchall()
    differ, asked = [], bench.times * 20
    for _nth in range(asked):
        name = dice.choice(texts)[1].split()[0]
        start = dice.randrange(len(name))
        piece = name[start : start + dice.randint(1, 6)]
        if piece.isascii():
            continue  # typed in letters, a piece is looked for in the sounds as well
        said = bench.boss.get(f"/api/v1/parties?q={quote(piece)}").json
        like = [record for record, text in texts if piece in text]
        counted = said["count"] < len(like) if said["capped"] else said["count"] == len(like)
        if not counted or [item["id"] for item in said["items"]] != like[:50]:
            differ.append(piece)
    said = f"{len(differ)} differ from LIKE {' '.join(differ[:5])}".strip()
    return Line("4", f"{asked} random pieces of 1-6 characters", said, "", "0", not differ)


def statements(bench: Bench) -> Iterator[Line]:
    most = {"list": 5, "short list": 5, "list, searched": 5, "party": 9, "create": 8}
    for name, sent in told(inside(bench.data, "statements", bench.an_id())).items():
        asked = (f"≤ {most[name]}", sent <= most[name]) if name in most else ()
        yield Line("5", f"statements of: {name}", str(sent), "", *asked)


def creates(bench: Bench) -> Iterator[Line]:
    bench.boss.get("/parties/new/")
    body = {"name": "新客户", "phone": "13800000000"}
    floor = bench.paced(figures(bench.floor_server, bench.times, lambda nth: bench.floor.post("/new/", body), 302))
    found = bench.paced(figures(bench.server, bench.times, bench.create, 302))
    floors, most = found.p95 / bench.floor_page.median, 0.02 / FLOOR_WALL
    yield Line(
        "6", "create by form: p95", ms(found.p95), f"{floors:.1f} × floor", f"≤ 20 ms: ≤ {most:.1f} × floor", floors <= most
    )
    yield bench.beside("6", "create by form: CPU", found, floor, "floor create", 8)


def imports(bench: Bench) -> Iterator[Line]:
    rows = min(bench.made["parties"] // 10, 10_000)
    with tempfile.TemporaryDirectory() as folder:
        for seed, (what, contacts, least) in enumerate(IMPORTS, 2):
            place = Path(folder) / f"{seed}.csv"
            told(inside(bench.data, "sheet", place, rows, seed, contacts))
            importer, used = inside(bench.data, "bring", place), []
            while least < 3000 and importer.poll() is None:
                used.append(bench.boss.get("/parties/").seconds)
            said = told(importer)
            speed = said["new"] / said["seconds"]
            wall = f"{speed:,.0f} rows/s, {said['new'] / said['cpu']:,.0f} per second of CPU"
            floors, most = 1 / speed / bench.floor_page.cpu, 1 / least / FLOOR_CPU
            goal = f"≥ {least:,} rows/s: ≤ {most:.2f} × floor"
            yield Line("7", f"import of {rows:,} {what}", wall, f"{floors:.2f} × floor a row", goal, floors <= most)


def pages_beside_an_import(bench: Bench) -> Iterator[Line]:
    idle = bench.ask("/parties/")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "large.csv"
        told(inside(bench.data, "sheet", place, min(bench.made["parties"], 100_000), 5, 1))
        importer, waited, ended = inside(bench.data, "bring", place), [], time.monotonic() + bench.seconds
        with lock_waits(bench.store) as locks:
            while importer.poll() is None and time.monotonic() < ended:
                waited.append(bench.boss.get("/parties/").seconds)
        importer.send_signal(signal.SIGTERM)
        importer.communicate()
    ratio = p95(waited) / idle.p95
    wall = f"{ms(p95(waited))} p95 of {len(waited)}, idle {ms(idle.p95)}"
    yield Line("8", "list while a large import runs: p95", wall, f"{ratio:.1f} × idle", "≤ 2", ratio <= 2)
    yield Line("8", "write lock meanwhile: p95", f"{ms(p95(locks))} of {len(locks)}", "", "≤ 50 ms", p95(locks) <= 0.05)
    yield Line("8", "write lock meanwhile: longest", ms(max(locks)), "", "≤ 200 ms", max(locks) <= 0.2)


def party_page(bench: Bench) -> Iterator[Line]:
    for login in ("one", "head", "boss"):
        yield bench.by_floor("10", f"party page, reach {PEOPLE[login]}", bench.ask(f"/parties/{bench.an_id()}/", login), 12)


def size(bench: Bench) -> Iterator[Line]:
    body = bench.lists["boss"].body
    packed = len(gzip.compress(body, 6))
    yield Line("11", "bytes of the list", f"{len(body):,}", "", "≤ 20,480", len(body) <= 20_480)
    yield Line("11", "bytes of the list, compressed", f"{packed:,}", "", "≤ 5,120", packed <= 5120)


def memory(bench: Bench) -> Iterator[Line]:
    held = bench.server.memory()
    yield Line("12", "memory of all processes after the load (PSS)", f"{held / 1e6:.0f} MB", "", "≤ 150 MB", held <= 150e6)


def migrate(bench: Bench) -> Iterator[Line]:
    seconds = bench.made["migrate"]
    wall = f"{seconds:.1f} s, {bench.made['migrate_cpu']:.1f} s of CPU with the start of Python"
    yield Line("13", "migrate an empty store", wall, "", "≤ 5 s", seconds <= 5)


def disk(bench: Bench) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "raw.sqlite3"
        with sqlite3.connect(place, isolation_level=None) as raw:
            raw.execute("ATTACH ? AS firm", [f"{bench.store}"])
            raw.executescript(RAW)
        plain, ours = place.stat().st_size, bench.store.stat().st_size
    said = f"{ours >> 20} MiB, plain tables {plain >> 20} MiB"
    # Asked is three times the plain tables together with activities and orders, which are not there yet.
    yield Line("14", "disk of customers and contacts with search and journal", said, f"{ours / plain:.1f} × plain")


def crowd(bench: Bench) -> Iterator[Line]:
    """Eight people at once, nine of ten requests reads."""
    ended, failed = time.monotonic() + bench.seconds, []

    def use(number: int) -> list[float]:
        dice, waited = Random(number), []
        visitor = Visitor(bench.server.port, cookies=list(bench.visitors.values())[number % len(PEOPLE)].cookies)
        while time.monotonic() < ended:
            if dice.random() < READS:
                page = dice.choice(["/parties/", "/parties/?sort=name", f"/search/?q={quote('华信')}", "/contacts/", "/"])
                answer = visitor.get(page)
            else:
                fields = {"name": f"众人{number}-{len(waited)}", "contact_name": "李强", "_key": f"{number}-{time.time_ns()}"}
                answer = visitor.post("/parties/new/", fields)
            waited.append(answer.seconds)
            if answer.status not in (200, 302):
                failed.append(answer.status)
        return waited

    def stand(number: int) -> list[float]:
        visitor, until = Visitor(bench.floor_server.port, cookies=bench.floor.cookies), time.monotonic() + bench.seconds / 4
        return list(iter(lambda: visitor.get("/").seconds if time.monotonic() < until else 0.0, 0.0))

    with ThreadPoolExecutor(CLIENTS) as people:
        waited = [seconds for one in people.map(use, range(CLIENTS)) for seconds in one]
        floor = p95([seconds for one in people.map(stand, range(CLIENTS)) for seconds in one])
    what, speed = f"{CLIENTS} clients for {bench.seconds} s", f"{len(waited) / bench.seconds:.0f} requests/s"
    yield Line("15", f"{what}: errors", f"{len(failed)} of {len(waited):,}", "", "0", not failed)
    floors, most = p95(waited) / bench.floor_page.median, 0.1 / FLOOR_WALL
    said, ratio = f"{ms(p95(waited))}, {speed}; so many at the floor {ms(floor)}", f"{floors:.0f} × floor"
    yield Line("15", f"{what}: p95", said, ratio, f"≤ 100 ms: ≤ {most:.0f} × floor", floors <= most)


def starts(bench: Bench) -> Iterator[Line]:
    for what, end in (("a clean stop", bench.server.stop), ("a kill", bench.server.kill)):
        end()
        bench.boss.connection.close()
        wall = bench.server.start(bench.boss)
        spent = f"{wall:.2f} s, {bench.server.cpu():.2f} s of CPU"
        yield Line("16", f"start → first list page, after {what}", spent, "", "≤ 1.5 s", wall <= 1.5)


ROWS = [
    floors, lists, sorts_and_filters, far_page, searches, statements, creates, party_page, size, migrate, disk, crowd, imports,
    pages_beside_an_import, memory, starts,
]  # fmt: skip
