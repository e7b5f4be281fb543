"""What every kind promises at every door, as checks that raise AssertionError, on records made from the kind's fields alone.

Every text that a record is given holds a mark of its own, so that one knows from an answer alone whether it tells of the record.
"""

from __future__ import annotations

import datetime
import io
import itertools
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from unittest import mock

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext as _

from shuke.api import openapi
from shuke.core import files, forms, listing, scope, walks, widgets
from shuke.core import kind as kinds
from shuke.core.act import act, acting
from shuke.core.fields import MoneyField, PhoneField, WordsField, plain
from shuke.core.kind import Kind
from shuke.core.models import Batch, CustomField, Entry
from shuke.core.record import Record
from shuke.language import phones
from shuke.people import tokens
from shuke.people.models import FieldRight, Grant, Member, Role, User
from shuke.people.testing import Cast

DAY = "1985-03-02"
UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
every = scope.system("tests look behind the doors").rows


# Records of any kind


@dataclass
class Target:
    """A record, saved or not yet, and what each of its fields is marked by."""

    kind: Kind
    record: Record
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> set[str]:
        """All that would tell of it, as stored and as shown."""
        return {*self.marks.values(), *map(phones.shown, self.marks.values())}

    def url(self, what: str = "") -> str:
        return self.kind.url(self.record, what)

    def api(self, what: str = "") -> str:
        return f"/api/v1/{self.kind.path}/{self.record.pk}{what}"

    @property
    def now(self) -> Record:
        return every(self.kind.model).get(pk=self.record.pk)

    @property
    def entries(self) -> list[Entry]:
        found = Entry.objects.filter(kind=self.kind.key, record=self.record.pk)
        return list(found.select_related("batch").order_by("pk"))


