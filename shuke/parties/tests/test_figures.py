"""The first page: figures that agree with the lists they open, who owes, whom nobody spoke with."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from shuke.core import listing, scope
from shuke.core.record import create_many
from shuke.parties import figures
from shuke.parties.models import Party
from shuke.people.models import FieldRight

every = scope.system("tests look behind the doors").rows
NOW = timezone.now()
TODAY = timezone.localdate()


@pytest.fixture
def parties(cast):
    """Nine of Ann's: debts 0 to 8, nobody spoke with the n-th for 20 n days; one lost, one of Eve's, one of nobody's."""
    silent = [Party(name=f"客户{n}", owner=cast.ann, debt=n, last_contact_at=NOW - timedelta(days=20 * n)) for n in range(9)]
    silent.append(Party(name="流失", owner=cast.ann, stage="gone", last_contact_at=NOW - timedelta(days=900)))
    return create_many([*silent, Party(name="别人的", owner=cast.eve, debt=99), Party(name="无主", phone="13800138000", debt=50)])


def figures_of(user):
    return figures.figures(user, TODAY, figures.owing(user))


@pytest.mark.parametrize("who", ["boss", "ben", "ann", "eve"])
def test_each_figure_is_the_count_of_the_list_that_it_opens(cast, parties, who):
    user, told = getattr(cast, who), {}
    for figure in figures_of(user):
        query = QueryDict(figure["url"].partition("?")[2])
        told[figure["url"]] = figure["value"]
        assert figure["value"] == listing.page(Party.kind, user, query, columns=[]).count_text
    assert told["/parties/?"] == {"boss": "12", "ben": "11", "ann": "10", "eve": "1"}[who]


def test_who_owes_most_stands_first_and_the_others_are_counted(cast, parties):
    told = figures.debtors(figures.owing(cast.ben))
    assert [line["name"] for line in told["lines"]] == ["无主", *(f"客户{n}" for n in (8, 7, 6, 5, 4, 3))]
    assert told["more"] == 2 and told["lines"][0]["acts"][0]["url"] == "tel:13800138000" and not told["lines"][1]["acts"]


def test_nobody_reads_of_debts_or_numbers_that_are_hidden_from_him(cast, parties):
    FieldRight(role=cast.roles["head"], on="parties", field="phone", level="masked").save()
    assert not figures.debtors(figures.owing(cast.ben))["lines"][0]["acts"]
    debt = every(FieldRight).get(role=cast.roles["head"], on="parties", field="debt")
    debt.level = "hidden"
    debt.save()
    assert figures.debtors(figures.owing(cast.ben)) is None and "debt" not in str(figures_of(cast.ben))


def test_whom_nobody_spoke_with_for_a_month_stands_there_longest_first_but_who_is_lost(cast, parties):
    assert [line["name"] for line in figures.quiet(cast.ann, TODAY)["lines"]] == [f"客户{n}" for n in (8, 7, 6, 5, 4, 3, 2)]
    assert figures.quiet(cast.eve, TODAY) is None
