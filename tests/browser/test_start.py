"""From an empty directory to the first customer; signing in; the guard at the door."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import new_party, press, sign_in, toast

WRITTEN = "刚好够长的新口令 9"


@pytest.mark.parametrize(
    ("start", "opens"), [("从空白开始", "/"), ("导入我的表格", "/parties/import/"), ("先看看示例公司", "/parties/")]
)
def test_a_firm_is_set_up_by_the_link_of_the_console(windows, empty, start, opens):
    windows.expected = {422, 403}
    page = windows.open(None, house=empty)
    page.goto(empty.base + "/set-up/?token=guessed")
    expect(page.get_by_role("main")).to_contain_text("请打开启动时显示的设置链接")
    page.goto(empty.address)
    for label, text in {"您的公司或店名": "老王建材", "您的姓名": "王老板", "手机号或简称": "wang", "密码": "short"}.items():
        page.get_by_label(label).fill(text)
    page.get_by_text(start, exact=True).click()
    press(page, "开始使用")
    expect(page.get_by_role("alert")).to_contain_text("至少十个字符")
    expect(page.get_by_label("您的公司或店名")).to_have_value("老王建材")
    page.get_by_label("密码").fill(WRITTEN)
    press(page, "开始使用")
    expect(page).to_have_url(empty.base + opens)
    new_party(page, "第一位客户", "13700000001")
    expect(toast(page)).to_contain_text("已保存：第一位客户")
    page.goto("/parties/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("61" if start == "先看看示例公司" else "1")


def test_signing_in_leads_to_the_page_that_was_asked_for(windows, firm):
    page = windows.open(None)
    page.goto("/parties/3/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.get_by_label("手机号或简称").fill("boss")
    page.get_by_label("密码").fill(firm.passwords["boss"])
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(firm.base + "/parties/3/")


def test_a_wrong_password_is_told_in_a_sentence_and_the_name_stays(windows):
    windows.expected = {422}
    page = windows.open(None)
    sign_in(page, "office", "not the password")
    expect(page.get_by_role("alert")).to_have_text("账号或密码不对。")
    expect(page.get_by_label("手机号或简称")).to_have_value("office")


def test_leaving_ends_the_session(windows, firm, is_phone):
    page = windows.open(None)
    sign_in(page, "office", firm.passwords["office"])
    if is_phone:
        page.get_by_role("navigation", name="底部导航").get_by_role("link", name="我的").click()
        page.get_by_role("main").get_by_role("button", name="退出登录").click()
    else:
        page.locator(".bar summary[aria-label='内勤']").click()
        page.locator(".bar").get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/sign-in/"))
    page.goto("/parties/")
    expect(page).to_have_url(re.compile("/sign-in/"))
