"""What somebody may send who means no good: every address of the product, and values that no form would send by itself."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, quote_from_bytes

from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from shuke.core import forms
from shuke.core.kind import Kind

ROUNDS = int(os.environ.get("SHUKE_FUZZ", "1"))
BOUNDARY = "zqzqzq"

# What every example may write, refused or not: tries are counted, sessions opened, bytes are kept once by their content.
KEPT = {"people.SignInTry", "people.Session", "core.StoredFile"}


def rounds(examples: int) -> settings:
    """So many examples, the same in every run; SHUKE_FUZZ=n makes n times as many, and others."""
    return settings(
        max_examples=examples * ROUNDS,
        derandomize=ROUNDS == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )


def addresses(resolver: Any = None, before: str = "/") -> Iterator[tuple[str, Any]]:
    """(route, view) of every address in the urlconf."""
    for part in (resolver or get_resolver()).url_patterns:
        if isinstance(part, URLResolver):
            yield from addresses(part, before + str(part.pattern))
        elif isinstance(part, URLPattern):
            yield before + str(part.pattern), part.callback


def filled(route: str, **values: Any) -> str:
    """A route with values in its places: path, pk, name, token; what else names a record is the one called pk."""
    return re.sub("<[a-z]+:([a-z]+)>", lambda place: str(values.get(place[1], values.get("pk", 1))), route)


@cache
def routes() -> list[str]:
    return sorted({route for route, _view in addresses()})


def counts() -> dict[str, int]:
    """Rows by table, in one statement: what a refused request must not change."""
    tables = [m._meta.db_table for m in apps.get_models() if m._meta.managed and m._meta.label not in KEPT]
    with connection.cursor() as store:
        store.execute(" UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM {table}" for table in tables))
        return dict(store.fetchall())


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea></title></option><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}",
    "<!--",
    "&lt;b&gt;&#60;b&#62;",
    "` onfocus=alert(1) autofocus=`",
]
ODD = [
    "", " ", "\0", "a\0b", "²", "٣", "①", "-1", "0", "-0", "1e400", "1" + "0" * 400, "NaN", "Infinity",
    "-9223372036854775809", "9223372036854775807", "9223372036854775808", "9000000000000000000", "99999999999999999.99",
    "0x10", "1_000", "1,2,3", "0.1e-400", "2026-02-30", "0000-00-00", "99999-01-01", "2026-01-01T25:61", "1/2/2026",
    "闰十三月三十一", "true", "None", "null", "[]", "{}", "[1]", "' OR 1=1 --", "'; DROP TABLE parties_party; --",
    "id) OR (1=1", "name__startswith", "owner__password", "-pk", "?", "%", "%s", "_", "../../etc/passwd", "..\\..\\x",
    "\u202egnp.exe", "\u200b", "\ufeff", "\ud7ff", "\ufffe", "👩‍👩‍👧‍👦", "ﷺ" * 30, "é" * 3, "\r\nSet-Cookie: a=b",
    "a" * 70, "好" * 5000, "x" * 20001, "me", "none", "*", "all", "yes", "//evil.example/", "https://evil.example/",
    "/\\evil.example", *PAYLOADS,
]  # fmt: skip
# Half characters do not pass through a text: they come as bytes, percent-encoded or raw.
BYTES = [b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xaf", b"%u0000", b"%", b"%zz", "客户".encode("gb18030"), b"\xf4\x90\x80\x80"]

texts = st.sampled_from(ODD) | st.text(st.characters(codec="utf-8"), max_size=12)
raw = texts.map(lambda text: text.encode()) | st.sampled_from(BYTES) | st.binary(max_size=8)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40)

NAMES = (
    "_key version asked q sort cursor limit columns as shown before next query shared"
    " pinned kind record file sheet column-0 column-1"
    " duplicates missing theme language name login password old new token firm start peers to level tag role department"
).split()


@cache
def fields(kind: Kind) -> list[str]:
    """All that this kind may be told at any door: its form, filters and columns, and names that it does not know."""
    own = [*forms.class_for(kind).base_fields, *kind.filters, *kind.columns] if kind.form else [*kind.columns]
    ranges = [f"{name}__{end}" for name in kind.filters for end in ("from", "to", "text", "in", "startswith")]
    return list(
        dict.fromkeys([*own, *ranges, "x_area", "x_area__from", "x_none", "id", "owner", "owner__password", "deleted_at"])
    )


def pairs(kind: Kind) -> st.SearchStrategy[list[tuple[str, bytes]]]:
    """Fields of a form or of a query string; some come twice."""
    known = st.sampled_from([*fields(kind), *NAMES])
    return st.lists(st.tuples(known | st.text(st.characters(codec="utf-8"), max_size=5), raw), max_size=6)


def encoded(said: list[tuple[str, bytes]]) -> str:
    return "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in said)


def multipart(said: list[tuple[str, bytes]], files: list[tuple[str, str, bytes]] = ()) -> bytes:
    """A body as a browser sends it. `files` [(field, file name, bytes)]; names go out as they are, not escaped."""
    parts = [b'Content-Disposition: form-data; name="%b"\r\n\r\n%b' % (name.encode(), value) for name, value in said]
    for field, name, held in files:
        head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
        parts.append(head.encode("utf-8", "surrogateescape") + held)
    return b"".join(b"--%b\r\n%b\r\n" % (BOUNDARY.encode(), part) for part in parts) + f"--{BOUNDARY}--\r\n".encode()


def sheet(cells: str, entry: str = "xl/worksheets/sheet1.xml", times: int = 1) -> bytes:
    """A workbook with this text in its only sheet, `times` over."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        # With the day a zip begins with, not the clock's: two workers must collect the same tests.
        book.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        book.writestr(zipfile.ZipInfo(entry), cells * times, zipfile.ZIP_DEFLATED)
    return held.getvalue()


