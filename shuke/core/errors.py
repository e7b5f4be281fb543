"""Error pages of our own: what happened and what to do, with the same headers as every page; JSON for the API."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

SENTENCES = {
    400: _("This address or form was not understood. Please go back and try again."),
    403: _("This page was open too long. Please go back, reload it and send it again: what you typed is still there."),
    404: _("This page does not exist, or you may not see it."),
    405: _("This address does not take that."),
    409: _("Somebody else was faster. Please look at it again."),
    413: _("This is too large to be sent at once."),
    422: _("This is not possible as it stands now."),
    429: _("Too many tries. Please wait a moment."),
    500: _("Something went wrong here. Nothing was changed; please try again."),
}


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def page(request: HttpRequest, status: int, sentence: Any = "") -> HttpResponse:
    said = sentence or SENTENCES[status]
    if wants_json(request):
        return JsonResponse({"error": str(said)}, status=status)
    return render(request, f"errors/{status}.html", {"sentence": said}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    return page(request, 500)


def expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is not ours any more."""
    return page(request, 403)