class Builder:
    """Makes valid records of any kind."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def new(self, kind: Kind, owner: User, **said: Any) -> Target:
        """A record that is valid and not yet saved; what it requires is made first, of the same owner."""
        values, marks = self.values(kind)
        record = kind.model(**{**values, **said})
        for column in kind.model.journalled():
            if column.name == "owner":
                record.owner = owner
            elif column.is_relation and not column.null and column.name not in said:
                setattr(record, column.name, self.saved(column.related_model.kind, owner).record)
        return Target(kind, record, {name: mark for name, mark in marks.items() if name not in said})

    def values(self, kind: Kind) -> tuple[dict[str, Any], dict[str, str]]:
        """(a value for each column that is no relation, the marks in the texts among them)."""
        number, values, marks = next(self.numbers), {}, {}
        for place, column in enumerate(kind.model.journalled()):
            free = isinstance(column, WordsField) or not column.has_default()
            if column.editable and free and not column.is_relation and column.name != "number":
                values[column.name], mark = value_of(column, number, place)
                marks |= {column.name: mark} if mark else {}
        return values, marks

    def saved(self, kind: Kind, owner: User, **said: Any) -> Target:
        made = self.new(kind, owner, **said)
        with acting(owner.pk, "web"), act("created", kind=kind.key):
            kind.begin(made.record, owner)
            made.record.save()
        if kind.number:
            made.marks["number"] = made.record.number
        return made


def value_of(column: Any, number: int, place: int) -> tuple[Any, str]:
    """(a value that the column takes, the mark in it). Text says whose it is; of a closed set the first is taken."""
    word, phone = f"zq{number:04}k{place:02}", f"139{number:05}{place:03}"
    if isinstance(column, WordsField):
        return (column.to_python(word), word) if column.words is None else (column.get_default(), "")
    if column.choices:
        return next(key for key, _label in column.flatchoices if key), ""
    match column:
        case MoneyField():
            return Decimal(f"{number}.25"), ""
        case models.DateTimeField():
            return datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC), ""
        case models.DateField():
            return datetime.date(2026, 3, 2), ""
        case models.BooleanField():
            return False, ""
        case models.IntegerField() | models.DecimalField():
            return 7, ""
        case PhoneField():
            return phone, phone
    for text in (word, f"{word}@example.com", f"https://{word}.example.com/", phone, DAY):
        try:
            return column.clean(text, None), "" if text == DAY else text
        except ValidationError:
            continue
    if column.blank:
        return column.get_default(), ""
    raise AssertionError(f"{column} takes nothing that the builder knows")


def posted(form: Any) -> dict[str, Any]:
    """What a browser sends when this form is submitted as it was opened."""
    said = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in said.items() if value is not False and value not in (None, "", [])}


def as_json(form: Any) -> dict[str, Any]:
    """The same for the API."""
    return {name: spoken(form.fields[name], value) for name, value in posted(form).items() if name in openapi.writable(form)}


def spoken(column: Any, value: Any) -> Any:
    if isinstance(column, widgets.RelationFormField):
        return int(value)
    if isinstance(column, widgets.TickFormField):
        return bool(value)
    return value if isinstance(value, (list, bool)) else str(value)


# A firm with people who go in and out


class Visitor:
    """One person with a browser and a token. What was said in a toast is not carried to the next page."""

    def __init__(self, user: User) -> None:
        self.user = user
        english = {"Accept-Language": "en"}
        self.browser = Client(SERVER_NAME="localhost", headers=english)
        self.browser.force_login(user)
        token = tokens.make(user, "contract") if user.is_active else ""
        self.api = Client(SERVER_NAME="localhost", headers={**english, "Authorization": f"Bearer {token}"})

    def get(self, address: str, **headers: str) -> Any:
        return self.send("get", address, headers=headers)

    def post(self, address: str, said: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.send("post", address, said or {}, headers=headers)

    def send(self, method: str, address: str, *args: Any, **said: Any) -> Any:
        if address.startswith("/api/"):
            more = {} if method == "get" else {"content_type": "application/json"}
            return getattr(self.api, method)(address, *args, **more, **said)
        self.browser.cookies.pop("messages", None)
        return getattr(self.browser, method)(address, *args, **said)

    def count(self, kind: Kind) -> int:
        answer = self.get(f"/api/v1/{kind.path}")
        return answer.json()["count"] if answer.status_code == 200 else 0


class House:
    """The cast; Ann and Eve may do everything with what is their own, so that a closed door is closed by scope alone."""

    def __init__(self) -> None:
        self.cast, self.build = Cast(), Builder()
        self.keeper = self.role("keeper", "own")
        for user in (self.cast.ann, self.cast.eve):
            Member(user=user, role=self.keeper).save()
        people = (self.cast.boss, self.cast.ann, self.cast.eve, self.cast.nobody)
        self.visitors = {user.pk: Visitor(user) for user in people}
        self.looker = self.may_only_look()
        self.targets = {kind.path: self.make(kind) for kind in kinds.every()}

    def role(self, key: str, reach: str, verb: str = "*") -> Role:
        role = Role(key=key, name=key)
        role.save()
        Grant(role=role, on="*", verb=verb, reach=reach).save()
        return role

    def may_only_look(self) -> Visitor:
        """Somebody who sees every record and may do nothing with any."""
        user = self.cast.person("looker")
        Member(user=user, role=self.role("looker", "all", "view")).save()
        return Visitor(user)

    def visitor(self, user: User) -> Visitor:
        return self.visitors[user.pk]

    def sides(self, kind: Kind) -> tuple[Visitor, Visitor]:
        """(who is in, who is out) of a record, told by the scope alone and by no list of names.

        Where rows go by who they belong to, Ann and Eve; where all of them are open to Eve, whoever has no role is out; where
        she reaches none of them, the owner of the firm is in.
        """
        reached = kind.branches(self.cast.eve, "view")
        if reached == scope.EVERYTHING:
            return self.visitor(self.cast.boss), self.visitor(self.cast.nobody)
        inside = self.cast.boss if reached == scope.NOTHING else self.cast.ann
        return self.visitor(inside), self.visitor(self.cast.eve)

    def goes_by_owner(self, kind: Kind) -> bool:
        return kind.branches(self.cast.eve, "view") not in (scope.EVERYTHING, scope.NOTHING)

    def make(self, kind: Kind) -> Target:
        """A record of `kind` of who is in, with a change on record."""
        user = self.sides(kind)[0].user
        made = self.build.saved(kind, user)
        with acting(user.pk, "web"), act("changed", kind=kind.key):
            change(self.build, made)
        return made


def change(build: Builder, target: Target) -> None:
    """Give one text of the record another mark."""
    values, marks = build.values(target.kind)
    name = texts(target)[-1]
    setattr(target.record, name, values[name])
    target.marks[name] = marks[name]
    target.record.save()


def texts(target: Target) -> list[str]:
    """The fields with a mark that the form holds, the title first; of a kind without a form all that are no secret."""
    named = [name for name in target.kind.form if name in target.marks and isinstance(target.record.__dict__[name], str)]
    named = named or [name for name in target.marks if name not in target.record.secret and name not in target.kind.title]
    return sorted(named, key=lambda name: name != target.kind.title)


def text_of(answer: Any) -> str:
    """All that an answer tells: the body, where it sends one, and what lies in a workbook."""
    if answer.streaming:
        answer.read = getattr(answer, "read", None) or b"".join(answer.streaming_content)  # a stream is read once
    raw = answer.read if answer.streaming else answer.content
    if raw.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            raw = b"".join(book.read(name) for name in book.namelist())
    return raw.decode(errors="replace") + answer.get("Location", "")


def why(answer: Any) -> str:
    """What a refusal says, for the message of a failed check."""
    text = re.sub(r"<[^>]*>", " ", text_of(answer).partition("data-summary>")[2].partition("</ul>")[0] or text_of(answer)[:300])
    return f"{answer.status_code}: {' '.join(text.split())}"


def told(answer: Any, target: Target) -> set[str]:
    text = text_of(answer)
    return {word for word in target.words if word in text}


# Doors


@dataclass(frozen=True)
class Door:
    """One way to a record. `own`: its address is the record's, so missing (404) for who is out; `tells`: shows its marks."""

    name: str
    go: Callable[[House, Visitor, Target], Any]
    own: bool = True
    tells: bool = True
    when: Callable[[Kind], Any] = lambda kind: True

    def __str__(self) -> str:
        return self.name


