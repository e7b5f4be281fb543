"""The tools that keep the catalogues, and the private PostgreSQL, do what they say."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import NoPostgres, programs
from tools import messages

TEMPLATE = """{% load i18n %}
    {% if rows %}<p title="{% translate "Save" %}">
        {% blocktranslate count n=n trimmed %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
    </p>{% endif %}
  {{ name|default:_("nothing") }} {% translate "May" context "month" %}
"""
CODE = """
title = _("Save")
told = ngettext_lazy("%(n)s file", "%(n)s files", "n")
"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "SHUKE", tmp_path)
    (tmp_path / "core/templates").mkdir(parents=True)
    (tmp_path / "core/templates/page.html").write_text(TEMPLATE)
    (tmp_path / "people").mkdir()
    (tmp_path / "people/models.py").write_text(CODE)
    return tmp_path


def told(house: Path, *lines: str) -> list[str]:
    (house / "words.tsv").write_text("\n".join(lines))
    messages.update([house / "words.tsv"])
    return sorted(messages.faults())


def test_a_text_is_asked_for_once_in_the_lowest_room_that_says_it(house):
    rooms = {room.name: {messages.key(message) for message in catalogue if message.id} for room, catalogue in messages.wanted()}
    assert {room: keys for room, keys in rooms.items() if keys} == {
        "core": {(None, "Save"), (None, "%(n)s row"), (None, "nothing"), ("month", "May")},
        "people": {(None, "%(n)s file")},
    }


def test_what_has_no_wording_or_a_wrong_placeholder_is_named(house):
    assert told(house, "Save\t保存", "%(n)s row\t%(n)s 行", "May\t五月\tmonth", "%(n)s file\t%(m)s 个文件") == [
        "core/zh_Hans: 'nothing' has no wording",
        "people/zh_Hans: '%(n)s file' has other placeholders than '%(m)s 个文件'",
    ]


def test_a_wording_moves_with_its_text_and_what_nobody_says_is_dropped(house):
    complete = ["Save\t保存", "%(n)s row\t%(n)s 行", "May\t五月\tmonth", "%(n)s file\t%(n)s 个文件", "nothing\t无"]
    assert told(house, *complete) == []
    (house / "core/templates/page.html").unlink()
    assert len([*messages.faults()]) == 5  # four are used nowhere in core, one is not yet in people
    assert told(house) == []
    assert "保存" in (house / "people/locale/zh_Hans/LC_MESSAGES/django.po").read_text("utf-8")
    assert not (house / "core/locale/zh_Hans/LC_MESSAGES/django.po").exists()


def test_the_private_server_goes_when_its_owner_is_killed():
    try:
        programs()
    except NoPostgres as problem:
        pytest.skip(str(problem))
    say = "from tests.postgres import server\nwith server() as url: print(url, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", say], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        folder = Path(owner.stdout.readline().strip().partition("host=")[2])
        server = os.pidfd_open(int((folder / "data/postmaster.pid").read_text().split()[0]))
        os.kill(owner.pid, signal.SIGKILL)
    assert select.select([server], [], [], 60)[0] == [server]
    os.close(server)
