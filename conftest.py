"""What every test can use: a firm with its cast, and browsers signed in as one of them."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import settings

from shuke.core import firm
from shuke.people.models import User
from shuke.people.testing import Cast

# How long one example takes says more of the machine's other work than of ours. Every run tries the same examples, so that what
# was green stays green; SHUKE_FUZZ=n looks for others.
settings.register_profile("ours", deadline=None, derandomize="SHUKE_FUZZ" not in os.environ)
settings.load_profile("ours")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests touch the store, and begin with the slow ones: at the end no worker waits long for the other."""
    for item in items:
        if item.get_closest_marker("django_db") or "db" in item.fixturenames:
            item.add_marker("store")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    """What one test knew of its firm must not reach the next, as between two requests."""
    firm.know(None)


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which this person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        return client

    return sign_in
