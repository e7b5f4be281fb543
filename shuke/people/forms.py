"""Forms of sign-in, joining, set-up, one's own page and the verbs on colleagues."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shuke.core import scope, widgets
from shuke.core.forms import KindForm
from shuke.people.models import Department, Role, User


class PasswordInput(forms.PasswordInput):
    template_name = "core/widgets/text.html"


def password(label: Any, autocomplete: str = "new-password", **said: Any) -> forms.CharField:
    return forms.CharField(label=label, strip=False, max_length=200, widget=PasswordInput({"autocomplete": autocomplete}), **said)


def login() -> forms.CharField:
    attrs = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return widgets.TextFormField(label=_("Mobile number or short name"), max_length=60, widget=widgets.TextInput(attrs))


class SignInForm(LoginForm):
    """allauth's form with our fields; its checks and its way to sign in stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {"login": login(), "password": password(_("Password"), "current-password")}


class JoinForm(forms.Form):
    password = password(_("New password"))


class SetUpForm(forms.Form):
    """The first form of a new house. `starts` [(key, label)]: the ways to begin that are there."""

    PEERS = [("own", _("Only one's own")), ("all", _("All see all, and change only their own"))]
    firm = widgets.TextFormField(label=_("Your firm's name"), max_length=120)
    name = widgets.TextFormField(label=_("Your name"), max_length=60)
    login = login()
    password = password(_("Password"), help_text=_("At least ten characters."))
    peers = forms.ChoiceField(
        label=_("Do salespeople see each other's customers?"), choices=PEERS, initial="own", widget=widgets.Chips
    )
    start = forms.ChoiceField(label=_("How do you want to start?"), widget=widgets.Chips)

    def __init__(self, *args: Any, starts: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = starts
        self.fields["start"].initial = starts[0][0]


class PersonForm(KindForm):
    """A colleague: the name to sign in by and the number to be called at are two things."""

    TOLD = {
        "login": _("What the colleague types to sign in."),
        "mobile": _("For calls; it may be the same number, or stay empty."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() & self.TOLD.keys():
            self.fields[name].help_text = self.TOLD[name]


class MeForm(forms.Form):
    """What a person says about himself."""

    name = widgets.TextFormField(label=_("Full name"), max_length=60)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser says")), *settings.LANGUAGES], widget=widgets.Select
    )
    theme = forms.ChoiceField(label=_("Appearance"), required=False, choices=User.THEMES, widget=widgets.Chips)


class PasswordForm(forms.Form):
    old = password(_("Present password"), "current-password")
    new = password(_("New password"), help_text=_("At least ten characters."))


class RolesField(forms.ModelChoiceField):
    def __init__(self) -> None:
        super().__init__(queryset=None, label=_("Role"), widget=widgets.Chips, empty_label=None)


class RoleForm(forms.Form):
    """One of the roles that the colleague does not hold yet."""

    role = RolesField()

    def about(self, user: User, actor: Any) -> None:
        rows = scope.rows(Role, actor).order_by("position", "pk")
        self.fields["role"].queryset = rows.exclude(pk__in=user.roles.values("pk"))


class HeldRoleForm(forms.Form):
    """One of the roles that the colleague holds."""

    role = RolesField()

    def about(self, user: User, actor: Any) -> None:
        self.fields["role"].queryset = user.roles


class HandOverForm(forms.Form):
    """Who takes over; several take turns."""

    to = forms.ModelMultipleChoiceField(
        label=_("Who takes over"),
        queryset=None,
        widget=widgets.MultiChips,
        help_text=_("Of several each gets the next one in turn."),
    )
    leaves = widgets.TickFormField(label=_("Leaves us: switch the sign-in off at once"), required=False)

    def about(self, user: User, actor: Any) -> None:
        self.fields["to"].queryset = scope.rows(User, actor).filter(is_active=True).exclude(pk=user.pk).order_by("name", "pk")
        if not user.is_active or "switch_off" not in User.kind.allowed(actor, user):
            del self.fields["leaves"]


class DepartmentForm(forms.Form):
    def about(self, user: User, actor: Any) -> None:
        rows = scope.rows(Department, actor)
        self.fields["department"] = widgets.RelationFormField(
            rows=rows,
            title="name",
            url="/departments/lookup/",
            label=_("Department"),
            required=False,
            initial=rows.filter(pk=user.department_id).first(),
        )
