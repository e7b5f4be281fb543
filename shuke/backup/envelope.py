"""One file holds a backup: a plain tar, the manifest its last member, behind it one block with the digest of all bytes before.

`tar` opens it anywhere; a bit that turned or a byte that is missing, padding included, shows in the digest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from django.utils.translation import gettext as _

from shuke.core.record import Refused

CHUNK = 2**20
BLOCK = 512  # of a tar
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 2**30
HEAD = b"shuke backup 1, manifest at %020d, sha256 "
SEAL = re.compile(rb"shuke backup 1, manifest at ([0-9]{20}), sha256 ([0-9a-f]{64})\n\0+")
DIGEST_AT = len(HEAD % 0)
NAMES = re.compile(r"manifest\.json|secret\.key|shuke\.(?:sqlite3|pgdump)|files/[0-9a-f]{2}/[0-9a-f]{64}")

Tell = Callable[[int], None]  # bytes done since it was last told


def nothing(done: int) -> None:
    """For whoever does not ask how far it is."""


def damaged() -> Refused:
    return Refused(_("This backup is damaged or was cut short. Nothing was taken from it; please use another one."))


class Digesting:
    """A stream that remembers the SHA-256 of what went through."""

    def __init__(self, file: BinaryIO, tell: Tell = nothing) -> None:
        self.file, self.tell_how_far, self.digest, self.size = file, tell, hashlib.sha256(), 0

    def note(self, held: bytes) -> None:
        self.digest.update(held)
        self.size += len(held)
        self.tell_how_far(len(held))

    def read(self, size: int = -1) -> bytes:
        held = self.file.read(size)
        self.note(held)
        return held

    def write(self, held: bytes) -> int:
        self.note(held)
        return self.file.write(held)

    def tell(self) -> int:
        return self.size


class Writer:
    """Writes an envelope member by member; with its end the file is complete and on the disk."""

    def __init__(self, place: Path, tell: Tell = nothing) -> None:
        self.file = open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=CHUNK)  # noqa: SIM115 (closed by __exit__)
        self.whole = Digesting(self.file, tell)
        self.tar = tarfile.TarFile(fileobj=self.whole, mode="w", format=tarfile.PAX_FORMAT, copybufsize=CHUNK)  # type: ignore[arg-type]
        self.members: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()

    def add(self, name: str, file: BinaryIO, size: int, at: int) -> str:
        """Add `size` bytes of `file`, made at the second `at`; returns their SHA-256."""
        about = tarfile.TarInfo(name)
        about.size, about.mode, about.mtime = size, 0o600, at
        held = Digesting(file)
        self.tar.addfile(about, held)
        self.members[name] = {"size": size, "sha256": held.digest.hexdigest()}
        return held.digest.hexdigest()

    def finish(self, manifest: BinaryIO, size: int, at: int) -> None:
        head = HEAD % self.tar.offset
        self.add(MANIFEST, manifest, size, at)
        self.tar.close()
        self.whole.write(head)
        self.file.write((self.whole.digest.hexdigest().encode() + b"\n").ljust(BLOCK - len(head), b"\0"))
        self.file.flush()
        os.fsync(self.file.fileno())


def check(file: BinaryIO, tell: Tell = nothing) -> int:
    """Read every byte of an envelope; returns where its manifest begins. Raises Refused when any is not as it was written."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - BLOCK))
    seal = SEAL.fullmatch(end := file.read(BLOCK))
    if size < 2 * BLOCK or len(end) != BLOCK or seal is None:
        raise damaged()
    file.seek(0)
    whole, left = Digesting(file, tell), size - BLOCK + DIGEST_AT
    while left and (held := whole.read(min(CHUNK, left))):
        left -= len(held)
    if left or whole.digest.hexdigest().encode() != seal[2]:
        raise damaged()
    return int(seal[1])


def manifest(file: BinaryIO, at: int) -> dict[str, Any]:
    """What a checked envelope says of itself."""
    file.seek(at)
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            about = tar.next()
            held = tar.extractfile(about) if about and about.name == MANIFEST and about.size < LARGEST_MANIFEST else None
            said: dict[str, Any] = json.loads(held.read()) if held else {}
    except (tarfile.TarError, ValueError):
        raise damaged() from None
    if not said:
        raise damaged()
    return said


def members(file: BinaryIO, manifest: dict[str, Any]) -> Iterator[tuple[str, BinaryIO]]:
    """(name, content) of each member, in turn, each read to its end before the next. Raises Refused where one is not what the
    manifest says."""
    file.seek(0)
    awaited = dict(manifest["members"])
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            while (about := tar.next()) is not None and about.name != MANIFEST:
                content, told = tar.extractfile(about), awaited.pop(about.name, None)
                if content is None or told is None or not about.isreg() or not NAMES.fullmatch(about.name):
                    raise damaged()
                held = Digesting(content)  # type: ignore[arg-type]
                yield about.name, held  # type: ignore[misc]
                if {"size": held.size, "sha256": held.digest.hexdigest()} != told:
                    raise damaged()
                tar.members.clear()  # type: ignore[attr-defined]  # else it keeps a note of each of a hundred thousand pictures
    except tarfile.TarError:
        raise damaged() from None
    if awaited:
        raise damaged()
