"""A list is what its address says: filtered, sorted by an index, continued by a cursor, counted up to the cap."""

import base64

import pytest
from django.http import QueryDict

from shuke.core import firm, listing, scope, search, values
from shuke.core.act import acting
from shuke.core.filters import BadAddress
from shuke.core.models import Share
from shuke.core.record import create_many
from shuke.parties.models import Contact, Party
from shuke.people.models import FieldRight


@pytest.fixture
def parties(cast):
    """Seven of Ann's and three of Eve's, in turns; debts 0 to 9."""
    owners = [cast.eve if n % 3 == 0 and n < 9 else cast.ann for n in range(10)]
    return create_many(
        [Party(name=f"客户{n}", owner=owner, debt=n, source="展会" if n < 5 else "") for n, owner in enumerate(owners)]
    )


def page(user, query="", limit=50, **said):
    kind = said.pop("kind", Party.kind)
    return listing.page(kind, user, QueryDict(query), columns=kind.shown(user, ["name"]), limit=limit, **said)


def names(page):
    return [row[1] for row in page.rows]


def test_the_newest_come_first_within_scope(cast, parties):
    assert names(page(cast.eve)) == ["客户6", "客户3", "客户0"]
    assert page(cast.boss).count == 10 and page(cast.eve).count == 3


@pytest.mark.parametrize("sort", ["-newest", "name", "-name", "debt", "-debt", "last_contact_at"])
@pytest.mark.parametrize("who", ["boss", "ben", "ann"])
def test_going_on_by_the_cursor_tells_each_row_once_in_order(cast, parties, sort, who):
    user, query, seen = getattr(cast, who), f"sort={sort}", []
    whole = names(page(user, query))
    cursor = ""
    while True:
        part = page(user, f"{query}&cursor={cursor}", limit=3)
        seen += names(part)
        cursor = part.next
        if not cursor:
            break
    assert seen == whole and len(set(seen)) == len(seen) == {"boss": 10, "ben": 7, "ann": 7}[who]


def test_equal_values_are_told_apart_by_the_id(cast):
    create_many([Party(name="同名", owner=cast.ann) for _n in range(5)])
    first = page(cast.ann, "sort=name", limit=2)
    second = page(cast.ann, f"sort=name&cursor={first.next}", limit=10)
    assert len({row[0] for row in first.rows + second.rows}) == 5


def test_the_count_stops_at_the_cap(cast, parties, monkeypatch):
    monkeypatch.setattr(listing, "CAP", 5)
    capped = page(cast.boss)
    assert (capped.count, capped.capped, capped.count_text, capped.totals) == (5, True, "5+", {})
    assert page(cast.eve).count_text == "3"


def test_what_is_reached_in_two_ways_counts_once(cast, parties, monkeypatch):
    hers = [party for party in parties if party.owner == cast.eve]
    with acting(cast.boss.pk, "web"):
        create_many([Share(on="parties", record=party.pk, user=cast.eve, level="change") for party in [*hers, parties[9]]])
    for cap in (2, 3, 4, 5, 50):
        monkeypatch.setattr(listing, "CAP", cap)
        firm.revise()
        found = page(cast.eve)
        assert (found.count, found.capped) == (min(4, cap), cap < 4)
        assert names(found) == ["客户9", "客户6", "客户3", "客户0"]


@pytest.mark.parametrize(
    "query", ["debt__from=3", "debt__from=3&sort=name", "debt__to=6&sort=-debt", "created_at__from=2020-01-01"]
)
@pytest.mark.parametrize("who", ["boss", "ben", "eve"])
def test_a_range_tells_the_same_rows_beyond_the_cap(cast, parties, monkeypatch, query, who):
    user = getattr(cast, who)
    whole = names(page(user, query))
    assert whole
    monkeypatch.setattr(listing, "CAP", 1)
    assert names(page(user, query)) == whole and names(page(user, query, limit=2)) == whole[:2]


def test_a_word_is_found_alike_whether_few_or_many_hold_it(cast, parties, monkeypatch):
    told = {}
    for few, small in [(100, 2000), (0, 2000), (0, 0), (2, 3)]:
        monkeypatch.setattr(search, "FEW", few)
        monkeypatch.setattr(search, "SMALL", small)
        firm.revise()
        for user in (cast.boss, cast.ann, cast.ben, cast.eve):
            told.setdefault(user, []).append([names(page(user, f"q={word}")) for word in ("客户", "户7", "kehu", "客户 3", "(")])
    assert all(each == ways[0] for ways in told.values() for each in ways)
    assert [len(word) for word in told[cast.eve][0]] == [3, 0, 3, 1, 0]


