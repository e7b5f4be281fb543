"""Notices, what leaves the house, and the ways out: the mail server and the robots of groups."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shuke.core.fields import JsonField, WordsField, derived
from shuke.core.record import LIVE, Record
from shuke.notices.reasons import choices

USER = settings.AUTH_USER_MODEL
A_MINUTE = 20  # messages that a robot's platform takes; who sends more is shut out for ten minutes


class Notice(models.Model):
    """One sentence for one person, behind the bell. Reading it is no business of anybody else: no journal."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.text


class Choice(Record):
    """What a person said of one reason: whether it comes by e-mail too. The bell always rings."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="+", db_index=False, verbose_name=_("Colleague"))
    reason = models.CharField(_("Reason"), max_length=40)
    by_mail = models.BooleanField(_("By e-mail too"))

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints = [models.UniqueConstraint(fields=["user", "reason"], condition=LIVE, name="one_choice")]

    def __str__(self) -> str:
        return self.reason


class MailServer(Record):
    """Whereby our e-mail leaves. One for the firm."""

    secret = frozenset({"password"})
    SECURITIES = [("tls", _("TLS (port 465)")), ("starttls", _("STARTTLS (port 587)")), ("none", _("None (port 25)"))]
    host = models.CharField(_("Outgoing server (SMTP)"), max_length=200)
    port = models.PositiveIntegerField(_("Port"), default=465, validators=[MinValueValidator(1), MaxValueValidator(65535)])
    security = models.CharField(_("Security"), max_length=10, choices=SECURITIES, default="tls")
    user = models.CharField(_("User name"), max_length=200, blank=True)
    password = models.CharField(_("Password"), max_length=200, blank=True, editable=False)
    sender = models.EmailField(_("Sender's address"))
    only = derived(models.PositiveSmallIntegerField(default=1))

    class Meta:
        verbose_name = _("mail server")
        verbose_name_plural = _("mail servers")
        constraints = [
            models.UniqueConstraint(fields=["only"], condition=LIVE, name="one_mail_server"),
            models.CheckConstraint(condition=Q(port__gte=1, port__lte=65535), name="mail_port"),
            models.CheckConstraint(condition=Q(security__in=["tls", "starttls", "none"]), name="mail_security"),
        ]

    def __str__(self) -> str:
        return self.host


class Robot(Record):
    """A robot in a group of WeCom, DingTalk or Feishu. Whoever holds its address speaks in the group: it is a secret."""

    secret = frozenset({"url", "signing_key"})
    PLATFORMS = [("wecom", _("WeCom")), ("dingtalk", _("DingTalk")), ("feishu", _("Feishu"))]
    name = models.CharField(_("Name"), max_length=60)
    platform = models.CharField(_("Platform"), max_length=10, choices=PLATFORMS, default="wecom")
    url = models.CharField(_("Robot's address"), max_length=500, blank=True, editable=False)
    signing_key = models.CharField(_("Signing key"), max_length=200, blank=True, editable=False)
    reasons = WordsField(_("Tells of"), words=choices)
    shown = derived(models.CharField(_("Robot's address"), max_length=200, default=""))
    recent: Any = derived(JsonField(default=list))  # moments of the last minute at which it spoke, in seconds

    class Meta:
        verbose_name = _("group robot")
        verbose_name_plural = _("group robots")
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=LIVE, name="one_robot"),
            models.CheckConstraint(condition=Q(platform__in=["wecom", "dingtalk", "feishu"]), name="robot_platform"),
        ]

    def __str__(self) -> str:
        return self.name

    def prepare(self) -> None:
        """Of the address the server's name and the last four signs are shown, by which one knows it again."""
        self.shown = f"{(urlsplit(self.url).hostname or '')[:150]} …{self.url[-4:]}" if self.url else ""

    def free_at(self, now: datetime) -> datetime:
        """When it may speak next: twenty tokens, and each comes back a minute after it was taken."""
        taken = [moment for moment in self.recent if moment > now.timestamp() - 60]
        return now if len(taken) < A_MINUTE else now + timedelta(seconds=taken[-A_MINUTE] + 60 - now.timestamp())


def new_uid() -> str:
    return uuid.uuid4().hex


class Message(Record):
    """One text on its way out of the house, written with what causes it and sent after. Its `uid` is the same at every try."""

    STATES = [("waiting", _("Waiting")), ("sent", _("Sent")), ("failed", _("Not sent")), ("withdrawn", _("Withdrawn"))]
    CHANNELS = [("mail", _("E-mail")), ("robot", _("Group robot"))]
    cause = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("Caused by"))
    channel = models.CharField(_("Way"), max_length=10, choices=CHANNELS)
    address = models.CharField(_("To"), max_length=254)
    robot = models.BigIntegerField(_("Group robot"), null=True)  # no key: a robot may go while its messages stay
    text = models.CharField(_("Text"), max_length=300)
    url = models.CharField(_("Link"), max_length=300)
    uid = models.CharField(max_length=32, default=new_uid, unique=True, editable=False)
    state = models.CharField(_("State"), max_length=10, choices=STATES, default="waiting")
    tries = derived(models.PositiveSmallIntegerField(_("Tries"), default=0))
    due = derived(models.DateTimeField(_("Due"), default=timezone.now))
    error = derived(models.CharField(_("What went wrong"), max_length=500, default=""))
    sent_at = derived(models.DateTimeField(_("Sent at"), null=True))

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        indexes = [models.Index(fields=["state", "id"], condition=LIVE, name="message_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "failed", "withdrawn"]), name="message_state_known"),
            models.CheckConstraint(
                condition=Q(channel="mail", robot=None) | Q(channel="robot", robot__isnull=False), name="message_way"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def delete(self, *, verb: str = "deleted") -> None:
        """Take it back as long as it waits. What was said stays said: the undo of its cause goes on without it."""
        if self.state != "sent":
            super().delete(verb=verb)
