"""Backups in the browser: who makes, sees and takes them, and what is said when there is none."""

import datetime
import io
import itertools
import re
import tarfile
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from shuke.backup import actions, chores, keeping, sqlite
from shuke.backup.models import Backup, Plan
from shuke.core import files, firm, jobs, scope
from shuke.core.models import Batch, Entry, Firm, Job
from shuke.people.models import Grant
from shuke.people.testing import drain

every = scope.system("tests look behind the doors").rows
PASSWORD = "correct horse battery"


@pytest.fixture
def house(cast, firm_dir, tmp_path, settings, monkeypatch):
    """The cast, whose store is that of the sample firm: that of the tests lies in no file."""
    settings.FILES = tmp_path / "files"
    here = keeping.Source(sqlite.Store(firm_dir / "shuke.sqlite3"), tmp_path / "files", firm_dir / "secret.key")
    (tmp_path / "files").mkdir()
    numbers = itertools.count(1)
    monkeypatch.setattr(actions, "name_now", lambda: f"{next(numbers)}.tar")  # a second is long in a test
    monkeypatch.setattr(actions, "source", lambda: here)
    cast.boss.set_password(PASSWORD)
    cast.boss.save()
    return cast


def made_now(browser):
    assert browser.post("/backups/now/").status_code == 302
    drain()
    return every(Backup).live().order_by("-id").first()


def test_the_owner_makes_one_reads_of_it_and_takes_it_away(house, signed_in, tmp_path):
    boss = signed_in(house.boss)
    backup = made_now(boss)
    assert (backup.state, backup.by_id, backup.files, backup.folder) == ("verified", house.boss.pk, 0, str(tmp_path / "backups"))
    assert "2 个丢失" in backup.why
    page = boss.get("/settings/backup/", follow=True).content.decode()
    assert backup.name in page
    assert "已确认能用" in page
    assert f'action="/backups/{backup.pk}/file/"' in boss.get(f"/backups/{backup.pk}/").content.decode()
    answer = boss.post(f"/backups/{backup.pk}/file/", {"password": PASSWORD})
    with tarfile.open(fileobj=io.BytesIO(b"".join(answer.streaming_content))) as tar:
        assert "shuke.sqlite3" in tar.getnames()
    assert Batch.objects.filter(verb="exported", kind="backup.backup", actor=house.boss).count() == 1


def test_nobody_takes_one_away_without_the_password_or_the_right(house, signed_in):
    backup = made_now(signed_in(house.boss))
    assert signed_in(house.boss).post(f"/backups/{backup.pk}/file/", {"password": "guessed"}).status_code == 422
    assert not Batch.objects.filter(verb="exported").exists()
    for person in (house.ben, house.ann, house.kim, house.nobody):
        browser = signed_in(person)
        for address in ("/backups/", "/backups/plan/", "/backups/everything/", f"/backups/{backup.pk}/"):
            assert browser.get(address).status_code == 404, (person, address)
        for address in ("/backups/now/", f"/backups/{backup.pk}/file/", "/backups/everything/", "/backups/plan/"):
            assert browser.post(address, {"password": PASSWORD}).status_code == 404, (person, address)


def test_who_may_make_one_may_not_take_it(house, signed_in):
    for verb in ("view", "back_up"):
        if not every(Grant).live().filter(role=house.roles["office"], on="backups", verb=verb).exists():
            Grant(role=house.roles["office"], on="backups", verb=verb, reach="all").save()
    lou = signed_in(house.lou)
    backup = made_now(lou)
    assert (backup.state, backup.by_id) == ("verified", house.lou.pk)
    page = lou.get("/backups/").content.decode()
    assert "/backups/now/" in page
    assert "/backups/plan/" not in page
    assert "/backups/everything/" not in page
    assert f"/backups/{backup.pk}/file/" not in lou.get(f"/backups/{backup.pk}/").content.decode()
    house.lou.set_password(PASSWORD)
    house.lou.save()
    assert lou.post(f"/backups/{backup.pk}/file/", {"password": PASSWORD}).status_code in (302, 404)


def test_a_second_press_waits_for_the_first(house, signed_in):
    boss = signed_in(house.boss)
    boss.post("/backups/now/")
    assert "hx-trigger" in boss.get("/backups/").content.decode()
    boss.post("/backups/now/")
    assert Job.objects.filter(name=jobs.name_of(chores.back_up)).count() == 1
    drain()
    assert every(Backup).count() == 1
    assert "every 2s" not in boss.get("/backups/").content.decode()
    waiting = {"HX-Request": "true", "HX-Target": "backups"}
    assert boss.get("/backups/", headers=waiting)["HX-Redirect"] == "/backups/"


