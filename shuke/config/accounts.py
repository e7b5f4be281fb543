"""People by the command line: who acts, and `shuke user add|password|off`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from shuke.core import scope
from shuke.core.record import Refused
from shuke.people import actions
from shuke.people.models import OWNER, Member, Role, User, spelled

everybody = scope.system("the command line belongs to whoever runs the machine")


def one(login: str | None) -> User:
    """The person who signs in by `login`; without one the firm's first owner. Raises Refused with those there are."""
    people = everybody.rows(User).live().filter(is_active=True)
    if login is None:
        owners = everybody.rows(Member).live().filter(role__key=OWNER).order_by("pk").values("user")
        return people.filter(pk__in=owners).order_by("pk")[0]
    found = people.filter(login=spelled(login)).first()
    if found is None:
        known = "、".join(people.order_by("pk").values_list("login", flat=True)[:10])
        raise Refused(f"there is nobody who signs in by “{login}”. Known: {known}.")
    return found


def roles_of(names: Sequence[str]) -> list[Role]:
    """Roles by key or by name. Raises Refused for one that there is not."""
    known = {word: role for role in everybody.rows(Role).live() for word in (role.key, role.name)}
    for name in names:
        if name not in known:
            raise Refused(f"there is no role “{name}”. Known: {', '.join(role.key for role in dict.fromkeys(known.values()))}.")
    return [known[name] for name in names]


def add(login: str, *, name: str, roles: Sequence[str]) -> str:
    """A new person with a random password; returns "login  password  role"."""
    held = roles_of(roles)
    password = secrets.token_urlsafe(9)
    user = User(login=spelled(login), name=name or login)
    actions.set_password(user, password)
    user.full_clean(exclude=["password"])
    user.save()
    for role in held:
        Member(user=user, role=role).save()
    return f"{user.login}  {password}  {'、'.join(role.name for role in held) or '-'}"


def new_password(login: str, *, name: str, roles: Sequence[str]) -> str:
    user = one(login)
    fresh = secrets.token_urlsafe(9)
    actions.set_password(user, fresh)
    user.save()
    actions.end_sessions(user)
    return f"{user.login}  {fresh}"


def off(login: str, *, name: str, roles: Sequence[str]) -> str:
    user = one(login)
    actions.switch_off(user)
    return f"{user.login} is switched off."


DO = {"add": add, "password": new_password, "off": off}