def test_totals_are_of_all_that_is_counted(cast, parties):
    assert page(cast.boss, limit=2).totals == {"debt": sum(range(10))}
    assert page(cast.boss, "debt__from=8").totals == {"debt": 17}


def test_filters_narrow_and_add_up(cast, parties):
    assert names(page(cast.boss, "source=展会&debt__from=3")) == ["客户4", "客户3"]
    assert names(page(cast.boss, f"owner={cast.eve.pk}&debt__to=3")) == ["客户3", "客户0"]
    assert names(page(cast.boss, "owner=none")) == []
    assert len(names(page(cast.ann, "owner=me"))) == 7


def test_a_search_that_finds_nothing_is_an_empty_list_for_everybody(cast, parties):
    for user in (cast.boss, cast.ann, cast.ben, cast.kim):
        assert page(user, "q=没有这个").rows == []
        assert names(page(user, "q=客户6")) == ([] if user in (cast.ann, cast.ben) else ["客户6"])


@pytest.mark.parametrize(
    "query",
    [
        "nosuch=1", "sort=nosuch", "sort=owner", "stage=nosuch", "owner=x", "owner=9999999999999999999999", "debt__from=x",
        "cursor=x", "cursor=W10", "cursor=bnVsbA", "party=1", "owner__name=Ann", "created_at__from=1/2/2026",
    ],
)  # fmt: skip
def test_what_the_address_names_wrongly_is_said(cast, parties, query):
    with pytest.raises(BadAddress):
        page(cast.boss, query)


@pytest.mark.parametrize(
    ("sort", "told"),
    [
        ("-newest", '["pk", 1e400, 1]'),
        ("last_contact_at", '["quiet_since", "0001-01-01T00:00:00+14:00", 1]'),
        ("last_contact_at", '["quiet_since", "9999-12-31T23:59:59-14:00", 1]'),
    ],
)
def test_a_cursor_beyond_what_can_be_stored_is_refused(cast, parties, sort, told):
    with pytest.raises(BadAddress):
        page(cast.boss, f"sort={sort}&cursor={base64.urlsafe_b64encode(told.encode()).decode().rstrip('=')}")


@pytest.mark.parametrize("level", ["hidden", "masked"])
@pytest.mark.parametrize(("word", "field"), [("debt", "debt"), ("name", "name"), ("name", "sort_key"), ("last_contact_at",) * 2])
def test_nobody_sorts_by_what_he_does_not_read(cast, parties, monkeypatch, level, word, field):
    with acting(cast.boss.pk, "web"):
        FieldRight(role=cast.roles["office"], on="parties", field=field, level=level).save()
    firm.know(None)
    for sort in (word, f"-{word}"):
        with pytest.raises(BadAddress):
            page(cast.lou, f"sort={sort}")
        assert page(cast.boss, f"sort={sort}").sort.word == word
    monkeypatch.setattr(type(Party.kind), "sort", word)
    assert [page(user).sort.word for user in (cast.boss, cast.lou)] == [word, "newest"]


def test_a_cursor_of_another_sort_is_refused(cast, parties):
    cursor = page(cast.boss, "sort=name", limit=2).next
    with pytest.raises(BadAddress):
        page(cast.boss, f"sort=debt&cursor={cursor}")


def test_parts_are_listed_within_the_scope_of_the_whole(cast, parties):
    create_many([Contact(party=party, name=f"联系人{n}") for n, party in enumerate(parties)])
    assert page(cast.eve, kind=Contact.kind).count == 3
    assert page(cast.eve, f"party={parties[1].pk}", kind=Contact.kind).count == 0


# More than a search names


@pytest.fixture
def many(parties, monkeypatch):
    """A search for 客户 finds more of the ten than it names; what is walked is looked at three by three."""
    monkeypatch.setattr(listing, "CAP", 4)
    monkeypatch.setattr(listing, "STEP", 3)
    monkeypatch.setattr(search, "SMALL", 2)
    create_many([Party(name=f"别的{n}", owner=parties[1].owner, debt=n) for n in range(5)])
    return parties


def walked(user, query):
    """All names that one meets by going on from page to page."""
    seen, cursor = [], ""
    while True:
        part = page(user, f"{query}&cursor={cursor}", limit=2, counted=not cursor)
        seen += names(part)
        cursor = part.next
        if not cursor:
            return seen


