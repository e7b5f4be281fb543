"""Every act is a plain link or form first: the same work with the script switched off."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import SAVE, press
from tests.browser.test_exchange import sheet


@pytest.fixture
def page(windows):
    return windows.open(java_script_enabled=False)


def test_a_list_leads_to_a_record_and_a_second_page(page):
    page.goto("/parties/")
    name = page.locator("tbody td.m").first.inner_text()
    page.get_by_role("link", name="更多", exact=True).last.click()
    expect(page.locator("tbody td.m").first).not_to_have_text(name)
    page.go_back()
    page.locator("tbody td.m a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_list_is_narrowed(page):
    page.goto("/parties/")
    page.locator("summary", has_text="筛选").click()
    page.get_by_role("link", name="选择要看的").click()
    page.get_by_text("流失", exact=True).click()
    press(page, "查看")
    expect(page.locator(".chip")).to_contain_text("流失")
    assert set(page.locator("tbody td.s").all_inner_texts()) == {"流失"}


def test_a_customer_is_added_edited_and_found(page, device):
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(f"没有脚本{device}")
    page.get_by_label("联系电话").fill("13400001111")
    press(page, SAVE)
    page.get_by_role("link", name="编辑 电话", exact=True).click()
    page.get_by_label("电话").fill("13400002222")
    press(page, SAVE)
    expect(page.locator(".calls a")).to_have_attribute("href", "tel:13400002222")
    expect(page.locator(".call copy-text")).to_be_hidden()
    page.get_by_role("link", name="编辑", exact=True).click()
    page.get_by_label("备注").fill("只用链接和表单")
    press(page, SAVE)
    expect(page.get_by_role("main")).to_contain_text("只用链接和表单")
    page.get_by_role("searchbox").fill(f"没有脚本{device}")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("main").get_by_role("link", name=f"没有脚本{device}").first.click()
    expect(page.get_by_role("main")).to_contain_text("只用链接和表单")


def test_a_sheet_is_brought_as_far_as_its_trial_run(page, device):
    page.goto("/parties/import/")
    page.locator("input[type=file]").set_input_files(sheet(device))
    press(page, "下一步")
    press(page, "试一遍")
    expect(page.get_by_role("button", name="导入 2 行")).to_be_visible()


def test_a_record_is_deleted_and_the_toast_takes_it_back(page, device):
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(f"不用脚本删{device}")
    press(page, SAVE)
    page.locator(".lead summary[data-sheet]").click()
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("[data-toast]")).to_contain_text("已撤销")
