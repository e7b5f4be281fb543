"""What the templates of a kind are given: the list, the record with its timeline, the journal."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models import Count, Q, Value, Window
from django.db.models.functions import Cast
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import columns, edits, filters, frame, hooks, listing, render, scope, walks, widgets
from shuke.core import kind as kinds
from shuke.core.fields import from_plain
from shuke.core.filters import BadAddress
from shuke.core.models import Attachment, Entry, SavedView, SearchLine
from shuke.core.record import LIVE, Record, RecordQuerySet
from shuke.language import phones

if TYPE_CHECKING:
    from django.http import HttpRequest

    from shuke.core.kind import Kind

TIMELINE = 30
PANEL_ROWS = 5
ACTS = 2  # verbs that have a button of their own; the others are in the menu beside it
VERBS: dict[str, Any] = {  # how the journal reads where no action has the name; rooms above add theirs
    "created": gettext_lazy("added %(what)s"),
    "changed": gettext_lazy("changed %(what)s"),
    "deleted": gettext_lazy("deleted %(what)s"),
    "restored": gettext_lazy("restored %(what)s"),
    "undone": gettext_lazy("took a change back"),
    "attached": gettext_lazy("added a file"),
    "removed": gettext_lazy("removed a file"),
    "imported": gettext_lazy("imported %(what)s"),
    "exported": gettext_lazy("exported %(what)s"),
}


def fresh_key() -> str:
    return uuid.uuid4().hex


def kind_context(kind: Kind, user: Any) -> dict[str, Any]:
    deletes = kind.may(user, "delete") and kind.model.delete is Record.delete  # one of its own refuses for all of them
    return {
        "label": kind.label,
        "plural": kind.plural,
        "path": kind.path,
        "url": kind.url(),
        "new_url": kind.url(what="new/"),
        "import_url": kind.url(what="import/") if kind.form and kind.may(user, "import") else "",
        "trash_url": kind.url(what="trash/") if deletes else "",
        "can_create": bool(kind.form) and kind.may(user, "create"),
    }


def with_params(request: HttpRequest, **changes: Any) -> str:
    """This address with some parameters changed; None takes one away; the page always starts anew."""
    params = request.GET.copy()
    params.pop("cursor", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value is not None:
            params[name] = value
    return f"?{params.urlencode()}" if params else request.path


def list_context(request: HttpRequest, kind: Kind) -> dict[str, Any]:
    user = request.user
    shown, sorts = kind.shown(user), listing.sorts(kind, user)
    page = listing.page(kind, user, request.GET, columns=shown, counted="cursor" not in request.GET)
    narrowed = bool(page.used or request.GET.get("q"))
    asked = with_params(request) if request.GET else ""
    return {
        "views": views(request, kind),
        "filter_url": kind.url(what=f"filter/{asked}") if filters.offered(kind, user) else "",
        "chips": chips(request, page),
        "columns": [head(request, sorts, column, page.sort) for column in shown],
        "rows": render.rows(kind, shown, page.rows),
        "count": page.count_text,
        "totals": [
            {"label": column.label, "value": column.text(total)}
            for key, total in page.totals.items()
            if total and (column := kind.column(key, user))
        ],
        "next_url": with_params(request, cursor=page.next) if page.next else "",
        "exports": exports(request, kind),
        "q": request.GET.get("q", ""),
        "empty": empty(kind, user, narrowed),
        "actions": [act for bar in hooks.bars for act in bar(kind, user)],
    }


def head(request: HttpRequest, offered: dict[str, str], column: columns.Column, sort: walks.Sort | None) -> dict[str, Any]:
    word = column.key if column.key in offered else ""
    now = sort is not None and sort.word == word and word
    direction = ("desc" if sort.descending else "asc") if now and sort else ""
    url = with_params(request, sort=f"-{word}" if direction == "asc" else word) if word else ""
    return {"key": column.key, "label": column.label, "url": url, "direction": direction, "kind": column.type}


def views(request: HttpRequest, kind: Kind) -> list[dict[str, Any]]:
    """Ready views first, then those that the person or the firm saved."""
    ready = [(_("All"), "")]
    if any(f.name == "owner" for f in kind.model._meta.concrete_fields) and not kind.solitary("owner"):
        ready += [(_("Mine"), "owner=me"), (_("Without owner"), "owner=none")]
    ready += [(_("Newest"), "sort=-newest")] if kind.sort.lstrip("-") != "newest" else []
    mine = [v for v in frame.saved_views() if v.on == kind.path and opens(kind, request.user, v)]
    here = request.GET.urlencode()
    return [
        {
            "label": label,
            "url": f"{kind.url()}?{query}" if query else kind.url(),
            "active": here == query,
            "drop_url": f"/views/{view.pk}/delete/" if view and here == query and may_drop(request.user, view) else "",
        }
        for label, query, view in [*((*one, None) for one in ready), *((view.name, view.query, view) for view in mine)]
    ]


def opens(kind: Kind, user: Any, view: SavedView) -> bool:
    """Whether a saved view is one of this person's, and narrows and sorts by what he may."""
    try:
        return (view.shared or view.owner_id == user.pk) and bool(listing.asked(kind, user, QueryDict(view.query, mutable=True)))
    except BadAddress:
        return False


