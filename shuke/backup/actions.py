"""What one does with backups: make one, note how it went, keep as many as the firm wants."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from shuke.backup import keeping, postgres, sqlite
from shuke.backup.models import Backup, Plan
from shuke.core import act as work
from shuke.core import firm, scope
from shuke.core.record import Refused

LATE = timedelta(hours=48)
SENTENCE = 500  # characters that are kept of a reason

every = scope.system("backups are made by the house").rows


def source() -> keeping.Source:
    """The store at hand and what belongs to it."""
    files = Path(settings.FILES)
    store = sqlite.Store(Path(connection.settings_dict["NAME"])) if connection.vendor == "sqlite" else postgres.Store()
    return keeping.Source(store, files, files.parent / keeping.KEY)


def plan() -> Plan:
    """How the firm wants its backups; saved as soon as it says so."""
    return every(Plan).live().first() or Plan()


def folder_of(source: keeping.Source, chosen: str = "") -> Path:
    return Path(chosen) if chosen else source.files.parent / "backups"


def name_now() -> str:
    return f"shuke-{timezone.localtime():%Y%m%d-%H%M%S}.tar"


def make(*, nightly: bool = False, progress: keeping.Progress = keeping.silent) -> Backup:
    """Make a backup where the plan says, and note it; one that did not come about is noted too. Never raises Refused."""
    here, wanted = source(), plan()
    target = folder_of(here, wanted.folder) / name_now()
    try:
        manifest = keeping.make(here, target, progress)
    except Refused as refusal:
        return note(target, None, why=str(refusal.sentence), nightly=nightly)
    made = note(target, manifest, nightly=nightly)
    if nightly:
        drop_old(wanted)
    return made


def note(target: Path, manifest: dict[str, Any] | None, *, why: str = "", nightly: bool = False) -> Backup:
    """Put on record that a backup was made at `target` by whoever acts; without `manifest` it failed, `why` says how."""
    row = Backup(name=target.name, folder=str(target.parent), state="failed", why=why[:SENTENCE], nightly=nightly)
    row.by_id = work.actor().user
    if manifest is not None:
        row.state, row.rows = "verified", sum(manifest["counts"].values())
        row.size = round(Decimal(target.stat().st_size) / 2**20, 1)
        row.files = sum(name.startswith("files/") for name in manifest["members"])
        if lost := len(manifest["missing"]):
            row.why = _("%(count)s files of the firm were lost or damaged before.") % {"count": lost}
    row.save(verb="backed_up" if manifest is not None else "backup_failed")
    return row


def drop_old(wanted: Plan) -> int:
    """Remove what was made by itself and is more than the firm keeps; what was made by hand stays. Returns how many went."""
    rows = every(Backup).live().filter(nightly=True, state="verified").order_by("-id")
    old = list(rows[wanted.keep :])
    for row in old:
        place_of(row).unlink(missing_ok=True)
        row.delete(verb="dropped")
    return len(old)


def place_of(backup: Backup) -> Path:
    return Path(backup.folder) / backup.name


def last_verified() -> datetime | None:
    return every(Backup).live().filter(state="verified").order_by("-id").values_list("created_at", flat=True).first()


def is_due(now: datetime) -> bool:
    """Whether the hour of the plan has come since the last one that was made by itself, or was tried, began."""
    hour = plan().hour
    if hour is None:
        return False
    local = timezone.localtime(now)
    begins = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if begins > local:
        begins -= timedelta(days=1)
    return not every(Backup).live().filter(nightly=True, state="verified", created_at__gte=begins).exists()


def warning(now: datetime) -> str:
    """What whoever runs the firm must hear about its backups; "" when all is well, or while the firm is young."""
    here = firm.firm()
    if here is None or here.created_at > now - LATE:
        return ""
    last = last_verified()
    if last is None:
        return _("There is no backup of this firm yet. If this machine breaks, everything is lost.")
    if last > now - LATE:
        return ""
    return _("The last verified backup is of %(day)s. What came after would be lost if this machine breaks.") % {
        "day": timezone.localtime(last).strftime("%Y-%m-%d %H:%M")
    }


def exports_folder() -> Path:
    return source().files.parent / "exports"


def may_take_everything(user: Any) -> bool:
    """Only whoever may do everything anywhere takes everything away."""
    return scope.policy.reach(user, "*", "*") == "all"
