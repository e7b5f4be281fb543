"""`shuke serve` from outside: it outlives its children, they do not outlive it, and it says why where it does not start."""

import gc
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest
from django.db.migrations.recorder import MigrationRecorder

from bench.served import ROOT, SHUKE, Served, Visitor, environment
from shuke.config import serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="serves from SQLite, in directories of its own"),
]
LIMIT = 60  # seconds to wait for what must come


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A migrated store, for all tests here: none leaves anything in it that another would see."""
    data = tmp_path_factory.mktemp("store")
    with Served(data) as server:
        server.start(path="/sign-in/")
    return data


def until(holds, what):
    ended = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < ended, what
        threading.Event().wait(0.02)


def living(server):
    return {pid for pid in server.pids if runs(pid)}


def runs(pid):
    """Whether the process is there, and not dead and waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(server):
    return living(server) - {server.process.pid}


def refusal(data, port):
    said = subprocess.run(
        [*SHUKE, "serve", "--data", str(data), "--port", str(port)],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=ROOT,
        timeout=LIMIT,
    )
    assert (said.returncode, said.stdout) == (2, "")
    return said.stderr


def test_the_first_start_prints_one_link_and_ctrl_c_ends_all_of_it_well(tmp_path):
    server = Served(tmp_path)
    server.start(path="/sign-in/")
    until(lambda: "/set-up/?token=" in (tmp_path / "log").read_text(), "no link was printed")
    until(lambda: len(children(server)) == serve.PAGES + 1, "a child is missing")
    for child in children(server):
        os.kill(child, signal.SIGINT)  # a terminal sends it to all of them; only the parent acts on it
    assert all(Visitor(server.port).get("/sign-in/").status < 400 for _nth in range(20))
    os.kill(server.process.pid, signal.SIGINT)
    assert server.process.wait(LIMIT) == 0
    assert living(server) == set()
    assert (tmp_path / "stopped-well").exists()
    assert (tmp_path / "log").read_text().split("http")[0].split() == "Open this link once to set up your firm:".split()
    assert (tmp_path / "log").read_text().count("\n") == 5


def test_a_child_that_dies_is_followed_by_another(store):
    with Served(store) as server:
        server.start(path="/sign-in/")
        for child in children(server):
            others = living(server) - {child}
            os.kill(child, signal.SIGKILL)
            until(lambda others=others, child=child: others < living(server) - {child}, "no other child came")
        visitor = Visitor(server.port)
        until(lambda: answers(visitor), "no page came")


def answers(visitor):
    try:
        return visitor.get("/sign-in/").status < 400
    except OSError:
        return False


def test_children_end_with_their_killed_parent_and_the_next_start_checks_the_store(store):
    server = Served(store)
    server.start(path="/sign-in/")
    server.process.kill()
    until(lambda: living(server) <= {server.process.pid}, "a child outlived its parent")
    server.process.wait()
    with Served(store) as again:
        again.start(path="/sign-in/")
        until(lambda: checked(store) == "done", "the store was not checked")


def checked(store):
    with sqlite3.connect(f"file:{store / 'shuke.sqlite3'}?mode=ro", uri=True) as rows:
        told = rows.execute("SELECT state FROM core_job WHERE name = 'config.health.check_store' AND once IS NULL").fetchone()
    return told and told[0]


def test_a_server_beside_another_one_is_refused_with_a_sentence(store, tmp_path):
    with Served(store) as server:
        server.start(path="/sign-in/")
        assert refusal(store, 9) == f"shuke: Another Shuke already serves {store}. Stop it first, or choose another --data.\n"
        assert refusal(tmp_path, server.port) == (
            f"shuke: Another program answers on port {server.port}. Stop it first, or choose another --port.\n"
        )


def test_a_child_ends_when_it_is_told_to_whatever_its_parent_would_do():
    here, there = multiprocessing.Pipe()

    def stay():
        serve.live_under(os.getppid())
        there.send("ready")
        time.sleep(LIMIT)

    heard = signal.signal(signal.SIGTERM, lambda *told: None)
    try:
        child = multiprocessing.get_context("fork").Process(target=stay)
        child.start()
    finally:
        signal.signal(signal.SIGTERM, heard)
    assert here.recv() == "ready"
    child.terminate()
    child.join(LIMIT / 2)
    assert child.exitcode == -signal.SIGTERM


def test_what_is_loaded_is_left_alone_and_what_comes_later_collected():
    gc.disable()
    try:
        serve.load()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
        gc.enable()


@pytest.mark.django_db
def test_a_store_that_lacks_a_migration_is_known():
    assert serve.is_migrated()
    MigrationRecorder.Migration.objects.filter(app="parties").delete()
    assert not serve.is_migrated()
