"""Sign-in: by login or mobile number, with a delay that grows, the same answer and the same work whether or not one exists."""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import timedelta
from math import ceil
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import scope
from shuke.people.models import SignInTry, User, spelled
from shuke.people.sessions import address_of

FREE = 3  # failures that cost nothing yet
LONGEST = 60  # seconds
FORGOTTEN = timedelta(hours=1)


def person_called(login: str) -> User | None:
    """The live user with this login, else with this mobile number, in any spelling."""
    name = spelled(login)
    found = scope.system("sign-in").rows(User).live().filter(Q(login=name) | Q(mobile=name)) if name else []
    return next(iter(sorted(found, key=lambda user: user.login != name)), None)


class Backend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, username: str = "", password: str = "", **said: Any) -> User | None:
        user = person_called(username)
        if user is None:
            make_password(password)  # as long as checking one takes, so that the time does not tell who exists
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        return scope.system("sign-in").rows(User).live().filter(pk=user_id, is_active=True).first()


class Adapter(DefaultAccountAdapter):
    """allauth as we use it: nobody signs up by himself, no mail is sent, the delay is ours."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("Name or password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """One sees that one is signed in."""

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return "/sign-in/"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        begin_try(credentials.get("username", ""), address_of(request))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted when it began."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        user = super().authenticate(request, **credentials)
        if user is not None:
            succeeded(credentials["username"], address_of(request))
        return user


def key_of(what: str, said: str) -> str:
    return hashlib.sha256(f"{what} {said}".encode()).hexdigest()


def keys(login: str, address: str) -> list[str]:
    """Of whom and from where: a person's login and his mobile number count as one."""
    person = person_called(login)
    return [key_of("login", person.login if person else spelled(login)), key_of("address", network(address))]


def network(address: str) -> str:
    """One IPv6 connection has 2**64 addresses: they count as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def delay(fails: int) -> timedelta:
    """Nothing for the first three failures, then 1, 2, 4 … 60 seconds."""
    return timedelta(seconds=min(2 ** (fails - FREE), LONGEST) if fails >= FREE else 0)


def begin_try(login: str, address: str) -> None:
    """Count a try as failed before it is made, so that tries made at once are counted too; `succeeded` takes it back.

    Raises ValidationError with the code "wait" while the delay of earlier failures runs: such a try is neither made nor counted.
    """
    now = timezone.now()
    with transaction.atomic():
        SignInTry.objects.filter(last__lt=now - FORGOTTEN).delete()
        both = keys(login, address)
        SignInTry.objects.bulk_create([SignInTry(key=key, last=now) for key in both], ignore_conflicts=True)
        rows = list(SignInTry.objects.select_for_update().filter(key__in=both).order_by("pk"))
        wait = max(row.last + delay(row.fails) - now for row in rows)
        if wait > timedelta(0):
            sentence = _("Too many tries. Please wait %(seconds)s seconds and try again.")
            raise ValidationError(sentence, code="wait", params={"seconds": ceil(wait.total_seconds())})
        SignInTry.objects.filter(pk__in=[row.pk for row in rows]).update(fails=F("fails") + 1, last=now)


def succeeded(login: str, address: str) -> None:
    """Forget the failures of this login; those of the address only lose this try, or one own account would clear them at will."""
    of_login, of_address = keys(login, address)
    SignInTry.objects.filter(key=of_login).delete()
    SignInTry.objects.filter(key=of_address, fails__gt=0).update(fails=F("fails") - 1)
