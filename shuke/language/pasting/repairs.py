"""What is broken: which machine, which fault, how urgent."""

from __future__ import annotations

import re

from shuke.language.pasting.page import Page
from shuke.language.pasting.proposals import CaseProposal, Proposals

FAULT = re.compile(
    "不出冰|不制冷|不制热|不冷|不热|不启动|不工作|不转|不亮|不通电|打不开|开不了机|登不上|登录不了|死机|蓝屏|漏水|漏电|漏油|漏气|跳闸|异响|"
    "报警|报错|卡纸|打不了|不打印|连不上|没反应|坏了|打不着火|堵了|停机|不排水|不加热|不出水|闪退|用不了"
)
REPAIR = re.compile(
    "报修|维修|修一下|来修|修过|上门|派人|师傅|保修|故障|很急|急|[报]?E[0-9]{1,3}|不出冰|不制冷|登不上|打不开|连不上"
)
MACHINE = re.compile(
    r"([一-鿿]{0,4}?(?:制冰机|冰箱|冰柜|冷柜|空调|打印机|复印机|收银机|电脑|服务器|系统|软件|热水器|洗碗机|烤箱|蒸柜|水泵|电梯|叉车|"
    r"压缩机|空压机|咖啡机|净水器|路由器|监控|摄像头|门禁|电机|锅炉|洗衣机|烘干机|投影仪|机床|发电机))"
)
MODEL = re.compile(r"型号\s?:?\s?([A-Za-z0-9][A-Za-z0-9\-/]{1,20})")
SERIAL = re.compile(r"(?:机身号|序列号|出厂编号|S/?N)\s?:?\s?([A-Za-z0-9\-]{4,24})", re.IGNORECASE)
CODE = re.compile(r"(?:报|显示|代码)\s?(?:错|故障)?\s?([A-Z][0-9]{1,3})(?![0-9A-Za-z])")
URGENT = re.compile("急|马上|赶紧|尽快|立刻|今晚有")
AGAIN = re.compile("又|再次|才修过|刚修过|上次修|修过")
STOPS = re.compile("宴会|停产|停工|停业|没法做|做不了生意|开不了门|客人在等|用不了")
ENTRY = re.compile(r"从([一-鿿]{2,8}?)进?要?进?(要?登记)?|进门要[一-鿿]{2,8}|要登记")
BEFORE = re.compile("(今晚|今天|明天|中午|晚上)[一-鿿]{0,2}?有?(宴会|活动|开业|会议|接待)")


def read(page: Page, found: Proposals) -> CaseProposal | None:
    """Numbers of the machine are taken from the page: they are no telephone numbers."""
    text = page.left
    fault = FAULT.search(text)
    if not fault or not (REPAIR.search(text) or MACHINE.search(text)):
        return None
    machine, model, serial, code = MACHINE.search(text), MODEL.search(text), SERIAL.search(text), CODE.search(text)
    matches = [match for match in (machine, model, serial, fault, code) if match]
    case = CaseProposal(spans=[match.span() for match in matches])
    case.equipment = re.sub("^(?:的|我们|后厨|你好|那台|这台|一台)+", "", machine[1]) if machine else ""
    case.model, case.serial = model[1] if model else "", serial[1] if serial else ""
    case.fault = fault[0] + (f"，报 {code[1]}" if code else "")
    case.is_urgent, case.is_again = bool(URGENT.search(text)), bool(AGAIN.search(text))
    case.impact = "停产" if STOPS.search(text) else ""
    for match in (model, serial):
        if match:
            page.take(*match.span())
    if entry := re.search(r"从([一-鿿]{2,6}?)进(要登记)?", text):
        found.ask("entry", entry.span(), text=entry[1] + (f"，{entry[2]}" if entry[2] else ""))
    if "修过" in text:
        found.ask("repaired_before", (text.index("修过"), text.index("修过") + 2))
    return case


def deadline(text: str) -> str:
    match = BEFORE.search(text)
    return f"派人上门，{match[1]}{match[2]}前" if match else "派人上门"
