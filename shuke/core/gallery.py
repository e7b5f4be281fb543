"""What the page of the look shows: invented records in every state that a component knows."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from shuke.core import widgets

ICONS = (
    "today party person people contact relation deal product quote order money delivery case campaign message chart report warning bell "
    "settings more plus search close check left right down up phone copy edit trash undo filter out in pin tag calendar clock place file "
    "photo voice paste task note history lock key open sun moon auto me mail info link columns firm signout swap"
).split()
COLOURS = "paper raised sunk line ink ink-2 ink-3 seal celadon amber late link".split()
TONES = ["", "good", "soon", "late", "info"]
AT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
ROWS = [
    ("华信建材有限公司", "老客户", "good", "138 0013 8000", "佛山南海", "王建国", "126,800.00", "2026-11-20"),
    ("欧阳木门（顺德店）", "成交", "info", "139 2221 0086", "佛山顺德", "李敏", "8,450.50", "2026-11-18"),
    ("老王门窗", "沉睡", "soon", "", "广州番禺", "王建国", "0.00", "2026-08-02"),
    ("深圳市鹏程万里装饰设计工程有限公司第二分公司", "流失", "late", "0757-80000000", "深圳南山", "陈小燕", "-320.00", "2025-12-31"),
    ("刘师傅", "潜在", "", "186 8888 9999", "", "", "", ""),
]


class Sample(forms.Form):
    name = forms.CharField(label="客户名称", help_text="公司或个人都可以")
    phone = forms.CharField(label="电话", widget=forms.TextInput(attrs={"inputmode": "tel"}))
    stage = forms.ChoiceField(label="阶段", choices=[("a", "潜在"), ("b", "意向"), ("c", "成交"), ("d", "老客户")], widget=widgets.Chips)
    likes = forms.MultipleChoiceField(
        label="喜欢怎么联系", required=False, choices=[("p", "电话"), ("w", "微信"), ("v", "上门")], widget=widgets.MultiChips
    )
    source = forms.ChoiceField(label="来源", choices=[("", "请选择"), ("r", "老客户介绍"), ("s", "门店")], widget=widgets.Select)
    limit = forms.CharField(label="信用额度", required=False, widget=widgets.MoneyInput)
    day = forms.DateField(label="下次联系", required=False, widget=widgets.DayInput)
    owner = forms.CharField(label="介绍人", required=False, widget=widgets.LookAhead("/look/options/", lambda value: "老王门窗"))
    note = forms.CharField(label="备注", required=False, widget=widgets.Textarea(attrs={"rows": 3}))


class Closed(forms.Form):
    name = forms.CharField(label="客户编号", disabled=True, required=False, initial="KH-2026-0017")


def context() -> dict[str, Any]:
    """Everything the templates of the look ask for; `stages` holds the same sample once in light and once in dark."""
    return {
        "frame": frame(),
        "icons": ICONS,
        "colours": COLOURS,
        "tones": TONES,
        "stages": [{"theme": theme, "form": form(theme), "plain": form(theme, bad=False), "closed": Closed(prefix=theme)} for theme in ("light", "dark")],
        "listing": listing(),
        "board": board(),
        "detail": detail(),
        "today": today(),
        "search": {"q": "hx", "groups": [{"label": "客户", "url": "#", "items": hits()}], "more": "#"},
        "recent": {"recent": hits()[1:]},
        "conflict": conflict(),
        "exchange": exchange(),
        "nothing": {"empty": {"title": "还没有客户", "text": "导入原来的表格，或者先记下一位。", "acts": [link("导入表格"), link("新客户")]}},
        "no_match": {"empty": {"title": "没有符合条件的客户", "text": "去掉一个条件试试。", "icon": "filter", "acts": []}},
        "failing": "查询条件“城市”不认识。请去掉它，或从“筛选”里重新选。",
    }


def link(label: str, **more: Any) -> dict[str, Any]:
    return {"label": label, "url": "#", **more}


def frame() -> dict[str, Any]:
    rail = ["今日 today", "客户 party", "联系人 contact", "商机 deal", "报价 quote", "订单与回款 money", "服务 case", "报表 chart", "设置 settings"]
    entries = [link(label, icon=icon, active=icon == "party", count="3" if icon == "case" else "") for label, icon in map(str.split, rail)]
    sheet = [link(label, icon=icon) for label, icon in [("记跟进", "note"), ("新客户", "party"), ("粘贴", "paste"), ("待办", "task"), ("拍照", "photo")]]
    bar = [entries[0], entries[1], link("新建", icon="plus", sheet=sheet), entries[3], link("我的", icon="me")]
    return {
        "firm": "南海华信建材",
        "user": "王建国",
        "rail": entries,
        "pinned": [link("这周要回访的"), link("欠款超过一万")],
        "bar": bar,
        "theme": "",
    }


def listing() -> dict[str, Any]:
    columns = [("名称", "text", "asc"), ("阶段", "state", ""), ("电话", "phone", ""), ("地区", "text", ""), ("负责人", "text", ""), ("欠款", "money", ""), ("最近联系", "date", "")]
    return {
        "kind": {"label": "客户", "plural": "客户", "path": "parties", "url": "#", "new_url": "#", "can_create": True},
        "views": [link("我的", active=True), link("全部", active=False), link("未分配", active=False, count="4"), link("最近", active=False)],
        "filters": Sample(prefix="f"),
        "chips": [{"label": "地区", "value": "佛山", "url": "#"}, {"label": "欠款", "value": "大于 10,000", "url": "#"}],
        "columns": [{"label": label, "kind": kind, "direction": direction, "url": "#" if kind != "phone" else ""} for label, kind, direction in columns],
        "rows": rows(),
        "count": "1,000+",
        "totals": [{"label": "欠款合计", "value": "134,930.50"}],
        "next_url": "#",
        "exports": [link("Excel 表格"), link("CSV")],
        "actions": [link("改负责人"), link("打标签"), link("删除", tone="danger")],
    }


def rows() -> SafeString:
    """The shape that the compiled renderer gives to a row."""
    return format_html_join(
        "\n",
        '<tr><td class="m"><a href="/parties/{}/">{}</a></td><td class="s"><b class="{}">{}</b></td><td class="p">{}</td><td>{}</td><td>{}</td><td class="n" data-l="欠款">{}</td><td class="d">{}</td></tr>',
        [
            (at, name, tone, stage, format_html('<a href="tel:{}">{}</a>', tel.replace(" ", ""), tel) if tel else "", place, owner, money, day)
            for at, (name, stage, tone, tel, place, owner, money, day) in enumerate(ROWS, 1)
        ],
    )


def board() -> dict[str, Any]:
    card = {"url": "#", "title": "南海体育馆木门", "subtitle": "华信建材 · ¥86,000 · 下周二前报价"}
    return {
        "kind": {"plural": "商机"},
        "columns": [{"label": label, "count": len(cards), "sum": total, "rows": cards} for label, cards, total in [("初步接触", [card, card], "¥17.2万"), ("已报价", [card], "¥8.6万"), ("成交", [], "")]],
    }


def detail() -> dict[str, Any]:
    facts = [("客户编号", "KH-2026-0017", False), ("负责人", "王建国", True), ("地址", "广东省佛山市南海区桂城街道海八路 28 号", True), ("账期", "", True)]
    shown = [{"key": key, "label": key, "html": value, "empty": not value, "edit_url": "#" if edit else ""} for key, value, edit in facts]
    more = [link("打印", icon="file"), link("历史", icon="history"), link("删除", icon="trash", tone="danger", method="post", confirm="删除“华信建材有限公司”？")]
    event = {"at": AT, "who": "王建国", "door": "手机", "undo_url": "#", "icon": "note"}
    return {
        "kind": {"label": "客户"},
        "record": {"id": 17, "title": "华信建材有限公司", "subtitle": "老王门窗、华信 · 佛山南海", "url": "#", "edit_url": "#", "version": 3, "state_label": "老客户", "more_acts": more},
        "badges": [{"label": "一级", "tone": "info"}, {"label": "有欠款", "tone": "late"}],
        "phones": [{"display": "138 0013 8000", "tel": "tel:13800138000", "copy": "13800138000"}],
        "acts": [link("记跟进", icon="note", tone="main"), link("报价", icon="quote")],
        "now": [link("", tone="late", text="欠款 12,680 元，过期 9 天"), link("", tone="soon", text="12 天没联系，平时 7 天一次"), link("", tone="", text="下一步：周五前报价")],
        "tabs": [link("全部", active=True), link("联系人", count=2), link("商机", count=1), link("订单", count=18)],
        "facts": shown,
        "more_facts": shown[1:3],
        "panels": [
            {"title": "联系人", "count": 2, "new_url": "#", "html": format_html("<ul><li><a href='#'>陈小燕</a><small>采购 · 关键决策人</small></li><li><a href='#'>刘师傅</a><small>仓库</small></li></ul>")},
            {"title": "商机", "new_url": "#"},
        ],
        "days": [
            {"label": "今天", "items": [event | {"verb": "记了跟进", "text": "电话：陈经理说样品满意，等总部批预算。\n下次周五联系。"}]},
            {"label": "11月18日 星期三", "items": [event | {"verb": "改了资料", "icon": "edit", "changes": [{"label": "账期", "old": "30 天", "new": "45 天"}, {"label": "等级", "old": "", "new": "一级"}]}]},
        ],
        "more_url": "#",
        "composer_html": "",
    }


def form(prefix: str, *, bad: bool = True) -> Sample:
    data = {f"{prefix}-name": "", f"{prefix}-phone": "138001380", f"{prefix}-stage": "b", f"{prefix}-likes": ["w"], f"{prefix}-owner": "3"}
    sample = Sample(data, prefix=prefix) if bad else Sample(prefix=f"{prefix}-plain", initial={"name": "华信建材", "stage": "c", "limit": "50000.00", "likes": ["p", "w"]})
    if bad:
        sample.full_clean()
        sample.errors["name"] = sample.error_class(["请填写客户名称。"])
        sample.errors["phone"] = sample.error_class(["手机号要 11 位，这里只有 9 位。"])
        sample.errors.pop("source", None)
    return sample


def today() -> dict[str, Any]:
    line = {"name": "华信建材", "url": "#", "text": "12 天没联系，平时 7 天一次", "offer": "上次问过防火门", "acts": [link("打电话", icon="phone"), link("记一笔", icon="check")]}
    figures = [("今天要联系", "7", ""), ("这个月成交", "38.6万", "385,900.00 元"), ("欠款", "126.8万", "1,268,000.00 元"), ("快流失的老客户", "4", "")]
    return {
        "greeting": "早上好，王建国",
        "figures": [link(label, value=value, full=full) for label, value, full in figures],
        "groups": [
            {"title": "过期没做", "tone": "late", "count": 1, "lines": [line]},
            {"title": "今天", "tone": "", "count": 14, "lines": [line, line | {"name": "欧阳木门", "text": "答应今天回复送货时间", "offer": ""}], "more": 12, "more_url": "#"},
        ],
    }


def hits() -> list[dict[str, str]]:
    return [
        {"url": "#", "title": "华信建材有限公司", "subtitle": "老王门窗 · 陈小燕 · 11月20日联系", "mark": "欠 12.7万", "phone_tel": "13800138000", "phone_display": "138 0013 8000"},
        {"url": "#", "title": "航线物流", "subtitle": "刘师傅 · 3个月前联系", "phone_tel": "13922210086", "phone_display": "139 2221 0086"},
    ]


def conflict() -> dict[str, Any]:
    return {
        "record": {"title": "华信建材有限公司"},
        "conflicts": [{"name": "address", "label": "地址", "yours": "海八路 28 号二楼", "theirs": "海八路 30 号"}],
        "form_fields": [{"name": "name", "value": "华信建材"}],
        "who": "李敏 10:24",
        "version": 4,
        "action_url": "#",
        "cancel_url": "#",
    }


def exchange() -> dict[str, Any]:
    select = SafeString(render_to_string("core/widgets/select.html", {"widget": {"name": "c0", "attrs": {"aria-label": _("Goes to")}, "optgroups": [("", [{"value": "name", "label": "客户名称", "selected": True}], 0)]}}))
    columns = [("A", "单位名称", ["华信建材", "欧阳木门", "老王门窗"]), ("B", "手机", ["13800138000", "1.39E+10", ""]), ("C", "欠款", ["126,800", "0", "-320"])]
    return {
        "kind": {"label": "客户", "plural": "客户"},
        "step": 2,
        "action_url": "#",
        "cancel_url": "#",
        "back_url": "#",
        "list_url": "#",
        "undo_url": "#",
        "submit": "导入 83 行",
        "can_import": True,
        "done_text": "导入完成：新增 80 位客户，更新 3 位。",
        "file": {"name": "客户名单 2026.xls", "rows": 85, "encoding": "GB18030", "sheet": "Sheet1"},
        "columns": [{"letter": letter, "header": header, "samples": samples, "select": select} for letter, header, samples in columns],
        "policies": [{"name": "twins", "label": "已经有的客户", "options": [{"value": "skip", "label": "跳过", "text": "保留现有资料，不改动", "checked": True}, {"value": "update", "label": "更新", "text": "用表格里的内容补上和改掉"}]}],
        "counts": [{"label": "表格里", "value": 85, "tone": ""}, {"label": "新增", "value": 80, "tone": "good"}, {"label": "更新", "value": 3, "tone": ""}, {"label": "有问题", "value": 2, "tone": "late"}],
        "problems": [{"row": 12, "column": "手机", "value": "1.39E+10", "reason": "Excel 把号码写成了科学记数，末尾的数字丢了。请在表格里把这一列改成文本再填。"}, {"row": 40, "column": "客户名称", "value": "", "reason": "没有名称。"}],
        "problems_url": "#",
        "progress": SimpleNamespace(label="正在导入客户", done=3400, total=10000, url="/look/"),
        "recent": [],
    }
