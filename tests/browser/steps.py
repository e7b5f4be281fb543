"""What a person does again and again, in one line."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

SAVE = "保存"


def sign_in(page: Page, login: str, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("手机号或简称").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def new_party(page: Page, name: str, phone: str = "") -> str:
    """Add a customer; the address of its page, which is open then."""
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("联系电话").fill(phone)
    press(page, SAVE)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page.url


def fact(page: Page, label: str) -> Locator:
    return page.locator(".fact").filter(has=page.locator("dt", has_text=label)).first


def pen(page: Page, label: str) -> Locator:
    return page.get_by_role("link", name=f"编辑 {label}", exact=True)


def menu(page: Page, name: str) -> None:
    """Open the menu beside the heading and choose `name`."""
    page.locator(".head, .lead").locator("summary[data-sheet]").first.click()
    page.locator("details[open] .menu").get_by_text(name, exact=True).click()


def confirm(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="确定").click()


def toast(page: Page) -> Locator:
    return page.locator("[data-toast]").last


def answered(page: Page, where: str, do: Callable[[], None]) -> int:
    """The status of the answer of the address that holds `where`, which `do` brings about."""
    with page.expect_response(lambda response: where in response.url and response.request.method == "POST") as caught:
        do()
    return caught.value.status
