"""From a row of a sheet to a record: cleaned by the fields and constraints of the kind's form, compiled once per file.

A chunk of rows goes through `Reader.read` without any lock; what it decided, `Reader.write` stores within the caller's action.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from shuke.core import scope, search, widgets
from shuke.core.columns import title_of
from shuke.core.fields import is_derived
from shuke.core.forms import class_for, form_for
from shuke.core.kind import Kind
from shuke.core.record import Record, create_many
from shuke.exchange import cells, guessing
from shuke.exchange.reading import Cell
from shuke.language.cleaners import BadValue, clean_yes_no
from shuke.language.folding import fold

NEW, UPDATED, SKIPPED, REFUSED = "new", "updated", "skipped", "refused"
EMPTY: tuple[Any, ...] = (None, "", [])
VALUE = 200  # characters of a wrong value that are told
ASKED = 200  # values in one question to the store
NOTE = "note"  # the field that takes what a cell says beyond its own


Names = tuple[str, list[str]]


@dataclass
class Row:
    """One row: `number` is its line in the sheet, `said` what its cells say by field, `fate` what becomes of it."""

    number: int
    cells: Sequence[Cell]
    said: dict[str, Any] = field(default_factory=dict)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    fate: str = NEW
    record: Any = None
    parts: list[dict[str, Any]] = field(default_factory=list)  # what it says of further records beside its own
    beside: list[Any] = field(default_factory=list)  # those records
    more: list[str] = field(default_factory=list)  # lines for its note
    met: list[tuple[str, str, int | None]] = field(default_factory=list)  # (what to tell, about which, the record it is like)

    def refuse(self, reason: Any, column: str = "", value: Cell = None) -> None:
        self.fate = REFUSED
        self.problems.append((column, str(value if value is not None else "")[:VALUE], str(reason)))


@dataclass(frozen=True)
class ToMake:
    """A related record that is not there yet and may be made: its form is filled and valid."""

    form: Any


class Target:
    """A column of the sheet and the form field it goes to."""

    def __init__(self, index: int, label: str, name: str, field: forms.Field, model: type[Record]) -> None:
        self.index, self.label, self.name, self.field = index, label, name, field
        self.held = next((f for f in model._meta.concrete_fields if f.name == name), None)
        self.adapt = adapter(field, self.held)
        known = {type(check) for check in field.validators}
        self.checks = [check for check in self.held.validators if type(check) not in known] if self.held else []
        self.is_relation = isinstance(field, widgets.RelationFormField)
        # Cities and tags come again and again; 1, 1.0 and True are one key of a cache, so only texts go through it.
        self.clean_text = lru_cache(maxsize=200)(self.clean_new)

    def clean(self, cell: Cell) -> Any:
        """The value for the record. Raises BadValue or ValidationError with the sentence for the person."""
        value = self.clean_text(cell) if type(cell) is str else self.clean_new(cell)
        return value.copy() if isinstance(value, list) else value

    def clean_new(self, cell: Cell) -> Any:
        value = self.adapt(cell)
        if self.is_relation:
            return value.strip()
        value = self.field.clean(value)
        if self.held is not None and type(self.held) is not models.CharField and value not in EMPTY:
            value = self.held.to_python(value)
        for check in self.checks if value not in EMPTY else ():
            check(value)
        return value


def adapter(field: forms.Field, held: models.Field[Any, Any] | None) -> Callable[[Cell], Any]:
    """What a form field would have been typed, out of a cell."""
    match field:
        case widgets.PhoneFormField():
            return cells.as_phone_text
        case widgets.DayFormField():
            return cells.as_day
        case widgets.TickFormField() | widgets.YesNoFormField():
            return clean_yes_no
        case forms.ChoiceField():
            return lambda cell: chosen(field, cells.as_text(cell), isinstance(held, models.BooleanField))
    lines = isinstance(field.widget, forms.Textarea)
    # A field cleans the text itself: twice would cost twice.
    return lambda cell: cell if type(cell) is str else cells.as_text(cell, lines=lines)


def chosen(field: Any, text: str, yes_no: bool) -> str:
    """The constant of a choice by its label; of a choice between yes and no also by 是 and 否."""
    for key, label in field.choices:
        if text == str(label):
            return str(key)
    return str(clean_yes_no(text)) if yes_no and text and not field.valid_value(text) else text


class Lookup:
    """Records that a relation may point at, by what a sheet calls them: asked once per text, never the first namesake."""

    def __init__(self, field: widgets.RelationFormField, user: Any, missing: str) -> None:
        self.rows, self.user, self.missing = field.rows, user, missing
        model = self.rows.model
        names = [title_of(model), "number", getattr(model, "USERNAME_FIELD", "")]
        held = {f.name for f in model._meta.concrete_fields}
        self.title, self.names = names[0], [name for name in dict.fromkeys(names) if name in held]
        self.kind: Kind | None = getattr(model, "kind", None)
        may_make = (
            self.kind and self.kind.form and model._meta.label != settings.AUTH_USER_MODEL and self.kind.may(user, "create")
        )
        self.makes = missing == "create" and bool(may_make)
        self.known: dict[str, list[Any]] = {}

    def learn(self, texts: Iterable[str]) -> None:
        fresh = sorted(set(texts) - self.known.keys())
        for part in split(fresh, ASKED):
            found: dict[str, dict[int, Any]] = defaultdict(dict)
            for record in self.rows.filter(scope.union([Q(**{f"{name}__in": part}) for name in self.names])):
                for name in self.names:
                    found[str(getattr(record, name))][record.pk] = record
            self.known |= {text: list(found[text].values()) for text in part}

    def get(self, text: str) -> Any:
        """The record, ToMake, or None when it is to be left empty. Raises ValidationError."""
        found = self.known[text]
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(
                _("Several are called “%(text)s”. Give them different names, or leave this cell empty.") % {"text": text}
            )
        if self.makes and self.kind is not None:
            form = form_for(self.kind, self.user, {self.title: text})
            if form.is_valid():
                self.known[text] = [ToMake(form)]
                return self.known[text][0]
            raise ValidationError(_("“%(text)s” was not found, and cannot be made from its name alone.") % {"text": text})
        if self.missing == "empty":
            return None
        raise ValidationError(_("“%(text)s” was not found.") % {"text": text})

    def made(self, waiting: ToMake) -> Any:
        """The record behind `waiting`, made now. Call inside an action."""
        if waiting.form.instance.pk is None and self.kind is not None:
            self.kind.write(waiting.form, self.user)
        return waiting.form.instance

    def forget(self) -> None:
        """What was made in a transaction that was rolled back is not there."""
        self.known = {text: found for text, found in self.known.items() if not any(isinstance(one, ToMake) for one in found)}


class Reader:
    """What the columns of one sheet mean for one kind and one person.

    `mapping` {index of a column: field name}, `labels` the names of all columns, `duplicates` skip, update or create, `match` the
    one field that doubles share ("" = any of the kind's), `missing` (related records that are not found) create, empty or refuse.
    `stores`: chunks are written; else it is a trial run, which must remember the rows before itself.
    """

    def __init__(
        self,
        kind: Kind,
        user: Any,
        labels: Sequence[str],
        mapping: dict[int, str],
        *,
        duplicates: str,
        missing: str,
        stores: bool,
        match: str = "",
    ) -> None:
        self.kind, self.user, self.duplicates, self.stores = kind, user, duplicates, stores
        self.form = class_for(kind)(kind=kind, user=user)
        fields = self.form.fields
        self.targets = [
            Target(index, labels[index], name, fields[name], kind.model)
            for index, name in sorted(mapping.items())
            if name in fields and index < len(labels)
        ]
        self.columns = {target.name: target for target in self.targets}
        self.lookups = {
            t.name: Lookup(t.field, user, missing) for t in self.targets if isinstance(t.field, widgets.RelationFormField)
        }
        self.held = {f.name: f for f in kind.model._meta.concrete_fields}
        self.required = [n for n, f in fields.items() if f.required and not (n in self.held and self.held[n].has_default())]
        self.match_on = (match,) if match in kind.match_on else kind.match_on
        # Two may share a phone: with a name at hand it must fit too, unless the person chose the phone alone.
        self.by_name = len(self.match_on) > 1 and kind.title in self.columns
        self.takes_more = NOTE in fields and isinstance(self.held.get(NOTE), models.TextField)
        self.may_create = kind.may(user, "create")
        self.seen: dict[tuple[Any, ...], list[tuple[Names, Row | None]]] = {}

    def read(self, rows: list[Row]) -> None:
        """Decide the fate of each row, with the reasons where it is refused. Writes nothing."""
        for row in rows:
            self.clean(row)
        self.relate(rows)
        for row in rows:
            if row.fate == NEW:
                self.fill(row, self.kind.model())
        self.match([row for row in rows if row.fate == NEW])
        self.check_unique([row for row in rows if row.fate in (NEW, UPDATED)])
        if self.stores:
            self.ready([row for row in rows if row.record is not None and row.fate in (NEW, UPDATED)])

    def ready(self, rows: list[Row]) -> None:
        """All that can be made of the records before the store is locked."""
        for row in rows:
            row.beside = self.new_parts(row)
            for part in row.beside:
                part.prepare()
        search.draft([row.record for row in rows if row.fate == NEW])
        search.draft([part for row in rows for part in row.beside])

    def clean(self, row: Row) -> None:
        title = self.columns.get(self.kind.title)
        if total := guessing.total(row.cells, title.index if title else None):
            return row.refuse(_("This looks like a sum and was left out. If it is none, change its name."), "", total)
        width = len(row.cells)
        for target in self.targets:
            cell = row.cells[target.index] if target.index < width else None
            if cell is None:
                continue
            try:
                value = self.cleaned(row, target, cell)
            except (BadValue, ValidationError) as error:
                row.refuse(sentence(error), target.label, cell)
            else:
                if value not in EMPTY:
                    row.said[target.name] = value
        return None

    def cleaned(self, row: Row, target: Target, cell: Cell) -> Any:
        """The value of a cell. Of several numbers the first is the phone, and all of them stand in the note."""
        try:
            return target.clean(cell)
        except (BadValue, ValidationError):
            first, *others = cells.split_numbers(cell)
            if not (others and self.takes_more and isinstance(target.field, widgets.PhoneFormField)):
                raise
            value = target.clean(first)
            row.more.append(f"{target.label}：{cells.as_text(cell)}")
            row.met.append(("several", target.label, None))
            return value

    def relate(self, rows: list[Row]) -> None:
        for name, lookup in self.lookups.items():
            asking = [row for row in rows if name in row.said]
            lookup.learn(row.said[name] for row in asking)
            for row in asking:
                text = row.said.pop(name)
                try:
                    found = lookup.get(text)
                except ValidationError as error:
                    row.refuse(sentence(error), self.columns[name].label, text)
                else:
                    if found is not None:
                        row.said[name] = found

    def fill(self, row: Row, record: Record) -> None:
        """Give `record` what the row says, by way of the form's own `clean`; a record that is there keeps what it has beside."""
        form, adding = self.form, record._state.adding
        form.instance, form.cleaned_data, form._errors = record, dict(row.said), ErrorDict()
        form._clean_form()
        for name, errors in form._errors.items():
            row.refuse(" ".join(errors), self.label_of(name))
        if adding:
            self.demand(row)
        if row.fate == REFUSED:
            return
        for name, value in form.cleaned_data.items():
            mine = self.held.get(name)
            if mine is None or isinstance(value, ToMake):
                continue
            if adding or name in row.said or getattr(record, mine.attname) in EMPTY:
                setattr(record, name, value)
        for line in row.more:
            if line not in getattr(record, NOTE):
                setattr(record, NOTE, f"{getattr(record, NOTE)}\n{line}".strip())
        row.record = record
        row.parts.append(form.cleaned_data)
        record.prepare()
        self.check(row)

    def demand(self, row: Row) -> None:
        wrong = {column for column, _value, _reason in row.problems}
        for name in self.required:
            if name not in row.said and self.label_of(name) not in wrong:
                row.refuse(_("This is missing."), self.label_of(name))

    def label_of(self, name: str) -> str:
        if name in self.columns:
            return self.columns[name].label
        return str(self.form.fields[name].label) if name in self.form.fields else ""

    def check(self, row: Row) -> None:
        """The rules about one row that can be broken by what was said."""
        try:
            row.record.clean()
            for rule in self.rules(frozenset(row.parts[-1])):
                rule.validate(self.kind.model, row.record)
        except ValidationError as error:
            row.refuse(sentence(error))

    @lru_cache(maxsize=100)  # noqa: B019  a reader lives as long as its file
    def rules(self, names: frozenset[str]) -> list[Any]:
        rules = [c for c in self.kind.model._meta.constraints if isinstance(c, models.CheckConstraint)]
        return [rule for rule in rules if names & {name.removesuffix("_id") for name in named(rule.condition)}]

    def match(self, rows: list[Row]) -> None:
        """Find the record that each row means: in the store, in this chunk, in a trial run also in the chunks before."""
        if self.duplicates == "create" or not self.match_on:
            return self.allow(rows)
        found = self.stored(rows)
        pks = {record.pk for records in found.values() for record in records}
        mine = {verb: self.in_scope(pks, verb) for verb in ("view", "change")}
        for row in rows:
            keys, names = self.keys(row.record), self.names(row.record)
            same = ([one for one in found.get(key, ()) if self.agree(names, self.names(one))] for key in keys)
            record = self.one_of(row, next(filter(None, same), []), mine)
            twins = [twin for key in keys for its, twin in self.seen.get(key, ()) if self.agree(names, its)]
            if row.fate == REFUSED:
                continue
            if record is not None:
                self.meet(row, record)
            elif twins:
                self.join(row, twins[0])
            else:
                like = sorted((one.pk not in mine["view"], key[0], one.pk) for key in keys for one in found.get(key, ()))
                like += [(False, key[0], None) for key in keys if key in self.seen]
                row.met += [("like", name, pk) for _hidden, name, pk in like[:1]]
                for key in keys:
                    self.seen.setdefault(key, []).append((names, row))
                self.allow([row])
        return None

    def names(self, record: Record) -> Names:
        """What `record` is called: as people say it, and as the kind compares it."""
        return fold(str(record)), [getattr(record, name) for name in self.match_on if is_derived(self.held[name])]

    def agree(self, some: Names, others: Names) -> bool:
        """Whether the names of two that share a key can be those of one."""
        one, other = some[0], others[0]
        same = any(a == b != "" for a, b in zip(some[1], others[1], strict=True))
        return not self.by_name or same or one in other or other in one

    def keys(self, record: Record) -> list[tuple[Any, ...]]:
        """(column, value) by which `record` is found; a derived column only narrows: the titles must be alike too."""
        keys: list[tuple[Any, ...]] = []
        for name in self.match_on:
            if (value := getattr(record, name)) not in EMPTY:
                keys.append((name, value, fold(str(record))) if is_derived(self.held[name]) else (name, value))
        return keys

    def stored(self, rows: list[Row]) -> dict[tuple[Any, ...], list[Record]]:
        # Beyond the scope of the person: what a colleague has must not be made a second time. Nothing of it is told.
        everyone = scope.system("duplicate check of an import").rows(self.kind.model).live()
        found: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
        for name in self.match_on:
            values = {key[1] for row in rows for key in self.keys(row.record) if key[0] == name}
            for part in split(sorted(values), ASKED):
                for record in everyone.filter(**{f"{name}__in": part}):
                    for key in self.keys(record):
                        if key[0] == name:
                            found[key].append(record)
        return found

    def in_scope(self, pks: set[int], verb: str) -> set[int]:
        rows = scope.rows(self.kind.model, self.user, verb)
        return {pk for part in split(sorted(pks), ASKED) for pk in rows.filter(pk__in=part).values_list("pk", flat=True)}

    def one_of(self, row: Row, found: list[Record], mine: dict[str, set[int]]) -> Record | None:
        """The one record that the row means. Refuses it when that cannot be told, or is not for the person to change."""
        if not found:
            return None
        seen = [record for record in found if record.pk in mine["view"]]
        alike = [record for record in seen if fold(str(record)) == fold(str(row.record))] or seen
        if not seen:
            row.refuse(_("This is there already and belongs to a colleague."), self.label_of(self.kind.title), str(row.record))
        elif self.duplicates == "skip":
            return alike[0]
        elif len(alike) > 1:
            row.refuse(_("Several records are like this one: it cannot be told which to update."), "", str(row.record))
        elif alike[0].pk not in mine["change"]:
            row.refuse(_("This is there already, and you may not change it."), "", str(row.record))
        else:
            return alike[0]
        return None

    def meet(self, row: Row, record: Record) -> None:
        """The row is `record`, which is there already."""
        row.fate, row.parts = SKIPPED, []
        if self.duplicates == "update":
            self.fill(row, record)
            if row.fate != REFUSED and (record.changes() or self.new_parts(row)):
                row.fate = UPDATED
        if row.fate == SKIPPED:
            row.met = [("same" if self.duplicates == "update" else "there", "", record.pk)]

    def join(self, row: Row, first: Row | None) -> None:
        """The row says more of the one that an earlier row of this sheet makes; `first` is None when it is in a chunk before."""
        row.fate = SKIPPED
        if self.duplicates == "update" and first is not None:
            row.parts = []
            self.fill(row, first.record)
            if row.fate != REFUSED:
                first.parts += row.parts
        if self.duplicates == "update" and row.fate != REFUSED:
            row.fate = UPDATED
        else:
            row.met = [("there", "", None)]
        row.record = None

    def allow(self, rows: list[Row]) -> None:
        if not self.may_create:
            for row in rows:
                row.refuse(_("You may change what is there, but not add to it."))

    def check_unique(self, rows: list[Row]) -> None:
        """What must be unique, against the store in one query per chunk and within the chunk."""
        for rule in self.kind.model._meta.total_unique_constraints + self.conditional:
            if rule.expressions:
                self.check_each(rows, rule)
                continue
            taken: dict[tuple[Any, ...], int | None] = {}
            asked = [(row, key) for row in rows if row.record is not None and (key := self.unique_key(rule, row.record))]
            everyone = scope.system("uniqueness").rows(self.kind.model).live()
            for part in split([key for _row, key in asked], ASKED):
                same = scope.union([Q(**dict(zip(rule.fields, key, strict=True))) for key in part])
                taken |= {tuple(key): pk for pk, *key in everyone.filter(same).values_list("pk", *rule.fields)}
            for row, key in asked:
                if key in taken and taken[key] != (row.record.pk or id(row)):
                    row.refuse(rule.get_violation_error_message(), self.label_of(rule.fields[-1]), key[-1])
                taken.setdefault(key, row.record.pk or id(row))

    @cached_property
    def conditional(self) -> list[Any]:
        rules = self.kind.model._meta.constraints
        return [rule for rule in rules if isinstance(rule, models.UniqueConstraint) and (rule.condition or rule.expressions)]

    def unique_key(self, rule: Any, record: Record) -> tuple[Any, ...] | None:
        values = tuple(getattr(record, self.held[name].attname) for name in rule.fields)
        return None if None in values or "" in values else values

    def check_each(self, rows: list[Row], rule: Any) -> None:
        for row in rows:
            try:
                with scope.unguarded("uniqueness"):
                    rule.validate(self.kind.model, row.record)
            except ValidationError as error:
                row.refuse(sentence(error))

    def write(self, rows: list[Row]) -> None:
        """Store what `read` decided. Call inside an action."""
        for row in rows:
            for name, value in row.said.items():
                if isinstance(value, ToMake) and row.record is not None and row.fate in (NEW, UPDATED):
                    setattr(row.record, name, self.lookups[name].made(value))
        made = [row.record for row in rows if row.fate == NEW]
        for record in made:
            self.kind.begin(record, self.user)
        create_many(made, prepared=True)
        parts: dict[type[Record], list[Record]] = defaultdict(list)
        for row in rows:
            if row.record is None or row.fate not in (NEW, UPDATED):
                continue
            if row.fate == UPDATED:
                row.record.save()
            for part in row.beside:
                setattr(part, type(part).kind.root, row.record)  # which has its id only now
                parts[type(part)].append(part)
        for records in parts.values():
            create_many(records, prepared=True)

    def new_parts(self, row: Row) -> list[Record]:
        """What else the row says that is to be made: of a record that was there, only what it does not have by that name yet."""
        said = [part for one in row.parts for part in self.kind.parts(row.record, one)]
        if row.fate == NEW or not said:
            return list({(type(part), fold(str(part))): part for part in said}.values())
        return [part for part in said if fold(str(part)) not in self.names_at(row.record, type(part))]

    def names_at(self, record: Record, model: type[Record]) -> set[str]:
        there = scope.system("parts of a record in reach").rows(model).live().filter(**{model.kind.root: record.pk})
        return {fold(title) for title in there.values_list(model.kind.title, flat=True)}

    def done(self) -> None:
        """The chunk is finished: what it stored is found in the store from now on, a trial run remembers the keys alone."""
        self.seen = {} if self.stores else {key: [(names, None) for names, _row in twins] for key, twins in self.seen.items()}

    def undone(self) -> None:
        """The chunk was rolled back."""
        self.seen = {}
        for lookup in self.lookups.values():
            lookup.forget()


def named(condition: Q) -> Iterator[str]:
    """The columns that a condition speaks of."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from named(child)
        else:
            yield child[0].partition("__")[0]
            if isinstance(child[1], models.F):
                yield child[1].name


def sentence(error: BadValue | ValidationError) -> str:
    return error.sentence if isinstance(error, BadValue) else " ".join(map(str, error.messages))


def split(things: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), size):
        yield things[start : start + size]