def list_cursor(kind: Kind) -> str:
    """Where a list goes on that began with a newer record."""
    return listing.encode((2**40, 2**40), walks.NEWEST, kind)


def found_by(target: Target) -> str:
    return next(target.marks[name] for name in target.kind.search if name in target.marks)


def through_recent(house: House, visitor: Visitor, target: Target) -> Any:
    visitor.post("/seen/", {"kind": target.kind.path, "record": target.record.pk})
    return visitor.get("/search/", **{"HX-Request": "true"})


def through_file(house: House, visitor: Visitor, target: Target) -> Any:
    with acting(house.cast.boss.pk, "web"):
        attached = files.attach(target.record, SimpleUploadedFile("plan.txt", " ".join(target.words).encode()))
    return visitor.get(f"/files/{attached.pk}/")


def through_removal(house: House, visitor: Visitor, target: Target) -> Any:
    with acting(house.cast.boss.pk, "web"):
        attached = files.attach(target.record, SimpleUploadedFile("plan.txt", b"a"))
    return visitor.post(f"/files/{attached.pk}/remove/")


def through_trash(house: House, visitor: Visitor, target: Target) -> Any:
    with acting(house.cast.boss.pk, "web"):
        target.now.delete()
    return visitor.get(target.kind.url(what="trash/"))


def through_restore(house: House, visitor: Visitor, target: Target) -> Any:
    with acting(house.cast.boss.pk, "web"):
        target.now.delete()
    return visitor.post(target.url("restore/"))


def through_undo(house: House, visitor: Visitor, target: Target) -> Any:
    return visitor.get(f"/undo/{target.entries[-1].batch_id}/")


def edited(house: House, target: Target) -> dict[str, Any]:
    return posted(forms.form_for(target.kind, house.cast.boss, instance=target.now)) | {"version": target.now.version}


def patched(house: House, visitor: Visitor, target: Target) -> Any:
    name = texts(target)[0]
    return visitor.send("patch", target.api(), {name: getattr(target.now, name)}, headers={"If-Match": "*"})


def has_form(kind: Kind) -> bool:
    return bool(kind.form)


def first_verb(kind: Kind) -> str:
    return kind.actions[0].name


def asking(kind: Kind) -> list[str]:
    """The verbs that ask for something before they are done."""
    return [verb.name for verb in kind.actions if verb.form]


def title_is_marked(kind: Kind) -> bool:
    column = kind.model._meta.get_field(kind.title)
    return not column.choices


def is_deletable(kind: Kind) -> bool:
    """Some records are never deleted, and say so with a sentence: their model has a `delete` of its own that refuses."""
    return kind.model.delete is Record.delete


def attach(visitor: Visitor, target: Target) -> Any:
    return visitor.post(target.url("files/"), {"file": SimpleUploadedFile("a.txt", b"a")})


READS = [
    Door("list", lambda house, who, it: who.get(it.kind.url(what="?sort=-newest")), own=False),
    Door(
        "rows",
        lambda house, who, it: who.get(
            it.kind.url(what=f"?sort=-newest&cursor={list_cursor(it.kind)}"), **{"HX-Request": "true"}
        ),
        own=False,
    ),
    Door("csv", lambda house, who, it: who.get(f"/{it.kind.path}.csv?columns=all"), own=False),
    Door("xlsx", lambda house, who, it: who.get(f"/{it.kind.path}.xlsx"), own=False),
    Door(
        "list search", lambda house, who, it: who.get(it.kind.url(what=f"?q={found_by(it)}")), own=False, when=lambda k: k.search
    ),
    Door(
        "look-ahead",
        lambda house, who, it: who.get(it.kind.url(what=f"lookup/?q={found_by(it)}")),
        own=False,
        when=lambda k: k.search,
    ),
    Door("search page", lambda house, who, it: who.get(f"/search/?q={found_by(it)}"), own=False, when=lambda k: k.search),
    Door(
        "search box",
        lambda house, who, it: who.get(f"/search/?q={found_by(it)}", **{"HX-Request": "true"}),
        own=False,
        when=lambda k: k.search,
    ),
    Door("recently seen", through_recent, own=False, when=title_is_marked),
    Door("detail", lambda house, who, it: who.get(it.url())),
    Door("panel", lambda house, who, it: who.get(it.url(), **{"HX-Request": "true", "HX-Target": "panel"})),
    Door("edit form", lambda house, who, it: who.get(it.url("edit/")), when=has_form),
    Door("edit in place", lambda house, who, it: who.get(it.url(f"field/{texts(it)[0]}/")), when=has_form),
    Door("verb form", lambda house, who, it: who.get(it.url(f"do/{asking(it.kind)[0]}/")), tells=False, when=lambda k: asking(k)),
    Door("history", lambda house, who, it: who.get(it.url("history/"))),
    Door("undo page", through_undo, tells=False),
    Door("trash", through_trash, own=False, when=lambda k: is_deletable(k) and title_is_marked(k)),
    Door("file", through_file),
    Door("API list", lambda house, who, it: who.get(f"/api/v1/{it.kind.path}"), own=False),
    Door("API one", lambda house, who, it: who.get(it.api())),
]
WRITES = [
    Door("edit", lambda house, who, it: who.post(it.url("edit/"), edited(house, it)), when=has_form),
    Door("edit a field", lambda house, who, it: who.post(it.url(f"field/{texts(it)[0]}/"), edited(house, it)), when=has_form),
    Door("verb", lambda house, who, it: who.post(it.url(f"do/{first_verb(it.kind)}/")), when=lambda k: k.actions),
    Door("delete", lambda house, who, it: who.post(it.url("delete/"))),
    Door("restore", through_restore, when=is_deletable),
    Door("attach", lambda house, who, it: attach(who, it)),
    Door("remove a file", through_removal),
    Door("undo", lambda house, who, it: who.post(f"/undo/{it.entries[-1].batch_id}/")),
    Door("API patch", patched, when=has_form),
    Door("API delete", lambda house, who, it: who.send("delete", it.api())),
    Door("API verb", lambda house, who, it: who.post(it.api(f"/{first_verb(it.kind)}")), when=lambda k: k.actions),
]


