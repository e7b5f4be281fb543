import csv
import json
import os
import resource
import struct
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.exchange import reading, workbook_child
from shuke.exchange.encodings import UnreadableFile
from shuke.exchange.reading import open_book
from shuke.language.writing import write_xlsx

DATA = Path(os.environ.get("SHUKE_SHARED", Path(__file__).parents[4] / "shared")) / "data"
BOOKS = sorted(path for path in (DATA / "spreadsheets").glob("*") if path.name != "INDEX.csv")
STATEMENTS = sorted((DATA / "cn_payment_exports").glob("*"))
SPECTRUM = sorted((DATA / "csv_spectrum/csvs").glob("*.csv"))

LOCKED = {
    "calamine__pass_protected.xlsb",
    "calamine__pass_protected.xlsx",
    "python-calamine__password.ods",
    "python-calamine__password.xlsb",
}
BROKEN = {"calamine__OOM_alloc3.xls"}
# Really without a value in any cell; the .ods has one cell of an unknown type, which the parser leaves out.
EMPTY = {
    "calamine__empty_sheet.xlsx",
    "calamine__errors.xlsx",
    "calamine__issue_666_panic.xlsb",
    "calamine__misc_biff5_parsing.xls",
    "calamine__picture_richdata.xlsx",
    "calamine__pictures_in_cell_and_over_cell.xlsx",
    "tablib__unknown_value_type.ods",
}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

needs_data = pytest.mark.skipif(not BOOKS, reason="the shared data are not here")


@pytest.fixture(autouse=True)
def english():
    with translation.override(None):
        yield


def rows_of(path, sheet=0):
    return list(open_book(path, path.name).sheets[sheet].rows())


def text_file(folder, content, name="file.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(folder, cells, **parts):
    """A minimal .xlsx whose only sheet has the XML `cells` as its data; `parts` add or replace members."""
    path = folder / "file.xlsx"
    space = MAIN.strip("{}")
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{packages}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{packages}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}" xmlns:r="{office}">'
        '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>',
    } | parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # without the clock in it
    return path


def plain_values(path):
    """What the first sheet part of an .xlsx holds by its XML alone: {"B2": text or number}; days stay serial numbers."""
    with zipfile.ZipFile(path) as archive:
        shared = []
        if "xl/sharedStrings.xml" in archive.namelist():
            root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
            shared = ["".join(t.text or "" for t in item.iter(f"{MAIN}t")) for item in root.iter(f"{MAIN}si")]
        values = {}
        for cell in ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml")).iter(f"{MAIN}c"):
            value = cell.findtext(f"{MAIN}v")
            match cell.get("t", "n"), value:
                case "s", str():
                    values[cell.get("r")] = shared[int(value)]
                case "n", str():
                    values[cell.get("r")] = float(value)
                case "b", str():
                    values[cell.get("r")] = value == "1"
    return {address: value for address, value in values.items() if value != ""}


def by_address(rows):
    return {
        f"{chr(65 + column)}{row}": cell
        for row, cells in enumerate(rows, 1)
        for column, cell in enumerate(cells)
        if cell is not None
    }


@needs_data
@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.name)
def test_every_workbook_opens_or_says_why_not(path):
    if path.name in LOCKED | BROKEN:
        with pytest.raises(UnreadableFile, match="password" if path.name in LOCKED else "damaged"):
            rows_of(path)
        return
    book = open_book(path, path.name)
    filled = sum(cell is not None for sheet in book.sheets for row in sheet.rows() for cell in row)
    assert (filled == 0) == (path.name in EMPTY)
    assert book.kind == {".yaml": "csv"}.get(path.suffix, path.suffix[1:])


@needs_data
@pytest.mark.parametrize(
    "name",
    [
        "hutool__merge_test.xlsx",
        "calamine__temperature-in-middle.xlsx",
        "calamine__table-multiple.xlsx",
        "hutool__alias.xlsx",
        "tablib__bad_dimensions.xlsx",
        "calamine__merged_range.xlsx",
    ],
)
def test_values_equal_those_of_the_plain_xml(name):
    path = DATA / "spreadsheets" / name
    assert by_address(rows_of(path)) == plain_values(path)


@needs_data
def test_values_keep_their_types_and_places():
    assert rows_of(DATA / "spreadsheets/python-calamine__base.xlsx") == [
        [],
        [
            "String",
            1,
            1.1,
            True,
            False,
            date(2010, 10, 10),
            datetime(2010, 10, 10, 10, 10, 10),
            time(10, 10, 10),
            "10:10:10",
            "255:10:10",
        ],
    ]
    assert rows_of(DATA / "spreadsheets/calamine__date_1904.xls")[:2] == [[date(2021, 1, 1), 15], [date(2021, 1, 2), 16]]


