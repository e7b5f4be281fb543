"""Whatever is sent to whatever address, the answer is right or a sentence; what is refused leaves nothing behind."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import event, given
from hypothesis import strategies as st

from shuke.core import forms
from shuke.core import kind as kinds
from shuke.core.kind import Kind
from shuke.core.models import CustomField
from shuke.exchange.models import Import
from tests.house.contract import House, posted, undone
from tests.safety import hostile
from tests.safety.hostile import BOUNDARY, rounds

pytestmark = pytest.mark.django_db
KINDS = kinds.every()
FORMED = [kind for kind in KINDS if kind.form]
TYPES = ["text", "number", "money", "date", "choice", "choices", "yesno"]


def browser(user: Any, **said: Any) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False, **said)
    client.force_login(user)
    return client


@pytest.fixture
def fields(house: House) -> None:
    """A field of the firm's own of every type, on parties."""
    for place, type in enumerate(TYPES):
        CustomField(on="parties", key=f"own_{type}", name=type, type=type, choices=["甲", "乙"], position=place).save()


def answered(client: Client, method: str, address: str, body: bytes = b"", kind: str = "", **sent: Any) -> Any:
    """The answer, which is no failure, tells nothing of the program, and has left nothing behind when it is a refusal."""
    before = hostile.counts()
    answer = client.generic(method, address, body, content_type=kind, **sent)
    assert answer.status_code < 500, f"{method} {address[:300]} → {answer.status_code}"
    text = b"" if answer.streaming else answer.content
    assert b"Traceback" not in text
    assert b"django." not in text
    if answer.status_code >= 400:
        assert hostile.counts() == before, f"{method} {address[:300]} → {answer.status_code}, and something was left behind"
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


@st.composite
def addresses(draw: Any) -> tuple[Kind, str, bool]:
    """(kind, address without a query, whether its record is one that is there)."""
    kind = draw(st.sampled_from(KINDS))
    route = draw(st.sampled_from(hostile.routes()))
    there = draw(st.booleans())
    word = hostile.texts.map(lambda text: quote(text, safe=""))
    verbs = [*(action.name for action in kind.actions), *hostile.fields(kind)]
    values = {
        "path": kind.path if there else draw(st.sampled_from([k.path for k in KINDS]) | word),
        "pk": "{pk}"
        if there
        else draw(st.integers(0, 99).map(str) | st.sampled_from(["0", "9" * 19, "9" * 5000, "-1", "%00"]) | word),
        "name": draw(st.sampled_from(verbs) | word),
        "token": draw(word),
    }
    return kind, hostile.filled(route, **values), there


@st.composite
def bodies(draw: Any, kind: Kind) -> tuple[str, bytes]:
    """(content type, body): as a browser sends it, broken in the middle, or of another sort altogether."""
    said, files = draw(hostile.pairs(kind)), draw(st.lists(hostile.uploads, max_size=2))
    type = draw(st.sampled_from(hostile.TYPES))
    whole = draw(
        st.sampled_from([hostile.multipart(said, files), hostile.encoded(said).encode(), *hostile.JSON]) | st.binary(max_size=60)
    )
    return type, whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole


@pytest.mark.parametrize("who", ["boss", "ann"])
def test_no_request_makes_the_server_fail_and_none_is_half_done(house: House, fields: None, who: str):
    client = browser(getattr(house.cast, who))

    @rounds(450)
    @given(st.data(), addresses(), st.sampled_from(["GET", "POST", "POST", "HEAD", "PUT", "OPTIONS"]), hostile.headers)
    def attack(data: Any, place: tuple[Kind, str, bool], method: str, headers: dict[str, str]) -> None:
        kind, address, _there = place
        address = address.replace("{pk}", str(house.targets[kind.path].record.pk))
        query = hostile.encoded(data.draw(hostile.pairs(kind)))
        type, body = data.draw(bodies(kind)) if method in ("POST", "PUT") else ("", b"")
        jar = client.cookies.copy()
        with undone():
            answer = answered(client, method, f"{address}?{query}", body, type, headers=headers)
        event(f"{method} {answer.status_code}")
        client.cookies = jar

    attack()


def test_no_query_string_makes_a_list_fail(house: House, fields: None):
    client = browser(house.cast.ann)

    @rounds(250)
    @given(st.data(), st.sampled_from(KINDS))
    def ask(data: Any, kind: Kind) -> None:
        ending = data.draw(st.sampled_from(["/", "/", ".csv", ".xlsx", "/lookup/", "/filter/", "/new/"]))
        query = hostile.encoded(data.draw(hostile.pairs(kind)))
        with undone():
            answered(client, "GET", f"/{kind.path}{ending}?{query}")

    ask()


# A form that is refused