# Scope


def check_read(house: House, kind: Kind, door: Door) -> None:
    """Who is in sees the record at this door; for who is out it is not there, and nothing tells of it."""
    target, (inside, outside) = house.targets[kind.path], house.sides(kind)
    with undone():
        answer = door.go(house, inside, target)
        assert answer.status_code == 200, f"{kind.path} {door}: {answer.status_code} for who is in"
        assert told(answer, target) or not door.tells, f"{kind.path} {door}: who is in sees nothing, so nothing is proved"
    with undone():
        answer = door.go(house, outside, target)
        leaked = told(answer, target)
        # What was asked for comes back in the box of the search; that alone tells nothing.
        leaked -= {found_by(target)} if "q=" in answer.wsgi_request.get_full_path() and not linked(answer, target) else set()
        assert not leaked, f"{kind.path} {door}: who is out reads {leaked}"
        assert answer.status_code == 404 or not door.own, f"{kind.path} {door}: {answer.status_code} for who is out"


def linked(answer: Any, target: Target) -> bool:
    text = text_of(answer)
    return target.url() in text or f'"{target.record.pk}"' in text


def check_write(house: House, kind: Kind, door: Door) -> None:
    """Who is in gets an answer at this door; for who is out, and for who may only look, it is missing, and nothing is written."""
    target, (inside, outside) = house.targets[kind.path], house.sides(kind)
    with undone():
        assert door.go(house, inside, target).status_code not in (403, 404, 405), f"{kind.path} {door}: shut to who is in"
    with undone():
        answer = door.go(house, outside, target)
        by_outside = [entry for entry in target.entries if entry.batch.actor_id == outside.user.pk]
        assert not by_outside, f"{kind.path} {door}: who is out has written {[entry.verb for entry in by_outside]}"
        assert answer.status_code == 404, f"{kind.path} {door}: {answer.status_code} for who is out"
        assert not told(answer, target), f"{kind.path} {door}: who is out reads {told(answer, target)}"
    with undone():
        assert house.looker.get(target.url()).status_code == 200, f"{kind.path}: who may look sees nothing, so nothing is proved"
        answer = door.go(house, house.looker, target)
        assert answer.status_code == 404, f"{kind.path} {door}: {answer.status_code} for who may only look"
        written = Batch.objects.filter(actor=house.looker.user)
        assert not written, f"{kind.path} {door}: who may only look has written {[batch.verb for batch in written]}"


def check_counts(house: House, kind: Kind) -> None:
    """One more record counts for who is in and not for who is out, in the list and in the API."""
    inside, outside = house.sides(kind)

    def counted(visitor: Visitor) -> tuple[int, str]:
        answer = visitor.get(kind.url())
        return visitor.count(kind), answer.context["count"] if answer.status_code == 200 else ""

    before, hidden = counted(inside), counted(outside)
    house.build.saved(kind, inside.user)
    assert counted(inside)[0] == before[0] + 1 and counted(inside)[1] != before[1]
    assert counted(outside) == hidden, f"{kind.path}: what is out of scope is counted"


def check_timeline(house: House, kind: Kind) -> None:
    """What stands on a page and has a narrower scope than the page leaves no trace on its timeline and in its history."""
    target, root = house.targets[kind.path], kinds.of_key(house.targets[kind.path].record.root_key()[0])
    assert root is not None
    page = root.url(target.record.root_key()[1])
    boss = house.visitor(house.cast.boss)

    def told_of(address: str, what: str) -> set[str]:
        text = str(boss.get(address).context[what])
        return {word for word in target.words if word in text}

    for address, what in ((page, "days"), (f"{page}history/", "entries")):
        assert told_of(address, what), f"{address}: tells nothing of {kind.path}, so nothing is proved"
        with narrowed(kind, target):
            leaked = told_of(address, what)
            assert not leaked, f"{address}: tells {leaked} of {kind.path} to who sees the page and not that"


@contextmanager
def narrowed(kind: Kind, target: Target) -> Iterator[None]:
    """As if the kind declared a scope of its own that takes in all but the target."""
    with mock.patch.object(type(kind), "branches", lambda self, user, verb: [~models.Q(pk=target.record.pk)]):
        yield


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# Relations: joins are a door too


