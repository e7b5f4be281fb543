"""The doors of the browser that belong to no kind of their own."""

import pytest

from shuke.core import edits, firm
from shuke.core.models import CustomField, SavedView
from shuke.parties.models import Party
from shuke.people.models import FieldRight


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"name": ""}, "name"),
        ({"name": "老" * 61}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "佛山的", "query": "nonsense=1"}, "__all__"),
        ({"name": "佛山的", "query": "sort=nonsense"}, "__all__"),
    ],
)
def test_a_view_that_cannot_be_saved_is_told_at_its_field_with_everything_kept(cast, signed_in, said, at):
    said = {"query": "city=佛山市&stage=regular", "pinned": "on", **said}
    answer = signed_in(cast.ann).post("/parties/views/", said)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [at]
    form = answer.context["form"]
    assert {name: form[name].value() for name in said} == said | {"pinned": True}
    page = answer.content.decode()
    assert 'action="/parties/views/"' in page and '<input type="hidden" name="query"' in page
    assert not SavedView._base_manager.exists()


def test_a_view_is_kept_under_its_name_and_opens_by_its_address(cast, signed_in):
    browser = signed_in(cast.ann)
    answer = browser.post("/parties/views/", {"name": "佛山的", "query": "city=佛山市&cursor=x"})
    view = SavedView._base_manager.get()
    assert (view.name, view.owner, view.shared) == ("佛山的", cast.ann, False)
    assert answer["Location"] == f"/parties/?{view.query}" and "cursor" not in view.query


def listed(browser):
    return [view["label"] for view in browser.get("/parties/").context["views"]]


def test_a_view_is_listed_for_those_who_may_narrow_and_sort_by_what_it_says(cast, signed_in):
    for name, query in [("欠款大户", "debt__from=1"), ("欠款最多", "sort=-debt"), ("佛山的", "city=佛山市")]:
        SavedView(on="parties", name=name, query=query, shared=True, owner=cast.ann).save()
    SavedView(on="parties", name="新来的", query="stage=new", owner=cast.ann).save()
    shared = {"欠款大户", "欠款最多", "佛山的"}
    assert shared | {"新来的"} <= set(listed(signed_in(cast.ann)))
    assert shared <= set(listed(signed_in(cast.boss))) and "新来的" not in listed(signed_in(cast.boss))
    assert {"佛山的"} == {"新来的", *shared} & set(listed(signed_in(cast.kim)))


@pytest.mark.parametrize(("shared", "may"), [(True, {"ann", "boss"}), (False, {"ann"})])
def test_a_view_is_deleted_by_who_made_it_and_a_shared_one_by_who_sets_up_the_firm(cast, signed_in, shared, may):
    for who in ("ann", "boss", "ben", "eve", "kim"):
        view = SavedView(on="parties", name="佛山的", query="city=x", shared=shared, owner=cast.ann)
        view.save()
        browser, address = signed_in(getattr(cast, who)), f"/views/{view.pk}/delete/"
        assert (f'action="{address}"' in browser.get("/parties/?city=x").content.decode()) is (who in may), who
        assert browser.post(address).status_code == (302 if who in may else 404), who
        assert SavedView._base_manager.get(pk=view.pk).is_live is (who not in may)
        view.refresh_from_db()
        if view.is_live:
            view.delete()


def test_what_always_refuses_to_be_deleted_is_not_offered_for_it(cast, signed_in):
    browser = signed_in(cast.boss)
    for url, offered in [(f"/people/{cast.ann.pk}/", False), (f"/departments/{cast.first.pk}/", True)]:
        acts = [act["url"] for act in browser.get(url).context["record"]["more_acts"]]
        assert (f"{url}delete/" in acts) is offered
    assert [bool(browser.get(url).context["kind"]["trash_url"]) for url in ("/people/", "/departments/")] == [False, True]


def test_the_head_of_the_table_sorts_by_nothing_that_is_only_seen_in_part(cast, signed_in):
    FieldRight(role=cast.roles["service"], on="parties", field="name", level="masked").save()
    heads = {
        who: {head["key"] for head in signed_in(getattr(cast, who)).get("/parties/").context["columns"] if head["url"]}
        for who in ("boss", "kim")
    }
    assert heads == {"boss": {"name", "last_contact_at", "debt"}, "kim": {"last_contact_at"}}
    assert signed_in(cast.kim).get("/parties/?sort=-debt").status_code == 400


