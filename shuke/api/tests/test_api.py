"""The REST doors, seen from outside: what goes in, what comes out, who is let in."""

import datetime
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shuke.core import firm, listing, scope
from shuke.core.models import CustomField, Entry
from shuke.core.record import create_many
from shuke.parties.models import Contact, Party
from shuke.people import tokens
from shuke.people.models import FieldRight, Token
from shuke.people.testing import Cast

pytestmark = pytest.mark.django_db
PARTIES = "/api/v1/parties"
every = scope.system("tests look behind the doors").rows


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def boss(cast):
    return by_token(cast.boss)


def by_token(user) -> Client:
    return with_token(tokens.make(user, "test"))


def with_token(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def a_party(owner=None, **said) -> Party:
    party = Party(**{"name": "顺德家具", **said}, owner=owner)
    party.save()
    return party


def post(client, address, said, **headers):
    return client.post(address, said, content_type="application/json", headers=headers)


def patch(client, address, said, **headers):
    return client.patch(address, said, content_type="application/json", headers=headers)


def names(answer) -> list[str]:
    return [item["name"] for item in answer.json()["items"]]


def custom(**said) -> None:
    CustomField(**{"on": "parties", "position": 0, **said}).save()


def test_without_a_token_that_holds_nobody_gets_in(cast):
    token = tokens.make(cast.boss, "phone")
    tokens.revoke(every(Token).get())
    gone = cast.person("gone", "owner")
    left = tokens.make(gone, "phone")
    gone.is_active = False
    gone.save()
    for said in ["", f"Bearer {token}", f"Bearer {left}", "Bearer", "Bearer x", f"Basic {token}", "Bearer é"]:
        answer = Client(headers={"Authorization": said} if said else {}).get(PARTIES)
        assert (answer.status_code, answer["WWW-Authenticate"], list(answer.json())) == (401, "Bearer", ["error"]), said


def test_a_browsers_session_may_read_and_not_write(cast):
    client = Client()
    client.force_login(cast.boss)
    assert client.get(PARTIES).json() == {"items": [], "next": None, "count": 0, "capped": False}
    assert post(client, PARTIES, {"name": "华信"}).status_code == 403
    assert not every(Party).exists()


def test_a_token_sets_no_cookie_and_its_writes_are_told_as_done_by_the_api(cast, boss):
    answer = post(boss, PARTIES, {"name": "华信"})
    assert not answer.cookies
    batch = Entry.objects.get(kind="parties.party").batch
    assert (batch.actor_id, batch.door, batch.verb) == (cast.boss.pk, "api", "created")


def test_a_token_opens_no_page_of_the_screen(cast, boss):
    assert boss.get("/parties/")["Location"].startswith("/sign-in/")


def test_an_item_tells_plain_values(cast, boss):
    custom(key="area", name="面积", type="number")
    custom(key="deposit", name="押金", type="money")
    said = {"debt": "12.3", "tags": ["老客户"], "debt_on": datetime.date(2026, 3, 1), "extra": {"area": 99.5, "deposit": "8.00"}}
    party = a_party(cast.ann, **said)
    answer = boss.get(f"{PARTIES}/{party.pk}")
    told = answer.json()
    assert {name: told[name] for name in "id owner debt debt_on credit stage tags is_organisation version extra".split()} == {
        "id": party.pk,
        "owner": {"id": cast.ann.pk, "name": "Ann"},
        "debt": {"amount": "12.30", "currency": "CNY"},
        "debt_on": "2026-03-01",
        "credit": None,
        "stage": "new",
        "tags": ["老客户"],
        "is_organisation": True,
        "version": 1,
        "extra": {"area": 99.5, "deposit": {"amount": "8.00", "currency": "CNY"}},
    }
    assert answer["ETag"] == '"1"'
    assert boss.head(f"{PARTIES}/{party.pk}").content == b""


def test_amounts_of_a_record_in_another_currency_are_told_and_taken_in_it(cast, boss):
    address = f"{PARTIES}/{a_party(currency='USD', debt='1').pk}"
    assert boss.get(address).json()["debt"] == {"amount": "1.00", "currency": "USD"}
    answer = patch(boss, address, {"debt": {"amount": "2.00", "currency": "CNY"}}, **{"If-Match": '"1"'})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["debt"])
    answer = patch(boss, address, {"debt": {"amount": "2.00", "currency": "USD"}}, **{"If-Match": '"1"'})
    assert answer.json()["debt"] == {"amount": "2.00", "currency": "USD"}


