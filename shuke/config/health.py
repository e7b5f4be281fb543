"""What `shuke check` says: whether the store is whole, migrated, journalled without a break, and its jobs are done."""

from __future__ import annotations

from django.db import connection

from shuke.config import serve
from shuke.core import journal
from shuke.core.models import Entry, Job, Seal


def problems() -> list[str]:
    found = []
    if connection.vendor == "sqlite":
        with connection.cursor() as store:
            store.execute("PRAGMA integrity_check(5)")
            said = [row[0] for row in store.fetchall()]
        if said != ["ok"]:
            found.append(f"the store is damaged: {'; '.join(said)}")
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
