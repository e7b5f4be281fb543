"""The product as people run it, from outside: `shuke serve` in its own process group, and a browser that only speaks HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
PORTS = range(18000, 19000)
SHUKE = [sys.executable, "-m", "shuke.config.cli"]
START_LIMIT, STOP_LIMIT, ANSWER_LIMIT = 60, 20, 60  # seconds
KEPT = 5  # seconds for which an idle connection is trusted
_tried = count()
SCHEDULED = 2  # CPUCLOCK_SCHED of the kernel: time that a process ran, in nanoseconds


class NotServing(Exception):
    """The server ended or did not answer in time; the text says what it printed."""


def environment() -> dict[str, str]:
    """Ours without what would send the product to another store or other settings."""
    ours = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "DATABASE_URL", "LD_LIBRARY_PATH"}
    return {name: value for name, value in os.environ.items() if name in ours} | {"PYTHONPATH": str(ROOT)}


def shuke(*words: str, data: Path) -> str:
    """What the command line `shuke` prints."""
    command = [*SHUKE, words[0], "--data", str(data), *words[1:]]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment(), cwd=ROOT).stdout


def free_port() -> int:
    """One of our ports on which nobody listens, never the same twice; other processes begin their search at other ones."""
    while True:
        port = PORTS[(os.getpid() * 7 + next(_tried)) % len(PORTS)]
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """A browser, or a program with a `token`: one connection kept open, cookies kept, no page followed by itself.

    Raises OSError or http.client.HTTPException when no answer comes.
    """

    def __init__(self, port: int, token: str = "", cookies: Mapping[str, str] | None = None) -> None:
        self.port, self.cookies = port, dict(cookies or {})
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_LIMIT)
        self.last = 0.0

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        said = self.headers | headers
        if self.cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if time.monotonic() - self.last > KEPT:
            self.connection.close()
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body.encode() if body is not None else None, said)
            answer = self.connection.getresponse()
            held = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        seconds, self.last = time.perf_counter() - began, time.monotonic()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return Answer(answer.status, answer.headers, held, seconds)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """A form with the token against forgery that the cookie of an earlier page holds."""
        body = urlencode({"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), **fields})
        return self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"})

    def send(self, method: str, path: str, said: dict[str, Any], key: str = "", **headers: str) -> Answer:
        """JSON, with an idempotency key where one is given."""
        keyed = {"Idempotency-Key": key} if key else {}
        return self.ask(method, path, json.dumps(said), **{"Content-Type": "application/json"}, **keyed, **headers)

    def sign_in(self, login: str, password: str) -> Visitor:
        self.get("/sign-in/")
        answer = self.post("/sign-in/", {"login": login, "password": password})
        if answer.status != 302:
            raise NotServing(f"sign-in was answered with {answer.status}")
        return self


class Served:
    """A server on `data`; `shuke serve` unless `command` says otherwise (it gets the port as its last word)."""

    def __init__(self, data: Path, command: list[str] | None = None) -> None:
        self.data, self.port = data, free_port()
        self.command = [*(command or [*SHUKE, "serve", "--data", str(data), "--port"]), str(self.port)]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, first: Visitor | None = None, path: str = "/parties/") -> float:
        """Start it and wait for the first page (`path` as `first` sees it); returns the seconds that took."""
        visitor = first or Visitor(self.port)
        with (self.data / "log").open("ab") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=ROOT,
                env=environment(),
            )
        while time.perf_counter() - began < START_LIMIT:
            try:
                visitor.get(path)
            except (OSError, http.client.HTTPException):
                if self.process.poll() is not None:
                    break
                threading.Event().wait(0.01)
            else:
                return time.perf_counter() - began
        self.kill()
        raise NotServing((self.data / "log").read_text()[-2000:])

    def kill(self) -> None:
        """SIGKILL to the whole group, as a power cut would: nobody gets a last word."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def pids(self) -> list[int]:
        """All processes of the group."""
        if self.process is None:
            return []
        found = []
        for place in Path("/proc").glob("[0-9]*/stat"):
            try:
                after_the_name = place.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_the_name[2]) == self.process.pid:
                found.append(int(place.parent.name))
        return found

    def cpu(self) -> float:
        """Seconds of CPU that the group has used: the clock that clock_getcpuclockid(3) names, finer than /proc/PID/stat."""
        return sum(time.clock_gettime_ns((~pid << 3) | SCHEDULED) for pid in self.pids) / 1e9

    def memory(self) -> int:
        """Bytes of the group, shared pages shared out (PSS)."""
        told = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids]
        return sum(int(kib) * 1024 for text in told for kib in re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE))
