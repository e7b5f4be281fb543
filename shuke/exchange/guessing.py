"""Which field a column of a sheet goes to: by its name, in the words that sheets use, else by what stands in it.

And which rows are none: the sums at its foot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from shuke.core import widgets
from shuke.core.kind import Kind
from shuke.exchange import cells
from shuke.exchange.reading import Cell
from shuke.language import phones
from shuke.language.cleaners import BadValue
from shuke.language.folding import fold

# What sheets call the fields of a record, by the name of the field; a kind adds its own in `import_names`.
NAMES = {
    "name": "名称 姓名 名字 公司 公司名 公司名称 企业 企业名称 单位 单位名称 客户 客户名 客户名称 客户姓名 客户全称 商户 店名 "
    "name account company customer organization organisation client fullname accountname companyname customername",
    "aliases": "叫法 别名 简称 昵称 备注名 alias aliases nickname shortname",
    "contact_name": "联系人 联系人姓名 联系人名称 负责人姓名 对接人 contact contactname contactperson",
    "contact_phone": "联系人电话 联系人手机 联系人手机号 联系人联系方式 contactphone contactmobile",
    "contact_title": "联系人职务 联系人职位 职务 职位 头衔 contacttitle jobtitle title position",
    "title": "职务 职位 头衔 title jobtitle position",
    "phone": "电话 手机 手机号 手机号码 电话号码 联系电话 联系方式 移动电话 座机 tel phone mobile telephone cell phonenumber "
    "mobilephone phonework",
    "phone_work": "办公电话 座机 公司电话 workphone officephone phonework",
    "wechat": "微信 微信号 weixin wechat wechatid",
    "email": "邮箱 电子邮箱 电子邮件 邮件 email mail emailaddress emailwork",
    "site": "网址 网站 主页 官网 website site url homepage",
    "province": "省 省份 省市 province state",
    "city": "市 城市 所在城市 city town",
    "district": "区 区县 县 区域 district county",
    "address": "地址 详细地址 联系地址 公司地址 通讯地址 address street officelocation location",
    "group": "行业 客户类型 客户分类 类别 industry sector type category",
    "tier": "等级 级别 客户等级 客户级别 level tier grade rating",
    "stage": "阶段 状态 客户状态 stage status",
    "tags": "标签 标记 tags labels",
    "source": "来源 客户来源 渠道 source origin leadsource channel",
    "owner": "负责人 业务员 销售 跟进人 归属人 所属人 客户经理 owner sales salesperson accountowner",
    "roles": "角色 身份 role roles",
    "birthday": "生日 出生日期 birthday dateofbirth",
    "debt": "欠款 欠款金额 应收 应收款 应收余额 未收款 尾款 余额 debt balance receivable",
    "debt_on": "欠款日期 截止日期 debtdate",
    "credit": "信用额度 额度 creditlimit credit",
    "pay_days": "账期 付款天数 paymentdays terms",
    "note": "备注 说明 描述 备注信息 note notes remark remarks comment description background",
    "party": "客户 客户名称 公司 公司名称 所属客户 单位 company customer account companyname accountname",
    "receiver": "收货人 收件人 receiver recipient",
    "tax_no": "税号 纳税人识别号 统一社会信用代码 taxno taxnumber vatnumber",
}
NOISE = re.compile(r"[(\[【].*?[)\]】]|[^0-9a-z一-鿿]+")
TAIL = 2  # characters of a name that must be met inside a longer one
# Matched against every row as it is: what begins otherwise costs nothing.
TOTAL = re.compile(
    r"\s*(?:(?:本[页頁月年]|全部|累[计計]|[0-9]{1,4}[年月])?\s*[合小共总總]\s*合?\s*[计計]|(?:grand|sub)?[ -]?total)"
    r"\s*(?:[(（].*[)）])?\s*[:：]?\s*",
    re.I,
)
SURE, ENOUGH = 50, 0.6  # values looked at, share of them that must look alike

Looks = Callable[[Cell], bool]


@dataclass(frozen=True)
class Guess:
    """Column `index` goes to `field`; the higher `score`, the surer."""

    score: int
    index: int
    field: str


def guess(kind: Kind, fields: dict[str, forms.Field], names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> dict[int, str]:
    """{index of a column: field} for the columns called `names` with the first `rows` below them; each field once."""
    guesses = sorted(by_name(kind, fields, names), key=lambda guess: (-guess.score, guess.index))
    taken: dict[int, str] = {}
    for made in guesses:
        if made.index not in taken and made.field not in taken.values():
            taken[made.index] = made.field
    by_content(taken, kind, fields, len(names), rows, named=bool(guesses))
    return taken


def by_name(kind: Kind, fields: dict[str, forms.Field], names: Sequence[str]) -> list[Guess]:
    known = {name: words_of(kind, name, field) for name, field in fields.items()}
    found = []
    for index, name in enumerate(map(bare, names)):
        for field, words in known.items():
            if name in words:
                # What the screen calls it goes before what another might.
                found.append(Guess(300 - 100 * min(words.index(name), 1), index, field))
            elif met := [word for word in words if len(word) >= TAIL and not word.isascii() and name.endswith(word)]:
                found.append(Guess(max(map(len, met)), index, field))
    return found


def words_of(kind: Kind, name: str, field: forms.Field) -> list[str]:
    """What sheets call a field, surest first: its label, its name, and the words that are known for it."""
    further = [*kind.import_names.get(name, ()), *NAMES.get(name, "").split()]
    return [bare(str(word)) for word in (field.label or name, name, *further)]


def bare(name: str) -> str:
    """联系电话（必填）* and 联系电话 are the same."""
    return NOISE.sub("", fold(name))


def by_content(
    taken: dict[int, str], kind: Kind, fields: dict[str, forms.Field], width: int, rows: Sequence[Sequence[Cell]], *, named: bool
) -> None:
    """Fill what no name told: a phone, an e-mail, what the record is called; a day where there is but one and no name at all."""
    days = [name for name, field in fields.items() if isinstance(field, widgets.DayFormField)]
    looks: list[tuple[Looks, list[str]]] = [
        (is_phone, [name for name, field in fields.items() if isinstance(field, widgets.PhoneFormField)]),
        (is_email, [name for name, field in fields.items() if isinstance(field, forms.EmailField)]),
        (is_day, days if len(days) == 1 and not named else []),
        (is_title, [kind.title] if kind.title in fields else []),
    ]
    for look, wanted in looks:
        if not wanted or set(wanted) & set(taken.values()):
            continue
        for index in range(width):
            if index not in taken and alike(look, [row[index] for row in rows if index < len(row)]):
                taken[index] = wanted[0]
                break


def alike(look: Looks, values: Sequence[Cell]) -> bool:
    said = [value for value in values if value is not None][:SURE]
    return bool(said) and sum(map(look, said)) >= ENOUGH * len(said)


def is_phone(cell: Cell) -> bool:
    try:
        number = phones.normal(cells.as_phone_text(cell))
    except BadValue:
        return False
    return len(phones.digits(number)) >= 7 and not isinstance(cell, bool) and not is_day(cell)


def is_email(cell: Cell) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", cell.strip()) is not None


def is_day(cell: Cell) -> bool:
    if isinstance(cell, (bool, int, float)):
        return False
    try:
        return cells.as_day(cell) is not None
    except BadValue:
        return False


def is_title(cell: Any) -> bool:
    """A word or more, no number, no day, no address in the net."""
    return (
        isinstance(cell, str)
        and re.search(r"[^\W\d_]", cell) is not None
        and not (is_email(cell) or is_phone(cell) or is_day(cell))
    )


def total(row: Sequence[Cell], name: int | None) -> str:
    """What a row of sums is called (合计) in the column of names, or first of all where that is empty; "" for any other row.

    Beside a sum stand mostly numbers, or nothing.
    """
    at = name if name is not None and name < len(row) and row[name] is not None else _first(row)
    word = row[at] if at < len(row) else None
    if not isinstance(word, str) or not TOTAL.fullmatch(word):
        return ""
    beside = [cell for index, cell in enumerate(row) if index != at and bare(str(cell or ""))]
    return word if not beside or sum(map(is_number, beside)) * 2 > len(beside) else ""


def _first(row: Sequence[Cell]) -> int:
    return next((index for index, cell in enumerate(row) if cell is not None), len(row))


def is_number(cell: Cell) -> bool:
    try:
        return cells.as_decimal(cell.rstrip("%") if isinstance(cell, str) else cell, places=9) is not None
    except BadValue:
        return False
