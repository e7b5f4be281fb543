import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuke.core import firm, scope, undo
from shuke.core.act import act, acting
from shuke.core.models import Batch, Share
from shuke.core.record import Record, Refused
from shuke.duplicates.actions import merge
from shuke.parties.actions import share_with
from shuke.parties.models import Contact, InvoiceTitle, Party, Relation
from shuke.people.testing import Cast

every = scope.system("tests look behind the doors").rows
WHICH = st.integers(0, 2)
ACTS = st.one_of(
    st.tuples(st.just("edit"), WHICH, st.sampled_from(["name", "phone", "note", "city"]), st.sampled_from(["13800138000", "甲"])),
    st.tuples(st.just("tag"), WHICH, st.sampled_from(["老客户", "装修"]), st.none()),
    st.tuples(st.just("merge"), WHICH, WHICH, st.sampled_from(["name", "phone", "note"])),
    st.tuples(st.just("delete"), WHICH, st.none(), st.none()),
    st.tuples(st.just("contact"), WHICH, st.sampled_from(["陈总", "小李"]), st.sampled_from(["", "13900139000"])),
    st.tuples(st.just("title"), WHICH, st.sampled_from(["华信", "顺发"]), st.sampled_from(["", "工商银行"])),
    st.tuples(st.just("relate"), WHICH, WHICH, st.sampled_from(["referred", "partner_of"])),
    st.tuples(st.just("share"), WHICH, st.sampled_from(["eve", "ben"]), st.sampled_from(["view", "change"])),
)


class TakenBack(Exception):
    """Ends an example: the store is as it was before it."""


def live():
    """The live field values: what a person could see or change, by record."""
    found = {}
    for model in (Party, Contact, Relation, InvoiceTitle, Share):
        for row in every(model).live():
            found[model.__name__, row.pk] = {field.name: getattr(row, field.attname) for field in model.journalled()}
    return found


def do(cast, parties, told):
    what, which, one, two = told
    party = every(Party).get(pk=parties[which])
    match what:
        case "edit":
            setattr(party, one, two)
            party.save()
        case "tag":
            party.tags = [*dict.fromkeys([*party.tags, one])]
            party.save()
        case "delete":
            party.delete()
        case "merge":
            other = every(Party).get(pk=parties[one])
            merge(party, loser=other, values={two: getattr(other, two)})
        case "share":
            share_with(party, to=getattr(cast, one), level=two)
        case _:
            made: Record = {
                "contact": lambda: Contact(party=party, name=one, phone=two),
                "title": lambda: InvoiceTitle(party=party, title=one, bank=two),
                "relate": lambda: Relation(party=party, other=every(Party).get(pk=parties[one]), type=two),
            }[what]()
            if not party.is_live:
                raise Refused("in the trash")
            made.check_parents()
            made.check_constraints()
            made.save()


@pytest.mark.slow
@pytest.mark.django_db
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, min_size=1, max_size=8))
def test_whatever_is_done_to_three_customers_undone_in_reverse_gives_what_was_there(told):
    with pytest.raises(TakenBack), transaction.atomic():
        firm.know(None)
        cast = Cast()
        with acting(cast.boss.pk, "web"):
            parties = []
            for name in ("华信建材", "顺发水电", "陈美玲"):
                party = Party(name=name, owner=cast.ann)
                party.save()
                parties.append(party.pk)
            before, start = live(), Batch.objects.latest("pk").pk
            for each in told:
                try:
                    with transaction.atomic(), act(each[0], kind="parties.party"):
                        do(cast, parties, each)
                except Refused:
                    continue
            for batch in Batch.objects.filter(pk__gt=start).order_by("-pk"):
                made = undo.plan(batch, cast.boss)
                assert (made.conflicts, made.cannot) == ([], [])
                undo.carry_out(made, {})
            assert live() == before
        raise TakenBack
