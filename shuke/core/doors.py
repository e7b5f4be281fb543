"""The doors of the browser: list, record, form, edit in place, verbs, trash, journal, undo, search, files.

Every door goes the same way: signed in? kind on and in reach? else 404; then rows from the scope, a form, a verb in one
transaction, an answer after the commit. A POST carries a key, so that the same form sent twice is done once.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import IntegrityError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shuke.core import act as work
from shuke.core import columns, edits, errors, files, forms, idempotency, listing, pages, scope, search, undo
from shuke.core import kind as kinds
from shuke.core.filters import BadAddress
from shuke.core.kind import Kind
from shuke.core.models import Attachment, Batch, Entry, SavedView, Seen
from shuke.core.record import Record, RecordQuerySet, Refused, Stale

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
KEPT_DAYS = 90


class Undone(Exception):
    """A refused POST: what it began is rolled back and its key stays unused."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def right(name: str) -> Callable[[View], View]:
    """Say what a view asks for: "open" (nobody is asked), "signed-in", or a verb. A view that says nothing fails the build."""

    def mark(view: View) -> View:
        view.right = name  # type: ignore[attr-defined]
        return view

    return mark


def to_sign_in(request: HttpRequest) -> HttpResponse:
    htmx: Any = getattr(request, "htmx", None)
    back = (htmx and htmx.current_url_abs_path) or request.get_full_path()  # to the page, not to a part of it
    url = f"{settings.LOGIN_URL}?{urlencode({'next': back})}"
    if htmx:
        # Never a sign-in page inside a table: the browser is sent there as a whole.
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)


def signed_in(view: View) -> View:
    """Only for people who are signed in; a POST is done once however often it is sent."""

    @functools.wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if request.method != "POST":
            return view(request, *args, **kwargs)
        return once(request, lambda: view(request, *args, **kwargs))

    inner.right = "signed-in"  # type: ignore[attr-defined]
    return inner


def door(verb: str = "view") -> Callable[[View], View]:
    """A view of one kind: `view(request, kind, …)`, 404 unless the kind is on and the person may do `verb` on any of it."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def inner(request: HttpRequest, path: str, *args: Any, **kwargs: Any) -> HttpResponse:
            kind = kinds.at(path)
            if kind is None or not kind.may(request.user, verb):
                raise Http404
            return view(request, kind, *args, **kwargs)

        made = signed_in(inner)
        made.right = verb  # type: ignore[attr-defined]
        return made

    return wrap


def once(request: HttpRequest, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do a POST in one transaction with its key: a twin gets the first one's answer, a refused form uses up nothing."""
    key = request.headers.get("Idempotency-Key") or request.POST.get("_key", "")
    if len(key) > 64 or not key.isprintable():
        return errors.page(request, 400)
    try:
        with idempotency.once(request.user.pk, key, idempotency.fingerprint(request)) as answered:
            response = do()
            if response.status_code >= 400:
                raise Undone(response)
            location = response.get("Location", "")
            answered(response.status_code, location or ("" if response.streaming else response.content.decode()))
            return response
    except Undone as refused:
        return refused.response
    except idempotency.Twin as twin:
        made = HttpResponseRedirect if 300 <= twin.answer.status < 400 else HttpResponse
        return made(twin.answer.text, status=twin.answer.status)
    except IntegrityError:
        log.warning("%s %s was refused by the store", request.method, request.path, exc_info=True)
        return errors.page(request, 409)


def get(kind: Kind, user: Any, pk: int, verb: str = "view", *, trash: bool = False, lock: bool = False) -> Record:
    """The record in scope for `verb`; 404 when there is none: what one may not see is not there.

    `lock`: until it is saved nobody else saves it, so two edits of one moment are merged like any others.
    """
    rows = scope.rows(kind.model, user, verb, trash=trash)
    rows = rows.select_for_update() if lock else rows
    record = rows.filter(pk=pk).first() if abs(pk) < 2**63 else None
    if record is None:
        raise Http404
    return record


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page that the person came from, as long as it is one of ours."""
    back = request.headers.get("Referer", "")
    return back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else otherwise


def show(request: HttpRequest, kind: Kind, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page `name` by the template of the kind's own where it has one ("parties/party/detail.html"), else the generic one."""
    template = select_template([f"{kind.key.replace('.', '/')}/{name}.html", f"kinds/{name}.html"])
    about = {"kind": pages.kind_context(kind, request.user), "key": pages.fresh_key()}
    return HttpResponse(template.render(about | context, request), status=status)


