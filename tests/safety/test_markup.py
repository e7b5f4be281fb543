"""What people type stays text on every page, and every answer carries the policy that would stop it if it did not."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from shuke.core import files, scope
from shuke.core import kind as kinds
from shuke.core.act import acting
from shuke.core.fields import PhoneField, WordsField
from shuke.core.models import CustomField, Firm, SavedView
from shuke.core.record import Record
from shuke.people.models import User
from tests.house.contract import House
from tests.safety.test_rights import every_address

pytestmark = pytest.mark.django_db
KINDS = kinds.every()

PAYLOAD = "\"'></title></textarea><zqx> onzq=1 &lt;zqx&gt;"  # closes what it may stand in, else is an attribute of its own
SCRIPT = "javascript:zq()"
LINKS = {"href", "src", "action", "formaction", "hx-get", "hx-post", "data-url"}
every = scope.system("tests look behind the doors").rows


class Marks(HTMLParser):
    """What on a page would be somebody else's: `found` names it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        names = {name: value or "" for name, value in attrs}
        inline = (tag == "script" and "src" not in names and names.get("type") != "application/json") or tag == "style"
        odd = [name for name in names if name.startswith(("on", "hx-on", "zq", "style", "srcdoc"))]
        leads = [
            name
            for name in LINKS & set(names)
            if "".join(names[name].split()).lower().startswith(("javascript:", "data:", "vbscript:"))
        ]
        if tag.startswith("zq") or inline or odd or leads:
            self.found.append(self.get_starttag_text() or tag)

    def handle_comment(self, text: str) -> None:
        self.found += [text] if "zq" in text else []


@pytest.mark.parametrize(
    "page",
    [
        "<p><zqx>",
        '<a href="x" onzq=1>',
        "<a onclick='x'>",
        "<a href=' java\nscript:x'>",
        "<script>x</script>",
        "<p style='x'>",
        "<!--zq-->",
    ],
)
def test_planted_markup_is_seen(page: str):
    assert Marks(page).found


def poisoned(record: Record) -> Record:
    """The record with markup in every column that holds free text, past all forms."""
    for column in record.journalled():
        free = isinstance(column, models.CharField | models.TextField) and not isinstance(column, PhoneField | models.SlugField)
        if isinstance(column, WordsField) and column.words is None and column.name != "modules":
            setattr(record, column.name, [PAYLOAD, SCRIPT])
        elif (
            free
            and not column.choices
            and column.name not in {*record.secret, "key", "login", "currency", "birthday", "day", "trade"}
        ):
            setattr(record, column.name, (SCRIPT if isinstance(column, models.URLField) else PAYLOAD)[: column.max_length])
    return record


@pytest.fixture
def hostile_house(house: House) -> House:
    """The firm of the contract, in which somebody wrote markup wherever one can write."""
    with acting(house.cast.boss.pk, "web"):
        firm = every(Firm).get()
        firm.name, firm.words = PAYLOAD, {"parties": PAYLOAD}
        firm.save()
        for place, type in enumerate(["text", "choice", "choices"]):
            CustomField(on="parties", key=f"own_{type}", name=PAYLOAD, type=type, choices=[PAYLOAD], position=place).save()
        SavedView(on="parties", name=PAYLOAD, query="q=" + PAYLOAD, owner=house.cast.boss, shared=True, pinned=True).save()
        files.attach(house.targets["parties"].record, SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n"))
        name = files.Attachment(
            on="parties.party", record=house.targets["parties"].record.pk, file=files.StoredFile.objects.get(), name=PAYLOAD
        )
        name.save()
        for user in every(User):
            poisoned(user).save()
        for kind in KINDS:
            record = poisoned(house.targets[kind.path].now)
            if kind.path == "parties":
                record.extra = {"own_text": PAYLOAD, "own_choice": PAYLOAD, "own_choices": [PAYLOAD]}
            record.save()
    return house


def browser(user: Any, **said: Any) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False, **said)
    client.force_login(every(User).get(pk=user.pk))
    return client


def test_what_people_type_is_text_on_every_page(hostile_house: House):
    house, client = hostile_house, browser(hostile_house.cast.boss)
    wrong: dict[str, list[str]] = {}

    def look(address: str, answer: Any) -> None:
        if not answer.streaming and answer.get("Content-Type", "").startswith("text/html"):
            found = Marks(answer.content.decode()).found
            wrong.update({address: found} if found else {})

    for _route, address in every_address(house):
        look(address, client.get(address))
    for kind in KINDS:
        target = house.targets[kind.path]
        for name in ("q", "sort", *kind.filters[:2], PAYLOAD):
            look(f"{kind.path}?{name}", client.get(kind.url(), {name: PAYLOAD}))
        look(f"{kind.path} panel", client.get(target.url(), headers={"HX-Request": "true", "HX-Target": "panel"}))
        look(f"{kind.path} filled", client.get(kind.url(what="new/"), dict.fromkeys(kind.form, PAYLOAD)))
        look(f"{kind.path} refused", client.post(kind.url(what="new/"), dict.fromkeys(kind.form, PAYLOAD * 90)))
        look(f"{kind.path} conflict", client.post(target.url("edit/"), {**dict.fromkeys(kind.form, PAYLOAD), "version": "1"}))
        look(f"{kind.path} view", client.post(kind.url(what="views/"), {"name": PAYLOAD, "query": f"q={PAYLOAD}"}))
    look("search", client.get("/search/", {"q": "zqx"}, headers={"HX-Request": "true"}))
    assert wrong == {}


