"""What the journal tells is told in words of the screen: no verb, model or field by the name it has in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import translation

from shuke.core import kind as kinds
from shuke.core import pages, scope, undo
from shuke.core.act import acting
from shuke.core.models import Batch
from shuke.core.record import Record
from shuke.people import actions
from shuke.people.models import Role, User

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
RECORDS = [model for model in apps.get_models() if issubclass(model, Record)]
GOOD = "correct horse 9"
CODE = re.compile(r"\b[a-z]+(?:[_.][a-z]+)+\b")  # names as code writes them: set_up, people.grant


def verbs(source: str) -> Iterator[str]:
    """The verbs that a piece of code writes into the journal."""
    for node in ast.walk(ast.parse(source)):
        said: list[Any] = []
        if isinstance(node, ast.Call):
            named = getattr(node.func, "attr", getattr(node.func, "id", ""))
            said = [word.value for word in node.keywords if word.arg == "verb"] + (node.args[:1] if named == "act" else [])
        elif isinstance(node, ast.FunctionDef):
            said = [value for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if arg.arg == "verb"]
        for value in said:
            yield from texts(value)


def texts(value: Any) -> Iterator[str]:
    """The texts that an expression may come to."""
    match value:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from [*texts(one), *texts(other)]
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from texts(part)


def written() -> set[str]:
    paths = [path for path in ROOT.glob("shuke/**/*.py") if not {"tests", "migrations"} & set(path.parts)]
    return {verb for path in paths for verb in verbs(path.read_text("utf-8")) if verb and path.name != "testing.py"}


def test_every_verb_of_the_journal_reads_in_words():
    named = {action.name for kind in kinds.every() for action in kind.actions}
    assert {"created", "joined", "sample", "undone"} <= written()
    assert written() - pages.VERBS.keys() - named == set()


@pytest.mark.parametrize("source", ['party.save(verb="x")', 'with work.act("x"): ...', 'def f(*, verb: str = "x"): ...'])
def test_a_planted_verb_is_seen(source: str):
    assert list(verbs(source)) == ["x"]


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label)
def test_every_record_has_a_name_for_people(model: type[Record]):
    with translation.override("zh-hans"):
        assert re.search("[一-鿿]", kinds.called(model._meta.label_lower))


def test_a_record_of_a_room_that_is_gone_is_called_a_record():
    with translation.override("en"):
        assert [kinds.called(key) for key in ("", "warranty.card", "#17")] == ["record"] * 3


@pytest.mark.parametrize("long", [1, 10**6])
def test_the_first_batch_reads_in_words(signed_in, monkeypatch, long):
    """The firm, its rights and its owner: most of it has no kind."""
    monkeypatch.setattr(undo, "LONG", long)
    with acting(None, "web"):
        boss = actions.set_up("华信建材", login="boss", password=GOOD, name="老陈")
    batch = Batch.objects.get(verb="set_up")
    Batch.objects.update(actor=boss)
    for address in (f"/undo/{batch.pk}/", f"/people/{boss.pk}/history/", f"/people/{boss.pk}/"):
        assert CODE.findall(words(signed_in(boss).get(address))) == [], address
    answer = signed_in(boss).post(f"/undo/{batch.pk}/", {"asked": "1"})
    assert answer.status_code == 422 and "不能撤销" in words(answer) and scope.system("test").rows(Role).live().count() == 5


def test_a_new_password_is_on_record_in_words_and_cannot_be_taken_back(cast, signed_in):
    actions.join(actions.invite(cast.ann), GOOD)
    batch = Batch.objects.get(verb="joined")
    page = signed_in(cast.boss).get(f"/undo/{batch.pk}/")
    said = words(page)
    assert f"/undo/{batch.pk}/" not in signed_in(cast.boss).get(f"/people/{cast.ann.pk}/history/").content.decode()
    assert (page.status_code, CODE.findall(said)) == (200, [])
    assert "邀请" in said and "密码" in said
    chosen = {"asked": "1", f"people.user-{cast.ann.pk}-password": "back"}
    assert signed_in(cast.boss).post(f"/undo/{batch.pk}/", chosen).status_code == 422
    assert scope.system("test").rows(User).get(pk=cast.ann.pk).check_password(GOOD)


def test_the_way_to_a_batch_is_shown_to_whom_it_is_open(cast, signed_in):
    with acting(None, "web"):
        actions.join(actions.invite(cast.ann), GOOD)
    for history in (f"/people/{cast.ann.pk}/history/", f"/people/{cast.boss.pk}/history/"):
        page = signed_in(cast.boss).get(history).content.decode()
        for address in re.findall(r'action="(/undo/\d+/)"', page):
            assert signed_in(cast.boss).get(address).status_code == 200


def words(answer: Any) -> str:
    """The text of a page, without its markup."""
    return re.sub(r"<[^>]*>", " ", answer.content.decode())
