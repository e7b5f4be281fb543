"""Rights by role, kept per revision of the firm: asking them costs no statement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from shuke.core import firm, scope
from shuke.core import kind as kinds
from shuke.core.record import Record, RecordQuerySet
from shuke.core.scope import Level, Reach
from shuke.people.models import Department, FieldRight, Grant, Member, User

EVERY = "*"
PLAIN = {"view", "create", "change", "delete", "export", "import", "undo"}  # other verbs follow "change" where nothing is said
REACHES: list[Reach] = ["none", "own", "department", "all"]
LEVELS: list[Level] = ["hidden", "masked", "read", "edit"]


@dataclass
class Known:
    """Who holds which roles, what those allow, and who works under whom. `under` maps a department to it and those below."""

    grants: dict[int, dict[tuple[str, str], Reach]] = field(default_factory=lambda: defaultdict(dict))
    fields: dict[int, dict[str, dict[str, Level]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(dict)))
    roles: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    under: dict[int, set[int]] = field(default_factory=dict)
    department: dict[int, int | None] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    reached: dict[tuple[int, str, str], Reach] = field(default_factory=dict)
    levelled: dict[tuple[int, str], dict[str, Level]] = field(default_factory=dict)
    together: dict[int, frozenset[int]] = field(default_factory=dict)


def known() -> Known:
    return firm.kept("rights", read)


def read() -> Known:
    found = Known()
    for role, on, verb, reach in live(Grant).values_list("role", "on", "verb", "reach"):
        found.grants[role][on, verb] = reach
    for role, on, name, level in live(FieldRight).values_list("role", "on", "field", "level"):
        found.fields[role][on][name] = level
    for user, role in live(Member).filter(user__is_active=True).values_list("user", "role"):
        found.roles[user].append(role)
    for user, name, department in live(User).values_list("pk", "name", "department"):
        found.names[user], found.department[user] = name, department
    parents = dict(live(Department).values_list("pk", "parent"))
    for department in parents:
        here: int | None = department
        while here is not None and department not in found.under.setdefault(here, set()):
            found.under[here].add(department)
            here = parents.get(here)
    return found


def live(model: type[Record]) -> RecordQuerySet[Any]:
    return scope.system("rights are read for everybody").rows(model).live()


def reach_of(grants: dict[tuple[str, str], Reach], path: str, verb: str) -> Reach:
    """What one role's `grants` allow: what is said of the path first, of the verb next, then what is said of changing."""
    asked = [(path, verb), (path, EVERY), (EVERY, verb)]
    if verb not in PLAIN:
        asked += [(path, "change"), (EVERY, "change")]
    return next((grants[key] for key in [*asked, (EVERY, EVERY)] if key in grants), "none")


def seen_by(path: str) -> str:
    """The path whose grants decide who sees records of `path`: that of the root they stand on, else its own."""
    kind = next((kind for kind in kinds.every() if kind.path == path), None)
    while kind is not None and (root := kind.root_model()) is not None:
        kind = root.kind
    return kind.path if kind else path


class Rights(scope.Policy):
    """The policy of the house: what one of a person's roles allows is allowed."""

    def reach(self, user: Any, path: str, verb: str) -> Reach:
        here = known()
        key = (user.pk, path, verb)
        if key not in here.reached:
            each = [reach_of(here.grants[role], path, verb) for role in here.roles.get(user.pk, [])]
            here.reached[key] = max(each, key=REACHES.index, default="none")
        return here.reached[key]

    def colleagues(self, user: Any) -> frozenset[int]:
        here = known()
        if user.pk not in here.together:
            under = here.under.get(here.department.get(user.pk) or 0, set())
            below = {other for other, department in here.department.items() if department in under}
            here.together[user.pk] = frozenset({user.pk, *below})
        return here.together[user.pk]

    def levels(self, user: Any, path: str) -> dict[str, Level]:
        """Of several roles the most open counts, among those that see such records at all."""
        here = known()
        key = (user.pk, path)
        if key not in here.levelled:
            seeing = [r for r in here.roles.get(user.pk, []) if reach_of(here.grants[r], seen_by(path), "view") != "none"]
            said = [here.fields[role][path] for role in seeing]
            shut = {name for fields in said for name in fields}
            most = {name: max((fields.get(name, "edit") for fields in said), key=LEVELS.index) for name in shut}
            here.levelled[key] = {name: level for name, level in most.items() if level != "edit"}
        return here.levelled[key]

    def names(self) -> dict[int, str]:
        return known().names
