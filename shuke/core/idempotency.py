"""The same act sent twice is done once: a key of the form, unique per person, written in the transaction of the act."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core.models import Batch
from shuke.core.record import Refused

KEPT = timedelta(days=30)


class OtherBody(Refused):
    """The key was used before for something else."""


@dataclass
class Answer:
    """What the first sending was answered: an HTTP status and an address or a JSON text."""

    status: int
    text: str


class Twin(Exception):
    """The act was done before; `answer` is what it was answered then."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def fingerprint(request: Any) -> str:
    """What the request asks for, without the tokens that differ from one sending to the next."""
    told = hashlib.sha256(f"{request.method} {request.path}".encode())
    if request.content_type == "application/json":
        told.update(request.body)
    else:
        for name in sorted(request.POST):
            if name != "csrfmiddlewaretoken":
                told.update(repr((name, request.POST.getlist(name))).encode())
        for name in sorted(request.FILES):
            told.update(repr((name, request.FILES[name].name, request.FILES[name].size)).encode())
    return told.hexdigest()


@contextmanager
def once(user: int, key: str, request: str) -> Iterator[Callable[[int, str], None]]:
    """Inside, do the act and say its answer: `once(...) as answered: …; answered(303, url)`.

    One transaction with the act, so a refused act uses up no key. A twin sent meanwhile waits for the first.
    Raises Twin with the first answer when the key was used, OtherBody when it was used for something else.
    """
    if not key:
        with transaction.atomic():
            yield lambda status, text: None
        return
    try:
        with transaction.atomic():
            row = claim(user, key, request)

            def answered(status: int, text: str) -> None:
                row.status, row.answer = status, text
                row.save(update_fields=["verb", "kind", "count", "undoes", "status", "answer"])

            with work.claiming(row):
                yield answered
    except Claimed:
        raise Twin(answer_of(user, key, request)) from None


class Claimed(Exception):
    """The key is taken."""


def claim(user: int, key: str, request: str) -> Batch:
    row = Batch(actor_id=user, door=work.actor().door, key=key, request=request)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Claimed from None
    return row


def answer_of(user: int, key: str, request: str) -> Answer:
    row = Batch.objects.get(actor=user, key=key)
    if row.request != request:
        raise OtherBody(_("This form was already used for something else. Please open it again."))
    return Answer(row.status, row.answer)


def forget_old() -> int:
    """Drop the keys and answers that are older than 30 days; the actions stay. A job calls it once a day."""
    old = Batch.objects.filter(at__lt=timezone.now() - KEPT).exclude(key=None)
    return old.update(key=None, request="", answer="")