def test_the_list_answers_the_query_of_the_screen(cast, boss):
    for number, name in enumerate(["阿里", "百度", "长城", "大众"]):
        a_party(cast.ann if number % 2 else cast.ben, name=name, debt=number)
    assert names(boss.get(PARTIES)) == ["大众", "长城", "百度", "阿里"]
    assert names(boss.get(f"{PARTIES}?sort=name")) == ["阿里", "百度", "长城", "大众"]
    assert names(boss.get(f"{PARTIES}?owner={cast.ann.pk}&debt__from=2")) == ["大众"]
    assert names(boss.get(f"{PARTIES}?q=长城")) == ["长城"]


@pytest.mark.parametrize("sort", ["-newest", "name", "-debt"])
def test_a_search_is_walked_by_its_cursor_to_the_last_that_it_finds(cast, boss, monkeypatch, sort):
    monkeypatch.setattr(listing, "CAP", 4)
    monkeypatch.setattr(listing, "STEP", 5)
    create_many([Party(name=f"佛山{n}号店" if n % 2 else f"中山{n}号店", owner=cast.eve, debt=n % 3) for n in range(30)])
    seen, cursor = [], ""
    while cursor is not None:
        answer = boss.get(PARTIES, {"q": "佛山", "limit": 4, "cursor": cursor, "sort": sort})
        told = answer.json()
        assert (told["count"], told["capped"]) == (4, True)
        seen += [item["name"] for item in told["items"]]
        cursor = told["next"]
    assert sorted(seen) == sorted(f"佛山{n}号店" for n in range(1, 30, 2))


def test_the_list_is_walked_by_its_cursor(cast, boss):
    for number in range(7):
        a_party(name=f"户{number}")
    seen, cursor = [], ""
    while cursor is not None:
        answer = boss.get(PARTIES, {"limit": 3, "cursor": cursor, "sort": "debt"})
        told = answer.json()
        seen += names(answer)
        cursor = told["next"]
        assert (told["count"], told["capped"]) == (7, False)
    assert seen == [f"户{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query",
    "colour=red sort=note sort=-id limit=0 limit=501 limit=x limit=５ cursor=x debt__from=many owner=ann stage=rich".split(),
)
def test_an_address_that_says_it_wrongly_is_told_so(boss, query):
    answer = boss.get(f"{PARTIES}?{query}")
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_out_of_scope_is_not_there_through_any_door(cast):
    party = a_party(cast.ann, name="安的客户")
    contact = Contact(party=party, name="李四")
    contact.save()
    eve, one = by_token(cast.eve), f"{PARTIES}/{party.pk}"
    other = a_party(cast.eve, name="伊芙的客户")
    match = {"If-Match": "*"}
    assert names(eve.get(PARTIES)) == ["伊芙的客户"]
    assert eve.get(f"{PARTIES}?q=安的客户").json()["count"] == 0
    for answer in (
        eve.get(one),
        patch(eve, one, {"name": "我的"}, **match),
        eve.delete(one),
        post(eve, f"{one}/set_stage", {"stage": "regular"}),
        eve.get(f"/api/v1/contacts/{contact.pk}"),
        eve.get("/api/v1/colours"),
        eve.get(f"{PARTIES}/{2**70}"),
        by_token(cast.nobody).get(PARTIES),
    ):
        assert (answer.status_code, list(answer.json())) == (404, ["error"])
    answer = post(eve, "/api/v1/contacts", {"name": "王五", "party": party.pk})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["party"])
    assert post(eve, "/api/v1/contacts", {"name": "王五", "party": other.pk}).status_code == 201
    party.refresh_from_db()
    assert (party.name, party.stage, party.is_live) == ("安的客户", "new", True)


