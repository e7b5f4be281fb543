"""The search for duplicates as a job: once a week, and when somebody asks for it."""

from __future__ import annotations

from typing import Any

from shuke.core import jobs
from shuke.core.models import Job
from shuke.duplicates import finding


@jobs.task(every="37 2 * * 0", module="parties")
def find(job: Job) -> dict[str, Any]:
    return {"found": finding.find(lambda done, total: jobs.tell(job, done, total))}


def begin() -> None:
    """Queue the search, unless one waits or runs already."""
    if not searching():
        jobs.later(find)


def searching() -> bool:
    return Job.objects.filter(name=jobs.name_of(find), state__in=("queued", "running")).exists()
