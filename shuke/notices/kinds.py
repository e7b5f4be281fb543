"""What the doors know of robots; the mail server, choices and messages stand at no path, and still have rights and a way back."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import scope, undo
from shuke.core.kind import Kind, kind
from shuke.core.models import Batch
from shuke.core.pages import VERBS
from shuke.core.record import Refused
from shuke.notices import actions
from shuke.notices.forms import MailServerForm, RobotForm
from shuke.notices.models import Choice, MailServer, Message, Robot

VERBS |= {
    "told": gettext_lazy("had %(what)s sent"),
    "sent": gettext_lazy("sent %(what)s"),
    "failed": gettext_lazy("could not send %(what)s"),
    "chosen": gettext_lazy("chose how notices come"),
    "send_again": gettext_lazy("had %(what)s sent again"),
    "withdraw": gettext_lazy("withdrew %(what)s"),
}


@kind(Robot)
class Robots(Kind):
    path = "robots"
    icon = "bell"
    menu = False
    columns = ["name", "platform", "shown", "reasons"]
    filters = ["platform"]
    search = ["name"]
    form = ["name", "platform", "address", "sign_with", "reasons"]
    form_class = RobotForm
    facts = ["platform", "shown"]
    actions = [actions.try_out]

    def badges(self, record: Any, user: Any) -> list[dict[str, Any]]:
        return [] if record.url else [{"label": _("No address yet"), "tone": "late"}]


class MailServers(Kind):
    model = MailServer
    path = "mail"
    title = "host"
    form = ["host", "port", "security", "user", "sign_in_with", "sender"]
    form_class = MailServerForm

    def url(self, record: Any = None, what: str = "") -> str:
        return "/settings/mail/"


class Choices(Kind):
    model = Choice
    path = "choices"
    title = "reason"

    def branches(self, user: Any, verb: str) -> list[Q]:
        """Everybody has his own, and nobody those of others."""
        return [Q(user=user.pk)]

    def url(self, record: Any = None, what: str = "") -> str:
        return "/me/notices/"


class Messages(Kind):
    model = Message
    path = "messages"
    title = "text"
    actions = [actions.send_again, actions.withdraw]

    def branches(self, user: Any, verb: str) -> list[Q]:
        """Who may undo what caused a message may undo the message with it."""
        reach = scope.policy.reach(user, self.path, "undo")
        if reach == "department":
            return [Q(cause__in=sorted(scope.policy.colleagues(user)))]
        return scope.EVERYTHING if reach == "all" else [Q(cause=user.pk)] if reach == "own" else scope.NOTHING

    def url(self, record: Any = None, what: str = "") -> str:
        return "/settings/outbox/"


MailServer.kind, Choice.kind, Message.kind = MailServers(), Choices(), Messages()


def refuse_unsending(batch: Batch) -> None:
    """What the worker noted is no act that somebody could take back: undone, it would be sent a second time."""
    if batch.kind == Message._meta.label_lower and batch.verb in ("sent", "failed"):
        raise Refused(_("What has left the house cannot be taken back."))


undo.guards.append(refuse_unsending)
