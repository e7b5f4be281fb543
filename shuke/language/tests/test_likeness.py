import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language import likeness
from shuke.language.likeness import Trait, candidates, compare, nearly, nothing, written
from tools.likeness import known_pairs, namesakes

LISTS = Path(os.environ.get("SHUKE_LISTS", "data"))
NAME = Trait("name", 9, -4, written, keys=nearly)
PERSON = Trait("person", 4, -4, enough=False)
BIRTHDAY = Trait("birthday", 6, -3, keys=nothing, enough=False)
CITY = Trait("city", 3, -2, keys=nothing, colour=True)


def needs(name):
    return pytest.mark.skipif(not (LISTS / name).exists(), reason=f"there is no {name} in the folder that SHUKE_LISTS names")


@needs("febrl_dedupe/dataset1.csv")
def test_the_pairs_of_a_list_whose_truth_is_known_are_found():
    found = known_pairs(LISTS / "febrl_dedupe/dataset1.csv")
    print(found, found.precision, found.recall)
    assert found.true == 500
    assert found.precision >= 0.97
    assert found.recall >= 0.9


@needs("cn_person_names/person_names_a.csv")
def test_namesakes_are_not_proposed():
    alike, proposed = namesakes(LISTS / "cn_person_names/person_names_a.csv")
    print(f"{alike} pairs of namesakes, {proposed} proposed")
    assert alike > 500
    assert proposed == 0


def test_a_persons_name_needs_a_second_field_and_a_city_is_none():
    one = {"person": ["陈美玲"], "city": ["佛山市"], "birthday": ["03-02"]}
    assert compare({**one, "birthday": []}, one, [PERSON, BIRTHDAY, CITY]).score == 0
    verdict = compare(one, one, [PERSON, BIRTHDAY, CITY])
    assert verdict.score > 0.9
    assert list(verdict.reasons) == ["birthday", "person", "city"]


def test_what_differs_counts_against_and_what_is_empty_does_not():
    one, other = {"name": ["华信建材"], "city": ["佛山市"]}, {"name": ["华信建材"], "city": ["广州市"]}
    apart, unsaid = compare(one, other, [NAME, CITY]), compare(one, {"name": ["华信建材"]}, [NAME, CITY])
    assert apart.score < unsaid.score
    assert unsaid.score == compare(one, {"name": ["华信建材"]}, [NAME]).score


@given(st.lists(st.text("华信建材五金", min_size=1, max_size=8), min_size=2, max_size=12))
def test_a_verdict_reads_the_same_from_either_side(names):
    one, other = {"name": names[:1]}, {"name": names[1:]}
    assert compare(one, other, [NAME]) == compare(other, one, [NAME])
    assert 0 <= compare(one, other, [NAME]).score <= 1


@given(st.text("华信建材五金店", min_size=5, max_size=10), st.integers(0, 9), st.sampled_from("木石水"))
def test_two_that_differ_by_one_character_are_compared(name, place, other):
    place = min(place, len(name) - 1)
    for written_so in (
        name[:place] + name[place + 1 :],
        name[:place] + other + name[place + 1 :],
        name[:place] + other + name[place:],
    ):
        assert (1, 2) in set(candidates([(1, [name]), (2, [written_so])], NAME))


def test_what_very_many_share_is_no_reason_to_compare():
    shared = [(pk, ["075722223333"]) for pk in range(1, 30)]
    assert list(candidates(shared, Trait("phone", 9, -1))) == []
    assert len(list(candidates(shared[:20], Trait("phone", 9, -1)))) == 190


def test_no_record_is_compared_with_itself():
    assert list(candidates([(1, ["a"]), (1, ["a"]), (2, ["a"])], Trait("phone", 9, -1))) == [(1, 2)]


def test_the_work_grows_with_the_list_and_not_with_its_square():
    names = [
        (pk, [f"{chr(0x4E00 + pk % 5000)}{chr(0x5E00 + pk // 7 % 4000)}{chr(0x6E00 + pk // 3 % 3000)}材"]) for pk in range(6000)
    ]
    few, many = (sum(1 for _ in candidates(names[:size], NAME)) for size in (3000, 6000))
    assert many <= 3 * max(few, 1000)


@pytest.mark.parametrize(
    ("normal", "written_so", "told"),
    [
        (likeness.phone, "0757-2222 3333转806", "22223333"),
        (likeness.phone, "+86 138 0013 8000", "13800138000"),
        (likeness.phone, "nobody", ""),
        (likeness.plain, "Mei_Ling 85", "meiling85"),
        (likeness.shop, "老王五金经营部", "老王五金"),
        (likeness.shop, "店", "店"),
        (likeness.shop, "书店", "书店"),
        (likeness.address, "广东省佛山市禅城区季华路 8 号", "季华路8号"),
        (likeness.address, "佛山市", "佛山市"),
    ],
)
def test_the_form_in_which_values_are_compared(normal, written_so, told):
    assert normal(written_so) == told


def test_the_reasons_are_told_in_words():
    verdict = compare({"name": ["华信建材"]}, {"name": ["华信建村"]}, [NAME])
    assert likeness.reasons(verdict, {"name": "名称"}) == "名称（75%）"
    assert Counter(verdict.reasons) == {"name": 0.75}