def test_a_sheet_full_of_markup_is_text_on_every_step_of_its_import(house: House):
    client = browser(house.cast.boss)
    for payload in (PAYLOAD, SCRIPT):
        cell = payload.replace('"', '""')
        sheet = f'"客户名称","{cell}"\n"{cell}","{cell}"\n"{cell}","1"\n'.encode()
        address = client.post("/parties/import/", {"file": SimpleUploadedFile(f"{payload.replace('/', '')}.csv", sheet)})[
            "Location"
        ]
        for said in (
            {},
            {"columns": "1", "column-0": "name", "column-1": "debt"},
            {"columns": "1", "column-0": "name", "column-1": "note"},
            {},
        ):
            if said:
                client.post(address, said)
            assert Marks(client.get(address).content.decode()).found == []
        client.post(address)
        assert Marks(client.get(address).content.decode()).found == []
        assert Marks(client.get("/parties/import/").content.decode()).found == []


def test_a_page_says_what_was_typed_and_not_what_it_would_be_as_markup(house: House):
    party = house.targets["parties"].now
    party.note = "<b>fett</b> & 'so'"
    party.save()
    text = browser(house.cast.boss).get(f"/parties/{party.pk}/").content.decode()
    assert "&lt;b&gt;fett&lt;/b&gt; &amp; &#x27;so&#x27;" in text


# Headers

POLICY = {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"}
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"}


def answers(house: House) -> dict[str, Any]:
    """One answer of each sort, by name."""
    client, stranger = browser(house.cast.boss), Client(SERVER_NAME="localhost", raise_request_exception=False)
    party, strict = house.targets["parties"], browser(house.cast.boss, enforce_csrf_checks=True)
    with mock.patch("shuke.core.pages.list_context", side_effect=ZeroDivisionError):
        failed = client.get("/parties/")
    return {
        "200 page": client.get("/parties/"),
        "200 rows": client.get("/parties/", headers={"HX-Request": "true"}),
        "200 sign-in": stranger.get("/sign-in/"),
        "200 csv": client.get("/parties.csv"),
        "200 xlsx": client.get("/parties.xlsx"),
        "200 api": client.get("/api/v1/parties"),
        "200 static": client.get("/static/css/shuke.css"),
        "302 sign-in": stranger.get("/parties/"),
        "302 saved": client.post(party.url("delete/")),
        "400 host": client.get("/", headers={"Host": "evil.example"}),
        "400 query": client.get("/parties/?nothing=1"),
        "400 nul": client.get("/parties/?q=%00"),
        "400 many": client.get("/parties/?" + "&".join(f"a{n}=1" for n in range(2500))),
        "401 api": stranger.get("/api/v1/parties"),
        "403 token": strict.post("/parties/new/"),
        "404 page": client.get("/nothing/"),
        "404 static": client.get("/static/nothing.css"),
        "405 method": client.get("/seen/"),
        "422 form": client.post("/parties/new/"),
        "422 sentence": client.post(house.targets["contacts"].url("files/")),
        "500 page": failed,
    }


def test_every_answer_carries_the_policy(house: House):
    for name, answer in answers(house).items():
        assert answer.status_code == int(name[:3]), f"{name}: {answer.status_code}"
        said = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
        assert said >= POLICY, name
        assert "unsafe" not in answer["Content-Security-Policy"], name
        assert {header: answer.get(header) for header in ALWAYS} == ALWAYS, name


def test_what_is_read_signed_in_is_kept_by_no_cache(house: House):
    for name, answer in answers(house).items():
        if not {"static", "host", "nul"} & set(name.split()) and name not in ("302 sign-in", "401 api", "200 sign-in"):
            assert "no-store" in answer.get("Cache-Control", ""), name


def test_no_cookie_is_for_scripts_or_other_sites(house: House):
    for name, answer in answers(house).items():
        for cookie in (morsel for morsel in answer.cookies.values() if morsel.value):
            assert cookie["httponly"] or cookie.key == "theme", f"{name}: {cookie.key}"
            assert cookie["samesite"] == "Lax", f"{name}: {cookie.key}"


def test_a_failure_tells_nothing_of_the_program(house: House):
    with mock.patch("shuke.core.pages.list_context", side_effect=ZeroDivisionError("secret")):
        answer = browser(house.cast.boss).get("/parties/")
    text = answer.content.decode()
    assert answer.status_code == 500
    assert not [word for word in ("secret", "Traceback", "ZeroDivision", "/shuke/", "Django") if word in text]


def test_a_file_is_a_page_of_nobodys(house: House):
    with acting(house.cast.ann.pk, "web"):
        attached = files.attach(house.targets["parties"].record, SimpleUploadedFile("x.html", b"<script>alert(1)</script>"))
    answer = browser(house.cast.ann).get(f"/files/{attached.pk}/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {header: answer.get(header) for header in ALWAYS} == ALWAYS
