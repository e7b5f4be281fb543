"""Sessions: who is signed in, read with the firm's revision in one statement; written only when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import connection
from django.db.models import Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare

from shuke.core import act, firm
from shuke.core.models import Firm
from shuke.core.prepared import Prepared
from shuke.core.record import store_derived
from shuke.people.models import Session, User

SET_UP = "/set-up/"  # all that answers before there is a firm
PERSON = [field.attname for field in User._meta.concrete_fields]
KEY = "the key of a session"  # stands for its digest


@cache
def statement(alias: str) -> Prepared:
    """A session with its person; every request asks for one."""
    told = ("expire_date", "created", "session_data", "revision", *(f"user__{name}" for name in PERSON))
    revision = Subquery(Firm._base_manager.values("revision")[:1])
    return Prepared(Session.objects.filter(session_key=KEY).annotate(revision=revision).values_list(*told))


def digest(key: str | None) -> str:
    """What is kept of a session key."""
    return hashlib.sha256((key or "").encode()).hexdigest()[:40]


class SessionStore(Stored):
    """Django's sessions in our table; `person` is who signed in, None when nobody did or the session no longer holds."""

    request: HttpRequest | None = None
    person: User | None = None
    created: Any = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """The session, its person and the firm's revision in one statement."""
        found = statement(connection.alias).ask({KEY: digest(self.session_key)})
        if not found or found[0][0] <= timezone.now():
            self._session_key = None
            return {}
        _expires, self.created, said, revision, *told = found[0]
        firm.know(revision)
        data = self.decode(said)
        user = User.from_db(connection.alias, PERSON, told) if told[0] else None
        self.person = user if user and holds(user, data) else None
        return data

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=digest(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = Session(
            session_key=digest(self._get_or_create_session_key()),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get(SESSION_KEY),
            created=self.created or timezone.now(),
        )
        if self.request is not None:
            row.address = address_of(self.request)
            row.device = self.request.headers.get("User-Agent", "")[:200]
        return row


def holds(user: User, data: dict[str, Any]) -> bool:
    """Whether a session is still good: the same person, switched on, with the password of then."""
    same = str(data.get(SESSION_KEY)) == str(user.pk) and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    if not (same and user.is_active and user.is_live):
        return False
    return constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())


def address_of(request: HttpRequest) -> str:
    """The client's address; behind our own proxy the one that the proxy saw."""
    if settings.SECURE_PROXY_SSL_HEADER and (through := request.headers.get("X-Forwarded-For")):
        return through.rpartition(",")[2].strip()[:45]
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


class SignedIn:
    """Sets `request.session` and `request.user`, and lets the person act; sends everybody to set-up before there is a firm."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
        if SESSION_KEY in session and session.person is None:
            session = SessionStore()  # switched off, or another password since: what the session held is not taken over
        session.request = request
        request.session, request.user = session, session.person or AnonymousUser()
        if session.person is None and firm.revision() == 0 and not request.path.startswith(SET_UP):
            return redirect(SET_UP)
        if session.person is not None and session.person.language:
            # Django's LocaleMiddleware looks here before it asks the browser.
            request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = session.person.language
        with act.acting(request.user.pk, "web"):
            response = self.get_response(request)
        keep(request, response)
        return response


def keep(request: HttpRequest, response: HttpResponse) -> None:
    """Write a changed session and its cookie, as Django's own middleware does."""
    session: SessionStore = request.session
    name = settings.SESSION_COOKIE_NAME
    patch_vary_headers(response, ("Cookie",))
    if session.is_empty():
        if name in request.COOKIES:
            response.delete_cookie(name, path=settings.SESSION_COOKIE_PATH, samesite=settings.SESSION_COOKIE_SAMESITE)
    elif session.modified and response.status_code < 500:
        try:
            session.save()
        except UpdateError:
            raise SessionInterrupted("the session was ended while the request ran") from None
        response.set_cookie(
            name,
            session.session_key,
            max_age=session.get_expiry_age(),
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=settings.SESSION_COOKIE_HTTPONLY,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )


def remember_sign_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    store_derived(User, user.pk, last_login=timezone.now())
