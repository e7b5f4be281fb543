"""Which parties may be the same: what of them is compared, how much each counts, and the search through the whole store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shuke.core import scope
from shuke.core.record import Record
from shuke.duplicates.models import Pair
from shuke.language import likeness, names
from shuke.language.likeness import Trait, Verdict, nearly, nothing, written
from shuke.parties.models import Address, Contact, InvoiceTitle, Party

LEAST = 0.5
CHUNK = 200  # pairs that are compared and written at once
TELLING = 4  # characters from which on what a firm is also called tells it from others: many are 腾飞 for short
WITHIN = 900  # ids in one question to the store

# Bits. Two firms of one bare name, with nothing against it, are one in nine cases of ten (9 over a prior of 6), in two places
# less likely so; a tax number settles it either way. A phone or a WeChat id is nearly as good, but firms share a bookkeeper's:
# together with another name it is not enough. Persons of one name are many: a second field must agree.
TRAITS = [
    Trait("name", 9, -4, written, 0.6, nearly),
    Trait("person", 4, -4, enough=False),
    Trait("phone", 9, -1),
    Trait("wechat", 9, -0.5),
    Trait("tax_no", 14, -8),
    Trait("birthday", 6, -3, keys=nothing, enough=False),
    Trait("address", 5, -0.5, written, 0.7, enough=False),
    Trait("city", 0.5, -2, keys=nothing, colour=True),
]
LABELS = {
    "name": _("Name"),
    "person": _("Name"),
    "phone": _("Phone"),
    "wechat": _("WeChat id"),
    "tax_no": _("Tax number"),
    "birthday": _("Birthday"),
    "address": _("Address"),
    "city": _("City"),
}
everywhere = scope.system("the search for duplicates").rows
Told = tuple[int, str, str]  # (party, trait, normal value)


def values(parties: Q = Q(), parts: Q = Q(), *, only: str = "") -> Iterator[Told]:
    """What live parties tell, one value at a time, "" among them: `parties` narrows them, `parts` what stands on their pages."""
    for trait, told in SOURCES.items():
        if only in ("", trait):
            for model, columns, normal in told:
                for pk, *said in rows(model, parties if model is Party else parts, *columns):
                    yield from ((pk, trait, value) for value in normal(*said))


def firm(is_firm: bool, bare: str, aliases: list[str]) -> list[str]:
    others = (likeness.shop(names.bare(alias)) for alias in aliases)
    return [likeness.shop(bare), *(other for other in others if len(other) >= TELLING)] if is_firm else []


def person(is_firm: bool, name: str, aliases: list[str]) -> list[str]:
    return [] if is_firm else [likeness.plain(called) for called in (name, *aliases)]


def one(normal: Callable[[str], str] = str) -> Callable[..., list[str]]:
    return lambda *said: [normal(each) for each in said]


SOURCES: dict[str, list[tuple[type[Record], tuple[str, ...], Callable[..., list[str]]]]] = {
    "name": [(Party, ("pk", "is_organisation", "bare", "aliases"), firm)],
    "person": [(Party, ("pk", "is_organisation", "name", "aliases"), person)],
    "phone": [(Party, ("pk", "phone"), one(likeness.phone)), (Contact, ("party", "phone", "phone_work"), one(likeness.phone))],
    "wechat": [(Party, ("pk", "wechat"), one(likeness.plain)), (Contact, ("party", "wechat"), one(likeness.plain))],
    "tax_no": [(InvoiceTitle, ("party", "tax_no"), one(likeness.plain))],
    "birthday": [(Party, ("pk", "birthday"), one())],
    "address": [(Party, ("pk", "address"), one(likeness.address)), (Address, ("party", "text"), one(likeness.address))],
    "city": [(Party, ("pk", "city"), one())],
}


def rows(model: Any, narrowed: Q, *columns: str) -> Iterable[Any]:
    return everywhere(model).live().filter(narrowed).values_list(*columns).iterator(chunk_size=2000)


def described(ids: set[int]) -> dict[int, dict[str, list[str]]]:
    """{party: what it tells by trait} of those that are live."""
    found: dict[int, dict[str, list[str]]] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), WITHIN):
        some = ordered[start : start + WITHIN]
        for pk, trait, value in values(Q(pk__in=some), Q(party__in=some)):
            if value:
                found.setdefault(pk, {}).setdefault(trait, []).append(value)
    return found


def verdict(left: int, right: int) -> Verdict:
    """What speaks for two parties being the same."""
    told = described({left, right})
    return likeness.compare(told.get(left, {}), told.get(right, {}), TRAITS)


def find(tell: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Go through all parties and keep the likely pairs; returns how many. What a person said of a pair stays said.

    The store is read field by field and compared in chunks, so that memory stays flat and nobody waits for a lock.
    """
    began = timezone.now()
    searched = [trait for trait in TRAITS if trait.keys is not nothing]
    for done, trait in enumerate(searched):
        tell(done, len(searched))
        told = ((pk, [value]) for pk, _trait, value in values(only=trait.name) if value)
        found = likeness.candidates(told, trait)
        while some := set(islice(found, CHUNK)):
            keep(some, began)
    forget(began)
    return Pair.objects.filter(state="open").count()


def keep(pairs: set[tuple[int, int]], now: datetime) -> None:
    """Write those of `pairs` that are likely."""
    told = described({pk for pair in pairs for pk in pair})
    found = {pair: likeness.compare(told.get(pair[0], {}), told.get(pair[1], {}), TRAITS) for pair in pairs}
    likely = [
        Pair(left_id=left, right_id=right, score=round(said.score, 4), reasons=said.reasons, found_at=now)
        for (left, right), said in found.items()
        if said.score >= LEAST
    ]
    Pair.objects.bulk_create(
        likely, update_conflicts=True, unique_fields=["left", "right"], update_fields=["score", "reasons", "found_at"]
    )


def forget(before: datetime) -> None:
    """Drop what is likely no more and what nobody has said a word of, and the pairs of those that lie in the trash."""
    merged = Q(left__merged_into=F("right")) | Q(right__merged_into=F("left"))
    gone = Q(left__deleted_at__isnull=False) | Q(right__deleted_at__isnull=False)
    kept = Pair.objects.filter(merged).values("pk")
    with transaction.atomic():
        Pair.objects.filter(Q(state="open", found_at__lt=before) | gone).exclude(pk__in=kept).delete()
