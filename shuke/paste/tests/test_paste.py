"""Paste to record: what comes back ticked is saved in one batch, within the rights of who pastes."""

from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shuke.core import scope
from shuke.core.models import Batch
from shuke.language import vcards
from shuke.parties.models import Address, Contact, InvoiceTitle, Party
from shuke.paste.models import Pasted

ADDRESS = "收货人: 何晓\n手机号码: 13800000017\n所在地区: 浙江省杭州市余杭区仓前街道\n详细地址: 示例路88号样例小区6幢2单元301室"
KNOWN = "小李，我王建，这个号13800000001还是老样子。后天下午3点送到老地方"


def rows(model):
    return list(scope.system("what is in the store").rows(model).live().order_by("pk"))


class Boxes(HTMLParser):
    """What a browser would send of the form that saves the card."""

    def __init__(self, page, action="/paste/save/"):
        super().__init__()
        self.sent, self.open, self.area, self.select, self.action = {}, False, "", "", action
        self.feed(page.content.decode())

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.open = said.get("action") == self.action
        elif self.open and tag == "textarea":
            self.area, self.sent[said["name"]] = said["name"], ""
        elif self.open and tag == "select":
            self.select = said["name"]
        elif self.open and tag == "option" and ("selected" in said or self.select not in self.sent):
            self.sent[self.select] = said["value"]
        elif (
            self.open
            and tag == "input"
            and "name" in said
            and (said.get("type") not in ("checkbox", "radio") or "checked" in said)
        ):
            self.sent[said["name"]] = said.get("value") or ("on" if said.get("type") == "checkbox" else "")

    def handle_data(self, data):
        if self.area:
            self.sent[self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.sent[self.area] = self.sent[self.area].removeprefix("\n") if self.area else ""
            self.area = ""


def fields(page):
    return Boxes(page).sent


@pytest.fixture
def known(cast):
    party = Party(name="老王门窗", owner=cast.ann, aliases=["王哥"])
    party.save()
    Contact(party=party, name="王建", phone="13800000001").save()
    return party


def test_a_pasted_address_becomes_a_customer_with_contact_and_address_in_one_tap(cast, signed_in):
    client = signed_in(cast.ann)
    page = client.post("/paste/", {"text": ADDRESS})
    assert page.status_code == 200
    saved = client.post("/paste/save/", fields(page))
    assert saved.status_code == 302, saved.content.decode()
    (party,), (contact,), (address,), (pasted,) = rows(Party), rows(Contact), rows(Address), rows(Pasted)
    assert (party.name, party.owner, contact.name, contact.phone) == ("何晓", cast.ann, "何晓", "13800000017")
    assert (address.province, address.city, address.district) == ("浙江省", "杭州市", "余杭区")
    assert address.text == "仓前街道示例路88号样例小区6幢2单元301室"
    assert (pasted.text, pasted.party, pasted.method) == (ADDRESS, party, "wechat")
    assert Batch.objects.filter(verb="pasted").count() == 1


def test_one_undo_takes_all_of_it_back(cast, signed_in):
    client = signed_in(cast.ann)
    client.post("/paste/save/", fields(client.post("/paste/", {"text": ADDRESS})))
    assert client.post(f"/undo/{Batch.objects.get(verb='pasted').pk}/").status_code == 302
    assert [rows(model) for model in (Party, Contact, Address, Pasted)] == [[], [], [], []]


def test_a_known_customer_is_ticked_and_gets_the_text_and_the_next_day(cast, known, signed_in):
    client = signed_in(cast.ann)
    page = client.post("/paste/", {"text": KNOWN})
    sent = fields(page)
    assert sent["who-who"] == "known"
    assert client.post("/paste/save/", sent).status_code == 302
    (pasted,) = rows(Pasted)
    assert (rows(Party), pasted.party, pasted.next_time.hour) == ([known], known, 15)
    assert len(rows(Contact)) == 1
    assert "老样子" in client.get(f"/parties/{known.pk}/").content.decode()


def test_a_name_alone_is_offered_and_not_chosen(cast, known, signed_in):
    page = signed_in(cast.ann).post("/paste/", {"text": "王哥\n明天来拿五包"})
    assert "老王门窗" in page.content.decode()
    assert "who-who" not in fields(page)


def test_whose_text_it_is_must_be_said(cast, known, signed_in):
    client = signed_in(cast.ann)
    sent = fields(client.post("/paste/", {"text": "王哥\n明天来拿五包"}))
    assert client.post("/paste/save/", sent).status_code == 422
    assert rows(Pasted) == []
    assert client.post("/paste/save/", sent | {"who-who": "other", "who-party": str(known.pk)}).status_code == 302
    assert rows(Pasted)[0].party == known


def test_who_may_not_see_the_customer_learns_only_whose_it_is(cast, known, signed_in):
    client = signed_in(cast.eve)
    page = client.post("/paste/", {"text": KNOWN})
    html = page.content.decode()
    assert "Ann" in html
    assert "老王门窗" not in html


def test_there_are_never_two_new_customers_with_one_phone(cast, known, signed_in):
    client = signed_in(cast.eve)
    sent = fields(client.post("/paste/", {"text": KNOWN}))
    refused = client.post("/paste/save/", sent | {"who-who": "new", "party-name": "王建"})
    assert refused.status_code == 422
    assert "Ann" in refused.content.decode()
    assert (rows(Party), rows(Pasted)) == ([known], [])


def test_a_foreign_customer_cannot_be_named_by_its_number(cast, known, signed_in):
    client = signed_in(cast.eve)
    sent = fields(client.post("/paste/", {"text": ADDRESS}))
    for said in ({"who-who": "known", "known": str(known.pk)}, {"who-who": "other", "who-party": str(known.pk)}):
        assert client.post("/paste/save/", sent | said).status_code == 422
    assert rows(Pasted) == []


def test_what_is_not_ticked_is_not_saved(cast, signed_in):
    client = signed_in(cast.ann)
    sent = fields(client.post("/paste/", {"text": ADDRESS}))
    del sent["address-0-tick"], sent["note-0-tick"]
    client.post("/paste/save/", sent)
    assert [len(rows(model)) for model in (Party, Contact, Address, Pasted)] == [1, 1, 0, 0]


def test_a_wrong_correction_is_told_at_its_field_and_nothing_is_saved(cast, signed_in):
    client = signed_in(cast.ann)
    sent = fields(client.post("/paste/", {"text": ADDRESS}))
    refused = client.post("/paste/save/", sent | {"contact-0-phone": "12345x"})
    assert refused.status_code == 422
    assert "error" in refused.content.decode()
    assert [rows(model) for model in (Party, Contact, Address, Pasted)] == [[], [], [], []]


def test_invoice_data_becomes_an_invoice_title(cast, signed_in):
    client = signed_in(cast.ann)
    text = (
        "开票资料\n名称：样例装饰材料（测试）有限公司\n纳税人识别号：91000000MA0000000N\n"
        "地址、电话：佛山市南海区示例路8号 0757-80000002\n开户行及账号：样例银行佛山支行 0000 0000 0000 0001\n专票"
    )
    client.post("/paste/save/", fields(client.post("/paste/", {"text": text})))
    (title,) = rows(InvoiceTitle)
    assert (title.tax_no, title.account, title.type) == ("91000000MA0000000N", "0000000000000001", "special")


def test_markup_in_a_text_is_shown_as_text(cast, signed_in):
    page = signed_in(cast.ann).post("/paste/", {"text": "<script>alert(1)</script>\n你好 13800000017"})
    assert "<script>alert(1)" not in page.content.decode()


def test_sent_twice_it_is_saved_once(cast, signed_in):
    client = signed_in(cast.ann)
    sent = fields(client.post("/paste/", {"text": ADDRESS}))
    for _time in range(2):
        assert client.post("/paste/save/", sent).status_code == 302
    assert len(rows(Party)) == 1


def test_who_has_no_role_finds_no_page(cast, signed_in):
    assert signed_in(cast.nobody).get("/paste/").status_code == 404


@pytest.mark.parametrize("text", ["", "x" * 20_001])
def test_an_empty_or_endless_text_is_refused(cast, signed_in, text):
    assert signed_in(cast.ann).post("/paste/", {"text": text}).status_code == 422


VCF = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nORG:{firm}\r\nTEL;TYPE=CELL:{phone}\r\nEND:VCARD\r\n"


def sent_file(client, *cards):
    raw = "".join(VCF.format(name=name, firm=firm, phone=phone) for name, firm, phone in cards).encode()
    page = client.post("/paste/vcf/", {"file": SimpleUploadedFile("phone.vcf", raw)})
    sent = Boxes(page, action="/paste/vcf/save/").sent
    return page, {
        **sent,
        "tick": [number for number in range(len(cards)) if f'value="{number}" checked' in page.content.decode()],
    }


def test_contacts_of_a_phone_become_customers_one_for_each_firm(cast, signed_in):
    client = signed_in(cast.ann)
    _page, sent = sent_file(
        client, ("林伟", "样例软件", "13800000040"), ("林晓", "样例软件", "13800000041"), ("何晓", "", "13800000042")
    )
    assert client.post("/paste/vcf/save/", sent).status_code == 302
    assert [party.name for party in rows(Party)] == ["样例软件", "何晓"]
    assert [(contact.name, contact.party.name) for contact in rows(Contact)] == [
        ("林伟", "样例软件"),
        ("林晓", "样例软件"),
        ("何晓", "何晓"),
    ]
    assert Batch.objects.filter(verb="pasted").count() == 1


def test_a_contact_of_a_phone_whom_the_firm_knows_is_not_made_again(cast, known, signed_in):
    client = signed_in(cast.eve)
    page, sent = sent_file(client, ("王建", "", "13800000001"))
    assert "Ann" in page.content.decode()
    assert sent["tick"] == []
    assert client.post("/paste/vcf/save/", {**sent, "tick": ["0"]}).status_code == 422
    assert rows(Party) == [known]


def test_a_picture_is_no_file_of_contacts(cast, signed_in):
    file = SimpleUploadedFile("x.vcf", b"\x89PNG")
    assert signed_in(cast.ann).post("/paste/vcf/", {"file": file}).status_code == 422


def test_a_contact_goes_onto_the_phone_of_whoever_sees_it(cast, known, signed_in):
    (contact,) = rows(Contact)
    answer = signed_in(cast.ann).get(f"/contacts/{contact.pk}.vcf")
    (card,) = vcards.read(answer.content)
    assert (card.name, card.mobile) == ("王建", "13800000001")
    assert f"/contacts/{contact.pk}.vcf" in signed_in(cast.ann).get(f"/contacts/{contact.pk}/").content.decode()
    assert signed_in(cast.eve).get(f"/contacts/{contact.pk}.vcf").status_code == 404