@pytest.mark.parametrize("version", [None, "", "abc", "-1", "0", "1e3", "999999", "²", "9" * 30])
@pytest.mark.parametrize("where", ["edit/", "field/note/"])
@pytest.mark.parametrize("name", ["顺德家具", ""])
def test_an_edit_that_does_not_say_what_it_was_made_on_overwrites_nothing(cast, signed_in, version, where, name):
    party = Party(name="顺德家具", note="旧", owner=cast.ann)
    party.save()
    said = {"name": name, "note": "新"} | ({} if version is None else {"version": version})
    answer = signed_in(cast.ann).post(f"/parties/{party.pk}/{where}", said, headers={"Accept-Language": "en"})
    assert answer.status_code == 400 and "This address or form was not understood" in answer.content.decode()
    assert Party._base_manager.get(pk=party.pk).note == "旧"


# Fields of the firm's own, of which one is hidden and one masked for Kim


@pytest.fixture
def own(cast):
    for key, level in (("open", ""), ("other", ""), ("shut", "hidden"), ("stars", "masked")):
        CustomField(on="parties", key=key, name=f"字段{key}", type="text").save()
        if level:
            FieldRight(role=cast.roles["service"], on="parties", field=f"x_{key}", level=level).save()
    party = Party(name="顺德家具", owner=cast.ann, extra={"open": "a", "other": "b", "shut": "机密", "stars": "秘密"})
    party.save()
    other = Party._base_manager.get(pk=party.pk)
    other.extra = {**other.extra, "other": "他的", "shut": "机密二", "stars": "秘密二"}
    other.save()
    firm.know(None)
    return party


KEPT = {"shut": "机密二", "stars": "秘密二"}


def kept(party):
    return Party._base_manager.get(pk=party.pk).extra


@pytest.mark.parametrize("where", ["edit/", "field/x_open/"])
def test_two_who_change_different_fields_of_the_firms_own_are_merged(cast, signed_in, own, where):
    said = {"name": "顺德家具", "x_open": "我的", "x_other": "b", "version": 1}
    assert signed_in(cast.kim).post(f"/parties/{own.pk}/{where}", said).status_code == 302
    assert kept(own) == {"open": "我的", "other": "他的", **KEPT}


@pytest.mark.parametrize("chosen", ["我的", "他的"])
@pytest.mark.parametrize("where", ["edit/", "field/x_other/"])
def test_a_conflict_on_a_field_of_the_firms_own_shows_that_one_alone_and_keeps_the_choice(cast, signed_in, own, where, chosen):
    browser, said = signed_in(cast.kim), {"name": "顺德家具", "x_open": "a", "x_other": "我的", "version": 1}
    answer = browser.post(f"/parties/{own.pk}/{where}", said)
    assert answer.status_code == 409
    told = [(one["name"], one["yours_shown"], one["theirs_shown"]) for one in answer.context["conflicts"]]
    assert told == [("x_other", "我的", "他的")]
    text = answer.content.decode()
    assert [word for word in ("机密", "秘密", "字段shut", "字段stars", "x_shut", "x_stars") if word in text] == []
    held = {field["name"]: field["value"] for field in answer.context["form_fields"]}
    assert browser.post(f"/parties/{own.pk}/{where}", held | {"x_other": chosen, "version": 2}).status_code == 302
    assert kept(own) == {"open": "a", "other": chosen, **KEPT}


def test_what_is_hidden_or_masked_of_the_firms_own_is_in_no_conflict_and_cannot_be_sent(cast, signed_in, own):
    said = {"name": "顺德家具", "x_open": "我的", "x_other": "他的", "x_shut": "x", "x_stars": "****", "version": 1}
    assert signed_in(cast.kim).post(f"/parties/{own.pk}/edit/", said).status_code == 302
    assert kept(own) == {"open": "我的", "other": "他的", **KEPT}
    assert edits.shown(own, "extra", kept(own), cast.kim) == "字段open: 我的、字段other: 他的、字段stars: ****"
