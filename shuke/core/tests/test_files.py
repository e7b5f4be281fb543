"""Files: kept once by content, known by what they are, seen by whoever sees the record, swept when nothing needs them."""

import hashlib
import os
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from shuke.core import chores, files
from shuke.core.act import acting
from shuke.core.models import Attachment, Entry, Job, Share, StoredFile
from shuke.core.record import Refused
from shuke.exchange.models import Import
from shuke.parties.models import Party

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.FILES = tmp_path


@pytest.fixture
def party(cast):
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    return party


def upload(content=PNG, name="图.png"):
    return SimpleUploadedFile(name, content)


def test_the_same_bytes_are_kept_once_under_their_digest(db, tmp_path):
    one, two = files.store(upload()), files.store(upload(name="other.png"))
    assert one == two and one.digest == hashlib.sha256(PNG).hexdigest()
    assert files.place_of(one.digest).read_bytes() == PNG
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


@pytest.mark.parametrize(
    ("content", "type"),
    [
        (PNG, "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF0000WEBP", "image/webp"),
        (b"<svg onload=x>", "application/octet-stream"),
        (b"<html>", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(db, content, type):
    assert files.store(upload(content, "picture.png")).type == type


@pytest.mark.parametrize(("content", "largest"), [(b"", 10), (b"x" * 11, 10)])
def test_an_empty_or_too_large_file_is_refused_and_leaves_nothing(db, tmp_path, content, largest):
    with pytest.raises(Refused):
        files.store(upload(content), largest=largest)
    assert not StoredFile.objects.exists() and list(tmp_path.iterdir()) == []


def test_it_is_served_to_whoever_sees_the_record_and_to_nobody_else(cast, party, signed_in):
    attached = files.attach(party, upload())
    answer = signed_in(cast.ann).get(f"/files/{attached.pk}/")
    assert b"".join(answer.streaming_content) == PNG
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Disposition"].startswith("inline")
    assert signed_in(cast.eve).get(f"/files/{attached.pk}/").status_code == 404


def test_what_is_no_picture_is_a_download(cast, party, signed_in):
    attached = files.attach(party, upload(b"<script>", "a.html"))
    answer = signed_in(cast.ann).get(f"/files/{attached.pk}/")
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Type"] == "application/octet-stream"


def test_a_name_from_outside_is_a_name_and_no_path(cast, party):
    assert files.attach(party, upload(name="../../etc/passwd")).name == "passwd"


def test_it_goes_with_its_record(cast, party, signed_in):
    attached = files.attach(party, upload())
    party.delete()
    assert signed_in(cast.ann).get(f"/files/{attached.pk}/").status_code == 404
    assert Attachment._base_manager.get(pk=attached.pk).is_live


def test_who_may_only_look_neither_adds_nor_removes_a_file_and_is_not_asked_to(cast, party, signed_in):
    with acting(cast.boss.pk, "web"):
        Share(on="parties", record=party.pk, user=cast.eve, level="view").save()
    attached = files.attach(party, upload())
    for user in (cast.eve, cast.nobody):
        browser = signed_in(user)
        assert browser.post(f"/parties/{party.pk}/files/", {"file": upload()}).status_code == 404
        assert browser.post(f"/files/{attached.pk}/remove/").status_code == 404
    assert signed_in(cast.eve).get(f"/files/{attached.pk}/").status_code == 200
    assert [one.is_live for one in Attachment._base_manager.all()] == [True]
    reader = signed_in(cast.kim)
    page = reader.get(f"/parties/{party.pk}/").content.decode()
    assert f'href="/files/{attached.pk}/"' in page
    assert (f"/parties/{party.pk}/files/" in page) == party.kind.may(cast.kim, "change")


def test_a_file_is_added_and_removed_by_who_may_change_the_record_and_both_are_on_record(cast, party, signed_in):
    browser, place = signed_in(cast.ann), f"/parties/{party.pk}/"
    assert browser.post(f"{place}files/", {"file": upload()})["Location"] == place
    attached = Attachment._base_manager.get()
    assert f"/files/{attached.pk}/remove/" in browser.get(place).content.decode()
    assert browser.post(f"/files/{attached.pk}/remove/")["Location"] == place
    assert browser.get(f"/files/{attached.pk}/").status_code == 404
    assert browser.post(f"/files/{attached.pk}/remove/").status_code == 404
    assert [entry.verb for entry in Entry.objects.filter(kind="core.attachment").order_by("pk")] == ["attached", "removed"]


def test_a_removed_file_comes_back_by_undo_for_who_may_change_the_record(cast, party, signed_in):
    browser, place = signed_in(cast.ann), f"/parties/{party.pk}/"
    browser.post(f"{place}files/", {"file": upload()})
    attached = Attachment._base_manager.get()
    browser.post(f"/files/{attached.pk}/remove/")
    batch = Entry.objects.get(kind="core.attachment", verb="removed").batch
    assert f'action="/undo/{batch.pk}/"' in browser.get(place).content.decode()
    assert [signed_in(user).post(f"/undo/{batch.pk}/").status_code for user in (cast.eve, cast.kim)] == [404, 404]
    assert browser.post(f"/undo/{batch.pk}/").status_code == 302
    assert browser.get(f"/files/{attached.pk}/").status_code == 200


@pytest.mark.parametrize("said", [{}, {"file": upload(b"")}], ids=["none", "empty"])
def test_a_file_that_is_refused_is_told_at_its_field_on_the_page_of_the_record(cast, party, signed_in, said):
    answer = signed_in(cast.ann).post(f"/parties/{party.pk}/files/", said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<h1>顺德家具</h1>" in page and 'aria-describedby="file_error"' in page
    assert f'action="/parties/{party.pk}/files/"' in page
    assert page.partition('id="file_error"')[2].partition("</div>")[0].count("<p") == 1
    assert not Attachment._base_manager.exists() and not StoredFile.objects.exists()


# What nothing needs


def later():
    return timezone.now() + timedelta(seconds=5)


def earlier():
    return timezone.now() - timedelta(days=1)


def kept(tmp_path):
    return {path.name for path in tmp_path.rglob("*") if path.is_file()}


def test_what_no_row_of_any_table_refers_to_is_swept_when_it_is_a_day_old(cast, party, tmp_path):
    attached = files.attach(party, upload())
    imported = Import(user=cast.ann, kind="parties", file=files.store(upload(b"a,b")), filename="a.csv", language="en")
    imported.save()
    needed = {attached.file.digest, imported.file.digest}
    refused = files.store(upload(b"refused"))
    assert list(files.unneeded()) == [refused]
    (tmp_path / "tmpkilled").write_bytes(b"half")
    assert files.sweep(earlier()) == 0 and len(kept(tmp_path)) == 4
    assert files.sweep(later()) == 2
    assert kept(tmp_path) == needed == set(StoredFile.objects.values_list("digest", flat=True))


def test_the_job_sweeps_what_is_older_than_a_day_and_nothing_younger(db, tmp_path):
    old, young = files.store(upload(b"old")), files.store(upload(b"young"))
    before = (timezone.now() - timedelta(hours=25)).timestamp()
    os.utime(files.place_of(old.digest), (before, before))
    assert chores.sweep_files(Job()) == {"gone": 1}
    assert kept(tmp_path) == {young.digest}
    assert list(StoredFile.objects.all()) == [young]


def test_what_is_sent_again_is_young_again(db):
    stored = files.store(upload())
    os.utime(files.place_of(stored.digest), (0, 0))
    files.store(upload())
    assert files.sweep(earlier()) == 0 and files.place_of(stored.digest).exists()


def test_what_is_attached_after_it_was_looked_at_stays(cast, party):
    stored = files.store(upload())
    (seen,) = files.unneeded()
    Attachment(on="parties.party", record=party.pk, file=stored, name="a.png").save()
    files.forget(seen, later())
    assert list(StoredFile.objects.all()) == [stored]


def test_bytes_whose_row_the_store_keeps_stay_and_the_others_go(cast, party, monkeypatch, tmp_path):
    attached = files.attach(party, upload())
    files.store(upload(b"refused"))
    monkeypatch.setattr(files, "unneeded", StoredFile.objects.all)
    assert files.sweep(later()) == 1
    assert kept(tmp_path) == {attached.file.digest} == set(StoredFile.objects.values_list("digest", flat=True))


def test_files_go_for_good_with_their_record_and_after_90_days_in_the_trash(cast, party, tmp_path):
    removed, other = files.attach(party, upload()), Party(name="华信建材", owner=cast.ann)
    other.save()
    files.attach(other, upload(b"b"))
    removed.delete()
    other.delete()
    chores.empty_trash(Job())
    assert Attachment._base_manager.count() == 2
    Attachment._base_manager.filter(pk=removed.pk).update(deleted_at=timezone.now() - timedelta(days=91))
    Party._base_manager.filter(pk=other.pk).update(deleted_at=timezone.now() - timedelta(days=91))
    assert chores.empty_trash(Job()) == {"gone": 2}
    assert not Attachment._base_manager.exists()
    assert files.sweep(later()) == 2 and kept(tmp_path) == set()
