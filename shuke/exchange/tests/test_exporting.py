"""What is on the screen leaves as a file: same rows, same rights; what comes back from it changes nothing."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.utils import timezone

from shuke.core import files, listing, scope
from shuke.core import kind as kinds
from shuke.core.act import acting
from shuke.core.models import Batch
from shuke.core.record import Refused, create_many
from shuke.exchange import exporting, importing, reading
from shuke.parties.models import Party
from shuke.people.models import FieldRight
from shuke.people.testing import drain


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path, monkeypatch):
    settings.FILES = tmp_path / "files"
    monkeypatch.setattr(importing, "PAUSE", 0)


@pytest.fixture
def parties(cast):
    """Two of Ann's, one of Eve's, one that a spreadsheet would compute."""
    said = [
        ("华信建材", cast.ann, {"phone": "13800138000", "tags": ["重点", "老客户"], "debt": "1200.50", "stage": "regular"}),
        ("老王门窗", cast.ann, {"city": "佛山市", "note": "第一行\n第二行", "is_organisation": False, "birthday": "腊月二十"}),
        ("=HYPERLINK(1)", cast.eve, {"pay_days": 30, "debt_on": "2026-01-02"}),
    ]
    made = {}
    for name, owner, values in said:
        made[name] = Party(name=name, owner=owner)
        for key, value in values.items():
            setattr(made[name], key, Party._meta.get_field(key).to_python(value))
        made[name].save()
    return made


def read(answer) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def test_a_list_leaves_with_its_columns_filters_and_order(cast, parties, signed_in):
    browser = signed_in(cast.boss)
    head, *rows = read(browser.get("/parties.csv?sort=name"))
    assert head == [str(column.label) for column in kinds.at("parties").shown(cast.boss)]
    assert [row[0] for row in rows] == ["华信建材", "'=HYPERLINK(1)", "老王门窗"]
    assert rows[0][1] == "138 0013 8000" and "重点、老客户" in rows[0] and "1200.50" in rows[0]
    assert [row[0] for row in read(browser.get("/parties.csv?stage=regular"))[1:]] == ["华信建材"]
    assert [row[0] for row in read(browser.get("/parties.csv?q=hxjc"))[1:]] == ["华信建材"]
    assert browser.get("/parties.csv?nonsense=1").status_code == 400


def test_nothing_out_of_scope_leaves_and_a_mask_stays_one(cast, parties, signed_in):
    assert signed_in(cast.ann).get("/parties.csv").status_code == 404
    assert signed_in(cast.nobody).get("/parties.xlsx").status_code == 404
    with acting(cast.boss.pk, "web"):
        FieldRight(role=cast.roles["head"], on="parties", field="phone", level="masked").save()
        FieldRight(role=cast.roles["head"], on="parties", field="note", level="hidden").save()
    content = b"".join(signed_in(cast.ben).get("/parties.csv?columns=all").streaming_content).decode()
    assert "华信建材" in content and "138****8000" in content
    for secret in ("13800138000", "138 0013 8000", "HYPERLINK", "第二行"):
        assert secret not in content


def test_who_sees_all_but_may_export_part_takes_that_part(cast, parties, monkeypatch, signed_in):
    kind = kinds.at("parties")
    rights = scope.policy.reach
    monkeypatch.setattr(scope.policy, "reach", lambda user, path, verb: "own" if verb == "export" else rights(user, path, verb))
    with acting(cast.boss.pk, "web"):
        mine = Party(name="老板自己的")
        mine.owner = cast.boss
        mine.save()
    names = [row[0] for row in read(signed_in(cast.boss).get("/parties.csv"))[1:]]
    assert names == ["老板自己的"] and exporting.count(kind, cast.boss, QueryDict("")) == 1


def test_an_export_is_on_record(cast, parties, signed_in):
    signed_in(cast.boss).get("/parties.xlsx")
    batch = Batch.objects.get(verb="exported")
    assert (batch.actor, batch.kind, batch.count, batch.door) == (cast.boss, "parties.party", 3, "web")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_of_all_fields_that_comes_back_changes_nothing(cast, parties, ending, tmp_path):
    target = tmp_path / f"all.{ending}"
    assert exporting.write(kinds.at("parties"), cast.boss, "columns=all", target) == 3
    head, *rows = list(reading.open_book(target, target.name).sheets[0].rows())
    assert len(rows) == 3 and len(head) > 20
    imported = importing.begin(kinds.at("parties"), SimpleUploadedFile(target.name, target.read_bytes()), target.name, cast.boss)
    importing.map_to(imported, imported.mapping, duplicates="update", missing="refuse")
    importing.check(imported)
    assert importing.counts(imported).problems == []
    importing.start(imported)
    importing.run(imported)
    assert imported.counts == {"skipped": 3} and imported.batch.count == 0
    assert {party.version for party in scope.system("test").rows(Party)} == {1}


def test_a_long_export_is_made_by_a_job_and_fetched_by_who_asked(cast, parties, signed_in, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    browser = signed_in(cast.boss)
    place = browser.get("/parties.csv")["Location"]
    assert b"<progress" in browser.get(place).content
    assert drain() == 1
    assert f"{place}?file=1".encode() in browser.get(place).content
    assert len(read(browser.get(f"{place}?file=1"))) == 4
    assert signed_in(cast.ben).get(place).status_code == 404
    assert browser.get("/parties/export/999/").status_code == 404


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_holds_all_that_a_search_finds_however_many(cast, parties, tmp_path, monkeypatch, ending):
    monkeypatch.setattr(listing, "CAP", 5)
    monkeypatch.setattr(listing, "STEP", 7)
    monkeypatch.setattr(exporting, "PAGE", 4)
    create_many([Party(name=f"佛山{n}号店", owner=cast.eve if n % 3 else cast.ann, debt=n % 5) for n in range(40)])
    target = tmp_path / f"found.{ending}"
    for query, wanted in [
        ("q=佛山", 40),
        ("q=fs&sort=name", 40),
        ("q=佛山&debt__from=4", 8),
        ("q=佛山&columns=all&sort=-debt", 40),
    ]:
        assert exporting.write(kinds.at("parties"), cast.boss, query, target) == wanted
        _head, *rows = list(reading.open_book(target, target.name).sheets[0].rows())
        assert len({cell for row in rows for cell in row if str(cell).endswith("号店")}) == wanted
    assert exporting.write(kinds.at("parties"), cast.ben, "q=佛山", target) == 14


def test_a_search_that_finds_more_than_is_written_at_once_is_a_job_that_counts_its_rows(cast, parties, signed_in, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 5)
    monkeypatch.setattr(listing, "CAP", 3)
    create_many([Party(name=f"佛山{n}号店", owner=cast.eve, debt=n) for n in range(9)])
    browser = signed_in(cast.boss)
    place = browser.get("/parties.csv?q=佛山&debt__to=2")["Location"]
    assert drain() == 1
    assert len(read(browser.get(f"{place}?file=1"))) == 1 + 3
    assert Batch.objects.get(verb="exported").count == 3
    assert len(read(browser.get("/parties.csv?q=佛山2"))) == 1 + 1


def test_an_export_that_is_no_longer_kept_says_so_on_its_page(cast, parties, signed_in, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    browser = signed_in(cast.boss)
    place = browser.get("/parties.csv")["Location"]
    drain()
    assert browser.get(place).status_code == 200
    files.sweep(timezone.now() + timedelta(seconds=5))
    for address in (place, f"{place}?file=1"):
        answer = browser.get(address, headers={"Accept-Language": "en"})
        assert answer.status_code == 422 and "export again" in answer.context["sentence"]


def test_the_command_line_is_told_what_it_cannot_write(cast, parties, tmp_path):
    with pytest.raises(Refused):
        exporting.write(kinds.at("parties"), cast.boss, "", tmp_path / "list.pdf")
    with pytest.raises(Refused):
        exporting.write(kinds.at("parties"), cast.ann, "", tmp_path / "list.csv")
    with pytest.raises(Refused):
        exporting.write(kinds.at("parties"), cast.boss, "stage=nonsense", tmp_path / "list.csv")
