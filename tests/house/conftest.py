"""One firm for all checks of a module; what a check did to it is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from shuke.core import firm
from tests.house.contract import House


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        firm.know(None)
        yield House()
        transaction.set_rollback(True)


@pytest.fixture
def house(built: House, db: None) -> Iterator[House]:
    with translation.override("en"):
        yield built
    firm.know(None)
