"""What is done to a store from inside the product, each in a process of its own: `python -m bench.inside fill 1000`.

`SHUKE_DATA` is the data directory. Each prints one line of JSON.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from shuke.config import serve  # noqa: E402
from shuke.core import act, firm, journal, scope  # noqa: E402
from shuke.core import kind as kinds  # noqa: E402
from shuke.core.record import create_many  # noqa: E402
from shuke.exchange import importing  # noqa: E402
from shuke.parties import sample  # noqa: E402
from shuke.people import actions, setup  # noqa: E402
from shuke.people.models import Department, Member, Role, User  # noqa: E402

SHARED = Path(os.environ.get("SHUKE_SHARED", Path(__file__).resolve().parents[2] / "shared"))
BATCH = 500
FEW = 12  # rows of the person who owns the fewest
OTHERS = 30  # colleagues who share what is left over
SIGNED = "bench.json"
everyone = scope.system("the benchmark's own store")


def names(count: int, seed: int) -> Iterator[str]:
    """Names of firms as registers have them, or those of the sample where the generator is not beside the repository."""
    place = SHARED / "bench/gen_data.py"
    if not place.exists():
        dice = Random(seed)
        yield from (sample.firm(dice, "佛山市", "分销店") + str(number) for number in range(count))
        return
    spec = spec_from_file_location("gen_data", place)
    assert spec is not None and spec.loader is not None
    generator = module_from_spec(spec)
    spec.loader.exec_module(generator)
    yield from (name for name, _city in generator.company_names(Random(f"{seed}/customers"), count))


def staff(password: str) -> dict[str, User]:
    """The owner; `few` and `one` who see their own; `head` who sees a department; and colleagues who own the rest."""
    actions.set_up("对照商行", login="boss", password=password, name="老板", modules=setup.MODULES)
    roles = {role.key: role for role in everyone.rows(Role)}
    department = Department(name="一部")
    department.save()
    people: dict[str, User] = {"boss": everyone.rows(User).get()}
    inside = ["head", "one", "inside1", "inside2", "inside3"]
    for login in [*inside, "few", *(f"other{number}" for number in range(OTHERS))]:
        person = people[login] = User(name=login, login=login, department=department if login in inside else None)
        if login in ("few", "one", "head"):
            actions.set_password(person, password)
        person.save()
        Member(user=person, role=roles["head" if login == "head" else "sales"]).save()
    return people


def owner_of(place: int, people: dict[str, User]) -> User:
    """One percent is `one`'s, nine more are his department's, the first twelve of another percent are `few`'s."""
    if place % 100 < 10:
        return people["one"] if place % 100 == 0 else people[f"inside{place % 3 + 1}"]
    return people["few"] if place % 100 == 50 and place < 100 * FEW else people[f"other{place % OTHERS}"]


def fill(count: int) -> dict[str, Any]:
    """`count` parties with a contact each, by the product's own bulk write, journal and search included."""
    password, dice, now = secrets.token_urlsafe(12), Random(1), timezone.now()
    began = time.perf_counter()
    serve.migrate()
    migrated = time.perf_counter() - began, time.process_time()
    with act.acting(None, "cli"):
        people = staff(password)
        began, waiting = time.perf_counter(), enumerate(names(count, 1))
        while batch := list(islice(waiting, BATCH)):
            parties = [sample.party(dice, place, [people["boss"]], now) for place, _name in batch]
            for party, (place, name) in zip(parties, batch, strict=True):
                party.name, party.owner, party.is_organisation = name, owner_of(place, people), True
            with act.act("sample", kind="parties.party"):
                create_many(parties)
                create_many([sample.contact(dice, party, is_decider=True) for party in parties])
    seconds = time.perf_counter() - began
    while journal.seal():  # a firm that has these customers for long has a sealed journal
        pass
    with connection.cursor() as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made = {"parties": count, "password": password, "seconds": seconds, "migrate": migrated[0], "migrate_cpu": migrated[1]}
    (Path(os.environ["SHUKE_DATA"]) / SIGNED).write_text(json.dumps(made))
    return made


def sheet(place: str, count: int, seed: int, contacts: int) -> dict[str, Any]:
    """A sheet of customers that are not in the store yet; with `contacts` each row makes two records."""
    dice = Random(seed)
    with open(place, "w", newline="", encoding="gb18030") as file:
        lines = csv.writer(file)
        lines.writerow(["客户名称", "电话", "地址", "备注", *["联系人"] * contacts])
        for number, name in enumerate(names(count, seed)):
            said = [f"{name}{seed}", f"19{seed % 10}{number:08}", sample.street(dice), "老客户介绍"]
            lines.writerow([*said, *[sample.named(dice)] * contacts])
    return {"rows": count}


def bring(place: str) -> dict[str, Any]:
    """Import a sheet; `seconds` are those of the real run, in which every row is validated, compared, journalled and indexed."""
    user = everyone.rows(User).get(login="boss")
    with act.acting(user.pk, "import"), open(place, "rb") as file:
        from django.core.files import File

        firm.know(None)
        imported = importing.begin(kinds.at("parties"), File(file), Path(place).name, user)
        importing.map_to(imported, imported.mapping, duplicates="skip", missing="refuse")
        imported.state = "checked"
        imported.save()
        importing.start(imported)
        began, spent = time.perf_counter(), time.process_time()
        importing.run(imported)
        counts = importing.counts(imported)
    return {"new": counts.new, "rows": counts.rows, "seconds": time.perf_counter() - began, "cpu": time.process_time() - spent}


def statements(pk: int) -> dict[str, int]:
    """How many statements each page sends, transactions not counted; lists of 10 and of 50 rows must send the same."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(everyone.rows(User).get(login="one"))
    found = {}
    pages = {"list": "/parties/", "short list": "/parties/?tier=A&stage=asleep", "list, searched": "/parties/?q=科技"}
    pages["party"] = f"/parties/{pk}/"
    for name, page in pages.items():
        client.get(page)
        found[name] = sent(lambda page=page: client.get(page))
    creates: dict[str, dict[str, str]] = {"create": {}, "create, with a contact": {"contact_name": "王"}}
    client.post("/parties/new/", {"name": "句数"})  # reads what is kept of the firm
    for name, more in creates.items():
        fields = {"name": "句数", "_key": secrets.token_hex(8), **more}
        found[name] = sent(lambda fields=fields: client.post("/parties/new/", fields))
    return found


def sent(do: Any) -> int:
    firm.know(None)
    with CaptureQueriesContext(connection) as seen:
        answer = do()
    assert answer.status_code in (200, 302), answer.content.decode()
    return sum(not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")) for q in seen.captured_queries)


DO = {"fill": fill, "sheet": sheet, "bring": bring, "statements": statements}

if __name__ == "__main__":
    words = [int(word) if word.isdigit() else word for word in sys.argv[2:]]
    print(json.dumps(DO[sys.argv[1]](*words)))
