"""Take the pictures of the user guide from a sample firm; Chromium is found, or named by SHUKE_CHROMIUM."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import DEVICES, House, served, shuke
from tests.browser.steps import press, sign_in

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SHEET = "客户名称,联系人,手机,欠款\n顺德新月陶瓷店,梁先生,13500000001,1200\n禅城好景装饰,何小姐,1350000000O,\n".encode("gb18030")


def window(browser: Browser, house: House, device: str) -> Page:
    """A window of the owner of the sample firm."""
    page = browser.new_context(locale="zh-CN", base_url=house.base, reduced_motion="reduce", **DEVICES[device]).new_page()
    sign_in(page, "boss", house.passwords["boss"])
    page.wait_for_url(f"{house.base}/")
    return page


def keep(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
    print(name)


def at_the_desk(page: Page) -> None:
    page.goto("/parties/")
    page.locator("tbody .m a").nth(4).click()
    page.locator("side-panel .lead").wait_for()
    keep(page, "list")
    page.goto(page.locator("tbody .m a").nth(4).get_attribute("href") or "/")
    keep(page, "record")
    page.goto("/parties/import/")
    page.locator("input[type=file]").set_input_files({"name": "老客户.csv", "mimeType": "text/csv", "buffer": SHEET})
    press(page, "下一步")
    press(page, "试一遍")
    page.locator(".sum").wait_for()
    keep(page, "import")
    page.goto("/people/3/")
    keep(page, "colleague")


def on_the_phone(page: Page) -> None:
    keep(page, "phone-today")
    page.goto("/parties/")
    page.get_by_role("searchbox").press_sequentially("fs")
    page.locator(".found li").first.wait_for()
    keep(page, "phone-search")


def main() -> int:
    chromium = os.environ.get("SHUKE_CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("No Chromium was found; SHUKE_CHROMIUM names one.", file=sys.stderr)
        return 2
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with served(Path(folder) / "empty") as house:
            page = browser.new_context(locale="zh-CN", **DEVICES["phone"]).new_page()
            page.goto(house.address)
            keep(page, "phone-set-up")
        told, _nothing = shuke("demo", "--data", Path(folder) / "firm").communicate()
        with served(Path(folder) / "firm") as house:
            house.passwords = dict(line.split("  ")[:2] for line in told.splitlines())
            at_the_desk(window(browser, house, "desk"))
            on_the_phone(window(browser, house, "phone"))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