def may_drop(user: Any, view: SavedView) -> bool:
    """Who made a view, and of what is shared whoever sets up the firm."""
    return view.owner_id == user.pk or (view.shared and SavedView.kind.may(user, "delete"))


def filter_form(request: HttpRequest, kind: Kind) -> forms.Form | None:
    fields = {name: field for filter in filters.offered(kind, request.user) for name, field in filter.form_fields().items()}
    if not fields:
        return None
    initial = {
        name: request.GET.getlist(name) if isinstance(f, forms.MultipleChoiceField) else request.GET.get(name)
        for name, f in fields.items()
    }
    form = forms.Form(initial=initial)
    form.fields.update(fields)
    return form


def chips(request: HttpRequest, page: listing.Page) -> list[dict[str, Any]]:
    made = [
        {
            "label": filter.column.label,
            "value": said_of(filter, name, words),
            "url": with_params(request, **{name: None}),
        }
        for filter, said in page.used
        for name, words in said.items()
    ]
    if request.GET.get("q"):
        made.insert(0, {"label": _("Search"), "value": request.GET["q"], "url": with_params(request, q=None)})
    return made


def said_of(filter: filters.Filter, name: str, words: list[str]) -> str:
    points = filter.column.type == "relation"
    names = {"me": _("me"), "none": _("nobody")} if points else filter.column.choices or {}
    shown = "、".join(str(names.get(word, f"#{word}" if points else word)) for word in words)
    mark = "≥ " if name.endswith("__from") else "≤ " if name.endswith("__to") else ""
    return mark + shown


def exports(request: HttpRequest, kind: Kind) -> list[dict[str, Any]]:
    if not kind.may(request.user, "export"):
        return []
    tail = f"?{request.GET.urlencode()}" if request.GET else ""
    return [{"label": name, "url": f"/{kind.path}.{ending}{tail}"} for name, ending in (("Excel", "xlsx"), ("CSV", "csv"))]


def empty(kind: Kind, user: Any, narrowed: bool) -> dict[str, Any]:
    if narrowed:
        acts = [{"label": _("Show all"), "url": kind.url()}]
        return {"title": _("Nothing matches"), "text": _("Take a filter away, or search by fewer characters."), "acts": acts}
    acts = (
        [{"label": _("New: %(kind)s") % {"kind": kind.label}, "url": kind.url(what="new/")}]
        if kind.form and kind.may(user, "create")
        else []
    )
    if kind.form and kind.may(user, "import"):
        acts.append({"label": _("Import a sheet"), "url": kind.url(what="import/")})
    return {"title": _("Nothing here yet"), "text": _("Add the first one, or bring in the sheet that you have."), "acts": acts}


def lead(kind: Kind, record: Record, user: Any) -> dict[str, Any]:
    """The head of a record: who it is and what one may do with it now."""
    allowed = kind.allowed(user, record)
    acts = [act_of(kind, record, action) for action in kind.actions if action.name in allowed and action.fits(record)]
    return {
        "record": {
            "id": record.pk,
            "title": str(record),
            "subtitle": edits.shown(record, kind.subtitle, getattr(record, kind.subtitle), user)
            if kind.subtitle and "__" not in kind.subtitle
            else "",
            "url": kind.url(record),
            "edit_url": kind.url(record, "edit/") if kind.form and "change" in allowed else "",
            "version": record.version,
            "more_acts": [*acts[ACTS:], *more_acts(kind, record, allowed)],
        },
        "badges": kind.badges(record, user),
        "now": kind.now(record, user),
        "phones": calls(kind, record, user),
        "acts": acts[:ACTS],
    }


