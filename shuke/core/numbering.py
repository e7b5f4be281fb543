"""Document numbers without a gap or a twin: a counter row per pattern and period, locked while a number is taken."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from django.utils import timezone

from shuke.core import firm
from shuke.core.models import Series

if TYPE_CHECKING:
    from shuke.core.kind import Kind

COUNTER = re.compile(r"\{seq(:0?\d+)?\}")


def pattern_of(kind: Kind) -> str:
    """The firm's own pattern for this kind, else the program's."""
    here = firm.firm()
    return (here.settings.get("numbers", {}) if here else {}).get(kind.path) or kind.number


def take(kind: Kind, *, on: datetime.date | None = None) -> str:
    """The next number of `kind`, as "WC-2026-0007". Call inside the transaction that uses it: with it, the number is undone.

    The pattern may name {year}, {month}, {day} and must name {seq}, as {seq:04}; the counter starts anew when the rest changes.
    """
    day = on or timezone.localdate()
    pattern = pattern_of(kind)
    period = COUNTER.sub("#", pattern).format(year=day.year, month=f"{day.month:02}", day=f"{day.day:02}")
    # Made first and locked after: two clerks who take the first number of a year must not both make the row.
    Series.objects.get_or_create(name=f"{kind.path} {period}")
    series = Series.objects.select_for_update().get(name=f"{kind.path} {period}")
    series.last += 1
    series.save(update_fields=["last"])
    return pattern.format(year=day.year, month=f"{day.month:02}", day=f"{day.day:02}", seq=series.last)
