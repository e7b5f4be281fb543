"""Colleagues: invited by a link, given a role, seeing what it grants, switched off; one's own page."""

import re

from playwright.sync_api import expect

from tests.browser.steps import confirm, menu, new_party, press, toast

WRITTEN = "同事自己想的口令 8"


def test_a_colleague_joins_by_a_link_sees_what_is_his_and_is_gone_when_switched_off(windows, page, device):
    windows.expected = {404}
    foreign = new_party(page, f"别人的客户{device}")
    page.goto("/people/new/")
    page.get_by_label("姓名").fill(f"小陈{device}")
    page.get_by_label("手机号或简称").fill(f"chen-{device}")
    press(page, "保存")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"小陈{device}")
    person = page.url
    page.get_by_role("link", name="给角色").click()
    page.get_by_text("销售", exact=True).click()
    press(page, "给角色")
    expect(page.locator(".who")).to_contain_text("销售")
    press(page, "邀请加入")
    expect(page.locator("svg, img.qr").first).to_be_visible()
    link = page.get_by_text(re.compile("http.*/join/")).first.inner_text()

    his = windows.open(None)
    his.goto(link)
    expect(his.get_by_role("heading", level=1)).to_contain_text("小陈")
    his.get_by_label("新密码").fill(WRITTEN)
    press(his, "保存并开始")
    expect(his).to_have_url(re.compile(":\\d+/$"))
    new_party(his, f"小陈自己的客户{device}")
    his.goto("/parties/")
    assert his.locator("tbody td.m").all_inner_texts() == [f"小陈自己的客户{device}"]
    his.goto(foreign)
    expect(his.get_by_role("main")).to_contain_text("没有这个页面")
    his.goto("/settings/")
    expect(his.get_by_role("main").get_by_role("link", name="角色")).to_have_count(0)

    page.goto(person)
    menu(page, "停用")
    confirm(page)
    expect(page.locator(".who")).to_contain_text("已停用")
    his.goto("/parties/")
    expect(his).to_have_url(re.compile("/sign-in/"))
    used = windows.open(None)
    used.goto(link)
    expect(used.get_by_role("alert")).to_contain_text("这个链接")


def test_an_expired_session_leads_from_a_list_to_the_sign_in_page(windows, page):
    page.goto("/parties/")
    page.context.clear_cookies()
    page.get_by_role("link", name="更多", exact=True).last.click()
    expect(page).to_have_url(re.compile("/sign-in/"))


def test_appearance_is_chosen_on_ones_own_page(windows, firm):
    page = windows.open("service")
    page.goto("/me/")
    page.get_by_text("深色", exact=True).click()
    press(page, "保存")
    expect(toast(page)).to_contain_text("已保存")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_text("跟随设备", exact=True).click()
    press(page, "保存")
    expect(page.locator("html:not([data-theme])")).to_be_attached()


def test_the_theme_switch_acts_at_once_and_is_remembered(windows, device):
    page = windows.open()
    page.goto("/look/")
    page.get_by_role("navigation").get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/parties/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_phone_reaches_every_place(page, is_phone):
    if not is_phone:
        page.goto("/")
        page.get_by_role("navigation", name="主导航").get_by_role("link", name="更多").click()
        expect(page.get_by_role("link", name="员工", exact=True)).to_be_visible()
        return
    page.goto("/me/")
    places = page.get_by_role("navigation", name="全部功能")
    expect(places.get_by_role("link", name="更多")).to_be_visible()
    places.get_by_role("link", name="更多").click()
    page.get_by_role("link", name="员工", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("员工")


def test_the_first_pages_open_for_every_role(windows, firm):
    for login in firm.passwords:
        page = windows.open(login)
        for address in ("/", "/parties/", "/parties/filter/", "/settings/"):
            page.goto(address)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
