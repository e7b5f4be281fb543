"""A sheet on its way in, and the rows of it that were not taken."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from shuke.core.fields import JsonField
from shuke.core.models import Batch, StoredFile

USER = settings.AUTH_USER_MODEL


class Import(models.Model):
    """One sheet on its way in: what its columns mean, how far it is, what became of its rows. One batch, many transactions.

    `row` is the line of the sheet up to which it is done, stored with each chunk, so that it goes on exactly where it was.
    """

    STATES = ["mapping", "checking", "checked", "running", "done"]
    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    sheet = models.CharField(max_length=255, default="")
    head = models.PositiveIntegerField(default=0)  # line of the column names, counted from 1; 0 = there is none
    names: Any = JsonField(default=list)  # of the columns, in their order
    mapping: Any = JsonField(default=dict)  # {index of the column: name of the field, "" to leave it out}
    duplicates = models.CharField(max_length=10, default="skip")
    missing = models.CharField(max_length=10, default="refuse")
    match = models.CharField(max_length=60, default="")  # the field that doubles share; "" = any that the kind offers
    state = models.CharField(max_length=10, default="mapping")
    row = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    counts: Any = JsonField(default=dict)
    met: Any = JsonField(default=list)  # [line, what it says, what to tell, about which field, id of the record it is like]
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="+")
    job = models.BigIntegerField(null=True)  # no key: finished jobs are dropped after a month

    class Meta:
        indexes = [models.Index(fields=["user", "kind", "-id"], name="import_of_user")]

    def __str__(self) -> str:
        return self.filename


class Refusal(models.Model):
    """A row of a sheet that was not taken; `problems` [[column, value, reason]] say why."""

    id = models.BigAutoField(primary_key=True)
    imported = models.ForeignKey(Import, models.CASCADE, related_name="refusals", db_index=False)
    row = models.PositiveIntegerField()
    problems: Any = JsonField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "row"], name="refused_once")]

    def __str__(self) -> str:
        return f"{self.row}: {self.problems}"
