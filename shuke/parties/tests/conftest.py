import datetime
from types import SimpleNamespace

import pytest
from django.utils import translation

from shuke.core import firm
from shuke.core.act import acting
from shuke.parties.models import Party

TODAY = datetime.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def a_party(cast):
    """Make a party of Ann's unless told otherwise."""

    def make(name="华信建材", **said):
        party = Party(name=name, **{"owner": cast.ann, **said})
        party.save()
        return party

    return make


@pytest.fixture
def browse(signed_in):
    """Sign in as somebody and ask for addresses in English, each time as a new request would."""

    def sign_in(user):
        client = signed_in(user)

        def request(method):
            def send(*args, **kwargs):
                firm.know(None)
                return getattr(client, method)(*args, headers={"accept-language": "en"}, **kwargs)

            return send

        return SimpleNamespace(get=request("get"), post=request("post"))

    return sign_in


@pytest.fixture
def as_ann(cast):
    with acting(cast.ann.pk, "web"):
        yield cast.ann
