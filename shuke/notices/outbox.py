"""What leaves the house: written in the transaction of what causes it, sent by the worker after.

At least once: a worker that dies between sending and noting it sends again, under the same id (`Message-ID` of a mail; the
robots' platforms know none). Never at the same moment by two: who sends has taken the message for a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import firm, jobs, scope
from shuke.core.models import Job
from shuke.core.record import Stale, create_many, store_derived
from shuke.network import guard, mail
from shuke.notices import robots
from shuke.notices.models import MailServer, Message, Notice, Robot
from shuke.notices.reasons import UNDELIVERED

LEASE = timedelta(minutes=1)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]  # after each failed try; after the last it is given up
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
system = scope.system("the worker sends for everybody")


def put(messages: Sequence[Message]) -> None:
    """Write `messages` in the transaction at hand, and have them sent after it."""
    for message in create_many(messages, verb="told"):
        later(message)


def later(message: Message) -> None:
    jobs.later(send, due=message.due, message=message.pk)


@jobs.task()
def send(job: Job, *, message: int) -> dict[str, Any]:
    """Send one message if it still waits; a failed try is followed by others, further and further apart."""
    taken = take(message, timezone.now())
    if taken is None:
        return {}
    try:
        deliver(taken)
    except guard.Shut as shut:
        note_failure(taken, shut)
    else:
        note_sent(taken)
    return {"state": taken.state}


@transaction.atomic
def take(pk: int, now: datetime) -> Message | None:
    """The message, taken for a minute; None when it is not to be sent now. One that waits for its time is queued for then."""
    message = system.rows(Message).live().select_for_update().filter(pk=pk, state="waiting").first()
    if message is None:
        return None
    free = message.due
    if free <= now and message.robot is not None:
        free = take_token(message.robot, now)
    if free > now:
        if free != message.due:
            store_derived(Message, pk, due=free)
        jobs.later(send, due=free, message=pk)
        return None
    message.due = now + LEASE
    store_derived(Message, pk, due=message.due)
    return message


def take_token(robot: int, now: datetime) -> datetime:
    """When the robot may speak; if that is now, it is noted as said. One that is gone keeps nobody waiting."""
    found = system.rows(Robot).live().select_for_update().filter(pk=robot).first()
    if found is None:
        return now
    free = found.free_at(now)
    if free <= now:
        store_derived(Robot, robot, recent=[m for m in found.recent if m > now.timestamp() - 60] + [now.timestamp()])
    return free


def deliver(message: Message) -> None:
    """Raises Shut when it did not arrive, Rejected when it never will."""
    if message.channel == "mail":
        server = system.rows(MailServer).live().first()
        if server is None:
            raise robots.Rejected(_("No mail server is set up."))
        mail.send(as_server(server), as_mail(message, server))
        return
    robot = system.rows(Robot).live().filter(pk=message.robot).first()
    if robot is None or not robot.url:
        raise robots.Rejected(_("This robot is not there any more, or has no address."))
    robots.speak(robot.platform, robot.url, robot.signing_key, "\n".join(filter(None, [message.text, link_of(message.url)])))


def as_server(held: MailServer) -> mail.Server:
    return mail.Server(held.host, held.port, held.security, held.user, held.password)


def as_mail(message: Message, server: MailServer) -> EmailMessage:
    """The mail, with an id that stays the same at every try, by which a second one is told from the first."""
    text = "\n\n".join(filter(None, [message.text, link_of(message.url)]))
    domain = server.sender.rpartition("@")[2]
    return written(server.sender, message.address, message.text, text, f"<{message.uid}@{domain}>", message.created_at)


def written(sender: str, to: str, subject: str, text: str, uid: str, at: datetime) -> EmailMessage:
    """Raises Shut when an address cannot stand in a mail."""
    made = EmailMessage()
    try:
        made["From"] = Address(getattr(firm.firm(), "name", ""), addr_spec=sender)
        made["To"] = to
        made["Subject"] = subject if len(subject) <= 60 else f"{subject[:59]}…"
        made["Message-ID"], made["Date"] = uid, timezone.localtime(at)
    except (ValueError, IndexError, AttributeError):
        raise robots.Rejected(_("“%(to)s” is no address for e-mail.") % {"to": to}) from None
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(f"{text}\n")
    return made


def link_of(url: str) -> str:
    """`url` as others open it: with the name that the server was given for the outside; "" when it has none."""
    names = (host for host in settings.ALLOWED_HOSTS if host not in LOOPBACK and host[0] not in "*.")
    name = next(names, "")
    return f"{'https' if settings.SECURE else 'http'}://{name}{url}" if name else ""


def note_sent(message: Message) -> None:
    message.state, message.sent_at, message.error = "sent", timezone.now(), ""
    noted(message, "sent")


def note_failure(message: Message, shut: guard.Shut) -> None:
    """Another try later, or none: then it stands among the dead letters, and the owners are told."""
    message.tries, message.error = message.tries + 1, shut.sentence[:500]
    if message.tries <= len(WAITS) and not isinstance(shut, robots.Rejected):
        message.due = timezone.now() + WAITS[message.tries - 1]
        with transaction.atomic():
            store_derived(Message, message.pk, tries=message.tries, error=message.error, due=message.due)
            later(message)
        return
    message.state = "failed"
    with transaction.atomic():
        if noted(message, "failed"):
            tell_owners(message)


def noted(message: Message, verb: str) -> bool:
    """Whether it was saved: somebody may have withdrawn it while it was on its way, and that stands."""
    try:
        message.save(verb=verb)
    except Stale:
        return False
    return True


def tell_owners(message: Message) -> None:
    """By the bell alone, since another way may be as broken; once until it is read."""
    know = set(Notice.objects.filter(reason=UNDELIVERED, read_at=None).values_list("user", flat=True))
    text = _("Messages to “%(to)s” were not sent: %(why)s") % {"to": message.address, "why": message.error}
    said = {"reason": UNDELIVERED, "text": text[:300], "url": "/settings/outbox/"}
    Notice.objects.bulk_create(Notice(user=user, **said) for user in owners() if user.pk not in know)


def owners() -> list[Any]:
    """Those who may do everything, and so are the ones to put things right."""
    active = get_user_model()._base_manager.filter(is_active=True).order_by("pk")
    return [user for user in active if scope.policy.reach(user, "*", "*") == "all"]
