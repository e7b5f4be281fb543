"""The store of a team, by PostgreSQL's own programs: dumped in one snapshot with what the manifest tells, restored on trial into
a database of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from shuke.backup.envelope import Tell
from shuke.core.record import Refused

NAME = "shuke.pgdump"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"


class Store:
    """The database that DATABASE_URL names."""

    name = NAME

    def is_there(self) -> bool:
        return True

    def size(self) -> int:
        with connection.cursor() as store:
            store.execute("SELECT pg_database_size(current_database())")
            size: int = store.fetchone()[0]
        return size

    def save(self, folder: Path, tell: Tell) -> tuple[dict[str, Any], list[tuple[str, int]]]:
        """Put a dump into `folder`; returns what it holds, and (SHA-256, size) of each file of the firm that it knows."""
        with connected() as store:
            store.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            store.execute("SELECT pg_export_snapshot()")
            snapshot = store.fetchone()[0]
            plain = ["--format=custom", "--no-owner", "--no-privileges"]
            run("pg_dump", *plain, f"--snapshot={snapshot}", f"--file={folder / NAME}")
            held = counted(store)
            if "django_migrations" not in held:
                raise Refused(_("There is no firm here yet: nothing to back up."))
            store.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            seen = [list(row) for row in store.fetchall()]
            store.execute("SELECT digest, size FROM core_storedfile ORDER BY digest")
            files = store.fetchall()
            store.execute("ROLLBACK")
        tell((folder / NAME).stat().st_size)
        return {"counts": held, "migrations": seen}, files


@contextmanager
def connected(database: str = "") -> Iterator[Any]:
    """A cursor of a connection of its own: what it does is no part of what the caller has begun."""
    own = connection.copy()
    own.settings_dict = {**own.settings_dict, "NAME": database or own.settings_dict["NAME"], "CONN_MAX_AGE": 0}
    try:
        with own.cursor() as cursor:
            yield cursor
    except DatabaseError as error:
        raise Refused(_("The store cannot be read: %(why)s.") % {"why": str(error).strip()}) from error
    finally:
        own.close()


def run(program: str, *words: str, database: str = "") -> None:
    """Run a program of PostgreSQL on our database, or on `database`; the password is on no command line. Raises Refused."""
    if connection.vendor != "postgresql":
        raise Refused(_("This backup is of a firm on PostgreSQL. Set DATABASE_URL to an empty database first."))
    if shutil.which(program) is None:
        raise Refused(_("%(program)s is not installed: it comes with PostgreSQL.") % {"program": program})
    said = connection.settings_dict
    told = {"PGHOST": said["HOST"], "PGPORT": said["PORT"], "PGUSER": said["USER"], "PGPASSWORD": said["PASSWORD"]}
    where = {name: str(value) for name, value in told.items() if value} | {"PGDATABASE": str(database or said["NAME"])}
    done = subprocess.run([program, *words], env={**os.environ, **where}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [program])[-1]
        raise Refused(_("PostgreSQL refused: %(why)s") % {"why": why})


def counted(store: Any) -> dict[str, int]:
    store.execute(TABLES)
    held = {}
    for (table,) in store.fetchall():
        store.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (a name that the store itself gave)
        held[table] = store.fetchone()[0]
    return held


def load(dump: Path, database: str = "") -> None:
    """All of a dump, or nothing of it."""
    words = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", f"--dbname={database or named()}"]
    run("pg_restore", *words, str(dump), database=database)


def named() -> str:
    return str(connection.settings_dict["NAME"])


def counts(dump: Path) -> dict[str, int]:
    """How many rows each table holds once `dump` is restored into a database that is there only for that. Raises Refused."""
    run("pg_restore", "--list", str(dump))
    scratch = f"shuke_trial_{secrets.token_hex(6)}"
    with connected() as store:
        store.execute(f'CREATE DATABASE "{scratch}" TEMPLATE template0')
        try:
            load(dump, scratch)
            with connected(scratch) as trial:
                return counted(trial)
        finally:
            store.execute(f'DROP DATABASE "{scratch}" WITH (FORCE)')


def restore(dump: Path) -> None:
    """Bring `dump` back into our database. Raises Refused when that holds something."""
    with connected() as store:
        store.execute(TABLES)
        if store.fetchone() is not None:
            told = {"name": named()}
            raise Refused(_("The database %(name)s is not empty. Restore into a new one; what is there stays.") % told)
    load(dump)
