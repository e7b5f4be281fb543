"""Which encoding a text file is in: BOM, UTF-16 by its NULs, strict UTF-8, then GB18030 against Big5 by everyday characters.

General detectors call GB18030 Korean; the files that reach a Chinese firm are in one of these few.
"""

import codecs
import re

from django.utils.translation import gettext_lazy as _

from shuke.language.cleaners import BadValue

BOMS = [
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]

# Both standards order their characters by use: the rows of punctuation and of the everyday third of all characters are tables of
# frequency by themselves. Text read in the right encoding holds nearly nothing else, in the wrong one 30 to 60 %.
EVERYDAY = {
    "gb18030": ("gb2312", re.compile(rb"([\xa1\xa3\xb0-\xd7][\xa1-\xfe])|[\x80-\xff].", re.S)),
    "big5hkscs": ("big5", re.compile(rb"([\xa1-\xc6][\x40-\xfe])|[\x80-\xff].", re.S)),
}
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f\x7f\ufffe\uffff]")
SAMPLE = 200_000  # characters scored


class UnreadableFile(BadValue):
    """A file that cannot be read at all; `sentence` says why and what to do."""


def decode(raw: bytes) -> tuple[str, str]:
    """`raw` as (text without BOM, Python's name of the encoding). Raises UnreadableFile when it is not text."""
    encoding = guess(raw)
    return raw.decode(encoding, "ignore"), encoding


def guess(raw: bytes) -> str:
    """Python's name of the encoding of `raw`, under which it decodes without error, a last character cut in two excepted.

    Raises UnreadableFile for what is not text, or not in UTF-8, UTF-16, UTF-32, GB18030 or Big5.
    """
    marked = next((name for mark, name in BOMS if raw.startswith(mark)), None) or _unmarked_utf16(raw)
    readable: dict[str, str] = {}
    for name in [marked] if marked else ["utf-8", *EVERYDAY]:
        if "utf-8" not in readable and (text := _strictly(raw, name)) is not None:
            readable[name] = text
    # The first of equals: without any sign the mainland's encoding is the likelier.
    best = max(readable, key=lambda name: _everyday(readable[name], name), default=None)
    if best is None or _is_junk(readable[best]):
        raise UnreadableFile(
            _("This is neither a spreadsheet nor a text file. Save it in Excel or WPS as .xlsx and choose it again.")
        )
    return best


def _unmarked_utf16(raw: bytes) -> str | None:
    """Latin text, digits and line ends in UTF-16 have a NUL as every other byte; UTF-8 and the Chinese encodings have none."""
    sample = raw[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if not even + odd or min(even, odd) * 10 > max(even, odd):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    return encoding if re.search(r"[\n\r\t,;]", sample.decode(encoding, "ignore")) else None


def _strictly(raw: bytes, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        return decoder.decode(raw)  # not final: a last character cut in two is left out
    except UnicodeDecodeError:
        return None


def _everyday(text: str, encoding: str) -> float:
    """The share of everyday characters among those of `text` beyond ASCII, 0 to 1."""
    if encoding not in EVERYDAY:
        return 1.0  # its form alone is proof
    sample = text[:SAMPLE]
    standard, characters = EVERYDAY[encoding]
    found = sum(map(bool, characters.findall(sample.encode(standard, "ignore"))))
    return found / max(1, sum(character > "\x7f" for character in sample))


def _is_junk(text: str) -> bool:
    return "\0" in text or len(CONTROLS.findall(text, 0, SAMPLE)) * 100 > min(len(text), SAMPLE)