def test_a_relation_is_named_by_its_id_and_never_by_a_name_that_is_a_number(cast, boss):
    party = a_party(name="4711")
    for said in (4711, "4711", str(party.pk), {"id": party.pk}, True, 1.5):
        answer = post(boss, "/api/v1/contacts", {"name": "王五", "party": said})
        assert (answer.status_code, list(answer.json()["fields"])) == (422, ["party"]), said


def test_what_a_new_one_does_not_say_is_as_the_form_shows_it(cast):
    answer = post(by_token(cast.ann), PARTIES, {"name": "华信建材有限公司", "phone": "138 0013 8000"})
    told = answer.json()
    assert (answer.status_code, answer["Location"], answer["ETag"]) == (201, f"{PARTIES}/{told['id']}", '"1"')
    said = {name: told[name] for name in ("phone", "roles", "stage", "is_organisation", "owner")}
    ann = {"id": cast.ann.pk, "name": "Ann"}
    assert said == {"phone": "13800138000", "roles": ["prospect"], "stage": "new", "is_organisation": True, "owner": ann}


def test_a_body_writes_no_more_than_the_form_of_the_person(cast):
    ann = by_token(cast.ann)
    party = a_party(cast.ann)
    FieldRight(role=cast.roles["sales"], on="parties", field="wechat", level="hidden").save()
    for name in ("owner", "id", "version", "created_at", "debt", "tier", "wechat", "colour", "deleted_at", "extra.x", "x_y", ""):
        changed = patch(ann, f"{PARTIES}/{party.pk}", {name: 1}, **{"If-Match": '"1"'})
        for answer in (post(ann, PARTIES, {"name": "新", name: 1}), changed):
            assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])
    hidden, unknown = (post(ann, PARTIES, {"name": "新", name: ""}).json()["fields"][name] for name in ("wechat", "colour"))
    assert hidden == unknown
    assert "wechat" not in ann.get(f"{PARTIES}/{party.pk}").json()
    assert [row.version for row in every(Party)] == [1]


def test_a_masked_phone_does_not_leave_by_the_api(cast):
    a_party(cast.ann, phone="13800138000")
    FieldRight(role=cast.roles["sales"], on="parties", field="phone", level="masked").save()
    assert by_token(cast.ann).get(PARTIES).json()["items"][0]["phone"] == "138****8000"


def test_every_wrong_field_is_told_at_once(boss):
    answer = post(boss, PARTIES, {"name": "", "phone": "12", "debt": "viel", "stage": "rich", "pay_days": -1})
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"name", "phone", "debt", "stage", "pay_days"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 7), ("name", {"a": 1}), ("name", ["a"]), ("name", True), ("debt", 12.3), ("debt", 12), ("debt", True),
        ("debt", {"amount": 12, "currency": "CNY"}), ("debt", {"amount": "12"}), ("debt", {"currency": "CNY"}), ("tags", "a"),
        ("tags", [1]), ("tags", [["a"]]), ("tags", {"a": 1}), ("debt_on", 20260101), ("debt_on", "1/2/2026"), ("stage", ["new"]),
        ("pay_days", "soon"), ("pay_days", 1.5), ("pay_days", [3]), ("site", "javascript:alert(1)"), ("extra", []),
        ("extra", "x"), ("is_organisation", "perhaps"), ("name", "\0"), ("debt", "1e30"), ("debt", "NaN"), ("pay_days", 2**62),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_at_its_field(boss, name, value):
    answer = post(boss, PARTIES, {"name": "华信", name: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])
    assert not every(Party).exists()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400), (b"[]", 400), (b'"x"', 400), (b"null", 400), (b'{"name": NaN}', 400), (b'{"name": -Infinity}', 400),
        (b'{"name": "a", "name": "b"}', 400), (b'{"extra": {"a": 1, "a": 2}}', 400), (b'{"name": "\\ud800"}', 400),
        (b'{"\\udfff": 1}', 400), (b'{"pay_days": 9223372036854775808}', 400), (b'{"pay_days": ' + b"9" * 5000 + b"}", 400),
        (b'{"pay_days": 1e' + b"9" * 30 + b"}", 400), (b'{"name": "\xff"}', 400), ("{}".encode("utf-16"), 400),
        (b"\xef\xbb\xbf{}", 400),
        (b'{"extra": ' + b"[" * 20 + b"]" * 20 + b"}", 400), (b"[" * 100_000, 400), (b'{"name": "' + b"a" * 2**20 + b'"}', 413),
        (b"a" * 6 * 2**20, 413), (b"", 422), (b"{}", 422), (b'{"name": "' + b"a" * 300 + b'"}', 422),
    ],
)  # fmt: skip
def test_a_body_that_no_form_could_hold_is_refused_with_a_sentence(boss, raw, status):
    answer = boss.post(PARTIES, raw, content_type="application/json")
    assert answer.status_code == status
    assert isinstance(answer.json()["error"], str)
    assert not every(Party).exists()


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/json; charset=gbk", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_that_is_not_json_is_refused(boss, kind):
    assert boss.post(PARTIES, b'{"name": "a"}', content_type=kind).status_code == 415