def act_of(kind: Kind, record: Record, action: Any) -> dict[str, Any]:
    return {
        "key": action.name,
        "label": action.label,
        "url": kind.url(record, f"do/{action.name}/"),
        "method": "get" if action.form else "post",
        "tone": action.tone,
        "confirm": _("%(verb)s: are you sure?") % {"verb": action.label} if action.tone == "danger" and not action.form else "",
        "idempotency": fresh_key(),
    }


def more_acts(kind: Kind, record: Record, allowed: set[str]) -> list[dict[str, Any]]:
    acts = [{"label": _("History"), "url": kind.url(record, "history/"), "icon": "history"}]
    if "delete" in allowed and kind.model.delete is Record.delete:
        acts.append(
            {
                "label": _("Delete"),
                "url": kind.url(record, "delete/"),
                "method": "post",
                "tone": "danger",
                "icon": "trash",
                "confirm": _("Move “%(record)s” to the trash? It can be restored for 90 days.") % {"record": record},
                "idempotency": fresh_key(),
            }
        )
    return acts


def calls(kind: Kind, record: Record, user: Any) -> list[dict[str, Any]]:
    if not kind.phone or kind.levels(user).get(kind.phone, "edit") in ("masked", "hidden"):
        return []
    number = getattr(record, kind.phone)
    return [{"display": phones.shown(number), "tel": f"tel:{number}", "copy": number}] if number else []


def facts(kind: Kind, record: Record, user: Any, keys: Iterable[str] = (), *, may_change: bool) -> list[dict[str, Any]]:
    """The facts of a record as the person may see them: {key, label, html, edit_url, empty}."""
    shown = kind.shown(user, [key for key in (keys or kind.fact_keys()) if not kind.solitary(key)])
    values = listing.one(kind, user, record, shown)
    editable = set(kind.form) if may_change else set()
    told, place = [], 0
    for column in shown:
        value = values[place : place + column.width]
        place += column.width
        may_edit = column.level == "edit" and (column.key in editable or (column.custom and editable))
        may_edit = may_edit and not (column.type == "relation" and value[0] == columns.HIDDEN)
        told.append(
            {
                "key": column.key,
                "label": column.label,
                "html": SafeString(column.html(*value)),
                "edit_url": kind.url(record, f"field/{column.key}/") if may_edit else "",
                "empty": not column.html(*value),
            }
        )
    return told


def detail_context(kind: Kind, record: Record, user: Any, file_error: Any = "") -> dict[str, Any]:
    may_change = "change" in kind.allowed(user, record)
    told = facts(kind, record, user, may_change=may_change)
    full, rest = [f for f in told if not f["empty"]], [f for f in told if f["empty"]]
    attached = attachments(kind, record)
    return {
        **lead(kind, record, user),
        "facts": full,
        "more_facts": rest,
        "panels": [
            *children(kind, record, user, may_change=may_change),
            *({"title": panel.title, "template": panel.template, **more} for panel, more in hooks.panels(record, user)),
            files_panel(kind, record, attached, file_error, may_change=may_change),
        ],
        "days": days(timeline(kind, record, user, attached)),
        "more_url": "",
        "composer_html": "",
        "tabs": [],
    }


def children(kind: Kind, record: Record, user: Any, *, may_change: bool) -> list[dict[str, Any]]:
    """A panel per kind that stands on this page, with its count and first rows: one statement for all of them."""
    shown = [child for child in kind.children() if child.in_panel and child.may(user, "view")]
    if not shown:
        return []
    parts, params = [], []
    for place, child in enumerate(shown):
        rows = RecordQuerySet(child.model).filter(LIVE, scope.union(child.branches(user, "view")), **{child.root: record.pk})
        named = {f"t{n}": text_of(child, key, user) for n, key in enumerate((child.title, child.subtitle, child.phone))}
        chosen = (
            rows.annotate(place=Value(place), all=Window(Count("pk")), **named)
            .order_by("pk")
            .values_list("place", "pk", "all", *named)
        )
        sql, said = chosen[:PANEL_ROWS].query.sql_with_params()
        parts.append(f"SELECT * FROM ({sql}) AS child")  # noqa: S608 (the ORM's own SQL, its values as parameters)
        params += said
    with connection.cursor() as store:
        store.execute(" UNION ALL ".join(parts), params)
        found = store.fetchall()
    made = []
    for place, child in enumerate(shown):
        mine = [row for row in found if row[0] == place]
        hits = [{"url": child.url(row[1]), "title": row[3], "subtitle": row[4], **ring(row[5])} for row in mine]
        made.append(
            {
                "title": child.plural,
                "count": mine[0][2] if mine else 0,
                "url": f"{child.url()}?{child.root}={record.pk}" if child.root in child.filters else "",
                "new_url": f"{child.url(what='new/')}?{child.root}={record.pk}"
                if child.form and may_change and child.may(user, "create")
                else "",
                "template": "kinds/child.html" if hits else "",
                "hits": hits,
            }
        )
    return made


