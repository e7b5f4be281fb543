"""The check of tax numbers; it stands on the floor of language, where a pasted text asks for it too."""

from shuke.language.tax_number import ALPHABET, check, check_character, normal

__all__ = ["ALPHABET", "check", "check_character", "normal"]
