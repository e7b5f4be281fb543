"""What the rooms above ask of a name; it is read on the floor of language, where a pasted text asks for it too."""

from shuke.language.names import bare, looks_like_organisation, split_person

__all__ = ["bare", "looks_like_organisation", "split_person"]
