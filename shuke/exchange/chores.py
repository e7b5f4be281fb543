"""The jobs of this room, which the worker must know from the start."""

from shuke.exchange import exporting, importing

__all__ = ["exporting", "importing"]
