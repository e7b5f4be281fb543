"""What a person sees of customers in passing: lines of a timeline, hits of the search, forms, verbs."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuke.core import firm, scope, search
from shuke.core.act import act, acting
from shuke.core.models import Attachment, Entry, Share
from shuke.parties.models import Contact, Party
from shuke.people.models import User

pytestmark = pytest.mark.django_db


def test_who_works_alone_is_not_offered_what_needs_a_colleague(cast, a_party, browse):
    party = a_party()
    assert "/do/give_owner/" in browse(cast.ann).get(f"/parties/{party.pk}/").content.decode()
    User._base_manager.exclude(pk=cast.ann.pk).update(is_active=False)
    firm.revise()
    page = browse(cast.ann).get(f"/parties/{party.pk}/").content.decode()
    assert "/do/set_stage/" in page
    assert [name for name in ("give_owner", "share_with", "unshare") if f"/do/{name}/" in page] == []
    a_party("独行建材")
    assert "owner" not in browse(cast.ann).get("/parties/twins/?name=独行建材").content.decode()


def test_what_is_added_in_one_go_stands_in_one_line_that_names_it(cast, a_party, browse):
    party = a_party()
    with acting(cast.ann.pk, "web"), act("created", kind="parties.contact"):
        for name in ("王伟", "李四"):
            Contact(party=party, name=name).save()
    browser = browse(cast.ann)
    assert "added contact 王伟、李四" in browser.get(f"/parties/{party.pk}/").content.decode()
    lines = browser.get(f"/parties/{party.pk}/history/").context["entries"]
    assert [line["title"] for line in lines] == ["王伟、李四", ""]


def test_a_file_that_was_removed_is_named_in_the_history(cast, a_party, browse, settings, tmp_path):
    settings.FILES = tmp_path
    party, browser = a_party(), browse(cast.ann)
    browser.post(f"/parties/{party.pk}/files/", {"file": SimpleUploadedFile("错的.txt", b"text")})
    attachment = scope.system("tests look at the rows").rows(Attachment).get()
    browser.post(f"/files/{attachment.pk}/remove/")
    lines = browser.get(f"/parties/{party.pk}/history/").context["entries"]
    assert [line["title"] for line in lines] == ["错的.txt", "错的.txt", ""]


def test_a_hit_by_another_name_says_which(cast, a_party):
    a_party("华信建材", aliases=["老王门窗"], city="佛山市")
    for asked, told in {"老王门窗": "老王门窗", "lwmc": "老王门窗", "华信": "佛山市"}.items():
        [(_kind, [hit])] = search.everywhere(asked, cast.ann, [Party.kind])
        assert hit.subtitle == told


def test_what_was_not_found_is_offered_as_a_new_customer_with_its_name(cast, browse):
    page = browse(cast.ann).get("/search/?q=zzz9")
    assert page.context["new"]["url"] == "/parties/new/?name=zzz9"
    assert 'value="zzz9"' in browse(cast.ann).get("/parties/new/?name=zzz9").content.decode()


def test_the_present_stage_is_marked_where_one_chooses_another(cast, a_party, browse):
    party = a_party(stage="asleep")
    form = browse(cast.ann).get(f"/parties/{party.pk}/do/set_stage/").context["form"]
    assert form["stage"].value() == "asleep"


def test_no_form_asks_for_the_currency_that_the_firm_has_anyway(cast, a_party, browse):
    page = browse(cast.ann).get("/parties/new/").context
    assert "currency" not in [field.name for field in [*page["main_fields"], *page["more_fields"]]]
    foreign = a_party(currency="USD")
    page = browse(cast.ann).get(f"/parties/{foreign.pk}/edit/").context
    assert "currency" in [field.name for field in page["more_fields"]]


def test_an_address_that_only_takes_a_form_says_so_on_a_page(cast, browse):
    answer = browse(cast.ann).get("/views/1/delete/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Nothing to open here" in answer.content.decode()


def test_who_may_only_look_is_offered_no_act_on_this_record(cast, a_party, signed_in):
    party = a_party()
    with acting(cast.boss.pk, "web"):
        Share(on="parties", record=party.pk, user=cast.eve, level="view").save()
    own = Party(name="自己的", owner=cast.eve)
    own.save()
    offers = [
        [word in signed_in(cast.eve).get(f"/parties/{pk}/").content.decode() for word in ("/do/", "/edit/", "/field/", "/files/")]
        for pk in (party.pk, own.pk)
    ]
    assert offers == [[False] * 4, [True] * 4]


@pytest.mark.parametrize("verb", ["give_owner", "share_with", "unshare"])
@pytest.mark.parametrize("to", ["999", "Kein", "-1"])
def test_a_colleague_who_is_not_there_is_told_at_the_field(cast, a_party, signed_in, verb, to):
    party = a_party()
    answer = signed_in(cast.ann).post(f"/parties/{party.pk}/do/{verb}/", {"to": to, "level": "view"})
    assert answer.status_code == 422 and 'value="' in answer.content.decode()


def test_who_gives_a_customer_away_comes_to_the_list_and_is_offered_no_way_back_that_he_may_not_go(cast, a_party, signed_in):
    party = a_party()
    browser = signed_in(cast.ann)
    answer = browser.post(f"/parties/{party.pk}/do/give_owner/", {"to": cast.eve.pk})
    assert answer["Location"] == "/parties/"
    page = browser.get("/parties/").content.decode()
    assert party.name in page and 'action="/undo/' not in page


def test_a_form_of_a_verb_that_was_open_while_another_changed_the_record_says_so(cast, a_party, signed_in):
    party = a_party()
    answer = signed_in(cast.boss).post(f"/parties/{party.pk}/do/give_owner/", {"to": cast.eve.pk, "version": 999})
    party.refresh_from_db()
    assert answer.status_code == 422 and party.owner == cast.ann


def test_a_name_that_is_missing_is_told_in_one_sentence(cast, signed_in):
    answer = signed_in(cast.ann).post("/parties/new/", {"name": ""}).content.decode()
    assert "party_has_a_name" not in answer and answer.count('role="alert"') >= 1


def test_what_was_made_is_undone_from_its_history_and_leads_to_the_list(cast, signed_in):
    browser = signed_in(cast.ann)
    browser.post("/parties/new/", {"name": "一下子"})
    party = Party._base_manager.latest("pk")
    batch = Entry.objects.get(kind="parties.party", record=party.pk).batch_id
    answer = browser.post(f"/undo/{batch}/", headers={"Referer": f"http://testserver/parties/{party.pk}/history/"})
    assert answer["Location"] == "/parties/"


@pytest.mark.parametrize("typed", ["8321", "1380013 8321", "13800138321"])
@pytest.mark.parametrize("of", ["party", "contact"])
def test_who_looks_for_the_number_of_a_colleagues_customer_is_told_whose_it_is_and_nothing_else(cast, a_party, browse, typed, of):
    party = a_party("顺德家具", phone="13800138321" if of == "party" else "")
    if of == "contact":
        Contact(party=party, name="王伟", phone="13800138321").save()
    page = browse(cast.eve).get(f"/search/?q={typed}").content.decode()
    assert "There is a customer with this number already, owner: Ann" in page
    assert "顺德家具" not in page and "王伟" not in page and f"/parties/{party.pk}/" not in page
    assert "owner: Ann" not in browse(cast.ann).get(f"/search/?q={typed}").content.decode()
    assert "owner: Ann" not in browse(cast.nobody).get(f"/search/?q={typed}").content.decode()
    assert "already" not in browse(cast.eve).get("/search/?q=321").content.decode()
