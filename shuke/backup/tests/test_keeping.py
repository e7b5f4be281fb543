"""A backup is whole or refused, a restore is all or nothing."""

import errno
import io
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.served import ROOT, SHUKE, environment, shuke
from shuke.backup import envelope, keeping, sqlite
from shuke.backup.tests.conftest import source_of
from shuke.core.record import Refused

pytestmark = pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="the store of a shop")


def refused(*words):
    """What the command line says on its way out with 2."""
    done = subprocess.run([*SHUKE, *map(str, words)], capture_output=True, text=True, env=environment(), cwd=ROOT)
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def rows(store):
    with sqlite3.connect(store) as opened:
        return list(opened.iterdump())


def flipped(held, place, bit=0):
    turned = bytearray(held)
    turned[place] ^= 1 << bit
    return bytes(turned)


def is_refused(place, held):
    place.write_bytes(held)
    with pytest.raises(Refused), place.open("rb") as file:
        envelope.check(file)
    return True


def test_what_is_restored_is_what_was_there_bit_for_bit(firm_dir, made, tmp_path):
    shuke("restore", str(made), data=tmp_path / "new")
    for place in [firm_dir / "secret.key", *(firm_dir / "files").glob("*/*")]:
        assert (tmp_path / "new" / place.relative_to(firm_dir)).read_bytes() == place.read_bytes()
    now, then = rows(tmp_path / "new/shuke.sqlite3"), rows(firm_dir / "shuke.sqlite3")
    assert [line for line in now if "backup" not in line][:200] == [line for line in then if "backup" not in line][:200]
    assert "0 failed" in shuke("check", data=tmp_path / "new")


