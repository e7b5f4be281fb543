"""Every test there is: on SQLite with the browser, then on a private PostgreSQL; the last line adds up all runs.

Where it is root on a system with apt-get it installs what is missing; what it could not run it says before the last line.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from tests.postgres import NoPostgres, programs, server

COUNTED = ("tests", "failures", "errors", "skipped")


def chromium() -> str | None:
    return os.environ.get("SHUKE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def has_postgres() -> bool:
    try:
        return programs().is_dir()
    except NoPostgres:
        return False


def has_chinese_font() -> bool:
    return bool(shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout)


def install_missing() -> None:
    """Debian's packages for what is not there; without root or apt-get nothing is done."""
    there = {"postgresql": has_postgres(), "chromium": bool(chromium()), "fonts-noto-cjk fontconfig": has_chinese_font()}
    missing = [name for names, found in there.items() if not found for name in names.split()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {' '.join(missing)} ...", flush=True)
        for command in (["update"], ["install", "--no-install-recommends", *missing]):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "-qq", *command], env=environment, stdout=subprocess.DEVNULL)


def run(title: str, *arguments: str, **environment: str) -> tuple[Counter[str], bool]:
    """Run pytest once; what it counted, and whether it ended well."""
    print(f"== {title}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", f"--junitxml={report}", *arguments]
        well = subprocess.run(command, env={**os.environ, **environment}).returncode == 0
        suites = [*ElementTree.parse(report).getroot()] if report.exists() else []
        counts = sum((Counter({name: int(suite.get(name, 0)) for name in COUNTED}) for suite in suites), Counter())
    return counts, well


def main() -> int:
    install_missing()
    browser, notes, runs = chromium(), [], []
    if browser:
        runs.append(run("SQLite and Chromium", "-m", "not brief", SHUKE_CHROMIUM=browser, DATABASE_URL=""))
    else:
        notes.append("Not run: the browser tests; no Chromium was found (SHUKE_CHROMIUM names one).")
        runs.append(run("SQLite", "-m", "not browser and not brief", DATABASE_URL=""))
    try:
        with server() as url:
            # The slow ones are about files, processes and speed of the embedded store: once is enough.
            runs.append(run("PostgreSQL", "-m", "store and not browser and not slow", DATABASE_URL=url))
    except NoPostgres as problem:
        notes.append(f"Not run: the tests on PostgreSQL; {problem}.")
    if not has_chinese_font():
        notes.append("Pictures of the browser tests lack Chinese characters: no Chinese font is installed.")
    total = sum((counted for counted, _ in runs), Counter())
    failed = total["failures"] + total["errors"]
    print(*notes, sep="\n", end="\n" if notes else "")
    print(f"{total['tests'] - failed - total['skipped']} passed, {failed} failed, {total['skipped']} skipped")
    return not all(well for _, well in runs)


if __name__ == "__main__":
    sys.exit(main())
