"""No way around scope and journal: not in a query, not in a declaration, not in a file that nobody looks at."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.db import models
from django.db.models import F
from django.test.utils import isolate_apps

from shuke.core import checks, scope
from shuke.core import kind as kinds
from shuke.core.record import Owned, Record, Unscoped, store_derived
from shuke.parties.models import Party
from tests.house.contract import House

ROOT = Path(__file__).parents[2]
RECORDS = [kind.model for kind in kinds.every()]

# Who may read past the scope of a person, and why. One more file here is one more place that a leak may come from.
SYSTEM = {
    "shuke/backup/actions.py": "backups are made and warned of by the house",
    "shuke/config/accounts.py": "the command line belongs to whoever runs the machine",
    "shuke/core/scope.py": "where the ways around are made",
    "shuke/core/record.py": "uniqueness and trash hold for the firm as a whole",
    "shuke/core/chores.py": "the trash of everybody is emptied",
    "shuke/duplicates/actions.py": "a merge takes along all that points at the one that goes, seen or not",
    "shuke/duplicates/finding.py": "pairs are looked for among all, and shown to whoever sees both",
    "shuke/duplicates/views.py": "the way from a merged one to the one that stays, which is asked for its own scope",
    "shuke/exchange/rows.py": "duplicates and uniqueness hold beyond what the importing person sees",
    "shuke/notices/actions.py": "whoever is told, and the robots, are picked by the house",
    "shuke/notices/chores.py": "old notices and messages of everybody are dropped, owners are told of failed jobs",
    "shuke/notices/outbox.py": "what waits to be sent is sent by the house",
    "shuke/notices/views.py": "the one mail server of the firm",
    "shuke/parties/actions.py": "a duplicate is told of beyond scope, by name of its owner alone; teams",
    "shuke/people/actions.py": "who holds which role decides what may be done",
    "shuke/people/handover.py": "what a leaver owned is handed over whole",
    "shuke/people/models.py": "signing in, the roles of a person, the last owner, the shape of the tree",
    "shuke/people/policy.py": "rights are read for everybody, kept, and asked by the scope itself",
    "shuke/people/rights.py": "the rights of a role are set by whoever sets up the firm",
    "shuke/people/signin.py": "nobody is known yet whose scope it could be",
    "shuke/people/tokens.py": "nobody is known yet whose scope it could be",
}
# Who may name all rows of a model without a reason said at the place: each narrows them by a scope, or they are the firm's own.
PLAIN = {
    "shuke/bulk/acting.py": "what a record in reach holds now",
    "shuke/core/chores.py": "the files of what is removed for good",
    "shuke/core/columns.py": "joins, narrowed by the scope of what they point at",
    "shuke/core/customfields.py": "fields of the firm's own",
    "shuke/core/doors.py": "files and saved views, asked for their record's scope and their owner",
    "shuke/core/edits.py": "the name of what a conflict is about",
    "shuke/duplicates/reactions.py": "parts of a record in reach, the others narrowed by the scope of whoever reads",
    "shuke/duplicates/views.py": "narrowed by the scope of whoever merges",
    "shuke/exchange/exporting.py": "narrowed by the scope of whoever exports; who that is",
    "shuke/exchange/importing.py": "who began the import",
    "shuke/core/files.py": "whether any row of any table refers to some bytes",
    "shuke/core/firm.py": "the firm itself",
    "shuke/core/forms.py": "none at all, until the form knows its person",
    "shuke/core/frame.py": "saved views, shown to their owner and to those they are shared with",
    "shuke/core/journal.py": "writes the entries themselves",
    "shuke/core/kind.py": "narrowed by the scope of the record above",
    "shuke/core/listing.py": "narrowed by the scope of whoever reads",
    "shuke/core/pages.py": "narrowed by the scope of whoever reads; files of a record in reach",
    "shuke/core/record.py": "the base of it all",
    "shuke/core/scope.py": "the way in itself",
    "shuke/core/search.py": "narrowed by the scope of whoever searches",
    "shuke/core/values.py": "writes the values of records that the journal tells of",
    "shuke/core/undo.py": "refused unless the person may change every row",
    "shuke/notices/actions.py": "the people who are told",
    "shuke/notices/outbox.py": "the robot that a message is for",
    "shuke/parties/panels.py": "parts of a record in reach",
    "shuke/people/sessions.py": "the firm's revision, read with the session",
    "shuke/people/tokens.py": "the firm's revision, read with the token",
}


def ways_around(source: str) -> tuple[bool, bool]:
    """(asks for the system's eyes, names plain rows) of the code in a file."""
    system = plain = False
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            system |= node.attr in ("system", "unguarded", "System") and owner == "scope"
            plain |= node.attr == "_base_manager" or (node.attr == "QuerySet" and owner == "models")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            system |= node.func.id == "opened"
            plain |= node.func.id == "RecordQuerySet"
        if isinstance(node, ast.ImportFrom):
            plain |= node.module == "shuke.core.insert"
        if isinstance(node, ast.ImportFrom) and node.module == "shuke.core.scope":
            system |= bool({"system", "unguarded", "System"} & {name.name for name in node.names})
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            system |= node.name in ("system", "unguarded")
    return system, plain


def files() -> dict[str, str]:
    found = (path for path in ROOT.glob("shuke/**/*.py") if not {"tests", "migrations"} & set(path.parts))
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in found}


