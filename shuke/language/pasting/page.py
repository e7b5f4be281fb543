"""A pasted text made readable without moving a character, so that every place in it is a place in what was pasted."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from shuke.language.cleaners import BROKEN, FULL_WIDTH, INVISIBLE
from shuke.language.folding import table

LONGEST = 20_000  # characters that are read; the rest is kept as text only
TAKEN = "\x00"
MARKUP = re.compile(
    r"<[^<>\n]{0,300}>|=[A-Za-z]{2,20}\([^\n]{0,300}\)|\[(?:图片|语音|视频|文件|表情|位置|链接|动画表情|照片)\][^\n]*"
)
COMMAND = re.compile(r"^[ ]{0,8}(?:系统|system|管理员|admin|助手|assistant)[ ]{0,4}[:：][^\n]*", re.MULTILINE | re.IGNORECASE)
LETTERS = {code: half for code, half in FULL_WIDTH.items() if str(chr(code)).isalnum() or code == 0x3000}
NOT_END = re.compile("[^\n]")


def blank(text: str) -> str:
    return NOT_END.sub(TAKEN, text)


@cache
def one_to_one() -> dict[int, Any]:
    """Full width to half, traditional to simplified; what would vanish becomes a blank, so that no place moves."""
    return {key: value or " " for key, value in table().items()} | FULL_WIDTH | {ord("\r"): " ", ord("\t"): " ", 0: " "}


class Page:
    """`plain` is the whole text, half-width and simplified; `left` the same, with TAKEN where a rule has taken something."""

    def __init__(self, text: str) -> None:
        self.text = text[:LONGEST]
        even = self.text.translate(one_to_one())
        self.plain = BROKEN.sub(" ", INVISIBLE.sub(" ", even))
        self.left = self.plain
        for pattern in (MARKUP, COMMAND):
            self.left = pattern.sub(lambda match: blank(match[0]), self.left)

    def take(self, start: int, end: int) -> None:
        """No later rule reads these characters; line ends stay."""
        self.left = self.left[:start] + blank(self.left[start:end]) + self.left[end:]

    def original(self, start: int, end: int) -> str:
        """As it was pasted, but for full-width letters and digits, which are made half."""
        return self.text[start:end].translate(LETTERS).strip()
