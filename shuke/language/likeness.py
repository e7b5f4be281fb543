"""Whether two records tell of one and the same: what each of their fields has to say, weighed; and which pairs to look at.

The weights are bits, after Fellegi and Sunter: a field that agrees counts for as many as it is rarer among two who are not the
same, log2(m / u), one that differs counts against. Fields that are empty say nothing. A store of n records is compared along keys
that likely pairs share, so the work grows with n and not with its square.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from shuke.language import phones, regions
from shuke.language.cleaners import BadValue
from shuke.language.folding import fold

PRIOR = 6.0  # bits that must speak for a pair before it is more likely one than two
CROWD = 20  # records under one key beyond which the key tells nothing: a market's switchboard, 张伟
SHOPS = re.compile("(?:个体工商户|经营部|批发部|门市部|服务部|营业部|商行|商店|商铺|门店|分店|总店|直营店|专卖店|旗舰店|行|店)$")

Values = Mapping[str, Sequence[str]]  # by field, normal and without ""; several where one has several (phones)


def same(left: str, right: str) -> float:
    return float(left == right)


def spelled(left: str, right: str) -> float:
    """Words of an alphabet, as people mistype them."""
    return JaroWinkler.similarity(left, right)


def digits_alike(left: str, right: str) -> float:
    """Numbers of a fixed length: one digit wrong, or two in each other's place, is nearly the same."""
    return (1.0, 0.9)[wrong] if (wrong := DamerauLevenshtein.distance(left, right, score_cutoff=1)) < 2 else 0.0


def written(left: str, right: str) -> float:
    """Chinese names and addresses: the share of characters that they have in common, in order."""
    return fuzz.ratio(left, right) / 100


def whole(value: str) -> Iterable[str]:
    return (value,)


def nothing(value: str) -> Iterable[str]:
    return ()


def nearly(value: str) -> Iterable[str]:
    """Keys that two share when one character of theirs differs, is missing or too many, or when they begin alike."""
    yield value
    if 4 <= len(value) <= 12:
        yield value[:3]
        yield from (value[:place] + value[place + 1 :] for place in range(len(value)))


@dataclass(frozen=True)
class Trait:
    """A field as a witness. `agree` and `differ` are bits; a likeness below `floor` is as good as none.

    `keys`: under what two records must agree to be compared because of it. One that is not `enough` proves nothing unless another
    field that is no mere `colour` agrees too: persons of one name are many.
    """

    name: str
    agree: float
    differ: float
    alike: Callable[[str, str], float] = same
    floor: float = 0.6
    keys: Callable[[str], Iterable[str]] = whole
    enough: bool = True
    colour: bool = False  # as the city: makes others surer, vouches for nothing

    def weigh(self, left: Sequence[str], right: Sequence[str]) -> tuple[float, float]:
        """(likeness, bits) of the best of their values; (0, 0) where one says nothing."""
        if not left or not right:
            return 0.0, 0.0
        likeness = max(self.alike(one, other) for one in left for other in right)
        share = max(0.0, (likeness - self.floor) / (1 - self.floor))
        return likeness, self.differ + (self.agree - self.differ) * share


@dataclass(frozen=True)
class Verdict:
    """How likely two records are one, 0 to 1, and the fields that say so, with how alike they are, the weightiest first."""

    score: float
    reasons: dict[str, float] = field(default_factory=dict)


def compare(left: Values, right: Values, traits: Sequence[Trait]) -> Verdict:
    bits, told = 0.0, []
    for trait in traits:
        likeness, weight = trait.weigh(left.get(trait.name, ()), right.get(trait.name, ()))
        bits += weight
        if weight > 0:
            told.append((weight, trait, likeness))
    witnesses = [trait for _weight, trait, _likeness in told if not trait.colour]
    if not any(trait.enough for trait in witnesses) and len(witnesses) < 2:
        return Verdict(0.0)
    told.sort(key=lambda each: -each[0])
    return Verdict(1 / (1 + 2 ** (PRIOR - bits)), {trait.name: likeness for _weight, trait, likeness in told})


def candidates(records: Iterable[tuple[int, Sequence[str]]], trait: Trait, *, crowd: int = CROWD) -> Iterator[tuple[int, int]]:
    """Pairs (lower, higher) of those records, given as (id, values of `trait`), that share a key of it; some come more than once.

    Kept is a number per key and not the values, so memory stays flat: 100,000 names take about 40 MB.
    """
    marks = sorted(
        mark for pk, values in records for mark in {zlib.crc32(key.encode()) << 64 | pk for v in values for key in trait.keys(v)}
    )
    start = 0
    for end in range(1, len(marks) + 1):
        if end == len(marks) or marks[end] >> 64 != marks[start] >> 64:
            if 1 < end - start <= crowd:
                yield from combinations(sorted({mark & (1 << 64) - 1 for mark in marks[start:end]}), 2)
            start = end


def phone(text: str) -> str:
    """The number itself: without extension, a landline without its area code. "" for what is none."""
    try:
        number = phones.normal(text)
    except BadValue:
        return ""
    return re.sub(r"^0[0-9]{2,3}-", "", re.sub(r"(?<=[0-9]{7})-[0-9]{1,6}$", "", number))


def plain(text: str) -> str:
    """Folded, without blanks and marks: a WeChat id, a tax number."""
    return re.sub(r"[\W_]", "", fold(text))


def shop(bare: str) -> str:
    """A firm's bare name without what its licence calls it: 老王五金商行 and 老王五金店 are both 老王五金."""
    rest = SHOPS.sub("", bare)
    return rest if len(rest) > 1 else bare


def address(text: str) -> str:
    """An address without province, city and district, which others leave out."""
    found = regions.split(text)
    return plain(found.rest) or plain(text)


def pairs(records: Mapping[int, Values], traits: Sequence[Trait], *, least: float = 0.5) -> dict[tuple[int, int], Verdict]:
    """The likely pairs among records that fit into memory, with their verdicts, the surest first."""
    found: dict[tuple[int, int], Verdict] = {}
    for trait in traits:
        said = ((pk, values.get(trait.name, ())) for pk, values in records.items())
        for one, other in candidates(said, trait):
            if (one, other) not in found:
                found[one, other] = compare(records[one], records[other], traits)
    return dict(sorted(((k, v) for k, v in found.items() if v.score >= least), key=lambda pair: -pair[1].score))


def reasons(verdict: Verdict, labels: Mapping[str, Any]) -> str:
    """The reasons in words: 电话、名称（92%）."""
    told = ((str(labels[name]), likeness) for name, likeness in verdict.reasons.items())
    return "、".join(label if likeness == 1 else f"{label}（{likeness:.0%}）" for label, likeness in told)
