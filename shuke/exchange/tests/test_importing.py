"""A sheet comes in through the browser, the job and the command line: counted, refused by row, stored once, taken back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape

from shuke.core import files, firm, scope, search, undo
from shuke.core import kind as kinds
from shuke.core.act import acting
from shuke.core.models import Batch, CustomField, Entry, Job
from shuke.core.record import Refused
from shuke.exchange import chores, importing, reading, rows
from shuke.exchange.models import Import
from shuke.parties.models import Contact, Party
from shuke.people.testing import drain

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("SHUKE_SHARED", ROOT.parent / "shared")) / "data"
needs_data = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not on this machine")


@pytest.fixture(autouse=True)
def at_once(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(importing, "PAUSE", 0)
    monkeypatch.setattr(undo, "PAUSE", 0)
    monkeypatch.setattr(importing, "CHUNKS", {"sqlite": 100, "postgresql": 100})
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
    客户名称,电话,联系人,欠款,标签
    华信建材,13800138000,王总,"1,200.50",重点、老客户
    老王门窗,0757-80001234,,,
"""


def test_a_sheet_is_uploaded_mapped_tried_and_brought_in_and_taken_back(cast, signed_in):
    browser = signed_in(cast.boss)
    answer = browser.post("/parties/import/", {"file": sheet(TWO, encoding="gb18030")})
    place = answer["Location"]
    assert answer.status_code == 302
    page = browser.get(place).content.decode()
    assert "华信建材" in page and "GB18030" in page
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


def test_each_problem_is_told_by_row_column_value_and_reason_and_comes_back_as_a_file(cast, signed_in, tmp_path):
    imported = bring(
        cast.boss,
        sheet("""
            公司名称,手机,邮箱,欠款,欠款日期
            华信建材,1.38E+10,,,
            ,13800138001,,,
            老王门窗,13800138002,no mail,,
            诚达五金,13800138003,,12x,3/4/2025
            好的,13800138004,a@b.cn,12,2025-03-04
        """),
    )
    assert imported.counts == {"new": 1, "refused": 4}
    problems = told(imported)
    assert [(row, column, value) for row, column, value, _reason in problems] == [
        (2, "手机", "1.38E+10"),
        (3, "公司名称", ""),
        (4, "邮箱", "no mail"),
        (5, "欠款", "12x"),
        (5, "欠款日期", "3/4/2025"),
    ]
    assert all(reason for *_place, reason in problems)
    answer = signed_in(cast.boss).get(f"/parties/import/{imported.pk}/problems.xlsx")
    back = fetched(answer, tmp_path)
    [first, *rest] = list(reading.open_book(back, "back.xlsx").sheets[0].rows())
    assert first[:5] == ["公司名称", "手机", "邮箱", "欠款", "欠款日期"] and len(first) == 7
    assert [row[5] for row in rest] == [2, 3, 4, 5]
    assert rest[0][:2] == ["华信建材", "1.38E+10"] and str(rest[3][6]).count("；") == 1


def fetched(answer, folder) -> Path:
    place = folder / "fetched.xlsx"
    place.write_bytes(b"".join(answer.streaming_content))
    return place


def test_what_is_there_is_skipped_updated_or_added_once_more_as_chosen(cast):
    bring(cast.boss, sheet(TWO))
    again = sheet("""
        客户名称,联系电话,联系人,备注
        华信建材,138 0013 8000,,换了仓库
        老王门窗,,李姐,
    """).read()

    def file():
        return SimpleUploadedFile("again.csv", again)

    assert bring(cast.boss, file()).counts == {"skipped": 2}
    assert bring(cast.boss, file(), duplicates="update").counts == {"updated": 2}
    first, second = everyone().order_by("pk")
    assert (first.note, first.debt, first.tags, first.version) == ("换了仓库", 1200.5, ["重点", "老客户"], 2)
    assert (second.phone, second.version) == ("0757-80001234", 1)
    contacts = scope.system("test").rows(Contact)
    assert [contact.name for contact in contacts.filter(party=second)] == ["李姐"]
    assert bring(cast.boss, file(), duplicates="update").counts == {"skipped": 2}
    assert bring(cast.boss, file(), duplicates="create").counts == {"new": 2}
    assert everyone().count() == 4 and contacts.count() == 3


