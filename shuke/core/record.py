"""Record: the base of every business object. What is saved is journalled, versioned, searchable, and can come back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.core import exceptions
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import act as work
from shuke.core.fields import JsonField, WordsField, derived, is_derived, plain
from shuke.core.insert import insert

if TYPE_CHECKING:
    from shuke.core.kind import Kind

R = TypeVar("R", bound="Record")
LIVE = Q(deleted_at__isnull=True)
NAMED = 5  # of those who need a record that is to be deleted

_open: ContextVar[bool] = ContextVar("open", default=False)


class Refused(Exception):
    """A business rule says no. `sentence` tells the user what happened and what to do next."""

    def __init__(self, sentence: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unscoped(Exception):
    """A query was made outside any scope: use `scope.rows` for people, `scope.system` for jobs."""


class Stale(Refused):
    """The row was changed by somebody else since it was read."""

    def __init__(self, record: Record) -> None:
        super().__init__(_("“%(record)s” was changed by somebody else meanwhile. Please look at it again.") % {"record": record})
        self.record = record


class Required(Refused):
    """The record cannot be deleted while live records need it: `users`, by relation. Who acts reads no name out of his scope."""

    def __init__(self, record: Record, users: Sequence[models.QuerySet[Any]]) -> None:
        from shuke.core import scope
        from shuke.core.kind import called

        names, hidden = [], 0
        for rows in users:
            what, count, seen = called(rows.model._meta.label_lower), rows.count(), scope.seen_by_actor(rows)
            if seen is None:
                names.append(_("%(what)s (%(count)s)") % {"what": what, "count": count})
            else:
                names += [f"{what} {user}" for user in seen.order_by("pk")[:NAMED]]
                hidden += count - seen.count()
        said = {"record": record, "names": "、".join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])]), "count": hidden}
        if not hidden:
            sentence = _("“%(record)s” is still used by %(names)s. Delete those first.")
        elif names:
            sentence = _("“%(record)s” is still used by %(names)s, and by %(count)s other records that you may not see.")
        else:
            sentence = _("“%(record)s” is still used by %(count)s records that you may not see. Ask somebody who may.")
        super().__init__(sentence % said)


class RecordQuerySet(models.QuerySet[R]):
    """Reads only: the ways to write that would pass by the journal are shut."""

    def live(self) -> Self:
        return self.filter(LIVE)

    def update(self, **values: Any) -> int:
        raise Unscoped("update() would pass by the journal: use change_many()")

    def delete(self) -> Any:
        raise Unscoped("delete() would pass by the journal: delete each record, or change_many()")

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        raise Unscoped("bulk_create() would pass by the journal: use create_many()")

    def bulk_update(self, *args: Any, **kwargs: Any) -> Any:
        raise Unscoped("bulk_update() would pass by the journal: use change_many()")


class Guarded(models.Manager[R]):
    """`objects` of every Record: raises unless a scope is open, so that a forgotten scope is an error and not a leak."""

    def get_queryset(self) -> RecordQuerySet[R]:
        if not _open.get():
            raise Unscoped(f"{self.model.__name__}.objects was used outside a scope")
        return RecordQuerySet(self.model, using=self._db)


class Record(models.Model):
    """Base of all business objects: identity, version, trash, custom fields, journal."""

    id = models.BigAutoField(primary_key=True, verbose_name=gettext_lazy("ID"))
    version = derived(models.PositiveIntegerField(gettext_lazy("Version"), default=1))
    created_at = derived(models.DateTimeField(gettext_lazy("Created"), default=timezone.now))
    updated_at = derived(models.DateTimeField(gettext_lazy("Changed"), default=timezone.now))
    deleted_at = models.DateTimeField(gettext_lazy("Deleted"), null=True, blank=True, editable=False)
    extra: Any = JsonField(gettext_lazy("Custom fields"), default=dict, blank=True, editable=False)

    objects: ClassVar[Any] = Guarded()

    kind: ClassVar[Kind]
    secret: ClassVar[frozenset[str]] = frozenset()  # fields that never reach journal, export or API
    configures: ClassVar[bool] = False  # a change makes every cached right, module and view of the firm stale
    _loaded: dict[str, Any]

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Self:
        record = super().from_db(db, field_names, values)
        record._remember()
        return record

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._remember()

    def _remember(self) -> None:
        loaded = self.__dict__.copy()
        loaded.pop("_loaded", None)
        for name in mutable(self._meta):
            if name in loaded:
                loaded[name] = copy(loaded[name])
        self._loaded = loaded

    @classmethod
    def journalled(cls) -> list[models.Field[Any, Any]]:
        """The columns that people change: all but keys, derived ones and secrets."""
        return [f for f in cls._meta.concrete_fields if not f.primary_key and not is_derived(f)]

    def changes(self) -> dict[str, list[Any]]:
        """{field name: [old, new]} since the record was read, in plain values; secrets say only that they changed."""
        found: dict[str, list[Any]] = {}
        for field in self.journalled():
            if field.attname not in self.__dict__:
                continue
            old, new = self._loaded.get(field.attname), self.__dict__[field.attname]
            if old == new or plain(field, old) == plain(field, new):
                continue
            if hasattr(new, "resolve_expression"):
                raise Unscoped(f"{field.name} was given an expression: what only the store computes, the journal cannot tell")
            found[field.name] = [None, None] if field.name in self.secret else [plain(field, old), plain(field, new)]
        return found

    def prepare(self) -> None:
        """Compute the derived columns that follow from the others. Called before every write."""

    def root_key(self) -> tuple[str, int]:
        """(kind, id) of the record on whose page and timeline this one stands: its root, or itself."""
        kind = getattr(type(self), "kind", None)
        if kind is not None and kind.root:
            field = self._meta.get_field(kind.root)
            if key := getattr(self, field.attname):
                return field.related_model._meta.label_lower, key
        return self._meta.label_lower, self.pk

    def search_text(self) -> Iterable[str]:
        """Further words this record is found by, beside the fields that its Kind names."""
        return ()

    def clean_fields(self, exclude: Any = None) -> None:
        with opened():
            super().clean_fields(exclude=exclude)

    def validate_unique(self, exclude: Any = None) -> None:
        with opened():
            super().validate_unique(exclude=exclude)

    def validate_constraints(self, exclude: Any = None) -> None:
        with opened():
            super().validate_constraints(exclude=exclude)

    def save(self, *, verb: str = "", **kwargs: Any) -> None:
        """Write the row, its version and its journal entry in one transaction. Nothing changed = nothing written.

        Raises Stale when the row was changed since it was read.
        """
        from shuke.core import hooks, journal

        adding = self._state.adding
        self.prepare()
        changes = {} if adding else self.changes()
        if not adding and not changes:
            return
        with work.act(verb or ("created" if adding else "changed"), kind=self._meta.label_lower) as unit:
            self.updated_at = timezone.now()
            if adding:
                super().save(force_insert=True)
            else:
                self.version += 1
                computed = [f.name for f in self._meta.concrete_fields if is_derived(f) and f.attname in self.__dict__]
                super().save(force_update=True, update_fields=[*changes, *computed])
            journal.write(unit, self, verb or unit.verb, changes)
            touch(unit, self)
            if unit.undoes is None:
                hooks.fire(self, verb or unit.verb)
        self._remember()

    def _do_update(self, base_qs: Any, using: Any, pk_val: Any, values: Any, *args: Any) -> bool:
        # The version guards the row: a save of what was read before another save must not overwrite it.
        if not super()._do_update(base_qs.filter(version=self.version - 1), using, pk_val, values, *args):
            raise Stale(self)
        return True

    @property
    def is_live(self) -> bool:
        return self.deleted_at is None

    def delete(self, *, verb: str = "deleted") -> None:
        """Move to the trash, with the parts that belong to it; refuses while live records require it."""
        parts, users = dependants(self)
        if users:
            raise Required(self, users)
        with work.act(verb, kind=self._meta.label_lower):
            now = timezone.now()
            for part in [*parts, self]:
                part.deleted_at = now
                part.save(verb=verb)

    def restore(self) -> None:
        """Bring back from the trash, with the parts that went in the same moment.

        Raises Refused when a value that must be unique was taken meanwhile, or when what it belongs to is still deleted.
        """
        if self.deleted_at is None:
            return
        with work.act("restored", kind=self._meta.label_lower):
            parts = dependants(self, deleted_at=self.deleted_at)[0]
            for record in [self, *parts]:
                record.deleted_at = None
                record.check_parents()
                record.check_constraints()
                record.save(verb="restored")

    def check_constraints(self) -> None:
        """Raises Refused where `validate_constraints` tells a form: for what comes back without one."""
        try:
            self.validate_constraints()
        except exceptions.ValidationError as error:
            raise Refused(" ".join(error.messages)) from None

    def check_parents(self) -> None:
        from shuke.core import scope

        for field in self._meta.concrete_fields:
            if field.is_relation and issubclass(field.related_model, Record) and (key := getattr(self, field.attname)):
                parent = field.related_model._base_manager.get(pk=key)
                if not parent.is_live:
                    raise Refused(_("“%(parent)s” is in the trash. Restore it first.") % {"parent": scope.named_to_actor(parent)})


class Owned(Record):
    """A record that somebody in the firm looks after. Reach own and department go by the owner and by shares."""

    # Without an index of its own: those of the lists begin with it too (`checks` asks for one).
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=gettext_lazy("Owner"),
    )

    class Meta:
        abstract = True


class opened:
    """Inside, `objects` answers: for Django's own uniqueness checks and for `scope.system`."""

    def __enter__(self) -> None:
        self._token = _open.set(True)

    def __exit__(self, *exc: object) -> None:
        _open.reset(self._token)