def said(request: HttpRequest, sentence: Any, unit: work.Unit | None = None) -> None:
    """A toast on the next page, with a way back where `unit` is given and has one."""
    way = f"undo:{unit.batch}" if unit and undo.offered_after(unit, request.user) else ""
    messages.success(request, str(sentence), extra_tags=way)


@door()
@require_GET
def record_list(request: HttpRequest, kind: Kind) -> HttpResponse:
    if any("" in values for _name, values in request.GET.lists()):
        return redirect(said_only(request))
    try:
        context = pages.list_context(request, kind)
    except BadAddress as error:
        context = {"error": error.sentence, "empty": pages.empty(kind, request.user, True)}
        return show(request, kind, "list", context, 400)
    rows_only = request.htmx and not request.htmx.history_restore_request and "cursor" in request.GET
    return show(request, kind, "rows" if rows_only else "list", context)


def said_only(request: HttpRequest) -> str:
    """This address without the boxes of a form that were left empty: the address is the view."""
    params = request.GET.copy()
    for name, values in request.GET.lists():
        params.setlist(name, [value for value in values if value])
    return f"{request.path}?{params.urlencode()}" if params.urlencode() else request.path


@door()
@require_GET
def filter_list(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The form that narrows a list, filled with what narrows it now; a list itself is light without it."""
    context = {"filters": pages.filter_form(request, kind)}
    return show(request, kind, "filter_form" if request.htmx else "filter", context)


@door()
@require_GET
def detail(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    record = get(kind, request.user, pk)
    context = pages.detail_context(kind, record, request.user)
    return show(request, kind, "panel" if request.htmx and request.htmx.target == "panel" else "detail", context)


@door("create")
def create(request: HttpRequest, kind: Kind) -> HttpResponse:
    if not kind.form:
        raise Http404
    if request.method != "POST":
        form = forms.form_for(kind, request.user, initial={k: v for k, v in request.GET.items() if k in kind.form})
        return form_page(request, kind, form)
    form = forms.form_for(kind, request.user, request.POST, request.FILES)
    if not form.is_valid():
        return form_page(request, kind, form, status=422)
    try:
        with work.act("created", kind=kind.key) as unit:
            record = kind.write(form, request.user)
    except IntegrityError:
        return form_page(request, kind, forms.outrun(form), status=409)
    said(request, _("Saved: %(record)s") % {"record": record}, unit)
    return redirect(page_of(record))


def page_of(record: Record) -> str:
    """The address of the page that a record stands on: its root's, or its own."""
    key, root = record.root_key()
    return kinds.of_key(key).url(root)  # type: ignore[union-attr]


def form_page(
    request: HttpRequest, kind: Kind, form: Any, record: Record | None = None, status: int = 200, **other: Any
) -> HttpResponse:
    """The page of a whole form; `other` stands for what is different on it."""
    more = [name for name in form.fields if name in kind.more or name.startswith(columns.CUSTOM)]
    context = {
        "form": form,
        "main_fields": [form[name] for name in form.fields if name not in more],
        "more_fields": [form[name] for name in more if name not in form.unasked],
        "more_open": record is not None or any(name in form.errors for name in more),
        "action_url": request.get_full_path(),
        "cancel_url": kind.url(record),
        "heading": _("Edit: %(record)s") % {"record": record} if record else _("New: %(kind)s") % {"kind": kind.label},
        "submit": _("Save"),
        "version": version_of(request, record) if record else None,
    }
    return show(request, kind, "form", context | other, status)


def version_of(request: HttpRequest, record: Record) -> int:
    """The version that a form was opened on, also when it comes back. Raises BadRequest for one that never was: without it an
    edit would overwrite what others saved."""
    said = request.POST.get("version", "") if request.method == "POST" else str(record.version)
    if not (said.isdecimal() and len(said) < 10 and 0 < int(said) <= record.version):
        raise BadRequest
    return int(said)


@door("change")
def edit(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    if not kind.form:
        raise Http404
    return edit_form(request, kind, get(kind, request.user, pk, "change", lock=request.method == "POST"))


def edit_form(request: HttpRequest, kind: Kind, record: Record) -> HttpResponse:
    """The form of a record in scope: GET shows it, POST saves it."""
    if request.method != "POST":
        return form_page(request, kind, forms.form_for(kind, request.user, instance=record), record)
    since = version_of(request, record)
    form = forms.form_for(kind, request.user, request.POST, request.FILES, instance=record)
    if not form.is_valid():
        return form_page(request, kind, form, record, status=422)
    try:
        with work.act("changed", kind=kind.key) as unit:
            conflicts = save_edit(record, since)
    except IntegrityError:
        return form_page(request, kind, forms.outrun(form), record, status=409)
    if conflicts:
        return conflict_page(request, kind, record, conflicts, list(form.fields))
    said(request, _("Saved: %(record)s") % {"record": record}, unit)
    return redirect(kind.url(record))


def save_edit(record: Record, since: int) -> list[edits.Conflict]:
    """Save an edit that was made on version `since`; what cannot be merged is returned and nothing saved."""
    conflicts = edits.merge(record, since) if since != record.version else []
    if not conflicts:
        record.save()
    return conflicts


def conflict_page(
    request: HttpRequest, kind: Kind, record: Record, conflicts: list[edits.Conflict], names: list[str]
) -> HttpResponse:
    """409: both values side by side; what else was typed goes along as it was merged, on the version that stands now."""
    in_conflict = {conflict.name for conflict in conflicts}
    form = forms.form_for(kind, request.user, instance=record, only=names)
    kept = [
        {"name": name, "value": value}
        for name, field in form.fields.items()
        if name not in in_conflict
        for value in forms.sent(field, form.get_initial_for_field(field, name))
    ]
    last = Entry.objects.filter(kind=kind.key, record=record.pk).select_related("batch__actor").order_by("-pk").first()
    context = {
        "record": {"title": str(record), "url": kind.url(record)},
        "conflicts": [
            {
                "name": conflict.name,
                "label": conflict.label,
                "yours": "、".join(forms.sent(form.fields[conflict.name], conflict.yours)),
                "theirs": "、".join(forms.sent(form.fields[conflict.name], conflict.theirs)),
                "yours_shown": edits.shown(record, conflict.name, conflict.yours, request.user),
                "theirs_shown": edits.shown(record, conflict.name, conflict.theirs, request.user),
            }
            for conflict in conflicts
        ],
        "form_fields": kept,
        "action_url": request.get_full_path(),
        "cancel_url": kind.url(record),
        "version": record.version,
        "who": str(last.batch.actor or "") if last else "",
    }
    response = show(request, kind, "conflict", context, 409)
    if request.htmx:  # the question takes the page, not the place of the one fact
        for header, value in {"HX-Retarget": "#page", "HX-Reswap": "innerHTML show:top", "HX-Reselect": "#page > *"}.items():
            response[header] = value
    return response


@door("change")
def edit_field(request: HttpRequest, kind: Kind, pk: int, name: str) -> HttpResponse:
    """Edit one fact in place: GET the field, POST answers the fact; `?shown=1` the fact as it stands."""
    record = get(kind, request.user, pk, "change", lock=request.method == "POST")
    url = kind.url(record, f"field/{name}/")
    bound = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = forms.form_for(kind, request.user, *bound, instance=record, only=[name])
    if name not in form.fields:
        raise Http404
    if "shown" in request.GET:
        return fact_answer(request, kind, record, name)
    since, status = version_of(request, record), 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            with work.act("changed", kind=kind.key) as unit:
                conflicts = save_edit(record, since)
        except IntegrityError:
            forms.outrun(form)
            status = 409
        else:
            if conflicts:
                return conflict_page(request, kind, record, conflicts, [name])
            said(request, _("Saved: %(record)s") % {"record": record}, unit)
            return fact_answer(request, kind, record, name) if request.htmx else redirect(kind.url(record))
    context = {
        "field": form[name],
        "form": form,
        "action_url": url,
        "cancel_url": f"{url}?shown=1" if request.htmx else kind.url(record),
        "version": since,
        "record": {"title": str(record), "url": kind.url(record)},
        "main_fields": [form[name]],
        "submit": _("Save"),
        "heading": str(record),
    }
    return show(request, kind, "inline" if request.htmx else "form", context, status)


def fact_answer(request: HttpRequest, kind: Kind, record: Record, name: str) -> HttpResponse:
    told = pages.facts(kind, record, request.user, [name], may_change=True)
    if not told:
        raise Http404
    return show(request, kind, "saved_fact", {"fact": told[0]})


@door()
def verb(request: HttpRequest, kind: Kind, pk: int, name: str) -> HttpResponse:
    action = kind.verb(name)
    if action is None:
        raise Http404
    record = get(kind, request.user, pk, name, lock=request.method == "POST")
    form = action.form(request.POST if request.method == "POST" else None, request.FILES or None) if action.form else None
    if form is not None and hasattr(form, "about"):
        form.about(record, request.user)
    if form and form.is_bound and request.POST.get("version", str(record.version)) != str(record.version):
        form.add_error(None, Stale(record).sentence)
    if request.method != "POST" or (form is not None and not form.is_valid()):
        context = {
            "verb": {"label": action.label, "tone": action.tone, "text": ""},
            "record": {"title": str(record), "url": kind.url(record)},
            "form": form,
            "action_url": request.get_full_path(),
            "cancel_url": kind.url(record),
            "version": record.version,
        }
        return show(request, kind, "verb", context, 422 if request.method == "POST" else 200)
    with work.act(action.name, kind=kind.key) as unit:
        action(record, **(form.cleaned_data if form else {}))
    stays = kind.allowed(request.user, record)  # who gives away what is his may see it for the last time
    about = {"verb": action.label, "record": record}
    said(request, _("%(verb)s: %(record)s") % about, unit if "change" in stays else None)
    return redirect(kind.url(record) if "view" in stays else kind.url())


@door("delete")
@require_POST
def delete(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    record = get(kind, request.user, pk, "delete")
    with work.act("deleted", kind=kind.key) as unit:
        record.delete()
    said(request, _("Moved to the trash: %(record)s") % {"record": record}, unit)
    return redirect(kind.url())


@door("delete")
@require_GET
def trash(request: HttpRequest, kind: Kind) -> HttpResponse:
    rows = scope.rows(kind.model, request.user, "delete", trash=True).order_by("-deleted_at", "-pk")[:200]
    now = timezone.now()
    deletions = Entry.objects.filter(kind=kind.key, record__in=[row.pk for row in rows], verb="deleted")
    who = {entry.record: str(entry.batch.actor or "") for entry in deletions.select_related("batch__actor")}
    items = [
        {
            "title": str(row),
            "kind": kind.label,
            "at": row.deleted_at,
            "who": who.get(row.pk, ""),
            "days_left": max(0, KEPT_DAYS - (now - row.deleted_at).days),
            "restore_url": kind.url(row, "restore/"),
        }
        for row in rows
        if row.deleted_at
    ]
    empty = {"title": _("The trash is empty"), "text": _("What is deleted waits here for 90 days and can be restored.")}
    return show(request, kind, "trash", {"items": items, "empty": empty})


@door("delete")
@require_POST
def restore(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    record = get(kind, request.user, pk, "delete", trash=True)
    with work.act("restored", kind=kind.key) as unit:
        record.restore()
    said(request, _("Restored: %(record)s") % {"record": record}, unit)
    return redirect(kind.url(record))


@door()
@require_GET
def history(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    record = get(kind, request.user, pk)
    rows = pages.entries_of(kind, record)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: pages.TIMELINE + 1])
    reached = pages.in_reach(found[: pages.TIMELINE], kind, request.user)
    entries = pages.events(reached, record, request.user, [])
    for entry, told in entries:
        told["undo_url"] = f"/undo/{entry.batch_id}/" if undo.offered_at(entry, request.user) else ""
    context = {
        "title": str(record),
        "record": {"title": str(record), "url": kind.url(record)},
        "entries": [told for _entry, told in entries],
        "next_url": f"?before={found[pages.TIMELINE - 1].pk}" if len(found) > pages.TIMELINE else "",
        "empty": {"title": _("No history yet"), "text": "", "acts": []},
    }
    return show(request, kind, "history", context)


@door()
@require_GET
def lookup(request: HttpRequest, kind: Kind) -> HttpResponse:
    """What a look-ahead box offers: records of one kind in scope."""
    q = request.GET.get("q", "")[:100]
    found = search.everywhere(q, request.user, [kind], limit=8) if q else []
    options = [{"value": hit.record, "label": hit.title, "note": hit.subtitle} for _kind, hits in found for hit in hits]
    return show(request, kind, "options", {"options": options, "q": q})


@door("change")
@require_POST
def add_file(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    record = get(kind, request.user, pk, "change")
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Refused(_("Please choose a file first."))
        with work.act("attached", kind=kind.key) as unit:
            files.attach(record, upload)
    except Refused as refused:
        return show(request, kind, "detail", pages.detail_context(kind, record, request.user, refused.sentence), 422)
    said(request, _("Added: %(name)s") % {"name": upload.name}, unit)
    return redirect(kind.url(record))


@signed_in
@require_POST
def remove_file(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = get(Attachment.kind, request.user, pk, "change")
    with work.act("removed", kind=attachment.root_key()[0]) as unit:
        attachment.delete(verb="removed")
    said(request, _("Removed: %(name)s") % {"name": attachment}, unit)
    return redirect(page_of(attachment))


@signed_in
@require_GET
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file, for whoever sees the record it hangs on. Only pictures and PDF are shown in place; the rest is a download."""
    attachment: Any = get(Attachment.kind, request.user, pk)
    inline = attachment.is_picture or attachment.file.type == "application/pdf"
    place = files.place_of(attachment.file.digest)
    if not place.exists():
        raise Http404
    response = FileResponse(
        place.open("rb"), as_attachment=not inline, filename=attachment.name, content_type=attachment.file.type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@signed_in
def undo_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows what undoing would do; POST does it, or asks where something was changed again since."""
    batch = Batch.objects.filter(pk=pk).select_related("actor").first() if pk < 2**63 else None
    if batch is None or not undo.offered(batch, request.user):
        raise Http404
    try:
        return (undo_long if batch.count > undo.LONG else undo_short)(request, batch, kinds.of_key(batch.kind))
    except undo.Beyond:
        if batch.actor_id != request.user.pk:
            raise Http404 from None  # what others did out of his sight is not there
        raise


def undo_short(request: HttpRequest, batch: Batch, kind: Kind | None) -> HttpResponse:
    plan = undo.plan(batch, request.user)
    asked = "asked" in request.POST
    is_answered = all(request.POST.get(conflict.name) in ("keep", conflict.back) for conflict in plan.conflicts)
    if request.method != "POST" or (plan.cannot and not asked) or not is_answered:
        return undo_page(request, plan, kind)
    undone = undo.carry_out(plan, request.POST.dict())
    said(request, _("Undone."), undone)
    start = kind.url() if kind else "/"
    back = start if asked else came_from(request, start)
    created_here = any(kind and kind.url(key) in back for _model, key in plan.created)
    return HttpResponseRedirect(start if created_here else back)


def undo_long(request: HttpRequest, batch: Batch, kind: Kind | None) -> HttpResponse:
    """Thousands of rows go back in short steps behind the page; what was changed again since stays."""
    if request.method != "POST":
        undo.allow(batch, request.user)
        return undo_page(request, undo.Plan(batch), kind)
    undo.begin(batch, request.user)
    said(request, _("This is being undone and will be through in a moment."))
    return redirect(kind.url() if kind else "/")


def undo_page(request: HttpRequest, plan: undo.Plan, kind: Kind | None) -> HttpResponse:
    conflicts = []
    for conflict in plan.conflicts:
        record, name = conflict.record, conflict.field
        back = plan.back[type(record), record.pk][name]
        conflicts.append(
            {
                "conflict": conflict,
                "url": record.kind.url(record),
                "label": record.kind.label_of(name, record._meta.get_field(name)),
                "now": edits.shown(record, name, undo.plain_now(record, name), request.user),
                "back": edits.shown(record, name, back, request.user),
            }
        )
    context = {
        "title": pages.verb_text(plan.batch.verb, plan.batch.kind),
        "batch": plan.batch,
        "conflicts": conflicts,
        "cannot": plan.cannot[:20],
        "is_open": plan.back or plan.created or plan.batch.count > undo.LONG,
        "action_url": request.path,
        "cancel_url": kind.url() if kind else "/",
        "key": pages.fresh_key(),
    }
    return render(request, "kinds/undo.html", context, status=409 if request.method == "POST" else 200)


@signed_in
@require_GET
def search_box(request: HttpRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()[:100]
    mine = [kind for kind in kinds.every() if kind.is_on and kind.search and kind.may(request.user, "view")]
    mine.sort(key=lambda kind: 0 if kind.menu else 1 if kind.root else 2)  # what the firm sets up by itself comes last
    new = next((kind for kind in mine if kind.menu and kind.form and kind.may(request.user, "create")), None)
    found = search.everywhere(q, request.user, mine, limit=8 if request.htmx else 50) if q else []
    context = {
        "q": q,
        "groups": [
            {
                "label": kind.plural,
                "url": f"{kind.url()}?{urlencode({'q': q})}",
                "items": [hit_of(hit, request.user) for hit in hits],
            }
            for kind, hits in found
        ],
        "elsewhere": next(filter(None, (kind.elsewhere(q, request.user) for kind in mine)), "") if q and not found else "",
        "recent": recent(request.user) if not q else [],
        "new": {"label": new.label, "url": f"{new.url(what='new/')}?{urlencode({new.title: q})}"} if new and not found else None,
        "more": f"/search/?{urlencode({'q': q})}" if q and request.htmx else "",
    }
    return render(request, "search/results.html" if request.htmx else "search/page.html", context)


def hit_of(hit: search.Found, user: Any) -> dict[str, Any]:
    masked = hit.kind.phone and hit.kind.levels(user).get(hit.kind.phone, "edit") in ("masked", "hidden")
    phone = pages.ring("" if masked else hit.phone)
    return {"url": hit.kind.url(hit.record), "title": hit.title, "subtitle": hit.subtitle, **phone}


def recent(user: Any) -> list[dict[str, Any]]:
    """What the person opened last, as far as it is still in his scope."""
    by_kind: dict[str, list[int]] = {}
    order = list(Seen.objects.filter(user=user.pk).order_by("-at").values_list("kind", "record")[:10])
    for key, record in order:
        by_kind.setdefault(key, []).append(record)
    live: dict[tuple[str, int], dict[str, Any]] = {}
    for key, ids in by_kind.items():
        kind = kinds.of_key(key)
        if kind is not None and kind.is_on:
            for row in scope.rows(kind.model, user).filter(pk__in=ids):
                phone = getattr(row, kind.phone) if kind.phone else ""
                live[key, row.pk] = hit_of(search.Found(kind, row.pk, str(row), "", phone), user)
    return [live[place] for place in order if place in live]


@signed_in
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """The browser tells which record was opened, after the page is there: reading a page writes nothing."""
    kind, pk = kinds.at(request.POST.get("kind", "")), request.POST.get("record", "")
    if kind is not None and pk.isdecimal() and len(pk) < 19 and scope.rows(kind.model, request.user).filter(pk=int(pk)).exists():
        Seen.objects.update_or_create(user_id=request.user.pk, kind=kind.key, record=int(pk), defaults={"at": timezone.now()})
    return HttpResponse(status=204)


@signed_in
@require_POST
def save_view(request: HttpRequest, path: str) -> HttpResponse:
    """Keep the address of a list under a name."""
    kind = kinds.at(path)
    if kind is None or not kind.may(request.user, "view"):
        raise Http404
    form = pages.SaveViewForm(request.POST)
    if form.is_valid():
        try:
            listing.asked(kind, request.user, QueryDict(form.cleaned_data["query"]))
        except BadAddress as error:
            form.add_error(None, error.sentence)
    if form.errors:
        back = f"{kind.url()}?{QueryDict(request.POST.get('query', '')).urlencode()}"
        about = {"main_fields": form.visible_fields(), "heading": _("Save as a view"), "cancel_url": back}
        return form_page(request, kind, form, status=422, **about)
    with work.act("created", kind=kind.key) as unit:
        view = SavedView(on=kind.path, owner_id=request.user.pk, **form.cleaned_data)
        view.save()
    said(request, _("View saved: %(name)s") % {"name": view.name}, unit)
    return redirect(f"{kind.url()}?{view.query}")


@signed_in
@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view = RecordQuerySet(SavedView).live().filter(pk=pk).first() if pk < 2**63 else None
    if view is None or not pages.may_drop(request.user, view):
        raise Http404
    view.delete()
    said(request, _("View deleted: %(name)s") % {"name": view.name})
    return redirect(f"/{view.on}/")
