"""The backups that were made, and when they are made by themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shuke.core.record import LIVE, Record

STATES = [("verified", _("Verified")), ("failed", _("Failed"))]
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]
DAYS_KEPT = 14


class Backup(Record):
    """One backup that was tried; `why` it failed, or what it lacks. `rows`, `files` and `size` are what it holds."""

    name = models.CharField(_("File"), max_length=120)
    folder = models.CharField(_("Folder"), max_length=500)
    state = models.CharField(_("State"), max_length=10, choices=STATES, default="verified", editable=False)
    why = models.CharField(_("Why"), max_length=500, blank=True)
    size = models.DecimalField(_("Size (MB)"), max_digits=14, decimal_places=1, default=0, editable=False)
    rows = models.BigIntegerField(_("Rows"), default=0, editable=False)
    files = models.BigIntegerField(_("Files"), default=0, editable=False)
    nightly = models.BooleanField(_("By itself"), default=False, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("Made by"),
    )

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        indexes = [models.Index(fields=["state", "id"], name="backup_by_state")]
        constraints = [models.CheckConstraint(condition=Q(size__gte=0), name="backup_has_a_size")]

    def __str__(self) -> str:
        return self.name


class Plan(Record):
    """When backups are made by themselves, where, and how many of them stay."""

    hour: Any = models.PositiveSmallIntegerField(
        _("Each night at"),
        choices=HOURS,
        null=True,
        blank=True,
        help_text=_("Off when empty. A machine that is switched off then makes up for it later."),
    )
    keep = models.PositiveSmallIntegerField(
        _("How many to keep"),
        default=DAYS_KEPT,
        help_text=_("Older ones made by themselves are removed after a new one is verified."),
    )
    folder = models.CharField(
        _("Folder on this machine"),
        max_length=500,
        blank=True,
        help_text=_("Best on another disk, as /mnt/usb/shuke. Empty: beside the data."),
    )

    class Meta:
        verbose_name = _("backup plan")
        verbose_name_plural = _("backup plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(keep__gte=1), name="backup_plan_keeps_one", violation_error_message=_("Keep at least one.")
            ),
            models.UniqueConstraint(models.Value(1), condition=LIVE, name="one_backup_plan"),
        ]

    def __str__(self) -> str:
        return str(_("backup plan"))
