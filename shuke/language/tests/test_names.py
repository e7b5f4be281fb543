import csv
import os
from pathlib import Path

import pytest

from shuke.language import regions
from shuke.language.names import bare, looks_like_organisation, split_person

SHARED = Path(os.environ.get("SHUKE_SHARED") or Path(__file__).parents[3] / "../shared")


@pytest.mark.skipif(not regions.FILE.exists(), reason="regions.json is made when the package is installed")
@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("佛山市华信建材有限公司", "华信建材"),
        ("華信建材（佛山）有限公司", "华信建材"),
        ("广东省佛山市南海区华信建材集团股份有限公司", "华信建材"),
        ("华信建材(中国)有限责任公司", "华信建材"),
        ("华信 建材", "华信建材"),
        ("ＡＢＣ Trading Co., Ltd.", "abctrading"),
        ("朝阳科技", "朝阳科技"),
        ("周明", "周明"),
        ("公司", "公司"),
        ("(!)", ""),
    ],
)
def test_what_counts_of_a_name(name, left):
    assert bare(name) == left


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("单国强", ("单", "国强")),
        ("欧阳雪", ("欧阳", "雪")),
        ("尉迟恭", ("尉迟", "恭")),
        ("王总", ("王", "")),
        ("欧阳总", ("欧阳", "")),
        ("李姐", ("李", "")),
        ("小张", ("张", "")),
        ("小欧阳", ("欧阳", "")),
        ("陈工", ("陈", "")),
        ("許小姐", ("許", "")),
        ("刘老板", ("刘", "")),
        ("周明先生", ("周", "明")),
        ("李小妹", ("李", "小妹")),
        ("王建工", ("王", "建工")),
        ("阿芳", ("", "阿芳")),
        ("芳姐", ("", "芳姐")),
        ("Ann Smith", ("", "Ann Smith")),
        ("华信建材有限公司", ("", "华信建材有限公司")),
        ("", ("", "")),
    ],
)
def test_a_person_has_a_surname_and_a_given_name(name, parts):
    assert split_person(name) == parts


@pytest.mark.parametrize(
    "name", ["老王门窗", "阿芳川菜馆", "样例酒店", "老孙五金水电", "TCL", "Sample Catering Group", "东方电气", "3M"]
)
def test_firms_are_taken_for_firms(name):
    assert looks_like_organisation(name)


@pytest.mark.parametrize(
    "name",
    ["周明", "单国强", "欧阳雪", "王总", "芳姐", "小吴（样板花园 5-801）", "許小姐", "Harry Touret", "理查德·斯奈德", "张磊1"],
)
def test_persons_are_taken_for_persons(name):
    assert not looks_like_organisation(name)


def lines(name):
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip("the shared collection of names is not here")
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("names", "column", "firms", "share"),
    [
        ("cn_person_names/person_names_a.csv", "name", False, 0.97),
        ("cn_company_names/listed_company_short.csv", "name", True, 0.97),
        (
            "cn_company_names/company_short_20k.txt",
            None,
            True,
            0.84,
        ),  # two or three characters, many of them a person's name as well
    ],
)
def test_the_guess_is_right_for_most_published_names(names, column, firms, share):
    read = lines(names)
    found = [row[column] for row in csv.DictReader(read)] if column else read
    assert sum(looks_like_organisation(name) == firms for name in found) / len(found) >= share
