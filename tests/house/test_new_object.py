"""The page on new objects holds: what it shows, put into a folder of its own, is a room that keeps the contract."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/new-object.md").read_text("utf-8")
BLOCK = re.compile(r"```\w+\n(?:# |\{# |<!-- )(shuke/\S+)[^\n]*\n(.*?)```", re.DOTALL)
SETTINGS = """
from pathlib import Path

import shuke

shuke.__path__.append(str(Path(__file__).parent / "shuke"))
from shuke.config import floors

floors.FLOORS.insert(-1, ["warranty"])
floors.ROOMS.append("shuke.warranty")
from tests.settings import *
"""
OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_", "SHUKE_")  # of the run that runs this one


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the room of the page, its settings and its migration."""
    place = tmp_path_factory.mktemp("built")
    for name, text in BLOCK.findall(PAGE):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")
    (place / "shuke/warranty/__init__.py").touch()
    (place / "warranty_settings.py").write_text(SETTINGS, "utf-8")
    assert run(place, "django", "makemigrations", "warranty", "--settings", "warranty_settings").returncode == 0
    return place


def run(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    env |= {"PYTHONPATH": os.pathsep.join([str(place), str(ROOT)])}
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_it_takes_one_small_folder():
    lines = [
        line for name, text in BLOCK.findall(PAGE) if name.endswith(".py") and "/tests/" not in name for line in text.splitlines()
    ]
    assert 80 < len(lines) < 150
    assert {name.split("/")[1] for name, _text in BLOCK.findall(PAGE)} == {"warranty"}


@pytest.mark.slow
def test_it_keeps_the_contract(built: Path):
    tests = ["tests/house/test_contract.py", str(built / "shuke/warranty/tests")]
    options = ["-q", "-p", "no:cacheprovider", "--ds", "warranty_settings", "--rootdir", str(ROOT)]
    done = run(built, "pytest", *options, "-k", "warranty", "-c", str(ROOT / "pyproject.toml"), "--confcutdir", str(ROOT), *tests)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert re.search(r"\b[4-9]\d passed", done.stdout), done.stdout[-500:]
