"""The doors of import and export: upload, columns, trial run, run, result; a list as a file."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from shuke.core import doors, pages, scope, undo, widgets
from shuke.core import kind as kinds
from shuke.core.fields import is_derived
from shuke.core.filters import BadAddress
from shuke.core.kind import Kind
from shuke.core.models import Job
from shuke.core.record import Refused
from shuke.exchange import exporting, importing, rows
from shuke.exchange.models import Import, Refusal

SHOWN = 100  # problems on a page
FIRST = 5  # rows shown as they will stand
RESCUE = timedelta(minutes=1)  # after which a job looks whether a small import was cut off


def step(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A step of an import. Unlike other doors no transaction around a POST: a sheet must not be read while the store is locked.

    Sent twice, a step is done once all the same: each goes from one state of the import to the next.
    """

    @functools.wraps(view)
    def inner(request: HttpRequest, path: str, pk: int | None = None) -> HttpResponse:
        if not request.user.is_authenticated:
            return doors.to_sign_in(request)
        kind = kinds.at(path)
        if kind is None or not importing.allowed(kind, request.user):
            raise Http404
        return view(request, kind) if pk is None else view(request, kind, mine(request.user, kind, pk))

    inner.right = "import"  # type: ignore[attr-defined]
    return inner


def mine(user: Any, kind: Kind, pk: int) -> Import:
    """The import with this number, for whoever began it and for those who may do everything."""
    found = Import.objects.select_related("file", "batch").filter(pk=pk, kind=kind.path).first() if pk < 2**63 else None
    if found is None or (found.user_id != user.pk and scope.policy.reach(user, "*", "*") != "all"):
        raise Http404
    return found


def url(kind: Kind, imported: Import, what: str = "") -> str:
    return kind.url(what=f"import/{imported.pk}/{what}")


