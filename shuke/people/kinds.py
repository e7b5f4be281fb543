"""Colleagues, departments and roles as kinds: lists, forms, search."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import scope
from shuke.core.kind import Kind, kind
from shuke.core.pages import VERBS
from shuke.people import actions
from shuke.people.forms import PersonForm
from shuke.people.models import OWNER, Department, FieldRight, Grant, Member, Role, User

VERBS |= {
    "set_up": gettext_lazy("set up the firm"),
    "joined": gettext_lazy("joined"),
    "invited": gettext_lazy("made a link"),
    "used": gettext_lazy("used the link"),
    "withdrawn": gettext_lazy("withdrew the link"),
    "password_reset": gettext_lazy("set a new password by a link"),
    "password_changed": gettext_lazy("changed the password"),
    "revoked": gettext_lazy("revoked %(what)s"),
}


@kind(User)
class People(Kind):
    path = "people"
    module = "people"
    icon = "people"
    menu = False
    columns = ["name", "department", "mobile", "last_login", "is_active"]
    filters = ["department", "is_active"]
    search = ["name", "mobile"]
    subtitle = "department__name"
    phone = "mobile"
    form = ["name", "login", "mobile", "email", "department"]
    form_class = PersonForm
    more = ["email"]
    facts = ["login", "mobile", "email", "department", "is_active"]
    actions = [
        actions.invite,
        actions.reset_password,
        actions.give_role,
        actions.take_role,
        actions.move_to_department,
        actions.hand_over,
        actions.sign_out_everywhere,
        actions.switch_off,
        actions.switch_on,
    ]

    def branches(self, user: Any, verb: str) -> list[Q]:
        """A colleague is his own, and of the department of whoever heads it."""
        reach = scope.policy.reach(user, self.path, verb) if self.is_on else "none"
        if reach == "own":
            return [Q(pk=user.pk)]
        if reach == "department":
            return [Q(pk__in=sorted(scope.policy.colleagues(user)))]
        return super().branches(user, verb)

    def badges(self, record: User, user: Any) -> list[dict[str, Any]]:
        held = [{"label": role.name, "tone": ""} for role in record.roles]
        return held if record.is_active else [*held, {"label": _("Switched off"), "tone": "late"}]


@kind(Department)
class Departments(Kind):
    path = "departments"
    module = "people"
    icon = "firm"
    menu = False
    columns = ["name", "parent", "is_branch", "address", "phone"]
    filters = ["is_branch", "parent"]
    search = ["name", "address"]
    phone = "phone"
    form = ["name", "parent", "is_branch", "address", "phone"]


@kind(Role)
class Roles(Kind):
    path = "roles"
    module = "people"
    icon = "key"
    menu = False
    columns = ["name"]
    form = ["name"]
    search = ["name"]
    actions = [actions.set_rights]

    def badges(self, record: Role, user: Any) -> list[dict[str, Any]]:
        return [{"label": _("May do everything"), "tone": ""}] if record.key == OWNER else []


# What has no list of its own stands at no path, and still has a way back: whoever sets up a role sets up these.


class Grants(Kind):
    model = Grant
    path = "grants"
    module = "people"
    root = "role"


class FieldRights(Kind):
    model = FieldRight
    path = "field-rights"
    module = "people"
    root = "role"


class Members(Kind):
    model = Member
    path = "members"
    module = "people"
    root = "role"


Grant.kind, FieldRight.kind, Member.kind = Grants(), FieldRights(), Members()
