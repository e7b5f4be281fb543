"""The cast of the tests: Ann owns, Ben heads her department, Eve must see nothing, Boss sees all. A worker besides."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from shuke.core import jobs
from shuke.core import kind as kinds
from shuke.core.act import act
from shuke.core.models import Firm
from shuke.people import actions
from shuke.people.models import Department, Member, User


class Cast:
    """A firm with its five roles and people in them.

    boss 老板 · ben 主管 of `first` · ann, eve 销售 in `first` and `second` · kim 客服 · lou 内勤 · nobody without a role.
    """

    def __init__(self, *, peers_see: bool = False) -> None:
        with act("set_up"):
            self.make(peers_see)

    def make(self, peers_see: bool) -> None:
        modules = {kind.module for kind in kinds.every()} - {""}
        self.firm = Firm(name="华信建材", modules=sorted(modules))
        self.firm.save()
        self.roles = actions.make_roles(peers_see=peers_see)
        self.first, self.second = department("一部"), department("二部")
        self.boss = self.person("boss", "owner")
        self.ann = self.person("ann", "sales", department=self.first)
        self.ben = self.person("ben", "head", department=self.first)
        self.eve = self.person("eve", "sales", department=self.second)
        self.kim = self.person("kim", "service")
        self.lou = self.person("lou", "office")
        self.nobody = self.person("nobody")

    def person(self, login: str, *roles: str, **said: Any) -> User:
        """A colleague with these roles, who signs in by no password (`client.force_login`)."""
        user = User(name=login.title(), login=login, **said)
        user.save()
        for key in roles:
            Member(user=user, role=self.roles[key]).save()
        return user


def department(name: str, parent: Department | None = None) -> Department:
    made = Department(name=name, parent=parent)
    made.save()
    return made


def drain() -> int:
    """Do all jobs that are due now, as the worker would; returns how many there were."""
    done = 0
    while (job := jobs.take(timezone.now())) is not None:
        jobs.run(job)
        done += 1
    return done