def test_nobody_else_reads_a_backup_or_what_comes_of_it(made, tmp_path):
    shuke("restore", str(made), data=tmp_path / "new")
    open_to_others = [
        p for p in [made, tmp_path / "new", *(tmp_path / "new").rglob("*")] if stat.S_IMODE(p.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_a_backup_is_a_tar_that_any_tar_opens(made):
    with tarfile.open(made) as tar:
        names = tar.getnames()
    assert (names[0], names[1], names[-1], len(names)) == ("shuke.sqlite3", "secret.key", "manifest.json", 5)


def test_a_turned_bit_and_a_cut_are_refused_by_both_with_a_sentence(made, tmp_path):
    held, place = made.read_bytes(), tmp_path / "hurt.tar"
    for hurt in (flipped(held, len(held) // 2), held[: len(held) // 3]):
        place.write_bytes(hurt)
        assert "已损坏" in refused("verify", place)
        assert "已损坏" in refused("restore", place, "--data", tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_any_bit_of_the_seal_and_some_of_the_rest_count(made, tmp_path):
    held, dice = made.read_bytes(), random.Random(5)
    places = [*range(len(held) - 512, len(held)), *(dice.randrange(len(held)) for _n in range(20))]
    assert all(is_refused(tmp_path / "hurt.tar", flipped(held, place, place % 8)) for place in places)
    assert all(is_refused(tmp_path / "hurt.tar", held[:cut]) for cut in (0, 1, 511, 512, 1024, len(held) - 512, len(held) - 1))
    assert is_refused(tmp_path / "hurt.tar", held + b"\0")


@pytest.mark.slow
def test_every_header_byte_and_two_hundred_random_bits_and_cuts_are_refused(made, tmp_path):
    held, dice = made.read_bytes(), random.Random(17)
    with tarfile.open(made) as tar:
        heads = [member.offset for member in tar.getmembers()]
    places = [*(at + byte for at in heads for byte in range(512)), *(dice.randrange(len(held)) for _n in range(200))]
    assert all(is_refused(tmp_path / "hurt.tar", flipped(held, place, dice.randrange(8))) for place in places)
    assert all(is_refused(tmp_path / "hurt.tar", held[: dice.randrange(len(held))]) for _n in range(200))


def test_a_well_sealed_envelope_that_would_write_elsewhere_is_refused(made, tmp_path):
    with envelope.Writer(tmp_path / "evil.tar") as writer:
        writer.add("../../evil", io.BytesIO(b"x"), 1, 0)
        text = (
            b'{"format": 1, "migrations": [], "store": "shuke.sqlite3", "members": {"../../evil": {"size": 1, "sha256": "%s"}}}'
        )
        text %= writer.members["../../evil"]["sha256"].encode()
        writer.finish(io.BytesIO(text), len(text), 0)
    with pytest.raises(Refused):
        keeping.restore(tmp_path / "evil.tar", tmp_path / "new")
    assert not (tmp_path / "evil").exists()
    assert os.listdir(tmp_path) == ["evil.tar"]


def test_a_backup_of_fewer_rows_than_it_says_is_refused(firm_dir, tmp_path, monkeypatch):
    about = sqlite.about
    monkeypatch.setattr(sqlite, "about", lambda place: {**about(place), "counts": {"people_user": place.stat().st_ino}})
    with pytest.raises(Refused, match="行"):
        keeping.make(source_of(firm_dir), tmp_path / "a.tar")
    assert os.listdir(tmp_path) == []


def test_a_restore_leaves_what_is_there(made, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/own").write_text("mine")
    assert "不是空的" in refused("restore", made, "--data", tmp_path / "full")
    assert os.listdir(tmp_path / "full") == ["own"]


def test_a_newer_version_is_told_from_ours(firm_dir, tmp_path):
    newer = tmp_path / "data"
    shutil.copytree(firm_dir, newer)
    with sqlite3.connect(newer / "shuke.sqlite3") as store:
        store.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('core', '0999_later', '2030-01-01')")
    with pytest.raises(Refused, match="先升级"):
        keeping.make(source_of(newer), tmp_path / "a.tar")


def full(*words):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("place", ["fsync", "mkdir"])
def test_a_full_disk_is_told_and_leaves_nothing(firm_dir, made, tmp_path, monkeypatch, place):
    target = tmp_path / "there"
    target.mkdir()
    monkeypatch.setattr(os, place, full)
    with pytest.raises(Refused, match="满"):
        keeping.make(source_of(firm_dir), target / "a.tar")
    with pytest.raises(Refused, match="满"):
        keeping.restore(made, target / "new")
    monkeypatch.undo()
    assert os.listdir(target) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_small_disk_runs_full_and_is_left_empty(firm_dir, made, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        assert "满" in refused("backup", "--data", firm_dir, "--to", small / "a.tar")
        assert os.listdir(small) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_file_that_the_firm_lost_is_told_and_the_rest_saved(firm_dir, tmp_path):
    data = tmp_path / "data"
    shutil.copytree(firm_dir, data)
    one, other = sorted((data / "files").glob("*/*"))
    one.unlink()
    other.write_bytes(b"rotten")
    manifest = keeping.make(source_of(data), tmp_path / "a.tar")
    assert manifest["missing"] == [one.name, other.name]
    keeping.restore(tmp_path / "a.tar", tmp_path / "new")
    assert [place.read_bytes() for place in (tmp_path / "new/files").glob("*/*")] == [b"rotten"]


def test_a_kill_leaves_either_nothing_or_all(firm_dir, made, tmp_path):
    for nth, seconds in enumerate((0.3, 0.5, 0.55, 0.6, 0.7)):
        target = tmp_path / f"new{nth}"
        process = subprocess.Popen(
            [*SHUKE, "restore", str(made), "--data", str(target)], env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        assert not target.exists() or len(list(target.rglob("*"))) == 7


def test_nobody_waits_to_write_while_a_copy_is_made_and_it_holds_one_moment(firm_dir, tmp_path, monkeypatch):
    """Two counters that are always moved together are equal in the copy, though a writer moved them at each step of it."""
    source = tmp_path / "live.sqlite3"
    with sqlite3.connect(source) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("CREATE TABLE filler (held)")
        store.executemany("INSERT INTO filler VALUES (?)", [("x" * 4000,)] * 2000)
        store.execute("CREATE TABLE one (n)")
        store.execute("CREATE TABLE two (n)")
        store.executemany("INSERT INTO one VALUES (?)", [(0,)])
        store.executemany("INSERT INTO two VALUES (?)", [(0,)])
    monkeypatch.setattr(sqlite, "PAGES", 20)
    over, moved = threading.Event(), []

    def write():
        with sqlite3.connect(source, timeout=0.2, isolation_level=None) as store:  # who waits longer for the lock is refused
            while not over.is_set() and len(moved) < 5000:
                store.execute("BEGIN IMMEDIATE")
                store.execute("UPDATE one SET n = n + 1")
                store.execute("UPDATE two SET n = n + 1")
                store.execute("COMMIT")
                moved.append(1)

    with ThreadPoolExecutor(1) as people:
        writer = people.submit(write)
        while not moved and not writer.done():
            pass
        before = len(moved)
        sqlite.copy(source, tmp_path / "copy.sqlite3")
        over.set()
        writer.result()
    with sqlite3.connect(tmp_path / "copy.sqlite3") as store:
        one, two = (store.execute(f"SELECT n FROM {name}").fetchone()[0] for name in ("one", "two"))
    assert len(moved) > before
    assert one == two >= before
    assert one < len(moved)
    assert sqlite.faults(tmp_path / "copy.sqlite3") == []
