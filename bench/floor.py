"""The floor: what the same 50 rows cost in Django with nothing of ours, only sessions, sign-in and the guard against forgery.

Runs under the same server with as many threads as the product: `granian --interface wsgi bench.floor:application`. FLOOR_DATA is
its own folder (accounts, sessions and what `create` writes), FLOOR_STORE the product's store, which it only reads.
"""

from __future__ import annotations

import os
import secrets
from html import escape
from pathlib import Path

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench.measure import PAGE

DATA, STORE = Path(os.environ.get("FLOOR_DATA", ".")), os.environ.get("FLOOR_STORE", "")
FULL = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"


def sqlite(place: object) -> dict[str, object]:
    options = {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": FULL}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(place), "CONN_MAX_AGE": None, "OPTIONS": options}


if not settings.configured:
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(),
        ROOT_URLCONF="bench.floor",
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": sqlite(DATA / "floor.sqlite3"), "firm": sqlite(STORE)},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()

from django.contrib.auth import get_user_model, login  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402


def begin(request: HttpRequest) -> HttpResponse:
    """Sign the one account in."""
    login(request, get_user_model().objects.get())
    return HttpResponse(get_token(request))


def rows(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    with connections["firm"].cursor() as store:
        found = store.execute(PAGE).fetchall()
    cells = ("".join(f"<td>{escape(str(value))}</td>" for value in row) for row in found)
    return HttpResponse("<table>" + "".join(f"<tr>{line}</tr>\n" for line in cells) + "</table>")


def create(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    with transaction.atomic(), connection.cursor() as store:
        store.execute("INSERT INTO made (name, phone) VALUES (%s, %s)", [request.POST["name"], request.POST["phone"]])
    return HttpResponse(status=302, headers={"Location": "/"})


urlpatterns = [path("", rows), path("begin/", begin), path("new/", create)]
application = WSGIHandler()


def make() -> None:
    """The floor's own accounts and its one table."""
    call_command("migrate", interactive=False, verbosity=0)
    get_user_model().objects.create_user("floor", password=secrets.token_urlsafe())
    with connection.cursor() as store:
        store.execute("CREATE TABLE made (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL)")


if __name__ == "__main__":
    make()
