"""How an upper room speaks to a lower one without being imported by it: reactions to its verbs, blocks on its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shuke.core import firm
from shuke.core.record import Record

Reaction = Callable[[Record], None]


@dataclass(frozen=True)
class Panel:
    """A block on a record's page: `make(record, user)` gives its context, None when there is nothing to show."""

    title: Any
    template: str
    module: str
    make: Callable[[Record, Any], dict[str, Any] | None]


bars: list[Callable[[Any, Any], list[dict[str, Any]]]] = []  # (kind, user) -> {label, url, tone} of acts on rows ticked
_reactions: dict[tuple[str, str], list[tuple[str, Reaction]]] = defaultdict(list)
_panels: dict[str, list[Panel]] = defaultdict(list)


def on(kind: str, verb: str, *, module: str = "") -> Callable[[Reaction], Reaction]:
    """Run the function after `verb` on a record of `kind` ("sales.quote"), in the same transaction."""

    def register(function: Reaction) -> Reaction:
        _reactions[kind, verb].append((module, function))
        return function

    return register


def fire(record: Record, verb: str) -> None:
    for module, reaction in _reactions[record._meta.label_lower, verb]:
        if firm.has_module(module):
            reaction(record)


def panel(kind: str, title: Any, template: str, *, module: str = "") -> Callable[..., Any]:
    """Put a block made by the function on the page of every record of `kind`."""

    def register(function: Callable[[Record, Any], dict[str, Any] | None]) -> Any:
        _panels[kind].append(Panel(title, template, module, function))
        return function

    return register


def panels(record: Record, user: Any) -> list[tuple[Panel, dict[str, Any]]]:
    shown = [p for p in _panels[record._meta.label_lower] if firm.has_module(p.module)]
    return [(p, context) for p in shown if (context := p.make(record, user)) is not None]
