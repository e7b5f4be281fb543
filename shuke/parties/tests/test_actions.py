import pytest
from django.utils import timezone

from shuke.core import scope
from shuke.core.models import Entry, Share
from shuke.core.record import Refused
from shuke.language.tax_number import check_character
from shuke.parties import actions
from shuke.parties.models import Contact, InvoiceTitle, Party

TAX_NO = "91440600MA0000001" + check_character("91440600MA0000001")


def history(party):
    entries = Entry.objects.filter(kind="parties.party", record=party.pk).order_by("pk").select_related("batch__actor")
    return [(entry.verb, entry.changes, entry.batch.actor) for entry in entries]


def sees(user, party, verb="view"):
    return scope.rows(Party, user, verb).filter(pk=party.pk).exists()


def test_a_stage_is_moved_with_its_history(a_party, as_ann):
    party = a_party()
    since = party.stage_since
    actions.set_stage(party, stage="interested")
    actions.set_stage(party, stage="first")
    party.refresh_from_db()
    assert party.stage == "first"
    assert since < party.stage_since <= timezone.now()
    assert history(party) == [
        ("created", {}, as_ann),
        ("set_stage", {"stage": ["new", "interested"]}, as_ann),
        ("set_stage", {"stage": ["interested", "first"]}, as_ann),
    ]


def test_a_stage_edited_by_hand_starts_its_time_anew_and_other_edits_do_not(a_party):
    party = a_party()
    since = party.stage_since
    party.note = "x"
    party.save()
    assert party.stage_since == since
    party.stage = "gone"
    party.save()
    assert party.stage_since > since


def test_the_stage_it_stands_in_is_refused(a_party):
    with pytest.raises(Refused):
        actions.set_stage(a_party(), stage="new")


def test_who_gives_a_customer_away_no_longer_sees_it(cast, a_party, as_ann):
    party = a_party()
    assert (sees(cast.ann, party), sees(cast.eve, party)) == (True, False)
    actions.give_owner(party, to=cast.eve)
    assert (sees(cast.ann, party), sees(cast.eve, party)) == (False, True)
    assert history(party)[-1] == ("give_owner", {"owner": [cast.ann.pk, cast.eve.pk]}, cast.ann)


def test_who_stays_in_the_team_still_sees_it(cast, a_party):
    party = a_party()
    actions.give_owner(party, to=cast.eve)
    actions.share_with(party, to=cast.ann, level="view")
    assert (sees(cast.ann, party), sees(cast.ann, party, "change")) == (True, False)
    actions.share_with(party, to=cast.ann, level="change")
    assert sees(cast.ann, party, "change")
    assert scope.system("test").rows(Share).live().count() == 1
    actions.unshare(party, to=cast.ann)
    assert not sees(cast.ann, party)


def test_a_customer_goes_to_nobody_who_left_and_to_nobody_twice(cast, a_party):
    party = a_party()
    cast.eve.is_active = False
    for verb, said in ((actions.give_owner, {}), (actions.share_with, {"level": "view"})):
        with pytest.raises(Refused, match="no longer works"):
            verb(party, to=cast.eve, **said)
        with pytest.raises(Refused):
            verb(party, to=cast.ann, **said)
    with pytest.raises(Refused):
        actions.unshare(party, to=cast.ben)


def test_tags_are_added_once_and_taken_away(a_party):
    party = a_party(tags=["月结"])
    actions.add_tag(party, tag="要开票")
    actions.add_tag(party, tag="月结")
    assert party.tags == ["月结", "要开票"]
    actions.remove_tag(party, tag="月结")
    party.refresh_from_db()
    assert party.tags == ["要开票"]
    with pytest.raises(Refused):
        actions.remove_tag(party, tag="月结")


def test_twins_are_found_by_name_phone_wechat_and_tax_number(a_party):
    party = a_party("佛山市华信建材有限公司", phone="13800000001", wechat="hx")
    contact = Contact(party=party, name="王伟", phone="13800000002", wechat="ww")
    contact.save()
    InvoiceTitle(party=party, title="华信", tax_no=TAX_NO).save()
    a_party("恒达")
    asked = [
        {"name": "華信建材"},
        {"phone": "13800000001"},
        {"phone": "13800000002"},
        {"wechat": "hx"},
        {"wechat": "ww"},
        {"tax_no": TAX_NO},
    ]
    for said in asked:
        found = actions.possible_twins(**said)
        assert [(twin.party, twin.reason, twin.owner) for twin in found] == [(party.pk, next(iter(said)), "Ann")], said
    assert actions.possible_twins(name="另一家", phone="13800000009") == []
    assert actions.possible_twins() == []
    party.delete()
    assert actions.possible_twins(phone="13800000001") == []
