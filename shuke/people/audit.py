"""Who did what, when and by which door: the journal of the whole firm, for the owner, and of his department for its head.

What one reads here stays within one's rights: of a record out of reach it tells that something was done, not what.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from shuke.core import act as work
from shuke.core import kind as kinds
from shuke.core import pages, scope, undo, widgets
from shuke.core.doors import signed_in
from shuke.core.models import Batch, Entry
from shuke.exchange import exporting

PATH = "audit"
PAGE = 50
NAMED = 3  # records of an act that its line names
DOORS = {
    "web": gettext_lazy("in the browser"),
    "api": gettext_lazy("by API"),
    "import": gettext_lazy("by import"),
    "job": gettext_lazy("by itself"),
    "cli": gettext_lazy("on the command line"),
    "system": gettext_lazy("The system"),
}


class Asked(forms.Form):
    """What the page is narrowed by; all of it stands in the address."""

    who = forms.TypedChoiceField(label=gettext_lazy("Who"), required=False, coerce=int, empty_value=None, widget=widgets.Select())
    what = forms.ChoiceField(label=gettext_lazy("Of"), required=False, widget=widgets.Select())
    door = forms.ChoiceField(
        label=gettext_lazy("How"), required=False, choices=[("", "—"), *DOORS.items()], widget=widgets.Select()
    )
    since = widgets.DayFormField(label=gettext_lazy("From"), required=False)
    until = widgets.DayFormField(label=gettext_lazy("To"), required=False)

    def __init__(self, *args: Any, user: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        names = scope.policy.names()
        reached = names if reach(user) == "all" else {pk: names[pk] for pk in sorted(scope.policy.colleagues(user))}
        self.fields["who"].choices = [("", "—"), *reached.items()]
        known = {kind.key: kind.label for kind in kinds.every() if kind.may(user, "view")}
        self.fields["what"].choices = [("", "—"), *known.items()]


def reach(user: Any) -> scope.Reach:
    return scope.policy.reach(user, PATH, "view")


def acts(user: Any, form: Asked) -> QuerySet[Batch]:
    """What was done by those whose acts this person may read, the newest first. 404 where that is nobody."""
    whose = reach(user)
    if whose not in ("all", "department"):
        raise Http404
    rows = Batch.objects.select_related("actor").order_by("-pk")
    if whose == "department":
        rows = rows.filter(actor__in=scope.policy.colleagues(user))
    said = form.cleaned_data if form.is_valid() else {}
    if said.get("who"):
        rows = rows.filter(actor=said["who"])
    if said.get("what"):
        rows = rows.filter(kind=said["what"])
    if said.get("door"):
        rows = rows.filter(door=said["door"])
    if since := said.get("since"):
        rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(since, time())))
    if until := said.get("until"):
        rows = rows.filter(at__lt=timezone.make_aware(datetime.combine(until, time())) + timedelta(days=1))
    return rows if not form.errors else rows.none()


def readable(entries: list[Entry], user: Any) -> list[Entry]:
    """Those of the entries that tell of records which this person may see now; who sees all sees those in the trash too."""
    asked: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        asked[entry.kind].add(entry.record)
    seen: set[tuple[str, int]] = set()
    for key, pks in asked.items():
        kind = kinds.of_key(key)
        if kind is None:
            continue
        free = kind.branches(user, "view") == scope.EVERYTHING
        found = pks if free else scope.rows(kind.model, user).filter(pk__in=pks).values_list("pk", flat=True)
        seen |= {(key, pk) for pk in found}
    return [entry for entry in entries if (entry.kind, entry.record) in seen]


@signed_in
@require_GET
def journal(request: HttpRequest) -> HttpResponse:
    """A line per act: who, when, by which door, what, and of which records."""
    form = Asked(request.GET, user=request.user)
    rows = acts(request.user, form)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    params = request.GET.copy()
    params["before"] = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    context = {
        "form": form,
        "narrowed": any(value for name, value in request.GET.items() if name != "before"),
        "lines": lines(found[:PAGE], request.user),
        "next_url": f"?{params.urlencode()}" if len(found) > PAGE else "",
        "export_url": f"/audit.csv?{request.GET.urlencode()}" if may_export(request.user) else "",
        "empty": {"title": _("Nothing matches"), "text": "", "acts": []},
    }
    return render(request, "people/audit.html", context, status=400 if form.errors else 200)


def may_export(user: Any) -> bool:
    return scope.policy.reach(user, PATH, "export") != "none"


def lines(found: list[Batch], user: Any) -> list[dict[str, Any]]:
    """What the page tells of each act; of one that touched many records how many they were."""
    few = [batch.pk for batch in found if batch.count <= NAMED]
    entries = readable(list(Entry.objects.filter(batch__in=few).order_by("pk")), user)
    titles, named = pages.titles_of(entries, user), defaultdict[int, dict[str, None]](dict)
    for entry in entries:
        if title := titles.get((entry.kind, entry.record)):
            named[entry.batch_id][title] = None
    return [
        {
            "url": f"/audit/{batch.pk}/",
            "at": batch.at,
            "who": str(batch.actor or _("The system")),
            "door": DOORS.get(batch.door, batch.door),
            "verb": pages.verb_text(batch.verb, batch.kind),
            "names": "、".join(named[batch.pk]),
            "count": batch.count if batch.count > NAMED else 0,
        }
        for batch in found
    ]


@signed_in
@require_GET
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One act with all that it changed, as far as this person may read it."""
    batch = acts(request.user, Asked({}, user=request.user)).filter(pk=pk).first() if pk < 2**63 else None
    if batch is None:
        raise Http404
    rows = Entry.objects.filter(batch=batch).select_related("batch__actor").order_by("pk")
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    found = list(rows[: PAGE + 1])
    shown = readable(found[:PAGE], request.user)
    titles = pages.titles_of(shown, request.user)
    told = []
    for entry in shown:
        event, kind = pages.event(entry, request.user, {}), kinds.of_key(entry.kind)
        if event is not None and kind is not None:
            title = titles.get((entry.kind, entry.record)) or f"{kind.label} #{entry.record}"
            told.append(event | {"title": title, "url": kind.url(entry.record)})
    context = {
        "batch": batch,
        "title": pages.verb_text(batch.verb, batch.kind),
        "who": str(batch.actor or _("The system")),
        "door": DOORS.get(batch.door, batch.door),
        "entries": told,
        "hidden": len(found[:PAGE]) - len(told),
        "next_url": f"?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "undo_url": f"/undo/{batch.pk}/" if batch.count and undo.offered(batch, request.user) else "",
    }
    return render(request, "people/act.html", context)


