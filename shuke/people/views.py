"""Pages of people that no generic door gives: set-up, sign-in, joining, links for colleagues, one's own page."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.views import LoginView, LogoutView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from shuke.core import doors, errors, firm, pages
from shuke.core import kind as kinds
from shuke.core.doors import right, signed_in
from shuke.core.record import Refused
from shuke.people import actions, setup
from shuke.people.forms import JoinForm, MeForm, PasswordForm, SetUpForm, SignInForm
from shuke.people.models import Session, User
from shuke.people.sessions import digest

secretly = method_decorator(sensitive_post_parameters(), name="dispatch")


@right("open")
@never_cache
@sensitive_post_parameters()
def set_up(request: HttpRequest) -> HttpResponse:
    """The first page of a new house, for whoever holds the token that the server printed."""
    if firm.revision():
        raise Http404
    if not setup.check_token(settings.DATA, request.GET.get("token", "")):
        return errors.page(request, 403, _("Please open the set-up link that the server printed when it started."))
    form = SetUpForm(request.POST or None, starts=setup.starts())
    if form.is_valid() and (owner := made(form)):
        login(request, owner)
        return redirect(setup.STARTS[form.cleaned_data["start"]](owner))
    return render(request, "setup.html", {"form": form, "key": ""}, status=422 if form.errors else 200)


def made(form: SetUpForm) -> User | None:
    """The owner of the firm that the form describes; None when it was refused, with the sentence in the form."""
    told = form.cleaned_data
    try:
        with transaction.atomic():
            owner = actions.set_up(
                firm_name=told["firm"],
                login=told["login"],
                password=told["password"],
                name=told["name"],
                peers_see=told["peers"] == "all",
                modules=setup.MODULES,
            )
            setup.use_up(settings.DATA)
    except Refused as refused:
        form.add_error("password", refused.sentence)
        return None
    return owner


@secretly
class SignIn(LoginView):
    form_class = SignInForm
    template_name = "people/sign_in.html"  # account/login.html would be found in the library first

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=429 if form.has_error("__all__", "wait") else 422)

    def form_valid(self, form: SignInForm) -> HttpResponse:
        return wear(super().form_valid(form), form.user.theme)


def wear(response: HttpResponse, theme: str) -> HttpResponse:
    """The person's appearance on this device; readable by the script that switches it."""
    if theme:
        response.set_cookie("theme", theme, max_age=365 * 86400, samesite="Lax", secure=settings.SECURE)
    else:
        response.delete_cookie("theme")
    return response


@right("open")
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Light, dark or as the device says, for those without a script."""
    said = request.POST.get("theme", "")
    return wear(HttpResponseRedirect(doors.came_from(request, "/")), said if said in dict(User.THEMES) else "")


sign_in = right("open")(SignIn.as_view())
sign_out = right("open")(require_POST(LogoutView.as_view()))


@right("open")
@never_cache
@sensitive_post_parameters()
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Set a password by a one-use link, and be signed in."""
    try:
        person = actions.invitation(token).user
    except Refused as refused:
        return render(request, "people/join.html", {"error": refused.sentence}, status=404)
    form = JoinForm(request.POST or None)
    if form.is_valid():
        try:
            user = actions.join(token, form.cleaned_data["password"])
        except Refused as refused:
            form.add_error("password", refused.sentence)
        else:
            login(request, user)
            return wear(redirect("/"), user.theme)
    return render(request, "people/join.html", {"form": form, "person": person, "key": ""}, status=422 if form.errors else 200)


def link(name: str) -> doors.View:
    """The view that makes a link by the verb `name` and shows it with its QR code, this once: only its digest is kept."""

    @right(name)
    @never_cache
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        import segno  # not for every start to load

        people = kinds.at("people")
        if not request.user.is_authenticated:
            return doors.to_sign_in(request)
        if people is None or not people.may(request.user, name):
            raise Http404
        verb: Any = people.verb(name)
        user = doors.get(people, request.user, pk, name)
        if request.method != "POST":  # the address of the page with the link, opened again
            return redirect(people.url(user))
        url = request.build_absolute_uri(f"/join/{verb(user)}/")
        drawn = mark_safe(segno.make(url, error="m").svg_inline(scale=5, border=3, light="#fff"))  # noqa: S308 our own drawing
        context = {"person": user, "label": verb.label, "url": url, "qr": drawn, "name": name, "back": people.url(user)}
        context["only_here"] = is_loopback(request.get_host())
        return render(request, "people/link.html", context)

    return view


def is_loopback(host: str) -> bool:
    """Whether an address leads everybody to his own machine."""
    name = split_domain_port(host)[0].strip("[]")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


invite = link("invite")
reset_password = link("reset_password")


@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """One's own page: name, language, appearance; password; where one is signed in."""
    user: Any = request.user
    form = MeForm(request.POST or None, initial={"name": user.name, "language": user.language, "theme": user.theme})
    if not form.is_valid():
        return my_page(request, form=form)
    for name, value in form.cleaned_data.items():
        setattr(user, name, value)
    user.save()
    messages.success(request, _("Saved."))
    return wear(redirect("me"), user.theme)


def my_page(request: HttpRequest, *, form: MeForm | None = None, passwords: PasswordForm | None = None) -> HttpResponse:
    user: Any = request.user
    here = digest(request.session.session_key)
    rows = Session.objects.filter(user=user.pk).order_by("-created")[:20]
    context = {
        "form": form or MeForm(initial={"name": user.name, "language": user.language, "theme": user.theme}),
        "passwords": passwords or PasswordForm(),
        "roles": user.roles,
        "sessions": [{"row": row, "here": row.pk == here} for row in rows],
        "key": pages.fresh_key(),
    }
    wrong = (form and form.errors) or (passwords and passwords.errors)
    return render(request, "people/me.html", context, status=422 if wrong else 200)


@signed_in
@require_POST
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return my_page(request, passwords=form)
    try:
        actions.change_password(request.user, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return my_page(request, passwords=form)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
    return redirect("me")


@right("signed-in")
@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        actions.sign_out_everywhere(request.user)
        logout(request)
        doors.said(request, _("Signed out on every device."))
    return redirect("account_login")
