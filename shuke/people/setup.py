"""The first start: a one-time token printed on the console opens the set-up page; its digest lies in the data directory."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.core.record import Refused
from shuke.people.models import User

MODULES = ["parties", "people"]  # a new firm starts with; the room above all adds its own
STARTS: dict[str, Callable[[User], str]] = {"empty": lambda owner: "/"}  # what is done first; answers the address to go to
LABELS: dict[str, Any] = {
    "empty": _("Empty"),
    "import": _("Bring in my spreadsheet"),
    "sample": _("With a sample firm, to look around"),
}


def place(data_dir: Path) -> Path:
    return data_dir / "setup.token"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(data_dir: Path) -> str:
    """A fresh token; those before it no longer work. Only its digest is kept, readable by the owner of the directory."""
    token = secrets.token_urlsafe(24)
    with open(os.open(place(data_dir), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(digest(token))
    return token


def check_token(data_dir: Path, token: str) -> bool:
    held = place(data_dir)
    return held.exists() and secrets.compare_digest(held.read_text(), digest(token))


def use_up(data_dir: Path) -> None:
    """The token no longer works. Raises Refused when somebody else was faster."""
    try:
        place(data_dir).unlink()
    except FileNotFoundError:
        raise Refused(_("This is already set up. Please sign in.")) from None


def starts() -> list[tuple[str, Any]]:
    return [(key, LABELS[key]) for key in STARTS]
