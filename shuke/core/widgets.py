"""Form fields and widgets of every door: a form, an import and the API clean a value by the same code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from shuke.core.fields import LIMIT
from shuke.core.record import Record
from shuke.language import cleaners, phones

LARGEST = 10**15  # of a number: both stores and a spreadsheet keep it to the last digit


def cleaned(clean: Any, value: Any, **how: Any) -> Any:
    """The value as a cleaner gives it; its sentence becomes the error at the field."""
    try:
        return clean(value, **how)
    except cleaners.BadValue as error:
        raise ValidationError(error.sentence, code="invalid") from None


class TextInput(forms.TextInput):
    template_name = "core/widgets/text.html"


class Textarea(forms.Textarea):
    template_name = "core/widgets/textarea.html"


class Select(forms.Select):
    template_name = "core/widgets/select.html"


class Chips(forms.RadioSelect):
    template_name = "core/widgets/chips.html"


class MultiChips(forms.CheckboxSelectMultiple):
    template_name = "core/widgets/multichips.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Several words may come as one, as a choice between two lists sends them."""
        said = super().value_from_datadict(data, files, name)
        return [word for one in said for word in one.split("、")] if isinstance(said, list) else said


class Checkbox(forms.CheckboxInput):
    template_name = "core/widgets/checkbox.html"


class DayInput(forms.DateInput):
    template_name = "core/widgets/date.html"
    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class MoneyInput(forms.TextInput):
    template_name = "core/widgets/money.html"


class LookAhead(forms.TextInput):
    """A box that finds a record as one types; without a script the typed text is looked up when the form arrives."""

    template_name = "core/widgets/lookahead.html"

    def __init__(self, url: str, label: Any, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.url, self.label = url, label

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"url": self.url, "text": self.label(value) if value else "", "text_name": f"{name}__text"}
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name) or data.get(f"{name}__text")


class Unseen(forms.Widget):
    """Stands for a record that the person may not see: a fixed text, of which nothing is sent."""

    template_name = "core/widgets/unseen.html"
    use_fieldset = True  # named as a group, since there is nothing to fill in

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["text"] = self.text
        return context


class WordsInput(forms.TextInput):
    template_name = "core/widgets/words.html"

    def format_value(self, value: Any) -> str:
        return "、".join(value) if isinstance(value, list) else value or ""


class TextFormField(forms.CharField):
    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        lines = isinstance(self.widget, forms.Textarea)
        return cleaned(cleaners.clean_text, value, lines=lines)


class NumberFormField(forms.Field):
    widget = TextInput

    def __init__(self, *, places: int = 0, minimum: Any = -LARGEST, maximum: Any = LARGEST, **said: Any) -> None:
        super().__init__(**said)
        self.places, self.minimum, self.maximum = places, minimum, maximum

    def to_python(self, value: Any) -> Decimal | int | None:
        if value in self.empty_values:
            return None
        if self.places == 0:
            number = cleaned(cleaners.clean_integer, value)
            if not self.minimum <= number <= self.maximum:
                raise ValidationError(
                    _("Please give a number from %(low)s to %(high)s.") % {"low": self.minimum, "high": self.maximum}
                )
            return number
        return cleaned(cleaners.clean_decimal, value, places=self.places, minimum=self.minimum, maximum=self.maximum)


class MoneyFormField(NumberFormField):
    widget = MoneyInput

    def __init__(self, **said: Any) -> None:
        super().__init__(places=2, minimum=-LIMIT, maximum=LIMIT, **said)


class DayFormField(forms.DateField):
    widget = DayInput

    def to_python(self, value: Any) -> Any:
        return None if value in self.empty_values else cleaned(cleaners.clean_day, value)


class PhoneFormField(TextFormField):
    widget = TextInput

    def to_python(self, value: Any) -> str:
        return cleaned(phones.normal, value) if value not in self.empty_values else ""

    def prepare_value(self, value: Any) -> Any:
        return phones.shown(value) if isinstance(value, str) and value.isdigit() else value


