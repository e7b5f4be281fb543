"""The cases of pasted texts: what is known in the store before them, and how a proposal reads in their words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from shuke.language import names, phones, pinyin
from shuke.language.pasting import Customer, Product, Proposals, read
from shuke.language.pasting.numbers import plain

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 10)
GIVEN = Path(__file__).parents[4] / "shared/design/paste.md"
OURS = Path(__file__).with_name("pasted.toml")
USES = {"工地": "site", "收货": "delivery", "公司": "office", "店面": "shop"}
TYPES = {"专票": "special", "普票": "general"}


class Store:
    """The three customers that are known before each case."""

    customers = [
        (1, "老王门窗", ["王哥"], "王建", "13800000001"),
        (2, "阿芳川菜馆", [], "芳姐", "13800000002"),
        (3, "佛山样板装饰工程有限公司", [], "陈工", "13800000003"),
    ]
    products = [
        Product("仿古砖 GF8012", "片"),
        Product("瓷砖胶 20kg", "包"),
        Product("大豆油 20L", "桶"),
        Product("五花肉", "斤"),
        Product("生菜", "斤"),
        Product("土豆", "袋"),
    ]

    def by_phone(self, phone: str) -> Customer | None:
        return next((Customer(key, name, who) for key, name, _also, who, own in self.customers if own == phone), None)

    def by_wechat(self, wechat: str) -> Customer | None:
        return self.by_phone(wechat)

    def by_name(self, name: str) -> Customer | None:
        for key, own, also, who, _phone in self.customers:
            if name in (own, *also, who):
                return Customer(key, own, who if name == who else "")
        return None

    def similar(self, name: str) -> str:
        bare = names.bare(name)[:2]
        return next((own for _key, own, *_rest in self.customers if names.bare(own)[:2] == bare and own != name), "")


def read_case(text: str) -> Proposals:
    return read(text, today=TODAY, now=NOW, known=Store(), me="小李")


def cases(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = text.partition("```toml\n")[2].partition("```")[0]
    return tomllib.loads(text)["case"]


def wrong(case: dict[str, Any]) -> Iterator[str]:
    """Each way in which the proposals differ from what the case wants."""
    found, want = read_case(case["text"]), case["want"]
    yield from _party(found, want.get("party"))
    yield from _rows("contact", want.get("contacts", []), [_contact(one) for one in found.contacts])
    yield from _rows("address", want.get("addresses", []), [_address(one) for one in found.addresses])
    yield from _rows("item", want.get("items", []), [_item(one) for one in found.items])
    yield from _rows("invoice title", _one(want.get("invoice_title")), _one(_title(found)))
    yield from _rows("deal", _one(want.get("deal")), _one(_deal(found)))
    yield from _rows("order", _one(want.get("order")), _one(_order(found)))
    yield from _rows("case", _one(want.get("case")), _one(_case(found)))
    yield from _rows("complaint", _one(want.get("complaint")), _one(_complaint(found)))
    yield from _rows("our promise", want.get("promise", []), [{"day": one.day, "text": one.text} for one in found.promises])
    yield from _rows("their promise", want.get("promise_by_customer", []), [_promised(one) for one in found.promised])
    yield from _rows("next", _one(want.get("next")), _one(_next(found)))
    yield from _follow_up(found, want)
    if "asks" in want and sorted(one.rule for one in found.asks) != sorted(want["asks"]):
        yield f"asks {sorted(one.rule for one in found.asks)}, wanted {sorted(want['asks'])}"


def _one(row: Any) -> list[Any]:
    return [row] if row else []


def _party(found: Proposals, want: dict[str, Any] | None) -> Iterator[str]:
    party = found.party
    if want is None or party is None:
        if (want is None) != (party is None):
            yield f"party {party}, wanted {want}"
        return
    told: dict[str, Any] = {"match": "new", "name": party.name, "kind": party.kind, "role": party.role, "tags": party.tags,
                            "phone": party.phone, "site": party.site, "source": party.source, "alias": party.alias,
                            "tick": party.tick, "pinyin": _pinyin(party.name)}  # fmt: skip
    if party.key is not None:
        told = {"match": party.name, "tick": party.tick}
    want = {"tick": True, **want}
    for key, value in want.items():
        if told.get(key) != value:
            yield f"party.{key} {told.get(key)!r}, wanted {value!r}"


def _pinyin(name: str) -> str:
    sounds = [readings[0] for readings in pinyin.syllables(name)]
    return f"{sounds[0]} {''.join(sounds[1:])}" if sounds else ""


def _contact(one: Any) -> dict[str, Any]:
    told = {"phone": one.phone, "wechat": one.wechat, "title": one.title, "phone_work": one.phone_work, "email": one.email,
            "note": one.note, "gender": one.gender, "surname": one.surname}  # fmt: skip
    return {"match" if one.is_known else "name": one.name, **told}


def _address(one: Any) -> dict[str, Any]:
    use = next(word for word, key in USES.items() if key == one.use)
    return {"region": list(one.region) if any(one.region) else None, "text": one.text, "use": use, "postcode": one.postcode,
            "note": one.note}  # fmt: skip


def _item(one: Any) -> dict[str, Any]:
    told = {"product": one.product, "quantity": plain(one.quantity), "unit": one.unit, "spec": one.spec, "lot": one.lot,
            "note": one.note, "new": one.is_new}  # fmt: skip
    return told | {"price": str(one.price) if one.price is not None else "", "amount": str(one.amount) if one.amount else ""}


def _title(found: Proposals) -> dict[str, Any] | None:
    one = found.invoice_title
    if one is None:
        return None
    kind = next((word for word, key in TYPES.items() if key == one.type), "")
    return {"title": one.title, "tax_no": one.tax_no, "address": one.address, "phone": one.phone, "bank": one.bank,
            "account": one.account, "type": kind}  # fmt: skip


def _deal(found: Proposals) -> dict[str, Any] | None:
    one = found.deal
    if one is None:
        return None
    fact = {key: value for key, value in (("enter_on", one.enter_on), ("area", one.area)) if value}
    return {"name": one.name, "amount": str(one.amount) if one.amount else "", "fact": fact or ""}


def _order(found: Proposals) -> dict[str, Any] | None:
    one = found.order
    return one and {key: str(getattr(one, key) or "") for key in ("total", "deposit", "rest", "terms")}


def _case(found: Proposals) -> dict[str, Any] | None:
    one = found.case
    return one and {"kind": one.kind, "equipment": one.equipment, "model": one.model, "serial": one.serial, "fault": one.fault,
                    "impact": one.impact, "urgent": one.is_urgent, "again": one.is_again}  # fmt: skip


def _complaint(found: Proposals) -> dict[str, Any] | None:
    return found.complaint and {"product": found.complaint.product, "text": found.complaint.text}


def _promised(one: Any) -> dict[str, Any]:
    return {"day": one.day, "amount": str(one.amount) if one.amount else "", "text": one.text,
            "calendar": f"农历{one.lunar}" if one.lunar else ""}  # fmt: skip


def _next(found: Proposals) -> dict[str, Any] | None:
    one = found.next
    return one and {"day": one.day, "time": one.time.strftime("%H:%M") if isinstance(one.time, time) else "", "text": one.text}


def _rows(what: str, wanted: list[dict[str, Any]], told: list[dict[str, Any]]) -> Iterator[str]:
    """Rows one by one. What a case does not name is nothing, but for the surname and the gender that follow from a name."""
    if len(wanted) != len(told):
        yield f"{what}: {told}, wanted {wanted}"
        return
    for want, have in zip(wanted, told, strict=True):
        for key in {**want, **have}:
            if key in ("surname", "gender") and key not in want:
                continue
            if (have.get(key) or "") != (want.get(key) or "") and not _follows(key, want, have):
                yield f"{what}.{key} {have.get(key)!r}, wanted {want.get(key)!r}"


def _follows(key: str, want: dict[str, Any], have: dict[str, Any]) -> bool:
    """Of a known contact the case names only what is new."""
    return key == "phone" and "match" in want and not want.get("phone") and bool(have.get("match"))


def _follow_up(found: Proposals, want: dict[str, Any]) -> Iterator[str]:
    told, wanted = found.follow_up, want.get("follow_up")
    if not wanted:
        return
    have = {"method": told.method, "on": told.on, "text": told.text, "tick": told.tick}
    for key, value in {"tick": True, "on": None, **wanted}.items():
        if have[key] != value:
            yield f"follow_up.{key} {have[key]!r}, wanted {value!r}"


def everything(found: Proposals) -> str:
    """All values that are proposed, for what must not be among them."""
    return repr([found.party, found.contacts, found.addresses, found.items, found.deal, found.invoice_title])


def digits(text: str) -> set[str]:
    return {phones.digits(number) for number in re.findall(r"[0-9][0-9 \-]{5,}[0-9]", text)}
