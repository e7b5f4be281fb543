"""What the doors know of backups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.backup.models import Backup, Plan
from shuke.core.forms import KindForm
from shuke.core.kind import Kind, kind
from shuke.core.pages import VERBS

VERBS |= {
    "backed_up": gettext_lazy("backed up and verified"),
    "backup_failed": gettext_lazy("tried to back up"),
    "dropped": gettext_lazy("removed as an old one"),
}


@kind(Backup)
class Backups(Kind):
    """Made by jobs only: there is no form. Verbs of the grants: `back_up` makes one, `download` fetches one."""

    path = "backups"
    icon = "lock"
    menu = False
    columns = ["name", "created_at", "state", "size", "by", "nightly", "why"]
    filters = ["state", "nightly"]
    facts = ["folder", "created_at", "state", "why", "size", "rows", "files", "by", "nightly"]

    def badges(self, record: Backup, user: Any) -> list[dict[str, Any]]:
        return [{"label": record.get_state_display(), "tone": "late" if record.state == "failed" else "good"}]


class PlanForm(KindForm):
    def clean_hour(self) -> int | None:
        hour = self.cleaned_data["hour"]
        return None if hour == "" else hour

    def clean_folder(self) -> str:
        """Empty, or a folder of this machine that is there: a mistyped one would be made on the disk that is to be saved."""
        folder: str = self.cleaned_data["folder"]
        if folder and not (Path(folder).is_absolute() and Path(folder).is_dir()):
            self.add_error("folder", _("There is no such folder on this machine. Write it from the top, as /mnt/usb/shuke."))
        return folder


class Plans(Kind):
    """Of the one plan there is a form and no list."""

    model = Plan
    path = "backup-plan"
    form = ["hour", "keep", "folder"]
    form_class = PlanForm

    def url(self, record: Any = None, what: str = "") -> str:
        return Backup.kind.url()


Plan.kind = Plans()
