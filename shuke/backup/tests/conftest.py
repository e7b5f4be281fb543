"""A sample firm with a file, its server never started, and a backup of it: made once for all tests of the room."""

import hashlib
import sqlite3

import pytest

from bench.served import shuke
from shuke.backup import keeping, sqlite


def source_of(data):
    return keeping.Source(sqlite.Store(data / sqlite.NAME), data / "files", data / keeping.KEY)


@pytest.fixture(scope="session")
def firm_dir(tmp_path_factory):
    data = tmp_path_factory.mktemp("firm") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)  # of a shop, whatever store the tests run on
        shuke("demo", "--parties", "20", data=data)
    for content in (b"first picture" * 900, b"second"):
        digest = hashlib.sha256(content).hexdigest()
        place = data / "files" / digest[:2] / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        with sqlite3.connect(data / "shuke.sqlite3") as store:
            store.execute("INSERT INTO core_storedfile (digest, size, type) VALUES (?, ?, 'image/png')", (digest, len(content)))
    return data


@pytest.fixture(scope="session")
def made(firm_dir, tmp_path_factory):
    place = tmp_path_factory.mktemp("backups") / "firm.tar"
    shuke("backup", "--to", str(place), data=firm_dir)
    return place
