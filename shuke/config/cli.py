"""The command line: `shuke serve`, `demo`, `import`, `export`, `token`, `user`, `check`, `backup`, `verify`, `restore`.

An error is one clear line on standard error and exit code 2.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 (recognised, not bound)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        fail(message)


def fail(sentence: Any) -> NoReturn:
    print(f"shuke: {sentence}", file=sys.stderr)
    raise SystemExit(2)


def parser() -> Parser:
    whole = Parser(prog="shuke", description="熟客 Shuke: the customers of a small firm, in one command.")
    verbs = whole.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    def plain(name: str, run: Callable[[argparse.Namespace], None], help: str) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=help, description=help)
        made.set_defaults(run=run)
        return made

    def verb(name: str, run: Callable[[argparse.Namespace], None], help: str) -> argparse.ArgumentParser:
        made = plain(name, run, help)
        made.add_argument("--data", type=Path, default=Path(os.environ.get("DATA", "data")), help="folder of the data")
        return made

    serve = verb("serve", run_serve, "Serve the product: web, worker and scheduler in one.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    serve.add_argument("--tls-cert", type=Path)
    serve.add_argument("--tls-key", type=Path)
    serve.add_argument("--behind", metavar="PROXY", help="the public host name of a proxy that adds X-Forwarded-Proto")
    demo = verb("demo", run_demo, "Make the sample firm and print its sign-ins.")
    demo.add_argument("--trade", default="building_materials")
    demo.add_argument("--parties", type=int, default=200)
    demo.add_argument("--seed", type=int, default=1)
    bring = verb("import", run_import, "Import a sheet.")
    bring.add_argument("kind")
    bring.add_argument("file", type=Path)
    bring.add_argument("--as", dest="user", metavar="USER")
    bring.add_argument("--dry-run", action="store_true")
    export = verb("export", run_export, "Export a list as csv or xlsx.")
    export.add_argument("kind")
    export.add_argument("--query", default="")
    export.add_argument("--to", type=Path, required=True)
    export.add_argument("--as", dest="user", metavar="USER")
    token = verb("token", run_token, "Make an API token for a person; it stands on the last line.")
    token.add_argument("user")
    token.add_argument("--name", default="command line")
    user = verb("user", run_user, "Add a person, set a new password, or switch one off.")
    user.add_argument("act", choices=["add", "password", "off"])
    user.add_argument("login")
    user.add_argument("--name", default="")
    user.add_argument("--role", action="append", default=[])
    verb("check", run_check, "Check the health of the store and of the journal.")
    backup = verb("backup", run_backup, "Back everything up into one file, while people work, and verify it.")
    backup.add_argument("--to", type=Path, metavar="FILE")
    verify = plain("verify", run_verify, "Restore a backup on trial and say what it holds.")
    verify.add_argument("file", type=Path)
    restore = plain("restore", run_restore, "Restore a backup into a new folder.")
    restore.add_argument("file", type=Path)
    restore.add_argument("--data", type=Path, required=True, help="the new folder of the data")
    return whole


def open_store(options: argparse.Namespace) -> None:
    """Set Django up on the data directory; what is made there is readable by its owner alone."""
    os.umask(0o077)
    data = options.data.resolve()
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        fail(f"{data} cannot be used: {error.strerror}.")
    options.data = data
    os.environ["SHUKE_DATA"] = str(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
    import django

    django.setup()


def ready(options: argparse.Namespace) -> None:
    """The store, migrated, with a firm in it."""
    open_store(options)
    from shuke.config import serve
    from shuke.core import firm

    serve.migrate()
    if firm.firm() is None:
        fail(f"{options.data} holds no firm yet. Run `shuke serve` and set it up, or `shuke demo`.")


def run_serve(options: argparse.Namespace) -> None:
    if options.host not in LOOPBACK and not options.tls_cert and not options.behind:
        fail(f"--host {options.host} would send passwords in the clear. Give --tls-cert and --tls-key, or --behind PROXY.")
    if bool(options.tls_cert) != bool(options.tls_key):
        fail("--tls-cert and --tls-key go together.")
    for place in (options.tls_cert, options.tls_key):
        if place and not place.is_file():
            fail(f"{place} is not there.")
    if not 0 < options.port < 65536:
        fail(f"{options.port} is not a port.")
    hosts = [options.host] if options.host not in LOOPBACK | EVERYWHERE else []
    if options.behind:
        os.environ["SHUKE_BEHIND"] = "1"
        hosts.append(options.behind)
    if options.tls_cert or options.behind:
        os.environ["SHUKE_SECURE"] = "1"
    os.environ["SHUKE_COLLECTING"] = "1"  # the static files are made before the port opens
    if hosts:
        os.environ["SHUKE_HOSTS"] = ",".join(hosts)
    gc.disable()  # until all is loaded: there is no garbage in it
    open_store(options)
    from shuke.config import serve

    try:
        serve.serve(data=options.data, host=options.host, port=options.port, cert=options.tls_cert, key=options.tls_key)
    except serve.CannotServe as reason:
        fail(reason)


def run_demo(options: argparse.Namespace) -> None:
    open_store(options)
    from shuke.config import demo, serve

    serve.migrate()
    for line in demo.make(options.data, trade=options.trade, parties=options.parties, seed=options.seed):
        print(line)


def run_import(options: argparse.Namespace) -> None:
    ready(options)
    from shuke.config import accounts
    from shuke.core import act
    from shuke.exchange import importing

    kind = kind_of(options.kind)
    if not options.file.is_file():
        fail(f"{options.file} is not there.")
    user = accounts.one(options.user)
    with act.acting(user.pk, "import"):
        counts = importing.run_file(kind, options.file, user=user, dry_run=options.dry_run, progress=tell)
    print(counts)


def run_export(options: argparse.Namespace) -> None:
    ready(options)
    from shuke.config import accounts
    from shuke.core import act
    from shuke.exchange import exporting

    kind = kind_of(options.kind)
    user = accounts.one(options.user)
    with act.acting(user.pk, "cli"):
        print(exporting.write(kind, user, options.query, options.to), options.to)


def run_token(options: argparse.Namespace) -> None:
    ready(options)
    from shuke.config import accounts
    from shuke.people import tokens

    print(tokens.make(accounts.one(options.user), options.name))


def run_user(options: argparse.Namespace) -> None:
    ready(options)
    from shuke.config import accounts
    from shuke.core import act

    with act.acting(None, "cli"):
        print(accounts.DO[options.act](options.login, name=options.name, roles=options.role))


def run_check(options: argparse.Namespace) -> None:
    ready(options)
    from shuke.config import health

    for line in health.lines():
        print(line)
    if health.problems():
        fail("; ".join(health.problems()))


def run_backup(options: argparse.Namespace) -> None:
    if not options.data.is_dir():
        fail(f"{options.data} is not there.")
    open_store(options)
    from shuke.backup import actions, keeping
    from shuke.config import serve
    from shuke.core import act

    source = actions.source()
    target = (options.to or actions.folder_of(source) / actions.name_now()).resolve()
    manifest = keeping.make(source, target, tell)
    if serve.is_migrated():  # a store that is older than the program is backed up as it stands, and not written to
        with act.acting(None, "cli"):
            actions.note(target, manifest)
    tell_backup("verified", target, manifest)


def run_verify(options: argparse.Namespace) -> None:
    open_nothing()
    from shuke.backup import keeping

    tell_backup("verified", options.file, keeping.verify(options.file))


def run_restore(options: argparse.Namespace) -> None:
    open_nothing()
    from shuke.backup import keeping

    tell_backup("restored", options.data, keeping.restore(options.file, options.data))


def open_nothing() -> None:
    """Set Django up for what needs no store: neither a folder nor a key is made."""
    os.environ.setdefault("SHUKE_SECRET_KEY", "used for nothing")
    with tempfile.TemporaryDirectory() as folder:
        open_store(argparse.Namespace(data=Path(folder)))


def tell_backup(done: str, place: Path, manifest: dict[str, Any]) -> None:
    files = sum(name.startswith("files/") for name in manifest["members"])
    rows = sum(manifest["counts"].values())
    print(f"{done}  {place}")
    print(f"made      {manifest['made_at']} by {manifest['version']}: {rows:,} rows, {files:,} files")
    if manifest["missing"]:
        print(f"missing   {len(manifest['missing']):,} files were lost or damaged before this backup was made")


def kind_of(path: str) -> Any:
    from shuke.core import kind as kinds

    found = kinds.at(path)
    if found is None:
        fail(f"there is no kind “{path}”. Known: {', '.join(sorted(kind.path for kind in kinds.every() if kind.is_on))}.")
    return found


def tell(done: int, total: int) -> None:
    """Progress on one line of the terminal; nothing where nobody looks."""
    if sys.stderr.isatty():
        print(f"\r{done:,} / {total:,}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        sentence = getattr(error, "sentence", None)
        if sentence is None:
            raise
        fail(sentence)


if __name__ == "__main__":
    main()
