"""vCards of phones and mail programs, and ours that go out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.vcards import VCard, read, write

FILES = sorted((Path(__file__).parents[4] / "shared/data/vcf").glob("*.vcf"))
# A card that names nobody: a group, a key or a test of one property.
NAMELESS = {"050", "055", "063", "068", "071", "072", "073", "075"}


def one(*lines, encoding="utf-8"):
    (card,) = read("\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD", ""]).encode(encoding))
    return card


@pytest.mark.skipif(not FILES, reason="the files of other programs are not beside this checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_files_of_other_programs_are_read(path):
    cards = read(path.read_bytes())
    assert cards
    assert all(card.name for card in cards) or path.stem.removeprefix("calcard__") in NAMELESS


def test_a_card_of_an_old_phone_is_read():
    card = one(
        "VERSION:2.1",
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;=E5=BB=BA;;;",
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B=",
        "=E5=BB=BA",
        "TEL;CELL:138-0000-0001",
    )
    assert (card.name, card.surname, card.given, card.mobile) == ("王建", "王", "建", "13800000001")


def test_quoted_printable_in_gb18030_is_read():
    card = one("VERSION:2.1", "FN;CHARSET=GB18030;ENCODING=QUOTED-PRINTABLE:=CD=F5=BD=A8")
    assert card.name == "王建"


def test_a_whole_file_in_gb18030_is_read():
    assert one("VERSION:2.1", "FN:老王门窗", encoding="gb18030").name == "老王门窗"


def test_folded_lines_groups_and_escapes_are_read():
    card = one("VERSION:3.0", "FN:老王", "item1.ORG:老王\\, 门", " 窗;二部", "NOTE:一\\n二", "TEL;TYPE=WORK:0757-80000000")
    assert (card.firm, card.note, card.phone_work) == ("老王, 门窗", "一\n二", "0757-80000000")


def test_a_fax_is_no_phone_and_a_number_we_cannot_ring_goes_to_the_note():
    card = one("VERSION:3.0", "FN:Ann", "TEL;TYPE=FAX:0757-80000001", "TEL;TYPE=WORK:(111) 555-1212")
    assert (card.phones, card.note) == ([], "(111) 555-1212")


def test_what_is_written_is_read_again():
    card = VCard(
        "欧阳雪", "欧阳", "雪", "样例, 餐饮; 公司", "采购", "13800000014", "0757-80000000", "x@example.com", note="一\n二" * 60
    )
    (back,) = read(write([card]))
    assert all(
        getattr(back, key) == getattr(card, key) for key in ("name", "surname", "firm", "mobile", "phone_work", "email", "note")
    )
    assert max(map(len, write([card]).split(b"\r\n"))) <= 75


def test_what_is_no_file_of_contacts_holds_nobody():
    assert read(b"\x89PNG\r\n") == read(b"") == []


def test_a_card_that_was_cut_off_is_read_as_far_as_it_goes():
    assert [card.name for card in read(b"BEGIN:VCARD\nFN:Ann\nTEL:138")] == ["Ann"]


@given(
    st.binary(max_size=400),
    st.lists(st.sampled_from(["BEGIN:VCARD", "FN:x", "N:;", "TEL:", "=", ";", ":", "\\", '"', "\n", " ", "END:VCARD"])),
)
def test_no_file_makes_the_reading_fail(raw, words):
    read(raw)
    read("".join(words).encode() + raw)