def test_a_firm_that_stands_twice_in_a_sheet_is_one_with_both_contacts(cast):
    text = """
        公司,电话,联系人
        华信建材,13800138000,王总
        華信建材,,李姐
    """
    assert bring(cast.boss, sheet(text), duplicates="update").counts == {"new": 1, "updated": 1}
    assert sorted(c.name for c in scope.system("test").rows(Contact)) == ["李姐", "王总"]
    assert everyone().count() == 1


def test_what_belongs_to_a_colleague_is_refused_without_a_word_about_it(cast):
    bring(cast.eve, sheet(TWO))
    text = "客户名称,联系电话\n华信建材公司,13800138000\n老王门窗,\n新客户,\n"
    imported = bring(cast.ann, sheet(text), duplicates="update")
    assert imported.counts == {"new": 1, "refused": 2}
    for _row, _column, value, reason in told(imported):
        assert value in ("华信建材公司", "老王门窗")
        assert "Eve" not in reason and "1380013" not in reason and "华信" not in reason
    assert set(scope.rows(Party, cast.ann).values_list("name", flat=True)) == {"新客户"}


def test_owners_are_found_by_name_or_login_and_never_the_first_namesake(cast):
    cast.person("ann2", "sales", department=cast.first).name = "Ann"
    with acting(cast.boss.pk, "web"):
        twin = cast.person("twin", "sales")
        twin.name = "Ben"
        twin.save()
    imported = bring(cast.boss, sheet("公司,负责人\n甲公司,ann\n乙公司,Ben\n丙公司,Nobody here\n丁公司,Eve\n"))
    assert {p.name: p.owner for p in everyone()} == {"甲公司": cast.ann, "丁公司": cast.eve}
    assert [(row, column, value) for row, column, value, _reason in told(imported)] == [
        (3, "负责人", "Ben"),
        (4, "负责人", "Nobody here"),
    ]
    assert bring(cast.boss, sheet("公司,负责人\n丙公司,Nobody here\n"), missing="empty").counts == {"new": 1}
    assert everyone().get(name="丙公司").owner == cast.boss


def test_contacts_find_their_party_or_make_it(cast):
    text = "姓名,公司,手机\n王总,华信建材,13800138000\n李姐,华信建材,13800138001\n"
    assert bring(cast.boss, sheet(text), path="contacts").counts == {"refused": 2}
    imported = bring(cast.boss, sheet(text), path="contacts", missing="create")
    assert imported.counts == {"new": 2}
    assert [c.party.name for c in scope.system("test").rows(Contact)] == ["华信建材"] * 2
    assert everyone().count() == 1
    undo.begin(imported.batch, cast.boss)
    assert not everyone().exists() and not scope.system("test").rows(Contact).live().exists()


def test_a_salesperson_may_not_bring_in_what_he_may_not_change_nor_more_than_his_share(cast, monkeypatch):
    imported = importing.begin(kinds.at("parties"), sheet(TWO), "x.csv", cast.ann)
    assert "debt" not in imported.mapping.values()
    assert "debt" not in importing.fields_of(kinds.at("parties"), cast.ann)
    monkeypatch.setattr(importing, "OWN_ROWS", 1)
    with pytest.raises(Refused):
        bring(cast.ann, sheet(TWO))
    assert not everyone().exists()
    assert bring(cast.lou, sheet(TWO)).counts == {"new": 2}


def test_only_who_began_an_import_and_the_owner_see_it(cast, signed_in):
    imported = bring(cast.ann, sheet(TWO))
    place = f"/parties/import/{imported.pk}/"
    assert [signed_in(user).get(place).status_code for user in (cast.ann, cast.boss, cast.ben, cast.lou, cast.eve)] == [
        200,
        200,
        404,
        404,
        404,
    ]
    assert signed_in(cast.nobody).get("/parties/import/").status_code == 404
    assert signed_in(cast.boss).get("/contacts/import/1/").status_code == 404


