"""The firm and what every request needs of it, kept per revision: a change of any right, module or view makes all of it fresh."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection

from shuke.core.models import Firm

T = TypeVar("T")
_revision: ContextVar[int | None] = ContextVar("revision", default=None)
_kept: dict[tuple[str, str], tuple[int, Any]] = {}


def store_key() -> str:
    """Names the store of the firm at hand, so that one process may serve several."""
    return str(connection.settings_dict["NAME"])


def know(revision: int | None) -> None:
    """The door read `revision` together with the session: no further query is needed for it."""
    _revision.set(revision)


def revision() -> int:
    """The firm's revision; 0 before a firm is set up."""
    known = _revision.get()
    if known is None:
        known = Firm._base_manager.values_list("revision", flat=True).first() or 0
        _revision.set(known)
    return known


def revise() -> None:
    """A change of what is kept here: the next request reads everything anew. Part of the change's own transaction."""
    # Random, not counted up: a number met in a transaction that was rolled back must never come again with other contents.
    Firm._base_manager.update(revision=secrets.randbits(62))
    _revision.set(None)


def kept(name: str, make: Callable[[], T]) -> T:
    """What `make` gives, made once per firm and revision in each process."""
    now = revision()
    place = (store_key(), name)
    held = _kept.get(place)
    if held is None or held[0] != now or now == 0:
        held = _kept[place] = (now, make())
    return held[1]


def firm() -> Firm | None:
    """The firm, None before set-up."""
    return kept("firm", Firm._base_manager.first)


def has_module(name: str) -> bool:
    """Whether the firm switched the module on; what belongs to no module is always there."""
    here = firm()
    return not name or (here is not None and name in here.modules)


def word(key: str, default: Any) -> Any:
    """The firm's own word for a thing (its trade says 工地 for a deal), else `default`."""
    here = firm()
    return here.words.get(key, default) if here else default


def is_alone() -> bool:
    """Whether one person works here: then nothing on the screen speaks of owners, departments or rights."""
    from django.contrib.auth import get_user_model

    return kept("is_alone", lambda: get_user_model()._base_manager.filter(is_active=True)[:2].count() < 2)
