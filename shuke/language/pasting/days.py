"""Days and times as they are said: 明早, 下周三, 月底, 25号, 腊月二十; from the day on which they were said."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, time, timedelta

from shuke.language.cleaners import BadValue
from shuke.language.lunar import LunarDay
from shuke.language.pasting import numbers

WEEK = {character: place for place, character in enumerate("一二三四五六日")} | {"天": 6, **{str(n): n - 1 for n in range(1, 8)}}
NEAR = {"大前天": -3, "前天": -2, "昨天": -1, "昨晚": -1, "昨日": -1, "今": 0, "明": 1, "后天": 2, "大后天": 3}
PARTS = {"凌晨": 5, "早上": 9, "早": 9, "上午": 9, "中午": 12, "下午": 14, "傍晚": 18, "晚上": 19, "晚": 19}
DAY = re.compile(
    r"""(?P<near>大前天|前天|昨天|昨晚|昨日|今天|今日|今早|今晚|明天|明日|明早|明晚|大后天|后天)
      | (?P<rel>下下|上|下|这|本)?个?(?:周|星期|礼拜)(?P<week>[一二三四五六日天1-7])(?![0-9])
      | (?P<end>下?月底|下?月末|年底)
      | (?P<lunar>(?:农历|闰|阴历)?(?:正|冬|腊|臘)月(?:初|廿|卅|[一二三四五六七八九])?[一二三四五六七八九十]{1,2})
      | (?P<full>20[0-9]{2})(?P<mark>[-/.年])(?P<fm>[0-9]{1,2})[-/.月](?P<fd>[0-9]{1,2})[日号]?
      | (?P<month>[0-9]{1,2}|十[一二]?|[一二三四五六七八九])月(?P<day>[0-9]{1,2}|[一二三四五六七八九十]{1,3})[日号]?
      | (?<![0-9A-Za-z栋幢座路道街巷弄])(?P<of>[0-9]{1,2})[号日](?![0-9A-Za-z楼栋院线门仓厂档店铺桥库工])
      | (?P<after>[0-9]{1,2}|[一两二三四五六七八九十])(?P<unit>天|周|个星期|个礼拜|个月)(?:之?后|以后)
    """,
    re.VERBOSE,
)
TIME = re.compile(
    r"\s?(?P<part>凌晨|早上|早|上午|中午|下午|傍晚|晚上|晚)?\s?"
    r"(?:(?P<hour>[0-9]{1,2}|[一二两三四五六七八九十]{1,2})(?:点钟?|[:：](?=[0-9]{2}))(?P<minute>半|一刻|[0-5][0-9])?(?![0-9]))?"
)


@dataclass(frozen=True)
class Said:
    """A day in the text, with its time where one is said. `lunar` is its name in the Chinese calendar."""

    day: date
    time: time | None
    start: int
    end: int
    lunar: str = ""


def find(text: str, said_on: date, start: int = 0, end: int | None = None) -> list[Said]:
    """All days in `text` from `start` to `end`, in their order; what is no day, like 2月30日, is left out."""
    found = []
    for match in DAY.finditer(text, start, len(text) if end is None else end):
        try:
            day, lunar = _day(match, said_on)
        except (ValueError, OverflowError, BadValue):
            continue
        if day is None:
            continue
        clock, stop = _time(text, match)
        found.append(Said(day, clock, match.start(), stop, lunar))
    return found


def first_time(text: str) -> time | None:
    """A time that stands far from its day: 早上6点前."""
    for match in re.finditer("(?:早上|上午|中午|下午|傍晚|晚上)[0-9一二两三四五六七八九十]", text):
        hour = TIME.match(text, match.start())
        if hour and hour["hour"]:
            return _clock(hour["part"] or "", hour["hour"], hour["minute"] or "")
    return None


def workday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _day(match: re.Match[str], on: date) -> tuple[date | None, str]:
    if near := match["near"]:
        return on + timedelta(days=NEAR.get(near, NEAR.get(near[0], 0))), ""
    if week := match["week"]:
        return _weekday(match["rel"] or "", WEEK[week], on), ""
    if end := match["end"]:
        return _end(end, on), ""
    if said := match["lunar"]:
        lunar = LunarDay.parse(said)
        return lunar.next_after(on - timedelta(days=1)), str(lunar)
    if match["full"]:
        return date(int(match["full"]), int(match["fm"]), int(match["fd"])), ""
    if match["month"]:
        return _in_year(_int(match["month"]), _int(match["day"]), on), ""
    if match["of"]:
        return _in_month(int(match["of"]), on), ""
    count, unit = _int(match["after"]), match["unit"]
    return on + timedelta(days=count * {"天": 1, "个月": 30}.get(unit, 7)), ""


def _int(said: str) -> int:
    number = numbers.value(said)
    if number is None:
        raise ValueError(said)
    return int(number)


def _weekday(relation: str, place: int, on: date) -> date:
    monday = on - timedelta(days=on.weekday())
    weeks = {"上": -1, "下": 1, "下下": 2}.get(relation, 0)
    day = monday + timedelta(weeks=weeks, days=place)
    return day + timedelta(weeks=1) if not relation and day < on else day


def _end(said: str, on: date) -> date:
    if said == "年底":
        return date(on.year, 12, 31)
    ahead = on.replace(day=1) + timedelta(days=32) if said.startswith("下") else on
    return ahead.replace(day=calendar.monthrange(ahead.year, ahead.month)[1])


def _in_year(month: int, day: int, on: date) -> date:
    """This year's, unless it is more than half a year gone."""
    found = date(on.year, month, day)
    return date(on.year + 1, month, day) if (on - found).days > 183 else found


def _in_month(day: int, on: date) -> date:
    found = on.replace(day=day) if day >= on.day else (on.replace(day=1) + timedelta(days=32)).replace(day=day)
    return found


def _time(text: str, match: re.Match[str]) -> tuple[time | None, int]:
    near = match["near"] or ""
    part = near[-1] if near[-1:] in ("早", "晚") else ""
    clock = TIME.match(text, match.end())
    if clock is None or not (clock["part"] or clock["hour"]):
        return (_clock(part, "", "") if part == "早" else None), match.end()
    return _clock(clock["part"] or part, clock["hour"] or "", clock["minute"] or ""), clock.end()


def _clock(part: str, hour: str, minute: str) -> time | None:
    if not hour:
        return time(PARTS[part])
    number = numbers.value(hour)
    if number is None or number > 24:
        return None
    late = part in ("下午", "晚上", "晚", "傍晚") or (part == "中午" and number < 3)
    minutes = {"": 0, "半": 30, "一刻": 15}
    return time((int(number) + (12 if late and number < 12 else 0)) % 24, minutes[minute] if minute in minutes else int(minute))