def test_only_named_files_read_past_the_scope():
    around = {name: ways_around(source) for name, source in files().items() if not name.endswith("language/writing.py")}
    assert {name for name, (system, _plain) in around.items() if system} == set(SYSTEM)
    assert {name for name, (_system, plain) in around.items() if plain} == set(PLAIN)


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("scope.system('why').rows(Party)", (True, False)),
        ("from shuke.core.scope import system", (True, False)),
        ("with scope.unguarded('why'): pass", (True, False)),
        ("with opened(): pass", (True, False)),
        ("Party._base_manager.all()", (False, True)),
        ("RecordQuerySet(Party)", (False, True)),
        ("models.QuerySet.update(rows)", (False, True)),
        ("from shuke.core.insert import insert_rows", (False, True)),
        ("scope.rows(Party, user)", (False, False)),
    ],
)
def test_a_planted_way_around_is_seen(source: str, seen: tuple[bool, bool]):
    assert ways_around(source) == seen


RAW = {
    "shuke/backup/postgres.py": "one snapshot for the dump and what the manifest tells of it",
    "shuke/config/health.py": "asks the store whether it is whole",
    "shuke/core/insert.py": "many rows of one table",
    "shuke/core/journal.py": "waits for those who write entries at the moment",
    "shuke/core/prepared.py": "asks what a query set put together",
    "shuke/core/search.py": "takes lines out of an index that has no contents of its own",
    "shuke/core/pages.py": "one statement for all panels of a page",
    "shuke/parties/panels.py": "one statement for all blocks of a page",
}


def test_only_named_files_speak_sql_themselves():
    words = (".cursor(", ".raw(", ".extra(", "RawSQL", "prepared import asked", "import Prepared, asked")
    assert {name for name, source in files().items() if any(word in source for word in words)} == set(RAW)


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label)
def test_rows_outside_a_scope_are_an_error_and_no_leak(model: type[Record]):
    for ask in ("all", "count", "first", "exists"):
        with pytest.raises(Unscoped):
            getattr(model.objects, ask)()


@pytest.mark.parametrize("model", RECORDS, ids=lambda model: model._meta.label)
def test_no_write_passes_by_the_journal(model: type[Record]):
    rows = scope.system("test").rows(model)
    for write in (lambda: rows.update(id=1), rows.delete, lambda: rows.bulk_create([]), lambda: rows.bulk_update([], ["id"])):
        with pytest.raises(Unscoped):
            write()


@pytest.mark.django_db
def test_what_is_not_derived_is_not_stored_past_the_journal(house: House):
    for kind in kinds.every():
        with pytest.raises(ValueError, match="not derived"):
            store_derived(kind.model, house.targets[kind.path].record.pk, deleted_at=None)


@pytest.mark.django_db
def test_a_value_that_only_the_store_computes_is_refused(house: House):
    party = house.targets["parties"].now
    party.debt = F("debt") + 1
    with pytest.raises(Unscoped, match="journal"):
        party.save()


