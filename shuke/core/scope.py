"""Who sees and does what. `rows` is the only way in for people, `system` the only way around, for named reasons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shuke.core import act
from shuke.core.record import LIVE, Owned, Record, RecordQuerySet, opened

if TYPE_CHECKING:
    from shuke.core.kind import Kind

R = TypeVar("R", bound=Record)
Reach = Literal["none", "own", "department", "all"]
Level = Literal["edit", "read", "masked", "hidden"]
EVERYTHING: list[Q] = [Q()]
NOTHING: list[Q] = []


class Policy:
    """Rights by role, kept per revision, so that asking costs no statement. Until the room of people installs its own, none."""

    def reach(self, user: Any, path: str, verb: str) -> Reach:
        return "none"

    def colleagues(self, user: Any) -> frozenset[int]:
        """Ids of the users in his department and those below, himself included."""
        return frozenset()

    def levels(self, user: Any, path: str) -> dict[str, Level]:
        """{field: level} of the fields he may not simply edit."""
        return {}

    def names(self) -> dict[int, str]:
        """{id: name} of all users, those switched off too: who did something keeps his name."""
        return {}


policy = Policy()


def install(new: Policy) -> None:
    global policy
    policy = new


def rows(model: type[R], user: Any, verb: str = "view", *, trash: bool = False) -> RecordQuerySet[R]:
    """The records of `model` on which `user` may do `verb`: live ones, or those in the trash."""
    everyone: RecordQuerySet[R] = RecordQuerySet(model)
    state = ~LIVE if trash else LIVE
    return everyone.filter(state & union(model.kind.branches(user, verb)))


def union(branches: list[Q]) -> Q:
    """The one condition that a list of branches means: none of them = nothing at all."""
    if not branches:
        return Q(pk__in=[])
    whole = branches[0]
    for branch in branches[1:]:
        whole |= branch
    return whole


def branches_by_owner(kind: Kind, user: Any, verb: str) -> list[Q]:
    """The default rule: own goes by the owner and by shares, department by the owners in it, each as one indexed branch."""
    reach = policy.reach(user, kind.path, verb)
    if reach == "all":
        return EVERYTHING
    if reach == "none" or not issubclass(kind.model, Owned):
        return NOTHING
    if reach == "own":
        return [Q(owner=user.pk), shared_with(kind, user, verb)]
    # What has no owner yet is seen by whoever heads a department: somebody must give it to one.
    return [*(Q(owner=owner) for owner in sorted(policy.colleagues(user))), Q(owner=None), shared_with(kind, user, verb)]


def shared_with(kind: Kind, user: Any, verb: str) -> Q:
    from shuke.core.models import Share

    levels = ["view", "change"] if verb == "view" else ["change"]
    shares = RecordQuerySet(Share).filter(LIVE, user=user.pk, on=kind.path, level__in=levels)
    return Q(pk__in=shares.values("record"))


def seen_by_actor(rows: QuerySet[Any]) -> QuerySet[Any] | None:
    """Those of `rows` that whoever acts may see, as the system all; None for what has no kind, and so no scope of its own."""
    kind: Kind | None = getattr(rows.model, "kind", None)
    if kind is None or act.actor().user is None:
        return rows if kind else None
    user = get_user_model()._base_manager.get(pk=act.actor().user)
    return rows.filter(union(kind.branches(user, "view")))


def named_to_actor(record: Record) -> str:
    """The name of a record as whoever acts may read it."""
    seen = seen_by_actor(type(record)._base_manager.filter(pk=record.pk))
    return str(record) if seen else _("(no right to see)")


class system:
    """Every live or deleted row, for a job, a uniqueness check, a migration of data. The reason is for the reader."""

    def __init__(self, reason: str) -> None:
        if not reason:
            raise ValueError("a query outside the scope of a person needs a reason")

    def rows(self, model: type[R]) -> RecordQuerySet[R]:
        return RecordQuerySet(model)


@contextmanager
def unguarded(reason: str) -> Iterator[None]:
    """`objects` answers inside: for library code that goes by the default manager."""
    system(reason)
    with opened():
        yield
