"""Contacts from and for telephones: a .vcf file becomes customers, a contact becomes a .vcf file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shuke.core.act import act
from shuke.core.doors import get, said, signed_in
from shuke.core.record import Refused
from shuke.language import names, vcards
from shuke.language.vcards import VCard
from shuke.parties.models import Address, Contact, Party
from shuke.paste import actions
from shuke.paste.card import plain_form
from shuke.paste.known import Store, sentence
from shuke.paste.models import Pasted
from shuke.paste.views import allow, show

LARGEST = 2 * 1024 * 1024
MOST = 200  # of one file; a longer list is an import
KEPT = ["name", "firm", "title", "mobile", "phone_work", "email", "address", "postcode", "note", "wechat"]


@signed_in
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Show who is in the file; nothing is saved yet."""
    allow(request.user)
    file = request.FILES.get("file")
    if file is None or file.size > LARGEST:
        return show(request, "box", {"file_error": _("Please choose a .vcf file of at most 2 MB.")}, 422)
    cards = [card for card in vcards.read(file.read()) if card.name]
    if not cards:
        return show(request, "box", {"file_error": _("This is no file of contacts (.vcf).")}, 422)
    if len(cards) > MOST:
        told = _("At most %(most)d contacts fit at once. Take the import for a longer list.") % {"most": MOST}
        return show(request, "box", {"file_error": told}, 422)
    return show(request, "vcf", {"rows": rows_of(cards, request.user)})


@signed_in
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Make customers of those ticked, one for each firm, in one batch."""
    user = request.user
    allow(user)
    ticked = request.POST.getlist("tick")[:MOST]
    cards = [VCard(**{key: request.POST.get(f"{number}-{key}", "") for key in KEPT}) for number in ticked]
    try:
        if not cards:
            raise Refused(_("This file holds nobody new."))
        with act("pasted", kind=Pasted._meta.label_lower) as unit:
            groups = by_firm(cards)
            for group in groups:
                make(group, user)
    except Refused as refused:
        return show(request, "vcf", {"rows": rows_of(cards, user), "error": refused.sentence}, 422)
    said(request, _("%(count)s customers made.") % {"count": len(groups)}, unit)
    return redirect(Party.kind.url())


@signed_in
@require_GET
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """One contact as a file, with the fields that the person sees in the clear."""
    record: Any = get(Contact.kind, request.user, pk)
    levels = Contact.kind.levels(request.user)
    seen = {
        key: "" if levels.get(key, "edit") in ("hidden", "masked") else getattr(record, key)
        for key in ("name", "title", "phone", "phone_work", "email", "wechat", "note")
    }
    surname, given = names.split_person(seen["name"])
    card = VCard(seen["name"], surname, given, firm_of(record, request.user), seen["title"], seen["phone"], seen["phone_work"])
    card.email, card.wechat, card.note = seen["email"], seen["wechat"], seen["note"]
    answer = HttpResponse(vcards.write([card]), content_type="text/vcard; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="contact-{pk}.vcf"'
    answer["Cache-Control"] = "no-store"
    return answer


def firm_of(record: Any, user: Any) -> str:
    level = Party.kind.levels(user).get("name", "edit")
    return str(record.party) if level not in ("hidden", "masked") and record.party.is_organisation else ""


def rows_of(cards: list[VCard], user: Any) -> list[dict[str, Any]]:
    store, rows = Store(user), []
    for number, card in enumerate(cards):
        twin = store.elsewhere(card.mobile, card.phone_work)
        told = " ".join(filter(None, [card.firm, card.mobile or card.phone_work, card.email]))
        values = [(key, getattr(card, key)) for key in KEPT if getattr(card, key)]
        rows.append(
            {"number": number, "title": card.name, "subtitle": told, "known": sentence(twin) if twin else "", "values": values}
        )
    return rows


def by_firm(cards: list[VCard]) -> list[list[VCard]]:
    """People of one firm stand together; who has none stands alone."""
    groups: dict[object, list[VCard]] = {}
    for number, card in enumerate(cards):
        groups.setdefault(card.firm or number, []).append(card)
    return list(groups.values())


def make(cards: list[VCard], user: Any) -> None:
    """One customer with its contacts. Raises Refused where one has such a number already, or a name cannot be kept."""
    first = cards[0]
    party = filled(
        Party, user, {"name": first.firm or first.name, "phone": "" if first.firm else first.mobile or first.phone_work}
    )
    parts = []
    for card in cards:
        said = {"name": card.name, "title": card.title, "phone": card.mobile or card.phone_work, "wechat": card.wechat}
        said |= {"phone_work": card.phone_work if card.mobile else "", "email": card.email, "note": card.note}
        parts.append(filled(Contact, user, said))
        if card.address:
            parts.append(filled(Address, user, {"use": "other", "text": card.address, "postcode": card.postcode}))
    actions.note(party, parts=parts, user=user)


def filled(model: Any, user: Any, said: dict[str, str]) -> Any:
    """A valid form; what a phone holds and we cannot keep, an address of no mail or a text too long, is left out."""
    form = plain_form(model.kind, user, said, only=list(said))
    if not form.is_valid():
        kept = {key: value for key, value in said.items() if key not in form.errors}
        form = plain_form(model.kind, user, kept, only=list(kept))
        form.is_valid()
    if form.errors or not form.cleaned_data.get(model.kind.title, True):
        raise Refused(_("“%(name)s” cannot be kept as it stands in the file.") % {"name": next(iter(said.values()))[:60]})
    return form
