"""A sheet comes in through the browser, the job and the command line: counted, refused by row, stored once, taken back."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuke.core import jobs, scope, search, undo
from shuke.core import kind as kinds
from shuke.core.act import acting
from shuke.core.exchange import guessing, importing, reading, rows
from shuke.core.models import Batch, Entry, Import, Refusal
from shuke.core.record import Refused
from shuke.parties.models import Contact, Party

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("SHUKE_SHARED", ROOT.parent / "shared")) / "data"
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not on this machine")


@pytest.fixture(autouse=True)
def at_once(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(importing, "PAUSE", 0)
    monkeypatch.setattr(undo, "PAUSE", 0)
    settings.FILES = tmp_path / "files"


def everyone():
    return scope.system("what a test stored").rows(Party).live()


def sheet(text: str, name: str = "customers.csv", encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, textwrap.dedent(text).lstrip().encode(encoding))


def bring(user, file, *, duplicates="skip", missing="refuse", path="parties") -> Import:
    """The whole way without a browser."""
    imported = importing.begin(kinds.at(path), file, file.name, user)
    importing.map_to(imported, imported.mapping, duplicates=duplicates, missing=missing)
    importing.check(imported)
    tried = dict(imported.counts)
    importing.start(imported)
    importing.run(imported)
    assert imported.counts == tried, "the trial run says what the real one does"
    return imported


def told(imported):
    return importing.counts(imported).problems


TWO = """
    客户名称,联系电话,联系人,欠款,标签
    华信建材,13800138000,王总,"1,200.50",重点、老客户
    老王门窗,0757-80001234,,,
"""


def test_a_sheet_is_uploaded_mapped_tried_and_brought_in_and_taken_back(cast, signed_in):
    browser = signed_in(cast.boss)
    answer = browser.post("/parties/import/", {"file": sheet(TWO, encoding="gb18030")})
    place = answer["Location"]
    assert answer.status_code == 302
    page = browser.get(place).content.decode()
    assert "华信建材" in page and "gb18030" in page
    columns = dict(enumerate(["name", "phone", "contact_name", "debt", "tags"]))
    for index, name in columns.items():
        assert f'name="column-{index}"' in page
        assert f'<option value="{name}" selected>' in page
    said = {"columns": "1", "duplicates": "skip", "missing": "refuse", **{f"column-{i}": name for i, name in columns.items()}}
    assert browser.post(place, said)["Location"] == place
    preview = browser.get(place).content.decode()
    assert "1200.50" in preview and not everyone().exists()
    assert browser.post(place)["Location"] == place
    result = browser.get(place)
    assert [count["value"] for count in result.context["counts"]] == [2, 2, 0, 0, 0]
    first = everyone().get(name="华信建材")
    assert (first.phone, first.debt, first.tags, first.owner) == ("13800138000", 1200.5, ["重点", "老客户"], cast.boss)
    assert scope.system("test").rows(Contact).get(party=first).name == "王总"
    assert search.ids(kinds.at("parties"), cast.boss, "hxjc", limit=5) == [first.pk]
    browser.post(f"{place}undo/")
    assert not everyone().exists()
    assert search.ids(kinds.at("parties"), cast.boss, "hxjc", limit=5) == []
    assert "undo_url" not in browser.get(place).context or not browser.get(place).context["undo_url"]
