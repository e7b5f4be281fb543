"""What stands on a party's page beside its facts: contacts, relations, places, invoice titles, days, team; and what is due."""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import JSONObject
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.core import prepared, scope
from shuke.core.hooks import panel
from shuke.core.kind import Kind
from shuke.core.models import Share
from shuke.core.prepared import asked
from shuke.core.record import RecordQuerySet
from shuke.language import phones
from shuke.parties.fields import next_time
from shuke.parties.models import READINGS, USES, Address, Contact, InvoiceTitle, KeyDate, Party, Relation

ROWS = 20  # of each kind; the rest is behind the title of the block
ANY = prepared.stand_in(0)
SOON = 14  # days before a day that comes back is told

TOLD: dict[Any, list[str]] = {
    Contact: ["name", "title", "is_decider", "phone", "wechat", "birthday"],
    Address: ["use", "province", "city", "district", "text", "receiver", "phone"],
    InvoiceTitle: ["title", "tax_no", "bank", "account", "address", "phone"],
    KeyDate: ["what", "day", "yearly"],
}
Rows = list[dict[str, Any]]
Wanted = tuple[str, Any, dict[str, Any]]  # (name of the rows, the rows of the party ANY, what is told of each)
beside: list[Callable[[Any], list[Wanted]]] = []  # what rooms above want read in the same statement, by whom it is for


def parts(party: Party, user: Any) -> dict[str, Rows]:
    """{model's name: rows} of all that stands on the page, newest first and within the rights of `user`: one statement.

    Read once for a page: the strip above and the blocks beside tell of the same rows.
    """
    kept = party.__dict__.setdefault("_parts", {})
    if user.pk not in kept:
        kept[user.pk] = read(party, user)
    return kept[user.pk]


def read(party: Party, user: Any) -> dict[str, Rows]:
    sql, params = prepared.kept(("page of a party", user.pk), lambda: statement(user))
    found: dict[str, Rows] = defaultdict(list)
    for name, told in asked(sql, [party.pk if said == ANY else said for said in params]):
        found[name].append(json.loads(told))
    return found


def statement(user: Any) -> tuple[str, list[Any]]:
    """The query for what stands on the page of the party ANY, as `user` may see it."""
    wanted: list[Wanted] = [
        (model.__name__, RecordQuerySet(model).live().filter(party=ANY), own(model.kind, keys, user))
        for model, keys in TOLD.items()
    ]
    related = RecordQuerySet(Relation).live().filter(Q(party=ANY) | Q(other=ANY))
    shared = RecordQuerySet(Share).live().filter(on=Party.kind.path, record=ANY)
    wanted.append((Relation.__name__, related, seen_from(ANY, user)))
    wanted.append((Share.__name__, shared, {"name": F("user__name"), "level": F("level")}))
    sqls, params = [], []
    for name, rows, told in [*wanted, *(each for more in beside for each in more(user))]:
        found = rows.order_by("-pk").values_list(Value(name, CharField()), JSONObject(id=F("pk"), **told))[:ROWS]
        sql, said = found.query.sql_with_params()
        sqls.append(f"SELECT * FROM ({sql}) AS part")  # noqa: S608
        params += said
    return " UNION ALL ".join(sqls), params


def own(kind: Kind, keys: list[str], user: Any) -> dict[str, Any]:
    """What may be told of the columns `keys`: a hidden one is not there, a masked one is masked by the store."""
    return {key: column.expressions(kind, user)[-1] for key in keys if (column := kind.column(key, user)) is not None}


def seen_from(party: int, user: Any) -> dict[str, Any]:
    """A relation from the side of this party: who stands at the far end, told where `user` may see it. Joins are a door too."""
    told: dict[str, Any] = {"type": F("type"), "forward": Case(When(party=party, then=Value(1)), default=Value(0))}
    for key, column in (("far", "{}_id"), ("name", "{}__name")):
        ways = []
        for near, end in (("party", "other"), ("other", "party")):
            inside = Exists(scope.rows(Party, user).filter(pk=OuterRef(f"{end}_id")))
            ways.append(When(Q(inside, **{near: party}), then=F(column.format(end))))
        told[key] = Case(*ways, default=Value(None))
    return told


def block(kind: Kind, party: Party, user: Any, rows: Rows) -> dict[str, Any]:
    """The context of one block: its rows, the list behind its title, the way to add one."""
    for row in rows:
        row["url"] = kind.url(row["id"])
        if number := row.get("phone"):
            row["display"] = number if "*" in number else phones.shown(number)
    may_add = kind.may(user, "create") and "change" in party.kind.allowed(user, party)
    return {
        "rows": rows,
        "count": f"{ROWS}+" if len(rows) == ROWS else len(rows),
        "url": f"{kind.url()}?party={party.pk}",
        "new_url": f"{kind.url(what='new/')}?party={party.pk}" if may_add else "",
    }


@panel("parties.party", Contact._meta.verbose_name_plural, "parties/party/contacts.html", module="parties")
def contacts(party: Party, user: Any) -> dict[str, Any]:
    return block(Contact.kind, party, user, parts(party, user)["Contact"])


