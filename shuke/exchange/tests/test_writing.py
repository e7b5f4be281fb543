import io
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.exchange.reading import open_book
from shuke.language.writing import guarded, unguarded, write_csv, write_xlsx

HEAD = ["客户", "金额", "日期", "时间", "是否"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'＝\n,;\t\"1 "), max_size=8)
ROWS = st.lists(
    st.tuples(
        TEXTS,
        st.none() | st.decimals(-(10**9), 10**9, places=2),
        st.none() | st.dates(date(1900, 3, 1), date(2199, 12, 31)),
        st.none() | st.datetimes(datetime(1900, 3, 1), datetime(2199, 12, 31)).map(lambda moment: moment.replace(microsecond=0)),
        st.booleans(),
    ),
    max_size=8,
)


def read_back(path):
    return list(open_book(path, path.name).sheets[0].rows())


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "－1－1", "＠x", "'=1", "''=1", "+852-2345-6789", "-"],
)
def test_what_a_spreadsheet_would_compute_is_guarded(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["", "华信", "-5", "-1,200.50", "+85223456789", "+86 138 0013 8000", "'90s", "a=b", "13800138000", "'5191230567984561'"],
)
def test_numbers_phones_and_plain_texts_are_left_alone(text):
    assert guarded(text) == text
    assert unguarded(text) == text


@given(TEXTS)
def test_the_guard_is_taken_back_exactly(text):
    assert unguarded(guarded(text)) == text


def test_a_csv_is_what_excel_on_windows_expects():
    stream = io.StringIO()
    row = ['华信,"佛山"', Decimal("12.50"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, tzinfo=ZoneInfo("Asia/Shanghai")), True]
    write_csv(stream, HEAD, [row, ["=1+1", Decimal("-5"), None, time(3, 4), False]])
    assert stream.getvalue() == (
        '\ufeff"客户","金额","日期","时间","是否"\r\n'
        '"华信,""佛山""","12.50","2026-01-02","2026-01-02 03:04:00","TRUE"\r\n'
        '"\'=1+1","-5","","03:04:00","FALSE"\r\n'
    )


def test_a_csv_without_bom_has_none():
    stream = io.StringIO()
    write_csv(stream, ["a"], [], bom=False)
    assert stream.getvalue() == '"a"\r\n'


def test_a_workbook_keeps_types(tmp_path):
    path = tmp_path / "f.xlsx"
    local = datetime(2026, 1, 2, 3, 4, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
    write_xlsx(
        path, HEAD, [["华信", Decimal("12.50"), date(2026, 1, 2), local, True], ["三维", 3, None, None, False]], title="客户/2026"
    )
    [sheet] = open_book(path, path.name).sheets
    assert sheet.name == "客户 2026"
    assert list(sheet.rows()) == [
        HEAD,
        ["华信", 12.5, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5), True],
        ["三维", 3, None, None, False],
    ]


def test_what_a_workbook_would_spoil_is_written_as_text(tmp_path):
    path = tmp_path / "f.xlsx"
    write_xlsx(
        path, ["a"], [[6222021234567890123], [Decimal("1234567890123456.78")], [date(1900, 2, 28)], ["长" * 40_000]], title="t"
    )
    account, amount, day, text = [row[0] for row in read_back(path)[1:]]
    assert (account, amount, day) == ("6222021234567890123", "1234567890123456.78", "1900-02-28")
    assert (len(text), text[-1]) == (32_767, "…")


def test_columns_of_one_name_stay_apart_and_an_empty_table_keeps_its_head(tmp_path):
    path = tmp_path / "f.xlsx"
    write_xlsx(path, ["电话", "电话", "电话 "], [["1", "2", "3"]], title="")
    assert read_back(path)[1] == ["1", "2", "3"]
    write_xlsx(path, ["客户", "电话"], [], title="t")
    assert read_back(path) == [["客户", "电话"]]


def test_rows_are_written_as_they_come(tmp_path):
    """A row is asked for only after those before it were taken: a large export is never whole in memory."""
    taken = []
    lines = []

    class Stream:
        def write(self, text):
            lines.append(len(taken))

    write_csv(Stream(), ["n"], ([taken.append(number) or number] for number in range(5)))
    assert lines == [0, 0, 1, 2, 3, 4, 5]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_what_a_csv_was_given_is_read_back(tmp_path, rows):
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_csv(stream, HEAD, rows)
    expected = [
        [text or None, None if amount is None else f"{amount:f}", *(cell and str(cell) for cell in days), str(flag).upper()]
        for text, amount, *days, flag in rows
    ]
    assert read_back(path) == [HEAD, *expected]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_what_a_workbook_was_given_is_read_back(tmp_path, rows):
    path = tmp_path / "f.xlsx"
    write_xlsx(path, HEAD, rows, title="t")
    expected = [[text or None, None if amount is None else float(amount), *rest] for text, amount, *rest in rows]
    # A moment at midnight is a day to a spreadsheet.
    days = [[cell.date() if isinstance(cell, datetime) and cell.time() == time() else cell for cell in row] for row in expected]
    assert read_back(path)[1:] == days
