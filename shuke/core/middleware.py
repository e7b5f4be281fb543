"""What holds for every answer: what is known of the last request is forgotten, headers are strict, a refusal is a sentence."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse

from shuke.core import errors, firm
from shuke.core.idempotency import OtherBody
from shuke.core.record import Refused, Stale

Answer = Callable[[HttpRequest], HttpResponse]

# Django reads the parts of a form with errors="replace", and what is no UTF-8 would be stored as U+FFFD. By this codec it
# is read as NUL, which no field takes: the person gets a sentence beside it.
PARTS = "utf_8_or_nul"
codecs.register_error("nul", lambda error: ("\0", error.end))  # type: ignore[attr-defined]


def decode(parts: Any, errors: str = "strict", /) -> tuple[str, int]:
    return codecs.utf_8_decode(parts, "nul", True)


def find(name: str) -> codecs.CodecInfo | None:
    return codecs.CodecInfo(codecs.utf_8_encode, decode, name=PARTS) if name == PARTS else None


codecs.register(find)


def is_utf8(sent: bytes) -> bool:
    try:
        return bool(sent.decode())
    except UnicodeDecodeError:
        return False


class Guard:
    """Threads serve one request after another: nothing that one knew may reach the next. Bad bytes are refused first."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        firm.know(None)
        if request.content_type == "multipart/form-data":
            request.encoding = PARTS
        elif request.encoding:  # what a header says may be no codec for texts
            request.encoding = "utf-8"
        query = unquote_to_bytes(request.META.get("QUERY_STRING", "").encode("latin-1"))
        form = unquote_to_bytes(request.body) if request.content_type == "application/x-www-form-urlencoded" else b""
        if "\0" in request.path or b"\0" in query or not is_utf8(query + b"&" + form):
            return errors.page(request, 400)
        response = self.get_response(request)
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(self)")
        return response


class Sentences:
    """A business rule that says no is answered with its sentence, wherever it was raised."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not request.path.startswith("/api/"):
            response.content = errors.page(request, 405).content  # its header still says what it takes
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, (Stale, OtherBody)):
            return errors.page(request, 409, error.sentence)
        if isinstance(error, Refused):
            return errors.page(request, 422, error.sentence)
        return None
