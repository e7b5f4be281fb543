"""Tokens: told once, kept as a digest, good until revoked."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.core import firm, scope
from shuke.core.models import Entry
from shuke.core.record import Refused
from shuke.people import actions, tokens
from shuke.people.models import Token
from shuke.people.testing import Cast

pytestmark = pytest.mark.django_db
every = scope.system("tests look behind the doors").rows


@pytest.fixture
def cast():
    return Cast()


def test_a_token_is_told_once_and_kept_as_a_digest(cast):
    token = tokens.make(cast.ann, " ERP ")
    row = every(Token).get()
    assert (row.name, row.user, row.digest) == ("ERP", cast.ann, tokens.digest(token))
    entry = Entry.objects.get(kind="people.token")
    assert token not in row.digest
    assert row.digest not in str(entry.changes)


def test_its_person_and_the_firms_revision_are_read_in_one_statement(cast):
    token = tokens.make(cast.ann, "ERP")
    tokens.user_of(token)
    firm.know(None)
    with CaptureQueriesContext(connection) as told:
        assert tokens.user_of(token) == cast.ann
        assert firm.revision() == firm.Firm._base_manager.values_list("revision", flat=True).get()
    assert len(told) == 2  # the second is the comparison's own


def test_its_last_use_is_written_at_most_once_a_minute_and_is_no_change(cast):
    token = tokens.make(cast.ann, "ERP")
    start = datetime.datetime(2026, 3, 1, 9, tzinfo=datetime.UTC)
    seen = []
    for seconds in (0, 59, 60):
        with time_machine.travel(start + datetime.timedelta(seconds=seconds), tick=False):
            tokens.user_of(token)
        row = every(Token).get()
        seen.append(((row.last_used_at - start).seconds, row.version))
    assert seen == [(0, 1), (0, 1), (60, 1)]


def test_a_revoked_token_opens_nothing(cast):
    token, other = tokens.make(cast.ann, "ERP"), tokens.make(cast.ann, "phone")
    tokens.revoke(every(Token).get(name="ERP"))
    assert (tokens.user_of(token), tokens.user_of(other)) == (None, cast.ann)
    assert Entry.objects.get(kind="people.token", verb="revoked").changes.keys() == {"revoked_at"}


def test_who_left_carries_no_token(cast):
    token = tokens.make(cast.ann, "ERP")
    cast.ann.is_active = False
    cast.ann.save()
    assert tokens.user_of(token) is None
    with pytest.raises(Refused):
        tokens.make(cast.ann, "ERP")


def test_who_comes_back_gets_no_old_token_back(cast):
    token = tokens.make(cast.ann, "ERP")
    actions.switch_off(cast.ann)
    actions.switch_on(cast.ann)
    assert tokens.user_of(token) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "\0"])
def test_a_token_has_a_name_of_at_most_sixty_characters(cast, name):
    with pytest.raises(Refused):
        tokens.make(cast.ann, name)
