"""The catalogues: English msgids out of code and templates, one catalogue per room and language, no system gettext.

    python -m tools.messages                 bring the catalogues up to date, keeping every wording
    python -m tools.messages --fill FILE...  also fill what is empty in zh_Hans from lines `msgid<TAB>wording[<TAB>context]`
    python -m tools.messages --check         change nothing; name what zh_Hans lacks and what is stale, exit 1 if there is any
    python -m tools.messages --compile       only make the .mo files

A msgid stands once: in the lowest room that uses it, so that two rooms cannot word it differently by accident.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SHUKE = Path(__file__).resolve().parents[1] / "shuke"
COMPLETE = "zh_Hans"
LANGUAGES = (COMPLETE, "zh_Hant")
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
ARGUMENTS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
KEYWORDS: dict[str, Any] = ARGUMENTS | {f"{name}_lazy": places for name, places in ARGUMENTS.items()} | {"gettext_noop": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

Key = tuple[str | None, str]
Wordings = dict[Key, tuple[str, ...]]


def sources(room: Path) -> Iterator[tuple[Path, str]]:
    """Files of `room` that may speak to people, with their text; a template comes as the calls it stands for."""
    from django.utils.translation.template import templatize

    for path in sorted(room.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(room).parts):
            yield path, path.read_text("utf-8")
    for path in sorted(room.glob("templates/**/*.*")):
        # Blanked-out markup keeps its indentation, which Python's tokenizer would stumble over.
        yield path, re.sub(r"^\s+", "", templatize(path.read_text("utf-8"), origin=str(path)), flags=re.MULTILINE)


def extracted(room: Path) -> Catalog:
    catalogue = Catalog(COMPLETE)
    for path, text in sources(room):
        for line, ids, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            if "" in (ids, ids[0]):
                raise SystemExit(f"{path}:{line}: an empty text to translate")
            catalogue.add(ids, context=context)
    return catalogue


def wanted() -> Iterator[tuple[Path, Catalog]]:
    """Each room, from the ground floor up, with the msgids that no lower room has."""
    from shuke.config.floors import FLOORS

    seen: set[Key] = set()
    for room in (SHUKE / name for floor in FLOORS for name in floor):
        catalogue = extracted(room)
        for message in [*catalogue]:
            if message.id and key(message) in seen:
                catalogue.delete(message.id, message.context)
        seen |= {key(message) for message in catalogue}
        yield room, catalogue


def key(message: Message) -> Key:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or [""])


def catalogue_path(room: Path, language: str) -> Path:
    return room / "locale" / language / "LC_MESSAGES/django.po"


def known(language: str) -> Wordings:
    """Every wording there is in `language`, whichever room it stands in: a msgid may move with its code."""
    found: Wordings = {}
    for path in sorted(SHUKE.glob(f"*/locale/{language}/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            found |= {key(message): strings(message) for message in read_po(file, language) if all(strings(message))}
    return found


def filling(files: list[Path]) -> Wordings:
    lines = (line.replace("\\n", "\n").split("\t") for file in files for line in file.read_text("utf-8").splitlines())
    return {(parts[2] if len(parts) > 2 else None, parts[0]): (parts[1],) for parts in lines if len(parts) > 1 and parts[1]}


def rendered(catalogue: Catalog, wordings: Wordings, language: str) -> str:
    """The text of the catalogue file in `language`."""
    result, out = Catalog(language), io.BytesIO()
    for message in catalogue:
        if message.id:
            words = wordings.get(key(message), ("",))
            result.add(message.id, words[0] if isinstance(message.id, str) else words, context=message.context)
    write_po(out, result, width=0, no_location=True, omit_header=True, sort_output=True)
    return HEADER + out.getvalue().decode()


def update(fill: list[Path]) -> None:
    wordings = {language: known(language) for language in LANGUAGES}
    wordings[COMPLETE] = filling(fill) | wordings[COMPLETE]
    files = {
        catalogue_path(room, language): rendered(catalogue, wordings[language], language)
        for room, catalogue in wanted()
        for language in LANGUAGES
        if len(catalogue)
    }
    for path in set(SHUKE.glob("*/locale/*/LC_MESSAGES/django.po")) - set(files):
        path.unlink()
    for path, text in files.items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def faults() -> Iterator[str]:
    """Sentences, one for each thing that keeps the catalogues from being complete and true."""
    for room, catalogue in wanted():
        path = catalogue_path(room, COMPLETE)
        with path.open("rb") if path.exists() else io.BytesIO() as file:
            here = {key(message): message for message in read_po(file, COMPLETE) if message.id}
        need = {key(message) for message in catalogue if message.id}
        name = f"{room.name}/{COMPLETE}"
        yield from (f"{name}: {message!r} is not in the catalogue" for _, message in sorted(need - set(here), key=str))
        yield from (f"{name}: {message!r} is used nowhere" for _, message in sorted(set(here) - need, key=str))
        for (_, text), message in here.items():
            ids = text if isinstance(message.id, str) else " ".join(message.id)
            for words in strings(message):
                if not words:
                    yield f"{name}: {text!r} has no wording"
                elif not set(PLACEHOLDER.findall(words)) <= set(PLACEHOLDER.findall(ids)):
                    yield f"{name}: {text!r} has other placeholders than {words!r}"


def compile_all() -> None:
    for path in sorted(SHUKE.glob("*/locale/*/LC_MESSAGES/django.po")):
        with path.open("rb") as source, path.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, path.parts[-3]))


def main() -> int:
    parser = argparse.ArgumentParser(description="Keep the catalogues.")
    parser.add_argument("--fill", nargs="+", type=Path, default=[], metavar="FILE")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    if options.check:
        found = [*faults()]
        print(*found, sep="\n", end="\n" if found else "")
        return bool(found)
    if not options.compile:
        update(options.fill)
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
