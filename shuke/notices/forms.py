"""Forms of the ways out. What is secret is typed, never shown again; an empty box keeps what is there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import widgets
from shuke.core.forms import KindForm
from shuke.network import guard
from shuke.notices.reasons import reasons

KEPT = gettext_lazy("Is kept secret. Leave it empty to keep what is there.")


class SecretInput(forms.PasswordInput):
    template_name = "core/widgets/text.html"


def secret(label: Any, length: int) -> Any:
    return widgets.TextFormField(
        label=label, max_length=length, required=False, help_text=KEPT, widget=SecretInput({"autocomplete": "new-password"})
    )


class RobotForm(KindForm):
    address = secret(gettext_lazy("Robot's address (webhook)"), 500)
    sign_with = secret(gettext_lazy("Signing key (DingTalk, Feishu)"), 200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "address" in self.fields and self.instance.shown:
            self.fields["address"].help_text = _("Now: %(shown)s. Leave it empty to keep it.") % {"shown": self.instance.shown}

    def clean_address(self) -> str:
        said: str = self.cleaned_data["address"]
        try:
            if said:
                guard.target(said)
        except guard.Shut as shut:
            raise ValidationError(shut.sentence) from None
        return said

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        self.instance.url = said.get("address") or self.instance.url
        self.instance.signing_key = said.get("sign_with") or self.instance.signing_key
        return said


class MailServerForm(KindForm):
    sign_in_with = secret(gettext_lazy("Password"), 200)

    def clean_host(self) -> str:
        try:
            return guard.host_of(self.cleaned_data["host"])
        except guard.Shut as shut:
            raise ValidationError(shut.sentence) from None

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        typed = said.get("sign_in_with")
        if not typed and self.moves() and self.instance.password:
            # Whoever sets this up must not have the password of one server handed to another.
            self.add_error("sign_in_with", _("The server changed: please type the password again."))
        self.instance.password = typed or self.instance.password
        return said

    def moves(self) -> bool:
        return self.instance.pk is not None and bool({"host", "port", "user"} & set(self.changed_data))


class ChoiceForm(forms.Form):
    """A tick for each reason: by e-mail too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, reason in reasons.items():
            self.fields[key] = widgets.TickFormField(label=reason.label, required=False)
