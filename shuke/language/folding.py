"""Texts made equal for search and duplicates; what is stored and shown stays as it was typed."""

from functools import cache, lru_cache
from pathlib import Path
from unicodedata import normalize

ZERO_WIDTH = "\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff"


@cache
def table() -> dict[int, str | None]:
    """Traditional to simplified by character (made by tools/make_simplified.py), zero-width characters to nothing."""
    pairs = Path(__file__).with_name("data").joinpath("simplified.txt").read_text(encoding="utf-8").splitlines()
    return {ord(pair[0]): pair[1] for pair in pairs} | dict.fromkeys(map(ord, ZERO_WIDTH))


@lru_cache(maxsize=1024)  # a name is folded for its key, its sound, its twins and the search
def fold(text: str) -> str:
    """`text` as search compares it: half-width, lower case, simplified, single blanks. fold(fold(x)) == fold(x)."""
    if text.isascii():
        return " ".join(text.lower().split())
    # Twice NFKC: dropping case and zero-width characters may leave letters that compose.
    folded = normalize("NFKC", normalize("NFKC", text).casefold().translate(table()))
    return " ".join(folded.split())