def relations(kind: Kind) -> list[str]:
    """The relations of a kind, beside its root and its owner, to records that go by who they belong to."""
    found = []
    for column in kind.model.journalled():
        other = getattr(column.related_model, "kind", None) if column.is_relation and column.editable else None
        if other is not None and column.name not in (kind.root, "owner") and other.model is not User:
            found.append(column.name)
    return found


def check_relation(house: House, kind: Kind, name: str) -> None:
    """A relation to what is out of scope says so, names nothing, and cannot be used to find out."""
    ann, eve = house.visitor(house.cast.ann), house.cast.eve
    other = house.build.saved(kind.model._meta.get_field(name).related_model.kind, eve)
    target = house.build.saved(kind, ann.user, **{name: other.record})
    sign = _("(no right to see)")
    for door in READS:
        if door.when(kind) and door.name not in ("undo page", "verb form"):
            with undone():
                answer = door.go(house, ann, target)
                assert not told(answer, other), f"{kind.path}.{name} {door}: tells {told(answer, other)}"
                if name in kind.columns and door.name in ("list", "csv", "detail"):
                    assert sign in text_of(answer), f"{kind.path}.{name} {door}: does not say that there is something"
    assert ann.get(target.api()).json()[name] == {"id": None, "name": sign}
    for address in (kind.url(what=f"?{name}={other.record.pk}"), f"/api/v1/{kind.path}?{name}={other.record.pk}"):
        answer = ann.get(address)
        assert answer.status_code == 400 or not told(answer, target), f"{address}: found by what may not be seen"
        assert not told(answer, other)
    title = other.kind.title
    for word in (f"{name}__{title}", name):
        assert ann.get(kind.url(what=f"?sort={word}")).status_code == 400
    assert ann.get(kind.url(what=f"?{name}__{title}={other.marks.get(title, 'x')}")).status_code == 400


def pointing(kind: Kind) -> list[str]:
    """The relations that the form of a kind asks for, beside its root."""
    fields = forms.class_for(kind).base_fields.items() if kind.form else ()
    return [name for name, field in fields if isinstance(field, widgets.RelationFormField) and name != kind.root]


FAR = 987_654_321  # an id that stands nowhere by chance


def check_unseen(house: House, kind: Kind, name: str) -> None:
    """Of a relation to what is out of scope the form says so and sends nothing; form, API and import keep it as it is."""
    boss, related = house.visitor(house.cast.boss), kind.model._meta.get_field(name).related_model.kind
    other = house.build.saved(related, boss.user, id=FAR)
    is_owner = name == "owner"
    target = house.build.saved(kind, other.record) if is_owner else house.build.saved(kind, boss.user, **{name: other.record})
    text = texts(target)[-1]

    def kept(answer: Any, status: int) -> None:
        assert answer.status_code == status, f"{kind.path}.{name}: {why(answer)}"
        # Colleagues are named to everybody, so that one knows whose a record is.
        assert related.model is User or str(FAR) not in text_of(answer), f"{kind.path}.{name}: the id is told"
        assert related.model is User or not told(answer, other), f"{kind.path}.{name}: tells {told(answer, other)}"
        assert getattr(target.now, f"{name}_id") == FAR, f"{kind.path}.{name}: the relation is lost"

    with narrowed(related, other):
        page = boss.get(target.url("edit/"))
        kept(page, 200)
        assert str(FAR) not in text_of(page)
        assert f'name="{name}"' not in text_of(page) and f'name="{name}__text"' not in text_of(page)
        assert (other.record.name if related.model is User else _("(no right to see)")) in text_of(page)
        kept(boss.get(target.url(f"field/{name}/")), 200)
        assert related.model is User or f"field/{name}/" not in text_of(boss.get(target.url())), "offered to be changed in place"
        opened = posted(forms.form_for(kind, boss.user, instance=target.now))
        for value in (FAR, FAR + 1, "x"):
            answer = boss.post(target.url("edit/"), opened | {name: value, "version": target.now.version})
            kept(answer, 422)
            assert [str(said) for said in answer.context["form"].errors[name]] == [UNSEEN]
        fresh = house.build.values(kind)[1]
        kept(boss.post(target.url("edit/"), opened | {text: fresh[text], "version": target.now.version}), 302)
        assert plain_of(target.now, text) == fresh[text]
        patch = {text: house.build.values(kind)[1][text]}
        answer = boss.send("patch", target.api(), patch, headers={"If-Match": "*"})
        kept(answer, 200)
        assert plain_of(target.now, text) == patch[text]
        for value in (FAR, None):
            kept(boss.send("patch", target.api(), {name: value}, headers={"If-Match": "*"}), 422)
        if kind.match_on:
            kept(brought_in(boss, target, {text: (said := house.build.values(kind)[1][text])}), 200)
            assert plain_of(target.now, text) == said


UNSEEN = "You may not see what stands here, so it stays as it is. Save again to keep the rest."


