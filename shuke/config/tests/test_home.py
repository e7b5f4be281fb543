"""The pages that see every room: the settings, the firm's name."""

from shuke.core.models import Batch, Firm


def test_who_runs_the_firm_renames_it_and_may_take_that_back(cast, signed_in):
    boss, page = signed_in(cast.boss), "/settings/firm/"
    here = Firm._base_manager.get()
    assert f'href="{page}"' in boss.get("/settings/").content.decode()
    assert f'value="{here.name}"' in boss.get(page).content.decode()
    assert boss.post(page, {"name": "恒达建材", "version": here.version})["Location"] == page
    assert Firm._base_manager.get().name == "恒达建材"
    assert boss.post(f"/undo/{Batch.objects.latest('pk').pk}/").status_code == 302
    assert Firm._base_manager.get().name == here.name


def test_a_firm_has_a_name(cast, signed_in):
    answer = signed_in(cast.boss).post("/settings/firm/", {"name": " ", "version": 1})
    assert answer.status_code == 422 and Firm._base_manager.get().name


def test_nobody_else_renames_the_firm(cast, signed_in):
    for user in (cast.ann, cast.ben, cast.nobody):
        browser = signed_in(user)
        assert browser.get("/settings/firm/").status_code == 404
        assert browser.post("/settings/firm/", {"name": "别人的", "version": 1}).status_code == 404
        assert "/settings/firm/" not in browser.get("/settings/").content.decode()
