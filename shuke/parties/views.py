"""What a form of this room asks for while it is being filled in: who may be the same customer, which places there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shuke.core import scope
from shuke.core.doors import signed_in
from shuke.language import cleaners, phones, regions
from shuke.parties import kinds
from shuke.parties.actions import Twin, possible_twins
from shuke.parties.models import Party


@signed_in
@require_GET
def twins(request: HttpRequest) -> HttpResponse:
    """A hint for the form: it warns and forbids nothing. Out of scope, it says that there is one, whose and since when."""
    kind, user = Party.kind, request.user
    if not kind.is_on or not kind.may(user, "create"):
        raise Http404
    said: dict[str, Any] = {key: asked(request, key, cleaners.clean_text) for key in ("name", "wechat", "tax_no")}
    said["phone"] = asked(request, "contact_phone", phones.normal) or asked(request, "phone", phones.normal)
    known, here = kinds.families(user, "view"), asked(request, "party", cleaners.clean_text)
    found = [twin for twin in possible_twins(**said) if twin.family in known and str(twin.party) != here]
    seen = {party.pk: party for party in scope.rows(Party, user).filter(pk__in=[twin.party for twin in found])}
    labels = {"name": _("same name"), "phone": _("same phone"), "wechat": _("same WeChat id"), "tax_no": _("same tax number")}
    duplicates = [
        {
            "title": str(seen.get(twin.party, _("There is one already"))),
            "reason": labels[twin.reason],
            "url": kind.url(twin.party) if twin.party in seen else "",
            "owner": "" if kind.solitary("owner") else owner_of(twin),
            "since": _("since %(day)s") % {"day": twin.since.isoformat()},
        }
        for twin in found
    ]
    return render(request, "kinds/duplicates.html", {"duplicates": duplicates}) if duplicates else HttpResponse()


def owner_of(twin: Twin) -> str:
    return _("owner: %(name)s") % {"name": twin.owner} if twin.owner else _("without owner")


@signed_in
@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """The `<option>`s of the box that was entered ("province", "city" or "district"), below what the boxes above it say."""
    known = [asked(request, key, cleaners.clean_text) for key in ("province", "city")]
    wanted = {"province": 0, "city": 1, "district": 2}.get(request.headers.get("HX-Trigger-Name", ""), 0)
    names = [name for name, _code in below(known[:wanted], digits=2 * wanted + 2)]
    return HttpResponse(format_html_join("", "<option>{}</option>", [(name,) for name in names]))


def below(known: list[str], *, digits: int) -> list[tuple[str, str]]:
    """(name, code) of the regions with so many `digits` in their code that lie in the places named, the higher ones first."""
    code = ""
    for name in filter(None, known):
        code = next((found for found, called in regions.children(code) if called == name), "-")
    return [(name, found) for found, name in regions.children(code) if len(found) == digits]


def asked(request: HttpRequest, key: str, clean: Callable[[Any], str]) -> str:
    """A parameter as the store holds it; what is half typed or wrong is nothing yet."""
    try:
        return clean(request.GET.get(key, "")[:200])
    except cleaners.BadValue:
        return ""