def brought_in(visitor: Visitor, target: Target, values: dict[str, str]) -> Any:
    """The page of the record after an import that updates it by what it is found by."""
    from shuke.exchange import importing

    found_by = next(name for name in target.kind.match_on if name in target.marks)
    row = {target.kind.title: str(target.now), found_by: getattr(target.now, found_by), **values}
    sheet = "\n".join(",".join(f'"{cell}"' for cell in line) for line in (row.keys(), row.values()))
    imported = importing.begin(target.kind, SimpleUploadedFile("a.csv", sheet.encode()), "a.csv", visitor.user)
    importing.map_to(imported, dict(enumerate(row)), duplicates="update", missing="refuse")
    importing.check(imported)
    importing.start(imported)
    importing.run(imported)
    assert imported.counts == {"updated": 1}, imported.counts
    return visitor.get(target.url("history/"))


# Journal, undo, versions, idempotency


def check_journal(house: House, kind: Kind, door: str) -> None:
    """Create, change, delete and restore each leave one entry: who, by which door, what, old and new; secrets never."""
    boss, target = house.visitor(house.cast.boss), created(house, kind, door)
    assert target.entries, f"{kind.path}: nothing is on record"
    verbs, secrets = ["created"], {target.marks[name] for name in target.record.secret & target.marks.keys()}
    if kind.form:
        name = texts(target)[-1]
        old, new = plain_of(target.now, name), house.build.values(kind)[1][name]
        send_change(boss, target, {name: new}, door)
        assert target.entries[-1].changes == {name: [old, new]}
        verbs.append("changed")
    if is_deletable(kind):
        assert send_delete(boss, target, door).status_code in (204, 302)
        assert list(target.entries[-1].changes) == ["deleted_at"]
        assert boss.post(target.url("restore/")).status_code == 302
        verbs += ["deleted", "restored"]
    else:
        assert send_delete(boss, target, door).status_code == 422
    batches = [(entry.verb, entry.batch.actor_id, entry.batch.kind) for entry in target.entries]
    assert batches == [(verb, boss.user.pk, kind.key) for verb in verbs]
    doors = {entry.batch.door for entry in target.entries if entry.verb in ("created", "changed")}
    assert doors == {door}
    journal = json.dumps([entry.changes for entry in target.entries])
    assert not {secret for secret in secrets if secret in journal}


def created(house: House, kind: Kind, door: str = "web") -> Target:
    """A record that came in by the form or by the API; of a kind without a form, by the program."""
    boss = house.visitor(house.cast.boss)
    made = house.build.new(kind, boss.user)
    if not kind.form:
        with acting(boss.user.pk, door):
            made.record.save()
        return made
    form = forms.form_for(kind, boss.user, instance=made.record)
    before = set(every(kind.model).values_list("pk", flat=True))
    answer = boss.post(*((f"/api/v1/{kind.path}", as_json(form)) if door == "api" else (kind.url(what="new/"), posted(form))))
    assert answer.status_code in (201, 302), why(answer)
    (key,) = set(every(kind.model).values_list("pk", flat=True)) - before
    return Target(kind, every(kind.model).get(pk=key), made.marks)


def send_change(visitor: Visitor, target: Target, values: dict[str, Any], door: str = "web", **said: Any) -> Any:
    if door == "api":
        answer = visitor.send("patch", target.api(), values, headers={"If-Match": f'"{target.now.version}"'})
    else:
        form = forms.form_for(target.kind, visitor.user, instance=target.now)
        answer = visitor.post(target.url("edit/"), posted(form) | {"version": target.now.version, **values, **said})
    assert answer.status_code in (200, 302), why(answer)
    return answer


def send_delete(visitor: Visitor, target: Target, door: str) -> Any:
    return visitor.send("delete", target.api()) if door == "api" else visitor.post(target.url("delete/"))


def plain_of(record: Record, name: str) -> Any:
    column = record._meta.get_field(name)
    return plain(column, getattr(record, column.attname))


def live(record: Record) -> dict[str, Any]:
    """The values that people gave the record."""
    return {column.name: plain_of(record, column.name) for column in record.journalled()}


def check_undo(house: House, kind: Kind) -> None:
    """Undoing a change, a deletion and a restoration gives the live values back; undoing a creation puts into the trash."""
    boss, target = house.visitor(house.cast.boss), created(house, kind)

    def undo() -> Any:
        return boss.post(f"/undo/{target.entries[-1].batch_id}/")

    if kind.form:
        before = live(target.now)
        fresh = house.build.values(kind)[1]
        send_change(boss, target, {name: fresh[name] for name in texts(target)})
        assert live(target.now) != before
        assert undo().status_code == 302
        assert live(target.now) == before
    if not is_deletable(kind):
        assert boss.post(f"/undo/{target.entries[0].batch_id}/").status_code == 422
        return
    before = live(target.now)
    boss.post(target.url("delete/"))
    assert not target.now.is_live
    assert undo().status_code == 302
    assert live(target.now) == before
    boss.post(target.url("delete/"))
    gone = live(target.now)
    boss.post(target.url("restore/"))
    assert undo().status_code == 302
    assert live(target.now) == gone
    target = created(house, kind)
    assert undo().status_code == 302
    assert not target.now.is_live
    assert boss.get(target.url()).status_code == 404