class YesNoFormField(forms.NullBooleanField):
    widget = forms.NullBooleanSelect(attrs={})

    def to_python(self, value: Any) -> bool | None:
        return cleaned(cleaners.clean_yes_no, value)


class WordsFormField(forms.Field):
    """Several words: chips when the words are given, else typed with 、 or a comma between."""

    SEPARATORS = str.maketrans(dict.fromkeys(",，;；|\n\t", "、"))

    def __init__(self, *, words: Any = None, max_length: int = 60, **said: Any) -> None:
        self.words, self.word_length = words, max_length
        said.setdefault("widget", MultiChips(choices=words) if words else WordsInput())
        said.pop("empty_value", None)
        super().__init__(**said)

    def to_python(self, value: Any) -> list[str]:
        if value in self.empty_values:
            return []
        if isinstance(value, str):
            value = value.translate(self.SEPARATORS).split("、")
        if not isinstance(value, (list, tuple)):
            raise ValidationError(_("Please give a list of words."))
        said = [cleaned(cleaners.clean_text, word, limit=self.word_length) for word in value]
        found = list(dict.fromkeys(word for word in said if word))
        if len(found) > 50:
            raise ValidationError(_("Please give at most 50 words."))
        return [self.constant(word) for word in found]

    def constant(self, word: str) -> str:
        """The constant of a given word, by itself or by its label; any word where none are given."""
        if not self.words:
            return word
        for key, label in self.words:
            if word in (key, str(label)):
                return key
        raise ValidationError(
            _("“%(word)s” is not one of the choices: %(choices)s.")
            % {"word": word, "choices": "、".join(str(label) for _key, label in self.words)}
        )


class StateFormField(forms.TypedChoiceField):
    """One of fixed constants, given as itself or by its label (an import says 供应商, the API says supplier)."""

    widget = Select

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        for key, label in self.choices:
            if text and text == str(label):
                return key
        return text


class RelationFormField(forms.Field):
    """A record of another kind, picked by look-ahead: its id, or a text that only one record in scope is called by."""

    def __init__(self, *, rows: Any, title: str, url: str, **said: Any) -> None:
        self.rows, self.title = rows, title
        super().__init__(widget=LookAhead(url, self.label_of), **said)

    def __deepcopy__(self, memo: Any) -> RelationFormField:
        mine: RelationFormField = super().__deepcopy__(memo)
        mine.widget.label = mine.label_of  # not that of the field which all forms are made of, and which knows nobody's rows
        return mine

    def label_of(self, value: Any) -> str:
        if isinstance(value, Record):
            return str(value)
        if not str(value).isdecimal() or len(str(value)) > 18:
            return str(value)
        return str(self.rows.filter(pk=value).first() or "")

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, Record) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, self.rows.model):
            return value
        text = cleaned(cleaners.clean_text, value)
        if text.isdecimal() and len(text) <= 18 and (found := self.rows.filter(pk=int(text)).first()):
            return found
        found = list(self.rows.filter(**{self.title: text})[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError(
                _("Several are called “%(text)s”. Please pick one from the list.") % {"text": text}, code="several"
            )
        raise ValidationError(_("“%(text)s” was not found.") % {"text": text}, code="missing")

    def has_changed(self, initial: Any, data: Any) -> bool:
        key = initial.pk if isinstance(initial, Record) else initial
        return str(key or "") != str(data or "")


class UnseenFormField(forms.Field):
    """A relation to a record that the person may not see: it stays as it is, whatever is sent for it."""

    def __init__(self, text: str, **said: Any) -> None:
        super().__init__(required=False, widget=Unseen(text), **said)

    def clean(self, value: Any) -> None:
        # The same answer for every value: no other one tells whether it was guessed right.
        if value not in self.empty_values:
            raise ValidationError(_("You may not see what stands here, so it stays as it is. Save again to keep the rest."))


class TickFormField(forms.BooleanField):
    """A yes or no that is never empty; a sheet may say 是, √ or 1."""

    widget = Checkbox

    def to_python(self, value: Any) -> bool:
        return bool(cleaned(cleaners.clean_yes_no, value))
