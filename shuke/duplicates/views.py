"""The pages of duplicates: the list of pairs, two side by side, what one says of them, the way from the old page to the new."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shuke.core import act as work
from shuke.core import doors, edits, pages, scope, undo
from shuke.core.doors import right, signed_in
from shuke.core.models import Entry
from shuke.core.record import RecordQuerySet, Refused, Stale
from shuke.duplicates import actions, chores, finding, picking
from shuke.duplicates.models import STATES, Pair
from shuke.language import likeness
from shuke.parties.models import Party

PAGE = 50  # pairs at once; the next come as these are dealt with
WORDS = {"different": actions.set_apart, "proposed": actions.propose, "open": actions.look_again}
SIDES = ["phone", "wechat", "city", "stage", "created_at"]


@right("view")
@signed_in
@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    """Pairs of which the person sees both: those that somebody wants merged, then the surest; or those that were set apart."""
    kind, user = Party.kind, request.user
    if not kind.is_on or not kind.may(user, "view"):
        raise Http404
    wants_apart = request.GET.get("state") == "different"
    found = list(within(user, "different") if wants_apart else [*within(user, "proposed"), *within(user, "open")])
    ids = {pk for pair in found[:PAGE] for pk in (pair.left_id, pair.right_id)}
    parties = {party.pk: party for party in scope.rows(Party, user).filter(pk__in=ids)}
    mergeable = set(scope.rows(Party, user, "merge").filter(pk__in=ids).values_list("pk", flat=True))
    context = {
        "rows": [row_of(pair, parties, mergeable, user) for pair in found[:PAGE]],
        "count": f"{PAGE}+" if len(found) > PAGE else len(found),
        "apart": wants_apart,
        "may_search": kind.may(user, "merge"),
        "searching": chores.searching(),
        "key": pages.fresh_key(),
        "empty": {
            "title": _("Nothing was set apart") if wants_apart else _("No duplicates are known"),
            "text": "" if wants_apart else _("Every Sunday night all customers are compared with each other."),
            "acts": [],
        },
    }
    return render(request, "duplicates/pairs.html", context)


def within(user: Any, state: str) -> Any:
    seen = scope.rows(Party, user).values("pk")
    rows = Pair.objects.filter(state=state, left__in=seen, right__in=seen).select_related("said_by")
    return rows.order_by("-score", "-pk")[: PAGE + 1]


def row_of(pair: Pair, parties: dict[int, Party], mergeable: set[int], user: Any) -> dict[str, Any]:
    first, second = picking.fuller_first(parties[pair.left_id], parties[pair.right_id])
    return {
        "sides": [side(first, user), side(second, user)],
        "score": f"{pair.score:.0%}" if pair.score else "",
        "reasons": likeness.reasons(likeness.Verdict(pair.score, pair.reasons), finding.LABELS),
        "url": url_of(first, second),
        "say_url": url_of(first, second, "say/"),
        "may_merge": {first.pk, second.pk} <= mergeable,
        "state": dict(STATES)[pair.state] if pair.state != "open" else "",
        "by": str(pair.said_by or ""),
        "proposed": pair.state == "proposed",
    }


def side(party: Party, user: Any) -> dict[str, Any]:
    """What tells two apart, within the field rights of `user`; without a statement for each."""
    told = [edits.shown(party, name, getattr(party, name), user) for name in SIDES]
    if Party.kind.column("owner", user) and not Party.kind.solitary("owner"):
        told.append(scope.policy.names().get(party.owner_id, _("Without owner")))
    return {"title": str(party), "url": Party.kind.url(party), "facts": [fact for fact in told if fact]}


def url_of(winner: Party, loser: Party, what: str = "") -> str:
    return f"/duplicates/{winner.pk}/{loser.pk}/{what}"


@right("merge")
@signed_in
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Search now and not only on Sunday."""
    if not Party.kind.is_on or not Party.kind.may(request.user, "merge"):
        raise Http404
    chores.begin()
    doors.said(request, _("The search runs. Look again in a few minutes."))
    return redirect("/duplicates/")


@right("view")
@signed_in
@require_GET
def pick(request: HttpRequest) -> HttpResponse:
    """From two rows ticked in the list of customers to the page that shows them side by side."""
    if not (Party.kind.is_on and Party.kind.may(request.user, "view")):
        raise Http404
    ids = [int(word) for word in dict.fromkeys(request.GET.getlist("id")) if word.isdecimal() and len(word) < 19]
    if len(ids) != 2:
        raise Refused(_("Please choose exactly two customers to merge."))
    one, other = both(request, *ids, may="view")
    return redirect(url_of(*picking.fuller_first(one, other)))


def both(request: HttpRequest, one: int, other: int, *, may: str, lock: bool = False) -> tuple[Party, Party]:
    """The two in this order, when the person may do `may` on either; 404 otherwise."""
    rows = scope.rows(Party, request.user, may) if Party.kind.is_on else RecordQuerySet(Party).none()
    rows = rows.select_for_update() if lock else rows
    ids = [pk for pk in (one, other) if pk < 2**63]
    found = {party.pk: party for party in rows.filter(pk__in=ids).order_by("pk")}
    if len(found) != 2:
        raise Http404
    return found[one], found[other]


