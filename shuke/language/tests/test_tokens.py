import os
import random
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.language.folding import fold
from shuke.language.pinyin import syllables
from shuke.language.tokens import document, matches, query, sounds

ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)


def made_up_names(count):
    chance = random.Random(5)
    cities = ["佛山", "西安", "重庆市", "乌鲁木齐", "", "深圳"]
    trades = [
        "科技",
        "建材",
        "Home 家居",
        "餐饮管理(中国)",
        "GF8012瓷砖",
        "3D打印",
        "電子",
        "ABC Trading Co. Ltd",
        "新能源-储能",
        "安防",
    ]
    forms = ["有限公司", "（集团）有限公司", "股份有限公司", "门市部", "", " 2 号店"]
    brand = "华信达安恒瑞鑫宏盛泰Kb7新乐长𬭩"
    return [
        chance.choice(cities)
        + "".join(chance.choices(brand, k=chance.randint(1, 3)))
        + chance.choice(trades)
        + chance.choice(forms)
        for _ in range(count)
    ]


NAMES = made_up_names(3000)
FOLDED = [fold(name) for name in NAMES]


def indexed(name):
    return document(fold(name), sounds([name]))


def pieces_of_names(count):
    chance = random.Random(6)
    for _ in range(count):
        name = chance.choice(FOLDED)
        start = chance.randrange(len(name))
        yield name[start : start + chance.randint(1, 6)]


@pytest.fixture(scope="module")
def index():
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE line USING fts5(document, tokenize='ascii', detail='none', prefix='2', content='')")
    store.executemany("INSERT INTO line (rowid, document) VALUES (?, ?)", [(i, indexed(name)) for i, name in enumerate(NAMES)])
    return store


@pytest.fixture(scope="module")
def postgres():
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("DATABASE_URL names no PostgreSQL")
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as store:
        store.execute("CREATE TEMPORARY TABLE line (id int, tokens tsvector)")
        with store.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO line VALUES (%s, array_to_tsvector(string_to_array(%s, ' ')))",
                [(i, indexed(name)) for i, name in enumerate(NAMES)],
            )
        store.execute("CREATE INDEX ON line USING gin (tokens)")
        store.execute("SET enable_seqscan = off")
        yield store


def candidates(store, typed):
    if isinstance(store, sqlite3.Connection):
        rows = store.execute("SELECT rowid FROM line WHERE line MATCH ?", [query(typed, "sqlite")])
    else:
        rows = store.execute("SELECT id FROM line WHERE tokens @@ %s::tsquery", [query(typed, "postgresql")])
    return {row[0] for row in rows}


def found(store, typed):
    rows = range(len(FOLDED)) if query(typed, "sqlite") is None else candidates(store, typed)
    return {i for i in rows if matches(FOLDED[i], fold(typed))}


def like(store, typed):
    return {i for i, name in enumerate(FOLDED) if all(word in name for word in typed.split())}


@pytest.mark.parametrize("kind", ["index", "postgres"])
def test_search_finds_what_like_finds(kind, request):
    store = request.getfixturevalue(kind)
    for typed in pieces_of_names(1000):
        assert found(store, typed) == like(store, typed), typed


