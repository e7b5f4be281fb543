"""Error pages of our own: what happened and what to do, with the same headers as every page; JSON for the API."""

from __future__ import annotations

from collections.abc import Callable
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


def page(request: HttpRequest, status: int, sentence: Any = "") -> HttpResponse:
    said = sentence or SENTENCES[status]
    if request.path.startswith("/api/"):
        return JsonResponse({"error": str(said)}, status=status)
    return render(request, f"errors/{status}.html", {"sentence": said}, status=status)


def answer(status: int) -> Callable[..., HttpResponse]:
    """The view that Django asks for `status`; what it says of the exception is not for the person."""
    return lambda request, *said, **more: page(request, status)


bad_request, forbidden, not_found, failed = map(answer, (400, 403, 404, 500))
expired = forbidden  # the form's token is not ours any more
