"""Jobs: queued with the act, done once, tried again, taken over from a worker that died."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from shuke.core import act, jobs
from shuke.core.models import Job
from shuke.core.record import Refused
from shuke.people.testing import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(monkeypatch):
    """Register a function as a job, for this test."""
    monkeypatch.setattr(jobs, "_tasks", {})

    def register(function, **said):
        return jobs.task(**said)(function)

    return register


def remember(job, *, word):
    return {"word": word, "actor": act.actor().user}


def fail(job):
    raise ZeroDivisionError


def refuse(job):
    raise Refused("no")


def test_a_job_is_done_as_whoever_asked_for_it(cast, made):
    made(remember)
    with act.acting(cast.ann.pk, "web"):
        job = jobs.later(remember, word="x")
    assert drain() == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.lease) == ("done", {"word": "x", "actor": cast.ann.pk}, None)


def test_an_act_that_fails_queues_nothing(made):
    made(remember)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.later(remember, word="x")
        raise ZeroDivisionError
    assert drain() == 0


def test_the_same_once_is_queued_once(made):
    made(remember)
    assert jobs.later(remember, once="a", word="x") is not None
    assert jobs.later(remember, once="a", word="y") is None
    assert drain() == 1


def test_a_failure_is_tried_five_times_with_longer_pauses_and_then_stands(made):
    made(fail)
    job, waits = jobs.later(fail), []
    for _time in range(jobs.TRIES):
        Job.objects.update(due=timezone.now())
        before = timezone.now()
        drain()
        job.refresh_from_db()
        waits.append(job.due - before)
    assert (job.state, job.tries) == ("failed", 5) and "ZeroDivisionError" in job.error
    assert waits[0] < waits[1] < waits[2] < waits[3]


def test_a_refusal_is_not_tried_again(made):
    made(refuse)
    job = jobs.later(refuse)
    drain()
    job.refresh_from_db()
    assert (job.state, job.error, job.tries) == ("failed", "no", 1)


def test_a_job_of_a_dead_worker_is_taken_when_its_lease_ends(made):
    made(remember)
    jobs.later(remember, word="x")
    now = timezone.now() + timedelta(seconds=1)
    assert jobs.take(now) is not None
    assert jobs.take(now) is None
    assert jobs.take(now + jobs.LEASE + timedelta(seconds=1)) is not None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only an embedded store has but one worker")
def test_a_new_worker_of_an_embedded_store_waits_for_no_lease(made):
    job = jobs.later(made(remember), word="x")
    assert jobs.take(timezone.now()).pk == job.pk
    assert jobs.take(timezone.now()) is None
    jobs.take_over()
    assert jobs.take(timezone.now()).pk == job.pk


def test_what_is_due_by_the_clock_is_queued_once(made):
    made(remember, every="0 4 * * *")
    now = timezone.make_aware(datetime(2026, 3, 2, 5))
    jobs.schedule(now)
    jobs.schedule(now + timedelta(hours=3))
    assert Job.objects.count() == 1
    jobs.schedule(now + timedelta(days=1))
    assert Job.objects.count() == 2
