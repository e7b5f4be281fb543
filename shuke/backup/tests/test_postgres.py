"""The firm of a team: the same envelope around what PostgreSQL's own programs give."""

import os
import subprocess
from urllib.parse import urlsplit

import psycopg
import pytest

from bench.served import ROOT, SHUKE, environment, shuke

URL = os.environ.get("DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="the store of a team")


def sql(line, url=URL):
    with psycopg.connect(url, autocommit=True) as store:
        return store.execute(line).fetchall() if line.startswith("SELECT") else store.execute(line)


@pytest.fixture
def two_databases(monkeypatch):
    """(address of one, address of another), both empty; the first is ours."""
    urls = []
    for name in ("backed_up", "brought_back"):
        sql(f"CREATE DATABASE {name}")
        urls.append(urlsplit(URL)._replace(path=f"/{name}").geturl())
    monkeypatch.setenv("DATABASE_URL", urls[0])
    yield urls
    for name in ("backed_up", "brought_back"):
        sql(f"DROP DATABASE {name} WITH (FORCE)")


def refused(*words):
    done = subprocess.run([*SHUKE, *map(str, words)], capture_output=True, text=True, env=environment(), cwd=ROOT)
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def test_a_backup_comes_back_into_an_empty_database_and_only_there(two_databases, tmp_path, monkeypatch):
    one, other = two_databases
    shuke("demo", "--parties", "20", data=tmp_path / "data")
    parties = sql("SELECT id, name, phone FROM parties_party ORDER BY id", one)
    place = tmp_path / "a.tar"
    shuke("backup", "--to", str(place), data=tmp_path / "data")
    assert "brought_back" not in refused("restore", place, "--data", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    monkeypatch.setenv("DATABASE_URL", other)
    shuke("restore", str(place), data=tmp_path / "new")
    assert sql("SELECT id, name, phone FROM parties_party ORDER BY id", other) == parties
    assert (tmp_path / "new/secret.key").read_bytes() == (tmp_path / "data/secret.key").read_bytes()
    assert os.listdir(tmp_path / "new") == ["secret.key"]
    assert "0 failed" in shuke("check", data=tmp_path / "new")
    assert [name for (name,) in sql("SELECT datname FROM pg_database") if name.startswith("shuke_trial")] == []


def test_it_is_not_restored_where_there_is_no_postgres(two_databases, tmp_path, monkeypatch):
    shuke("demo", "--parties", "5", data=tmp_path / "data")
    shuke("backup", "--to", str(tmp_path / "a.tar"), data=tmp_path / "data")
    held = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "hurt.tar").write_bytes(held[:9000] + bytes([held[9000] ^ 1]) + held[9001:])
    assert "已损坏" in refused("verify", tmp_path / "hurt.tar")
    monkeypatch.delenv("DATABASE_URL")
    assert "DATABASE_URL" in refused("verify", tmp_path / "a.tar")
    assert "DATABASE_URL" in refused("restore", tmp_path / "a.tar", "--data", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_without_its_programs_a_sentence_says_so(two_databases, tmp_path, monkeypatch):
    shuke("demo", "--parties", "5", data=tmp_path / "data")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump" in refused("backup", "--data", tmp_path / "data", "--to", tmp_path / "b/a.tar")
    assert os.listdir(tmp_path / "b") == []
