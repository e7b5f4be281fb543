"""Contacts as phones and mail programs exchange them (vCard): read in versions 2.1, 3.0 and 4.0, written in 3.0.

Read are names, firm, title, phones, e-mail, addresses, note, birthday and web site; pictures, keys and sounds are passed over.
RFC 2425, 2426 and 6350, and of the older one what phones really write: quoted-printable in UTF-8 or GB18030, soft line breaks.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from shuke.language import phones
from shuke.language.cleaners import BadValue, clean_text

LONGEST = 20_000  # characters of one line that is read; what is longer is a picture
MOST_LINES = 200_000
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
FOLD = 75  # octets of a line, RFC 2426


@dataclass
class VCard:
    name: str = ""
    surname: str = ""
    given: str = ""
    firm: str = ""
    title: str = ""
    mobile: str = ""
    phone_work: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    note: str = ""
    birthday: str = ""
    site: str = ""
    wechat: str = ""
    phones: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # numbers that cannot be rung as they stand


@dataclass(frozen=True)
class Line:
    name: str
    options: dict[str, list[str]]
    value: str

    def types(self) -> set[str]:
        return {word.lower() for said in self.options.values() for word in said}


def read(raw: bytes) -> list[VCard]:
    """All contacts of a file, in their order; [] where it is none. What a line says wrongly is left out, the rest is kept."""
    text = _decoded(raw)
    return [_card(lines) for lines in _groups(_lines(text))]


def write(cards: Iterable[VCard]) -> bytes:
    """A file in version 3.0 and UTF-8, as every phone takes it."""
    return "".join(line for card in cards for line in _written(card)).encode()


def _decoded(raw: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _lines(text: str) -> Iterator[str]:
    """Logical lines: a blank in front continues the one above; quoted-printable goes on behind a "=" at the end."""
    held: list[str] = []
    quoted = False
    for line in re.split("\r\n|\r|\n", text)[:MOST_LINES]:
        if held and quoted and held[-1].endswith("="):
            held[-1] = held[-1][:-1]
            held.append(line.removeprefix(" ") if line.startswith(" =") else line)
            continue
        if held and line[:1] in (" ", "\t"):
            held.append(line[1:])
            continue
        if held:
            yield "".join(held)
        held, quoted = [line], "QUOTED-PRINTABLE" in line[:200].upper()
    if held:
        yield "".join(held)


def _groups(lines: Iterator[str]) -> Iterator[list[Line]]:
    open_at: list[list[Line]] = []
    for text in lines:
        mark = text.strip().upper()
        if mark == "BEGIN:VCARD":
            open_at.append([])
        elif mark == "END:VCARD" and open_at:
            inner = open_at.pop()
            if not open_at:  # a card inside another is the agent of that one
                yield inner
        elif open_at and len(text) <= LONGEST and (line := _line(text)):
            open_at[-1].append(line)
    if open_at and open_at[0]:  # cut off at its end
        yield open_at[0]


def _line(text: str) -> Line | None:
    head, colon, value = _cut(text)
    if not colon:
        return None
    name, *said = _split(head, ";")
    options: dict[str, list[str]] = {}
    for option in said:
        key, equals, words = option.partition("=")
        options.setdefault(key.upper() if equals else "TYPE", []).extend(
            word.strip('" ') for word in (words if equals else key).split(",")
        )
    types = {word.upper() for words in options.values() for word in words}
    if "QUOTED-PRINTABLE" in types:
        value = _unquoted(value, next(iter(options.get("CHARSET", [])), "utf-8"))
    elif types & {"BASE64", "B"} or value.startswith("data:"):
        return None
    return Line(name.rpartition(".")[2].strip().upper(), options, value)


def _cut(text: str) -> tuple[str, str, str]:
    """At the first colon that stands in no quotes."""
    quoted = False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            return text[:place], ":", text[place + 1 :]
    return text.partition(":")


def _unquoted(value: str, charset: str) -> str:
    try:
        raw = quopri.decodestring(value.encode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return value
    for encoding in (charset, "utf-8", "gb18030", "latin-1"):
        try:
            return raw.decode(encoding)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return value


def _split(text: str, mark: str) -> list[str]:
    """At marks that are neither escaped nor in quotes."""
    return list(re.findall(rf'(?:\A|{mark})((?:"[^"]*"|\\.|[^{mark}\\"]|\\$|")*)', text, re.DOTALL))


def _plain(value: str) -> str:
    said = ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
    try:
        return clean_text(said, lines=True)
    except BadValue:
        return ""


def _one_line(value: str) -> str:
    return " ".join(_plain(value).split())


def _card(lines: list[Line]) -> VCard:
    card = VCard()
    for line in lines:
        take = TAKERS.get(line.name)
        if take:
            take(card, line)
    card.note = "\n".join(filter(None, [card.note, *card.others]))
    card.name = card.name or _joined(card.surname, card.given) or card.firm or card.email or next(iter(card.phones), "")
    return card


def _joined(surname: str, given: str) -> str:
    """华 信 is 华信, Ann Smith stays two words."""
    return f"{given} {surname}".strip() if (surname + given).isascii() else f"{surname}{given}"


def _name(card: VCard, line: Line) -> None:
    card.surname, card.given = (*(_one_line(part) for part in _split(line.value, ";")), "", "")[:2]


def _shown(card: VCard, line: Line) -> None:
    card.name = card.name or _one_line(line.value)


def _firm(card: VCard, line: Line) -> None:
    card.firm = card.firm or _one_line(_split(line.value, ";")[0])


def _phone(card: VCard, line: Line) -> None:
    said = re.sub("^tel:", "", _one_line(line.value), flags=re.IGNORECASE).partition(";")[0]
    if "fax" in line.types():
        return
    try:
        number = phones.normal(said)
    except BadValue:
        card.others.append(said)  # a number of another country without its code: nobody here could dial it
        return
    if not number:
        return
    card.phones.append(number)
    if phones.is_mobile(number) or line.types() & {"cell", "mobile"}:
        card.mobile = card.mobile or number
    else:
        card.phone_work = card.phone_work or number


def _address(card: VCard, line: Line) -> None:
    """Country and post code stand apart; ours begin with the province, others with the house."""
    parts = [*(_one_line(part) for part in _split(line.value, ";")), *[""] * 7][:7]
    box, further, street, city, province, postcode, _country = parts
    said = [province, city, street, further, box]
    text = "".join(said) if not "".join(said).isascii() else ", ".join(filter(None, [box, further, street, city, province]))
    if not card.address and text:
        card.address, card.postcode = text, postcode


def _taker(attribute: str, *, lines: bool = False) -> Callable[[VCard, Line], None]:
    def take(card: VCard, line: Line) -> None:
        value = _plain(line.value) if lines else _one_line(line.value)
        setattr(card, attribute, getattr(card, attribute) or value)

    return take


TAKERS: dict[str, Callable[[VCard, Line], None]] = {
    "N": _name,
    "FN": _shown,
    "ORG": _firm,
    "TEL": _phone,
    "ADR": _address,
    "TITLE": _taker("title"),
    "EMAIL": _taker("email"),
    "NOTE": _taker("note", lines=True),
    "BDAY": _taker("birthday"),
    "URL": _taker("site"),
    "X-WECHAT": _taker("wechat"),
}


def _written(card: VCard) -> Iterator[str]:
    told = [
        ("BEGIN", "VCARD"),
        ("VERSION", "3.0"),
        ("N", f"{_escaped(card.surname or card.name)};{_escaped(card.given)};;;"),
        ("FN", _escaped(card.name)),
        ("ORG", _escaped(card.firm)),
        ("TITLE", _escaped(card.title)),
        ("TEL;TYPE=CELL", _escaped(card.mobile)),
        ("TEL;TYPE=WORK", _escaped(card.phone_work)),
        ("EMAIL", _escaped(card.email)),
        ("ADR", f";;{_escaped(card.address)};;;{_escaped(card.postcode)};" if card.address else ""),
        ("X-WECHAT", _escaped(card.wechat)),
        ("NOTE", _escaped(card.note)),
        ("END", "VCARD"),
    ]
    return (_folded(f"{name}:{value}") for name, value in told if value)


def _escaped(value: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", value).replace("\n", "\\n")


def _folded(line: str) -> str:
    """In lines of at most FOLD octets, never cut inside a character."""
    rows, row, size = [], "", 0
    for character in line:
        width = len(character.encode("utf-8", "replace"))
        if size + width > FOLD:
            rows.append(row)
            row, size = " ", 1
        row, size = row + character, size + width
    return "\r\n".join([*rows, row]) + "\r\n"
