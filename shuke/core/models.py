"""The tables of the core: the firm, the journal, search, values, views, keys, series, files, jobs, shares."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shuke.core.fields import JsonField, KindField, WordsField, derived
from shuke.core.record import LIVE, Record

USER = settings.AUTH_USER_MODEL


class Firm(Record):
    """The one firm whose data this store holds, with everything about it that every request needs."""

    configures = True
    name = models.CharField(_("Firm's name"), max_length=120)
    currency = models.CharField(_("Currency"), max_length=3, default="CNY")
    modules: Any = WordsField(_("Modules"))
    words: Any = JsonField(_("Words"), default=dict, blank=True)
    settings: Any = JsonField(_("Settings"), default=dict, blank=True)
    trade = models.CharField(_("Trade"), max_length=40, blank=True)
    revision = derived(models.BigIntegerField(_("Revision"), default=1))

    class Meta:
        verbose_name = _("firm")
        verbose_name_plural = _("firms")

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """One action: everything that it changed is undone together, and the same form sent twice does it once.

    `key` came with the form or the API call, `request` is the hash of what it asked, `status` and `answer` what it was answered.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    door = models.CharField(max_length=10)
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=60)
    count = models.PositiveIntegerField(default=0)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undone_by")
    key = models.CharField(max_length=64, null=True)  # noqa: DJ001 (most actions of jobs have none, and NULLs are no twins)
    request = models.CharField(max_length=64, default="")
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_act_per_key")]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind}"


class Entry(models.Model):
    """One change of one record, by whom and when its batch tells. `changes` is {field: [old, new]} in plain values; empty for a
    creation, whose row holds them."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="entries")
    kind: Any = KindField()
    record = models.BigIntegerField()
    root_kind: Any = KindField()
    root = models.BigIntegerField()
    version = models.PositiveIntegerField()
    verb = models.CharField(max_length=60)
    changes: Any = JsonField(default=dict)
    salt = models.BinaryField(max_length=16)

    class Meta:
        indexes = [
            models.Index(fields=["root_kind", "root", "id"], name="entry_of_root"),
            models.Index(fields=["kind", "record", "id"], name="entry_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.record}"


class Seal(models.Model):
    """A link of the chain over the journal: it vouches for the link before it and for the entries after that up to `last`."""

    id = models.BigAutoField(primary_key=True)
    last = models.BigIntegerField(unique=True)
    seal = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return f"#{self.last}"


class SearchLine(models.Model):
    """What one live record is found by and shown as. Newest written = highest id."""

    id = models.BigAutoField(primary_key=True)
    kind: Any = KindField()
    record = models.BigIntegerField()
    title = models.CharField(max_length=255)
    subtitle = models.CharField(max_length=255)
    phone = models.CharField(max_length=40)
    text = models.TextField()
    sounds = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "record"], name="one_search_line")]

    def __str__(self) -> str:
        return self.title


class Value(models.Model):
    """One filterable value of a list of words or of a custom field: what makes it findable without a schema of its own."""

    id = models.BigAutoField(primary_key=True)
    kind: Any = KindField()
    field = models.CharField(max_length=60)
    record = models.BigIntegerField()
    text = models.CharField(max_length=255, default="")
    number = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    day = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "field", "text", "record"], name="value_by_text"),
            models.Index(fields=["kind", "record"], name="value_of_record"),
        ]

    def __str__(self) -> str:
        return f"{self.field}={self.text}"


class CustomField(Record):
    """A field that the firm added to a kind; its values lie in `Record.extra` and, to filter by, in `Value`."""

    configures = True
    TYPES = [
        ("text", _("Text")),
        ("number", _("Number")),
        ("money", _("Money")),
        ("date", _("Date")),
        ("choice", _("One choice")),
        ("choices", _("Several choices")),
        ("yesno", _("Yes or no")),
    ]
    on = models.CharField(_("Of"), max_length=60)
    key = models.SlugField(_("Key"), max_length=40)
    name = models.CharField(_("Name"), max_length=60)
    type = models.CharField(_("Type"), max_length=10, choices=TYPES, default="text")
    choices: Any = WordsField(_("Choices"))
    required = models.BooleanField(_("Required"), default=False)
    position = models.PositiveSmallIntegerField(_("Position"), default=0)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [models.UniqueConstraint(fields=["on", "key"], condition=LIVE, name="one_custom_field")]

    def __str__(self) -> str:
        return self.name


class SavedView(Record):
    """A name for a query string: the address is the view."""

    configures = True
    on = models.CharField(_("Of"), max_length=60)
    name = models.CharField(_("Name"), max_length=60)
    query = models.CharField(_("Query"), max_length=2000, blank=True)
    owner = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Owner"))
    shared = models.BooleanField(_("Shared with all"), default=False)
    pinned = models.BooleanField(_("Pinned to the rail"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")

    def __str__(self) -> str:
        return self.name


class Share(Record):
    """A record shared with a person: to read, or to work on together."""

    LEVELS = [("view", _("Read")), ("change", _("Work together"))]
    on = models.CharField(_("Of"), max_length=60)
    record = models.BigIntegerField(_("Record"))
    user = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("User"))
    level = models.CharField(_("Level"), max_length=10, choices=LEVELS, default="view")

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [models.UniqueConstraint(fields=["user", "on", "record"], condition=LIVE, name="one_share")]
        indexes = [models.Index(fields=["on", "record"], name="share_of_record")]

    def __str__(self) -> str:
        return f"{self.on} {self.record}"


class Series(models.Model):
    """The counter of one number pattern within one period, locked while a number is taken."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120, unique=True)
    last = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class StoredFile(models.Model):
    """The bytes of a file, once however often it is attached; `digest` is the SHA-256 that names it on disk."""

    id = models.BigAutoField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    type = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.digest


