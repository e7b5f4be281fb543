"""Shares have rights and a way back, though no list of their own: a merge moves them, and its undo must move them back."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from shuke.core import scope
from shuke.core.kind import Kind, every
from shuke.core.models import Share


class Shares(Kind):
    model = Share
    path = "shares"
    title = "level"

    def branches(self, user: Any, verb: str) -> list[Q]:
        """Who sees the record sees its team, who may change it may change that."""
        on = "view" if verb == "view" else "change"
        reached = [(kind.path, scope.rows(kind.model, user, on)) for kind in every() if kind.may(user, on)]
        return [Q(on=path, record__in=rows.values("pk")) for path, rows in reached]


Share.kind = Shares()