def text_of(child: Kind, key: str, user: Any) -> Any:
    column = child.column(key, user) if key else None
    return Cast(column.expressions(child, user)[-1], models.TextField()) if column else Value("", models.TextField())


def ring(number: str) -> dict[str, str]:
    return {"phone_tel": number, "phone_display": phones.shown(number)} if number and "*" not in number else {}


def attachments(kind: Kind, record: Record) -> list[Attachment]:
    rows = RecordQuerySet(Attachment).filter(LIVE, on=kind.key, record=record.pk)
    return list(rows.select_related("file").order_by("-pk")[:TIMELINE])


def files_panel(kind: Kind, record: Record, attached: list[Attachment], error: Any, *, may_change: bool) -> dict[str, Any]:
    return {
        "title": _("Pictures and files"),
        "template": "kinds/files.html",
        "count": len(attached),
        "files": attached,
        "action_url": kind.url(record, "files/") if may_change else "",
        "error": error,
        "key": fresh_key(),
    }


def timeline(kind: Kind, record: Record, user: Any, attached: list[Attachment]) -> list[dict[str, Any]]:
    """The newest entries of the record and of what stands on its page, within the rights of the person."""
    entries = in_reach(list(entries_of(kind, record)[:TIMELINE]), kind, user)
    return [told for _entry, told in events(entries, record, user, attached)]


def events(entries: list[Entry], record: Record, user: Any, attached: list[Attachment]) -> list[tuple[Entry, dict[str, Any]]]:
    """What the lines of a page tell; what was made in one go of one kind stands in one line, with the names of all."""
    files = {attachment.pk: attachment for attachment in attached}
    titles = titles_of(entries, user)
    titles.pop((record._meta.label_lower, record.pk), None)  # its page is about nothing else
    told: list[tuple[Entry, dict[str, Any]]] = []
    for entry in entries:
        item = event(entry, user, files)
        if item is None:
            continue
        item["title"] = titles.get((entry.kind, entry.record), "")
        last, before = told[-1] if told else (None, {})
        alike = last and (last.batch_id, last.verb, last.kind) == (entry.batch_id, entry.verb, entry.kind)
        if alike and item["title"] and not (item["changes"] or before["changes"] or item["html"] or before["html"]):
            before["title"] = f"{item['title']}、{before['title']}"
        else:
            told.append((entry, item))
    return told


def titles_of(entries: list[Entry], user: Any) -> dict[tuple[str, int], str]:
    """{(kind, record): title} of files, and of what is found by a search as far as the person may read it."""
    asked: dict[str, set[int]] = {}
    for entry in entries:
        asked.setdefault(entry.kind, set()).add(entry.record)
    clear = [key for key in asked if (kind := kinds.of_key(key)) and columns.is_clear(kind, kind.title, user)]
    lines = SearchLine.objects.filter(scope.union([Q(kind=key, record__in=asked[key]) for key in clear]))
    found = {(key, record): title for key, record, title in lines.values_list("kind", "record", "title")} if clear else {}
    if pks := asked.get(label := Attachment._meta.label_lower):
        named = RecordQuerySet(Attachment).filter(pk__in=pks).values_list("pk", "name")  # those in the trash too
        found |= {(label, pk): name for pk, name in named}
    return found


def entries_of(kind: Kind, record: Record) -> Any:
    """The entries of a page, newest first; those of a part stand on the page above it, its own page has what is its alone."""
    here = Q(root_kind=kind.key, root=record.pk)
    if kind.root:
        here |= Q(kind=kind.key, record=record.pk)
    return Entry.objects.filter(here).select_related("batch__actor").order_by("-pk")