def test_our_own_records_are_declared_well():
    assert checks.records() == []


@pytest.mark.parametrize(
    ("fault", "fields"),
    [
        ("E002", lambda: {"party": models.ForeignKey(Party, models.SET_NULL, null=True)}),
        ("E002", lambda: {"party": models.ForeignKey(Party, models.DO_NOTHING)}),
        ("E002", lambda: {"party": models.OneToOneField(Party, models.SET_DEFAULT, default=1)}),
        ("E003", lambda: {"parties": models.ManyToManyField(Party)}),
        (
            "E004",
            lambda: {
                "thing": generic(),
                "type": models.ForeignKey("contenttypes.ContentType", models.PROTECT),
                "number": models.IntegerField(),
            },
        ),
        ("", lambda: {"party": models.ForeignKey(Party, models.CASCADE), "root": models.ForeignKey(Party, models.PROTECT)}),
    ],
)
def test_a_planted_fault_of_a_record_is_seen(fault: str, fields):
    class Meta:
        app_label = "core"

    with isolate_apps("shuke.core"):
        made = type("Planted", (Record,), {"Meta": Meta, "__module__": __name__, **fields()})
        assert [error.id for error in checks.faults(made)] == ([f"shuke.{fault}"] if fault else [])


def generic() -> models.Field:
    from django.contrib.contenttypes.fields import GenericForeignKey

    return GenericForeignKey("type", "number")


@pytest.mark.parametrize(("columns", "faults"), [(["owner", "id"], []), (["id", "owner"], ["shuke.E005"])])
def test_a_record_whose_owners_have_no_index_is_seen(columns: list[str], faults: list[str]):
    indexes = [models.Index(fields=columns, name="planted_owner")]
    with isolate_apps("shuke.core"):
        meta = type("Meta", (), {"app_label": "core", "indexes": indexes})
        made = type("Planted", (Owned,), {"Meta": meta, "__module__": __name__})
        assert [error.id for error in checks.faults(made)] == faults


def test_a_record_that_inherits_a_table_is_seen():
    with isolate_apps("shuke.core"):
        made = type("Deep", (Party,), {"Meta": type("Meta", (), {"app_label": "core"}), "__module__": __name__})
        assert "shuke.E001" in [error.id for error in checks.faults(made)]


# Nothing is fetched

CLIENTS = {"urllib.request", "http.client", "requests", "httpx", "aiohttp", "urllib3", "smtplib", "imaplib", "poplib", "ftplib",
           "telnetlib", "xmlrpc", "websockets", "django.core.mail", "pycurl", "socketserver"}  # fmt: skip


# Who speaks to the outside, and by what it is guarded: every other room goes through these.
GUARDED = {"shuke/network/guard.py": ["http.client"], "shuke/network/mail.py": ["smtplib"]}


def imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_product_fetches_nothing_but_through_the_guard():
    """So no address that a user sets can lead it somewhere: it is resolved once, checked, and connected to as checked."""
    found = {
        name: {m for m in imported(source) for c in CLIENTS if f"{m}.".startswith(f"{c}.")} for name, source in files().items()
    }
    assert {name: sorted(modules) for name, modules in found.items() if modules} == GUARDED
    assert {name for name, source in files().items() if "socket" in imported(source)} == {
        "shuke/config/serve.py",
        "shuke/network/guard.py",
    }


def test_a_planted_client_is_seen():
    assert imported("import urllib.request, httpx\nfrom http import client") >= {"urllib.request", "httpx", "http.client"}


RUNS = {"eval", "exec", "pickle", "marshal", "shelve", "yaml", "__import__", "os.system", "os.popen"}
# What a workbook holds comes from a child of our own through a pipe: texts and numbers, read and written by these two alone.
CHILD = {"shuke/exchange/reading.py", "shuke/exchange/workbook_child.py"}


def test_nothing_that_comes_in_is_run():
    calls = {
        name: {ast.unparse(n.func) for n in ast.walk(ast.parse(s)) if isinstance(n, ast.Call)} for name, s in files().items()
    }
    assert {name for name, source in files().items() if RUNS & (calls[name] | imported(source))} == CHILD