def test_a_failed_one_is_on_record_with_its_reason_and_cannot_be_fetched(house, signed_in, tmp_path):
    (tmp_path / "backups").write_text("in the way")
    backup = made_now(signed_in(house.boss))
    assert backup.state == "failed"
    assert "backups" in backup.why
    assert [entry.verb for entry in Entry.objects.filter(kind="backup.backup")] == ["backup_failed"]
    assert signed_in(house.boss).post(f"/backups/{backup.pk}/file/", {"password": PASSWORD}).status_code == 404


def test_the_plan_is_said_once_and_changed_like_any_record(house, signed_in, tmp_path):
    boss = signed_in(house.boss)
    assert boss.post("/backups/plan/", {"hour": "3", "keep": "0", "folder": ""}).status_code == 422
    assert boss.post("/backups/plan/", {"hour": "3", "keep": "2", "folder": str(tmp_path / "none")}).status_code == 422
    assert boss.post("/backups/plan/", {"hour": "3", "keep": "2", "folder": str(tmp_path)}).status_code == 302
    held = every(Plan).get()
    assert (held.hour, held.keep, held.folder) == (3, 2, str(tmp_path))
    said = {"hour": "", "keep": "5", "folder": "", "version": "1"}
    assert boss.post("/backups/plan/", said).status_code == 302
    held = every(Plan).get()
    assert (held.hour, held.keep, held.folder) == (None, 5, "")
    assert "没有开启" in boss.get("/backups/").content.decode()


def at(hour, day=20):
    return timezone.make_aware(datetime.datetime(2026, 11, day, hour, 30))


def dated(backup, moment):
    Backup._base_manager.filter(pk=backup.pk).update(created_at=moment)


def test_the_nightly_one_is_due_once_after_its_hour_and_made_up_for(house):
    assert not actions.is_due(at(12))  # nobody asked for it
    Plan(hour=3).save()
    assert actions.is_due(at(2))  # the last hour passed yesterday
    dated(actions.make(nightly=True), at(9, day=19))
    assert not actions.is_due(at(2))
    assert actions.is_due(at(3))
    dated(actions.make(nightly=True), at(3))
    assert not actions.is_due(at(23))
    assert actions.is_due(at(4, day=21))


def test_of_the_nightly_ones_the_newest_are_kept_and_no_other_is_touched(house, tmp_path):
    Plan(hour=3, keep=2).save()
    by_hand = actions.make()
    made = [actions.make(nightly=True) for _nth in range(4)]
    assert {place.name for place in (tmp_path / "backups").iterdir()} == {by_hand.name, made[2].name, made[3].name}
    assert list(every(Backup).live().order_by("id")) == [by_hand, *made[2:]]


def test_a_failed_one_removes_nothing(house, monkeypatch):
    Plan(hour=3, keep=1).save()
    kept = actions.make(nightly=True)
    monkeypatch.setattr(actions, "name_now", lambda: kept.name)  # is there already
    assert actions.make(nightly=True).state == "failed"
    assert actions.place_of(kept).is_file()
    assert kept in every(Backup).live()


def test_the_warning_stands_when_the_last_verified_one_is_old_and_not_before(house, signed_in):
    now, boss = timezone.now(), signed_in(house.boss)
    assert actions.warning(now) == ""  # the firm is young
    Firm._base_manager.update(created_at=now - datetime.timedelta(hours=49))
    firm.revise()
    assert "还没有备份" in actions.warning(now)
    assert "还没有备份" in boss.get("/backups/").content.decode()
    backup = actions.make()
    assert actions.warning(now) == ""
    dated(backup, now - datetime.timedelta(hours=49))
    assert "上一次" in actions.warning(now)
    Backup._base_manager.update(state="failed")
    assert "还没有备份" in actions.warning(now)


def test_everything_leaves_in_one_zip_for_whoever_owns_the_firm(house, signed_in):
    boss = signed_in(house.boss)
    files.attach(house.first, SimpleUploadedFile("合同.txt", "第一条".encode()))
    assert boss.post("/backups/everything/", {"password": "guessed"}).status_code == 422
    answer = boss.post("/backups/everything/", {"password": PASSWORD})
    place = answer["Location"]
    assert "every 1s" in boss.get(place).content.decode()
    drain()
    assert "every 1s" not in boss.get(place).content.decode()
    answer = boss.get(f"{place}?file=1")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as held:
        names = held.namelist()
        people = next(name for name in names if re.fullmatch(r"csv/.* \(people\)\.csv", name))
        assert {"Boss", "Ann", "Eve"} <= set(re.findall(r"[A-Z][a-z]+", held.read(people).decode()))
        assert any(name.startswith("xlsx/") and "(parties)" in name for name in names)
        assert held.read(next(name for name in names if name.endswith("合同.txt"))).decode() == "第一条"
        assert "people.user" in held.read("journal.csv").decode()
        assert "argon2" not in "".join(held.read(name).decode(errors="replace") for name in names)
    assert Batch.objects.filter(verb="exported", kind="backup.backup").count() == 1
    assert signed_in(house.ben).get(place).status_code == 404
