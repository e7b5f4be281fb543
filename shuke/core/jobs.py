"""Work for later, in the same store: queued in the caller's transaction, leased, tried again, on a schedule.

A job is a function of JSON arguments that may be run twice: a worker that dies is replaced when its lease ends.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cronsim import CronSim
from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from shuke.core import act as work
from shuke.core import firm
from shuke.core.models import Job
from shuke.core.record import Refused

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
TRIES = 5
IDLE = 0.3  # seconds between looks at an empty queue
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Task:
    """A function that can be queued; `every` is a cron line in the firm's time for those that run by themselves."""

    function: Callable[..., dict[str, Any] | None]
    every: str
    module: str


_tasks: dict[str, Task] = {}


def task(*, every: str = "", module: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a job: `function(job, **arguments) -> result as JSON or None`."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _tasks[f"{function.__module__.removeprefix('shuke.')}.{function.__name__}"] = Task(function, every, module)
        return function

    return register


def name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__.removeprefix('shuke.')}.{function.__name__}"


def later(function: Callable[..., Any], *, due: datetime | None = None, once: str | None = None, **arguments: Any) -> Job | None:
    """Queue `function` in the transaction at hand, as done by whoever acts now. The same `once` twice queues one job."""
    job = Job(name=name_of(function), arguments=arguments, actor_id=work.actor().user, due=due or timezone.now(), once=once)
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError:
        return None
    return job


def schedule(now: datetime) -> None:
    """Queue what is due by the clock since `now` minus a day, once each however many schedulers there are."""
    for name, known in _tasks.items():
        if not known.every or not firm.has_module(known.module):
            continue
        last = next(CronSim(known.every, timezone.localtime(now), reverse=True))
        if not Job.objects.filter(once=f"{name} {last.isoformat()}").exists():
            later(known.function, once=f"{name} {last.isoformat()}")


def take(now: datetime) -> Job | None:
    """Lease the next job that is due, or one whose worker died; None when there is nothing to do."""
    with transaction.atomic():
        waiting = Q(state="queued", due__lte=now) | Q(state="running", lease__lt=now)
        job = Job.objects.select_for_update(skip_locked=True).filter(waiting).order_by("due", "pk").first()
        if job is None:
            return None
        job.state, job.lease, job.tries = "running", now + LEASE, job.tries + 1
        job.save(update_fields=["state", "lease", "tries"])
        return job


def run(job: Job) -> None:
    """Do one job; a failure is tried again with back-off, five times, then stands as failed for all to see."""
    firm.know(None)
    known = _tasks.get(job.name)
    try:
        if known is None:
            raise Refused(f"no job is called {job.name}")
        with work.acting(job.actor_id, "job"):
            result = known.function(job, **job.arguments) or {}
    except Refused as refusal:
        finish(job, "failed", error=str(refusal.sentence))
    except Exception:
        log.exception("job %s %s failed", job.pk, job.name)
        if job.tries >= TRIES:
            finish(job, "failed", error=traceback.format_exc(limit=-3))
        else:
            job.state, job.due = "queued", timezone.now() + timedelta(seconds=10 * 4**job.tries)
            job.save(update_fields=["state", "due"])
    else:
        finish(job, "done", result=result)


def finish(job: Job, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    job.state, job.result, job.error, job.lease = state, result or {}, error, None
    job.save(update_fields=["state", "result", "error", "lease"])


def tell(job: Job, progress: int, total: int) -> None:
    """How far a long job is, in its own unit; also keeps its lease."""
    job.progress, job.total, job.lease = progress, total, timezone.now() + LEASE
    job.save(update_fields=["progress", "total", "lease"])


def work_until(stop: threading.Event) -> None:
    """The worker of the one command: does what is due, looks at the clock once a minute, until told to stop."""
    take_over()
    looked = timezone.now() - timedelta(minutes=2)
    while not stop.is_set():
        close_old_connections()
        firm.know(None)
        try:
            now = timezone.now()
            if now - looked >= timedelta(minutes=1):
                looked = now
                schedule(now)
            job = take(now)
            if job is not None:
                run(job)
                continue
        except Exception:
            log.exception("the worker could not reach the store; it goes on")
            stop.wait(5)
        stop.wait(IDLE)


def take_over() -> None:
    """What the worker before this one had begun is due at once. An embedded store has one worker; others may share PostgreSQL."""
    if connection.vendor == "sqlite":
        Job.objects.filter(state="running").update(lease=timezone.now())


@task(every="17 4 * * *")
def forget_finished(job: Job) -> dict[str, Any]:
    """Drop what was done a month ago."""
    old = Job.objects.filter(state="done", due__lt=timezone.now() - KEPT)
    return {"dropped": old.delete()[0]}
