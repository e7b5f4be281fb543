"""Pairs of parties that may be one and the same."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shuke.core.fields import JsonField
from shuke.parties.models import Party

STATES = [("open", _("To be looked at")), ("proposed", _("Proposed to be merged")), ("different", _("Not the same"))]


class Pair(models.Model):
    """Two parties that look like one, found by the job or said by a person; `left` is the one with the lower id.

    What is found can be found again, so it is no Record; what a person said of it stays, with who said it and when. Merged they
    are when one is `merged_into` the other. PROTECT keeps one that was merged away from the purge of the trash, so that a merge
    can be undone as long as its journal is kept.
    """

    id = models.BigAutoField(primary_key=True)
    left = models.ForeignKey(Party, models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(Party, models.PROTECT, related_name="+")
    score = models.FloatField(default=0)
    reasons: Any = JsonField(default=dict)
    state = models.CharField(max_length=10, choices=STATES, default="open")
    found_at = models.DateTimeField(default=timezone.now)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    said_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="one_pair"),
            models.CheckConstraint(condition=Q(left_id__lt=F("right_id")), name="pair_in_order"),
            models.CheckConstraint(condition=Q(state__in=[key for key, _label in STATES]), name="pair_state_known"),
        ]
        indexes = [models.Index(fields=["state", "-score", "-id"], name="pair_surest")]

    def __str__(self) -> str:
        return f"{self.left_id} {self.right_id}"
