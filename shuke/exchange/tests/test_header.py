import os
from itertools import islice
from pathlib import Path

import pytest
from django.utils import translation

from shuke.exchange.header import find
from shuke.exchange.reading import open_book

STATEMENTS = Path(os.environ.get("SHUKE_SHARED", Path(__file__).parents[4] / "shared")) / "data/cn_payment_exports"


@pytest.fixture(autouse=True)
def english():
    with translation.override(None):
        yield


def test_titles_notes_and_blank_lines_are_skipped():
    rows = [["客户资料表"], [], ["导出人：", "张三"], ["客户", "电话", "金额"], ["华信", 13800138000.0, 12.5]]
    guess = find(rows)
    assert (guess.row_index, guess.names) == (3, ["客户", "电话", "金额"])


def test_names_in_two_lines_are_joined():
    rows = [["客户表"], ["客户", "联系方式", None, "城市"], [None, "电话", "微信"], ["华信", "13800138000", "hx", "佛山"]]
    guess = find(rows)
    assert (guess.row_index, guess.names) == (2, ["客户", "联系方式 电话", "联系方式 微信", "城市"])


def test_a_first_customer_is_not_joined_to_the_names():
    assert find([["姓名", "城市", "备注"], ["张三", "广州", "老客户"]]).row_index == 0
    assert find([[None, "姓名", "城市"], [1.0, "张三", "广州"]]).names == ["Column A", "姓名", "城市"]


def test_without_a_name_line_columns_have_letters():
    guess = find([["张三", "13800138000", 12.5], ["李四", "13900139000", 8.0]])
    assert (guess.row_index, guess.names) == (None, ["Column A", "Column B", "Column C"])


def test_names_are_made_different_and_clean():
    names = find([["电话", "电话", None, "金额\n（元）", "电话 (2)"], ["1", "2", "3", "4", "5"]]).names
    assert names == ["电话", "电话 (2)", "Column C", "金额 （元）", "电话 (2) (2)"]


def test_years_may_be_names_but_not_alone():
    assert find([["客户", 2024.0, 2025.0], ["华信", 12.0, 13.0]]).names == ["客户", "2024", "2025"]
    assert find([[2024.0, 2025.0], [12.0, 13.0]]).row_index is None


def test_names_that_a_program_made_up_are_no_names():
    assert find([["Column1", "Column2"], ["账单明细"], ["客户", "电话"], ["华信", "13800138000"]]).row_index == 2


def test_an_empty_sheet_has_no_names():
    assert find([]).names == []
    assert find([[], []]) == find([])


@pytest.mark.skipif(not STATEMENTS.exists(), reason="the shared data are not here")
@pytest.mark.parametrize(
    ("name", "row", "first"),
    [
        ("alipay__example-alipay-records.csv", 24, "交易时间"),
        ("wechat__example-wechat-records.csv", 16, "交易时间"),
        ("wechat__example-wechat-records.xlsx", 17, "交易时间"),
        ("jd__example-jd-records.csv", 21, "交易时间"),
        ("mt__example-mt-records.csv", 19, "交易创建时间"),
        ("boc__credit__example-boc-records.csv", 1, "交易日"),
        ("icbc__debit-v1__example-icbc-debit-v1-records.csv", 6, "交易日期"),
        ("citic__credit__example-citic-records.xls", 1, "交易日期"),
        ("ccb__交易明细_xxxx_2025xxxx_2025xxxx.xls", 5, "记账日"),
        ("spdb_debit__example-spdb_debit-records.xls", 1, "顺序号"),
        ("hxsec__example-hxsec-records.xls", 0, "交收日期"),
        ("cmb__credit__example-cmb-records.csv", 1, "交易日"),
        ("bmo__debit__example-bmo-records.csv", 3, "First Bank Card"),
        ("td__example-td-records.csv", None, "Column A"),
    ],
)
def test_the_names_of_real_statements_are_found(name, row, first):
    guess = find(list(islice(open_book(STATEMENTS / name, name).sheets[-1].rows(), 30)))
    assert (guess.row_index, guess.names[0]) == (row, first)
