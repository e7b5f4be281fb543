import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from shuke.core import scope
from shuke.core.record import LIVE, RecordQuerySet, Required, create_many
from shuke.parties.models import CUSTOMER, OTHER, SUPPLIER, Address, Contact, InvoiceTitle, Party, Relation

ANYBODY = scope.system("tests look at all rows")


def refused_by_the_store(record):
    with pytest.raises(IntegrityError), transaction.atomic():
        record.save()
    return True


def test_only_a_name_is_needed_and_the_rest_is_worked_out(cast):
    firm, person = Party(name="佛山华信建材有限公司"), Party(name="王伟")
    firm.save()
    person.save()
    assert (firm.is_organisation, firm.stage, firm.roles, firm.family, firm.debt, firm.bare) == (
        True, "new", ["prospect"], CUSTOMER, 0, "华信建材",
    )  # fmt: skip
    assert (person.is_organisation, person.quiet_since) == (False, person.created_at)


def test_names_sort_by_their_sound(a_party):
    made = [a_party(name) for name in ("林一", "李伟", "Acme", "曾国", "9号店")]
    assert [party.name for party in sorted(made, key=lambda party: party.sort_key)] == ["9号店", "Acme", "李伟", "林一", "曾国"]


@pytest.mark.parametrize(
    ("roles", "family"),
    [
        (["prospect"], CUSTOMER),
        (["buyer", "distributor"], CUSTOMER),
        (["supplier"], SUPPLIER),
        (["buyer", "supplier", "media"], CUSTOMER + SUPPLIER + OTHER),
        (["competitor", "authority"], OTHER),
    ],
)
def test_roles_make_families(a_party, roles, family):
    assert a_party(roles=roles).family == family


@pytest.mark.parametrize("wrong", [{"name": ""}, {"stage": "x"}, {"settle": "x"}, {"best_way": "x"}, {"credit": "-1"}])
def test_the_store_refuses_what_no_form_may_let_through(cast, wrong):
    assert refused_by_the_store(Party(**{"name": "华信", "is_organisation": True, **wrong}))


def test_what_an_owner_has_is_found_by_an_index(cast):
    """A list of one's own, and what is asked before somebody could be deleted."""
    create_many([Party(name=f"{place}号", owner=cast.eve) for place in range(200)])
    if connection.vendor == "postgresql":
        with connection.cursor() as store:
            store.execute("ANALYZE parties_party")
    rows = RecordQuerySet(Party)
    for asked in (rows.filter(LIVE, owner=cast.ann.pk), rows.filter(owner=cast.ann).filter(LIVE), rows.filter(LIVE, owner=None)):
        for order in ("-pk", "sort_key", "quiet_since", "debt"):
            assert "party_owner" in asked.order_by(order)[:50].explain()


def test_a_check_costs_no_statement(cast, django_assert_num_queries):
    party = Party(name="华信")
    with django_assert_num_queries(0):
        party.validate_constraints()
    party.stage = "married"
    with pytest.raises(ValidationError), django_assert_num_queries(0):
        party.validate_constraints()


def test_nobody_is_related_to_himself(a_party):
    party = a_party()
    relation = Relation(party=party, other=party, type="referred")
    with pytest.raises(ValidationError, match="cannot be related to itself"):
        relation.full_clean()
    assert refused_by_the_store(relation)


def test_a_relation_is_there_once_and_a_mutual_one_from_either_side(a_party):
    one, two = a_party("华信"), a_party("恒达")
    Relation(party=one, other=two, type="partner_of").save()
    assert refused_by_the_store(Relation(party=one, other=two, type="partner_of"))
    assert refused_by_the_store(Relation(party=two, other=one, type="partner_of"))
    Relation(party=one, other=two, type="supplier_of").save()
    Relation(party=two, other=one, type="supplier_of").save()


def test_a_deleted_relation_leaves_its_place(a_party):
    one, two = a_party("华信"), a_party("恒达")
    relation = Relation(party=one, other=two, type="referred")
    relation.save()
    relation.delete()
    Relation(party=one, other=two, type="referred").save()


def test_a_party_that_another_points_at_is_not_deleted(a_party):
    one, two = a_party("华信"), a_party("恒达")
    Relation(party=one, other=two, type="referred").save()
    with pytest.raises(Required):
        two.delete()


def test_contacts_go_to_the_trash_with_their_party_and_come_back(a_party):
    party = a_party()
    contact = Contact(party=party, name="王伟")
    contact.save()
    party.delete()
    contact.refresh_from_db()
    assert not contact.is_live
    party.restore()
    contact.refresh_from_db()
    assert contact.is_live


@pytest.mark.parametrize("typed", ["91440600MA5123456X", "12345"])
def test_a_wrong_tax_number_is_told(a_party, typed):
    with pytest.raises(ValidationError) as refused:
        InvoiceTitle(party=a_party(), title="华信", tax_no=typed).full_clean()
    assert list(refused.value.message_dict) == ["tax_no"]


def test_a_wrong_birthday_is_told_and_a_right_one_kept_in_one_spelling(a_party):
    contact = Contact(party=a_party(), name="王伟", birthday="农历12月20日")
    contact.full_clean()
    assert contact.birthday == "腊月二十"
    contact.birthday = "腊月四十"
    with pytest.raises(ValidationError) as refused:
        contact.full_clean()
    assert list(refused.value.message_dict) == ["birthday"]


def test_an_address_reads_as_on_a_parcel():
    place = {"province": "广东省", "city": "佛山市", "district": "南海区", "text": "桂澜路 12 号"}
    assert Address(**place).whole == "广东省佛山市南海区桂澜路 12 号"
    assert Address(province="北京市", city="", district="朝阳区", text="1 号").whole == "北京市朝阳区1 号"