def test_the_same_step_sent_twice_is_done_once(cast, signed_in):
    imported = importing.begin(kinds.at("parties"), sheet(TWO), "x.csv", cast.boss)
    stale = Import.objects.get(pk=imported.pk)
    importing.map_to(imported, imported.mapping, duplicates="skip", missing="refuse")
    with pytest.raises(importing.Elsewhere):
        importing.map_to(stale, stale.mapping, duplicates="create", missing="refuse")
    importing.check(imported)
    stale = Import.objects.get(pk=imported.pk)
    importing.start(imported)
    with pytest.raises(importing.Elsewhere):
        importing.start(stale)
    importing.run(imported)
    assert everyone().count() == 2 and Batch.objects.filter(verb="imported").count() == 1


@pytest.mark.parametrize("state", ["mapping", "checked"])
def test_a_second_click_finds_the_import_under_way(cast, signed_in, monkeypatch, state):
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": sheet(TWO)})["Location"]
    columns = {"columns": "1", "column-0": "name", "column-1": "contact_name", "column-2": "phone"}
    if state == "checked":
        browser.post(place, columns)
    real = importing.map_to if state == "mapping" else importing.start

    def after_the_first_click(imported, *args, **said):
        real(Import.objects.get(pk=imported.pk), *args, **said)
        return real(imported, *args, **said)

    monkeypatch.setattr(importing, real.__name__, after_the_first_click)
    answer = browser.post(place, columns if state == "mapping" else {})
    assert (answer.status_code, answer["Location"]) == (302, place)
    assert Import.objects.get().state in ("checking", "running")


def test_doubles_are_recognised_by_what_the_person_chose(cast, signed_in):
    bring(cast.boss, sheet(TWO))
    again = "客户名称,电话\n华信建材,13900000001\n新开的店,13800138000\n"
    browser = signed_in(cast.boss)
    for match, new in (("", 1), ("phone", 1), ("bare", 1), ("nonsense", 1)):
        place = browser.post("/parties/import/", {"file": sheet(again)})["Location"]
        page = browser.get(place)
        assert [option["value"] for option in page.context["policies"][1]["options"]] == ["", "phone", "bare"]
        browser.post(place, {"columns": "1", "column-0": "name", "column-1": "phone", "match": match})
        assert browser.get(place).context["counts"][1]["value"] == new, match
    assert list(Import.objects.order_by("pk").values_list("match", flat=True)) == ["", "", "phone", "bare", ""]
    imported = importing.begin(kinds.at("parties"), sheet(again), "again.csv", cast.boss)
    importing.map_to(imported, imported.mapping, duplicates="update", missing="refuse", match="phone")
    importing.check(imported)
    importing.start(imported)
    importing.run(imported)
    assert imported.counts == {"new": 1, "updated": 1}
    assert sorted(everyone().values_list("name", "phone")) == [
        ("华信建材", "13900000001"),
        ("新开的店", "13800138000"),
        ("老王门窗", "0757-80001234"),
    ]


@pytest.mark.parametrize("duplicates", ["skip", "update"])
def test_one_phone_with_two_names_is_two_customers_and_the_other_one_is_named_to_whom_it_may_be(cast, signed_in, duplicates):
    bring(cast.boss, sheet("客户名称,电话\n老李装修,13900139001\n"))
    text = "客户名称,电话\n老王门窗,13900139001\n李记,13900139002\n王记,13900139002\n老李装修部,13900139001\n"
    imported = bring(cast.boss, sheet(text), duplicates=duplicates)
    assert imported.counts == {"new": 3, "updated" if duplicates == "update" else "skipped": 1}
    names = set(everyone().values_list("name", flat=True))
    assert names == {"老王门窗", "李记", "王记", "老李装修部" if duplicates == "update" else "老李装修"}
    first = everyone().order_by("pk").first()
    [like, twin, *_met] = signed_in(cast.boss).get(f"/parties/import/{imported.pk}/").context["met"]
    assert (like["row"], like["said"], like["title"], like["url"]) == (2, "老王门窗", str(first), f"/parties/{first.pk}/")
    assert (twin["row"], twin["said"], twin["url"]) == (4, "王记", "")
    assert twin["title"] and twin["title"] != like["title"]


