"""Pages behind the bell: notices, how they come, the mail server, what did not go out."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from shuke.core import act as work
from shuke.core import doors, forms, pages, scope
from shuke.network import guard, mail
from shuke.notices import actions, outbox
from shuke.notices.forms import ChoiceForm
from shuke.notices.models import Choice, MailServer, Message, Notice, Robot
from shuke.notices.reasons import label_of, reasons

PAGE = 50
MOST = 99  # that the bell counts
system = scope.system("settings of the firm, for whoever passed the door")


@doors.signed_in
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Mine, newest first."""
    user: Any = request.user
    rows = Notice.objects.filter(user=user.pk).order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "days": pages.days([{"at": one.at, "notice": one, "reason": label_of(one.reason)} for one in shown]),
        "newest": shown[0].pk if shown else 0,
        "unread": any(one.read_at is None for one in shown),
        "next_url": f"?before={shown[-1].pk}" if len(found) > PAGE else "",
        "links": links(user),
        "key": pages.fresh_key(),
        "empty": {
            "title": _("Nothing new"),
            "text": _("What concerns you is told here, and by the bell on every page."),
            "icon": "bell",
            "acts": [],
        },
    }
    return render(request, "notices/notices.html", context)


def links(user: Any) -> list[dict[str, Any]]:
    """What else one may set: everybody how notices come to him, owners the ways out."""
    found = [{"label": _("How notices come to me"), "url": "/me/notices/"}]
    if MailServer.kind.may(user, "change"):
        found += [
            {"label": _("Mail server"), "url": "/settings/mail/"},
            {"label": Robot.kind.plural, "url": Robot.kind.url()},
            {"label": _("Outgoing messages"), "url": "/settings/outbox/"},
        ]
    return found


@doors.signed_in
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """How many I have not read, as the bell shows it: a page asks for it when it is there already, so that no page waits."""
    unread = Notice.objects.filter(user=request.user.pk, read_at=None)[: MOST + 1].count()
    return HttpResponse(f"{MOST}+" if unread > MOST else str(unread or ""), content_type="text/plain; charset=utf-8")


@doors.signed_in
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    upto = request.POST.get("upto", "")
    if not (upto.isdecimal() and len(upto) < 19):
        raise Http404
    actions.read_all(request.user, int(upto))
    return redirect("notices")


@doors.signed_in
@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a notice tells of; by that it is read."""
    notice = Notice.objects.filter(user=request.user.pk, pk=pk).first() if pk < 2**63 else None
    if notice is None:
        raise Http404
    if notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    return redirect(notice.url)


@doors.signed_in
def choices(request: HttpRequest) -> HttpResponse:
    """How notices come to me."""
    user: Any = request.user
    held = dict(system.rows(Choice).live().filter(user=user.pk).values_list("reason", "by_mail"))
    said = request.POST if request.method == "POST" else None
    form = ChoiceForm(said, initial={key: held.get(key, known.by_mail) for key, known in reasons.items()})
    if request.method == "POST" and form.is_valid():
        with work.act("chosen", kind=Choice._meta.label_lower) as unit:
            actions.choose(user, form.cleaned_data)
        doors.said(request, _("Saved."), unit)
        return redirect("my-notices")
    context = {"form": form, "email": user.email, "has_server": system.rows(MailServer).live().exists(), "key": pages.fresh_key()}
    return render(request, "notices/choices.html", context, status=422 if form.errors else 200)


@doors.signed_in
@sensitive_post_parameters()
def mail_server(request: HttpRequest) -> HttpResponse:
    """Whereby our e-mail leaves: made the first time it is saved."""
    kind: Any = MailServer.kind
    if not kind.may(request.user, "change"):
        raise Http404
    held = system.rows(MailServer).live().first()
    if held is not None:
        return doors.edit_form(request, kind, doors.get(kind, request.user, held.pk, "change", lock=request.method == "POST"))
    form = forms.form_for(kind, request.user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return doors.form_page(request, kind, form, status=422 if form.is_bound else 200)
    with work.act("created", kind=kind.key) as unit:
        kind.write(form, request.user)
    doors.said(request, _("Saved."), unit)
    return redirect("mail-server")


@doors.right("change")
@require_POST
@sensitive_post_parameters()
def try_mail(request: HttpRequest) -> HttpResponse:
    """Send a mail to oneself by what stands in the form, saved or not, and tell what the server said.

    Without a transaction: the store must not be locked while a server lets us wait. Sent twice, two mails arrive.
    """
    kind: Any = MailServer.kind
    user: Any = request.user
    if not user.is_authenticated:
        return doors.to_sign_in(request)
    if not kind.may(user, "change"):
        raise Http404
    held = system.rows(MailServer).live().first()
    if held is not None:
        doors.version_of(request, held)  # what is no form of ours sends no mail
    form = forms.form_for(kind, user, request.POST, instance=held)
    said: dict[str, Any] = {}
    if form.is_valid():
        said = tried(form.instance, user)
    shown = {"tried": said, "action_url": "/settings/mail/", "heading": _("Mail server")}
    return doors.form_page(request, kind, form, held, status=200 if said.get("tone") == "good" else 422, **shown)


def tried(server: Any, user: Any) -> dict[str, Any]:
    """{tone, text}: what became of a mail to the person himself, or to the sender where he has no address."""
    to, text = user.email or server.sender, _("This is a test from Shuke. Mail goes out as it should.")
    try:
        domain = server.sender.rpartition("@")[2]
        uid = f"<{pages.fresh_key()}@{domain}>"
        sent = mail.send(outbox.as_server(server), outbox.written(server.sender, to, text, text, uid, timezone.now()))
    except guard.Shut as shut:
        return {"tone": "late", "text": shut.sentence}
    return {"tone": "good", "text": f"{sent} {_('It is on its way to %(to)s.') % {'to': to}}"}


def owners_only(request: HttpRequest) -> None:
    if scope.policy.reach(request.user, "*", "*") != "all":
        raise Http404


@doors.signed_in
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """What did not go out, and what still waits."""
    owners_only(request)
    rows = system.rows(Message).live().order_by("-pk")
    context = {
        "failed": [told(one) for one in rows.filter(state="failed")[:PAGE]],
        "waiting": [told(one) for one in rows.filter(state="waiting")[:PAGE]],
        "empty": {"title": _("Everything went out"), "text": "", "icon": "mail", "acts": []},
    }
    return render(request, "notices/letters.html", context)


def told(message: Any) -> dict[str, Any]:
    fitting = [action for action in message.kind.actions if action.fits(message)]
    acts = [
        {
            "label": act.label,
            "url": f"/settings/outbox/{message.pk}/{act.name}/",
            "method": "post",
            "idempotency": pages.fresh_key(),
        }
        for act in fitting
    ]
    return {"message": message, "acts": acts}


@doors.signed_in
@require_POST
def decide(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Send again, or do not send."""
    owners_only(request)
    action = Message.kind.verb(name)
    if action is None:
        raise Http404
    message = doors.get(Message.kind, request.user, pk, "change", lock=True)
    with work.act(action.name, kind=Message.kind.key) as unit:
        action(message)
    doors.said(request, f"{action.label}: {message}", unit)
    return redirect("outbox")
