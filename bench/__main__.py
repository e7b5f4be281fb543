"""Measure the product on a store of its own, each figure beside a floor taken in the same run: `make bench ARGS="--write"`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bench.measure import Line
from bench.rows import ROWS, Bench, inside, told
from bench.served import ROOT, Served, Visitor, environment

RESULTS, PAGE = ROOT / "bench/results", ROOT / "docs/speed.md"
HEAD = "| row | what | measured | ratio | to reach | met? |\n|---|---|---|---|---|---|"
LARGE = 10  # times the parties of the other store
GROWN = ("1", "2", "6", "10")  # rows that are compared between the two stores


def options() -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    said.add_argument("--parties", type=int, default=100_000)
    said.add_argument("--large", action="store_true", help=f"also {LARGE} times the parties, and the growth between both")
    said.add_argument("--quick", action="store_true", help="6,000 parties and few requests: whether it runs, not how fast")
    said.add_argument("--times", type=int, default=50, help="requests of each figure")
    said.add_argument("--seconds", type=int, default=60, help="of the crowd, and at most of the large import")
    said.add_argument("--only", action="append", choices=[row.__name__ for row in ROWS], help="only these rows")
    said.add_argument("--store", type=Path, help="folder that keeps the filled stores for the next run")
    said.add_argument("--write", action="store_true", help="write the table to docs/speed.md")
    found = said.parse_args()
    if found.quick:
        found.parties, found.times, found.seconds = 6_000, 2, 1
    return found


@contextmanager
def bench(data: Path, times: int, seconds: int) -> Iterator[Bench]:
    """The servers on `data`; both are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        place = environment() | {"FLOOR_DATA": folder, "FLOOR_STORE": str(data / "shuke.sqlite3")}
        subprocess.run([sys.executable, "-m", "bench.floor"], check=True, env=place, cwd=ROOT)
        granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4"]
        command = ["env", *(f"{k}={v}" for k, v in place.items() if k.startswith("FLOOR")), *granian, "--log-level", "warning"]
        floor_server = Served(Path(folder), [*command, "bench.floor:application", "--port"])
        with Served(data) as server, floor_server:
            server.start(path="/sign-in/")
            settle(data / "shuke.sqlite3")
            floor_server.start(path="/begin/")
            floor = Visitor(floor_server.port)
            floor.get("/begin/")
            yield Bench(json.loads((data / "bench.json").read_text()), data, server, floor_server, floor, times, seconds)


def settle(store: Path) -> None:
    """Wait until the server has done what a first start finds due, so that no figure holds it."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as asked:
        waiting = "SELECT 1 FROM core_job WHERE state IN ('queued', 'running') AND due <= datetime('now', '+1 minute')"
        quiet = 0
        while quiet < 4:
            time.sleep(0.5)
            quiet = 0 if asked.execute(waiting).fetchone() else quiet + 1


def filled(folder: Path, parties: int, kept: Path | None) -> Path:
    """A store of `parties` in `folder`: a copy of the one that is kept, which is made unless it is there."""
    data, source = folder / str(parties), (kept or folder) / str(parties)
    if not (source / "bench.json").exists():
        source.mkdir(parents=True, exist_ok=True)
        made = told(inside(source, "fill", parties))
        print(f"{parties:,} parties with contacts made in {made['seconds']:.0f} s", flush=True)
    if kept:
        shutil.copytree(source, data)
    return data


def run(data: Path, said: argparse.Namespace) -> list[Line]:
    lines = []
    with bench(data, said.times, said.seconds) as firm:
        for row in ROWS:
            if not said.only or row.__name__ in said.only:
                for line in row(firm):
                    lines.append(line)
                    print(cells(line), flush=True)
    return lines


def cells(line: Line) -> str:
    met = {True: "yes", False: "**no**", None: ""}[line.met]
    return f"| {line.row} | {line.what} | {line.measured} | {line.ratio} | {line.goal} | {met} |"


def growth(small: list[Line], large: list[Line]) -> list[Line]:
    """How much more each page costs, in floors of the same moment, when the store is ten times as large."""
    before = {line.what: line.floors for line in small if line.row in GROWN and line.floors}
    pairs = [(new.what, before[new.what], new.floors) for new in large if new.what in before]
    told = [(what, new / old, f"{old:.1f} → {new:.1f} floors") for what, old, new in pairs]
    return [Line("2", f"growth: {what}", said, f"{ratio:.2f} ×", "≤ 1.2", ratio <= 1.2) for what, ratio, said in told]


def main() -> None:
    said = options()
    signal.signal(signal.SIGTERM, lambda *told: sys.exit(143))  # so that what was started is ended
    sizes = [said.parties, said.parties * LARGE] if said.large else [said.parties]
    with tempfile.TemporaryDirectory(prefix="shuke-bench-") as folder:
        print(HEAD, flush=True)
        stores = {parties: filled(Path(folder), parties, said.store) for parties in sizes}
        tables = {f"{parties:,} parties": run(data, said) for parties, data in stores.items()}
    if said.large:
        tables["Growth between both"] = growth(*tables.values())
        print(*map(cells, tables["Growth between both"]), sep="\n")
    kept = {title: [asdict(line) for line in lines] for title, lines in tables.items()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{datetime.now():%Y%m%d-%H%M%S}.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1))
    if said.write:
        PAGE.write_text("\n".join(document(tables)) + "\n", encoding="utf-8")


def document(tables: dict[str, list[Line]]) -> Iterator[str]:
    yield "# Speed\n"
    yield "Made by `make bench ARGS=--write`; the last run stands here as it came out. All ratios are of one run on one machine:"
    yield "the floor is a Django view with sessions, sign-in and the guard against forgery that shows the same 50 rows from plain"
    yield "SQL. Times are CPU of the server per request, then median / p95 of what the visitor waits. What is asked in seconds or"
    yield "in rows per second was set on a machine whose floor takes 0.8 ms of CPU and 1.2 ms in all: it is told in floors"
    yield "too, and measured by them."
    for title, lines in tables.items():
        yield f"\n## {title}\n\n{HEAD}"
        yield from map(cells, lines)


if __name__ == "__main__":
    main()