@needs_data
def test_hidden_sheets_come_last_and_charts_are_none():
    book = open_book(DATA / "spreadsheets/calamine__any_sheets.xlsx", "any.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("Visible", False), ("Hidden", True), ("VeryHidden", True)]
    book = open_book(DATA / "spreadsheets/calamine__gh548_incorrect_sst_unique_count.xls", "hidden second.xls")
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets[4:6]] == [
        ("Acute Trust Footprint Data", False),
        ("System Mapping", True),
    ]


@needs_data
@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.name)
def test_every_bank_statement_opens_with_its_columns(path):
    book = open_book(path, path.name)
    assert max(len(row) for row in book.sheets[0].rows()) >= 5
    assert book.encoding == ("gb18030" if path.name.startswith(("alipay", "hxsec")) else book.encoding)


@needs_data
def test_text_under_the_name_of_a_workbook_is_read_as_text():
    book = open_book(DATA / "cn_payment_exports/hxsec__example-hxsec-records.xls", "hxsec.xls")
    rows = list(book.sheets[0].rows())
    assert (book.kind, book.encoding) == ("csv", "gb18030")
    assert rows[0][:3] == ["交收日期", "成交时间", "业务名称"]
    assert rows[1][:3] == ["20230212", "00:00:00", "银行转证券"]


@needs_data
@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.stem)
def test_csv_spectrum(path):
    head, *rows = rows_of(path)
    records = [{name: (row[index] if index < len(row) else None) or "" for index, name in enumerate(head)} for row in rows]
    expected = json.loads((path.parents[1] / f"json/{path.stem}.json").read_text())
    if path.stem == "location_coordinates":  # one object instead of a list, and with another phone than its own CSV
        expected = [expected | {"Contact Phone Number": "2095257564"}]
    assert records == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_is_read_whatever_its_separator_line_end_and_encoding(tmp_path, end, mark, encoding):
    lines = [f"客户{mark}备注{mark}金额", f'华信{mark}"第一行\n第二行{mark}""好"""{mark}12.50', f"三维{mark}{mark}8"]
    path = text_file(tmp_path, end.join(lines).encode(encoding))
    assert rows_of(path) == [["客户", "备注", "金额"], ["华信", f'第一行\n第二行{mark}"好"', "12.50"], ["三维", None, "8"]]


def test_blanks_and_a_tab_at_the_end_of_each_cell_do_not_make_the_tab_a_separator(tmp_path):
    assert rows_of(text_file(tmp_path, "日期\t,摘要\t,金额\t\n2026-01-02\t,还款\t,5\t\n"))[0] == ["日期\t", "摘要\t", "金额\t"]


def test_the_separator_that_a_file_names_is_used_and_its_line_is_no_row(tmp_path):
    assert rows_of(text_file(tmp_path, "sep=;\r\na,b;c\r\n1,5;2\r\n")) == [["a,b", "c"], ["1,5", "2"]]


def test_numbers_kept_as_text_by_a_formula_are_read_as_text(tmp_path):
    assert rows_of(text_file(tmp_path, '卡号\t名\n="00123"\t="a""b"\n')) == [["卡号", "名"], ["00123", 'a"b']]