@panel("parties.party", Relation._meta.verbose_name_plural, "parties/party/relations.html", module="parties")
def relations(party: Party, user: Any) -> dict[str, Any]:
    rows = parts(party, user)["Relation"]
    for row in rows:
        name = row["name"]
        link = format_html('<a href="{}">{}</a>', Party.kind.url(row["far"]), name) if name else _("(no right to see)")
        row["sentence"] = format_html(READINGS[row["type"]][0 if row["forward"] else 1], name=link)
    return block(Relation.kind, party, user, rows)


@panel("parties.party", Address._meta.verbose_name_plural, "parties/party/addresses.html", module="parties")
def addresses(party: Party, user: Any) -> dict[str, Any]:
    rows = parts(party, user)["Address"]
    for row in rows:
        row["use"] = dict(USES).get(row.get("use", ""), "")
        row["whole"] = Address(**{key: row.get(key, "") for key in ("province", "city", "district", "text")}).whole
        row["copy"] = " ".join(filter(None, [row.get("receiver"), row.get("phone"), row["whole"]]))
    return block(Address.kind, party, user, rows)


@panel("parties.party", InvoiceTitle._meta.verbose_name_plural, "parties/party/titles.html", module="parties")
def titles(party: Party, user: Any) -> dict[str, Any]:
    rows = parts(party, user)["InvoiceTitle"]
    for row in rows:
        row["copy"] = "\n".join(row[key] for key in TOLD[InvoiceTitle] if row.get(key))
    return block(InvoiceTitle.kind, party, user, rows)


@panel("parties.party", KeyDate._meta.verbose_name_plural, "parties/party/dates.html", module="parties")
def dates(party: Party, user: Any) -> dict[str, Any]:
    return block(KeyDate.kind, party, user, parts(party, user)["KeyDate"])


@panel("parties.party", gettext_lazy("Team"), "parties/party/team.html", module="parties")
def team(party: Party, user: Any) -> dict[str, Any] | None:
    """Who works on it beside the owner; nobody = no block."""
    rows = parts(party, user)["Share"]
    for row in rows:
        row["label"] = dict(Share.LEVELS)[row["level"]]
    may_share = "share_with" in party.kind.allowed(user, party)
    return {"rows": rows, "new_url": party.kind.url(party, "do/share_with/") if may_share else ""} if rows else None


def due(party: Party, user: Any, today: datetime.date) -> list[dict[str, Any]]:
    """The strip "now": what is owed, which days come within two weeks, whether nobody has been in touch yet."""
    levels = party.kind.levels(user)
    lines = []
    if party.debt > 0:
        clear = levels.get("debt", "edit") in ("edit", "read")
        text = _("Owes %(amount)s") % {"amount": f"{party.debt:,.2f}"} if clear else _("Has debts")
        lines.append({"tone": "late", "text": text, "url": ""})
    lines += [{"tone": "soon", "text": text, "url": ""} for _day, text in sorted(coming(party, user, today))]
    if party.last_contact_at is None:
        lines.append({"tone": "", "text": _("Nobody has been in touch yet"), "url": ""})
    return lines


def coming(party: Party, user: Any, today: datetime.date) -> list[tuple[datetime.date, str]]:
    """(day, sentence) of the birthdays and key dates that `user` may see, as far as they fall within two weeks."""
    here = parts(party, user)
    days = [(_("Birthday of %(name)s") % {"name": row["name"]}, row.get("birthday"), True) for row in here["Contact"]]
    days += [(row["what"], row.get("day"), bool(row.get("yearly"))) for row in here["KeyDate"]]
    if party.kind.levels(user).get("birthday", "edit") in ("edit", "read"):
        days.append((_("Birthday of %(name)s") % {"name": party}, party.birthday, True))
    found = []
    for what, said, yearly in days:
        stored = str(said or "")
        day = next_time(stored, today, yearly=yearly) if stored and "*" not in stored else None
        if day and (left := (day - today).days) <= SOON:
            when = {0: _("today"), 1: _("tomorrow")}.get(left, _("in %(days)s days") % {"days": left})
            calendar = f"（{stored}）" if not stored[0].isdigit() else ""
            found.append((day, f"{what}{calendar} · {day:%m-%d} · {when}"))
    return found


def badges(party: Party, user: Any) -> list[dict[str, Any]]:
    """Stage, tier, tags and owner, as far as `user` may see them."""
    levels = party.kind.levels(user)
    owner = "" if party.kind.solitary("owner") else scope.policy.names().get(party.owner_id, _("Without owner"))
    said = {
        "stage": [party.get_stage_display()],
        "tier": [party.tier],
        "tags": party.tags,
        "owner": [owner],
    }
    tones = {"stage": "good" if party.stage in ("first", "regular") else "", "owner": "" if party.owner_id else "soon"}
    return [
        {"label": label, "tone": tones.get(key, "")}
        for key, labels in said.items()
        if levels.get(key, "edit") in ("edit", "read")
        for label in labels
        if label
    ]
