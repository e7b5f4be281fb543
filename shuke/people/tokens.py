"""Tokens: what a program carries to act for a person through the API. Shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import firm, scope
from shuke.core.models import Firm
from shuke.core.record import Refused, store_derived
from shuke.language import cleaners
from shuke.people.models import Token, User

system = scope.system("who carries a token is not known yet")
MINUTE = timedelta(minutes=1)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(user: User, name: str) -> str:
    """A new token of 32 random bytes for `user`: the only time that it is told. Journal: "created".

    Raises Refused for a name that is empty or longer than 60 characters, and for who is switched off.
    """
    try:
        called = cleaners.clean_text(name, limit=60)
    except cleaners.BadValue as error:
        raise Refused(error.sentence) from None
    if not called:
        raise Refused(_("Please give the token a name, so that you know it again."))
    if not user.is_active:
        raise Refused(_("%(user)s no longer works here. Please choose another colleague.") % {"user": user})
    token = secrets.token_urlsafe(32)
    Token(user=user, name=called, digest=digest(token)).save()
    return token


def revoke(token: Token) -> None:
    """From now on `token` opens nothing. Journal: "revoked"."""
    token.revoked_at = timezone.now()
    token.save(verb="revoked")


def user_of(token: str) -> User | None:
    """Who carries `token`, None when it does not hold; the firm's revision is read in the same statement."""
    rows = system.rows(Token).live().select_related("user").filter(digest=digest(token), revoked_at=None)
    row = rows.annotate(revision=Subquery(Firm._base_manager.values("revision")[:1])).first()
    if row is None or not (row.user.is_active and row.user.is_live):
        return None
    firm.know(row.revision)
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at >= MINUTE:
        store_derived(Token, row.pk, last_used_at=now)
    return row.user
