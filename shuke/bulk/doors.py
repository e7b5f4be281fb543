"""The doors of acts on many records: what to do with those ticked, what that would change, what became of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shuke.bulk import acting
from shuke.bulk.acting import Act, Chosen
from shuke.core import doors, pages, undo
from shuke.core import kind as kinds
from shuke.core.kind import Kind
from shuke.core.models import Batch
from shuke.core.record import Refused

SHOWN = 10  # records that a page names; of the others it tells how many there are
PREVIEWED = 50
OURS = ("row", "_key", "csrfmiddlewaretoken", "sure")  # of what a form sends, what is not said of the field


def step(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """No transaction around a POST, unlike other doors: many records are changed in several, so that nobody waits for the lock.

    Sent twice it is done once all the same: by then the records have another version.
    """

    @functools.wraps(view)
    def inner(request: HttpRequest, path: str, **said: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return doors.to_sign_in(request)
        kind = kinds.at(path)
        if kind is None or not any(acting.acts(kind, request.user)):
            raise Http404
        return view(request, kind, **said)

    inner.right = "bulk_change"  # type: ignore[attr-defined]
    return inner


@step
@require_GET
def fields(request: HttpRequest, kind: Kind) -> HttpResponse:
    """What to do with those ticked: a verb, a field, a delete."""
    found = [
        {"label": act.column.label if act.column else act.label, "url": kind.url(what=f"bulk/{act.name}/"), "tone": act.tone}
        for act in acting.acts(kind, request.user)
    ]
    context = {"ids": numbers(request), "fields": found}
    return page(request, kind, "fields", context)


@step
def act(request: HttpRequest, kind: Kind, name: str) -> HttpResponse:
    """GET asks what the act needs, POST shows what a field would become, and with `sure` does it."""
    done = next((act for act in acting.acts(kind, request.user) if act.name == name), None)
    if done is None:
        raise Http404
    chosen = rows(request) if request.method == "POST" else [(pk, 0) for pk in numbers(request)]
    try:
        records = acting.within(kind, request.user, done, [pk for pk, _version in chosen])
        if not records:
            raise Refused(_("Nothing is chosen that you may do this with."))
    except Refused as refused:
        return page(request, kind, "refused", {"label": done.label, "error": refused.sentence}, 422)
    form = acting.form_of(kind, request.user, done, records[0], request.POST if request.method == "POST" else None)
    if form is not None and request.method != "POST" and done.column:
        form.initial = {}  # that of the first would not be meant for the others
    asked = request.method != "POST" or (form is not None and not form.is_valid())
    if not asked and ("sure" in request.POST or done.column is None):
        return outcome(request, kind, done, acting.run(kind, request.user, done, chosen, request.POST))
    versions = dict(chosen)
    context = {
        "label": done.label,
        "tone": done.tone,
        "form": form,
        "rows": [f"{record.pk}:{versions[record.pk] or record.version}" for record in records],
        "names": [str(record) for record in records[:SHOWN]],
        "others": max(0, len(records) - SHOWN),
        "count": len(records),
        "changes": [] if asked else list(changes(request, kind, done, records[:PREVIEWED])),
        "sent": [(name, value) for name, values in request.POST.lists() for value in values if name not in OURS],
        "action_url": request.path,
    }
    return page(request, kind, "act" if asked else "check", context, 422 if form is not None and form.errors else 200)


def numbers(request: HttpRequest) -> list[int]:
    """The ids that were ticked, each once; what is no id was not ticked by anybody."""
    said = (word for word in request.GET.getlist("id") if word.isdecimal() and len(word) < 19)
    return list(dict.fromkeys(map(int, said)))


def rows(request: HttpRequest) -> Chosen:
    """The ids with the versions that were on the screen."""
    pairs = (word.partition(":") for word in request.POST.getlist("row"))
    return list(
        {
            int(pk): int(version)
            for pk, _colon, version in pairs
            if pk.isdecimal() and len(pk) < 19 and version.isdecimal() and len(version) < 10
        }.items()
    )


def changes(request: HttpRequest, kind: Kind, done: Act, records: list[Any]) -> Any:
    """What the field of each would become, or why it cannot."""
    for record in records:
        form = acting.form_of(kind, request.user, done, record, request.POST)
        told = {"title": str(record), "url": kind.url(record)}
        if form is not None and not form.is_valid():
            yield told | {"now": "", "then": "", "error": " ".join(str(e) for errors in form.errors.values() for e in errors)}
        else:
            now, then = acting.preview(done, record, request.user)
            yield told | {"now": now, "then": then, "error": ""}


def outcome(request: HttpRequest, kind: Kind, done: Act, found: acting.Outcome) -> HttpResponse:
    """A toast on the list when all went well; else a page that names what stayed as it is."""
    batch = Batch.objects.filter(pk=found.batch).first() if found.batch else None
    undo_url = f"/undo/{batch.pk}/" if batch and undo.reach_of(batch.kind, request.user) != "none" else ""
    if found.stayed or not found.done:
        return page(request, kind, "outcome", {"label": done.label, "outcome": found, "undo_url": undo_url}, 200)
    sentence = _("%(act)s: %(count)s done") % {"act": done.label, "count": found.done}
    messages.success(request, sentence, extra_tags=f"undo:{found.batch}" if undo_url else "")
    return redirect(kind.url())


def page(request: HttpRequest, kind: Kind, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    about = {"kind": pages.kind_context(kind, request.user), "key": pages.fresh_key(), "cancel_url": kind.url()}
    return render(request, f"bulk/{name}.html", about | context, status=status)
