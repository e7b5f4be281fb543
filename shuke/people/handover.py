"""Hand-over (交接): what a colleague looked after goes to others, in one batch that one undo takes back.

Few records go at once, many as a job in short steps, so that nobody waits for the lock. A step that was cut short is begun again
and finds what is left by its owner.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import jobs, scope, undo
from shuke.core.models import Batch, Entry, Job
from shuke.core.record import Owned, Refused
from shuke.people.models import User

AT_ONCE = 100  # records that are handed over within the request
STEP = 50
PAUSE = 0.02  # seconds in which the lock is free between steps
VERB = "hand_over"
everybody = scope.system("what a leaver owned is handed over whole")


def owned() -> list[type[Owned]]:
    """The models whose records have an owner; those that stand on another's page come after it."""
    found = [model for model in apps.get_models() if issubclass(model, Owned)]
    return sorted(found, key=lambda model: bool(model.kind.root))


def holdings(user: User) -> dict[type[Owned], int]:
    """How many live records of each model `user` owns, as far as there are any."""
    counts = {model: everybody.rows(model).live().filter(owner=user).count() for model in owned()}
    return {model: count for model, count in counts.items() if count}


def begin(user: User, receivers: Sequence[User]) -> int:
    """Give all that `user` owns to `receivers`, in turns. Returns how many records that are. Part of the action at hand."""
    count = sum(holdings(user).values())
    ids = [receiver.pk for receiver in receivers]
    if count <= AT_ONCE:
        step(user.pk, ids, turn=0, most=count)
        return count
    batch = work.claimed() or Batch.objects.create(actor_id=work.actor().user, door=work.actor().door, verb=VERB)
    jobs.later(go_on, once=f"{VERB} {batch.pk}", batch=batch.pk, user=user.pk, receivers=ids)
    return count


@jobs.task()
def go_on(job: Job, *, batch: int, user: int, receivers: list[int]) -> dict[str, Any]:
    """The rest of a hand-over. Whoever of the receivers left meanwhile gets nothing more."""
    present = set(everybody.rows(User).live().filter(pk__in=receivers, is_active=True).values_list("pk", flat=True))
    ids = [pk for pk in receivers if pk in present]
    if not ids:
        raise Refused(_("Whoever was to take over has left. Please hand over once more."))
    total, done = sum(holdings(everybody.rows(User).get(pk=user)).values()), 0
    while True:
        with work.act(VERB, batch=batch):
            moved = step(user, ids, turn=done, most=STEP)
        if not moved:
            return {"count": done}
        done += moved
        jobs.tell(job, done, max(done, total))
        if connection.vendor == "sqlite":
            time.sleep(PAUSE)


def step(user: int, receivers: Sequence[int], *, turn: int, most: int) -> int:
    """Give the next `most` records to the receivers, the first to the one whose `turn` it is. Returns how many there were.

    What stands on the page of a record goes to whom that went.
    """
    left = (record for model in owned() for record in everybody.rows(model).live().filter(owner=user).order_by("pk")[:most])
    moved = 0
    for record in islice(left, most):
        whose = getattr(getattr(record, record.kind.root, None), "owner_id", None) if record.kind.root else None
        record.owner_id = whose if whose in receivers else receivers[(turn + moved) % len(receivers)]
        record.save(verb=VERB)
        moved += 1
    return moved


def not_while_running(batch: Batch) -> None:
    if Job.objects.filter(once=f"{VERB} {batch.pk}", state__in=["queued", "running"]).exists():
        raise Refused(_("This hand-over is not through yet. Please wait a moment."))


undo.guards.append(not_while_running)


def former_owners(record: Owned) -> list[tuple[Entry, int | None, int | None]]:
    """(entry, owner before, owner after) of each change of the owner, the newest first."""
    rows = Entry.objects.filter(kind=record._meta.label_lower, record=record.pk, changes__has_key="owner")
    return [(entry, *entry.changes["owner"]) for entry in rows.select_related("batch__actor").order_by("-pk")]
