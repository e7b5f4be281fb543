"""What stands around every page: the rail, the phone's bar, the firm, the person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from shuke.core import firm
from shuke.core import kind as kinds
from shuke.core.models import SavedView
from shuke.core.record import LIVE, RecordQuerySet


def entry(request: HttpRequest, label: Any, url: str, icon: str) -> dict[str, Any]:
    return {
        "label": label,
        "url": url,
        "icon": icon,
        "active": request.path == url or (url != "/" and request.path.startswith(url)),
    }


def saved_views() -> list[SavedView]:
    return firm.kept("views", lambda: list(RecordQuerySet(SavedView).filter(LIVE).order_by("name", "id")))


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` for the templates, made only when a template asks for it."""
    return {"frame": Frame(request)}


class Frame:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.person: Any = getattr(request, "user", None)

    @property
    def theme(self) -> str:
        return next((theme for theme in ("light", "dark") if theme == self.request.COOKIES.get("theme")), "")

    @property
    def firm(self) -> str:
        return getattr(firm.firm(), "name", _("Shuke"))

    @property
    def user(self) -> str | None:
        return str(self.person) if self.person is not None and self.person.is_authenticated else None

    @cached_property
    def places(self) -> list[kinds.Kind]:
        return [kind for kind in kinds.every() if kind.menu and kind.is_on and kind.may(self.person, "view")]

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        return [entry(self.request, kind.plural, kind.url(), kind.icon) for kind in self.places]

    @cached_property
    def rail(self) -> list[dict[str, Any]]:
        if not self.user:
            return []
        today, more = entry(self.request, _("Today"), "/", "today"), entry(self.request, _("More"), "/settings/", "settings")
        return [today, *self.entries, more]

    @property
    def pinned(self) -> list[dict[str, Any]]:
        if not self.user:
            return []
        mine = [view for view in saved_views() if view.pinned and view.owner_id == self.person.pk]
        here, urls = self.request.get_full_path(), {view: f"/{view.on}/?{view.query}" for view in mine}
        return [{"label": view.name, "url": url, "active": url == here} for view, url in urls.items()]

    @cached_property
    def bar(self) -> list[dict[str, Any]]:
        if not self.user:
            return []
        new = [
            {"label": _("New: %(kind)s") % {"kind": kind.label}, "url": kind.url(what="new/"), "icon": "plus"}
            for kind in self.places[:4]
            if kind.form and kind.may(self.person, "create")
        ]
        plus = {"label": _("New"), "url": "", "icon": "plus", "active": False, "sheet": new}
        return [self.rail[0], *self.entries[:1], plus, *self.entries[1:2], entry(self.request, _("Me"), "/me/", "me")]
