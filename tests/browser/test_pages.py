"""Every kind of page, at both widths: nothing sticks out, a thumb hits every act, axe finds nothing serious, light and dark."""

import gzip
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.steps import confirm, fact, new_party, press, toast
from tests.browser.test_exchange import sheet

# What a thumb must hit: acts and fields, not the links inside a text or the rows, which are hit as a whole.
ACTS = (
    "main .btn, main .chip, main .tabs a, main .field :is(input:not([type=radio], [type=checkbox]), select), main .field > .tick,"
    " main .hits li > a:first-child, main .fact .pen, main .fact a[href^='tel:'], main .block li > a, .bar .mark, .found li > a,"
    " main .field textarea, main .choices span,"
    " main .hits .ring, main td.p a, .rowlinks a, .dock :is(a, summary), .bar input, main .call > *"
)
SMALLER = """(acts) => [...document.querySelectorAll(acts)].filter(act => act.checkVisibility())
    .map(act => [act, act.getBoundingClientRect()]).filter(([, box]) => box.width && (box.height < 44 || box.width < 44))
    .map(([act, box]) => `${act.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
SERIOUS = {"serious", "critical"}


def at(address):
    return lambda page: page.goto(address)


def record(page):
    new_party(page, "页面样本", "13255550000")


def panel(page):
    page.goto("/parties/")
    page.locator("tbody .m a").first.click()
    expect(page.locator(".lead")).to_be_visible()


def filters(page):
    page.goto("/parties/?stage=asleep")
    page.locator("summary", has_text="筛选").click()
    expect(page.locator("details.filter").get_by_role("button", name="查看")).to_be_visible()


def found(page):
    page.goto("/")
    page.get_by_role("searchbox").press_sequentially("佛山")
    expect(page.locator(".found li").first).to_be_visible()


def palette(page):
    page.goto("/parties/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()


def editing(page):
    record(page)
    page.get_by_role("link", name="编辑 电话", exact=True).click()
    expect(page.locator(".fact.editing")).to_be_visible()


def refused(page):
    page.goto("/parties/new/")
    press(page, "保存")
    expect(page.get_by_role("alert")).to_be_visible()


def twins(page):
    record(page)
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill("页面样本")
    page.get_by_label("联系电话").focus()
    expect(page.locator("#duplicates .notice")).to_be_visible()


def conflict(page):
    address = new_party(page, "冲突样本") + "edit/"
    page.goto(address)
    page.get_by_label("备注").fill("先写的")
    old = page.locator("[name=version]").first.input_value()
    press(page, "保存")
    expect(fact(page, "备注")).to_contain_text("先写的")
    page.goto(address)
    page.get_by_label("备注").fill("后写的")
    page.locator("[name=version]").first.evaluate("(field, old) => (field.value = old)", old)
    press(page, "保存")
    expect(page.get_by_role("alert")).to_contain_text("别人也改了这里")


def trash(page):
    record(page)
    page.locator(".lead summary[data-sheet]").click()
    page.get_by_role("button", name="删除").click()
    confirm(page)
    expect(toast(page)).to_contain_text("已放进回收站")
    page.goto("/parties/trash/")
    expect(page.get_by_role("button", name="恢复").first).to_be_visible()


def columns(page):
    page.goto("/parties/import/")
    page.locator("input[type=file]").set_input_files(sheet("phone"))
    press(page, "下一步")
    expect(page.get_by_label("欠款")).to_be_visible()


def trial(page):
    columns(page)
    press(page, "试一遍")
    expect(page.get_by_role("table", name="需要改正的行")).to_be_visible()


def brought(page):
    trial(page)
    page.get_by_role("button", name=re.compile("导入 . 行")).click()
    expect(page.locator(".sum")).to_be_visible()
    press(page, "撤销整次导入")
    confirm(page)
    expect(page.get_by_role("main")).to_contain_text("这次导入已撤销")


def invitation(page, login="guest"):
    page.goto("/people/new/")
    page.get_by_label("姓名").fill("受邀的人")
    page.get_by_label("手机号或简称").fill(f"{login}{page.viewport_size['width']}")
    press(page, "保存")
    press(page, "邀请加入")
    expect(page.get_by_text(re.compile("/join/")).first).to_be_visible()


def joining(page):
    invitation(page, "joiner")
    page.goto(page.get_by_text(re.compile("http.*/join/")).first.inner_text())
    expect(page.get_by_label("新密码")).to_be_visible()


PAGES = {
    "today": at("/"),
    "list": at("/parties/"),
    "list empty": at("/parties/?q=没有这样的客户"),
    "list refused": at("/parties/?colour=red"),
    "list filtered": filters,
    "filter": at("/parties/filter/"),
    "panel": panel,
    "found": found,
    "search": at("/search/?q=佛山"),
    "palette": palette,
    "record": at("/parties/1/"),
    "editing": editing,
    "new": at("/parties/new/"),
    "refused": refused,
    "twins": twins,
    "edit": at("/parties/1/edit/"),
    "conflict": conflict,
    "verb": at("/parties/1/do/set_stage/"),
    "colleague": at("/parties/1/do/give_owner/"),
    "history": at("/parties/1/history/"),
    "trash": trash,
    "import": at("/parties/import/"),
    "columns": columns,
    "trial": trial,
    "brought": brought,
    "contacts": at("/contacts/"),
    "contact": at("/contacts/1/"),
    "people": at("/people/"),
    "person": at("/people/2/"),
    "invitation": invitation,
    "joining": joining,
    "roles": at("/roles/"),
    "departments": at("/departments/new/"),
    "settings": at("/settings/"),
    "me": at("/me/"),
    "look": at("/look/"),
    "not found": at("/nowhere/at/all/"),
    "used link": at("/join/used/"),
}


@pytest.fixture(scope="module")
def axe():
    """The script of axe."""
    return Axe().axe_script


LOOK = """(options) => Promise.race([
  axe.run(options).then((told) => told.violations),
  new Promise((_done, failed) => setTimeout(() => failed(new Error("axe came to no end")), 60000)),
])"""


def serious(page, **options):
    """What axe calls serious or critical: the rule and where it is broken."""
    # Without preload: axe would fetch every style sheet and write it into the page, which the policy forbids.
    said = {"resultTypes": ["violations"], "preload": False, **options}
    found = page.evaluate(LOOK, said)
    return [(one["id"], [node["html"][:120] for node in one["nodes"]][:5]) for one in found if one["impact"] in SERIOUS]


STILL = """() => {
  const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
  const patience = new Promise((done) => setTimeout(done, 5000)); // one that is paused never ends
  return Promise.race([Promise.allSettled(ending.map((one) => one.finished)), patience]).then(() => null);
}"""


def still(page):
    page.evaluate(STILL)


def check(windows, page, axe):
    still(page)
    heard = [*windows.complaints]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    if windows.device == "phone":
        assert page.evaluate(SMALLER, ACTS) == []
    page.evaluate(axe)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    still(page)
    assert serious(page, runOnly=["color-contrast"]) == []
    windows.complaints[:] = heard  # axe writes styles where it measures, and the policy says so


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_is_hit_by_a_thumb_and_read_by_everybody(windows, axe, name):
    windows.expected = {400, 404, 409, 422}
    page = windows.open(reduced_motion="reduce")
    PAGES[name](page)
    check(windows, page, axe)


@pytest.mark.parametrize("door", ["/sign-in/", "set-up"])
def test_the_doors_fit_too(windows, axe, door, request):
    house = request.getfixturevalue("empty") if door == "set-up" else None
    page = windows.open(None, house=house)
    page.goto(house.address if house else door)
    check(windows, page, axe)


def test_a_list_of_fifty_rows_is_light(windows):
    page = windows.open()
    body = page.request.get("/parties/").body()
    assert body.count(b"<tr>") >= 50
    assert len(body) <= 20_480
    assert len(gzip.compress(body)) <= 5_120
