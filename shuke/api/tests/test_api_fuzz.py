"""The REST doors under arbitrary input: whatever comes, the answer is right or a sentence, never a 5xx."""

import base64
import json

import pytest
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from shuke.config.wsgi import application
from shuke.core.models import CustomField
from shuke.parties.models import Contact, Party
from shuke.people import tokens
from shuke.people.testing import Cast

pytestmark = pytest.mark.django_db

FEW = {"database": None, "deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
FEW["phases"] = (Phase.explicit, Phase.reuse, Phase.generate)


def rounds(few, many):
    brief, slow = pytest.param(few, marks=pytest.mark.brief), pytest.param(many, marks=pytest.mark.slow)
    return pytest.mark.parametrize("rounds", [brief, slow])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    "name roles tags phone debt credit debt_on stage is_organisation pay_days settle birthday email site owner extra party"
    " contact_name contact_phone best_way currency to level tag role department login mobile key version id".split()
)
objects = st.dictionaries(names | st.text(max_size=5), anything, max_size=4)
bodies = objects.map(lambda said: json.dumps(said).encode()) | st.binary()
typed = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
asked = "q sort limit cursor stage tags owner debt debt__from debt__to created_at__from x_area x_built__to".split()
likely = st.sampled_from(["-name", "name", "me", "none", "2026-01-01", "1e9", "new", "客户"])
queries = st.dictionaries(st.sampled_from(asked) | typed, likely | typed | st.integers().map(str), max_size=4)
sent = "Authorization If-Match Idempotency-Key Accept Accept-Language Content-Type Cookie If-None-Match Range".split()
latin = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=70)
headers = st.fixed_dictionaries({}, optional=dict.fromkeys(sent, latin))
verbs = "set_stage give_owner share_with unshare add_tag remove_tag nothing move_to_department give_role switch_on".split()
kinds = "parties contacts people departments roles addresses invoice-titles key-dates relations colours".split()
addresses = st.sampled_from(
    ["openapi.json", *kinds, *(f"{kind}/{{id}}" for kind in kinds)]
    + [f"{kind}/{{id}}/{verb}" for kind in ("parties", "people") for verb in verbs]
)
methods = st.sampled_from(["GET", "POST", "PATCH", "DELETE", "HEAD", "PUT"])


@pytest.fixture(autouse=True)
def one_connection():
    """The application runs inside the test's transaction: like Django's own test client, it must leave the connection open."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def firm():
    """A firm with one of everything; the id of all that one may aim at is 1, or one after it."""
    cast = Cast()
    for position, (key, type) in enumerate([("area", "number"), ("built", "date"), ("styles", "choices"), ("deposit", "money")]):
        CustomField(on="parties", key=key, name=key, type=type, choices=["中式", "欧式"], position=position).save()
    party = Party(name="顺德家具", owner=cast.ann)
    party.save()
    Contact(name="李四", party=party).save()
    return cast


@rounds(100, 400)
@pytest.mark.parametrize("who", ["boss", "ann"])
def test_nothing_that_is_sent_makes_the_server_fail(firm, who, rounds):
    user = getattr(firm, who)
    token = {"Authorization": f"Bearer {tokens.make(user, 'fuzz')}"}

    @settings(max_examples=rounds, **FEW)
    @given(methods, addresses, st.integers(0, 9), queries, bodies, headers)
    def send(method, address, pk, query, body, sent):
        client = Client(raise_request_exception=True)
        sent = {"If-Match": "*", **token, **sent}
        kind = sent.pop("Content-Type", "application/json")
        place = f"/api/v1/{address.format(id=pk)}"
        answer = client.generic(method, place, body, content_type=kind, headers=sent, query_params=query)
        assert answer.status_code < 500
        if method != "HEAD" and answer.status_code >= 400:
            assert json.loads(answer.content)["error"]

    send()


@rounds(2, 10)
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_every_operation_keeps_to_its_document(firm, mode, rounds):
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install schemathesis")
    from schemathesis import checks
    from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

    token = {"Authorization": f"Bearer {tokens.make(firm.boss, 'schema')}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, headers=token)
    kept = [checks.not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]

    def attack(operation):
        @settings(max_examples=rounds, **FEW)
        @given(case=operation.as_strategy(generation_mode=getattr(schemathesis.GenerationMode, mode)))
        def send(case):
            if mode == "POSITIVE" and "id" in case.path_parameters:
                case.path_parameters["id"] = 1
            sent = {**token, "If-Match": "*"} if mode == "POSITIVE" else token
            case.validate_response(case.call(headers=sent), checks=kept)

        send()

    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        attack(operation)


@rounds(50, 400)
def test_a_cursor_that_we_did_not_make_is_a_wrong_address(firm, rounds):
    client = Client(headers={"Authorization": f"Bearer {tokens.make(firm.boss, 'fuzz')}"})
    columns = {"-newest": "pk", "name": "sort_key", "last_contact_at": "quiet_since", "debt": "debt"}

    @settings(max_examples=rounds, **FEW)
    @given(st.sampled_from(list(columns)), anything, anything | st.just(1), st.integers(0, 1200))
    @example("-newest", 1e400, 1, 0)
    @example("last_contact_at", "0001-01-01T00:00:00+14:00", 1, 0)
    @example("last_contact_at", "9999-12-31T23:59:59-14:00", 1, 0)
    def send(sort, value, key, deep):
        for said in ([columns[sort], value, key], value, columns[sort]):
            told = "[" * deep * 20 + json.dumps(said) + "]" * deep * 20
            cursor = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
            assert client.get("/api/v1/parties", {"sort": sort, "cursor": cursor}).status_code in (200, 400)

    send()
