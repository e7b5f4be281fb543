"""The pages of backups: the list with its button, the plan, a backup or everything as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from shuke.backup import actions, chores
from shuke.backup.models import Backup, Plan
from shuke.core import act as work
from shuke.core import doors, forms, jobs, pages, scope
from shuke.core import kind as kinds
from shuke.core.doors import signed_in
from shuke.core.filters import BadAddress
from shuke.core.models import Batch, Job
from shuke.core.record import Refused

PATH = Backup.kind.path


@signed_in
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The list of backups, what is wrong with it, and what one may do about it."""
    kind = asked_for(request, "view")
    try:
        context = pages.list_context(request, kind)
    except BadAddress as error:
        context = {"error": error.sentence, "empty": pages.empty(kind, request.user, True)}
        return doors.show(request, kind, "list", context, 400)
    if request.htmx and not request.htmx.history_restore_request and "cursor" in request.GET:
        return doors.show(request, kind, "rows", context)
    job = running(chores.back_up, chores.back_up_nightly)
    if request.htmx and request.htmx.target == "backups" and job is None:  # it waited for the end: button and list come anew
        response = HttpResponse(status=204)
        response["HX-Redirect"] = kind.url()
        return response
    more = {
        "warning": actions.warning(timezone.now()),
        "running": job,
        "may_back_up": kind.may(request.user, "back_up"),
        "plan": actions.plan(),
        "may_plan": Plan.kind.may(request.user, "change"),
        "may_leave": actions.may_take_everything(request.user),
    }
    return doors.show(request, kind, "list", context | more)


def asked_for(request: HttpRequest, verb: str) -> Any:
    kind = kinds.at(PATH)
    if kind is None or not kind.may(request.user, verb):
        raise Http404
    return kind


def running(*functions: Any) -> Job | None:
    """The job of these that is under way, or waits; the nightly look counts from the moment that it does something."""
    waiting = Job.objects.filter(name__in=[jobs.name_of(function) for function in functions], state__in=["queued", "running"])
    return next((job for job in waiting.order_by("pk") if job.total or job.name == jobs.name_of(functions[0])), None)


@signed_in
@require_POST
def now(request: HttpRequest) -> HttpResponse:
    """Queue a backup; while one is under way there is no second."""
    kind = asked_for(request, "back_up")
    if running(chores.back_up) is None:
        jobs.later(chores.back_up)
    return redirect(kind.url())


@signed_in
def plan(request: HttpRequest) -> HttpResponse:
    """When backups are made by themselves: the first time a new form, then an edit like any other."""
    kind = Plan.kind
    if not kind.may(request.user, "change"):
        raise Http404
    held = scope.rows(Plan, request.user, "change").first()
    if held is not None:
        return doors.edit_form(request, kind, doors.get(kind, request.user, held.pk, "change", lock=request.method == "POST"))
    form = forms.form_for(kind, request.user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return doors.form_page(request, kind, form, status=422 if form.is_bound else 200, heading=kind.label)
    with work.act("created", kind=kind.key):
        kind.write(form, request.user)
    return redirect(kind.url())


def again(request: HttpRequest) -> None:
    """Who takes everything away says once more who he is: the browser may have been left open. Raises Refused."""
    if not request.user.check_password(request.POST.get("password", "")):
        raise Refused(_("This is not your password. Nothing was handed out."))


def noted(request: HttpRequest, kind: Any, rows: int) -> None:
    """Who took it, and when, is on record."""
    Batch.objects.create(actor_id=request.user.pk, door=work.actor().door, verb="exported", kind=kind.key, count=rows)


def sent(place: Path, name: str) -> FileResponse:
    if not place.is_file():
        raise Refused(_("The file is no longer where it was made. Please make a new one."))
    response = FileResponse(place.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@signed_in
@sensitive_post_parameters()
@require_POST
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    """A verified backup as a file."""
    kind = asked_for(request, "download")
    backup = doors.get(kind, request.user, pk, "download")
    if backup.state != "verified":
        raise Http404
    again(request)
    response = sent(actions.place_of(backup), backup.name)
    noted(request, kind, backup.rows)
    return response


@signed_in
@sensitive_post_parameters()
def everything(request: HttpRequest) -> HttpResponse:
    """What leaving us, or moving to another machine, takes; POST begins the export."""
    kind = asked_for(request, "download")
    if not actions.may_take_everything(request.user):
        raise Http404
    if request.method != "POST":
        return render(request, "backup/everything.html", {"key": pages.fresh_key(), "list_url": kind.url()})
    again(request)
    job = running(chores.export_everything) or jobs.later(chores.export_everything)
    return redirect("exported-everything", job.pk if job else 0)


@signed_in
@require_GET
def exported(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an export of everything, and with `?file=1` the zip: for whoever asked for it."""
    kind = asked_for(request, "download")
    job = (
        Job.objects.filter(pk=pk, name=jobs.name_of(chores.export_everything), actor_id=request.user.pk).first()
        if pk < 2**63
        else None
    )
    if job is None or not actions.may_take_everything(request.user):
        raise Http404
    if job.state == "failed":
        raise Refused(job.error)
    if job.state == "done" and "file" in request.GET:
        response = sent(actions.exports_folder() / job.result["file"], f"shuke-{timezone.localdate():%Y%m%d}.zip")
        noted(request, kind, job.result["rows"])
        return response
    return render(request, "backup/exported.html", {"job": job, "list_url": kind.url()})
