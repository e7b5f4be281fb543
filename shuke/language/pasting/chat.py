"""Who says what in a chat that was copied: from the computer, from a phone, from a group."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from shuke.language.pasting.page import Page, blank

DATE = r"(?P<y>20[0-9]{2})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?"
CLOCK = r"(?:上午|下午|晚上|凌晨|中午)?\s?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
HEADS = (
    re.compile(rf"^[ ]?(?P<name>[^\n:,。?!@\x00]{{1,24}}?)[ ]{{1,4}}{DATE}[ ]{{1,4}}{CLOCK}[ ]{{0,4}}$"),
    re.compile(rf"^[ ]?(?P<name>[^\n:,。?!@\x00]{{1,24}}?)[ ]{{1,4}}(?:昨天|今天)?[ ]?{CLOCK}[ ]{{0,4}}$"),
    re.compile(r"^[ ]?\[(?P<name>[^\[\]\n]{1,24})\][ ]{0,4}$"),
    re.compile(r"^[ ]?(?P<name>[^\n:,。?!@()（）0-9\x00]{1,10}|[0-9A-Z]{1,3}-[0-9]{2,4} ?[^\n:,。?!@\x00]{1,8}):[ ]{0,2}"),
)
DAY_LINE = re.compile(r"^[-—– ]{2,60}(20[0-9]{2})-([0-9]{1,2})-([0-9]{1,2})[-—– ]{0,60}$")
GROUP = re.compile(r"\[?([^\[\]\n:]{2,20}?)(?:业主|客户|装修|交流|团购|工作)?群(?:\([0-9]+\))?\]?")
UNIT = re.compile(r"([0-9A-Z]{1,3}-[0-9]{2,4}) ?(.{1,8})")
# Before a colon these name what follows and nobody who speaks.
LABELS = re.compile(
    "名称|抬头|地址|电话|手机|传真|邮编|邮箱|微信|税号|账号|账户|开户|收货|收件|联系|地区|姓名|送|寄|备注|要|单价|合计|品名|规格|"
    "型号|数量|纳税|识别|公司|单位|时间|日期|系统|要求|职务|职位|网址|主营|mail|tel|fax|mobile|phone|http|qq|add|wechat|web|title|name",
    re.IGNORECASE,
)


@dataclass
class Message:
    speaker: str
    unit: str  # 5-801 in a group of neighbours
    day: date | None
    start: int
    end: int
    head: tuple[int, int]
    is_ours: bool = False


@dataclass
class Chat:
    messages: list[Message]
    group: str = ""  # the place that a group is named after

    @property
    def day(self) -> date | None:
        return next((message.day for message in self.messages if message.day), None)

    @property
    def last_day(self) -> date | None:
        return next((message.day for message in reversed(self.messages) if message.day), None)

    def at(self, place: int) -> Message | None:
        return next((message for message in self.messages if message.start <= place < message.end), None)


def read(page: Page, me: str) -> Chat:
    """The messages in their order; none where the text is no chat. Heads and lines between are taken from the page."""
    messages: list[Message] = []
    group, day, place = "", None, 0
    lines = page.left.split("\n")
    for line in lines:
        start, place = place, place + len(line) + 1
        if match := DAY_LINE.match(line):
            day = _date(match[1], match[2], match[3])
            page.take(start, start + len(line))
        elif not messages and not group and len(line) < 30 and (match := GROUP.fullmatch(line.strip())):
            group = match[1]
            page.take(start, start + len(line))
        elif head := _head(line):
            said = _date(head["y"], head["m"], head["d"]) if "y" in head.groupdict() else day
            unit = UNIT.fullmatch(head["name"].strip())
            name = page.original(start + head.start("name"), start + head.end("name"))
            speaker = unit[2] if unit else name
            message = Message(speaker, unit[1] if unit else "", said or day, start + head.end(), 0, (start, start + head.end()))
            message.is_ours = speaker in (me, "我", "我方")
            messages.append(message)
    if len(messages) < 2 and not (messages and messages[0].head[1] < messages[0].start + 1 and group):
        return Chat([], group)
    for message, following in zip(messages, [*messages[1:], None], strict=True):
        message.end = following.head[0] if following else len(page.left)
        page.take(*message.head)
    return Chat(messages, group)


def without_ours(page: Page, chat: Chat) -> str:
    """What the other side says; our lines are blank in it."""
    return _without(page.left, [message for message in chat.messages if message.is_ours])


def without_theirs(page: Page, chat: Chat) -> str:
    if not chat.messages:
        return blank(page.left)
    first = chat.messages[0].head[0]
    return blank(page.left[:first]) + _without(page.left, [one for one in chat.messages if not one.is_ours])[first:]


def _without(text: str, messages: list[Message]) -> str:
    parts, place = [], 0
    for message in messages:
        parts += [text[place : message.start], blank(text[message.start : message.end])]
        place = message.end
    return "".join([*parts, text[place:]])


def _head(line: str) -> re.Match[str] | None:
    if len(line) > 400 and ":" not in line[:20]:
        return None
    for pattern in HEADS:
        match = pattern.match(line)
        if match and not LABELS.search(match["name"]):
            return match
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
