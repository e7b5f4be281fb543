from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language import pinyin
from shuke.language.pinyin import KEY_LENGTH, initials, sort_key, spellings, spoken, syllables, typed


@pytest.mark.parametrize(
    ("text", "full", "short"),
    [
        ("华信建材", "huaxinjiancai", "hxjc"),
        ("華信建材", "huaxinjiancai", "hxjc"),
        ("TCL 集团（中国）", "tcljituanzhongguo", "tcljtzg"),
        ("吕绿", "lvlv", "ll"),
        ("École 7", "ecole7", "ecole7"),
        ("(!)", "", ""),
    ],
)
def test_a_name_reads_as_one_types_it(text, full, short):
    spelling = spellings(text)[0]
    assert (typed(spelling), initials(spelling)) == (full, short)


def test_other_readings_are_found_too_within_bounds():
    assert spellings("重庆银行") == ("'zhong'qing'yin'hang", "'chong'qing'yin'hang", "'zhong'qing'yin'xing")
    assert len(spellings("重长行乐单朝厦都会参藏曾")) == 8


def test_a_spelling_keeps_where_characters_and_scripts_begin():
    assert spellings("TCL西安3号") == (".tcl'xi'an.3'hao",)
    assert spoken(".tcl'xi'an.3'hao") == {"xian", "an", "hao"}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("单国强", "shanguoqiang"),
        ("解晓东", "xiexiaodong"),
        ("仇英", "qiuying"),
        ("区志", "ouzhi"),
        ("查良镛", "zhaliangyong"),
        ("朴树", "piaoshu"),
        ("尉迟恭", "yuchigong"),
        ("万俟卨", "moqixie"),
        ("單國強", "shanguoqiang"),
        ("解放汽车", "jiefangqiche"),
    ],
)
def test_surnames_are_read_right(name, full):
    assert typed(spellings(name)[0]) == full


def test_the_usual_reading_of_a_surname_character_is_kept():
    assert syllables("单位") == [("shan", "dan"), ("wei",)]
    assert "'jie'fang" in spellings("解放")


def test_every_character_of_the_national_standard_has_a_sound():
    standard = [bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)]
    assert len("".join(standard)) == 6763
    assert [character for character in filter(None, standard) if not syllables(character)[0][0].isascii()] == []


def test_without_the_table_only_the_listed_characters_have_a_sound(monkeypatch):
    monkeypatch.setattr(pinyin, "FILE", Path("nowhere"))
    forget()
    try:
        assert syllables("重庆") == [("zhong", "chong"), ("庆",)]
        assert sort_key("庆") == "~5e86  5e86"
    finally:
        forget()


def forget():
    for kept in (pinyin._table, pinyin._sounds, pinyin._pieces):
        kept.cache_clear()


def test_names_sort_as_in_a_telephone_book():
    order = ("2号店", "10号店", "阿芳", "ABC", "abd", "李", "李伟", "李玮", "林", "刘一", "张三", "Zoom")
    assert tuple(sorted(set(order), key=sort_key)) == order
    assert sort_key("李伟") != sort_key("里伟")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_has_a_bounded_ascii_key(text):
    assert sort_key(text).isascii()
    assert len(sort_key(text)) <= KEY_LENGTH + 18
    assert all(initials(spelling) or not spelling for spelling in spellings(text))