@cache
def mutable(meta: Any) -> list[str]:
    """The columns whose values may be changed in place."""
    return [field.attname for field in meta.concrete_fields if isinstance(field, (JsonField, WordsField))]


def touch(unit: work.Unit, record: Record) -> None:
    unit.touched[type(record), record.pk] = record
    unit.changes_firm |= record.configures


def dependants(record: Record, **parts: Any) -> tuple[list[Record], list[models.QuerySet[Any]]]:
    """(parts, users) of `record`: what belongs to it (CASCADE), and by relation the rows that require it (PROTECT), if any.

    Live ones unless `parts` says; then nobody asks for the users.
    """
    belong: list[Record] = []
    users: list[models.QuerySet[Any]] = []
    wanted = parts or {"deleted_at": None}
    for relation in record._meta.get_fields(include_hidden=True):
        model = relation.related_model
        if not (relation.auto_created and isinstance(model, type) and issubclass(model, Record)):
            continue
        rows = model._base_manager.filter(**{relation.field.name: record})
        if relation.on_delete is models.CASCADE:
            for part in rows.filter(**wanted):
                below, needing = dependants(part, **parts)
                belong += [*below, part]
                users += needing
        elif not parts and (needing := rows.filter(LIVE)).exists():
            users.append(needing)
    return list(dict.fromkeys(belong)), users


