"""What holds for every answer: what is known of the last request is forgotten, headers are strict, a refusal is a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from shuke.core import errors, firm
from shuke.core.idempotency import OtherBody
from shuke.core.record import Refused, Stale

Answer = Callable[[HttpRequest], HttpResponse]


class Guard:
    """Threads serve one request after another: nothing that one knew may reach the next. Bad bytes are refused first."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        firm.know(None)
        if "\0" in request.path or re.search("%00|\0", request.META.get("QUERY_STRING", "")):
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
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, (Stale, OtherBody)):
            return errors.page(request, 409, error.sentence)
        if isinstance(error, Refused):
            return errors.page(request, 422, error.sentence)
        return None
