"""The one form of a kind: the screen, an import row and an API body are cleaned by the same fields and the same constraints."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from shuke.core import customfields, edits, errors, scope, widgets
from shuke.core.columns import CUSTOM, title_of
from shuke.core.fields import MoneyField, PhoneField, WordsField
from shuke.core.record import Record, RecordQuerySet

if TYPE_CHECKING:
    from shuke.core.kind import Kind


def field_for(field: models.Field[Any, Any], **said: Any) -> forms.Field | None:
    """The form field of a model field. A relation gets its rows when the form knows its person."""
    said = {"label": field.verbose_name, "required": not field.blank, "help_text": field.help_text, **said}
    if field.has_default() and not callable(field.default):
        said.setdefault("initial", field.default)
    match field:
        case models.ForeignKey():
            return widgets.RelationFormField(
                rows=RecordQuerySet(field.related_model).none(), title=title_of(field.related_model), url="", **said
            )
        case WordsField():
            return widgets.WordsFormField(words=field.words, **said)
        case MoneyField():
            return widgets.MoneyFormField(**said)
        case PhoneField():
            return widgets.PhoneFormField(**said)
    if field.choices:
        blank = [("", "—")] if field.blank else []
        return widgets.StateFormField(choices=[*blank, *field.flatchoices], coerce=field.to_python, **said)
    match field:
        case models.BooleanField():
            return widgets.TickFormField(**{**said, "required": False})
        case models.DateTimeField() | models.TimeField():
            return field.formfield(**said)
        case models.DateField():
            return widgets.DayFormField(**said)
        case models.DecimalField():
            return widgets.NumberFormField(places=field.decimal_places, **said)
        case models.IntegerField():
            low, high = (0, 2**31 - 1) if isinstance(field, models.PositiveIntegerField) else (-(2**31), 2**31 - 1)
            if isinstance(field, (models.PositiveSmallIntegerField, models.SmallIntegerField)):
                low, high = max(low, 0), 32767
            return widgets.NumberFormField(minimum=low, maximum=high, **said)
        case models.EmailField():
            return forms.EmailField(widget=widgets.TextInput(attrs={"inputmode": "email"}), max_length=field.max_length, **said)
        case models.TextField():
            return widgets.TextFormField(widget=widgets.Textarea(attrs={"rows": 3}), max_length=20000, strip=True, **said)
        case models.CharField():
            return widgets.TextFormField(max_length=field.max_length, widget=widgets.TextInput(), **said)
    return field.formfield(**said)


class KindForm(forms.ModelForm):
    """A ModelForm within one person's rights: relations are picked from his scope, fields that he may not edit are not there."""

    kind: Kind
    user: Any
    unasked: tuple[str, ...] = ()  # fields that stand on no page

    def __init__(self, *args: Any, kind: Kind, user: Any, only: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.user = kind, user
        self.add_custom()
        levels = kind.levels(user)
        wanted = set(self.fields) if only is None else set(only)
        for name in list(self.fields):
            if name not in wanted or levels.get(name, "edit") != "edit" or kind.solitary(name):
                del self.fields[name]
            else:
                self.bind(name)

    def add_custom(self) -> None:
        for key, custom in customfields.of(self.kind.path).items():
            self.fields[CUSTOM + key] = customfields.form_field(custom)
            self.initial[CUSTOM + key] = self.instance.extra.get(key)

    def bind(self, name: str) -> None:
        field = self.fields[name]
        if isinstance(field, widgets.RelationFormField):
            held = self._meta.model._meta.get_field(name)
            model, key = held.related_model, getattr(self.instance, held.attname)
            field.rows = scope.rows(model, self.user)
            field.widget.url = f"/{model.kind.path}/lookup/"
            if self.instance.pk and key and not field.rows.filter(pk=key).exists():
                self.fields[name] = widgets.UnseenFormField(
                    edits.shown(self.instance, name, key, self.user), label=field.label, help_text=field.help_text
                )
                self.initial.pop(name, None)
        elif name in self._meta.fields:
            field.label = self.kind.label_of(name, self._meta.model._meta.get_field(name))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        for name in [name for name in said if isinstance(self.fields.get(name), widgets.UnseenFormField)]:
            del said[name]
        extra = dict(self.instance.extra)
        for name, value in said.items():
            if name.startswith(CUSTOM):
                key = name.removeprefix(CUSTOM)
                kept = customfields.stored(customfields.of(self.kind.path)[key], value)
                extra.pop(key, None) if kept is None else extra.__setitem__(key, kept)
        self.instance.extra = extra
        return said

    def _get_validation_exclusions(self) -> set[str]:
        # A relation was looked up in the person's scope: asking the store again that the row is there is a statement for nothing.
        related = {f.name for f in self._meta.model._meta.concrete_fields if f.is_relation}
        return super()._get_validation_exclusions() | related

    def _post_clean(self) -> None:
        super()._post_clean()
        # Without exclude: Django skips a conditional constraint over a field that is not on the form, and it ends as a crash.
        if self.errors:
            return
        try:
            self.instance.validate_constraints()
        except ValidationError as error:
            self._update_errors(error)

    def _update_errors(self, errors: ValidationError) -> None:
        if hasattr(errors, "error_dict"):
            shown = {name if name in self.fields else "__all__": list for name, list in errors.error_dict.items()}
            errors = ValidationError(shown)
        super()._update_errors(errors)


def outrun(form: KindForm) -> KindForm:
    """A form that was right until the store refused what it says: somebody was faster. Its errors tell with what, where it can be
    seen."""
    form.full_clean()  # what the other one saved is there to be seen by now
    if not form.errors:
        form.add_error(None, errors.SENTENCES[409])
    return form


def sent(field: forms.Field, value: Any) -> list[str]:
    """What a browser sends for `field` when it holds `value`."""
    value = field.prepare_value(value)
    if isinstance(field.widget, forms.CheckboxInput):
        return ["on"] if value else []
    shown = field.widget.format_value(value)
    return shown if isinstance(shown, list) else [str(shown or "")]


@cache
def class_for(kind: Kind) -> type[KindForm]:
    names = [f.name for f in kind.model._meta.concrete_fields if f.name in kind.form]
    base = kind.form_class or KindForm
    made = forms.modelform_factory(kind.model, form=base, fields=names, formfield_callback=field_for)
    made.base_fields = {name: made.base_fields[name] for name in kind.form if name in made.base_fields}
    return made


def form_for(
    kind: Kind, user: Any, data: Any = None, files: Any = None, *, instance: Record | None = None, **said: Any
) -> KindForm:
    """The form of `kind` for `user`: bound to `data` when given, for `instance` or for a new record."""
    return class_for(kind)(data, files, instance=instance, kind=kind, user=user, **said)