@right("merge")
@signed_in
def merge(request: HttpRequest, winner: int, loser: int) -> HttpResponse:
    """GET shows two side by side with the surer values picked; POST makes them one, for whoever may."""
    user, is_sent = request.user, request.method == "POST"
    stays, goes = both(request, winner, loser, may="merge" if is_sent else "view", lock=is_sent)
    rows = list(picking.rows(stays, goes, user))
    if not is_sent:
        return merge_page(request, stays, goes, rows)
    for party in (stays, goes):
        if request.POST.get(f"version-{party.pk}") != str(party.version):
            raise Stale(party)
    done = picking.sentence(stays, goes)  # by the names that they had
    with work.act(actions.VERB, kind=Party.kind.key) as unit:
        actions.merge(stays, loser=goes, values=picking.picked(rows, stays, goes, request.POST.dict()))
    doors.said(request, done, unit)
    seen = "view" in Party.kind.allowed(user, stays)
    return redirect(Party.kind.url(stays) if seen else "/duplicates/")


def merge_page(request: HttpRequest, winner: Party, loser: Party, rows: list[picking.Row]) -> HttpResponse:
    may = scope.rows(Party, request.user, "merge").filter(pk__in=[winner.pk, loser.pk]).count() == 2
    told = finding.verdict(winner.pk, loser.pk)
    pair = Pair.objects.filter(left_id=min(winner.pk, loser.pk), right_id=max(winner.pk, loser.pk)).first()
    context = {
        "winner": {"title": str(winner), "url": Party.kind.url(winner), "pk": winner.pk, "version": winner.version},
        "loser": {"title": str(loser), "url": Party.kind.url(loser), "pk": loser.pk, "version": loser.version},
        "rows": rows,
        "reasons": likeness.reasons(told, finding.LABELS),
        "may_merge": may,
        "proposed": pair is not None and pair.state == "proposed",
        "action_url": url_of(winner, loser),
        "say_url": url_of(winner, loser, "say/"),
        "swap_url": url_of(loser, winner),
        "key": pages.fresh_key(),
    }
    return render(request, "duplicates/merge.html", context)


@right("merge")
@signed_in
@require_POST
def say(request: HttpRequest, winner: int, loser: int) -> HttpResponse:
    """Set two apart, take that back, or propose to merge them: the last for everybody who sees both."""
    word = request.POST.get("word", "")
    if word not in WORDS:
        raise Refused(_("Please choose what you want to say of the two."))
    one, other = both(request, winner, loser, may="view" if word == "proposed" else "merge")
    WORDS[word](one, other, by=request.user)
    sentences = {
        "different": _("Remembered: “%(one)s” and “%(other)s” are not the same"),
        "proposed": _("Proposed to be merged: “%(one)s” and “%(other)s”"),
        "open": _("To be looked at again: “%(one)s” and “%(other)s”"),
    }
    doors.said(request, sentences[word] % {"one": one, "other": other})
    return redirect("/duplicates/")


@right("view")
def party_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a customer; that of one merged away leads to the one it is part of."""
    try:
        return doors.detail(request, Party.kind.path, pk)
    except Http404:
        found = heir(pk, request.user)
        if found is None:
            raise
        return redirect(Party.kind.url(found))


def heir(pk: int, user: Any) -> Party | None:
    """Who `pk` is part of now, through all merges since, within the scope of `user`."""
    rows = scope.system("the way from a merged customer to its heir").rows(Party)
    party = rows.filter(pk=pk).first() if pk < 2**63 else None
    while party is not None and not party.is_live and party.merged_into_id:
        party = rows.get(pk=party.merged_into_id)
    return scope.rows(Party, user).filter(pk=party.pk).first() if party is not None and party.pk != pk else None


@right("view")
@signed_in
@require_GET
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """What was done to a customer before it was merged away, for whoever sees the one it is part of."""
    user, kind = request.user, Party.kind
    if pk >= 2**63 or not kind.is_on:
        raise Http404
    if scope.rows(Party, user).filter(pk=pk).exists():  # the merge was undone, from this page perhaps
        return redirect(kind.url(pk, "history/"))
    party = RecordQuerySet(Party).filter(pk=pk).first()
    if party is None or heir(pk, user) is None:
        raise Http404
    found: list[Entry] = list(pages.entries_of(kind, party)[: pages.TIMELINE])
    told = pages.events(pages.in_reach(found, kind, user), party, user, [])
    for entry, line in told:
        line["undo_url"] = f"/undo/{entry.batch_id}/" if undo.offered_at(entry, user) else ""
    context = {
        "title": str(party),
        "entries": [line for _entry, line in told],
        "next_url": "",
        "empty": {"title": _("No history yet"), "text": "", "acts": []},
    }
    return doors.show(request, kind, "history", context)
