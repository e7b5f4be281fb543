import datetime
import re

from shuke.core import scope
from shuke.core.record import Record
from shuke.parties import sample
from shuke.parties.models import Address, Contact, InvoiceTitle, KeyDate, Party, Relation

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
MODELS: list[type[Record]] = [Party, Contact, Address, InvoiceTitle, KeyDate, Relation]


def rows(model):
    return scope.system("the sample is looked at whole").rows(model)


def test_a_sample_holds_something_of_everything_and_all_of_it_is_valid(cast):
    made = sample.make(120, seed=7, owners=[cast.ann, cast.eve], now=NOW)
    assert made == sum(rows(model).count() for model in MODELS)
    assert rows(Party).count() == 120
    for model in MODELS:
        assert rows(model).count() > 0
        for record in rows(model):
            record.full_clean()
    assert {party.owner_id for party in rows(Party)} == {cast.ann.pk, cast.eve.pk, None}
    assert rows(Party).filter(debt__gt=0).exists()
    assert all(re.fullmatch(r"1[3-9]\d0000\d{4}", party.phone) for party in rows(Party))


def test_the_same_seed_makes_the_same_customers(cast):
    dice = sample.Random
    one, two = (sample.party(dice(3), 5, [], NOW) for _again in range(2))
    assert (one.name, one.phone, one.created_at, one.debt) == (two.name, two.phone, two.created_at, two.debt)
