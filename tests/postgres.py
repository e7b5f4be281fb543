"""A private PostgreSQL for as long as it is needed: own directory, own socket, nobody else's data, gone afterwards.

python tests/postgres.py COMMAND...      runs COMMAND with DATABASE_URL pointing at such a server
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The shell holds the server on a leash: when the other end of its stdin closes, even by SIGKILL, both server and directory go.
LEASH = '"$1/postgres" -D "$0/data" -k "$0" & cat >/dev/null; kill -INT $!; wait $!; rm -rf "$0"'
SETTINGS = """
listen_addresses = ''
fsync = off
full_page_writes = off
synchronous_commit = off
jit = off
shared_buffers = 256MB
timezone = 'UTC'
"""
START_LIMIT = 60  # seconds


class NoPostgres(Exception):
    """PostgreSQL's programs are not installed, or would not start; the text says which."""


def programs() -> Path:
    """The folder of initdb and postgres: from PATH, else the newest under Debian's."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if found:
        return Path(found).resolve().parent
    if not folders:
        raise NoPostgres("PostgreSQL is not installed (apt-get install postgresql)")
    return folders[-1]


def unprivileged() -> list[str]:
    """What to put before a command so that root does not run it: PostgreSQL refuses root."""
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def server() -> Iterator[str]:
    """Start a server and give its DATABASE_URL; the server ends with the block or with this process, however that ends.

    Raises NoPostgres.
    """
    binaries, folder = programs(), Path(tempfile.mkdtemp(prefix="shuke-postgres-"))
    if unprivileged():
        shutil.chown(folder, "nobody", "nogroup")
    initdb = [f"{binaries}/initdb", "-D", f"{folder}/data", "-U", "shuke", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    made = subprocess.run([*unprivileged(), *initdb], capture_output=True, text=True, cwd="/")
    if made.returncode:
        shutil.rmtree(folder)
        raise NoPostgres(f"initdb failed: {made.stderr.strip()}")
    with (folder / "data/postgresql.conf").open("a") as file:
        file.write(SETTINGS)
    with (folder / "log").open("wb") as log:
        leash = subprocess.Popen(
            [*unprivileged(), "sh", "-c", LEASH, folder, binaries],
            stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/", start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_ready(binaries, folder)
        yield f"postgresql://shuke@/postgres?host={folder}"
    finally:
        leash.communicate()


def wait_until_ready(binaries: Path, folder: Path) -> None:
    until = time.monotonic() + START_LIMIT
    while subprocess.run([binaries / "pg_isready", "-q", "-h", folder]).returncode:
        if time.monotonic() > until:
            raise NoPostgres(f"PostgreSQL did not start: {(folder / 'log').read_text()[-500:]}")
        time.sleep(0.1)


if __name__ == "__main__":
    with server() as url:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode)
