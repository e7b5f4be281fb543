"""The language between a search box and an index, the same for SQLite's FTS5 and PostgreSQL's tsvector.

A text is indexed by its pairs of neighbouring characters (深圳市 → 深圳 圳市 市), a number by its threes, since of its pairs
there are but a hundred; a query asks for all pieces of what was typed. So whatever holds the query is among the candidates, and
`matches` (or LIKE) on the folded text drops the few others: the answers are those of LIKE '%query%'. Names are found by their
sound as well: initials are indexed like text, syllables as words behind a mark.

Pieces need no positions, which makes the index a third of the size. On SQLite declare `fts5(…, tokenize='ascii', detail='none',
prefix='2', content='')`: this tokenizer cuts at blanks only and knows all of Unicode. On PostgreSQL keep
`array_to_tsvector(string_to_array(document, ' '))` in a column with a GIN index and compare with `%s::tsquery`: neither side
goes through a parser that would have its own idea of "3-4e5".
"""

import re
from collections.abc import Iterable
from operator import add
from typing import Literal

from shuke.language.folding import fold
from shuke.language.pinyin import heard, initials, spellings, spoken, typed

Vendor = Literal["sqlite", "postgresql"]

RUN = re.compile(r"[0-9]+|[a-z]+|[^\W_0-9a-z]+")
MARK = "·"  # not in any run, so a syllable is never taken for a pair
TERMS, PAIRS = 8, 16  # more of a query would not narrow its candidates, and FTS5 bounds the depth of an expression

AND, OR = {"sqlite": " AND ", "postgresql": " & "}, {"sqlite": " OR ", "postgresql": " | "}


def document(folded_text: str, sounds: str = "", group: str = "") -> str:
    """The tokens of a text and of its `sounds`, separated by blanks, each once; they follow from both without a dictionary.

    So the index need not keep them: what takes a line out of it makes them anew. `group`, one character, stands before each of
    them: what is common in one group costs nothing in another.
    """
    said = sounds.split()
    spelled = [sound for sound in said if sound[0] in "'."]
    runs = RUN.findall(" ".join([folded_text, *(sound for sound in said if sound[0] not in "'.")]))
    tokens: dict[str, None] = {}
    for run in runs:
        tokens |= dict.fromkeys(pieces(run))
    tokens.update(dict.fromkeys(MARK + syllable for spelling in spelled for syllable in sorted(spoken(spelling))))
    return group + f" {group}".join(tokens) if tokens else ""


def pieces(run: str) -> list[str]:
    """What a run is indexed by, from each of its characters on: two of a word, three of a number, less at its end."""
    pairs = [*map(add, run, run[1:]), run[-1]]
    return [*map(add, pairs, run[2:]), *pairs[-2:]] if run[0] <= "9" else pairs


def sounds(names: Iterable[str]) -> str:
    """How one may type `names`: the spellings of each with their marks, and its initials."""
    spelled = [spellings(name) for name in names]
    return " ".join(sound for ways in spelled for sound in (*ways, *dict.fromkeys(map(initials, ways))) if sound)


def query(text: str, vendor: Vendor, group: str = "") -> str | None:
    """The candidates for what was typed, as an FTS5 MATCH expression or a tsquery; None when nothing in it is indexed ("(").

    All words must be there, each as a piece of the text or by its sound. The expression holds nothing but quoted pairs and
    syllables, so no input can break it.
    """
    parts = [ways for term in fold(text).split()[:TERMS] if (ways := _ways(term, vendor, group))]
    return AND[vendor].join(f"({OR[vendor].join(f'({way})' for way in ways)})" for ways in parts) or None


def matches(folded_text: str, folded_query: str, sounds: str = "") -> bool:
    """Whether every word of the query is a piece of the text or, typed in letters, of its `sounds`."""
    return all(term in folded_text or (term.isascii() and term in typed(sounds)) for term in folded_query.split())


def _ways(term: str, vendor: Vendor, group: str) -> list[str]:
    """The ways to find one blank-free `term`: written like that, or sounding like that."""
    runs = RUN.findall(term)
    ways = [AND[vendor].join(token for run in runs for token in _written(run, vendor, group))] if runs else []
    if "".join(runs) == term and term.isascii():
        whole, ends = heard(term)
        mark = group + MARK
        syllables = [_token(mark + syllable, vendor) for syllable in whole[:PAIRS]]
        last = [_begins(mark + end[:-1], vendor) if end.endswith("*") else _token(mark + end, vendor) for end in ends]
        heard_so = syllables + ([f"({OR[vendor].join(last)})"] if last else [])
        ways += [AND[vendor].join(heard_so)] if heard_so else []
    return ways


def _written(run: str, vendor: Vendor, group: str) -> list[str]:
    size = 3 if run[0] <= "9" else 2
    if len(run) < size:
        return [_begins(group + run, vendor)]
    found = dict.fromkeys(run[place : place + size] for place in range(min(len(run) - size + 1, PAIRS)))
    return [_token(group + piece, vendor) for piece in found]


def _token(token: str, vendor: Vendor) -> str:
    return f'"{token}"' if vendor == "sqlite" else f"'{token}'"


def _begins(token: str, vendor: Vendor) -> str:
    return _token(token, vendor) + ("*" if vendor == "sqlite" else ":*")
