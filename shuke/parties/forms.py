"""What the forms of parties say beyond their columns: a contact at once, a pasted address, organisation or person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.core import scope, widgets
from shuke.core.forms import KindForm
from shuke.core.models import Share
from shuke.language import regions
from shuke.parties.models import CURRENCY, GRANTS, STAGES, Party, family_of, prospect


def named(names: Iterable[str]) -> str:
    """What htmx sends along: of a form only these fields, since the rest is nobody's business in an address."""
    return ",".join(f"[name={name}]" for name in names)


REGION = ("province", "city", "district")
GUESSED = [("", _("By the name")), ("True", _("Organisation")), ("False", _("Person"))]
ALIKE = ("name", "contact_phone", "phone", "wechat")
TWINS = {"hx-get": "/parties/twins/", "hx-trigger": "change", "hx-target": "#duplicates", "hx-include": named(ALIKE)}
TELLING = ("phone", "wechat", "tax_no")  # what stands on the page of a customer and tells whose it is
PLACES = {"hx-get": "/parties/places/", "hx-trigger": "focus", "hx-target": "next datalist", "hx-include": named(REGION)}


class Place(widgets.TextInput):
    """A province, city or district: any text, with those of the register to pick from."""

    template_name = "parties/widgets/place.html"


class AddressedForm(KindForm):
    """A form whose address may be pasted whole: its province, city and district are cut off and filled in."""

    line = "address"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in REGION:
            if name in self.fields:
                self.fields[name].widget = Place(attrs={**PLACES, "list": f"places_{name}", "autocomplete": "off"})

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get(self.line) and not any(said.get(name) for name in REGION):
            found = regions.split(said[self.line])
            if found.rest and any(found[:3]):
                self.fill(said, {**dict(zip(REGION, found[:3], strict=True)), self.line: found.rest})
        return said

    def fill(self, said: dict[str, Any], values: dict[str, str]) -> None:
        said |= {name: value for name, value in values.items() if name in self.fields}


class AddressForm(AddressedForm):
    line = "text"


class TellingForm(KindForm):
    """A new contact or invoice title: warns when another customer has this number, WeChat id or tax number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            told = [name for name in TELLING if name in self.fields]
            for name in told:
                self.fields[name].widget.attrs |= {**TWINS, "hx-include": named(["party", *told])}


class PartyForm(AddressedForm):
    """A customer on one screen: name, contact, phone. Without a contact the number is the customer's own."""

    contact_name = widgets.TextFormField(label=_("Contact"), max_length=100, required=False)
    contact_phone = widgets.PhoneFormField(label=_("Contact's phone"), required=False)
    contact_title = widgets.TextFormField(label=_("Contact's job title"), max_length=60, required=False)
    is_organisation = widgets.StateFormField(
        label=_("Sort of customer"),
        choices=GUESSED,
        coerce=lambda word: word == "True",
        empty_value=None,
        required=False,
        widget=widgets.Chips,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "stage" in self.fields:
            self.fields["stage"].required = False
        if self.instance.currency == CURRENCY:
            self.unasked = ("currency",)  # the firm counts in it anyway; a sheet and the API may say another one
        for name in ("tags", "aliases"):
            if name in self.fields:
                self.fields[name].help_text = _("Several ones with a comma between them.")
        if self.instance.pk:
            for name in ("contact_name", "contact_phone", "contact_title"):
                self.fields.pop(name, None)
            return
        for name in ALIKE:
            if name in self.fields:
                self.fields[name].widget.attrs |= TWINS

    def clean_roles(self) -> list[str]:
        """A customer whom one may not have in this role would vanish from one's sight with the saving of it."""
        roles: list[str] = self.cleaned_data["roles"] or prospect()
        verb = "change" if self.instance.pk else "create"
        reached = [bit for bit, path in GRANTS.items() if scope.policy.reach(self.user, path, verb) != "none"]
        if not any(family_of(roles) & bit for bit in reached):
            raise forms.ValidationError(_("You may not keep records in this role. Please ask the owner of the firm."))
        return roles

    def clean_stage(self) -> str:
        return self.cleaned_data["stage"] or self.instance.stage

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if not said.get("phone") and said.get("contact_phone"):
            self.fill(said, {"phone": said["contact_phone"]})
        return said


class StageForm(forms.Form):
    stage = widgets.StateFormField(label=_("Stage"), choices=STAGES, widget=widgets.Chips)

    def about(self, party: Party, user: Any) -> None:
        if not self.is_bound:  # marked on the page; what is sent must say the stage itself
            self.initial["stage"] = party.stage


class ColleagueForm(forms.Form):
    """Names a colleague, picked from those whom the person may see."""

    to = widgets.RelationFormField(label=_("Which colleague"), rows=None, title="name", url="/people/lookup/")

    everybody = False  # those who are switched off too

    def about(self, party: Party, user: Any) -> None:
        people = scope.rows(Party._meta.get_field("owner").related_model, user)
        self.fields["to"].rows = people if self.everybody else people.filter(is_active=True)


class TeamForm(ColleagueForm):
    everybody = True


class ShareForm(ColleagueForm):
    level = widgets.StateFormField(label=_("What for"), choices=Share.LEVELS, initial="change")


class TagForm(forms.Form):
    tag = widgets.TextFormField(label=_("Tag"), max_length=60)
