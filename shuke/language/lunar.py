"""Days of the Chinese calendar that come back every year: birthdays above all, kept as 八月十五 and reckoned for each year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from shuke.language.cleaners import FIRST_YEAR, FULL_WIDTH, LAST_YEAR, BadValue, clean_text

MONTHS = "正二三四五六七八九十冬腊"
ONES = "一二三四五六七八九"
NUMERALS = [*ONES, "十", *(f"十{one}" for one in ONES), "二十", *(f"二十{one}" for one in ONES), "三十"]
DAYS = [f"初{one}" for one in NUMERALS[:10]] + [two.replace("二十", "廿") if len(two) == 3 else two for two in NUMERALS[10:]]
PLAIN = str.maketrans({"初": "", "正": "一", "元": "一", "冬": "十一", "腊": "十二", "臘": "十二", "廿": "二十", "卅": "三十"})
WRITTEN = re.compile("(?:农历|農曆|阴历|陰曆|旧历)?(闰|閏)?(.{1,2})月(.{1,3}?)日?")


@dataclass(frozen=True)
class LunarDay:
    """Month 1 to 12 (`leap`: the repeated one) and day 1 to 30. BadValue when there is no such day."""

    month: int
    day: int
    leap: bool = False

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1 <= self.day <= 30):
            raise BadValue(_("A day of the Chinese calendar is expected here, for example 腊月二十 or 闰四月初三."))

    @classmethod
    def parse(cls, value: object) -> LunarDay:
        """From 腊月二十, 闰四月初三, 农历8月15日. Raises BadValue."""
        text = re.sub(r"\s", "", clean_text(value, limit=64).translate(FULL_WIDTH))
        match = WRITTEN.fullmatch(text)
        leap, month, day = match.groups() if match else ("", "", "")
        return cls(_number(month), _number(day), bool(leap))

    def __str__(self) -> str:
        return f"{'闰' if self.leap else ''}{MONTHS[self.month - 1]}月{DAYS[self.day - 1]}"

    def solar(self, year: int) -> date | None:
        """The day on which it falls in the lunar `year` (腊月二十 of 2026 is 2027-01-27); None outside 1900 to 2199.

        In a year without that leap month the ordinary one counts, and in a month of 29 days the 29th stands for the 30th.
        """
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        months = _months(year)
        first, length = (months.get(-self.month) if self.leap else None) or months[self.month]
        return first + timedelta(days=min(self.day, length) - 1)

    def next_after(self, day: date) -> date | None:
        """The next time it falls after `day` (not on it)."""
        falls = (self.solar(year) for year in range(day.year - 1, day.year + 2))
        return next((found for found in falls if found and found > day), None)


@lru_cache(maxsize=512)  # reckoning a year from the sun and the moon takes milliseconds
def _months(year: int) -> dict[int, tuple[date, int]]:
    """First day and length in days of the months of the lunar `year`, the leap month under its negative number."""
    from lunar_python import LunarYear, Solar  # its tables are not for every start to read

    found = {}
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        found[month.getMonth()] = (date(first.getYear(), first.getMonth(), first.getDay()), month.getDayCount())
    return found


def _number(text: str) -> int:
    """1 to 99 in digits, 1 to 30 in Chinese; 0 for anything else."""
    plain = text.translate(PLAIN)
    return int(plain) if re.fullmatch("[0-9]{1,2}", plain) else NUMERALS.index(plain) + 1 if plain in NUMERALS else 0
