"""Whether the store is whole, migrated, journalled without a break, and its jobs are done: what `shuke check` says."""

from __future__ import annotations

from typing import Any

from django.db import connection

from shuke.config import serve
from shuke.core import journal
from shuke.core.jobs import task
from shuke.core.models import Entry, Job, Seal
from shuke.core.record import Refused


def damage(check: str) -> str:
    """What the embedded store says of itself by the pragma `check`; "" when it is whole. PostgreSQL looks after itself."""
    if connection.vendor != "sqlite":
        return ""
    with connection.cursor() as store:
        store.execute(f"PRAGMA {check}(10)")
        said = "; ".join(row[0] for row in store.fetchall())
    return "" if said == "ok" else said


@task(every="53 2 * * *")
def check_store(job: Job) -> dict[str, Any]:
    """The quick look, each night and after an unclean stop. Raises Refused, which stands as a failed job."""
    if said := damage("quick_check"):
        raise Refused(said)
    return {"store": "ok"}


def problems() -> list[str]:
    found = []
    if said := damage("integrity_check"):
        found.append(f"the store is damaged: {said}")
    if not serve.is_migrated():
        found.append("the store is older than the program: start `shuke serve` once")
    if (broken := journal.first_broken()) is not None:
        found.append("the journal was changed by hand, between entry {:,} and entry {:,}".format(*broken))
    return found


def lines() -> list[str]:
    failed = Job.objects.filter(state="failed").count()
    sealed = Seal.objects.order_by("-last").values_list("last", flat=True).first() or 0
    return [
        f"store    {connection.vendor}",
        f"journal  {Entry.objects.count():,} entries, {Entry.objects.filter(pk__gt=sealed).count():,} not sealed yet",
        f"jobs     {Job.objects.filter(state='queued').count():,} waiting, {failed:,} failed",
    ]
