"""Files of the firm: kept once by content, written so that a power cut loses none, served through scope by what they are.

What nothing refers to any more is swept.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core.models import Attachment, StoredFile
from shuke.core.record import Record, Refused
from shuke.language import cleaners

LARGEST = 20 * 1024 * 1024
HEADS = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
]


def type_of(head: bytes) -> str:
    """What a file is by its first bytes; its name says nothing. What is not known is bytes, never shown in place."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in HEADS if head.startswith(mark)), "application/octet-stream")


def place_of(digest: str) -> Path:
    return Path(settings.FILES) / digest[:2] / digest


def store(upload: Any, *, largest: int = LARGEST) -> StoredFile:
    """Keep the bytes of an upload under the name of their SHA-256: temp, fsync, the row, rename, fsync of the folder, commit.

    Raises Refused when it is empty or of more than `largest` bytes.
    """
    if not upload.size:
        raise Refused(_("This file is empty."))
    if upload.size > largest:
        raise Refused(_("This file is larger than %(size)d MB. Please send a smaller one.") % {"size": largest // 2**20})
    told, head = hashlib.sha256(), b""
    folder = Path(settings.FILES)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for chunk in upload.chunks():
            head = head or chunk[:16]
            told.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    digest = told.hexdigest()
    target = place_of(digest)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    with transaction.atomic():
        # The row is held while the bytes come to their place: a sweep takes both before that, or finds them fresh.
        said = {"size": upload.size, "type": type_of(head)}
        stored, _made = StoredFile.objects.select_for_update().get_or_create(digest=digest, defaults=said)
        os.replace(file.name, target)
        sync(target.parent)
    return stored


def sync(folder: Path) -> None:
    """The name of a new file is safe only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def attach(record: Record, upload: Any) -> Attachment:
    """Hang an upload on `record`; it stands on its timeline."""
    try:
        name = cleaners.clean_text(Path(str(upload.name)).name, limit=200) or _("file")
    except cleaners.BadValue as error:
        raise Refused(error.sentence) from None
    stored = store(upload)
    with work.act("attached", kind=record._meta.label_lower):
        attachment = Attachment(on=record._meta.label_lower, record=record.pk, file=stored, name=name)
        attachment.save(verb="attached")
    return attachment


def sweep(before: datetime) -> int:
    """Remove what no row of any table refers to and nobody sent since `before`. Returns how many files are gone."""
    gone = sum(forget(stored, before) for stored in list(unneeded()))
    for left in Path(settings.FILES).glob("*"):  # by an upload that was killed
        if left.is_file() and not is_fresh(left, before):
            left.unlink(missing_ok=True)
            gone += 1
    return gone


def unneeded() -> models.QuerySet[StoredFile]:
    found = StoredFile.objects.all()
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel):
            pointing = relation.related_model._base_manager.filter(**{relation.field.name: models.OuterRef("pk")})
            found = found.exclude(models.Exists(pointing))
    return found


def forget(stored: StoredFile, before: datetime) -> bool:
    place = place_of(stored.digest)
    try:
        with transaction.atomic():
            # Locked before looking: whoever stores the same bytes now has made them fresh, or waits and brings them again.
            StoredFile.objects.select_for_update().filter(pk=stored.pk).first()
            if is_fresh(place, before) or not unneeded().filter(pk=stored.pk).delete()[0]:
                return False
            # Before the commit: a row without bytes is swept the next time or gets them from the next upload, bytes without
            # a row would lie here for ever.
            place.unlink(missing_ok=True)
            return True
    except IntegrityError:
        return False  # a row that refers to it came in between: it is needed


def is_fresh(place: Path, before: datetime) -> bool:
    """Whether it was brought, or brought again, since `before`."""
    try:
        return place.stat().st_mtime >= before.timestamp()
    except FileNotFoundError:  # an upload has just put it under its name
        return False
