"""What must hold for every file of the tree, whoever wrote it."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template import engines
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
TEMPLATES = sorted(path for path in ROOT.glob("shuke/*/templates/**/*") if path.is_file())

INLINE = {
    "a script in the page": r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")",
    "a style in the page": r"<style|\sstyle\s*=",
    "an event handler": r"<[^>]*\son[a-z]+\s*=",
    "a script as address": r"javascript:",
    "text taken as markup": r"\|\s*safe\b|\bsafeseq\b|autoescape off",
}
FOREIGN = {
    "the address of a package registry": r"registry\.np[m]js|npm[m]irror|pypi\.[o]rg|python[h]osted",
    "a path of one machine": r"(?<![\w.:/}])/(?:home|root|Users|work)/\w",
    "work left for later": r"\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b",
}


def faults(text: str, rules: dict[str, str]) -> list[str]:
    return [
        f"line {n}: {fault}" for n, line in enumerate(text.splitlines(), 1) for fault in rules if re.search(rules[fault], line)
    ]


def tracked() -> Iterator[Path]:
    """Every file that git keeps, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    yield from (ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def code(folder: str) -> list[Path]:
    return [path for path in sorted(ROOT.glob(f"{folder}/**/*.py")) if not {"tests", "migrations"} & set(path.parts)]


def required(texts: list[str]) -> set[str]:
    """Names of the distributions that the requirements ask for here, extras apart."""
    wanted = (Requirement(text) for text in texts)
    return {canonicalize_name(each.name) for each in wanted if not each.marker or each.marker.evaluate({"extra": ""})}


DEPENDENCIES = sorted(required(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["postgres"]))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "shuke")))
def test_a_template_compiles_and_carries_nothing_inline(path: Path):
    source = path.read_text("utf-8")
    engines["django"].from_string(source)
    assert faults(re.sub(r"\s*\n\s*(?=[^<]*>)", " ", source), INLINE) == []


@pytest.mark.parametrize(
    "line",
    [
        "<script>go()</script>",
        "<script type='module'>",
        "<p style='color: red'>",
        "<style>",
        '<a class="x" onclick="go()">',
        "<a href='javascript:go()'>",
        "{{ name|safe }}",
        "{% autoescape off %}",
    ],
)
def test_planted_markup_is_seen(line: str):
    assert faults(line, INLINE)


def test_scripts_from_our_own_address_are_allowed():
    assert faults('<script type="module" src="{% static "js/shuke.js" %}"></script> <p data-on="x">', INLINE) == []


def test_no_file_names_a_registry_or_a_machine_or_leaves_work_behind():
    found = {}
    for path in tracked():
        try:
            found[path.relative_to(ROOT)] = faults(path.read_text("utf-8"), FOREIGN)
        except UnicodeDecodeError:  # a picture or a sample in an old encoding
            continue
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("line", ["https://registry.np" + "mjs.org/x", "see /ho" + "me/ann/notes", "# TO" + "DO later"])
def test_planted_words_are_seen(line: str):
    assert faults(line, FOREIGN)


def test_core_can_be_read_in_one_sitting():
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in code("shuke/core")}
    assert sum(lines.values()) <= 6000
    assert lines[ROOT / "shuke/core/kind.py"] <= 400


@pytest.mark.parametrize("name", [*DEPENDENCIES, *json.loads((ROOT / "vendor/package.json").read_text("utf-8"))["dependencies"]])
def test_architecture_says_why_we_depend_on_it(name: str):
    assert name in (ROOT / "ARCHITECTURE.md").read_text("utf-8").lower()


def test_what_is_imported_is_declared():
    homes = importlib.metadata.packages_distributions()
    imported = set()
    for path in code("shuke"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            imported |= {name.partition(".")[0] for name in names}
    foreign = imported - set(sys.stdlib_module_names) - {"shuke"}
    assert {
        name for name in foreign if not {canonicalize_name(home) for home in homes.get(name, [])} & set(DEPENDENCIES)
    } == set()


def test_no_part_brings_a_licence_that_ours_cannot_live_with():
    waiting, terms = [*DEPENDENCIES], {}
    while waiting:
        name = waiting.pop()
        if name not in terms:
            about = importlib.metadata.metadata(name)
            terms[name] = " ".join([about["License-Expression"] or about["License"] or "", *(about.get_all("Classifier") or [])])
            waiting += required(importlib.metadata.requires(name) or [])
    assert {name for name, words in terms.items() if re.search(r"\bA?GPL|GNU (Affero )?General", words)} == set()


def test_our_own_licence_is_in_the_tree():
    assert PROJECT["license"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in (ROOT / "LICENSE").read_text("utf-8")
