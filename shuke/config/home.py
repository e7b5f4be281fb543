"""The pages that see every room: the first page, the settings, the page that shows every component."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from shuke.config import gallery
from shuke.core import act, firm, pages, scope
from shuke.core import kind as kinds
from shuke.core.doors import edit_form, get, right, signed_in
from shuke.notices.models import Robot
from shuke.parties import figures, sample
from shuke.parties.models import Party
from shuke.people import audit, setup
from shuke.people.models import User

SAMPLE = 60  # customers to look around in


@signed_in
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The first page speaks first: figures that open their lists, who owes, who was not heard of for long."""
    user, day = request.user, timezone.localdate()
    if not user.roles.exists():
        return render(
            request, "today.html", {"empty": {"title": _("The owner has not given you a role yet."), "text": "", "acts": []}}
        )
    kind = Party.kind
    if not kind.is_on or not kind.may(user, "view"):
        return render(request, "today.html", {"empty": {"title": _("All done for today"), "text": "", "acts": []}})
    owing = figures.owing(user)
    groups = [group for group in (figures.debtors(owing), figures.quiet(user, day)) if group]
    context = {"figures": figures.figures(user, day, owing), "groups": groups, "empty": pages.empty(kind, user, False)}
    return render(request, "today.html", context)


@signed_in
@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    """Everything that a person uses once a month: the kinds without a place in the rail, and his own pages."""
    seen = [kind for kind in kinds.every() if not kind.menu and not kind.root and kind.is_on and kind.may(request.user, "view")]
    mine = [{"label": _("My sign-in"), "url": "/me/", "icon": "me", "text": _("Name, password, language, sign out everywhere")}]
    mine.append({"label": _("How notices come to me"), "url": "/me/notices/", "icon": "bell", "text": ""})
    ours = [{"label": kind.plural, "url": kind.url(), "icon": kind.icon, "text": ""} for kind in seen]
    if Party.kind.is_on and Party.kind.may(request.user, "merge"):
        ours.append({"label": _("Duplicates"), "url": "/duplicates/", "icon": "swap", "text": ""})
    if Robot.kind.may(request.user, "view"):
        ours.append({"label": _("Mail server"), "url": "/settings/mail/", "icon": "mail", "text": ""})
        ours.append({"label": _("Messages that did not go out"), "url": "/settings/outbox/", "icon": "warning", "text": ""})
    if audit.reach(request.user) in ("all", "department"):
        about = {"label": _("Who did what"), "url": "/audit/", "icon": "history", "text": _("Every change, by whom and when")}
        ours.append(about)
    if (here := firm.firm()) and here.kind.may(request.user, "change"):
        ours.insert(0, {"label": _("Firm's name"), "url": here.kind.url(), "icon": "settings", "text": here.name})
    bins = [
        {"label": _("Trash: %(kind)s") % {"kind": kind.plural}, "url": kind.url(what="trash/"), "icon": "trash", "text": ""}
        for kind in kinds.every()
        if kind.menu and kind.is_on and kind.may(request.user, "delete")
    ]
    groups = [{"title": _("Me"), "items": mine}, {"title": _("The firm"), "items": ours}, {"title": _("Trash"), "items": bins}]
    return render(request, "settings/index.html", {"groups": [group for group in groups if group["items"]]})


@signed_in
def firm_page(request: HttpRequest) -> HttpResponse:
    """The firm's name, as it was given at set-up or as it is now."""
    here = firm.firm()
    if here is None:
        raise Http404
    return edit_form(request, here.kind, get(here.kind, request.user, here.pk, "change", lock=request.method == "POST"))


@signed_in
@require_GET
def look(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for whoever runs the firm."""
    if scope.policy.reach(request.user, "*", "*") != "all":
        raise Http404
    return render(request, "gallery.html", gallery.context())


def begin_with_sample(owner: User) -> str:
    """A start that set-up offers: customers to look at, in the firm just made."""
    with act.acting(owner.pk, "web"):
        sample.make(SAMPLE, 1, owners=[owner])
    return Party.kind.url()


setup.STARTS["import"] = lambda owner: Party.kind.url(what="import/")
setup.STARTS["sample"] = begin_with_sample


@right("open")
@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for this on their own where a page names no icon."""
    return redirect(static("img/mark.svg"))
