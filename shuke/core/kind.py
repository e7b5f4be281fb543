"""Kind: what the doors need to know of a business object, each field named once.

List, detail, form, filters, saved views, exchange, API, permissions, journal, search, custom fields, trash and undo follow
from it. The ways out, cheapest first: an attribute, a method here, an own template, an own view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from django import forms
from django.apps import apps
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext as _

from shuke.core import columns, customfields, firm, numbering, prepared, scope
from shuke.core.actions import Action
from shuke.core.columns import Column
from shuke.core.record import LIVE, Owned, Record, RecordQuerySet, create_many

K = TypeVar("K", bound="type[Kind]")

AS_THE_ROOT = ("view", "delete", "export", "import")  # what one may do to a part as to its whole

_by_path: dict[str, Kind] = {}


class Kind:
    """One business object. Attributes are constants of the program; what a firm may change is asked through `firm`."""

    model: ClassVar[type[Record]]
    path: ClassVar[str]  # in addresses, grants, the command line and the API; fixed English
    module: ClassVar[str] = ""  # the switch it belongs to; "" = always there
    icon: ClassVar[str] = "dot"
    menu: ClassVar[bool] = True  # has a place in the rail of its own

    title: ClassVar[str] = "name"  # the column that stands for the record where others name it
    subtitle: ClassVar[str] = ""  # shown after the title in search and detail
    phone: ClassVar[str] = ""  # the column one may call, in search results and lists
    columns: ClassVar[list[str]] = []  # of the list; the first links to the record
    facts: ClassVar[list[str]] = []  # of the page; by default the form's fields
    filters: ClassVar[list[str]] = []
    sorts: ClassVar[dict[str, str]] = {}  # {word in the address: column}; each has an index ending in id and is NOT NULL
    sort: ClassVar[str] = "-newest"  # what a list opens with; "newest" goes by id and is always there
    totals: ClassVar[list[str]] = []  # amounts summed at the foot of a list
    search: ClassVar[list[str]] = []  # columns the record is found by
    form: ClassVar[list[str]] = []  # screen, import and API write
    more: ClassVar[list[str]] = []  # those of `form` that the screen folds under 更多
    form_class: ClassVar[type[forms.BaseForm] | None] = None  # for fields that are no columns
    import_names: ClassVar[dict[str, tuple[str, ...]]] = {}  # what else sheets call a field
    match_on: ClassVar[tuple[str, ...]] = ()  # indexed columns by which a row finds its record, the surest first
    number: ClassVar[str] = ""  # pattern of the document number, as "WC-{year}-{seq:04}"
    root: ClassVar[str] = ""  # the relation to the record on whose page and timeline this one stands
    in_panel: ClassVar[bool] = True  # has a block of its own on the page of its root
    actions: ClassVar[list[Action]] = []

    @property
    def label(self) -> Any:
        return firm.word(self.path, self.model._meta.verbose_name)

    @property
    def plural(self) -> Any:
        return firm.word(self.path, self.model._meta.verbose_name_plural)

    @property
    def key(self) -> str:
        """The name under which journal, search and reactions know it: "parties.party"."""
        return self.model._meta.label_lower

    @property
    def is_on(self) -> bool:
        return firm.has_module(self.module)

    def label_of(self, key: str, field: models.Field[Any, Any]) -> Any:
        """What a column or a form field is called on the screen."""
        return field.verbose_name

    def url(self, record: Record | int | None = None, what: str = "") -> str:
        if record is None:
            return f"/{self.path}/{what}"
        return f"/{self.path}/{record.pk if isinstance(record, Record) else record}/{what}"

    def branches(self, user: Any, verb: str) -> list[Q]:
        """The scope of `user` for `verb`: conditions of which one must hold, each answered by one index; [] = nothing.

        A kind with a root is reached by whoever reaches its root: what makes or changes it is a change of that. Others go by
        grants, owner and shares. What it says may change with the firm's revision only: queries made of it are kept that long.
        """
        if not self.is_on:
            return scope.NOTHING
        if not self.root:
            return scope.branches_by_owner(self, user, verb)
        field = self.model._meta.get_field(self.root)
        root = field.related_model
        branches = root.kind.branches(user, verb if verb in AS_THE_ROOT else "change")
        if branches in (scope.EVERYTHING, scope.NOTHING):
            return branches
        # Branch by branch: rows that are reached one way or another have no index.
        seen = (RecordQuerySet(root).filter(LIVE, branch).values("pk") for branch in branches)
        return [Q(**{f"{self.root}__in": keys}) for keys in seen]

    def levels(self, user: Any) -> dict[str, scope.Level]:
        return scope.policy.levels(user, self.path)

    def column(self, key: str, user: Any) -> Column | None:
        return columns.of(self, key, self.levels(user))

    def shown(self, user: Any, keys: Iterable[str] = ()) -> list[Column]:
        """The columns that `user` may see, of `keys` or of the list."""
        levels = self.levels(user)
        wanted = list(keys) or [key for key in self.columns if not self.solitary(key)]
        return [column for key in wanted if (column := columns.of(self, key, levels)) is not None]

    def solitary(self, key: str) -> bool:
        """With one user there is no owner, team or department on the screen."""
        field = key.partition("__")[0]
        return field in ("owner", "team", "department") and firm.is_alone()

    def every(self, user: Any) -> list[Column]:
        """All that the API and a full export tell of a record: the form's columns, the list's, and the custom fields."""
        own = [f.name for f in self.model._meta.concrete_fields if f.name in {*self.form, *self.columns, *self.facts}]
        custom = [f"{columns.CUSTOM}{key}" for key in customfields.of(self.path)]
        return self.shown(user, dict.fromkeys(["id", *own, "version", "created_at", "updated_at", *custom]))

    def fact_keys(self) -> list[str]:
        names = [f.name for f in self.model._meta.concrete_fields]
        own = [key for key in (self.facts or self.form) if key.partition("__")[0] in names and key != self.title]
        return [*own, *(f"{columns.CUSTOM}{key}" for key in customfields.of(self.path))]

    def write(self, form: Any, user: Any) -> Record:
        """Save what a valid form for a new record describes, with all that belongs to it. Call inside an action."""
        record: Record = form.instance
        self.begin(record, user)
        record.save()
        by_model: dict[type[Record], list[Record]] = {}
        for part in self.parts(record, form.cleaned_data):
            by_model.setdefault(type(part), []).append(part)
        for parts in by_model.values():
            create_many(parts)
        return record

    def begin(self, record: Record, user: Any) -> None:
        """What a new record gets by itself: its number, and whoever makes it as its owner."""
        if self.number and not getattr(record, "number", ""):
            record.number = numbering.take(self)
        if isinstance(record, Owned) and record.owner_id is None and user is not None:
            record.owner_id = user.pk

    def parts(self, record: Record, said: dict[str, Any]) -> Iterator[Record]:
        """Further records that a form or an import row of this kind makes beside `record`, not yet saved."""
        yield from ()

    def badges(self, record: Record, user: Any) -> list[dict[str, Any]]:
        """Marks beside the title of the page: [{"label", "tone"}]."""
        return []

    def now(self, record: Record, user: Any) -> list[dict[str, Any]]:
        """What is due, late or at risk with this record: [{"tone", "text", "url"}]."""
        return []

    def children(self) -> list[Kind]:
        """The kinds that stand on the page of this one: those that name it as their root and are switched on."""
        return [kind for kind in every() if kind.root and kind.is_on and kind.root_model() is self.model]

    def root_model(self) -> type[Record] | None:
        return self.model._meta.get_field(self.root).related_model if self.root else None

    def elsewhere(self, q: str, user: Any) -> str:
        """What `user` may be told when `q` finds nothing in his scope: a sentence, "" for nothing."""
        return ""

    def verb(self, name: str) -> Action | None:
        return next((action for action in self.actions if action.name == name), None)

    def may(self, user: Any, verb: str) -> bool:
        """Whether `user` may do `verb` on any record at all; kept per revision, since a page asks it many times."""
        known, key = firm.kept("may", dict[tuple[Any, str, str], bool]), (user.pk, self.path, verb)
        if key not in known:
            known[key] = bool(self.branches(user, verb))
        return known[key]

    def allowed(self, user: Any, record: Record) -> set[str]:
        """The verbs that `user` may do with this record: one statement for all of them, none where no reach has bounds."""

        def make() -> tuple[set[str], list[str], prepared.Prepared]:
            verbs = ("view", "change", "delete", *(action.name for action in self.actions))
            branches = {verb: self.branches(user, verb) for verb in verbs}
            free = {verb for verb, reached in branches.items() if reached == scope.EVERYTHING}
            asked = [verb for verb, reached in branches.items() if reached and verb not in free]
            told = {f"may_{verb}": Case(When(scope.union(branches[verb]), then=True), default=False) for verb in asked}
            rows = RecordQuerySet(self.model).filter(pk=prepared.stand_in(0)).annotate(**told).values_list("pk", *told)
            return free, asked, prepared.Prepared(rows)

        known: dict[int, set[str]] = record.__dict__.setdefault("_allowed", {})  # a page asks in several places
        if user.pk not in known:
            free, asked, statement = prepared.kept(("allowed", self.path, user.pk), make)
            found = statement.ask({prepared.stand_in(0): record.pk}) if asked else []
            known[user.pk] = free | {verb for _pk, *told in found for verb, may in zip(asked, told, strict=True) if may}
        return known[user.pk]


def kind(model: type[Record]) -> Callable[[K], K]:
    """Register the class below as the Kind of `model`: from then on every door serves it."""

    def register(cls: K) -> K:
        cls.model = model
        if cls.path in _by_path:
            raise ValueError(f"two kinds have the path {cls.path}")
        model.kind = _by_path[cls.path] = cls()
        return cls

    return register


def every() -> list[Kind]:
    return list(_by_path.values())


def at(path: str) -> Kind | None:
    """The kind with this path, None when there is none or its module is off."""
    found = _by_path.get(path)
    return found if found and found.is_on else None


def of_key(key: str) -> Kind | None:
    """The kind of the records that the journal calls `key`, whether it has a path or not."""
    try:
        return getattr(apps.get_model(key), "kind", None)
    except (LookupError, ValueError):  # its room is not there any more
        return None


def called(key: str) -> str:
    """What the screen calls a record that the journal knows as `key`, whether it has a kind or not."""
    kind = of_key(key)
    try:
        return str(kind.label if kind else apps.get_model(key)._meta.verbose_name)
    except (LookupError, ValueError):
        return _("record")