class Attachment(Record):
    """A file on a record, seen by whoever sees the record."""

    on = models.CharField(_("Of"), max_length=60)
    record = models.BigIntegerField(_("Record"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("File"))
    name = models.CharField(_("Name"), max_length=200)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["on", "record", "id"], name="attachment_of")]

    PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

    @property
    def is_picture(self) -> bool:
        return self.file.type in self.PICTURES

    def root_key(self) -> tuple[str, int]:
        return self.on, self.record

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """Work for later in the same store: queued in the caller's transaction, leased by a worker, tried again with back-off."""

    STATES = ["queued", "running", "done", "failed"]
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    arguments: Any = JsonField(default=dict)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, default="queued")
    due = models.DateTimeField(default=timezone.now)
    lease = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result: Any = JsonField(default=dict)
    error = models.TextField(default="")
    once = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 (many jobs have none)

    class Meta:
        indexes = [models.Index(fields=["state", "due"], name="job_due")]

    def __str__(self) -> str:
        return self.name


class Seen(models.Model):
    """What a person opened last, for the empty search box."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    record = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "record"], name="seen_once")]
        indexes = [models.Index(fields=["user", "-at"], name="seen_last")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record}"


class TokensField(models.TextField):
    """Search tokens as made by `tokens.document`: a column of an FTS5 table on SQLite, a tsvector on PostgreSQL."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "array_to_tsvector(string_to_array(%s, ' '))" if connection.vendor == "postgresql" else "%s"


@TokensField.register_lookup
class Match(models.Lookup):
    """Full-text match of one vendor's query string, as made by `tokens.query`."""

    lookup_name = "match"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        if connection.vendor == "postgresql":
            column, params = self.process_lhs(compiler, connection)
            return f"{column} @@ %s::tsquery", [*params, self.rhs]
        # FTS5 without positions has no filter by column: the table itself is asked.
        return f"{compiler.quote_name_unless_alias(self.lhs.alias)} MATCH %s", [self.rhs]


class SearchIndex(models.Model):
    """The full-text index over the search lines; its table is made by hand, since it differs by store."""

    line = models.OneToOneField(
        SearchLine, models.DO_NOTHING, primary_key=True, db_column="rowid", db_constraint=False, related_name="index"
    )
    tokens = TokensField()

    class Meta:
        managed = False
        db_table = "core_searchindex"

    def __str__(self) -> str:
        return str(self.pk)


def new_salt() -> bytes:
    return secrets.token_bytes(16)
