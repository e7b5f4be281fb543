"""Provinces, cities and districts (省 市 区县): picking one below the other, and finding them at the head of an address.

data/regions.json is made at install, [[code, name, [[code, name, [[code, name], …]], …]], …]; a code begins with its parent's.
Without the file every address is free text. 市辖区 and the like are no cities: below 北京市 stand its districts, and their `city`
is "".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from shuke.language.folding import ZERO_WIDTH, table

FILE = Path(__file__).with_name("data") / "regions.json"
NO_CITY = re.compile("市辖区|县|.*直辖县级行政区划")
UNSEEN = dict.fromkeys(map(ord, ZERO_WIDTH))
GAP = re.compile(r"(?:[\s,，、/·-]|市辖区)*")
STREET = re.compile("[路街巷道镇乡村里弄]|大[道街厦]")  # 南京路 is no 南京
PEOPLES = (
    "各|回|藏|彝|苗|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|"
    "仡佬|锡伯|阿昌|普米|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|(?<!内)蒙古|维吾尔"
)
SUFFIX = re.compile(f"(?:(?:{PEOPLES})族?)*自治[区州县旗]$|(?:特别行政|地)?区$|[省市县盟旗州]$")


class Region(NamedTuple):
    """Where an address lies. `rest` is what follows; with `choices` several places fit and `rest` is the whole address."""

    province: str
    city: str
    district: str
    rest: str
    choices: tuple[Region, ...] = ()


def children(code: str = "") -> list[tuple[str, str]]:
    """(code, name) of the provinces, or of what lies directly in the region `code`."""
    found: list[tuple[str, str]] = []
    for child, _name in _read().get(code, ()):
        found += [(child, _names()[child])] if _names()[child] else children(child)
    return found


def split(address: str) -> Region:
    """The region at the head of `address`, filled upwards when the lower part decides it: 佛山南海 → 广东省 佛山市 南海区.

    Traditional characters and names without 省 市 区 are understood; the rest of the address stays as it was written.
    """
    address = address.translate(UNSEEN).strip()
    found = set(_walk(address.translate(table()), 0, ""))
    end = max(end for end, _ in found)
    codes = [code for place, code in found if place == end]
    # 吉林 alone may be the province or the city in it: say no more than is known.
    fitting = sorted(code for code in codes if len(code) == min(map(len, codes)))
    regions = tuple(Region(*_chain(code), address[end:]) for code in fitting)
    return regions[0] if len(regions) == 1 else Region("", "", "", address, regions)


def _walk(text: str, start: int, within: str) -> Iterator[tuple[int, str]]:
    """(end, code) of each way to read names from `start` on, one inside the other; the region `within` itself may be repeated."""
    start = GAP.match(text, start).end()  # type: ignore[union-attr]
    yield start, within
    for name, code in _index().get(text[start : start + 2], ()):
        end = start + len(name)
        if code.startswith(within) and text.startswith(name, start) and _is_meant(name, code, within, text, end):
            yield from _walk(text, end, code)


def _is_meant(name: str, code: str, within: str, text: str, end: int) -> bool:
    full = _names()[code]
    if len(name) == len(full):
        return bool(within) or full not in ("城区", "郊区", "矿区")
    return not STREET.match(text, end) and (bool(within) or len(code) < 6 or not full.endswith("区"))


def _chain(code: str) -> tuple[str, str, str]:
    """The names from the province down; below 东莞市, which has no districts, the third is a town of nine digits."""
    above = (code[:2], code[:4] if len(code) > 2 else "", code if len(code) > 4 else "")
    province, city, district = (_names().get(level, "") for level in above)
    return province, city, district


@cache
def _names() -> dict[str, str]:
    """Name by code; "" where the code stands for no city."""
    return {
        code: "" if len(code) == 4 and NO_CITY.fullmatch(name) else name for nodes in _read().values() for code, name in nodes
    }


@cache
def _index() -> dict[str, list[tuple[str, str]]]:
    """(name, code) by the first two characters of the name, full names and those without 省 市 区."""
    index: dict[str, list[tuple[str, str]]] = {}
    for code, full in _names().items():
        for name in {full, SUFFIX.sub("", full)}:
            name = name.translate(table())  # 乾安县 is looked for as 干安县
            if len(name) > 1:
                index.setdefault(name[:2], []).append((name, code))
    return index


@cache
def _read() -> dict[str, list[tuple[str, str]]]:
    """(code, name) of all regions by the code above them, "" above the provinces."""
    found: dict[str, list[tuple[str, str]]] = {}

    def collect(above: str, nodes: list[Any]) -> None:
        found[above] = [(code, name) for code, name, *_ in nodes]
        for code, _name, *below in nodes:
            collect(code, *below or [[]])

    collect("", json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else [])
    return found