def test_a_change_says_what_it_was_made_on(cast, boss):
    party = a_party(cast.ann, note="旧")
    address = f"{PARTIES}/{party.pk}"
    for match, status in (({}, 428), ({"If-Match": '"2"'}, 412), ({"If-Match": 'W/"1"'}, 412), ({"If-Match": "1x"}, 412)):
        answer = patch(boss, address, {"name": "华信"}, **match)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])
    answer = patch(boss, address, {"name": "华信"}, **{"If-Match": '"1"'})
    told = answer.json()
    assert (answer.status_code, answer["ETag"], told["name"], told["note"], told["version"]) == (200, '"2"', "华信", "旧", 2)
    assert Entry.objects.get(kind="parties.party", verb="changed").changes == {"name": ["顺德家具", "华信"]}
    assert patch(boss, address, {"note": "新"}, **{"If-Match": '"1"'}).status_code == 412


def test_a_deleted_one_goes_to_the_trash(cast, boss):
    party = a_party(cast.ann)
    address = f"{PARTIES}/{party.pk}"
    assert boss.delete(address, headers={"If-Match": '"9"'}).status_code == 412
    answer = boss.delete(address, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.content) == (204, b"")
    assert boss.get(address).status_code == boss.delete(address).status_code == 404
    assert list(scope.rows(Party, cast.boss, "delete", trash=True)) == [party]


def test_a_verb_is_done_by_its_name_with_its_form_as_body(cast, boss):
    party = a_party(cast.ann)
    address = f"{PARTIES}/{party.pk}"
    answer = post(boss, f"{address}/set_stage", {"stage": "regular"})
    assert (answer.status_code, answer.json()["stage"], answer["ETag"]) == (200, "regular", '"2"')
    again = post(boss, f"{address}/set_stage", {"stage": "regular"})
    assert (again.status_code, list(again.json())) == (422, ["error"])
    assert list(post(boss, f"{address}/set_stage", {}).json()["fields"]) == ["stage"]
    assert list(post(boss, f"{address}/set_stage", {"stage": "asleep", "name": "x"}).json()["fields"]) == ["name"]
    assert post(boss, f"{address}/set_stage", {"stage": "asleep"}, **{"If-Match": '"1"'}).status_code == 412
    assert post(boss, f"{address}/sort_key", {}).status_code == post(boss, f"{address}/save", {}).status_code == 404


def test_who_gives_a_record_out_of_his_reach_is_told_no_more_of_it(cast):
    party = a_party(cast.ann)
    answer = post(by_token(cast.ann), f"{PARTIES}/{party.pk}/give_owner", {"to": cast.eve.pk})
    assert (answer.status_code, answer.json()) == (200, {"id": party.pk, "version": 2})


