"""One command is the whole system. The parent loads the program once and forks children that share what it loaded: two serve
pages, one does jobs. A child that dies is followed by another; none outlives the parent, whose hold of the directory
they share.
"""

from __future__ import annotations

import fcntl
import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import IO, Any

from shuke.config import static

NETWORK_DISKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph"}
PAGES = min(2, os.cpu_count() or 1)  # children that serve pages, as Python runs one thread at a time; each costs 25 MB
THREADS = 2  # of each such child: one answers while the other waits for the disk
PATIENCE = 10  # seconds that pages and jobs have to end when all is to stop
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
    """Bring the store up to the program. Django's own command needs a third of a second to find that there is nothing to do."""
    from django.core.management import call_command

    if not is_migrated():
        call_command("migrate", interactive=False, verbosity=0)


def is_migrated() -> bool:
    """Whether the store has seen every migration that the program brings."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    brought = ((app.label, file.stem) for app in apps.get_app_configs() for file in Path(app.path).glob("migrations/[!_]*.py"))
    return set(brought) <= MigrationRecorder(connection).applied_migrations().keys()


def prepare() -> None:
    """Make ready what a new version needs, in a child: the memory that it costs goes with it. Raises CannotServe."""
    from django.conf import settings

    def work() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        migrate()
        static.collect(Path(settings.STATICFILES_DIRS[0]), Path(settings.STATIC_ROOT))

    child = multiprocessing.Process(target=work)
    child.start()
    child.join()
    if child.exitcode:
        raise CannotServe("The store could not be made ready; why, stands above.")


def begin(data: Path) -> None:
    """The store is in use from now on; after an unclean stop a job looks whether it is whole."""
    from shuke.config import health  # its nightly look is known to the worker by being imported here
    from shuke.core import jobs

    if not (data / STOPPED).exists() and (data / "shuke.sqlite3").exists():
        jobs.later(health.check_store)
    (data / STOPPED).unlink(missing_ok=True)


def greeting(address: str, data: Path) -> str:
    """Where the product is; before set-up, the one-time link that begins it."""
    from shuke.core import firm
    from shuke.people import setup

    if firm.firm() is None:
        return f"\n  Open this link once to set up your firm:\n\n    {address}/set-up/?token={setup.new_token(data)}\n"
    return f"\n  Shuke is ready: {address}/\n"


def load() -> Any:
    """All that pages need, ready to be shared: the collector will not touch what is loaded, and no connection is open."""
    from django.db import connections

    from shuke.config import urls, wsgi  # noqa: F401
    from shuke.language import tokens

    tokens.sounds(["熟"])  # reads the table of sounds, which is else read by each child for itself
    connections.close_all()
    gc.freeze()
    gc.enable()
    return wsgi.application


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def live_under(parent: int) -> None:
    """What a child does first: leave Ctrl-C to its parent, end when told to and when that is gone."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # its parent's way to hear it would do nothing here
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()


def end_with(parent: int) -> None:
    """A child whose parent was killed would go on, on the port that the next start needs."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def work(parent: int, host: str, port: int, greeting: str) -> None:
    """The child that does jobs: once pages are served, until it is told to stop; the job at hand may end first."""
    from shuke.core import jobs

    live_under(parent)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *told: stop.set())
    while not answers(host, port):
        if stop.is_set():
            return
        time.sleep(0.05)
    print(greeting, end="\n" if greeting else "", flush=True)
    # Not in the main thread: where that waits for `stop`, it cannot set it as it hears the signal.
    worker = threading.Thread(target=jobs.work_until, args=(stop,), daemon=True)
    worker.start()
    while worker.is_alive() and not stop.is_set():
        time.sleep(0.1)
    worker.join(timeout=PATIENCE)


def keep_working(host: str, port: int, greeting: str) -> None:
    """Fork the child that does jobs, and another whenever it dies."""

    def fork(greeting: str) -> multiprocessing.Process:
        child = multiprocessing.Process(target=work, args=(os.getpid(), host, port, greeting), daemon=True)
        child.start()
        return child

    def follow(child: multiprocessing.Process) -> None:
        while True:
            child.join()
            time.sleep(1)
            child = fork("")

    threading.Thread(target=follow, args=(fork(greeting),), daemon=True).start()


def serve(*, data: Path, host: str, port: int, cert: Path | None, key: Path | None) -> None:
    """Serve until interrupted. Django is set up, the environment says where the data lies."""
    from granian import Granian

    multiprocessing.set_start_method("fork", force=True)
    held = claim(data)
    if answers(host, port):
        raise CannotServe(f"Another program answers on port {port}. Stop it first, or choose another --port.")
    prepare()
    begin(data)
    address = f"{'https' if cert else 'http'}://{'localhost' if host in ('127.0.0.1', '::1') else host}:{port}"
    words = greeting(address, data)
    secure: dict[str, Any] = {"ssl_cert": cert, "ssl_key": key} if cert else {}
    server = Granian(
        "shuke.config.wsgi:application",
        address=host,
        port=port,
        interface="wsgi",  # type: ignore[arg-type]
        workers=PAGES,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,  # a thread that goes takes its connection to the store with it
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=PATIENCE,
        log_level="warning",  # type: ignore[arg-type]
        **secure,
    )
    application, parent = load(), os.getpid()

    def pages() -> Any:
        live_under(parent)
        return application

    server.on_startup(lambda: keep_working(host, port, words))
    try:
        server.serve(target_loader=pages, wrap_loader=False)
    finally:
        for child in multiprocessing.active_children():
            child.terminate()
            child.join(PATIENCE + 1)
        (data / STOPPED).touch()
        held.close()
