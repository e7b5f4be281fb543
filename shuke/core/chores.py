"""The chores of the house: jobs on a schedule that keep the journal sealed, the trash emptied and the keys few."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from shuke.core import files, idempotency, journal, scope, undo
from shuke.core import kind as kinds
from shuke.core.jobs import task
from shuke.core.models import Attachment, Job
from shuke.core.record import Record

TRASH_KEPT = timedelta(days=90)
BYTES_KEPT = timedelta(days=1)  # that nothing refers to: a refused upload, an export that was made and fetched
ELSEWHERE = (undo,)  # their jobs are known to the worker by being imported here


@task(every="*/5 * * * *")
def seal_journal(job: Job) -> dict[str, Any]:
    """Chain what was written since; short steps, so that writers never wait."""
    sealed = 0
    while (count := journal.seal()) > 0:
        sealed += count
    return {"sealed": sealed}


@task(every="41 3 * * *")
def drop_old_keys(job: Job) -> dict[str, Any]:
    return {"dropped": idempotency.forget_old()}


@task(every="23 3 * * *")
def empty_trash(job: Job) -> dict[str, Any]:
    """Remove for good what has lain in the trash for 90 days, parts first; what is still referred to stays."""
    before = timezone.now() - TRASH_KEPT
    gone = 0
    by_root = sorted(kinds.every(), key=lambda kind: not kind.root)
    purged: list[type[Record]] = [Attachment, *(kind.model for kind in by_root)]
    for model in purged:
        rows = scope.system("purge of the trash").rows(model).filter(deleted_at__lt=before)
        for record in rows.iterator(chunk_size=100):
            gone += purge(record)
    return {"gone": gone}


def purge(record: Record) -> int:
    """Remove one row with the files on it; 0 when something still refers to it."""
    try:
        with transaction.atomic():
            models.QuerySet(Attachment).filter(on=record._meta.label_lower, record=record.pk).delete()
            models.Model.delete(record)
    except (models.ProtectedError, models.RestrictedError):
        return 0
    return 1


@task(every="11 4 * * *")
def sweep_files(job: Job) -> dict[str, Any]:
    """Remove the bytes that nothing needs any more."""
    return {"gone": files.sweep(timezone.now() - BYTES_KEPT)}