def test_the_same_act_sent_twice_is_done_once_and_answered_alike(cast, boss):
    said = {"Idempotency-Key": "k1"}
    first, again = (post(boss, PARTIES, {"name": "华信"}, **said) for _time in range(2))
    assert [first.status_code, first.content, first["Location"], first["ETag"]] == [
        again.status_code, again.content, again["Location"], again["ETag"],
    ]  # fmt: skip
    party = every(Party).get()
    other = post(boss, PARTIES, {"name": "别的"}, **said)
    assert (other.status_code, list(other.json())) == (409, ["error"])
    match = {"If-Match": '"1"', "Idempotency-Key": "k2"}
    first, again = (patch(boss, f"{PARTIES}/{party.pk}", {"name": "新"}, **match) for _time in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    gone = [boss.delete(f"{PARTIES}/{party.pk}", headers={"Idempotency-Key": "k3"}).status_code for _time in range(2)]
    assert (gone, every(Party).get().version) == ([204, 204], 3)


def test_a_refused_act_uses_up_no_key(boss):
    assert post(boss, PARTIES, {"name": ""}, **{"Idempotency-Key": "k"}).status_code == 422
    assert post(boss, PARTIES, {"name": "华信"}, **{"Idempotency-Key": "k"}).status_code == 201
    for key in ("k" * 65, "k\u0085"):
        assert post(boss, PARTIES, {"name": "华信"}, **{"Idempotency-Key": key}).status_code == 400


def test_the_key_of_one_person_is_not_that_of_another(cast, boss):
    assert post(boss, PARTIES, {"name": "华信"}, **{"Idempotency-Key": "k"}).status_code == 201
    assert post(by_token(cast.ann), PARTIES, {"name": "别的"}, **{"Idempotency-Key": "k"}).status_code == 201


def test_the_firms_own_fields_are_written_under_extra(boss):
    custom(key="area", name="面积", type="number", required=True)
    custom(key="styles", name="风格", type="choices", choices=["中式", "欧式"])
    custom(key="built", name="建成", type="date", position=1)
    assert list(post(boss, PARTIES, {"name": "华信"}).json()["fields"]) == ["extra.area"]
    wrong = post(boss, PARTIES, {"name": "华信", "extra": {"area": "viel", "styles": ["日式"], "built": 1, "colour": "red"}})
    assert set(wrong.json()["fields"]) == {"extra.built", "extra.colour"}  # types first, then what the form says
    told = post(boss, PARTIES, {"name": "华信", "extra": {"area": 12.5, "styles": ["中式"]}}).json()
    assert told["extra"] == {"area": 12.5, "styles": ["中式"], "built": None}
    changed = patch(boss, f"{PARTIES}/{told['id']}", {"extra": {"built": "2020-05-01"}}, **{"If-Match": '"1"'}).json()
    assert changed["extra"] == {"area": 12.5, "styles": ["中式"], "built": "2020-05-01"}
    assert names(boss.get(f"{PARTIES}?x_built__from=2020-01-01")) == ["华信"]


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("put", PARTIES, {"HEAD", "GET", "POST"}), ("options", PARTIES, {"HEAD", "GET", "POST"}),
        ("delete", PARTIES, {"HEAD", "GET", "POST"}),
        ("post", f"{PARTIES}/1", {"HEAD", "GET", "PATCH", "DELETE"}), ("get", f"{PARTIES}/1/set_stage", {"POST"}),
        ("post", "/api/v1/backups", {"HEAD", "GET"}), ("trace", "/api/v1/openapi.json", {"HEAD", "GET"}),
    ],
)  # fmt: skip
def test_a_method_that_is_not_there_is_answered_with_those_that_are(boss, method, address, allowed):
    answer = boss.generic(method.upper(), address)
    assert (answer.status_code, set(answer["Allow"].split(", "))) == (405, allowed)


def test_a_list_needs_four_statements_however_long_it_is(cast):
    counts = []
    for client in (by_token(cast.boss), by_token(cast.ann)):
        client.get(PARTIES)
        for more in (10, 40, 50):
            for number in range(more):
                a_party(cast.ann, name=f"户{number}")
            with CaptureQueriesContext(connection) as told:
                assert len(client.get(f"{PARTIES}?limit=500").json()["items"]) == every(Party).count()
            counts.append(len(told) - 1)  # the assertion counts too
    assert max(counts) <= 4 + 1  # a scope of several branches asks once more
    assert counts[:3] == [counts[0]] * 3
    assert counts[3:] == [counts[3]] * 3


