"""A sheet comes in as a person brings it, and goes back; a list leaves as a file."""

import csv
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.steps import confirm, menu, press


def sheet(device):
    """Three customers as an old program writes them: GB18030, a wrong number in the last row."""
    number = {"phone": "1330000", "desk": "1331111"}[device]
    rows = [
        ("客户名称", "联系人", "手机", "欠款"),
        (f"中山{device}龙腾灯饰厂", "龙先生", f"{number}0001", "1,200.50"),
        (f"江门{device}凤舞石材行", "凤小姐", f"{number}0002", ""),
        (f"开平{device}错号五金店", "错先生", "123456789O", ""),
    ]
    return {"name": "老客户.csv", "mimeType": "text/csv", "buffer": "\r\n".join(map(line, rows)).encode("gb18030")}


def line(cells):
    return ",".join(f'"{cell}"' for cell in cells)


def test_a_sheet_is_brought_in_tried_out_run_and_taken_back(page, device):
    page.goto("/parties/")
    menu(page, "导入表格")
    page.locator("input[type=file]").set_input_files(sheet(device))
    press(page, "下一步")
    expect(page.get_by_role("main")).to_contain_text("3 行")
    expect(page.get_by_label("欠款")).to_have_value("debt")
    press(page, "试一遍")
    problems = page.get_by_role("table", name="需要改正的行")
    expect(problems).to_contain_text("123456789O")
    expect(problems.locator("tbody tr")).to_have_count(1)
    press(page, "导入 2 行")
    expect(page.get_by_role("status").first).to_contain_text("老客户.csv 已导入")
    told = dict(zip(page.locator(".sum dt").all_inner_texts(), map(int, page.locator(".sum dd").all_inner_texts()), strict=True))
    assert (told["行数"], told["要改正"]) == (3, 1)
    assert told["行数"] == sum(told.values()) - told["行数"]
    with page.expect_download() as caught:
        page.get_by_role("link", name="把这些行存成文件").click()
    assert caught.value.suggested_filename.endswith(".xlsx")
    result = page.url
    page.goto(f"/parties/?q=中山{device}龙腾")
    expect(page.get_by_role("main").locator("tbody tr")).to_have_count(1)
    page.goto(result)
    press(page, "撤销整次导入")
    confirm(page)
    expect(page.get_by_role("main")).to_contain_text("这次导入已撤销")
    page.goto(f"/parties/?q=中山{device}龙腾")
    expect(page.get_by_role("main")).to_contain_text("没有符合的")


def test_a_file_that_is_no_sheet_is_told_in_a_sentence(windows, page):
    windows.expected = {422}
    page.goto("/parties/import/")
    page.locator("input[type=file]").set_input_files(
        {"name": "客户.xlsx", "mimeType": "application/zip", "buffer": b"PK\3\4 torn"}
    )
    press(page, "下一步")
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.locator("input[type=file]")).to_be_attached()


def test_what_is_on_screen_leaves_as_a_file(page, tmp_path: Path):
    page.goto("/parties/?stage=asleep")
    count = page.locator("tbody .m").count()
    with page.expect_download() as caught:
        menu(page, "导出为 CSV")
    caught.value.save_as(tmp_path / "out.csv")
    rows = list(csv.reader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0][0] == "客户名称"
    assert len(rows) == count + 1
