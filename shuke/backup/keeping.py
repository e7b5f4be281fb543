"""Make a backup, verify one, restore one. A file that is there under its name was restored once already, on trial.

Nothing here needs the store to be migrated or served; every way out is a sentence, and leaves no half file.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.apps import apps
from django.utils.translation import gettext as _

import shuke
from shuke.backup import envelope, postgres, sqlite
from shuke.core.files import sync
from shuke.core.record import Refused

ASIDE = ".shuke-"  # begins the name of what is not finished
STALE = 86_400  # seconds after which nobody works on it any more
KEY = "secret.key"
Progress = Callable[[int, int], None]  # bytes done, bytes in all


def silent(done: int, total: int) -> None:
    """For whoever does not look."""


@dataclass(frozen=True)
class Source:
    """What there is to back up: the store, the folder of files by content, the key that signs."""

    store: sqlite.Store | postgres.Store
    files: Path
    key: Path


class Steps:
    """How far something is that reads its bytes several times over."""

    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def __call__(self, done: int) -> None:
        self.done = min(self.done + done, self.total)
        self.progress(self.done, self.total)


@contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """What goes wrong with a disk, as a sentence."""
    full = _("The disk of %(folder)s is full. Make room or choose another folder; nothing was left half done.") % {
        "folder": folder
    }
    try:
        yield
    except sqlite3.Error as error:
        if sqlite.is_full(error):
            raise Refused(full) from error
        raise Refused(_("The store cannot be read: %(why)s.") % {"why": error}) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(full) from error
        raise Refused(
            _("%(file)s cannot be used: %(why)s.") % {"file": error.filename or folder, "why": error.strerror}
        ) from error


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A folder of its own within `folder`, gone afterwards; those that a kill left behind a day ago go too."""
    for left in folder.glob(f"{ASIDE}*"):
        if left.is_dir() and left.stat().st_mtime < time.time() - STALE:
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def make(source: Source, target: Path, progress: Progress = silent) -> dict[str, Any]:
    """Write a verified backup of `source` to `target`; returns its manifest. Raises Refused, and then there is no `target`."""
    with plainly(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists():
            raise Refused(_("There is a file %(file)s already.") % {"file": target})
        if not source.store.is_there():
            raise Refused(_("There is no firm here yet: nothing to back up."))
        with aside(target.parent) as folder:
            made = folder / "backup"
            steps = Steps(progress, 4 * source.store.size())
            write(source, folder, made, steps)
            manifest = verify(made, folder, steps)
            made.rename(target)
        sync(target.parent)
    return manifest


def write(source: Source, folder: Path, made: Path, steps: Steps) -> None:
    """The envelope of `source` at `made`; the store is copied into `folder` on its way."""
    about, files = source.store.save(folder, steps)
    copied = folder / source.store.name
    steps.total = steps.done + 2 * (copied.stat().st_size + sum(size for _digest, size in files))
    now = int(time.time())
    manifest = {
        "format": 1,
        "version": shuke.__version__,
        "made_at": datetime.fromtimestamp(now, UTC).isoformat(),
        "store": source.store.name,
        **about,
        "missing": [],
    }
    with envelope.Writer(made, steps) as writer:
        take(writer, source.store.name, copied, now)
        if source.key.exists():
            take(writer, KEY, source.key, now)
        for digest, _size in files:
            place = source.files / digest[:2] / digest
            # What the firm has lost already must not keep it from saving the rest; the manifest says so.
            if not place.exists() or take(writer, f"files/{digest[:2]}/{digest}", place, now) != digest:
                manifest["missing"].append(digest)
        text = json.dumps({**manifest, "members": writer.members}, ensure_ascii=False, indent=1).encode()
        writer.finish(io.BytesIO(text), len(text), now)
    copied.unlink()


def take(writer: envelope.Writer, name: str, place: Path, at: int) -> str:
    with place.open("rb") as file:
        return writer.add(name, file, os.fstat(file.fileno()).st_size, at)


def verify(place: Path, folder: Path | None = None, tell: envelope.Tell = envelope.nothing) -> dict[str, Any]:
    """Restore the backup at `place` on trial, in `folder` or where temporary files lie; returns its manifest.

    Every byte is read, the store is opened and looked through, its rows are counted. Raises Refused.
    """
    with plainly(folder or Path(tempfile.gettempdir())), stream_of(place) as file:
        manifest = envelope.manifest(file, envelope.check(file, tell))
        refuse_newer(manifest)
        with tempfile.TemporaryDirectory(dir=folder, prefix=ASIDE) as scratch:
            unpack(file, manifest, Path(scratch), {manifest["store"]})
            check_store(Path(scratch), manifest)
    return manifest


def stream_of(place: Path) -> BinaryIO:
    if not place.is_file():
        raise Refused(_("%(file)s is not there.") % {"file": place})
    return place.open("rb")


def unpack(file: BinaryIO, manifest: dict[str, Any], folder: Path, only: set[str] | None = None) -> None:
    """Read all members, and write them, or `only` these, below `folder`."""
    for name, content in envelope.members(file, manifest):
        if only is None or name in only:
            put(folder / name, content)
        else:
            while content.read(envelope.CHUNK):
                pass


def put(place: Path, content: BinaryIO) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, envelope.CHUNK)
        file.flush()
        os.fsync(file.fileno())


def check_store(folder: Path, manifest: dict[str, Any]) -> None:
    """Open the store that was unpacked in `folder`, and count its rows."""
    place = folder / manifest["store"]
    held = sqlite.counts(place) if manifest["store"] == sqlite.NAME else postgres.counts(place)
    if held != manifest["counts"]:
        raise Refused(_("This backup does not hold as many rows as it says."))


def refuse_newer(manifest: dict[str, Any]) -> None:
    """A store that has seen migrations which this program does not bring cannot be served by it."""
    brought = {(app.label, file.stem) for app in apps.get_app_configs() for file in Path(app.path).glob("migrations/[!_]*.py")}
    if manifest["format"] > 1 or not {(app, name) for app, name in manifest["migrations"]} <= brought:
        raise Refused(
            _("This backup was made by a newer version, %(version)s. Please update first; this is %(ours)s.")
            % {"version": manifest["version"], "ours": shuke.__version__}
        )


def restore(place: Path, data: Path) -> dict[str, Any]:
    """Bring the backup at `place` back as the data directory `data`, all of it or nothing; returns its manifest.

    The rows of a team's store go to the empty database that DATABASE_URL names, in one transaction, before the directory comes.
    Raises Refused when `data` holds something, when the backup is damaged, or made by a newer version.
    """
    data = data.resolve()
    with plainly(data.parent), stream_of(place) as file:
        if data.exists() and (not data.is_dir() or any(data.iterdir())):
            raise Refused(
                _("%(folder)s is not empty. Restore into a new folder; what is here stays as it is.") % {"folder": data}
            )
        manifest = envelope.manifest(file, envelope.check(file))
        refuse_newer(manifest)
        data.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with aside(data.parent) as folder:
            whole = folder / "data"
            whole.mkdir(mode=0o700)
            unpack(file, manifest, whole)
            check_store(whole, manifest)
            if manifest["store"] == postgres.NAME:
                postgres.restore(whole / postgres.NAME)
                (whole / postgres.NAME).unlink()
            for below in [*(each for each in whole.rglob("*") if each.is_dir()), whole]:
                sync(below)
            whole.rename(data)
        sync(data.parent)
    return manifest
