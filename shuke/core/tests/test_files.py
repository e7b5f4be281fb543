"""Files: kept once by content, known by what they are, seen by whoever sees the record."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuke.core import files
from shuke.core.models import Attachment, StoredFile
from shuke.core.record import Refused
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