def test_the_document_tells_what_the_person_may_do(cast, boss):
    whole, part = (client.get("/api/v1/openapi.json").json() for client in (boss, by_token(cast.kim)))
    assert whole["openapi"] == "3.1.0"
    assert set(whole["paths"][PARTIES]) == {"get", "post"}
    assert f"{PARTIES}/{{id}}/set_stage" in whole["paths"]
    assert set(whole["components"]["schemas"]["roles"]["properties"]) >= {"id", "name", "version"}
    assert "roles" not in part["components"]["schemas"]
    assert "delete" not in part["paths"][f"{PARTIES}/{{id}}"]
    assert "login" not in part["components"]["schemas"]["people"]["properties"]
    assert "owner" not in whole["components"]["schemas"]["parties.create"]["properties"]
    assert whole["components"]["schemas"]["parties.create"]["required"] == ["name"]


def test_every_reference_of_the_document_leads_somewhere_and_every_operation_has_its_own_name(boss):
    text = boss.get("/api/v1/openapi.json").content.decode()
    told = json.loads(text)
    for place in {part.split('"')[0] for part in text.split('"#/')[1:]}:
        found = told
        for step in place.split("/"):
            found = found[step]
    ids = [way["operationId"] for path in told["paths"].values() for way in path.values()]
    assert len(ids) == len(set(ids))


def test_the_document_knows_a_field_as_soon_as_the_firm_has_it(boss):
    before = boss.get("/api/v1/openapi.json").json()
    assert "extra" not in before["components"]["schemas"]["parties.create"]["properties"]
    custom(key="area", name="面积", type="number", required=True)
    after = boss.get("/api/v1/openapi.json").json()["components"]["schemas"]["parties.create"]
    assert (after["properties"]["extra"]["required"], after["required"]) == (["area"], ["name", "extra"])


def test_what_is_switched_off_has_no_door(cast, boss):
    a_party(cast.ann)
    cast.firm.modules = ["people"]
    cast.firm.save()
    assert firm.has_module("parties") is False
    assert boss.get(PARTIES).status_code == 404
    assert PARTIES not in boss.get("/api/v1/openapi.json").json()["paths"]


def test_nobody_sorts_by_what_he_does_not_read_and_his_document_says_so(cast, boss):
    a_party(cast.ann, debt="12.30")
    kim = by_token(cast.kim)
    for client, status in ((boss, 200), (kim, 400)):
        assert client.get(PARTIES, {"sort": "-debt"}).status_code == status
        parameters = client.get("/api/v1/openapi.json").json()["paths"][PARTIES]["get"]["parameters"]
        offered = next(one["schema"]["enum"] for one in parameters if one["name"] == "sort")
        assert ("debt" in offered, "-debt" in offered) == (status == 200,) * 2 and "-name" in offered


def test_one_field_of_the_firms_own_is_changed_and_the_others_stand(cast):
    for key, level in (("open", ""), ("shut", "hidden"), ("stars", "masked")):
        custom(key=key, name=key, type="text")
        if level:
            FieldRight(role=cast.roles["service"], on="parties", field=f"x_{key}", level=level).save()
    held = {"open": "a", "shut": "机密", "stars": "秘密"}
    party, kim = a_party(cast.ann, extra=held), by_token(cast.kim)
    one = f"{PARTIES}/{party.pk}"
    answer = patch(kim, one, {"extra": {"open": "b"}}, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["extra"]) == (200, {"open": "b", "stars": "****"})
    assert patch(kim, one, {"extra": {"open": "c"}}, **{"If-Match": '"1"'}).status_code == 412
    for key in ("shut", "stars"):
        assert patch(kim, one, {"extra": {key: "x"}}, **{"If-Match": '"2"'}).status_code == 422
    assert every(Party).get(pk=party.pk).extra == {**held, "open": "b"}
