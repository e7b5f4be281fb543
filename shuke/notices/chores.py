"""What the room does by the clock: it finds what waits for nobody, and forgets what is long read or sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import jobs, scope
from shuke.core.chores import purge
from shuke.core.jobs import task
from shuke.core.models import Job
from shuke.notices import actions, outbox
from shuke.notices.models import Message, Notice
from shuke.notices.reasons import FAILED

KEPT = timedelta(days=90)
OVERDUE = timedelta(minutes=10)
LATELY = timedelta(days=7)
AT_ONCE = 500
system = scope.system("the house cleans up")


@task(every="*/10 * * * *")
def find_forgotten(job: Job) -> dict[str, Any]:
    """Send what is overdue: a message that came back by the undo of an undo has no job any more."""
    overdue = system.rows(Message).live().filter(state="waiting", due__lt=timezone.now() - OVERDUE).order_by("pk")[:AT_ONCE]
    for message in overdue:
        outbox.later(message)
    return {"found": len(overdue)}


@task(every="*/10 * * * *")
def find_failed(job: Job) -> dict[str, Any]:
    """Have the owners told of each job that was given up, once. Not of our own: the telling may be what fails."""
    given_up = Job.objects.filter(state="failed", due__gte=timezone.now() - LATELY).exclude(name__startswith="notices.")
    found = [jobs.later(tell_of, once=f"failed {each.pk}", name=each.name) for each in given_up.order_by("pk")[:AT_ONCE]]
    return {"found": sum(each is not None for each in found)}


@task()
def tell_of(job: Job, *, name: str) -> None:
    said = _("Work in the background failed: %(name)s. Please tell whoever runs the server.") % {"name": name}
    actions.tell([user.pk for user in outbox.owners()], said, "/settings/", FAILED)


@task(every="29 4 * * *")
def forget_old(job: Job) -> dict[str, Any]:
    """Drop notices that were read and messages that are done with, three months after; the journal keeps that they were."""
    before = timezone.now() - KEPT
    dropped = Notice.objects.filter(read_at__lt=before).delete()[0]
    done = Q(state__in=["sent", "withdrawn"]) | Q(deleted_at__isnull=False)
    rows = system.rows(Message).filter(done, updated_at__lt=before).order_by("pk")[:5000]
    return {"dropped": dropped + sum(purge(message) for message in rows)}
