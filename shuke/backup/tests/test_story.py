"""A backup made while eight people write, restored and served: each write that was acknowledged before is there, once."""

import hashlib
import os
import sqlite3
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.served import Served, Visitor, shuke

WRITERS = 8
BEFORE, AFTER = 60, 120  # acknowledged writes at which the backup begins, and after which the writers stop


class Clerk:
    """Makes one customer after the other and remembers which were acknowledged."""

    def __init__(self, number, visitor):
        self.number, self.visitor, self.told, self.waits = number, visitor, [], []

    def write(self, heard, over):
        while not over.is_set():
            name = f"客户{self.number}之{len(self.told):05}"
            began = time.perf_counter()
            answer = self.visitor.send("POST", "/api/v1/parties", {"name": name}, f"{self.number}-{len(self.told)}")
            assert answer.status == 201, answer.text
            self.waits.append((began, time.perf_counter() - began))
            self.told.append((time.perf_counter(), name, answer.json["id"]))
            heard.release()


def with_pictures(data):
    """Files as uploads leave them: enough that the backup takes a while."""
    for nth in range(24):
        content = hashlib.sha256(b"%d" % nth).digest() * 2**16
        digest = hashlib.sha256(content).hexdigest()
        place = data / "files" / digest[:2] / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        with sqlite3.connect(data / "shuke.sqlite3") as store:
            store.execute("INSERT INTO core_storedfile (digest, size, type) VALUES (?, ?, 'image/png')", (digest, len(content)))


@pytest.mark.slow
@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the store of a shop")
def test_every_write_acknowledged_before_the_backup_is_in_it_once_and_nobody_waits_for_it(tmp_path, capsys):
    data, new, place = tmp_path / "data", tmp_path / "new", tmp_path / "backup.tar"
    shuke("demo", "--parties", "20", data=data)
    token = shuke("token", "boss", data=data).split()[-1]
    with_pictures(data)
    heard, over = threading.Semaphore(0), threading.Event()
    with Served(data) as server:
        server.start()
        clerks = [Clerk(number, Visitor(server.port, token)) for number in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as people:
            busy = [people.submit(clerk.write, heard, over) for clerk in clerks]
            for _nth in range(BEFORE):
                assert heard.acquire(timeout=60)
            began = time.perf_counter()
            try:
                shuke("backup", "--to", str(place), data=data)
                ended = time.perf_counter()
                for _nth in range(AFTER - BEFORE):
                    assert heard.acquire(timeout=60)
            finally:
                over.set()
        for one in busy:
            one.result()
    shuke("restore", str(place), data=new)
    before = {name for clerk in clerks for at, name, _pk in clerk.told if at < began}
    ids = {name: pk for clerk in clerks for _at, name, pk in clerk.told}
    with sqlite3.connect(new / "shuke.sqlite3") as store:
        rows = store.execute("SELECT name, id FROM parties_party WHERE name LIKE '客户%之%'").fetchall()
        listed = dict(store.execute("SELECT digest, size FROM core_storedfile"))
    assert max(Counter(name for name, _pk in rows).values()) == 1
    assert before <= {name for name, _pk in rows} <= ids.keys()
    assert len(rows) < len(ids), "nothing was written after the moment of the backup"
    assert {name: ids[name] for name, _pk in rows} == dict(rows)
    found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (new / "files").glob("*/*")}
    assert found == {digest: digest for digest in listed}
    with Served(new) as server:
        visitor = Visitor(server.port, token)
        server.start(visitor)
        for name in sorted(before)[::7]:
            assert visitor.get(f"/api/v1/parties/{ids[name]}").json["name"] == name
    waits = [wait for clerk in clerks for at, wait in clerk.waits if began < at < ended]
    usual = [wait for clerk in clerks for at, wait in clerk.waits if not began < at < ended]
    with capsys.disabled():
        print(
            f"\n{len(before)} writes before, {len(rows) - len(before)} more in it, {len(ids)} in all; {ended - began:.2f} s; "
            f"a write waited {statistics.median(waits) * 1000:.0f} ms, at most {max(waits) * 1000:.0f} ms; "
            f"without it {statistics.median(usual) * 1000:.0f} ms, at most {max(usual) * 1000:.0f} ms"
        )
