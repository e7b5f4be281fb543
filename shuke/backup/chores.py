"""Backups as jobs: one that a person asked for, the nightly one, and the export of everything."""

from __future__ import annotations

import time
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.backup import actions, everything, keeping
from shuke.core import jobs
from shuke.core.jobs import task
from shuke.core.models import Job
from shuke.core.record import Refused

MB = 2**20
DAY = 86_400  # seconds
TOLD = 1.0  # seconds between two words about how far it is


def teller(job: Job) -> keeping.Progress:
    """Tells how far it is, in megabytes, once a second: each word is a write beside those of the firm."""
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= TOLD:
            last = time.monotonic()
            jobs.tell(job, done // MB, total // MB + 1)

    return tell


@task()
def back_up(job: Job) -> dict[str, Any]:
    """A backup now."""
    return {"backup": actions.make(progress=teller(job)).pk}


@task(every="7 * * * *")
def back_up_nightly(job: Job) -> dict[str, Any]:
    """Looks each hour whether the hour of the plan has come: a machine that was off at night makes up for it in the morning."""
    if not actions.is_due(timezone.now()):
        return {}
    return {"backup": actions.make(nightly=True, progress=teller(job)).pk}


@task()
def export_everything(job: Job) -> dict[str, Any]:
    """All that the firm holds, for whoever asked for it; the file is kept for a day."""
    user = job.actor
    if user is None or not user.is_active or not actions.may_take_everything(user):
        raise Refused(_("This person may not export this."))
    place = actions.exports_folder() / f"everything-{job.pk}.zip"
    with keeping.plainly(place.parent):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with keeping.aside(place.parent) as folder:
            counts = everything.write(user, folder / "zip", lambda done, total: jobs.tell(job, done, total))
            (folder / "zip").chmod(0o600)
            (folder / "zip").rename(place)
    return {"file": place.name, **counts}


@task(every="31 4 * * *")
def drop_exports(job: Job) -> dict[str, Any]:
    """Remove what was exported a day ago: a copy of everything should not lie about."""
    old = [place for place in actions.exports_folder().glob("everything-*.zip") if place.stat().st_mtime < time.time() - DAY]
    for place in old:
        place.unlink(missing_ok=True)
    return {"dropped": len(old)}
