"""What the eye cannot promise: contrast in light and dark, and icons that stand where their style says."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

ASSETS = Path(__file__).parents[2] / "assets"
TOKEN = re.compile(r"--([\w-]+): (?:light-dark\(oklch\(([^)]+)\), oklch\(([^)]+)\)\)|oklch\(([^)]+)\));")
TEXT = ["ink", "ink-2", "ink-3", "link", "late", "celadon"]


def luminance(oklch: str) -> float:
    """Relative luminance (WCAG 2) of "L% C H"; the matrices are Björn Ottosson's, https://bottosson.github.io/posts/oklab/."""
    light, chroma, hue = (float(part.rstrip("%")) for part in oklch.split("/")[0].split())
    light, a, b = light / 100, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return sum(share * min(max(part, 0), 1) for share, part in ((0.2126, red), (0.7152, green), (0.0722, blue)))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tokens(dark: bool) -> dict[str, str]:
    css = (ASSETS / "css" / "tokens.css").read_text()
    return {name: both or (dark_one if dark else light_one) for name, light_one, dark_one, both in TOKEN.findall(css)}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_is_readable_on_every_ground(dark):
    colour = tokens(dark)
    pairs = [(text, ground) for text in TEXT for ground in ("paper", "raised", "sunk")]
    pairs += [("on-seal", "seal"), ("on-amber", "amber"), ("paper", "ink")]
    poor = {pair: round(contrast(colour[pair[0]], colour[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


def test_every_icon_stands_where_its_style_says():
    css = (ASSETS / "css" / "components" / "icon.css").read_text()
    placed = [(name, int(place)) for name, place in re.findall(r"\.i-([a-z]+)[^{}]*\{ --n: (\d+); \}", css)]
    drawn = re.findall(r'id="([a-z]+)" transform="translate\((\d+)\)"', (ASSETS / "img" / "icons.svg").read_text())
    assert placed == [(name, int(x) // 24) for name, x in drawn]
    assert f"--count: {len(drawn)};" in css


def test_every_style_and_script_of_ours_is_loaded_by_the_entry():
    entry = (ASSETS / "css" / "shuke.css").read_text()
    assert [file.name for file in (ASSETS / "css" / "components").glob("*.css") if f"components/{file.name}" not in entry] == []
    modules = (ASSETS / "js" / "shuke.js").read_text()
    elements = [file.name for file in (ASSETS / "js").glob("*-*.js")]
    assert [name for name in elements if f"./{name}" not in modules] == []
