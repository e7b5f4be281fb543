"""Bytes that are no text are refused before anything is made of them."""

import pytest

from shuke.core.models import Attachment
from shuke.parties.models import Party

GB18030 = "华信建材".encode("gb18030")
FORM = "multipart/form-data; boundary=x"
PERCENT = "".join(f"%{byte:02X}" for byte in GB18030)


@pytest.mark.parametrize("address", ["/parties/?q={}", "/parties/?nothing={}", "/parties.csv?q={}", "/api/v1/parties?q={}"])
def test_a_query_string_that_is_no_utf8_is_refused_with_a_sentence(cast, signed_in, address):
    answer = signed_in(cast.boss).get(address.format(PERCENT))
    assert answer.status_code == 400 and "\ufffd" not in answer.content.decode()


def test_a_form_that_is_no_utf8_is_refused_and_nothing_is_stored(cast, signed_in):
    answer = signed_in(cast.boss).generic(
        "POST", "/parties/new/", f"name={PERCENT}".encode(), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400
    assert not Party._base_manager.exists()


def parts(**said: bytes) -> bytes:
    made = [b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name.encode(), v) for name, v in said.items()]
    return b"".join(made) + b"--x--\r\n"


@pytest.mark.parametrize("kind", [FORM, f"{FORM}; charset=us-ascii"])
def test_a_part_that_is_no_utf8_is_told_at_its_field_with_the_rest_kept(cast, signed_in, kind):
    browser = signed_in(cast.boss)
    sent = parts(name="顺德家具".encode(), note=GB18030)
    answer = browser.generic("POST", "/parties/new/", sent, content_type=kind)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["note"] and 'value="顺德家具"' in answer.content.decode()
    assert not Party._base_manager.exists()
    assert browser.generic("POST", "/parties/new/", parts(name="顺德家具".encode()), content_type=kind).status_code == 302


def test_a_mark_of_replacement_that_was_typed_is_a_character_like_others(cast, signed_in):
    signed_in(cast.boss).post("/parties/new/", {"name": "华信\ufffd"})
    assert Party._base_manager.get().name == "华信\ufffd"


def test_a_file_whose_name_is_no_utf8_is_refused_and_nothing_is_stored(cast, signed_in):
    party = Party(name="顺德家具", owner=cast.boss)
    party.save()
    sent = parts(name=b"a").replace(b'name="name"', b'name="file"; filename="' + GB18030 + b'.png"')
    answer = signed_in(cast.boss).generic("POST", f"/parties/{party.pk}/files/", sent, content_type=FORM)
    assert answer.status_code == 422
    assert not Attachment._base_manager.exists()
