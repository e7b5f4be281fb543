"""Servers on this machine for the tests: of HTTP, with an answer as the test says, and of mail."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any


class Web:
    """What a server was asked, and how it answers: `answer` is called with the handler and may do anything with it."""

    def __init__(self, answer: Callable[[Any], None]) -> None:
        self.answer, self.asked = answer, list[dict[str, Any]]()
        self.port = 0

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def says(body: bytes, status: int = 200, **headers: str) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        with contextlib.suppress(OSError):
            handler.wfile.write(body)

    return answer


@contextlib.contextmanager
def web(answer: Callable[[Any], None]) -> Iterator[Web]:
    """A server of HTTP on the loopback while the block lasts."""
    seen = Web(answer)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.asked.append({"path": self.path, "body": body, "host": self.headers["Host"]})
            seen.answer(self)

        def log_message(self, *args: Any) -> None:
            """Without lines on the console."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        seen.port = server.server_port
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        running.start()
        try:
            yield seen
        finally:
            server.shutdown()
            running.join()