@step
def upload(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Step 1: the file."""
    error = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Refused(_("Please choose a file first."))
            return redirect(url(kind, importing.begin(kind, file, str(file.name), request.user)))
        except Refused as refused:
            error = str(refused.sentence)
    context = {
        "kind": pages.kind_context(kind, request.user),
        "step": 1,
        "error": error,
        "action_url": request.path,
        "key": pages.fresh_key(),
        "recent": [recent(kind, one) for one in Import.objects.filter(user=request.user.pk, kind=kind.path).order_by("-pk")[:10]],
    }
    return render(request, "exchange/upload.html", context, status=422 if error else 200)


def is_undone(imported: Import) -> bool:
    return imported.batch is not None and imported.batch.undone_by.exists()


def recent(kind: Kind, imported: Import) -> dict[str, Any]:
    told = _("%(rows)s rows, %(new)s new") % {"rows": imported.rows, "new": imported.counts.get(rows.NEW, 0)}
    unfinished = _("not finished")
    return {
        "title": imported.filename,
        "at": imported.at,
        "result": _("taken back") if is_undone(imported) else told if imported.state == "done" else unfinished,
        "url": url(kind, imported),
    }


@step
def show(request: HttpRequest, kind: Kind, imported: Import) -> HttpResponse:
    """The step at which the import stands: columns, trial run, progress or result. A POST goes on from there."""
    if request.method == "POST" and imported.state in ("mapping", "checked") and "columns" in request.POST:
        return choose(request, kind, imported)
    if request.method == "POST" and imported.state == "checked":
        with suppress(importing.Elsewhere):
            importing.start(imported)
            return go_on(kind, imported, imported.rows)
        return redirect(url(kind, imported))
    undoing = undo.job_of(imported.batch) if imported.batch else None
    if imported.state in ("checking", "running") or (undoing is not None and undoing.state != "done"):
        return progress_page(request, kind, imported, undoing)
    if answer := whole(request, imported, kind):
        return answer
    if imported.state == "mapping" or (imported.state == "checked" and "columns" in request.GET):
        return map_page(request, kind, imported)
    return preview_page(request, kind, imported) if imported.state == "checked" else result_page(request, kind, imported)


def choose(request: HttpRequest, kind: Kind, imported: Import) -> HttpResponse:
    """What the person said of the columns: another sheet, or where each goes."""
    sheet = request.POST.get("sheet", "")
    try:
        if sheet and sheet != imported.sheet:
            importing.choose_sheet(imported, kind, request.user, importing.sheet_of(imported, sheet))
            imported.state = "mapping"
            imported.save()
            return redirect(url(kind, imported))
        fields = importing.fields_of(kind, request.user)
        said = {index: request.POST.get(f"column-{index}", "") for index in range(len(imported.names))}
        mapping = {index: name if name in fields else "" for index, name in said.items()}
        chosen = {}
        for name, _label, options in policies(kind):
            known = [value for value, _label, _text in options]
            chosen[name] = value if (value := request.POST.get(name, "")) in known else known[0]
        importing.map_to(imported, mapping, **chosen)
        seen = importing.peek(importing.sheet_of(imported))
        return go_on(kind, imported, len(seen.rows) if seen.is_whole else importing.AT_ONCE + 1)
    except importing.Elsewhere:
        return redirect(url(kind, imported))
    except Refused as refused:
        Import.objects.filter(pk=imported.pk, state="checking").update(state="mapping")
        return map_page(request, kind, imported, str(refused.sentence))


def go_on(kind: Kind, imported: Import, count: int) -> HttpResponse:
    """A small sheet at once, a large one as a job. A small one has a job too, in case that the server is killed meanwhile."""
    small = count <= importing.AT_ONCE
    importing.later(imported, wait=RESCUE if small else timedelta(0))
    if small:
        with suppress(importing.Elsewhere):  # stopped, or its job was faster: the page shows how it stands
            importing.check(imported) if imported.state == "checking" else importing.run(imported)
    return redirect(url(kind, imported))


ENCODINGS = {"gb18030": gettext_lazy("Chinese (GB18030)"), "big5hkscs": gettext_lazy("traditional Chinese (Big5)")}
POLICIES: list[tuple[str, Any, list[tuple[str, Any, Any]]]] = [
    (
        "duplicates",
        gettext_lazy("When something is there already"),
        [
            ("skip", gettext_lazy("Leave it as it is"), gettext_lazy("The row is skipped.")),
            ("update", gettext_lazy("Update it"), gettext_lazy("An empty cell changes nothing.")),
            ("create", gettext_lazy("Add it once more"), ""),
        ],
    ),
    (
        "missing",
        gettext_lazy("When a cell names something that is not there"),
        [
            ("refuse", gettext_lazy("Refuse the row"), gettext_lazy("It comes back in a file with the reason.")),
            ("empty", gettext_lazy("Leave it empty"), ""),
            ("create", gettext_lazy("Make it"), gettext_lazy("Where its name is enough.")),
        ],
    ),
]


MET = {
    "there": gettext_lazy("Skipped: it is there already."),
    "same": gettext_lazy("Skipped: there is nothing to change."),
    "like": gettext_lazy("Taken as new: only “%(name)s” is the same."),
}


def policies(kind: Kind) -> list[tuple[str, Any, list[tuple[str, Any, Any]]]]:
    """What the person may decide of this kind; how doubles are recognised only where there are several ways."""
    if len(kind.match_on) < 2:
        return POLICIES
    columns = {name: kind.model._meta.get_field(name) for name in kind.match_on}
    shown = {name: kind.model._meta.get_field(kind.title) if is_derived(column) else column for name, column in columns.items()}
    labels = {name: kind.label_of(column.name, column) for name, column in shown.items()}
    ways = [("", _("By any of these, as long as the names fit"), "、".join(map(str, labels.values())))]
    ways += [(name, _("By this alone: %(name)s") % {"name": label}, "") for name, label in labels.items()]
    return [POLICIES[0], ("match", _("How what is there already is recognised"), ways), *POLICIES[1:]]


def map_page(request: HttpRequest, kind: Kind, imported: Import, error: str = "") -> HttpResponse:
    """Step 2: what each column means, with what stands in it."""
    book = importing.book(imported)
    seen = importing.peek(importing.sheet_of(imported))
    fields = importing.fields_of(kind, request.user)
    choices = [("", _("(leave out)")), *((name, str(field.label or name)) for name, field in fields.items())]
    chosen = {int(index): name for index, name in imported.mapping.items()}
    columns = [
        {
            "letter": index + 1,
            "header": name,
            "samples": seen.samples(index),
            "select": widgets.Select(choices=choices).render(f"column-{index}", chosen.get(index, ""), {"aria-label": name}),
        }
        for index, name in enumerate(seen.names)
    ]
    context = {
        "kind": pages.kind_context(kind, request.user),
        "step": 2,
        "error": error,
        "notes": [*book.notes, *seen.notes],
        "file": {
            "name": imported.filename,
            "rows": len(seen.rows) if seen.is_whole else f"{importing.PEEK}+",
            "encoding": ENCODINGS.get(book.encoding, ""),
            "sheet": imported.sheet if len(book.sheets) > 1 else "",
        },
        "sheets": sheet_field([sheet.name for sheet in book.sheets], imported.sheet),
        "columns": columns,
        "policies": [policy(name, label, options, getattr(imported, name)) for name, label, options in policies(kind)],
        "action_url": url(kind, imported),
        "cancel_url": kind.url(what="import/"),
        "key": pages.fresh_key(),
    }
    return render(request, "exchange/map.html", context, status=422 if error else 200)


def sheet_field(names: list[str], chosen: str) -> Any:
    if len(names) < 2:
        return None
    field = forms.ChoiceField(label=_("Sheet"), choices=[(name, name) for name in names], widget=widgets.Select())
    return type("SheetForm", (forms.Form,), {"sheet": field})(initial={"sheet": chosen})["sheet"]


def policy(name: str, label: Any, options: list[tuple[str, Any, Any]], chosen: str) -> dict[str, Any]:
    told = [{"value": value, "label": said, "text": text, "checked": value == chosen} for value, said, text in options]
    return {"name": name, "label": label, "options": told}


def preview_page(request: HttpRequest, kind: Kind, imported: Import) -> HttpResponse:
    """Step 3: what the trial run found."""
    found = importing.counts(imported)
    taken = found.new + found.updated
    context = {
        "step": 3,
        "sample": sample(imported),
        "can_import": taken > 0,
        "submit": _("Import %(rows)s rows") % {"rows": taken},
        "action_url": url(kind, imported),
        "back_url": url(kind, imported, "?columns=1"),
        "cancel_url": kind.url(what="import/"),
        "key": pages.fresh_key(),
        **told(request, kind, imported, found),
    }
    return render(request, "exchange/preview.html", context)


def sample(imported: Import) -> dict[str, Any]:
    """The first rows that will come in, as their fields understand them."""
    reader = importing.reader_of(imported, stores=False)
    top = [rows.Row(line, cells) for line, cells in importing.peek(importing.sheet_of(imported)).rows]
    reader.read(top)
    first = [row for row in top if row.fate in (rows.NEW, rows.UPDATED)][:FIRST]
    if not first:
        return {}
    named = [(target.name, str(target.field.label)) for target in reader.targets]
    shown = [[readable(reader.form.fields[name], row.said.get(name)) for name, _label in named] for row in first]
    return {"columns": [label for _name, label in named], "rows": shown}


def readable(field: Any, value: Any) -> str:
    names: dict[Any, str] = {
        key: str(label) for key, label in getattr(field, "choices", None) or getattr(field, "words", None) or ()
    }
    if isinstance(value, list):
        return "、".join(str(names.get(word, word)) for word in value)
    if isinstance(value, bool):
        return names.get(str(value)) or (_("Yes") if value else _("No"))
    if isinstance(value, rows.ToMake):
        return str(value.form.instance)
    return "" if value is None else str(names.get(value, value))


def told(request: HttpRequest, kind: Kind, imported: Import, found: importing.Counts) -> dict[str, Any]:
    """Counts that add up, and the problems by row and column."""
    labels = [
        (_("Rows"), found.rows, ""),
        (_("New"), found.new, "good"),
        (_("Updated"), found.updated, "good"),
        (_("Skipped"), found.skipped, ""),
        (_("To put right"), found.refused, "late" if found.refused else ""),
    ]
    shown = [dict(zip(("row", "column", "value", "reason"), problem, strict=True)) for problem in found.problems[:SHOWN]]
    more = max(0, found.refused - len({problem[0] for problem in found.problems[:SHOWN]}))
    return {
        "kind": pages.kind_context(kind, request.user),
        "counts": [{"label": label, "value": value, "tone": tone} for label, value, tone in labels],
        "problems": shown,
        "problems_more": more,
        "met": met(kind, imported, request.user),
        "met_full": len(imported.met) >= importing.MET,
        "problems_url": url(kind, imported, "problems.xlsx") if found.refused else "",
    }


def met(kind: Kind, imported: Import, user: Any) -> list[dict[str, Any]]:
    """The rows that were skipped or are like a record: what became of them, and that record as far as the person may see it."""
    seen = scope.rows(kind.model, user, "view").in_bulk({pk for *_row, pk in imported.met if pk})
    told = []
    for line, said, what, name, pk in imported.met:
        if what == "several":
            text, title = _("Several numbers in “%(name)s”: the first is taken, all are in the note.") % {"name": name}, ""
        else:
            column = kind.model._meta.get_field(name) if name else None
            text = MET[what] % {"name": kind.label_of(name, column) if column else ""}
            title = str(seen[pk]) if pk in seen else _("a record of a colleague") if pk else _("an earlier row of this sheet")
        told.append({"row": line, "said": said, "text": text, "title": title, "url": kind.url(pk) if pk in seen else ""})
    return told


def progress_page(request: HttpRequest, kind: Kind, imported: Import, undoing: Job | None) -> HttpResponse:
    """While it runs: the numbers, asked again each second; when it is over, the way to what comes next."""
    job = undoing or Job.objects.filter(pk=imported.job).first()
    if job is not None and job.state == "failed":
        return failed_page(request, kind, imported, job)
    label = _("Taking it back") if undoing else _("Checking") if imported.state == "checking" else _("Importing")
    done = job.progress if undoing and job else sum(imported.counts.values())
    total = job.total if undoing and job else imported.rows
    progress = {"label": label, "done": done, "total": total, "url": url(kind, imported)}
    stop_url = url(kind, imported, "stop/") if imported.state == "running" and not undoing else ""
    return waiting(request, kind, progress, 3 if imported.state == "checking" else 4, stop_url)


def waiting(request: HttpRequest, kind: Kind, progress: dict[str, Any], step: int, stop_url: str = "") -> HttpResponse:
    part = request.htmx and not request.htmx.history_restore_request
    context = {"kind": pages.kind_context(kind, request.user), "step": step, "progress": progress, "stop_url": stop_url}
    return render(request, "exchange/progress_part.html" if part else "exchange/progress.html", context)


def failed_page(request: HttpRequest, kind: Kind, imported: Import, job: Job) -> HttpResponse:
    """A job that gave up: its sentence; what it had stored stays and can be taken back."""
    if imported.state == "checking":
        Import.objects.filter(pk=imported.pk, state="checking").update(state="mapping")
        imported.state = "mapping"
        return whole(request, imported, kind) or map_page(request, kind, imported, job.error)
    return whole(request, imported, kind) or result_page(request, kind, imported, job.error)


def whole(request: HttpRequest, imported: Import, kind: Kind) -> HttpResponse | None:
    """The answer to the poll once there is nothing more to wait for: the browser is sent to the page as a whole."""
    if not request.htmx:
        return None
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url(kind, imported)
    return response


def result_page(request: HttpRequest, kind: Kind, imported: Import, error: str = "") -> HttpResponse:
    """Step 4: what was done."""
    found = importing.counts(imported)
    batch = imported.batch
    gone = is_undone(imported)
    can_undo = batch is not None and batch.count > 0 and undo.offered(batch, request.user) and not gone
    is_cut = found.rows < imported.rows
    context = {
        "step": 4,
        "error": error,
        "tone": "soon" if is_cut else "good",
        "done_text": taken_back(undo.job_of(batch)) if batch is not None and gone else come_in(imported, found, is_cut),
        "list_url": kind.url(),
        "undo_url": url(kind, imported, "undo/") if can_undo else "",
        **told(request, kind, imported, found),
        **({"counts": [], "met": []} if gone else {}),  # of what is there no more
    }
    return render(request, "exchange/result.html", context)


def come_in(imported: Import, found: importing.Counts, is_cut: bool) -> str:
    if is_cut:
        told = {"done": found.rows, "rows": imported.rows}
        return _("The import was stopped after %(done)s of %(rows)s rows; the others were left as they are.") % told
    return _("%(name)s is in.") % {"name": imported.filename}


def taken_back(job: Job | None) -> str:
    kept = job.result.get("kept", 0) if job else 0
    if kept:
        return _("This import was taken back; %(kept)s records stay, because others need them.") % {"kept": kept}
    return _("This import was taken back.")


@step
@require_POST
def stop(request: HttpRequest, kind: Kind, imported: Import) -> HttpResponse:
    """End an import under way: what came in stays, and can be taken back."""
    importing.stop(imported)
    return redirect(url(kind, imported))


@step
@require_POST
def take_back(request: HttpRequest, kind: Kind, imported: Import) -> HttpResponse:
    """Undo the whole import: a small one at once, a large one as a job in short steps."""
    if imported.batch is None or imported.state not in ("done", "running") or not undo.offered(imported.batch, request.user):
        raise Http404
    importing.stop(imported)
    undo.begin(imported.batch, request.user)
    return redirect(url(kind, imported))


@step
@require_GET
def problems(request: HttpRequest, kind: Kind, imported: Import) -> HttpResponse:
    """The refused rows as the sheet has them, with their lines and the reasons: put right, they can be imported again."""
    names = [*imported.names, _("Row"), _("Reason")]
    if not Refusal.objects.filter(imported=imported).exists():
        raise Http404
    return exporting.as_workbook(
        names, importing.refused_rows(imported), title=_("Rows to put right"), name=f"{kind.path}-problems"
    )


@doors.door("export")
@require_GET
def export(request: HttpRequest, kind: Kind, ending: str) -> HttpResponse:
    """The list of this address as a file: same columns, filters, order, scope and rights; a long one is made by a job."""
    params = request.GET.copy()
    try:
        count = exporting.count(kind, request.user, params)
        if count > exporting.AT_ONCE:
            job = exporting.later(kind, request.user, params, ending)
            return redirect(kind.url(what=f"export/{job.pk}/"))
        exporting.note(kind, request.user, count)
        columns, lines = exporting.lines(kind, request.user, params)
    except BadAddress as error:
        return HttpResponse(str(error.sentence), status=400, content_type="text/plain; charset=utf-8")
    head = [str(column.label) for column in columns]
    if ending == "csv":
        response = StreamingHttpResponse(exporting.as_csv(head, lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = exporting.disposition(kind, "csv")
        return response
    return exporting.as_workbook(head, lines, title=str(kind.plural), name=kind.path)


@doors.door("export")
@require_GET
def exported(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    """The page of a long export, and with `?file=1` the file: for whoever asked for it."""
    job = exporting.job_of(kind, request.user, pk)
    if job is None:
        raise Http404
    place = kind.url(what=f"export/{job.pk}/")
    if job.state == "failed":
        raise Refused(job.error)
    if job.state != "done":
        progress = {"label": _("Writing the file"), "done": job.progress, "total": job.total, "url": place}
        return waiting(request, kind, progress, 0)
    made = exporting.place_of(job)
    if "file" in request.GET:
        response = FileResponse(made.open("rb"), content_type="application/octet-stream")
        response["Content-Disposition"] = exporting.disposition(kind, job.arguments["ending"])
        return response
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = place
        return response
    context = {
        "kind": pages.kind_context(kind, request.user),
        "count": job.result["rows"],
        "file_url": f"{place}?file=1",
        "list_url": kind.url(),
    }
    return render(request, "exchange/exported.html", context)
