"""Who did what: all for the owner, his department's for its head, nothing for others, and never more than one may see."""

import pytest

from shuke.core import firm
from shuke.core.act import acting
from shuke.core.models import Batch
from shuke.core.record import create_many
from shuke.parties.models import Party
from shuke.people.models import FieldRight


@pytest.fixture
def acts(cast):
    """Ann makes a customer and changes it by the API, Eve makes one, Boss brings in five."""
    with acting(cast.ann.pk, "web"):
        hers = Party(name="广信石材", owner=cast.ann, phone="13800138000")
        hers.save()
    with acting(cast.ann.pk, "api"):
        hers.debt = 500
        hers.save()
    with acting(cast.eve.pk, "web"):
        Party(name="福来酒家", owner=cast.eve).save()
    with acting(cast.boss.pk, "import"):
        create_many([Party(name=f"进来的{n}", owner=cast.eve) for n in range(5)], verb="imported")
    return hers


def page(browser, query=""):
    answer = browser.get(f"/audit/{query}")
    return answer.status_code, answer.content.decode()


def test_the_owner_reads_what_everybody_did(cast, acts, signed_in):
    _status, text = page(signed_in(cast.boss))
    assert all(word in text for word in ("广信石材", "福来酒家", "5 ", "Ann", "Eve", "Boss", "接口"))
    assert "/audit/" in signed_in(cast.boss).get("/settings/").content.decode()


def test_a_head_reads_what_his_department_did_and_nobody_else_reads_anything(cast, acts, signed_in):
    _status, text = page(signed_in(cast.ben))
    assert "广信石材" in text and "福来酒家" not in text and "Eve" not in text
    foreign = Batch.objects.get(actor=cast.eve)
    assert signed_in(cast.ben).get(f"/audit/{foreign.pk}/").status_code == 404
    for person in (cast.ann, cast.kim, cast.lou, cast.nobody):
        assert page(signed_in(person))[0] == 404 and signed_in(person).get("/audit.csv").status_code == 404
        assert "/audit/" not in signed_in(person).get("/settings/").content.decode()


@pytest.mark.parametrize(
    ("query", "seen", "unseen"),
    [
        ("?door=api", "接口", "福来酒家"),
        ("?what=parties.party", "福来酒家", "设置"),
        ("?since=2098-01-01", "没有", "广信石材"),
        ("?until=2001-01-01", "没有", "广信石材"),
    ],
)
def test_it_is_narrowed_by_what_the_address_says(cast, acts, signed_in, query, seen, unseen):
    status, text = page(signed_in(cast.boss), query)
    rows = text.split("<tbody>")[-1] if "<tbody>" in text else text.split("</details>")[-1]
    assert status == 200 and seen in rows and unseen not in rows


def test_a_colleague_is_picked_from_those_one_reads_of(cast, acts, signed_in):
    _status, text = page(signed_in(cast.boss), f"?who={cast.eve.pk}")
    assert "福来酒家" in text and "广信石材" not in text
    assert page(signed_in(cast.ben), f"?who={cast.eve.pk}")[0] == 400


@pytest.mark.parametrize("query", ["?who=abc", "?since=gestern", "?door=window", "?what=x.y", "?who=99999999999999999999"])
def test_what_the_address_says_wrongly_is_told_at_the_field(cast, signed_in, query):
    assert page(signed_in(cast.boss), query)[0] == 400


def test_an_act_tells_all_that_it_changed_within_the_rights_to_each_field(cast, acts, signed_in):
    changed = Batch.objects.get(door="api")
    text = signed_in(cast.ben).get(f"/audit/{changed.pk}/").content.decode()
    assert "广信石材" in text and "500.00" in text
    with acting(cast.boss.pk, "web"):
        held = FieldRight._base_manager.get(role=cast.roles["head"], on="parties", field="debt")
        held.level = "hidden"
        held.save()
    firm.know(None)
    text = signed_in(cast.ben).get(f"/audit/{changed.pk}/").content.decode()
    assert "广信石材" in text and "500" not in text


def test_a_record_that_left_ones_reach_is_not_told_of(cast, acts, signed_in):
    with acting(cast.boss.pk, "web"):
        acts.owner = cast.eve
        acts.save()
    made = Batch.objects.filter(actor=cast.ann).first()
    text = signed_in(cast.ben).get(f"/audit/{made.pk}/").content.decode()
    assert "广信石材" not in text and "1" in text
    assert "广信石材" not in page(signed_in(cast.ben))[1]
    assert "广信石材" not in signed_in(cast.ben).get("/audit.csv").getvalue().decode()


def test_the_file_holds_a_row_per_changed_field_and_that_it_was_taken_is_on_record(cast, acts, signed_in):
    text = signed_in(cast.boss).get("/audit.csv?door=api").getvalue().decode("utf-8-sig")
    rows = text.splitlines()
    assert len(rows) == 2 and '"500.00"' in rows[1] and '"Ann"' in rows[1]
    assert Batch.objects.filter(actor=cast.boss, verb="exported", kind="audit").count() == 1


def test_going_on_tells_each_act_once(cast, acts, signed_in, monkeypatch):
    from shuke.people import audit

    monkeypatch.setattr(audit, "PAGE", 2)
    browser, query, seen = signed_in(cast.boss), "", []
    while True:
        _status, text = page(browser, query)
        seen += [word.split('"')[0] for word in text.split('<td class="m"><a href="/audit/')[1:]]
        if 'class="btn" href="?' not in text:
            break
        query = text.split('<p><a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == Batch.objects.count()
