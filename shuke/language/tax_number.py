"""Tax numbers of Chinese firms: the unified social credit code of GB 32100-2015, and the 15 digits that came before it."""

import re

from django.utils.translation import gettext_lazy as _

from shuke.language.cleaners import FULL_WIDTH, BadValue, clean_text

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
CODE = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")


def normal(value: object) -> str:
    """Upper case, half-width, without blanks and hyphens: the form in which a tax number is stored."""
    return re.sub(r"[\s-]", "", clean_text(value, limit=64).translate(FULL_WIDTH)).upper()


def check(value: object) -> str:
    """The stored form of a right number; BadValue names what is wrong with another one."""
    code = normal(value)
    if len(code) == 15 and re.fullmatch("[0-9]{6}[0-9A-Z]{9}", code):
        return code
    if len(code) != 18:
        raise BadValue(_("A tax number has 18 characters (old ones 15), this has %(length)d."), length=len(code))
    if wrong := sorted(set(code) - set(ALPHABET)):
        raise BadValue(_("A tax number has no %(letters)s. Compare it with the invoice."), letters=" ".join(wrong))
    if not CODE.fullmatch(code):
        raise BadValue(_("Characters 3 to 8 of a tax number are digits. Compare it with the invoice."))
    if code[17] != check_character(code[:17]):
        raise BadValue(
            _("The last character of this tax number does not fit the others: one of them is wrong. Ask for it again.")
        )
    return code


def check_character(body: str) -> str:
    """The 18th character for the 17 before it: weights 3^i mod 31 over the alphabet's values, complement to 31."""
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return ALPHABET[-total % 31]
