"""The jobs of this room, which the worker must know from the start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from shuke.core import jobs
from shuke.core.models import Job
from shuke.exchange import exporting, importing
from shuke.exchange.models import Import

UNFINISHED_KEPT = timedelta(days=7)

__all__ = ["exporting", "importing"]


@jobs.task(every="47 3 * * *")
def drop_unfinished(job: Job) -> dict[str, Any]:
    """Forget the sheets that were brought and never run; their bytes go when nothing else refers to them."""
    _rows, dropped = Import.objects.filter(batch=None, at__lt=timezone.now() - UNFINISHED_KEPT).delete()
    return {"dropped": dropped.get("exchange.Import", 0)}
