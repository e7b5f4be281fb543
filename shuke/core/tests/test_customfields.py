"""Fields of the firm's own: kept as what they are, never free of form."""

import datetime
from decimal import Decimal

import pytest
from django.http import QueryDict

from shuke.core import customfields, listing
from shuke.core.forms import form_for
from shuke.core.models import CustomField, Value
from shuke.parties.models import Party
from shuke.people.models import FieldRight


def make(type, key="own", **said):
    custom = CustomField(on="parties", key=key, type=type, **{"name": f"自定{key}", **said})
    custom.save()
    return custom


def entered(user, instance=None, **said):
    form = form_for(Party.kind, user, {"name": "顺德家具", **said}, instance=instance)
    assert form.is_valid(), form.errors
    party = Party.kind.write(form, user) if instance is None else form.instance
    party.save()
    return party


@pytest.mark.parametrize(
    ("type", "said", "kept"),
    [
        ("text", "红木", "红木"),
        ("number", "1,200", 1200),
        ("number", "12.5", 12.5),
        ("money", "￥1,200.5", "1200.50"),
        ("date", "2026年3月2日", "2026-03-02"),
        ("choice", "红", "红"),
        ("choices", ["红", "蓝"], ["红", "蓝"]),
        ("yesno", "true", True),
        ("yesno", "false", False),
    ],
)
def test_each_type_is_kept_as_what_it_is(cast, type, said, kept):
    make(type, choices=["红", "蓝"] if type.startswith("choice") else [])
    assert Party._base_manager.get(pk=entered(cast.ann, x_own=said).pk).extra == {"own": kept}


def test_what_is_emptied_is_gone_from_record_and_filter(cast):
    make("text")
    party = entered(cast.ann, x_own="红木")
    assert Value.objects.filter(field="x_own", text="红木").count() == 1
    entered(cast.ann, instance=party, x_own="")
    assert party.extra == {} and not Value.objects.filter(field="x_own").exists()


@pytest.mark.parametrize(("type", "said"), [("number", "x"), ("money", "1.234"), ("date", "1/2/2026"), ("choice", "绿")])
def test_a_wrong_value_is_told_at_its_field(cast, type, said):
    make(type, choices=["红"])
    assert list(form_for(Party.kind, cast.ann, {"name": "顺德家具", "x_own": said}).errors) == ["x_own"]


def test_a_required_one_is_asked_for(cast):
    make("text", required=True)
    assert list(form_for(Party.kind, cast.ann, {"name": "顺德家具"}).errors) == ["x_own"]


def test_numbers_and_days_are_filtered_as_such(cast):
    make("number", key="area")
    make("date", key="day", position=1)
    entered(cast.ann, x_area="9", x_day="2026-03-02")
    for query, count in [({"x_area__to": "10"}, 1), ({"x_area__from": "10"}, 0), ({"x_day__from": "2026-03-02"}, 1)]:
        params = QueryDict(mutable=True)
        params.update(query)
        assert listing.page(Party.kind, cast.ann, params, columns=[]).count == count, query


def test_a_hidden_one_is_neither_in_the_form_nor_told_and_a_masked_text_is_stars(cast):
    make("text", key="shut")
    make("text", key="stars", position=1)
    make("money", key="sum", position=2)
    party = entered(cast.ann, x_shut="一", x_stars="二", x_sum="3")
    for key, level in {"shut": "hidden", "stars": "masked", "sum": "masked"}.items():
        FieldRight(role=cast.roles["service"], on="parties", field=f"x_{key}", level=level).save()
    assert not {"x_shut", "x_stars", "x_sum"} & form_for(Party.kind, cast.kim).fields.keys()
    shown = [column for column in Party.kind.every(cast.kim) if column.custom]
    assert [column.key for column in shown] == ["x_stars"]
    assert listing.one(Party.kind, cast.kim, party, shown) == ("****",)


def test_what_is_stored_knows_nothing_of_floats(cast):
    assert customfields.stored(make("money"), Decimal("19.9")) == "19.90"
    assert customfields.stored(CustomField(type="date"), datetime.date(2026, 3, 2)) == "2026-03-02"
    assert customfields.stored(CustomField(type="text"), "") is None


def test_the_page_and_its_history_stay_open_when_a_field_was_taken_away(cast, signed_in):
    custom = make("text", name="花色")
    party = entered(cast.ann, x_own="红木")
    party.extra = {"own": "白木"}
    party.save()
    place = f"/parties/{party.pk}/history/"
    assert "花色" in signed_in(cast.ann).get(place).content.decode()
    custom.delete()
    assert "白木" not in signed_in(cast.ann).get(place).content.decode()