def check_versions(house: House, kind: Kind) -> None:
    """A stale save shows both values and overwrites nothing; another field merges; the API says 412, and 428 without If-Match."""
    boss, target = house.visitor(house.cast.boss), created(house, kind)
    names = texts(target)
    opened = posted(forms.form_for(kind, boss.user, instance=target.now)) | {"version": target.now.version}
    theirs, yours = house.build.values(kind)[1], house.build.values(kind)[1]
    one = names[0]
    send_change(boss, target, {one: theirs[one]})
    answer = boss.post(target.url("edit/"), opened | {one: yours[one]})
    assert answer.status_code == 409
    assert [mark for mark in (theirs[one], yours[one]) if mark not in text_of(answer)] == []
    assert plain_of(target.now, one) == theirs[one]
    if len(names) > 1:
        other = names[1]
        assert boss.post(target.url("edit/"), opened | {other: yours[other]}).status_code == 302
        assert (plain_of(target.now, one), plain_of(target.now, other)) == (theirs[one], yours[other])
    said = {one: yours[one]}
    assert boss.send("patch", target.api(), said).status_code == 428
    assert boss.send("patch", target.api(), said, headers={"If-Match": '"1"'}).status_code == 412
    assert plain_of(target.now, one) == theirs[one]


def check_idempotency(house: House, kind: Kind, door: str) -> None:
    """The same form sent twice is done once with one answer; another one under its key is 409; a refused one uses up no key."""
    boss = house.visitor(house.cast.boss)
    one, two = (forms.form_for(kind, boss.user, instance=house.build.new(kind, boss.user).record) for _time in range(2))
    address, shape = (f"/api/v1/{kind.path}", as_json) if door == "api" else (kind.url(what="new/"), posted)
    before = every(kind.model).count()

    def send(said: dict[str, Any]) -> Any:
        headers = {"Idempotency-Key": "a key"} if door == "api" else {}
        return boss.post(address, said if door == "api" else said | {"_key": "a key"}, **headers)

    assert send({}).status_code == 422
    first = send(shape(one))
    assert first.status_code in (201, 302), why(first)
    again = send(shape(one))
    assert (again.status_code, text_of(again)) == (first.status_code, text_of(first))
    assert every(kind.model).count() == before + 1
    assert send(shape(two)).status_code == 409
    assert every(kind.model).count() == before + 1


# Custom fields

SAID = {  # type: (as typed into a form, as the API tells it)
    "text": ("zqtext", "zqtext"),
    "number": ("12.5", 12.5),
    "money": ("12.50", {"amount": "12.50", "currency": "CNY"}),
    "date": ("2026-03-02", "2026-03-02"),
    "choice": ("red", "red"),
    "choices": (["red", "blue"], ["red", "blue"]),
    "yesno": ("true", True),
}


def check_custom_fields(house: House, kind: Kind) -> None:
    """A field of the firm's own of each type is in form, detail, filter, export, API and import, like any other."""
    from shuke.exchange import importing

    boss = house.visitor(house.cast.boss)
    for place, (type, _said) in enumerate(SAID.items()):
        choices = ["red", "blue"] if type.startswith("choice") else []
        CustomField(on=kind.path, key=f"own_{type}", name=f"Own {type}", type=type, position=place, choices=choices).save()
    made = house.build.new(kind, boss.user)
    said = {f"x_own_{type}": typed for type, (typed, _told) in SAID.items()}
    page = text_of(boss.get(kind.url(what="new/")))
    assert [name for name in said if f'name="{name}"' not in page] == []
    other = created(house, kind)
    answer = boss.post(kind.url(what="new/"), posted(forms.form_for(kind, boss.user, instance=made.record)) | said)
    assert answer.status_code == 302, why(answer)
    target = Target(kind, every(kind.model).latest("pk"), made.marks)
    extra = {f"own_{type}": value for type, (_typed, value) in SAID.items()}
    said_by_api = boss.get(target.api()).json()["extra"]
    assert said_by_api == extra, f"{kind.path}: {said_by_api}"
    page = text_of(boss.get(target.url()))
    assert [type for type in SAID if f"Own {type}" not in page] == []
    sheet = text_of(boss.get(f"/{kind.path}.csv?columns=all"))
    assert [type for type in SAID if f"Own {type}" not in sheet] == []
    assert "zqtext" in sheet
    for type, (typed, _told) in SAID.items():
        word = typed[0] if isinstance(typed, list) else typed
        found = boss.get(f"/api/v1/{kind.path}?x_own_{type}={word}").json()["items"]
        assert [item["id"] for item in found] == [target.record.pk], f"{kind.path}: narrowed by {type}"
    assert boss.get(kind.url(what="?x_own_text=zqtext")).context["count"] == "1"
    fields = importing.fields_of(kind, boss.user)
    assert [name for name in said if name not in fields] == []
    patch = {"extra": {key: value for key, value in extra.items() if key != "own_money"} | {"own_money": "7.00"}}
    answer = boss.send("patch", other.api(), patch, headers={"If-Match": "*"})
    assert answer.json()["extra"] == extra | {"own_money": {"amount": "7.00", "currency": "CNY"}}


# Statements