def test_what_only_shares_its_phone_with_a_colleagues_customer_is_new_and_nothing_of_that_one_is_told(cast, signed_in):
    bring(cast.eve, sheet(TWO))
    imported = bring(cast.ann, sheet("客户名称,联系电话\n别的名字,13800138000\n"), duplicates="update")
    [like] = signed_in(cast.ann).get(f"/parties/import/{imported.pk}/").context["met"]
    assert imported.counts == {"new": 1}
    assert like["url"] == "" and "华信" not in like["title"] + like["text"]


def test_each_skipped_row_is_told_with_what_it_met_and_is_not_among_the_rows_to_come(cast, signed_in):
    bring(cast.boss, sheet(TWO))
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": sheet("客户名称\n华信建材\n新客户\n华信建材\n")})["Location"]
    browser.post(place, {"columns": "1", "column-0": "name"})
    page = browser.get(place)
    party = everyone().get(name="华信建材")
    assert [(one["row"], one["url"]) for one in page.context["met"]] == [(row, f"/parties/{party.pk}/") for row in (2, 4)]
    assert page.context["sample"]["rows"] == [["新客户"]]
    assert f'<a href="/parties/{party.pk}/">华信建材</a>' in page.content.decode()
    browser.post(place)
    assert [one["row"] for one in browser.get(place).context["met"]] == [2, 4]
    browser.post(f"{place}undo/")
    assert (page := browser.get(place)).context["met"] == page.context["counts"] == []
    [recent, _first] = browser.get("/parties/import/").context["recent"]
    assert not any(letter.isdigit() for letter in recent["result"])


def test_of_several_numbers_in_a_cell_the_first_is_the_phone_and_all_stand_in_the_note(cast, signed_in):
    text = "客户名称,联系电话,备注\n甲公司,13800138000/0757-80001234,老客户\n乙公司,没有/13800138001,\n"
    imported = bring(cast.boss, sheet(text))
    assert imported.counts == {"new": 1, "refused": 1}
    party = everyone().get()
    assert (party.phone, party.note) == ("13800138000", "老客户\n联系电话：13800138000/0757-80001234")
    [met] = signed_in(cast.boss).get(f"/parties/import/{imported.pk}/").context["met"]
    assert met["row"] == 2 and "联系电话" in met["text"]
    again = bring(cast.boss, sheet("客户名称,联系电话\n甲公司,13800138000、0757-80001234\n"), duplicates="update")
    party.refresh_from_db()
    assert again.counts == {"updated": 1} and party.note.startswith("老客户\n") and party.note.count("\n") == 2


def test_samples_show_numbers_as_people_write_them():
    peek = importing.Peek(["a"], 1, [(2, [13900139001.0]), (3, [12500.0]), (4, [0.5]), (5, [1e20])], True)
    assert peek.samples(0) == ["13900139001", "12500", "0.5"]
    assert importing.plainly(1e20) == "1e+20"


def test_how_doubles_are_recognised_is_not_asked_where_there_is_no_choice(cast, signed_in):
    place = signed_in(cast.boss).post("/contacts/import/", {"file": sheet("姓名,公司\n王总,华信\n")})["Location"]
    assert [policy["name"] for policy in signed_in(cast.boss).get(place).context["policies"]] == ["duplicates", "missing"]


def test_sums_at_the_foot_are_reported_and_become_no_customers(cast):
    imported = bring(
        cast.boss,
        sheet("""
            客户名称,联系人,欠款,账期
            华信建材,王总,1200.5,30
            小计,,1200.5,
            合 计：,,"2,401.00",60
            ,总计（元）,2401,
            合计,王总,,
            合计建材,,5,
            Total,,1,2
        """),
    )
    assert imported.counts == {"new": 3, "refused": 4}
    assert sorted(everyone().values_list("name", flat=True)) == ["华信建材", "合计", "合计建材"]
    assert [(row, value) for row, _column, value, _reason in told(imported)] == [
        (3, "小计"),
        (4, "合 计："),
        (5, "总计（元）"),
        (8, "Total"),
    ]
    assert {reason for *_place, reason in told(imported)} == {
        "This looks like a sum and was left out. If it is none, change its name."
    }


