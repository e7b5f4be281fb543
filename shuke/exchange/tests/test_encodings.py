import codecs
import csv
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.exchange.encodings import UnreadableFile, decode, guess

SHARED = Path(os.environ.get("SHUKE_SHARED", Path(__file__).parents[4] / "shared")) / "data"
SIMPLIFIED = Path(__file__).parents[1] / "data" / "simplified.txt"
TEXT = "客户名称,联系人\r\n佛山市华信建材有限公司,朱镕\r\n"

needs_names = pytest.mark.skipif(not (SHARED / "cn_company_names").exists(), reason="the shared data are not here")


def lists_of_names(size):
    """200 lists of `size` real names each, of firms and of persons, always the same."""
    firms = (SHARED / "cn_company_names/company_short_20k.txt").read_text("utf-8").split()
    with (SHARED / "cn_person_names/person_names_a.csv").open(encoding="utf-8") as file:
        people = [row[0] for row in csv.reader(file)][1:]
    draw = random.Random(size)
    return ["\r\n".join(draw.sample(names, size)) for names in (firms, people) for _turn in range(100)]


def traditional(text):
    table = {simple: full for full, simple in reversed([line.strip() for line in SIMPLIFIED.read_text("utf-8").split()])}
    return "".join(table.get(character, character) for character in text)


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("gb18030"), "gb18030"),
        ("客戶名稱,聯絡人\r\n高雄市鴻海機械股份有限公司,陳小姐\r\n".encode("big5"), "big5hkscs"),
        (b"name,phone\r\n", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_each_encoding_is_recognised(raw, encoding):
    assert guess(raw) == encoding
    assert decode(raw)[0].encode(encoding) == raw or encoding == "utf-16"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_last_character_cut_in_two_is_left_out(encoding):
    assert decode("客户名称和电话".encode(encoding)[:-1]) == ("客户名称和电", encoding)


def test_a_character_outside_gb2312_survives():
    assert decode("朱镕基,喆,堃,𠮷".encode("gb18030"))[0] == "朱镕基,喆,堃,𠮷"


@needs_names
@pytest.mark.parametrize("size", [10, 50])
def test_real_lists_in_gb18030_are_never_taken_for_big5(size):
    assert {guess(names.encode("gb18030")) for names in lists_of_names(size)} == {"gb18030"}


@needs_names
@pytest.mark.skipif(not SIMPLIFIED.exists(), reason="the table of simplified characters is not here")
@pytest.mark.parametrize("size", [10, 50])
def test_real_lists_in_big5_are_never_taken_for_gb18030(size):
    assert {guess(traditional(names).encode("big5", "ignore")) for names in lists_of_names(size)} == {"big5hkscs"}


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\xff\xfe\x00",
        b"\x00" * 40,
        b"name\x00phone",
        b"caf\xe9,1\r\n",
        bytes(range(256)),
    ],
)
def test_what_is_not_text_is_refused_with_a_sentence(raw):
    with pytest.raises(UnreadableFile, match=r"\w"):
        guess(raw)


@given(st.binary(max_size=300))
def test_random_bytes_give_text_or_a_refusal(raw):
    try:
        text, encoding = decode(raw)
    except UnreadableFile as error:
        assert error.sentence
    else:
        assert "\0" not in text
        assert encoding in {"utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "gb18030", "big5hkscs"}
