"""What a pasted text proposes: who it is, what is to be noted, when one speaks next. Rules only, no network, no store."""

from shuke.language.pasting.proposals import Customer, Known, Product, Proposals
from shuke.language.pasting.reading import read

__all__ = ["Customer", "Known", "Product", "Proposals", "read"]
