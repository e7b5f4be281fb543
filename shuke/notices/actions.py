"""What one does here: tell people something, send again what did not go out, or let it be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import act as work
from shuke.core import scope
from shuke.core.actions import action
from shuke.core.record import Refused
from shuke.notices import outbox
from shuke.notices.models import Choice, MailServer, Message, Notice, Robot
from shuke.notices.reasons import reasons

LENGTH = 300
system = scope.system("who is told is for the room that tells to say; the ways out are the firm's")


def tell(users: Iterable[int], sentence: str, url: str, reason: str) -> None:
    """Tell the people with these ids, behind the bell and as each has chosen, and the robots that tell of `reason`.

    `url`: of a page of ours. `reason`: one that a room has named, else KeyError. All of it is part of the caller's transaction
    and batch: what is undone before it was sent is not sent. Who may not sign in is not told. The caller answers for it that
    each of them may read the sentence.
    """
    if not url.startswith("/") or url.startswith("//"):
        raise ValueError(f"{url} is no page of ours")
    text, told = shortened(sentence), list(people(users))
    with work.act("told"):
        Notice.objects.bulk_create(Notice(user=user, reason=reason, text=text, url=url) for user in told)
        said = {"cause_id": work.actor().user, "text": text, "url": url}
        mails = [Message(channel="mail", address=user.email, **said) for user in mailed(told, reason)]
        robots = [robot for robot in system.rows(Robot).live().order_by("pk") if reason in robot.reasons]
        outbox.put([*mails, *(Message(channel="robot", address=robot.name, robot=robot.pk, **said) for robot in robots)])


def shortened(sentence: str) -> str:
    text = " ".join(str(sentence).split())
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1]}…"


def people(ids: Iterable[int]) -> Any:
    return get_user_model()._base_manager.filter(pk__in=set(ids), is_active=True).order_by("pk")


def mailed(users: list[Any], reason: str) -> list[Any]:
    """Those of `users` who are to get it by e-mail too: they have an address, and chose so."""
    usual = reasons[reason].by_mail
    reached = [user for user in users if user.email]
    if not reached or not system.rows(MailServer).live().exists():
        return []
    choices = system.rows(Choice).live().filter(reason=reason, user__in=[user.pk for user in reached])
    chosen = dict(choices.values_list("user", "by_mail"))
    return [user for user in reached if chosen.get(user.pk, usual)]


def choose(user: Any, by_mail: dict[str, bool]) -> None:
    """Note for each reason whether `user` wants it by e-mail too."""
    held = {choice.reason: choice for choice in system.rows(Choice).live().filter(user=user.pk)}
    with work.act("chosen", kind=Choice._meta.label_lower):
        for reason, wanted in by_mail.items():
            choice = held.get(reason)
            if choice is None:
                if wanted != reasons[reason].by_mail:
                    Choice(user_id=user.pk, reason=reason, by_mail=wanted).save(verb="chosen")
            else:
                choice.by_mail = wanted
                choice.save(verb="chosen")


def read_all(user: Any, upto: int) -> int:
    """Mark as read what `user` has seen: up to the notice with the id `upto`, not what came meanwhile. Returns how many."""
    return Notice.objects.filter(user=user.pk, read_at=None, pk__lte=upto).update(read_at=timezone.now())


@action(gettext_lazy("Send again"), when=Q(state="failed"))
def send_again(message: Message) -> None:
    """Try a message once more that was given up, with all its tries. Journal: "send_again"."""
    message.state, message.tries, message.error, message.due = "waiting", 0, "", timezone.now()
    message.save(verb="send_again")
    outbox.later(message)


@action(gettext_lazy("Do not send"), when=Q(state__in=["waiting", "failed"]))
def withdraw(message: Message) -> None:
    """Let a message be that did not go out yet. Journal: "withdraw"."""
    message.state = "withdrawn"
    message.save(verb="withdraw")


@action(gettext_lazy("Send a test"))
def try_out(robot: Robot) -> None:
    """Let the robot say a word in its group. Raises Refused while it has no address. Journal: the message."""
    if not robot.url:
        raise Refused(_("“%(robot)s” has no address yet. Please paste it from the group's settings.") % {"robot": robot})
    said = _("This is a test from Shuke, by robot “%(robot)s”.") % {"robot": robot}
    cause = work.actor().user
    outbox.put([Message(channel="robot", address=robot.name, robot=robot.pk, cause_id=cause, text=shortened(said), url="/")])
