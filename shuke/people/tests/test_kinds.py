"""Colleagues and departments through the generic doors."""

import pytest
from django.db.models import Q

from shuke.core import scope
from shuke.people.models import Department, User

pytestmark = pytest.mark.django_db
system = scope.system("tests look at the rows")


def test_the_owner_takes_a_colleague_on_who_signs_in_by_no_password_yet(client, cast):
    client.force_login(cast.boss)
    answer = client.post("/people/new/", {"name": "马化", "login": "138 0013 8001", "mobile": "13800138001"})
    made = system.rows(User).get(login="13800138001")
    assert answer["Location"] == f"/people/{made.pk}/"
    assert (made.has_usable_password(), list(made.roles)) == (False, [])


@pytest.mark.parametrize(("said", "field"), [({"login": "ann"}, "login"), ({"login": "new", "mobile": "13800138009"}, "mobile")])
def test_a_name_or_number_that_is_taken_is_refused_with_a_sentence(client, cast, said, field):
    cast.person("zoe", mobile="13800138009")
    client.force_login(cast.boss)
    answer = client.post("/people/new/", {"name": "Another", "mobile": ""} | said)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}


def test_what_the_form_does_not_show_is_not_taken_from_it(client, cast):
    client.force_login(cast.boss)
    client.post("/people/new/", {"name": "M", "login": "mm", "is_active": "", "password": "x", "last_login": "2026-01-01"})
    made = system.rows(User).get(login="mm")
    assert (made.is_active, made.last_login, made.has_usable_password()) == (True, None, False)


def test_colleagues_know_each_others_names_and_not_their_logins_or_sign_ins(client, cast):
    cast.person("secretlogin", mobile="13800138001")
    client.force_login(cast.ann)
    page = client.get("/people/").content.decode()
    assert "Eve" in page
    one = client.get(f"/people/{system.rows(User).get(login='secretlogin').pk}/")
    assert one.status_code == 200
    assert "secretlogin" not in page + one.content.decode().replace("Secretlogin", "")


@pytest.mark.parametrize("path", ["/people/new/", "/departments/new/"])
def test_only_the_owner_takes_people_on_and_makes_departments(client, cast, path):
    for user in (cast.ben, cast.ann, cast.kim, cast.lou, cast.nobody):
        client.force_login(user)
        assert client.get(path).status_code == 404
    client.force_login(cast.boss)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("q", ["马化", "mahua", "mh", "8001"])
def test_a_colleague_is_found_by_name_pinyin_initials_and_phone_tail(client, cast, q):
    user = cast.person("some", "sales", mobile="13800138001")
    user.name = "马化"
    user.save()
    client.force_login(cast.ann)
    assert "马化" in client.get("/people/lookup/", {"q": q}).content.decode()


def test_the_owner_gives_and_takes_roles_by_the_verbs(client, cast):
    client.force_login(cast.boss)
    url = f"/people/{cast.ann.pk}/do"
    offered = client.get(f"{url}/give_role/").content.decode()
    assert "客服" in offered
    assert client.post(f"{url}/give_role/", {"role": cast.roles["service"].pk}).status_code == 302
    assert [role.key for role in cast.ann.roles] == ["sales", "service"]
    assert client.post(f"{url}/take_role/", {"role": cast.roles["sales"].pk}).status_code == 302
    assert [role.key for role in cast.ann.roles] == ["service"]
    assert client.post(f"{url}/give_role/", {"role": "x"}).status_code == 422


def test_the_last_owner_hears_why_he_stays(client, cast):
    client.force_login(cast.boss)
    url = f"/people/{cast.boss.pk}/do"
    for path, said in (("take_role", {"role": cast.roles["owner"].pk}), ("switch_off", {})):
        answer = client.post(f"{url}/{path}/", said, headers={"accept-language": "en"})
        assert answer.status_code == 422
        assert "At least one owner must stay." in answer.content.decode()


@pytest.mark.parametrize("verb", ["give_role", "take_role", "switch_off", "move_to_department", "sign_out_everywhere"])
def test_nobody_else_does_anything_to_colleagues(client, cast, verb):
    for user in (cast.ben, cast.ann, cast.kim, cast.lou, cast.nobody):
        client.force_login(user)
        assert client.post(f"/people/{cast.eve.pk}/do/{verb}/", {"role": cast.roles["owner"].pk}).status_code == 404


def test_the_owner_moves_a_person_by_the_departments_name(client, cast):
    client.force_login(cast.boss)
    url = f"/people/{cast.ann.pk}/do/move_to_department/"
    assert "一部" in client.get(url).content.decode()
    assert client.post(url, {"department__text": "二部"}).status_code == 302
    assert system.rows(User).get(pk=cast.ann.pk).department == cast.second


def test_a_department_that_would_be_a_part_of_itself_is_refused_with_a_sentence(client, cast):
    client.force_login(cast.boss)
    answer = client.post(f"/departments/{cast.first.pk}/edit/", {"name": "一部", "parent": cast.first.pk, "version": 1})
    assert answer.status_code == 422
    assert system.rows(Department).get(pk=cast.first.pk).parent is None


def test_the_form_of_a_move_sends_no_department_that_one_may_not_see(client, cast, monkeypatch):
    client.force_login(cast.boss)
    address = f"/people/{cast.ann.pk}/do/move_to_department/"
    assert 'value="一部"' in client.get(address).content.decode()
    monkeypatch.setattr(type(Department.kind), "branches", lambda kind, user, verb: [~Q(pk=cast.first.pk)])
    page = client.get(address).content.decode()
    assert "一部" not in page and f'name="department" value="{cast.first.pk}"' not in page
