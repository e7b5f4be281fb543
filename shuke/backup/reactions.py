"""The block on the page of a backup: fetch it, for whoever may take everything away."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.backup import actions
from shuke.backup.models import Backup
from shuke.core.hooks import panel


@panel("backup.backup", _("Keep it elsewhere"), "backup/fetch.html")
def fetch(backup: Backup, user: Any) -> dict[str, Any] | None:
    if backup.state != "verified" or not backup.kind.may(user, "download"):
        return None
    return {"file_url": backup.kind.url(backup, "file/"), "is_there": actions.place_of(backup).is_file(), "file": backup.name}