UPLOADS = [
    b"",
    b"\0" * 100,
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<html><script>alert(1)</script>",
    b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    b"GIF89a/*<script>*/",
    b"%PDF-1.7 nothing more",
    b"PK\x03\x04 broken",
    sheet("<a>" + "A" * 10000, times=3000),
    sheet('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    "客户名称,电话\n=1+1,13800138000\n".encode("gb18030"),
    b"name,phone\n" + b'"' * 1001,
    b"\xff\xfe" + "name\n\ud83d".encode("utf-16-le", "surrogatepass"),
]
FILE_NAMES = [
    "a.xlsx", "a.csv", "../../../../tmp/x.csv", "..", ".", "\0.csv", "x" * 300 + ".csv", "\u202exlsx.exe", "a.svg", "a.html",
    "<img src=x onerror=alert(1)>.png", "CON", "a\r\nb.csv", "名" * 120 + ".csv", "a.xls", "a.ods", '"; filename="b.csv',
]  # fmt: skip
uploads = st.tuples(
    st.sampled_from(["file", "name", "picture"]), st.sampled_from(FILE_NAMES), st.sampled_from(UPLOADS) | st.binary(max_size=20)
)

HEADERS = (
    "Host X-Forwarded-Host X-Forwarded-Proto X-Forwarded-For X-Original-URL Referer Origin If-Match If-None-Match"
    " If-Modified-Since Idempotency-Key Accept Accept-Language Accept-Encoding Range Cookie Authorization User-Agent"
    " HX-Request HX-Target HX-Trigger-Name HX-Current-URL HX-Boosted HX-History-Restore-Request"
    " X-HTTP-Method-Override X-CSRFToken"
).split()
LIKELY = [
    "true", "panel", "localhost", "evil.example", "127.0.0.1:99999", "localhost:x", "[::1", "a" * 3000, "bytes=0-",
    "bytes=9-1,-0", "en", "zh-hans;q=2", "x" * 600, "*", 'W/"1"', "foo", "today", "//evil.example", "http://[",
    "theme=dark; sessionid=\xff; csrftoken=\"", "messages=x:y; django_language=../../x; sessionid=" + "a" * 400, "Bearer ",
    "Bearer \xe5", "1.2.3.4, ::ffff:1.2.3.4%eth0", "\x80",
]  # fmt: skip
headers = st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(LIKELY) | printable, max_size=3)
TYPES = [
    "application/x-www-form-urlencoded",
    f"multipart/form-data; boundary={BOUNDARY}",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 300,
    "application/json",
    "text/plain",
    "",
]
JSON = [
    b"[" * 20000,
    b'{"a":' * 5000,
    json.dumps({"name": ["x"], "version": {}}).encode(),
    b"\xff",
    b'{"name": NaN}',
    b'{"name": "\\ud800"}',
]
