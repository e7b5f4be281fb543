"""How well duplicates are told, on lists where the truth is known: python -m tools.likeness FILE…

A list with `rec_id` ("rec-12-org", "rec-12-dup-0": the second is the first, mistyped) is searched for its pairs; of a list with
the names of persons (`name`) each gets a number of their own, and no two may be proposed for their name.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from shuke.language import likeness
from shuke.language.likeness import Trait, digits_alike, nearly, nothing, spelled

# Of a list of Australian persons. Bits by how many values there are: a social number of seven digits 2^14 and more after its
# typing errors, a day of birth within a century 2^12, a surname 2^7; two of a field in ten are mistyped, so that to differ costs
# little but where a value is hardly ever wrong.
PERSONS = [
    Trait("given_name", 5, -1.5, spelled, 0.75, nothing, enough=False),
    Trait("surname", 6, -1.5, spelled, 0.75, enough=False),
    Trait("street_number", 3, -0.5, keys=nothing, enough=False),
    Trait("address_1", 6, -1, spelled, 0.75, nearly, enough=False),
    Trait("address_2", 5, -0.5, spelled, 0.75, nothing, enough=False),
    Trait("suburb", 5, -1, spelled, 0.75, nothing, enough=False),
    Trait("postcode", 5, -1, digits_alike, 0.5, nothing, enough=False),
    Trait("state", 1, -1, keys=nothing, colour=True),
    Trait("date_of_birth", 9, -3, digits_alike, 0.5, enough=False),
    Trait("soc_sec_id", 12, -4, digits_alike, 0.5, nearly),
]
NAMESAKES = [Trait("name", 4, -4, enough=False), Trait("phone", 9, -1)]


@dataclass(frozen=True)
class Found:
    """What was proposed and what was true."""

    proposed: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true


def known_pairs(file: Path) -> Found:
    """The pairs found in a list that tells by `rec_id` which are the same."""
    rows = read(file)
    who = [row.pop("rec_id").split("-")[1] for row in rows]
    people = {pk: {name: [likeness.plain(said)] for name, said in row.items() if said} for pk, row in enumerate(rows)}
    found = likeness.pairs(people, PERSONS)
    right = sum(who[one] == who[other] for one, other in found)
    return Found(len(found), right, sum(n * (n - 1) // 2 for n in Counter(who).values()))


def namesakes(file: Path) -> tuple[int, int]:
    """(pairs of one name, those proposed) among the persons of a list, each with a number of their own."""
    names = [likeness.plain(row["name"]) for row in read(file)]
    people = {pk: {"name": [name], "phone": [f"139{pk:08}"]} for pk, name in enumerate(names)}
    there: dict[str, list[int]] = {}
    for pk, name in enumerate(names):
        there.setdefault(name, []).append(pk)
    alike = [pair for pks in there.values() for pair in combinations(pks, 2)]
    proposed = sum(likeness.compare(people[one], people[other], NAMESAKES).score >= 0.5 for one, other in alike)
    return len(alike), proposed + len(likeness.pairs(people, NAMESAKES))


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text, skipinitialspace=True)
        head = next(lines)
        return [dict(zip(head, map(str.strip, line), strict=False)) for line in lines]


def main(files: Sequence[str]) -> None:
    for file in map(Path, files):
        if "rec_id" in read(file)[0]:
            found = known_pairs(file)
            print(
                f"{file.name}: {found.right} of {found.true} true pairs found, {found.proposed - found.right} wrong; "
                f"precision {found.precision:.3f}, recall {found.recall:.3f}"
            )
        else:
            alike, proposed = namesakes(file)
            print(f"{file.name}: {alike} pairs of namesakes, {proposed} proposed")


if __name__ == "__main__":
    main(sys.argv[1:])
