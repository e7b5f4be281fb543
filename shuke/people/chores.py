"""What the room does by itself: sessions that have ended are dropped."""

from __future__ import annotations

from typing import Any

from shuke.core.jobs import task
from shuke.core.models import Job
from shuke.people.sessions import SessionStore


@task(every="37 3 * * *")
def drop_ended_sessions(job: Job) -> dict[str, Any]:
    SessionStore.clear_expired()
    return {}
