"""Writers that never forget what they were promised, a server that is killed under them, and the verdict on what is left."""

from __future__ import annotations

import http.client
import sqlite3
import threading
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from urllib.parse import quote

from bench.served import Answer, Served, Visitor, shuke

WRITERS = 8
MOST = 40  # acknowledged writes in a round before the kill, at most
LOST = (OSError, http.client.HTTPException)


@dataclass
class Write:
    """One new customer: `answer` is its id as the server acknowledged it, None until then."""

    name: str
    key: str
    answer: int | None = None


@dataclass
class Writer:
    """Makes one customer after the other, by the form or by the API; what was not acknowledged comes first."""

    number: int
    visitor: Visitor
    writes: list[Write] = field(default_factory=list)
    told: int = 0  # times that a twin was sent again

    def go_on(self, heard: threading.Semaphore, dead: threading.Event) -> None:
        """Write until the server is gone."""
        while not dead.is_set():
            try:
                self.settle()
                self.add()
            except LOST:
                return
            heard.release()

    def settle(self) -> None:
        """Send again, with the same key, what was not acknowledged."""
        if self.writes and self.writes[-1].answer is None:
            self.told += 1
            self.send(self.writes[-1])

    def add(self) -> None:
        self.writes.append(Write(f"客户{self.number}之{len(self.writes):05}", f"{self.number}-{len(self.writes):05}"))
        self.send(self.writes[-1])

    def send(self, write: Write) -> None:
        if self.number % 2:
            answer = self.visitor.send("POST", "/api/v1/parties", {"name": write.name, "contact_name": "王芳"}, write.key)
            write.answer = answer.json["id"] if answer.status == 201 else refused(answer)
        else:
            answer = self.visitor.post("/parties/new/", {"name": write.name, "contact_name": "王芳", "_key": write.key})
            write.answer = int(answer.headers["Location"].split("/")[2]) if answer.status == 302 else refused(answer)


def refused(answer: Answer) -> int:
    raise AssertionError(f"answered with {answer.status}: {answer.text[:2000]}")


class Firm:
    """A sample firm whose server is killed over and over."""

    def __init__(self, data: Path, seed: int) -> None:
        self.dice = Random(seed)
        password = shuke("demo", "--parties", "20", data=data).split()[1]
        token = shuke("token", "boss", data=data).split()[-1]
        self.server, self.store = Served(data), data / "shuke.sqlite3"
        self.server.start()
        owner = Visitor(self.server.port).sign_in("boss", password)
        self.owner = Visitor(self.server.port, cookies=owner.cookies)
        self.program = Visitor(self.server.port, token)
        visitors = (Visitor(self.server.port, token) if n % 2 else Visitor(self.server.port, "", owner.cookies) for n in count())
        self.writers = [Writer(number, visitor) for number, visitor in zip(range(WRITERS), visitors, strict=False)]

    @property
    def writes(self) -> list[Write]:
        return [write for writer in self.writers for write in writer.writes]

    def round(self) -> float:
        """Let all write, kill the server at a random moment, start it again; returns the seconds to its first page."""
        heard, dead = threading.Semaphore(0), threading.Event()
        with ThreadPoolExecutor(WRITERS) as people:
            busy = [people.submit(writer.go_on, heard, dead) for writer in self.writers]
            for _nth in range(self.dice.randrange(MOST)):
                assert heard.acquire(timeout=60), "the writers stand still"
            dead.wait(self.dice.random() * 0.03)  # somewhere between two acknowledgements
            self.server.kill()
            dead.set()
        for one in busy:
            one.result()
        for visitor in [self.owner, self.program, *(writer.visitor for writer in self.writers)]:
            visitor.connection.close()
        return self.server.start(self.owner)

    def settle(self) -> None:
        """Every writer sends again what it was not told about."""
        for writer in self.writers:
            writer.settle()

    def faults(self) -> list[str]:
        """What is not as it was promised, in sentences; nothing when all is well."""
        with sqlite3.connect(f"file:{self.store}?mode=ro", uri=True) as store:
            return [
                *self.miscounted(store),
                *(f"{what}: {rows}" for what, sql in NONE_OF.items() if (rows := store.execute(sql).fetchall())),
            ]

    def miscounted(self, store: sqlite3.Connection) -> list[str]:
        held = Counter(name for (name,) in store.execute("SELECT name FROM parties_party WHERE name LIKE '客户%之%'"))
        ids = dict(store.execute("SELECT id, name FROM parties_party"))
        wanted = {write.name for write in self.writes}
        wrong = [f"{name} is there {held[name]} times" for name in wanted | held.keys() if held[name] != (name in wanted)]
        return wrong + [
            f"{write.name} was acknowledged as {write.answer}" for write in self.writes if ids.get(write.answer) != write.name
        ]

    def missed(self) -> list[str]:
        """The newest write of each writer, found by the search as a person would: the names that it does not give."""
        newest = [writer.writes[-1].name for writer in self.writers if writer.writes]
        return [name for name in newest if self.found(name) != [name]]

    def found(self, name: str) -> list[str]:
        items = self.program.ask("GET", f"/api/v1/parties?q={quote(name)}&limit=500").json["items"]
        return [item["name"] for item in items if item["name"] == name]


PARTY, CONTACT = (zlib.crc32(label.encode()) >> 1 for label in ("parties.party", "parties.contact"))  # as the store holds them
# What must give no row, in plain SQL, so that nothing of the product judges itself.
NONE_OF = {
    "damage": "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "key that leads nowhere": "SELECT * FROM pragma_foreign_key_check",
    "row without its entries": f"""
        SELECT 'parties.party', id FROM parties_party WHERE version <> (
            SELECT count(*) FROM core_entry WHERE kind = {PARTY} AND record = parties_party.id)
        UNION ALL SELECT 'parties.contact', id FROM parties_contact WHERE version <> (
            SELECT count(*) FROM core_entry WHERE kind = {CONTACT} AND record = parties_contact.id)""",
    "entry without its row": f"""
        SELECT id FROM core_entry WHERE kind = {PARTY} AND record NOT IN (SELECT id FROM parties_party)
            OR kind = {CONTACT} AND record NOT IN (SELECT id FROM parties_contact)""",
    "batch with entries too many or too few": """
        SELECT id FROM core_batch WHERE count <> (SELECT count(*) FROM core_entry WHERE batch_id = core_batch.id)""",
    "customer without its contact": """
        SELECT id FROM parties_party WHERE name LIKE '客户%之%' AND 1 <> (
            SELECT count(*) FROM parties_contact WHERE party_id = parties_party.id)""",
    "customer that no key made": """
        SELECT id FROM parties_party WHERE name LIKE '客户%之%' AND NOT EXISTS (
            SELECT * FROM core_batch WHERE key = replace(replace(name, '客户', ''), '之', '-'))""",
    "customer without one line of search": f"""
        SELECT id FROM parties_party WHERE 1 <> (
            SELECT count(*) FROM core_searchline JOIN core_searchindex ON core_searchindex.rowid = core_searchline.id
            WHERE kind = {PARTY} AND record = parties_party.id)""",
}