@signed_in
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The same, a row per changed field, as csv. That it was taken is on record itself."""
    form = Asked(request.GET, user=request.user)
    rows = acts(request.user, form)
    if not may_export(request.user):
        raise Http404
    if form.errors:
        return HttpResponse(
            " ".join(str(e) for errors in form.errors.values() for e in errors), status=400, content_type="text/plain"
        )
    Batch.objects.create(actor_id=request.user.pk, door=work.actor().door, verb="exported", kind=PATH)
    heads = [_("When"), _("Who"), _("How"), _("What"), _("Of"), "id", _("Field"), _("Before"), _("After")]
    response = StreamingHttpResponse(
        exporting.as_csv([str(head) for head in heads], told(rows, request.user)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def told(rows: QuerySet[Batch], user: Any) -> Iterator[list[Any]]:
    for batch in rows.iterator(chunk_size=200):
        head = [timezone.localtime(batch.at), str(batch.actor or ""), str(DOORS.get(batch.door, batch.door))]
        verb, last = pages.verb_text(batch.verb, batch.kind), 0
        while found := list(Entry.objects.filter(batch=batch, pk__gt=last).order_by("pk")[:500]):
            last = found[-1].pk
            for entry in readable(found, user):
                kind = kinds.of_key(entry.kind)
                of = [verb, str(kind.label) if kind else entry.kind, entry.record]
                changes = pages.changes_of(entry, kind, user) if kind else []
                yield from ([*head, *of, change["label"], change["old"], change["new"]] for change in changes)
                if not changes:
                    yield [*head, *of, "", "", ""]
        if not last:
            yield [*head, verb, kinds.called(batch.kind), "", "", "", ""]
