"""One command is the whole system: the web server in a child, worker and scheduler in the parent beside it."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import socket
import threading
import time
from pathlib import Path
from typing import IO, Any

from shuke.config import static

NETWORK_DISKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph"}
STOPPED = "stopped-well"  # there while no server runs: its absence at a start tells of an unclean stop


class CannotServe(Exception):
    """Why the server does not start, in a sentence."""


def claim(data: Path) -> IO[str]:
    """Hold the data directory for this one server. Raises CannotServe when another holds it or its disk is a network's."""
    if (kind := disk_of(data)) in NETWORK_DISKS:
        raise CannotServe(f"{data} lies on a network disk ({kind}), where SQLite can lose data. Choose a folder on this machine.")
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotServe(f"Another Shuke already serves {data}. Stop it first, or choose another --data.") from None
    return lock


def disk_of(place: Path) -> str:
    """The kind of file system that `place` lies on, as the kernel names it; "" where it does not say."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return ""
    lines = [line.split() for line in mounts.read_text().splitlines()]
    holding = [(len(line[1]), line[2]) for line in lines if place.is_relative_to(line[1])]
    return max(holding, default=(0, ""))[1]


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def background(stop: threading.Event) -> threading.Thread:
    from shuke.core import jobs

    thread = threading.Thread(target=jobs.work_until, args=(stop,), name="worker")
    thread.start()
    return thread


def greet(address: str, host: str, port: int, data: Path) -> None:
    """Once the port answers, say where the product is; before set-up, the one-time link that begins it."""
    from shuke.core import firm
    from shuke.people import setup

    while not answers(host, port):
        time.sleep(0.05)
    if firm.firm() is None:
        print(
            f"\n  Open this link once to set up your firm:\n\n    {address}/set-up/?token={setup.new_token(data)}\n", flush=True
        )
    else:
        print(f"\n  Shuke is ready: {address}/\n", flush=True)


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def serve(*, data: Path, host: str, port: int, cert: Path | None, key: Path | None) -> None:
    """Serve until interrupted. Django is set up, the environment says where the data lies."""
    from django.conf import settings
    from granian import Granian

    held = claim(data)
    migrate()
    static.collect(Path(settings.STATICFILES_DIRS[0]), Path(settings.STATIC_ROOT))
    after_an_unclean_stop = not (data / STOPPED).exists() and (data / "shuke.sqlite3").exists()
    (data / STOPPED).unlink(missing_ok=True)
    if after_an_unclean_stop:
        from shuke.core import chores, jobs

        jobs.later(chores.check_store)
    stop = threading.Event()
    worker = background(stop)
    address = f"{'https' if cert else 'http'}://{'localhost' if host in ('127.0.0.1', '::1') else host}:{port}"
    threading.Thread(target=greet, args=(address, host, port, data), daemon=True).start()
    os.environ["SHUKE_PARENT"] = str(os.getpid())
    multiprocessing.set_start_method("spawn", force=True)
    secure: dict[str, Any] = {"ssl_cert": cert, "ssl_key": key} if cert else {}
    try:
        Granian(
            "shuke.config.wsgi:application",
            address=host,
            port=port,
            interface="wsgi",  # type: ignore[arg-type]
            workers=1,
            blocking_threads=4,
            blocking_threads_idle_timeout=600,  # a thread that goes takes its connection to the store with it
            websockets=False,
            respawn_failed_workers=True,
            log_level="warning",  # type: ignore[arg-type]
            **secure,
        ).serve()
    finally:
        stop.set()
        worker.join(timeout=10)
        (data / STOPPED).touch()
        held.close()
