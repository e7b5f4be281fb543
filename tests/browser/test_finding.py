"""Anyone is found: in the one box, by keys, by filters, in views one keeps, further down the list."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import new_party, press, toast


@pytest.fixture
def wanted(page, device):
    """A customer to look for; the last digits of its number are its own."""
    name, tail = {"phone": ("鹤山市云栖茶馆", "7701"), "desk": ("鹤山市雁归茶馆", "7702")}[device]
    page.goto("/parties/?q=" + name)
    if page.locator("tbody tr").count() == 0:
        new_party(page, name, f"1358888{tail}")
    return name, tail


@pytest.mark.parametrize("way", ["characters", "two characters", "pinyin", "initials", "phone tail"])
def test_the_box_finds_by(way, page, wanted, is_phone):
    name, tail = wanted
    said = {
        "characters": name[3:],
        "two characters": name[3:5],
        "pinyin": "yunqi" if is_phone else "yangui",
        "initials": "yqcg" if is_phone else "ygcg",
        "phone tail": tail,
    }[way]
    page.goto("/")
    page.get_by_role("searchbox").press_sequentially(said)
    hit = page.locator(".found li").filter(has_text=name).first
    expect(hit).to_be_visible()
    expect(hit.locator(".ring")).to_have_attribute("href", f"tel:1358888{tail}")
    if way == "characters":
        hit.locator("a").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_the_box_remembers_what_was_seen_and_tells_when_it_finds_nothing(page, wanted):
    page.goto(f"/parties/?q={wanted[0]}")
    page.goto(page.locator("tbody .m a").first.get_attribute("href"))
    with page.expect_response("**/seen/"):
        page.reload()
    page.goto("/")
    page.get_by_role("searchbox").click()
    expect(page.locator(".found")).to_contain_text("最近看过")
    expect(page.locator(".found li").first).to_contain_text(wanted[0])
    page.get_by_role("searchbox").press_sequentially("没有这个人")
    expect(page.locator(".found")).to_contain_text("没有这个人”")


def test_the_whole_page_of_results_is_a_plain_address(page, wanted):
    page.goto("/")
    page.get_by_role("searchbox").fill(wanted[0])
    page.get_by_role("link", name="查看全部结果").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(wanted[0])
    expect(page.get_by_role("main").get_by_role("link", name=wanted[0]).first).to_be_visible()


def test_keys_lead_everywhere(windows, device):
    if device == "phone":
        pytest.skip("a phone has no keys")
    page = windows.open()
    page.goto("/parties/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    first, second = (page.locator("tbody .m a").nth(place) for place in (0, 1))
    for key, focused in (("j", first), ("j", second), ("k", first)):
        page.keyboard.press(key)
        expect(focused).to_be_focused()
    address = first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{address}$"))  # with its scripts, which the next key needs
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile(f"{address}edit/$"))
    page.goto("/parties/")
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile("/parties/new/$"))
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="想做什么？")
    expect(box).to_be_focused()
    box.press_sequentially("联系人")
    box.press("Enter")
    expect(page).to_have_url(re.compile("/contacts/$"))


def test_the_panel_follows_the_keys(windows, device):
    if device == "phone":
        pytest.skip("a phone has no panel")
    page = windows.open()
    page.goto("/parties/")
    rows = page.locator("tbody tr")
    rows.nth(0).locator("td").nth(3).click()
    panel = page.locator("side-panel")
    for place in (0, 1, 2):
        expect(panel.get_by_role("heading", level=1)).to_have_text(rows.nth(place).locator("td.m").inner_text())
        page.keyboard.press("j")


def test_a_filter_is_opened_applied_kept_as_a_view_and_taken_away(page, device, is_phone):
    page.goto("/parties/")
    page.locator("summary", has_text="筛选").click()
    page.locator("details.filter").get_by_text("沉睡", exact=True).click()
    press(page, "查看")
    chip = page.locator(".chip", has_text="沉睡")
    expect(chip).to_be_visible()
    states = page.locator("tbody td.s")
    expect(states.first).to_be_visible()
    assert set(states.all_inner_texts()) == {"沉睡"}
    name = f"睡着的{device}"
    page.locator("summary", has_text="存为视图").click()
    page.get_by_label("视图名称").fill(name)
    page.get_by_label("放到左边常用视图").check()
    press(page, "保存")
    expect(toast(page)).to_contain_text(f"视图已保存：{name}")
    expect(page.get_by_role("navigation", name="视图").get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    chip.click()
    expect(page).to_have_url(re.compile("/parties/$"))
    if is_phone:
        page.get_by_role("navigation", name="底部导航").get_by_role("link", name="我的").click()
        page.get_by_role("navigation", name="全部功能").get_by_role("link", name=name).click()
    else:
        page.get_by_role("navigation", name="主导航").get_by_role("link", name=name).click()
    expect(page.locator(".chip", has_text="沉睡")).to_be_visible()


def test_more_rows_come_into_the_same_list_with_their_ticks_and_keys(page):
    page.goto("/parties/")
    links = page.locator("tbody .m a")
    expect(links).to_have_count(50)
    page.get_by_role("link", name="更多", exact=True).last.click()
    expect(links).to_have_count(100)
    names = page.evaluate("[...document.querySelectorAll('tbody .m a')].map(link => link.pathname)")
    assert len(set(names)) == 100
    expect(page).to_have_url(re.compile("/parties/$"))


def test_a_list_is_sorted_by_its_heading(page, is_phone):
    if is_phone:
        pytest.skip("cards have no headings")
    page.goto("/parties/")
    page.get_by_role("columnheader", name="欠款").get_by_role("link").click()
    page.get_by_role("columnheader", name="欠款").get_by_role("link").click()
    expect(page.get_by_role("columnheader", name="欠款")).to_have_attribute("aria-sort", re.compile("ending$"))
    assert page.locator("tbody td.n").first.inner_text().strip()


def test_an_address_that_a_list_does_not_know_is_told(windows, page):
    windows.expected = {400}
    page.goto("/parties/?colour=red")
    expect(page.get_by_role("alert")).to_contain_text("不能按“colour”筛选")
