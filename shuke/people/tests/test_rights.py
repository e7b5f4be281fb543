"""The rights of a role in plain words: what is changed holds from the next request on, and one undo takes it back."""

import pytest

from shuke.core import firm, scope, undo
from shuke.core.act import acting
from shuke.core.models import Batch
from shuke.core.record import Refused
from shuke.parties.models import Party
from shuke.people import actions
from shuke.people.models import FieldRight, Grant, Member, Role

system = scope.system("test")


def reach(user, path, verb):
    firm.know(None)
    return scope.policy.reach(user, path, verb)


def url(role):
    return f"/roles/{role.pk}/do/set_rights/"


def test_the_page_says_what_a_role_may_do_now(cast, signed_in):
    page = signed_in(cast.boss).get(url(cast.roles["sales"])).content.decode()
    assert "供应商" in page and "同行" in page
    own = page.split('name="grant parties view"')[1].split("</select>")[0]
    assert 'value="own" selected' in own
    credit = page.split('name="field parties credit"')[1].split("</select>")[0]
    assert 'value="read" selected' in credit and 'value="masked"' not in credit
    assert 'value="masked"' in page.split('name="field parties phone"')[1].split("</select>")[0]


def test_what_is_changed_holds_from_the_next_request_on_and_undo_takes_it_back(cast, signed_in):
    theirs = Party(name="别人的", owner=cast.eve, phone="13800138000")
    theirs.save()
    browser = signed_in(cast.boss)
    form = page_values(browser.get(url(cast.roles["sales"])).content.decode())
    said = form | {"grant parties view": "all", "field parties phone": "masked"}
    assert browser.post(url(cast.roles["sales"]), said).status_code == 302
    assert (reach(cast.ann, "parties", "view"), reach(cast.ann, "parties", "change")) == ("all", "own")
    assert scope.policy.levels(cast.ann, "parties")["phone"] == "masked"
    page = signed_in(cast.ann).get(f"/parties/{theirs.pk}/").content.decode()
    assert "别人的" in page and "13800138000" not in page and "138****8000" in page
    batch = Batch.objects.get(verb="set_rights")
    assert batch.count == 2
    with acting(cast.boss.pk, "web"):
        undo.carry_out(undo.plan(batch, cast.boss), {})
    assert reach(cast.ann, "parties", "view") == "own" and "phone" not in scope.policy.levels(cast.ann, "parties")


def page_values(text):
    """What a browser would send of the form as it stands."""
    values = {}
    for part in text.split('<select name="')[1:]:
        name, _quote, rest = part.partition('"')
        chosen = [option for option in rest.split("</select>")[0].split("<option")[1:] if "selected" in option]
        values[name] = chosen[0].split('value="')[1].split('"')[0] if chosen else ""
    version = text.split('name="version" value="')[1].split('"')[0]
    return values | {"version": version}


def test_what_stays_as_it_is_writes_nothing(cast, signed_in):
    browser, before = signed_in(cast.boss), Grant._base_manager.count()
    form = page_values(browser.get(url(cast.roles["head"])).content.decode())
    assert browser.post(url(cast.roles["head"]), form).status_code == 302
    assert Grant._base_manager.count() == before and not Batch.objects.filter(verb="set_rights", count__gt=0).exists()


def test_the_owner_may_do_everything_and_nobody_changes_what_he_may_do_himself(cast, signed_in):
    form = page_values(signed_in(cast.boss).get(url(cast.roles["sales"])).content.decode())
    refused = signed_in(cast.boss).post(url(cast.roles["owner"]), form | {"grant parties view": "none", "version": "1"})
    assert refused.status_code == 422 and reach(cast.boss, "parties", "view") == "all"
    with acting(cast.ann.pk, "web"):
        Member(user=cast.boss, role=cast.roles["sales"]).save()
    with acting(cast.boss.pk, "web"), pytest.raises(Refused):
        actions.set_rights(cast.roles["sales"], **{"grant parties view": "all"})
    assert reach(cast.ann, "parties", "view") == "own"


@pytest.mark.parametrize("who", ["ben", "ann", "kim", "lou", "nobody"])
def test_nobody_but_the_owner_reads_or_sets_rights(cast, signed_in, who):
    browser = signed_in(getattr(cast, who))
    assert browser.get(url(cast.roles["sales"])).status_code == 404
    assert browser.post(url(cast.roles["sales"]), {"grant parties view": "all"}).status_code == 404
    assert reach(cast.ann, "parties", "view") == "own"


def test_a_role_of_the_firms_own_begins_with_nothing_and_gets_its_rights(cast, signed_in):
    browser = signed_in(cast.boss)
    assert browser.post("/roles/new/", {"name": "送货"}).status_code == 302
    role = Role._base_manager.get(name="送货")
    assert role.key.startswith("role-")
    form = page_values(browser.get(url(role)).content.decode())
    assert form["grant parties view"] == "none" and form["grant parties create"] == "none"
    browser.post(url(role), form | {"grant parties view": "all"})
    with acting(cast.boss.pk, "web"):
        Member(user=cast.nobody, role=role).save()
    assert (reach(cast.nobody, "parties", "view"), reach(cast.nobody, "parties", "create")) == ("all", "none")


@pytest.mark.parametrize("said", [{"grant parties view": "everything"}, {"field parties phone": "secret"}])
def test_what_is_no_choice_is_told_at_the_field_and_nothing_is_written(cast, signed_in, said):
    browser = signed_in(cast.boss)
    form = page_values(browser.get(url(cast.roles["sales"])).content.decode())
    assert browser.post(url(cast.roles["sales"]), form | said).status_code == 422
    assert reach(cast.ann, "parties", "view") == "own" and not FieldRight._base_manager.filter(level="secret").exists()
