"""Pasted: a text that was copied from elsewhere, kept whole with its customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from shuke.core.record import Record
from shuke.parties.models import Party, one_of

METHODS = [("wechat", _("WeChat")), ("call", _("Telephone")), ("other", _("Other"))]


class Pasted(Record):
    """What somebody wrote or sent, on the day `on`, and when one speaks to the customer next."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+", db_index=False, verbose_name=_("Customer"))
    text = models.TextField(_("Whole text"))
    method = models.CharField(_("Method"), max_length=10, choices=METHODS, default="wechat")
    on = models.DateField(_("On"))
    next_day = models.DateField(_("Next contact"), null=True, blank=True)
    next_time = models.TimeField(_("Time of next contact"), null=True, blank=True)
    next_text = models.CharField(_("What to do then"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("pasted text")
        verbose_name_plural = _("pasted texts")
        constraints = [one_of("method", METHODS)]
        indexes = [models.Index(fields=["party", "id"], name="pasted_party")]

    def __str__(self) -> str:
        # The text is not repeated here: who reads this may not see it.
        return f"{self.get_method_display()} {self.on}"