def in_reach(entries: list[Entry], kind: Kind, user: Any) -> list[Entry]:
    """Without those of records that stand on the page and have a scope of their own, narrower than that of the page."""
    asked: dict[Kind, set[int]] = {}
    for entry in entries:
        other = kinds.of_key(entry.kind)
        if other is not None and other.root and other is not kind and type(other).branches is not kinds.Kind.branches:
            asked.setdefault(other, set()).add(entry.record)
    shut = set()
    for other, pks in asked.items():
        seen = RecordQuerySet(other.model).filter(scope.union(other.branches(user, "view")), pk__in=pks)
        shut |= {(other.key, pk) for pk in pks - set(seen.values_list("pk", flat=True))}
    return [entry for entry in entries if (entry.kind, entry.record) not in shut]


def event(entry: Entry, user: Any, files: dict[int, Attachment]) -> dict[str, Any] | None:
    kind = kinds.of_key(entry.kind)
    attachment = files.get(entry.record) if entry.kind == Attachment._meta.label_lower else None
    if kind is not None and not kind.may(user, "view"):
        return None
    return {
        "at": entry.batch.at,
        "who": str(entry.batch.actor or _("The system")),
        "verb": verb_text(entry.verb, entry.kind),
        "icon": "file" if attachment else {"created": "plus", "deleted": "trash"}.get(entry.verb, "history"),
        "door": {"import": _("by import"), "api": _("by API")}.get(entry.batch.door, ""),
        "html": SafeString(render_to_string("kinds/attachment.html", {"file": attachment})) if attachment else "",
        "changes": changes_of(entry, kind, user) if kind else [],
    }


def verb_text(verb: str, key: str) -> str:
    """What was done to a record of `key`, in words: the label of an action, else as `VERBS` reads."""
    kind = kinds.of_key(key)
    action = kind.verb(verb) if kind else None
    return str(action.label) if action else str(VERBS.get(verb, verb)) % {"what": kinds.called(key)}


def changes_of(entry: Entry, kind: Kind, user: Any) -> list[dict[str, str]]:
    """What changed, as the person may see it: nothing of a hidden field, stars for a masked one."""
    levels = kind.levels(user)
    told = []
    for name, (old, new) in entry.changes.items():
        if name == "extra":
            before, after = (columns.extra_text(kind, held or {}, user) for held in (old, new))
            if before != after:
                told.append({"label": _("Custom fields"), "old": before, "new": after})
            continue
        try:
            column = columns.of(kind, name, levels)
        except KeyError:
            continue
        if column is None or name == "deleted_at":
            continue
        stars = column.level == "masked"
        told.append(
            {
                "label": column.label,
                "old": "****" if stars else plain_text(kind, column, old),
                "new": "****" if stars else plain_text(kind, column, new),
            }
        )
    return told


def plain_text(kind: Kind, column: columns.Column, value: Any) -> str:
    """A plain value of the journal as a person reads it: colleagues by name, another record, which he may not see, by number."""
    if value in (None, "", []):
        return ""
    if column.type == "relation":
        names = scope.policy.names() if column.field and column.field.related_model is get_user_model() else {}
        return names.get(value, f"#{value}")
    return column.text(from_plain(column.field, value))


def days(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    today = timezone.localdate()

    def label(day: datetime.date) -> str:
        if day == today:
            return _("Today")
        if day == today - datetime.timedelta(days=1):
            return _("Yesterday")
        return date_format(day, "Y-m-d l") if day.year != today.year else date_format(day, "n月j日 l")

    return [
        {"label": label(day), "items": list(group)}
        for day, group in groupby(items, key=lambda item: timezone.localtime(item["at"]).date())
    ]


class SaveViewForm(forms.Form):
    unasked: tuple[str, ...] = ()
    name = widgets.TextFormField(label=gettext_lazy("Name of the view"), max_length=60)
    query = widgets.TextFormField(label=gettext_lazy("Address"), max_length=2000, required=False, widget=forms.HiddenInput)
    shared = widgets.TickFormField(label=gettext_lazy("Show to everybody"), required=False)
    pinned = widgets.TickFormField(label=gettext_lazy("Show in the rail"), required=False)

    def clean_query(self) -> str:
        """The query string without what belongs to one page only."""
        params = QueryDict(self.cleaned_data["query"].removeprefix("?"), mutable=True)
        params.pop("cursor", None)
        return params.urlencode()
