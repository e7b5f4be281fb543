"""Numbers and sums as they are said: 3万2, 1w5, 一万五, 两千八, 三百五, 18块5, 八毛, 半箱."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {character: place for place, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
SCALES = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10000, "w": 10000}

NUMBER = r"(?:[0-9]{1,9}(?:\.[0-9]{1,4})?(?:[万wW千kK](?![gGhH])[0-9]{0,4})?|[零〇一二两俩三仨四五六七八九十百千万]{1,12}|半)"
SUM = rf"{NUMBER}(?:[块元](?:[0-9一二三四五六七八九半](?![0-9]))?|[毛角])?"
UNITS = (
    "平方米|平方|公斤|千克|立方|片|包|斤|袋|桶|箱|件|个|台|只|条|根|瓶|盒|支|把|套|吨|方|米|卷|张|块|份|盘|扎|捆|打|板|罐|"
    "车|筐|颗|棵|头|尾|副|对|双|盏|本|册|节|扇|樘|组|盆|杯|碗|kg|g|L|㎡"
)
QUANTITY = re.compile(rf"({NUMBER})\s{{0,2}}({UNITS})(半)?(?![a-zA-Z])")
PER_UNIT = re.compile(rf"({SUM})\s?(?:[一每/]|一?元/)\s?({UNITS})|多少钱?[一每]?({UNITS})?")
TIMES = re.compile(r"[×x*@]\s?([0-9]{1,7}(?:\.[0-9]{1,4})?)\s?[元块]?")


def value(said: str) -> Decimal | None:
    """The number that is said; None where it is none. 三百五 is 350, 三百零五 is 305."""
    text = said.strip().lower()
    if text == "半":
        return Decimal("0.5")
    if match := re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([万w千k])?([0-9]*)", text):
        return _scaled(match[1], match[2] or "", match[3])
    return _chinese(text) if text and set(text) <= {*DIGITS, *"十百千万"} else None


def money(said: str) -> Decimal | None:
    """A sum in yuan: 18块5 is 18.50, 八毛 is 0.80, 三块 is 3.00."""
    match = re.fullmatch(rf"({NUMBER})(?:([块元])([0-9一二三四五六七八九半])?|([毛角]))?", said.strip())
    if match is None or (whole := value(match[1])) is None:
        return None
    if match[4]:
        return (whole / 10).quantize(Decimal("0.01"))
    tail = Decimal(5) if match[3] == "半" else value(match[3]) if match[3] else Decimal(0)
    return (whole + (tail or Decimal(0)) / 10).quantize(Decimal("0.01"))


def plain(number: Decimal) -> str:
    """Without noughts at the end: 15, 0.5, 31000."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def _scaled(head: str, scale: str, tail: str) -> Decimal | None:
    if not scale:
        return Decimal(head + tail)
    places = 4 if scale in "万w" else 3
    if len(tail) > places:
        return None
    return Decimal(head) * 10**places + (Decimal(tail) * 10 ** (places - len(tail)) if tail else 0)


def _chinese(text: str) -> Decimal | None:
    """一千零五十 and 一万五; what is left open after a scale stands one scale lower."""
    if not set(text) & set("十百千万"):
        return Decimal(DIGITS[text]) if len(text) == 1 else None
    whole = part = digit = 0
    last, after_zero, given = 1, False, False
    for character in text:
        if character in DIGITS:
            digit, given, after_zero = DIGITS[character], True, after_zero or character in "零〇"
            continue
        scale = SCALES[character]
        if scale == 10000:
            whole, part = (whole + part + digit) * scale, 0
        else:
            part += (digit if given else 1) * scale
        digit, given, last, after_zero = 0, False, scale, False
    short = given and not after_zero and last > 10
    return Decimal(whole + part + digit * (last // 10 if short else 1))
