"""The pages that see every room: the first page, the settings, the page that shows every component."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from shuke.core import gallery
from shuke.core.doors import signed_in


@signed_in
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    return render(request, "today.html", {"figures": [], "groups": []})


@signed_in
@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    return render(request, "settings/index.html", {})


@signed_in
@require_GET
def look(request: HttpRequest) -> HttpResponse:
    return render(request, "gallery.html", gallery.context())