def statements(send: Callable[..., Any], *args: Any) -> int:
    with CaptureQueriesContext(connection) as caught:
        answer = send(*args)
    assert answer.status_code in (200, 302), why(answer)
    return len([query for query in caught if not query["sql"].startswith(UNCOUNTED)])


def check_statements(house: House, kind: Kind) -> None:
    """List, record and creation take as many statements among 100 rows as among 10, and no more than the house allows."""
    user = house.sides(kind)[0].user
    visitor, counted = house.visitor(user), []
    target = house.build.saved(kind, user)
    beside = {kind.root: getattr(target.record, kind.root)} if kind.root else {}  # all on one page
    for more in (10, 40, 50):
        for _time in range(more):
            house.build.saved(kind, user, **beside)
        for address in (kind.url(), target.url()):
            visitor.get(address)
        counted.append(
            {
                "list": statements(visitor.get, kind.url()),
                "detail": statements(visitor.get, target.url()),
                "create": creation(house, kind, visitor),
            }
        )
    assert counted[0] == counted[1] == counted[2], f"{kind.path}: grows with the rows: {counted}"
    most = {"list": 5, "detail": 9, "create": 8 + beyond(kind)}
    over = {name: count for name, count in counted[0].items() if count > most[name]}
    assert not over, f"{kind.path}: more statements than {most}: {over}"


def beyond(kind: Kind) -> int:
    """Statements that a creation takes beyond the eight of a plain record.

    A look at each relation, each rule that the store is asked about, the words to filter by, three for a number; the firm's new
    revision, and the rights under it, which decide whether the toast offers the way back.
    """
    columns = [kind.model._meta.get_field(name) for name in forms.class_for(kind).base_fields if name in names_of(kind.model)]
    asked = sum(column.is_relation or column.unique for column in columns)
    rules = sum(isinstance(rule, models.UniqueConstraint) or type(rule) is models.CheckConstraint for rule in rules_of(kind))
    words = any(isinstance(column, WordsField) for column in kind.model._meta.concrete_fields)
    return asked + rules + words + 3 * bool(kind.number) + 6 * kind.model.configures


def rules_of(kind: Kind) -> list[Any]:
    return kind.model._meta.constraints


def names_of(model: type[Record]) -> set[str]:
    return {column.name for column in model._meta.concrete_fields}


def creation(house: House, kind: Kind, visitor: Visitor) -> int:
    if not kind.form or not kind.may(visitor.user, "create"):
        return 0
    form = forms.form_for(kind, visitor.user, instance=house.build.new(kind, visitor.user).record)
    return statements(visitor.post, kind.url(what="new/"), posted(form) | {"_key": f"key {next(house.build.numbers)}"})


# Field rights


def limited(house: House, kind: Kind, level: str, names: list[str]) -> Visitor:
    """Somebody who may do everything with every record, and sees these fields no further than `level`."""
    role = house.role(f"kept-{level}", "all")
    for name in names:
        FieldRight(role=role, on=kind.path, field=name, level=level).save()
    user = house.cast.person(f"kept{level}")
    Member(user=user, role=role).save()
    return Visitor(user)


def columns_told(target: Target) -> list[str]:
    """The marked columns that any door tells, beside the title, which stands for the record wherever it is named."""
    shown = {*target.kind.form, *target.kind.columns, *target.kind.facts}
    return [name for name in target.marks if name in shown and name != target.kind.title]


def check_field_rights(house: House, kind: Kind, level: str) -> None:
    """A hidden field is not there at any door, of a masked one the clear value is not; neither is searched, filtered, sorted."""
    target = house.targets[kind.path]
    names = columns_told(target)
    visitor, boss = limited(house, kind, level, names), house.visitor(house.cast.boss)
    words = {word for name in names for word in (target.marks[name], phones.shown(target.marks[name]))}
    told_at_all: set[str] = set()
    for door in READS:
        if not door.when(kind):
            continue
        if level == "hidden":
            with undone():
                told_at_all |= told(door.go(house, boss, target), target) & words
        with undone():
            leaked = told(door.go(house, visitor, target), target) & words if door.name != "file" else set()
            leaked -= {found_by(target)} if kind.search else set()
            assert not leaked, f"{kind.path} {door}: tells {leaked} of a {level} field"
    assert told_at_all or not names or level == "masked", f"{kind.path}: the fields are told nowhere, so nothing is proved"
    for name in names:
        mark = target.marks[name]
        found = [item["id"] for item in visitor.get(f"/api/v1/{kind.path}?q={mark}").json()["items"]]
        assert target.record.pk not in found, f"{kind.path}: found by the {level} field {name}"
        assert visitor.get(kind.url(what=f"?{name}={mark}")).status_code == 400, f"{kind.path}: narrowed by {name}"
    for word, column in kind.sorts.items():
        if {word, column} & set(names):
            assert visitor.get(kind.url(what=f"?sort={word}")).status_code == 400, f"{kind.path}: sorted by {word}"
    if level == "masked":
        item = visitor.get(target.api()).json()
        for name in names:
            if isinstance(kind.model._meta.get_field(name), PhoneField):
                assert item[name] == f"{target.marks[name][:3]}****{target.marks[name][-4:]}"