def test_empty_right_ends_and_bottoms_are_cut_but_gaps_stay(tmp_path):
    assert rows_of(text_file(tmp_path, "a,b,,\n\n,,\nc,,d,\n,,,\n\n")) == [["a", "b"], [], [], ["c", None, "d"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web page"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "web page"),
        (b"PK\x03\x04" + b"\0" * 60, "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
        (b'a,b\n"' + b"x\n" * 100_000, "quotation mark"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(tmp_path, content, words):
    with pytest.raises(UnreadableFile, match=words):
        rows_of(text_file(tmp_path, content))


def test_a_file_beyond_the_size_is_refused_unread(tmp_path):
    path = text_file(tmp_path, "a,b\n" * 10)
    with pytest.raises(UnreadableFile, match="too large"):
        open_book(path, path.name, limit=39)
    assert open_book(path, path.name, limit=40)


def test_too_many_rows_or_columns_are_refused(tmp_path, monkeypatch):
    path = text_file(tmp_path, "a,b,c\n" * 3)
    monkeypatch.setattr(reading, "ROWS", 2)
    with pytest.raises(UnreadableFile, match="more than 2 rows"):
        rows_of(path)
    monkeypatch.undo()
    monkeypatch.setattr(reading, "COLUMNS", 2)
    with pytest.raises(UnreadableFile, match="Row 1 has more than 2 columns"):
        rows_of(path)


def test_a_cell_that_is_too_long_is_cut_and_named(tmp_path):
    [sheet] = open_book(text_file(tmp_path, f"a,b\n1,{'长' * 40_000}\n"), "f.csv").sheets
    assert [len(cell) for cell in list(sheet.rows())[1]] == [1, 32_767]
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(2, 2)]


def test_rows_swallowed_by_a_missing_quotation_mark_are_named(tmp_path):
    lines = "\n".join(["name,phone", '"15寸,1', *(f"客户{number},13800138{number:03}" for number in range(99)), 'x",2'])
    [sheet] = open_book(text_file(tmp_path, lines), "f.csv").sheets
    assert len(list(sheet.rows())) == 2
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(2, 1)]


def test_formulas_without_a_saved_value_and_errors_are_named(tmp_path):
    cells = (
        '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>A1*2</f></c><c r="C1" t="str"><f>A1&amp;"x"</f><v></v></c>'
        '<c r="D1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    book = open_book(workbook(tmp_path, cells), "f.xlsx")
    assert list(book.sheets[0].rows()) == [[2.0]]
    assert ["B1, C1 (2 in all)" in book.notes[0], "D1 (1 in all)" in book.notes[1]] == [True, True]


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/sharedStrings.xml": '<!DOCTYPE sst [<!ENTITY a "aaaa">]><sst/>'},
        {"xl/sharedStrings.xml": " " * 3_000_000 + "<!ENTITY a SYSTEM 'file:///etc/hostname'>"},
    ],
)
def test_a_workbook_with_a_document_type_or_entities_is_refused(tmp_path, parts):
    with pytest.raises(UnreadableFile, match="damaged"):
        open_book(workbook(tmp_path, "", **parts), "f.xlsx")


def test_a_zip_bomb_is_refused_by_what_it_holds_and_not_by_what_it_claims(tmp_path):
    path = workbook(tmp_path, "", **{"xl/media/image1.bin": b"\0" * (reading.SMALL + 1)})
    with pytest.raises(UnreadableFile, match="too large"):
        open_book(path, "f.xlsx")
    # The same with the directory claiming one byte, and the checksum of that byte, for the large part.
    raw = bytearray(path.read_bytes())
    entry = raw.rindex(b"xl/media/image1.bin") - 46
    raw[entry + 16 : entry + 20] = struct.pack("<I", zlib.crc32(b"\0"))
    raw[entry + 24 : entry + 28] = struct.pack("<I", 1)
    path.write_bytes(raw)
    with pytest.raises(UnreadableFile, match="too large"):
        open_book(path, "f.xlsx")


def test_a_workbook_of_too_many_parts_is_refused(tmp_path):
    path = workbook(tmp_path, "", **{f"xl/media/{number}.bin": b"" for number in range(reading.ENTRIES)})
    with pytest.raises(UnreadableFile, match="too large"):
        open_book(path, "f.xlsx")


def test_two_cells_at_the_ends_of_the_earth_cost_a_child_and_not_the_server(tmp_path):
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    with pytest.raises(UnreadableFile, match=r"too large|damaged"):
        rows_of(workbook(tmp_path, cells))


def test_a_packed_folder_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("客户.csv", "a,b")
    with pytest.raises(UnreadableFile, match="packed folder"):
        open_book(tmp_path / "f.zip", "f.zip")


def readers():
    """The process ids of the children that read workbooks for this process."""
    children = [pid for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()]
    return [int(pid) for pid in children if "workbook_child" in Path(f"/proc/{pid}/cmdline").read_text()]


def test_a_workbook_is_read_by_a_child_within_limits_that_ends_with_its_reader(tmp_path):
    path = tmp_path / "f.xlsx"
    write_xlsx(path, ["n"], ([number] for number in range(20_000)), title="t")
    rows = open_book(path, path.name).sheets[0].rows()
    assert next(rows) == ["n"]
    [child] = readers()
    assert resource.prlimit(child, resource.RLIMIT_AS) == (workbook_child.MEMORY, workbook_child.MEMORY)
    assert resource.prlimit(child, resource.RLIMIT_CPU)[0] == workbook_child.SECONDS
    rows.close()
    assert readers() == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_random_bytes_give_rows_or_a_sentence(tmp_path, raw):
    try:
        rows_of(text_file(tmp_path, raw))
    except UnreadableFile as error:
        assert error.sentence


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_workbook_with_damaged_bytes_gives_rows_or_a_sentence(tmp_path, data):
    path = workbook(tmp_path, '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr"><is><t>华信</t></is></c></row>')
    raw = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(4, len(raw) - 1), min_size=1, max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(8, len(raw)))])
    try:
        rows_of(path)
    except UnreadableFile as error:
        assert error.sentence


# Not beginning with the marks that only our own export, or ="00123", puts there.
CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).filter(
    lambda cell: cell[0] not in "'="
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=2, max_size=4)), st.sampled_from(",;\t|"))
def test_quoted_tables_of_others_are_read_as_written(tmp_path, table, mark):
    path = tmp_path / "f.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=mark, quoting=csv.QUOTE_ALL).writerows([["名", "值"], ["甲", "乙"], *table])
    assert rows_of(path)[2:] == table