def create_many(records: Sequence[R], *, verb: str = "created", prepared: bool = False) -> Sequence[R]:
    """Insert `records` of one model in one batch: validated by the caller, journalled and indexed here.

    `prepared`: the caller has called `prepare` on each, before it held the lock.
    """
    from shuke.core import hooks, journal

    if not records:
        return records
    model = type(records[0])
    for record in records if not prepared else ():
        record.prepare()
    with work.act(verb, kind=model._meta.label_lower) as unit:
        insert(records)
        for record in records:
            journal.write(unit, record, verb, {})
            touch(unit, record)
            hooks.fire(record, verb)
    for record in records:
        record._remember()
    return records


def change_many(records: Iterable[R], *, verb: str = "changed", **values: Any) -> list[R]:
    """Set `values` on each of `records` in one batch. Returns those that changed. Raises Stale when one moved meanwhile."""
    changed: list[R] = []
    with work.act(verb):
        for record in records:
            for name, value in values.items():
                setattr(record, name, value)
            before = record.version
            record.save(verb=verb)
            if record.version != before:
                changed.append(record)
    return changed


def store_derived(model: type[Record], pk: int, **values: Any) -> None:
    """Write computed columns of one row: no journal, no version, no undo. Raises ValueError for any other column."""
    for name in values:
        if not is_derived(model._meta.get_field(name)):
            raise ValueError(f"{model.__name__}.{name} is not derived")
    models.QuerySet.update(RecordQuerySet(model).filter(pk=pk), **values)
