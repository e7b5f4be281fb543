"""What the page of the look shows: invented records (data/gallery.json) in every state that a component knows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from shuke.core import widgets

HERE = Path(__file__).parent
ICONS = HERE.parent / "assets" / "css" / "components" / "icon.css"
COLOURS = "paper raised sunk line ink ink-2 ink-3 seal celadon amber late link".split()
TONES = ["", "good", "soon", "late", "info"]


class Sample(forms.Form):
    name = forms.CharField(label="客户名称", help_text="公司或个人都可以")
    phone = forms.CharField(label="电话", widget=widgets.TextInput({"inputmode": "tel"}))
    stage = forms.ChoiceField(label="阶段", choices=[(word, word) for word in ("潜在", "意向", "老客户")], widget=widgets.Chips)
    likes = forms.MultipleChoiceField(
        label="喜欢怎么联系",
        required=False,
        choices=[("call", "电话"), ("chat", "微信")],
        widget=widgets.MultiChips,
    )
    source = forms.ChoiceField(label="来源", required=False, choices=[("", "请选择"), ("shop", "门店")], widget=widgets.Select)
    limit = forms.CharField(label="信用额度", required=False, widget=widgets.MoneyInput)
    day = forms.DateField(label="下次联系", required=False, widget=widgets.DayInput)
    owner = forms.CharField(label="介绍人", required=False, widget=widgets.LookAhead("/look/options/", lambda value: "老王门窗"))
    note = forms.CharField(label="备注", required=False, widget=widgets.Textarea({"rows": 3}))
    number = forms.CharField(label="客户编号", disabled=True, required=False, initial="KH-2026-0017")


def context() -> dict[str, Any]:
    """Everything that gallery.html asks for; `stages` holds the same forms once in light and once in dark."""
    told: dict[str, Any] = json.loads((HERE / "data" / "gallery.json").read_text(), object_hook=alive)
    icons = [part.split()[0] for part in ICONS.read_text().split(".i-")[1:]]
    stages = [{"theme": theme, "form": refused(theme), "plain": filled(theme)} for theme in ("light", "dark")]
    return told | {"icons": [name.rstrip(",") for name in icons], "colours": COLOURS, "tones": TONES, "stages": stages}


def alive(told: dict[str, Any]) -> dict[str, Any]:
    """Moments and markup of the file as what they are; the file is ours, so its markup is safe."""
    for key in told.keys() & {"html", "rows", "select"}:
        told[key] = SafeString(told[key]) if isinstance(told[key], str) else told[key]
    if "at" in told:
        told["at"] = datetime.fromisoformat(told["at"])
    return told


def filled(prefix: str) -> Sample:
    return Sample(prefix=f"{prefix}-plain", initial={"name": "华信建材", "stage": "意向", "limit": "50000.00", "likes": ["chat"]})


def refused(prefix: str) -> Sample:
    form = Sample({f"{prefix}-phone": "138001380", f"{prefix}-stage": "意向", f"{prefix}-owner": "3"}, prefix=prefix)
    form.full_clean()
    form.errors["name"] = form.error_class(["请填写客户名称。"])
    form.errors["phone"] = form.error_class(["手机号要 11 位，这里只有 9 位。"])
    return form
