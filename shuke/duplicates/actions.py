"""What one does with two parties that may be the same: merge them, say that they are two, propose the merge to who may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.core import act as work
from shuke.core import scope
from shuke.core.fields import WordsField
from shuke.core.models import Share
from shuke.core.record import Record, Refused
from shuke.duplicates.models import Pair
from shuke.language import likeness
from shuke.parties.models import Address, Contact, Party

VERB = "merge"
EMPTY: tuple[Any, ...] = (None, "", [], {}, 0)
OF_ITSELF = ("owner", "merged_into", "deleted_at", "name", "is_organisation", "stage", "currency", "extra")  # never filled in
everything = scope.system("a merge moves all that points at the one merged away").rows


def merge(winner: Party, *, loser: Party, values: Mapping[str, Any]) -> None:
    """Make one of two: `winner` stays, with `values` {field: value} as they were picked, `loser` is kept as merged into it.

    All that points at `loser` points at `winner` from then on; tags, roles and other names are united, what `winner` lacks comes
    from `loser`, and a number or an address that was not picked goes to a contact or an address of its own. Every change is
    journalled in one batch, so that undo brings both back. Raises Refused unless both are there and two.
    """
    if winner.pk == loser.pk or not (winner.is_live and loser.is_live):
        raise Refused(_("Only two customers that are both there can be merged. Please look at them again."))
    with work.act(VERB, kind=Party.kind.key):
        before = {name: getattr(winner, name) for name in ("phone", "wechat", "address")}
        take_values(winner, loser, values)
        for row, name in list(pointing(loser)):
            move(row, name, winner)
        keep_unpicked(winner, loser, before)
        share_with_owner(winner, loser)
        winner.save(verb=VERB)
        # Last, so that undo, which goes from the newest entry back, has it there again before what belongs to it.
        loser.merged_into, loser.deleted_at = winner, timezone.now()
        loser.save(verb="merged_away")
        said(winner, loser, "open")


def take_values(winner: Party, loser: Party, values: Mapping[str, Any]) -> None:
    """The picked values; lists of words united; blanks of the one filled from the other. The name that goes stays an alias."""
    names = {winner.name, loser.name}
    for field in Party.journalled():
        mine, other = getattr(winner, field.attname), getattr(loser, field.attname)
        if isinstance(field, WordsField):
            setattr(winner, field.attname, list(dict.fromkeys([*mine, *other])))
        elif field.name in values:
            setattr(winner, field.attname, values[field.name])
        elif field.name not in OF_ITSELF and mine in EMPTY and other not in EMPTY:
            setattr(winner, field.attname, other)
    winner.extra = {**loser.extra, **winner.extra, **values.get("extra", {})}
    winner.aliases = [*winner.aliases, *sorted(names - {winner.name, *winner.aliases})]


def pointing(party: Party) -> Iterator[tuple[Record, str]]:
    """(row, field) of every record that points at `party`, in the trash too: by a relation, or by kind and id as a file does.

    What was merged into it stays so: the way to the one that is there now goes on from it.
    """
    for relation in Party._meta.get_fields(include_hidden=True):
        model: Any = relation.related_model
        if relation.auto_created and isinstance(model, type) and issubclass(model, Record) and model is not Party:
            yield from ((row, relation.field.name) for row in everything(model).filter(**{relation.field.name: party}))
    for model in apps.get_models():
        if issubclass(model, Record) and {"on", "record"} <= {field.name for field in model._meta.concrete_fields}:
            hung = everything(model).filter(on__in=(Party.kind.key, Party.kind.path), record=party.pk)
            yield from ((row, "record") for row in hung)


def move(row: Record, name: str, winner: Party) -> None:
    """Let `row` point at `winner`. What is there already, or would point at itself, goes to the trash, its facts to its twin."""
    row.refresh_from_db()  # it may point at the loser by two of its fields, and was saved for the first
    before = getattr(row, name)
    setattr(row, name, winner if row._meta.get_field(name).is_relation else winner.pk)
    if row.is_live:
        try:
            row.check_constraints()
        except Refused:
            fill(twin_of(row), row)
            setattr(row, name, before)
            row.deleted_at = timezone.now()
    row.save(verb=VERB)


def twin_of(row: Record) -> Record | None:
    """The live record that is in the way of `row` by a rule that there be only one of its sort."""
    for rule in row._meta.constraints:
        if isinstance(rule, models.UniqueConstraint) and rule.fields:
            same = {name: getattr(row, row._meta.get_field(name).attname) for name in rule.fields}
            if twin := everything(type(row)).live().exclude(pk=row.pk).filter(**same).first():
                return twin
    return None


def fill(twin: Record | None, row: Record) -> None:
    """What `twin` does not say yet, as `row` says it."""
    if twin is None:
        return
    for field in twin.journalled():
        if field.name != "deleted_at" and getattr(twin, field.attname) in EMPTY:
            setattr(twin, field.attname, getattr(row, field.attname))
    if isinstance(twin, Share) and isinstance(row, Share) and row.level == "change":
        twin.level = "change"
    twin.save(verb=VERB)


def keep_unpicked(winner: Party, loser: Party, before: Mapping[str, str]) -> None:
    """A phone, a WeChat id or an address that neither was picked nor stands elsewhere on the page gets a place of its own."""
    contacts = list(everything(Contact).live().filter(party=winner))
    known = {
        "phone": {winner.phone} | {number for contact in contacts for number in (contact.phone, contact.phone_work)},
        "wechat": {winner.wechat} | {contact.wechat for contact in contacts},
    }
    for name, said in ((loser.name, {key: getattr(loser, key) for key in known}), (winner.name, before)):
        left = {key: said[key] for key in known if said[key] and said[key] not in known[key]}
        if left:
            Contact(party=winner, name=name[:100], **left).save(verb=VERB)
            known = {key: values | {left.get(key, "")} for key, values in known.items()}
    places = {likeness.plain(winner.address)} | {
        likeness.plain(place.text) for place in everything(Address).live().filter(party=winner)
    }
    for text in (loser.address, before["address"]):
        if text and likeness.plain(text) not in places:
            places.add(likeness.plain(text))
            region = {name: getattr(loser, name) for name in ("province", "city", "district")} if text == loser.address else {}
            Address(party=winner, use="other", text=text, **region).save(verb=VERB)


def share_with_owner(winner: Party, loser: Party) -> None:
    """Who looked after the one that goes works on the other from now on: he shall not lose his customer."""
    owner = loser.owner
    if owner is None or owner.pk == winner.owner_id or not owner.is_active:
        return
    team = {"on": Party.kind.path, "record": winner.pk, "user": owner}
    share = everything(Share).live().filter(**team).first() or Share(**team)
    share.level = "change"
    share.save(verb=VERB)


def set_apart(one: Party, other: Party, *, by: Any) -> None:
    """Remember that they are two: they are proposed no more."""
    said(one, other, "different", by)


def propose(one: Party, other: Party, *, by: Any) -> None:
    """Put them on top of the list, for somebody who may merge both."""
    said(one, other, "proposed", by)


def look_again(one: Party, other: Party, *, by: Any) -> None:
    """Take back what was said of them."""
    said(one, other, "open", by)


def said(one: Party, other: Party, state: str, by: Any = None) -> None:
    low, high = sorted((one.pk, other.pk))
    told = {"state": state, "said_by": by, "said_at": timezone.now() if by else None}
    Pair.objects.update_or_create(left_id=low, right_id=high, defaults=told)
