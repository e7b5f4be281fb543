"""Verbs: plain functions that a salesperson could name, wrapped so that every door offers them in the same way."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import firm
from shuke.core.record import Record, Refused

TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "in": lambda value, choices: value in choices,
    "isnull": lambda value, empty: (value is None) is empty,
    "gt": lambda value, bound: value is not None and value > bound,
    "gte": lambda value, bound: value is not None and value >= bound,
    "lt": lambda value, bound: value is not None and value < bound,
    "lte": lambda value, bound: value is not None and value <= bound,
}


def holds(condition: Q, record: Record) -> bool:
    """Whether `record` in memory meets `condition`: what the store would answer, so that a verb's `when` is said once."""
    results = []
    for child in condition.children:
        if isinstance(child, Q):
            results.append(holds(child, record))
            continue
        path, wanted = child
        name, _sep, test = path.partition("__")
        results.append(TESTS[test or "exact"](getattr(record, name), wanted))
    met = all(results) if condition.connector == Q.AND else any(results)
    return met != condition.negated


class Action:
    """A verb as a button, an address, a permission, a journal entry, an API call. Calling it runs it in one transaction."""

    do_not_call_in_templates = True

    def __init__(
        self, function: Callable[..., Any], label: Any, when: Q, form: type[forms.Form] | None, tone: str, shared: bool
    ) -> None:
        self.function, self.label, self.when, self.form, self.tone, self.shared = function, label, when, form, tone, shared
        self.name = function.__name__
        self.__doc__ = function.__doc__

    def fits(self, record: Record) -> bool:
        return record.is_live and holds(self.when, record) and not (self.shared and firm.is_alone())

    def __call__(self, record: Record, **said: Any) -> Any:
        """Run the verb on `record`. Raises Refused with a sentence when it does not fit or a rule says no."""
        if not self.fits(record):
            raise Refused(
                _("“%(verb)s” is not possible for “%(record)s” as it stands now.") % {"verb": self.label, "record": record}
            )
        with work.act(self.name, kind=record._meta.label_lower):
            return self.function(record, **said)


def action(
    label: Any, *, when: Q = Q(), form: type[forms.Form] | None = None, tone: str = "", shared: bool = False
) -> Callable[[Callable[..., Any]], Action]:
    """Make a function of (record, *, what the form asks) a verb. `tone` "danger" asks before it is done; one that is `shared`
    needs colleagues."""
    return lambda function: Action(function, label, when, form, tone, shared)