@pytest.mark.parametrize("kind", ["index", "postgres"])
def test_a_name_is_found_by_its_sound_from_any_of_its_characters(kind, request):
    store = request.getfixturevalue(kind)
    chance = random.Random(7)
    for _ in range(500):
        row = chance.randrange(len(NAMES))
        spelled = [options[0] for options in syllables(NAMES[row])]
        start = chance.randrange(len(spelled))
        typed = "".join(spelled[start:])[: chance.randint(1, 14)]
        if not set(typed) & set("aeiouv"):
            continue  # what has no vowel is taken for initials
        assert row in candidates(store, typed), (NAMES[row], typed)
        assert matches(FOLDED[row], typed, sounds([NAMES[row]]))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("佛山华信建材有限公司", "hxjc"),
        ("佛山华信建材有限公司", "huaxinjian"),
        ("佛山華信建材有限公司", "华信 ｊｃ"),
        ("重庆银行", "chongqing"),
        ("长安新安", "xinan"),
        ("TCL西安", "clxia"),
        ("单国强", "shan"),
        ("老王 13800138000", "8000"),
        ("张伟", "张"),
    ],
)
def test_people_type_it_like_that(name, typed):
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE line USING fts5(document, tokenize='ascii', detail='none', prefix='2', content='')")
    store.execute("INSERT INTO line (rowid, document) VALUES (1, ?)", [indexed(name)])
    assert candidates(store, typed) == {1}
    assert matches(fold(name), fold(typed), sounds([name]))


def test_a_typed_sound_starts_at_a_character():
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE line USING fts5(document, tokenize='ascii', detail='none', prefix='2', content='')")
    store.executemany("INSERT INTO line (rowid, document) VALUES (?, ?)", [(1, indexed("韩梅")), (2, indexed("山田"))])
    assert candidates(store, "han") == {1}


@given(ANY_TEXT)
def test_no_input_breaks_an_expression(index, typed):
    if query(typed, "sqlite") is not None:
        candidates(index, typed)


@given(ANY_TEXT)
def test_no_input_breaks_an_expression_on_postgresql(postgres, typed):
    if query(typed, "postgresql") is not None:
        candidates(postgres, typed)


@given(ANY_TEXT, st.integers(0, 59), st.integers(1, 20))
def test_any_piece_of_any_text_is_among_the_candidates(text, start, length):
    typed = fold(text)[start : start + length]
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE line USING fts5(document, tokenize='ascii', detail='none', prefix='2', content='')")
    store.execute("INSERT INTO line (rowid, document) VALUES (1, ?)", [document(fold(text))])
    assert query(typed, "sqlite") is None or candidates(store, typed) == {1}


def test_only_marks_and_blanks_are_no_query():
    assert query(' ("*" )- ', "sqlite") is None
    assert query("", "postgresql") is None


def test_a_line_is_taken_out_of_the_index_by_what_the_row_holds(index):
    row = NAMES.index(next(name for name in NAMES if "重庆" in name))
    typed, text, heard = "chongqing", FOLDED[row], sounds([NAMES[row]])
    assert row in candidates(index, typed)
    index.execute("INSERT INTO line (line, rowid, document) VALUES ('delete', ?, ?)", [row, document(text, heard)])
    assert row not in candidates(index, typed) and row not in candidates(index, FOLDED[row][:2])
    assert index.execute("INSERT INTO line (line) VALUES ('integrity-check')").fetchall() == []
    index.execute("INSERT INTO line (rowid, document) VALUES (?, ?)", [row, indexed(NAMES[row])])


def test_a_number_is_indexed_by_its_threes_and_all_behind_the_mark_of_its_group():
    assert document("13800 王", "", "g").split() == ["g138", "g380", "g800", "g00", "g0", "g王"]
    assert query("800", "sqlite", "g") == '(("g800"))' and query("00", "postgresql", "g") == "(('g00':*))"


@pytest.mark.parametrize("typed", ["8", "80", "800", "8001", "80013", "0013800", "a8", "b80", "ab8001"])
def test_any_piece_of_a_number_is_found_in_its_group_alone(typed):
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE line USING fts5(document, tokenize='ascii', detail='none', prefix='2', content='')")
    for row, group in enumerate("gh"):
        store.execute("INSERT INTO line (rowid, document) VALUES (?, ?)", [row, document("ab80013800138", "", group)])
    asked = [query(typed, "sqlite", group) for group in "gh"]
    assert [store.execute("SELECT rowid FROM line WHERE line MATCH ?", [one]).fetchall() for one in asked] == [[(0,)], [(1,)]]