@pytest.mark.parametrize("sort", ["-newest", "name", "-debt", "last_contact_at"])
@pytest.mark.parametrize("who", ["boss", "ann"])
def test_a_search_that_finds_more_than_it_names_is_walked_to_its_end_in_order(cast, many, sort, who):
    user = getattr(cast, who)
    wanted = [row for row in walked(user, f"sort={sort}") if row.startswith("客户")]
    assert len(wanted) == {"boss": 10, "ann": 7}[who]
    assert walked(user, f"q=客户&sort={sort}") == wanted
    assert walked(user, f"q=kehu&sort={sort}") == wanted


def test_a_search_that_finds_more_than_it_names_is_counted_and_narrowed_like_any_other(cast, many):
    found = page(cast.boss, "q=客户", limit=2)
    assert (found.count, found.capped, found.totals) == (4, True, {})
    assert walked(cast.boss, "q=客户&source=展会") == ["客户4", "客户3", "客户2", "客户1", "客户0"]
    found = page(cast.boss, "q=客户&debt__from=8")
    assert (names(found), found.count, found.capped, found.totals) == (["客户9", "客户8"], 2, False, {"debt": 17})
    assert names(page(cast.boss, "q=客户&debt__from=8&sort=debt", limit=2)) == ["客户8", "客户9"]
    assert page(cast.boss, "q=客户&source=展会").capped


def test_a_walk_through_what_is_found_keeps_to_what_the_person_may_search_by(cast, many):
    kind = Party.kind
    create_many([Party(name=f"某{n}", phone=f"1390000000{n}", owner=cast.ann) for n in range(6)])
    assert len(walked(cast.ben, "q=1390000")) == 6
    with acting(cast.boss.pk, "web"):
        FieldRight(role=cast.roles["head"], on=kind.path, field="phone", level="masked").save()
    firm.know(None)
    keys = [party.pk for party in scope.system("test").rows(Party)]
    assert walked(cast.ben, "q=1390000") == []
    assert search.among(kind, cast.ben, "1390000", keys) == set()
    assert len(search.among(kind, cast.boss, "1390000", keys)) == 6


@pytest.fixture
def common(many, monkeypatch):
    """客户 is a word that so many hold that a search for it goes through the list."""
    monkeypatch.setattr(search, "FEW", 1)
    monkeypatch.setattr(search, "MANY", 3)
    return many


@pytest.mark.parametrize("query", ["", "&sort=name", "&sort=-debt", "&source=展会", "&debt__from=8"])
@pytest.mark.parametrize("who", ["boss", "ann", "eve"])
def test_a_common_word_is_met_on_the_way_through_the_list(cast, common, monkeypatch, who, query):
    user = getattr(cast, who)
    wanted = [row for row in walked(user, query.removeprefix("&")) if row.startswith("客户")]
    monkeypatch.setattr(search, "ids", None)  # nobody asks the index for all that hold it
    assert walked(user, f"q=客户{query}") == wanted
    found, most = page(user, f"q=客户{query}", limit=2), len(wanted)
    assert (found.count, found.capped, found.count_text) == ((2, True, "2+") if most > 2 else (most, False, str(most)))


def test_a_common_word_of_a_hidden_field_finds_nothing(cast, common):
    create_many([Party(name=f"某{n}", aliases=["王哥"], owner=cast.ann) for n in range(6)])
    assert len(walked(cast.ben, "q=王哥")) == 6
    with acting(cast.boss.pk, "web"):
        FieldRight(role=cast.roles["head"], on="parties", field="aliases", level="hidden").save()
    firm.know(None)
    assert walked(cast.ben, "q=王哥") == [] and len(walked(cast.boss, "q=王哥")) == 6


@pytest.mark.parametrize("who", ["boss", "ann"])
def test_a_value_that_many_have_narrows_a_list_like_one_that_few_have(cast, parties, monkeypatch, who):
    create_many([Party(name=f"贴{n}", tags=["月结"], owner=(cast.ann, cast.eve)[n % 2]) for n in range(6)])
    few = walked(getattr(cast, who), "tags=月结")
    monkeypatch.setattr(values, "MANY", 3)
    assert walked(getattr(cast, who), "tags=月结") == few == [f"贴{n}" for n in (5, 4, 3, 2, 1, 0) if who == "boss" or n % 2 == 0]