def test_two_columns_for_one_field_and_no_column_at_all_are_refused_with_nothing_lost(cast, signed_in):
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": sheet(TWO)})["Location"]
    answer = browser.post(place, {"columns": "1", "column-0": "name", "column-1": "name"})
    assert answer.status_code == 422 and "华信建材" in answer.content.decode()
    assert browser.post(place, {"columns": "1"}).status_code == 422
    assert browser.post("/parties/import/", {"file": SimpleUploadedFile("x.csv", b"")}).status_code == 422
    assert browser.post("/parties/import/").status_code == 422


def rows_of(count: int, start: int = 0) -> str:
    return "公司名称,电话\n" + "".join(f"第{n}建材,139{n:08}\n" for n in range(start, start + count))


def test_a_large_sheet_is_a_job_that_goes_on_where_it_was_and_its_undo_is_one_too(cast, signed_in, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 20)
    monkeypatch.setattr(undo, "LONG", 20)
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": sheet(rows_of(250))})["Location"]
    said = {"columns": "1", "duplicates": "skip", "missing": "refuse", "column-0": "name", "column-1": "phone"}
    browser.post(place, said)
    assert b"<progress" in browser.get(place).content and drain() == 1
    browser.post(place)
    keep, calls = importing.keep, []

    def dies_in_the_third(imported, reader, chunk):
        calls.append(len(chunk))
        if len(calls) == 3:
            raise KeyboardInterrupt
        keep(imported, reader, chunk)

    monkeypatch.setattr(importing, "keep", dies_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        drain()
    imported = Import.objects.get()
    assert (imported.state, imported.counts, everyone().count()) == ("running", {"new": 200}, 200)
    with pytest.raises(Refused):
        undo.plan(imported.batch, cast.boss)
    monkeypatch.setattr(importing, "keep", keep)
    importing.run(imported)
    assert (imported.state, imported.counts, everyone().count()) == ("done", {"new": 250}, 250)
    assert Entry.objects.filter(batch=imported.batch).count() == imported.batch.count == 250
    browser.post(f"{place}undo/")
    assert b"<progress" in browser.get(place).content and everyone().exists()
    assert drain() == 1
    assert not everyone().exists()
    assert not search.SearchLine.objects.filter(kind="parties.party").exists()
    assert browser.get(place).context["undo_url"] == ""


def test_a_running_import_is_stopped_by_a_button_and_what_came_in_can_be_taken_back(cast, signed_in, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 20)
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": sheet(rows_of(250))})["Location"]
    browser.post(place, {"columns": "1", "column-0": "name", "column-1": "phone"})
    assert "stop/" not in browser.get(place).content.decode() and drain() == 1
    assert browser.get(place, headers={"HX-Request": "true"})["HX-Redirect"] == place  # no page inside the part that was polled
    browser.post(place)
    assert f'action="{place}stop/"' in browser.get(place).content.decode()
    keep, chunks = importing.keep, []

    def pressed_after_the_first(imported, reader, chunk):
        keep(imported, reader, chunk)
        chunks.append(chunk)
        if len(chunks) == 1:
            assert signed_in(cast.boss).post(f"{place}stop/")["Location"] == place

    monkeypatch.setattr(importing, "keep", pressed_after_the_first)
    assert drain() == 1
    assert everyone().count() == 100 and len(chunks) == 1
    assert browser.get(place, headers={"HX-Request": "true"})["HX-Redirect"] == place
    page = browser.get(place)
    assert "100" in page.context["done_text"] and "250" in page.context["done_text"] and page.context["tone"] == "soon"
    assert page.context["counts"][1]["value"] == 100
    browser.post(page.context["undo_url"])
    assert not everyone().exists()
    assert signed_in(cast.ben).post(f"{place}stop/").status_code == 404


def test_a_small_import_that_is_stopped_meanwhile_shows_how_it_stands(cast, signed_in, monkeypatch):
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": sheet(TWO)})["Location"]
    browser.post(place, {"columns": "1", "column-0": "name"})
    keep = importing.keep

    def too_late(imported, reader, chunk):
        importing.stop(imported)
        keep(imported, reader, chunk)

    monkeypatch.setattr(importing, "keep", too_late)
    assert browser.post(place)["Location"] == place
    assert browser.get(place).context["undo_url"] == "" and not everyone().exists()


def test_sheets_that_were_never_run_are_forgotten_after_a_week_with_their_bytes(cast):
    begun, young = (importing.begin(kinds.at("parties"), sheet(text), "x.csv", cast.boss) for text in (TWO, rows_of(1)))
    done = bring(cast.boss, sheet(rows_of(2)))
    Import.objects.exclude(pk=young.pk).update(at=timezone.now() - timedelta(days=8))
    assert chores.drop_unfinished(Job()) == {"dropped": 1}
    assert set(Import.objects.all()) == {young, done}
    assert files.sweep(timezone.now() + timedelta(seconds=5)) == 1
    assert not files.place_of(begun.file.digest).exists()


KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from shuke.core import kind as kinds
from shuke.exchange import importing, rows
from shuke.core.models import Entry
from shuke.exchange.models import Import
from shuke.parties.models import Party
from shuke.people.testing import Cast

moment = sys.argv[1]
if moment == "before":
    call_command("migrate", verbosity=0)
    cast, text = Cast(), sys.stdin.read()
    imported = importing.begin(kinds.at("parties"), SimpleUploadedFile("x.csv", text.encode()), "x.csv", cast.boss)
    importing.map_to(imported, imported.mapping, duplicates="create", missing="refuse")
    importing.check(imported)
    importing.start(imported)
    write, calls = rows.Reader.write, []
    def dies_before_the_commit(reader, chunk):
        write(reader, chunk)
        calls.append(chunk)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    rows.Reader.write = dies_before_the_commit
imported = Import.objects.get()
def dies_after_the_commit(done, total):
    if done >= 300:
        os.kill(os.getpid(), signal.SIGKILL)
importing.run(imported, dies_after_the_commit if moment == "after" else lambda done, total: None)
print(imported.state, imported.counts, Party._base_manager.count(), Entry.objects.filter(batch=imported.batch).count())
"""


@pytest.mark.slow
def test_an_import_that_is_killed_before_and_after_a_commit_stores_every_row_once(tmp_path):
    told = {**os.environ, "SHUKE_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "shuke.config.settings", "DATABASE_URL": ""}

    def process(moment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, moment]
        return subprocess.run(command, env=told, cwd=ROOT, input=rows_of(450), capture_output=True, text=True)

    assert [process(moment).returncode for moment in ("before", "after")] == [-signal.SIGKILL] * 2
    assert process("at last").stdout.strip() == "done {'new': 450} 450 450"


def test_a_second_worker_that_comes_late_stores_nothing(cast):
    imported = importing.begin(kinds.at("parties"), sheet(rows_of(5)), "x.csv", cast.boss)
    importing.map_to(imported, imported.mapping, duplicates="create", missing="refuse")
    importing.check(imported)
    importing.start(imported)
    late = Import.objects.get(pk=imported.pk)
    importing.run(imported)
    late_reader = importing.reader_of(late, stores=True)
    chunk = [rows.Row(line, cells) for line, cells in importing.peek(importing.sheet_of(late)).rows]
    late_reader.read(chunk)
    with pytest.raises(importing.Elsewhere):
        importing.keep(late, late_reader, chunk)
    assert everyone().count() == 5


def test_undo_keeps_a_party_that_somebody_needs_by_now(cast):
    imported = bring(cast.boss, sheet("公司\n甲公司\n乙公司\n"))
    first, _second = everyone().order_by("pk")
    with acting(cast.boss.pk, "web"):
        other = Party(name="丙公司")
        other.save()
        kinds.at("relations").model(party=other, other=first, type="partner_of").save()
    undo.begin(imported.batch, cast.boss)
    assert set(everyone()) == {first, other}


def test_an_update_goes_back_field_by_field_and_a_later_change_stays(cast):
    bring(cast.boss, sheet(TWO))
    imported = bring(cast.boss, sheet("公司,备注,地址\n华信建材,新备注,新地址\n"), duplicates="update")
    party = everyone().get(name="华信建材")
    with acting(cast.boss.pk, "web"):
        party.address = "后来的地址"
        party.save()
    undo.begin(imported.batch, cast.boss)
    party.refresh_from_db()
    assert (party.note, party.address) == ("", "后来的地址")


def test_what_must_be_unique_is_so_within_the_sheet_and_against_the_store(cast):
    bring(cast.boss, sheet("公司\n甲公司\n乙公司\n"))
    number = "91440300708461136T"
    text = f"公司,发票抬头,税号\n甲公司,甲公司,{number}\n甲公司,甲公司,{number}\n乙公司,乙公司,{number}\n"
    first = bring(cast.boss, sheet(text), path="invoice-titles")
    assert first.counts == {"new": 2, "refused": 1} and told(first)[0][0] == 3
    again = bring(cast.boss, sheet(text), path="invoice-titles")
    assert again.counts == {"refused": 3}
    wrong = bring(cast.boss, sheet("公司,发票抬头,税号\n甲公司,别的,12\n"), path="invoice-titles")
    assert [(row, column, value) for row, column, value, _reason in told(wrong)] == [(2, "税号", "12")]


def test_a_rule_over_two_columns_and_a_rule_without_columns_hold_too(cast):
    bring(cast.boss, sheet("公司\n甲公司\n乙公司\n"))
    relation = kinds.at("relations")
    labels = [str(relation.model._meta.get_field(name).verbose_name) for name in ("party", "type", "other")]
    works = dict(relation.model._meta.get_field("type").flatchoices)["partner_of"]
    text = f"{','.join(labels)}\n甲公司,{works},乙公司\n乙公司,{works},甲公司\n甲公司,{works},甲公司\n"
    imported = bring_unequal(cast.boss, sheet(text), path="relations")
    assert imported.counts == {"new": 1, "refused": 2}
    assert [row for row, *_rest in told(imported)] == [3, 4]


def bring_unequal(user, file, *, path):
    """As `bring`, where the trial run cannot see what only the store knows."""
    imported = importing.begin(kinds.at(path), file, file.name, user)
    importing.map_to(imported, imported.mapping, duplicates="skip", missing="refuse")
    importing.check(imported)
    importing.start(imported)
    importing.run(imported)
    return imported


def test_the_firms_own_fields_are_columns_too(cast):
    with acting(cast.boss.pk, "web"):
        CustomField(on="parties", key="area", name="面积", type="number").save()
        CustomField(on="parties", key="since", name="合作日期", type="date").save()
    firm.know(None)
    imported = bring(cast.boss, sheet("公司,面积,合作日期\n甲公司,120.5,2026年1月2日\n乙公司,大,1/2/2026\n"))
    assert everyone().get().extra == {"area": 120.5, "since": "2026-01-02"}
    assert [(row, column) for row, column, *_rest in told(imported)] == [(3, "面积"), (3, "合作日期")]


def test_a_sheet_of_several_is_chosen_and_its_columns_are_guessed_anew(cast, signed_in):
    path = SHARED / "spreadsheets/calamine__any_sheets.xlsx"
    if not path.exists():
        pytest.skip("the shared samples are not on this machine")
    browser = signed_in(cast.boss)
    place = browser.post("/parties/import/", {"file": SimpleUploadedFile("any.xlsx", path.read_bytes())})
    if place.status_code == 422:
        pytest.skip("its first sheet is empty")
    names = [sheet.name for sheet in importing.book(Import.objects.get()).sheets]
    assert len(names) > 1


def test_too_many_rows_for_ones_share_is_said_on_the_page_and_nothing_is_stuck(cast, signed_in, monkeypatch):
    monkeypatch.setattr(importing, "OWN_ROWS", 1)
    browser = signed_in(cast.ann)
    place = browser.post("/parties/import/", {"file": sheet(TWO)})["Location"]
    answer = browser.post(place, {"columns": "1", "column-0": "name"})
    assert answer.status_code == 422 and Import.objects.get().state == "mapping"
    monkeypatch.setattr(importing, "OWN_ROWS", 2)
    assert browser.post(place, {"columns": "1", "column-0": "name"}).status_code == 302


def test_a_file_that_cannot_be_read_gets_a_sentence(cast, signed_in):
    browser = signed_in(cast.boss)
    for name, content in [
        ("x.xlsx", b"PK\x03\x04broken"),
        ("x.csv", b"\x00\xff" * 50),
        ("x.xls", b"<html><table></table></html>"),
    ]:
        answer = browser.post("/parties/import/", {"file": SimpleUploadedFile(name, content)})
        page = answer.content.decode()
        assert answer.status_code == 422 and answer.context["error"]
        assert 'aria-describedby="file_error"' in page and page.count(escape(answer.context["error"])) == 1
    assert not Import.objects.exists()


@needs_data
def test_the_accounts_of_the_sample_crm_come_in_all_85(cast):
    done = []
    found = importing.run_file(
        kinds.at("parties"),
        SHARED / "maven_crm/accounts.csv",
        user=cast.boss,
        dry_run=False,
        progress=lambda *told: done.append(told),
    )
    assert (found.rows, found.new, found.refused) == (85, 85, 0) and done[-1] == (85, 85)
    acme = everyone().get(name="Acme Corporation")
    assert (acme.group, acme.address) == ("technolgy", "United States")


@needs_data
@pytest.mark.slow
def test_every_sheet_of_the_samples_opens_and_says_what_it_cannot_take(cast):
    shut, parties = [], kinds.at("parties")
    files = sorted(
        path for path in (SHARED / "spreadsheets").iterdir() if path.suffix in (".xlsx", ".xls", ".xlsb", ".ods", ".csv")
    )
    for path in files:
        try:
            imported = importing.begin(parties, SimpleUploadedFile(path.name, path.read_bytes()), path.name, cast.boss)
        except Refused as refused:
            shut.append((path.name, str(refused.sentence)))
            continue
        for index in range(len(imported.names)):
            if "name" not in imported.mapping.values() and not imported.mapping.get(index):
                imported.mapping = {**imported.mapping, index: "name"}
        importing.map_to(imported, imported.mapping, duplicates="create", missing="empty")
        importing.check(imported)
        held = [cells for _line, cells in importing.lines(imported, importing.sheet_of(imported))]
        assert imported.rows == sum(imported.counts.values()) == len(held)
        assert all(reason for *_place, reason in told(imported))
    assert all(sentence for _name, sentence in shut)
    assert len(shut) < len(files) // 4, shut


@needs_data
@pytest.mark.parametrize("name", sorted(p.stem for p in SHARED.glob("csv_spectrum/csvs/*.csv")))
def test_the_csv_spectrum_is_read_as_it_is_meant(cast, name):
    path = SHARED / "csv_spectrum/csvs" / f"{name}.csv"
    imported = importing.begin(kinds.at("parties"), SimpleUploadedFile(path.name, path.read_bytes()), path.name, cast.boss)
    seen = importing.peek(importing.sheet_of(imported))
    wanted = json.loads((SHARED / "csv_spectrum/json" / f"{name}.json").read_text("utf-8"))
    if name == "location_coordinates":  # one object instead of a list, and with another phone than its own CSV
        wanted = [wanted | {"Contact Phone Number": "2095257564"}]
    held = [
        {key: str(cell or "") for key, cell in zip(seen.names, [*cells, *[None] * 9], strict=False)} for _line, cells in seen.rows
    ]
    assert held == wanted


@needs_data
@pytest.mark.slow
def test_twenty_thousand_firms_as_gb18030_come_in_and_go_again(cast):
    names = (SHARED / "cn_company_names/company_short_20k.txt").read_text("utf-8").splitlines()
    text = "公司名称,联系电话\n" + "".join(f"{name},138{n:08}\n" for n, name in enumerate(names))
    imported = bring(cast.boss, SimpleUploadedFile("firms.csv", text.encode("gb18030")), duplicates="create")
    assert imported.counts == {"new": len(names)} and everyone().count() == len(names)
    assert search.ids(kinds.at("parties"), cast.boss, names[777], limit=50)
    undo.begin(imported.batch, cast.boss)
    assert everyone().exists() and drain() == 1
    assert not everyone().exists() and not search.SearchLine.objects.filter(kind="parties.party").exists()
