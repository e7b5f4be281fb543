"""Write shuke/language/data/simplified.txt, a traditional character and its simplified one a line; needs opencc installed.

The facts are OpenCC's (Apache-2.0) character table; where one traditional character has several simplified ones, its first is
taken.
"""

from itertools import chain
from pathlib import Path

from opencc import OpenCC

IDEOGRAPHS = chain(range(0x3400, 0xA000), range(0x20000, 0x323B0))

simplified = OpenCC("t2s").convert
pairs = [(character, simplified(character)) for character in map(chr, IDEOGRAPHS)]
target = Path(__file__).parents[1] / "shuke/language/data/simplified.txt"
target.write_text("".join(f"{old}{new}\n" for old, new in pairs if simplified(new) == new != old), encoding="utf-8")
