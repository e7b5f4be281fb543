"""The real product in a real browser: a server per worker with the sample firm, a window per test, as wide as a phone or a desk.

A test fails on any complaint of the page: an error on the console, a script that broke, a breach of the content policy.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.steps import sign_in

CHROMIUM = os.environ.get("SHUKE_CHROMIUM") or shutil.which("chromium")
HERE = Path(__file__).parent
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "desk": {"viewport": {"width": 1280, "height": 800}},
}
POLICY = (
    "addEventListener('securitypolicyviolation', e => console.error(`content policy: ${e.violatedDirective} ${e.blockedURI}`))"
)
# The pages that a browser window makes of its own beside ours, half the work of opening one; and what Playwright switches off,
# since only the last list given holds.
OFF = """
    PreloadTopChromeWebUI WebUIOmniboxPopup WebUIOmniboxFullPopup WebUIOmniboxAimPopup
    AimEnabled AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsFirstBalancedModeAutoEnable HttpsUpgrades
    LensOverlay MediaRouter NetworkTimeServiceQuerying OptimizationHints PaintHolding PreconnectToSearch
    ThirdPartyStoragePartitioning
""".split()
PATIENCE = 60_000  # milliseconds until what must come counts as missing: a busy machine is late, a broken page never comes
ANSWERED = re.compile(r"the server responded with a status of (4\d\d)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no Chromium was found; SHUKE_CHROMIUM names one"))


@dataclass
class House:
    """A served data directory: `address` as the server printed it, passwords by sign-in, the cookies of who is signed in."""

    address: str
    passwords: dict[str, str] = field(default_factory=dict)
    signed_in: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return "/".join(self.address.split("/")[:3])


def shuke(*arguments: str | Path) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    command = [sys.executable, "-u", "-m", "shuke.config.cli", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(data: Path) -> Iterator[House]:
    """Serve `data` until the block ends; the address is what the console tells once the port answers."""
    server = shuke("serve", "--data", data, "--port", str(free_port()))
    try:
        told = next((found[0] for line in server.stdout if (found := re.search(r"http://\S+", line))), None)
        assert told, "the server ended without an address"
        yield House(told)
    finally:
        server.terminate()
        server.communicate(timeout=60)


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The sample firm, shared by the tests of a worker: each brings the customers that it changes."""
    data = tmp_path_factory.mktemp("firm")
    told, _nothing = shuke("demo", "--data", data, "--parties", "120").communicate(timeout=120)
    with served(data) as house:
        house.passwords = dict(line.split("  ")[:2] for line in told.splitlines())
        yield house


@pytest.fixture(scope="session")
def unused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a server that was started and stopped, and that nobody has used: to make one takes seconds."""
    data = tmp_path_factory.mktemp("unused") / "data"
    with served(data):
        return data


@pytest.fixture
def empty(unused: Path, tmp_path: Path) -> Iterator[House]:
    """A server of a firm that is not set up; its address is the link that does it."""
    with served(shutil.copytree(unused, tmp_path / "data")) as house:
        yield house


# For the package, not the session: while Playwright runs it holds an event loop, in which Django refuses to use the store.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        arguments = ["--no-sandbox", f"--disable-features={','.join(OFF)}"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    return request.param


@dataclass
class Windows:
    """Opens windows of one device and hears their complaints; answers that a test provokes are named in `expected`."""

    browser: Browser
    device: str
    firm: Callable[[], House]
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, login: str | None = "boss", *, house: House | None = None, **said: Any) -> Page:
        """A window of its own in which `login` is signed in; None: nobody is."""
        house = house or self.firm()
        known = self.cookies(house, login) if login else None
        said = {"locale": "zh-CN", "base_url": house.base, "storage_state": known, **DEVICES[self.device], **said}
        context = self.browser.new_context(**said)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(POLICY)
        context.on("console", lambda message: message.type == "error" and self.heard(f"{message.text} {message.location['url']}"))
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        self.contexts.append(context)
        return context.new_page()

    def cookies(self, house: House, login: str) -> Any:
        if login not in house.signed_in:
            page = self.open(None, house=house)
            sign_in(page, login, house.passwords[login])
            page.wait_for_url(f"{house.base}/")
            house.signed_in[login] = page.context.storage_state()
        return house.signed_in[login]

    def heard(self, text: str) -> None:
        status = ANSWERED.search(text)
        if not status or int(status[1]) not in self.expected:
            self.complaints.append(text)


@pytest.fixture
def windows(browser: Browser, device: str, request: pytest.FixtureRequest) -> Iterator[Windows]:
    opened = Windows(browser, device, lambda: request.getfixturevalue("firm"))
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.complaints == []


@pytest.fixture
def page(windows: Windows) -> Page:
    """The owner's window."""
    return windows.open()


@pytest.fixture
def is_phone(device: str) -> bool:
    return device == "phone"