class Page(HTMLParser):
    """What stands in the boxes of a page, and the sentences at them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.ids: dict[str, str] = {}
        self.area = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        said = dict(attrs)
        name = said.get("name") or ""
        if tag == "textarea":
            self.area = name
            self.values[name] = [""]
        if (tag == "input" and said.get("type") not in ("checkbox", "radio")) or (tag == "input" and "checked" in said):
            self.values.setdefault(name, []).append(said.get("value") or "")
        if tag == "option" and "selected" in said:
            self.values.setdefault("option", []).append(said.get("value") or "")
        self.ids |= {said["id"]: self.get_starttag_text() or ""} if said.get("id") else {}

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, text: str) -> None:
        if self.area:
            self.values[self.area][0] += text


def free(form: Any) -> list[str]:
    """The fields of a form in which one types."""
    closed = ("Select", "Chips", "MultiChips", "Checkbox", "NullBooleanSelect", "RadioSelect", "SecretInput")
    return [name for name, field in form.fields.items() if type(field.widget).__name__ not in closed]


@pytest.mark.parametrize("kind", FORMED, ids=lambda kind: kind.path)
def test_a_refused_form_comes_back_with_what_was_typed_and_the_sentence_at_its_field(house: House, fields: None, kind: Kind):
    client, user = browser(house.cast.boss), house.cast.boss
    target = house.targets[kind.path]
    form = forms.form_for(kind, user)
    names = [name for name in free(form) if name not in form.unasked]

    @rounds(25)
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(names, hostile.texts)), st.booleans())
    def send(said: dict[str, str], new: bool) -> None:
        form = forms.form_for(kind, user, instance=None if new else target.now)
        whole = {**posted(form), **said, **({} if new else {"version": target.now.version})}
        before = hostile.counts()
        with undone():
            answer = client.post(kind.url(what="new/") if new else target.url("edit/"), whole)
            assert answer.status_code in (302, 422), answer.status_code
            if answer.status_code == 302:
                return
            assert hostile.counts() == before
        page = Page(answer.content.decode())
        for name in set(said) & set(form.fields):
            shown = page.values.get(name, []) + page.values.get(f"{name}__text", [])
            # A browser sends \r\n for a line end and drops the first one of a box of lines.
            assert any(lines(said[name]) == lines(value) for value in shown), f"{name}: {said[name]!r} came back as {shown!r}"
        for name in answer.context["form"].errors:
            assert name == "__all__" or f"{answer.context['form'][name].auto_id}_error" in page.ids, f"no sentence at {name}"

    send()


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


# Files


@pytest.mark.parametrize("name", hostile.FILE_NAMES)
def test_a_file_of_any_name_is_kept_under_a_plain_one_or_refused_with_a_sentence(house: House, name: str):
    client = browser(house.cast.ann)
    body = hostile.multipart([("_key", name.encode()[:20])], [("file", name, b"\x89PNG\r\n\x1a\n")])
    answer = answered(client, "POST", house.targets["parties"].url("files/"), body, f"multipart/form-data; boundary={BOUNDARY}")
    assert answer.status_code in (302, 400, 422)


@pytest.mark.parametrize("held", hostile.UPLOADS, ids=lambda held: repr(held[:12]))
def test_a_file_is_shown_in_place_only_when_its_bytes_are_a_pictures(house: House, held: bytes):
    client, target = browser(house.cast.ann), house.targets["parties"]
    answer = client.post(target.url("files/"), {"file": SimpleUploadedFile("a.svg", held, "image/svg+xml")})
    if not held:
        assert answer.status_code == 422
        return
    page = client.get(target.url()).content.decode()
    address = max((part.partition('"')[0] for part in page.split('href="/files/')[1:]), key=lambda part: int(part.strip("/")))
    answer = client.get(f"/files/{address}")
    inline = not answer["Content-Disposition"].startswith("attachment") if "Content-Disposition" in answer else True
    assert answer["Content-Type"] in ("image/png", "image/gif", "application/pdf", "application/zip", "application/octet-stream")
    assert not inline or answer["Content-Type"] in ("image/png", "image/gif", "application/pdf")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; sandbox")


@pytest.mark.parametrize("held", hostile.UPLOADS, ids=lambda held: repr(held[:12]))
@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods", "csv"])
def test_what_is_no_sheet_is_refused_with_a_sentence(house: House, held: bytes, ending: str):
    client = browser(house.cast.boss)
    body = hostile.multipart([], [("file", f"a.{ending}", held)])
    answer = answered(client, "POST", "/parties/import/", body, f"multipart/form-data; boundary={BOUNDARY}")
    assert answer.status_code in (302, 422)
    assert answer.status_code == 302 or answer.context["error"]


def test_no_step_of_an_import_fails(house: House):
    client = browser(house.cast.boss)
    sheet = "客户名称,电话\n甲,13800138000\n乙,²\n<b>,\n".encode()
    address = client.post("/parties/import/", {"file": SimpleUploadedFile("a.csv", sheet)})["Location"]
    options = st.sampled_from(["name", "phone", "owner", "debt", "skip", "update", "create", "refuse"]) | hostile.texts
    keys = ["columns", "sheet", "column-0", "column-1", "column-7", "duplicates", "missing", "_key"]

    @rounds(40)
    @given(
        st.dictionaries(st.sampled_from(keys), options, max_size=5),
        st.sampled_from(["", "undo/", "problems.xlsx"]),
        st.booleans(),
    )
    def step(said: dict[str, str], what: str, post: bool) -> None:
        with undone():
            before = Import.objects.count()
            body = hostile.encoded([(name, value.encode()) for name, value in said.items()]).encode()
            answered(client, "POST" if post else "GET", address + what, body, hostile.TYPES[0])
            answered(client, "GET", address)
            assert Import.objects.count() == before

    step()


# Who is not signed in


def test_no_request_of_a_stranger_makes_the_server_fail(house: House):
    open_routes = sorted({route for route, view in hostile.addresses() if view.right == "open"})

    @rounds(80)
    @given(st.data(), st.sampled_from(open_routes), st.sampled_from(["GET", "POST"]), hostile.headers)
    def attack(data: Any, route: str, method: str, headers: dict[str, str]) -> None:
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        address = hostile.filled(route, token=quote(data.draw(hostile.texts), safe=""))
        said = data.draw(
            st.dictionaries(st.sampled_from(["login", "password", "next", "token", "theme", "_key"]), hostile.raw, max_size=5)
        )
        with undone():
            query = hostile.encoded(list(said.items()))
            type = data.draw(st.sampled_from(hostile.TYPES))
            answered(client, method, f"{address}?{query}", query.encode(), type, headers=headers)

    attack()
