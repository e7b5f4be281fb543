"""The page 粘贴: a box for the text, the card that it becomes, and one 保存."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shuke.core import pages
from shuke.core.act import act
from shuke.core.doors import said, signed_in
from shuke.core.record import Refused
from shuke.language import cleaners, pasting
from shuke.parties.models import Party
from shuke.paste import actions, card, sentences
from shuke.paste.known import Store, sentence
from shuke.paste.models import Pasted

LONGEST = 20_000


@signed_in
def box(request: HttpRequest) -> HttpResponse:
    """GET: the box. POST: what the text in it proposes; nothing is saved yet."""
    allow(request.user)
    if request.method != "POST":
        return show(request, "box", {})
    try:
        text = cleaners.clean_text(request.POST.get("text", ""), lines=True, limit=LONGEST)
    except cleaners.BadValue as bad:
        return show(request, "box", {"error": bad.sentence}, 422)
    if not text:
        return show(request, "box", {"error": _("Please paste a text first.")}, 422)
    store, now = Store(request.user), timezone.localtime()
    found = pasting.read(text, today=now.date(), now=now, known=store, me=str(request.user))
    return show(request, "card", card_context(request, text, found, store))


@signed_in
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save what is ticked on the card, all of it or nothing."""
    user = request.user
    allow(user)
    sent = card.sent(request.POST, user)
    party = whose(sent)
    valid = [part.form.is_valid() for part in sent.ticked]
    if party is None or not all(valid):
        return show(request, "card", again(sent), 422)
    try:
        with act("pasted", kind=Pasted._meta.label_lower) as unit:
            noted = actions.note(party, parts=[part.form for part in sent.ticked], user=user)
    except Refused as refused:
        return show(request, "card", again(sent) | {"error": refused.sentence}, 422)
    said(request, _("Saved: %(record)s") % {"record": noted}, unit)
    return redirect(Party.kind.url(noted) if Store(user).sees(noted.pk) else "/")


def allow(user: Any) -> None:
    if not Party.kind.is_on or not (Party.kind.may(user, "create") or Party.kind.may(user, "change")):
        raise Http404


def whose(sent: card.Card) -> Any:
    """The customer, or the valid form of a new one; None when the card does not tell."""
    if not sent.who.is_valid():
        return None
    match sent.who.cleaned_data["who"]:
        case "known":
            return sent.known
        case "other":
            return sent.who.cleaned_data["party"]
    return sent.party if sent.party.is_valid() else None


def card_context(request: HttpRequest, text: str, found: Any, store: Store) -> dict[str, Any]:
    asks = [{"text": sentences.sentence(ask), "spans": card.spans(ask)} for ask in found.asks]
    numbers = [contact.phone for contact in found.contacts]
    if found.party and found.party.key is None and (twin := store.elsewhere(*numbers)):
        asks.insert(0, {"text": sentence(twin), "spans": card.spans(found.party)})
    return {
        "card": card.proposed(text, found, request.user, timezone.localdate()),
        "pieces": card.pieces(text, found),
        "party_spans": card.spans(found.party) if found.party else "",
        "understood": card.understood(found),
        "asks": asks,
    }


def again(sent: card.Card) -> dict[str, Any]:
    """The card as it was sent, with its errors; the text stands in its own field."""
    return {"card": sent, "pieces": [{"at": 0, "text": sent.text}], "understood": [], "asks": []}


def show(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, f"paste/{name}.html", context | {"key": pages.fresh_key()}, status=status)
