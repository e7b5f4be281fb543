import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.pinyin import KEY_LENGTH, readings, sort_key, syllables


@pytest.mark.parametrize(
    ("text", "full", "initials"),
    [
        ("华信建材", "huaxinjiancai", "hxjc"),
        ("華信建材", "huaxinjiancai", "hxjc"),
        ("TCL 集团（中国）", "tcljituanzhongguo", "tcljtzg"),
        ("吕绿", "lvlv", "ll"),
        ("École 7", "ecole7", "ecole7"),
        ("(!)", "", ""),
    ],
)
def test_a_name_reads_as_one_types_it(text, full, initials):
    spelled, short = readings(text)
    assert (spelled[0], short[0]) == (full, initials)


def test_other_readings_are_found_too_within_bounds():
    assert readings("重庆银行") == (
        ("zhongqingyinhang", "chongqingyinhang", "zhongqingyinxing"),
        ("zqyh", "cqyh", "zqyx"),
    )
    assert max(map(len, readings("重长行乐单朝厦都会参藏曾"))) == 8


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
    assert readings(name)[0][0] == full


def test_the_usual_reading_of_a_surname_character_is_kept():
    assert syllables("单位") == [("shan", "dan"), ("wei",)]
    assert "jiefang" in readings("解放")[0]


def test_names_sort_as_in_a_telephone_book():
    order = ("2号店", "10号店", "阿芳", "ABC", "abd", "李", "李伟", "李玮", "林", "刘一", "张三", "Zoom")
    assert tuple(sorted(set(order), key=sort_key)) == order
    assert sort_key("李伟") != sort_key("里伟")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_has_a_bounded_ascii_key(text):
    assert sort_key(text).isascii()
    assert len(sort_key(text)) <= KEY_LENGTH + 18
    readings(text)
