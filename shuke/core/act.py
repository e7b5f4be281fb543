"""Who acts, by which door, and the unit of work: one business action, one transaction, one batch of journal entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from shuke.core.journal import Change
    from shuke.core.models import Batch
    from shuke.core.record import Record


@dataclass(frozen=True)
class Actor:
    """Who acts: `user` is the id of a user or None for the system; `door` is web, api, import, job, cli or system."""

    user: int | None
    door: str


NOBODY = Actor(None, "system")
_actor: ContextVar[Actor] = ContextVar("actor", default=NOBODY)


def actor() -> Actor:
    return _actor.get()


@contextmanager
def acting(user: int | None, door: str) -> Iterator[None]:
    """Everything inside is journalled as done by `user` through `door`."""
    token = _actor.set(Actor(user, door))
    try:
        yield
    finally:
        _actor.reset(token)


@dataclass
class Unit:
    """What one action has done so far; written to journal and search when the action ends, in its own transaction."""

    verb: str
    kind: str = ""
    undoes: int | None = None
    batch: int | None = None
    entries: list[Change] = field(default_factory=list)
    touched: dict[tuple[type[Record], int], Record] = field(default_factory=dict)
    changes_firm: bool = False


_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)
_claimed: ContextVar[Batch | None] = ContextVar("claimed", default=None)


@contextmanager
def claiming(batch: Batch) -> Iterator[None]:
    """Actions inside are written under `batch`, which a form's key made before them (see `idempotency`)."""
    token = _claimed.set(batch)
    try:
        yield
    finally:
        _claimed.reset(token)


def claimed() -> Batch | None:
    return _claimed.get()


@contextmanager
def act(verb: str, *, kind: str = "", undoes: int | None = None, batch: int | None = None) -> Iterator[Unit]:
    """One business action: all inside is one transaction and one batch, or nothing at all.

    Inside another action it joins that one. `batch` continues an existing batch (an import in many short transactions).
    The journal is written last, so entries are in the same transaction as the rows they tell of.
    """
    outer = _unit.get()
    if outer is not None:
        yield outer
        return
    from shuke.core import firm, journal, search, values

    unit = Unit(verb=verb, kind=kind, undoes=undoes, batch=batch)
    token = _unit.set(unit)
    try:
        with transaction.atomic():
            yield unit
            journal.flush(unit)
            records = list(unit.touched.values())
            values.index(records)
            search.index(records)
            if unit.changes_firm:
                firm.revise()
    finally:
        _unit.reset(token)
