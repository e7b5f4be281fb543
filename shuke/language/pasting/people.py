"""Names of persons and firms in a text: beside a number, introducing themselves, at the head of a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shuke.language import names
from shuke.language.pasting.page import Page

HAN = "[一-鿿]"
COMPOUND = names.COMPOUND
POLITE = (
    f"(?:阿{HAN}|[小老][{names.SURNAMES}]|(?:{COMPOUND}|[{names.SURNAMES}])(?:先生|女士|小姐|太太|老师|师傅|老板娘|老板|经理|总监|主任|"
    f"厂长|店长|队长|医生|阿姨|大姐|大哥|总|董|工|姐|哥|叔|姨|嫂)|{HAN}(?:姐|哥|叔|姨|嫂)|"
    f"[{names.SURNAMES}]{HAN}{{1,2}}(?:先生|女士|小姐|老师|师傅|经理))"
)
FULL = f"(?:(?:{COMPOUND}) ?{HAN}{{1,2}}|[{names.SURNAMES}]{HAN}{{1,2}})"
LABEL = re.compile(
    r"(?:联系电话|电话号码|电话|手机号码|手机号?|号码|联系方式|微信号?|mobile|tel|phone|cell|[:.()\s|/])+$", re.IGNORECASE
)
AT_END = [re.compile(f"{pattern}$") for pattern in (POLITE, f"(?:{COMPOUND}) ?{HAN}{{1,2}}")]
NAMED = re.compile(r"(?:收货人|收件人|联系人|姓名|名字|负责人|经办人)\s?:?\s?(" + POLITE + "|" + FULL + r")(?![一-鿿])")
INTRODUCED = re.compile(
    rf"(?:我(?:姓{HAN}{{1,2}}[, ]?)?(?:叫|是)?|姓{HAN}{{1,2}}[, ]\s?(?:叫|名叫)?|我是{HAN}{{0,10}}的|这里是)"
    rf"({POLITE}|{FULL})(?=[,。!;\s\x00、]|$)"
)
NO_NAMES = re.compile(
    "^(?:信号|时候|时间|都是|公司|地址|方便|安装|高层|平方|门口|师傅|广东|马上|常用|"
    "单价|何时|温度|空调|满意|任何|项目|应该|卜|和.|明天|后天|今天|全部|全屋|包.|易.?|向.?|经常|国.?|家.|花园|金额|白色|黄色|于.)"
)
TITLES = (
    "董事长|副总经理|总经理|总裁|副总|总监|经理|主管|主任|厂长|店长|采购员|采购|业务员|销售|会计|出纳|财务|工程师|设计师|厨师长|行政总厨|"
    "师傅|助理|顾问|代表|老板|负责人|合伙人|院长|校长|园长|仓管|跟单"
)
TITLE = re.compile(rf"(?:{HAN}{{0,6}}?)(?:{TITLES})(?!{HAN})")
DEPARTMENT = re.compile(rf"({HAN}{{1,4}}(?:部|科|处))$")
FIRM_END = (
    "有限责任公司|股份有限公司|有限公司|公司|集团|酒店|饭店|餐厅|餐馆|菜馆|酒楼|宾馆|酒吧|商行|商店|超市|便利店|经营部|门市部|工作室|事务所|"
    "合作社|加工厂|工厂|门窗厂|学校|幼儿园|医院|诊所|火锅店|奶茶店|咖啡店|面馆|面店|烧烤店|饺子馆|川菜馆|小吃店|五金店|建材店|家具店|美容院|健身房|装饰|食堂|"
    "贸易行|五金行|维修部|批发部|网吧|药店|书店|花店|水果店|服装店|汽修厂|修理厂"
)
FIRM = re.compile(rf"(?:[一-鿿A-Za-z0-9·&]{{1,30}}?(?:\([一-鿿]{{1,8}}\))?[一-鿿A-Za-z0-9·&]{{0,20}}?)(?:{FIRM_END})")
COMPANY = re.compile(r"[一-鿿A-Za-z0-9·&()]{3,40}?(?:有限责任公司|股份有限公司|有限公司|集团(?!公司))")
WE_ARE = re.compile(rf"(?:我们?(?:这边|这里|家)?是|我们?在|这里是|这边是)((?:[一-鿿A-Za-z0-9]){{1,14}}?(?:{FIRM_END}))")


@dataclass(frozen=True)
class Name:
    name: str
    start: int
    end: int
    title: str = ""
    note: str = ""


def before(page: Page, place: int) -> Name | None:
    """The person named directly before a number that begins at `place`: 单国强138…, 联系工程部小谢138…, 许小姐 138…"""
    low = max(0, place - 30)
    text = LABEL.sub("", page.left[low:place].rpartition("\n")[2] if "\n" in page.left[low:place] else page.left[low:place])
    low = place - len(page.left[low:place].rpartition("\n")[2]) if "\n" in page.left[low:place] else low
    if found := _at_end(text):
        start, end = found
        lead = text[:start]
        department = DEPARTMENT.search(lead)
        title = re.sub("^(?:请?联系|找|我们|是)+", "", department[1]) if department else ""
        note = "收货" if re.search(r"收货\s{0,2}(?:人)?\s?:?\s{0,2}$", lead) else ""
        return Name(_whole(page.original(low + start, low + end)), low + start, low + end, title, note)
    return None


def after(page: Page, place: int) -> Name | None:
    """The person named directly behind a number: 138… 王建."""
    match = re.compile(rf"[ ,(:]{{0,3}}({POLITE}|{FULL})(?![一-鿿])").match(page.left, place)
    if match is None or NO_NAMES.match(match[1]):
        return None
    return Name(_whole(page.original(*match.span(1))), *match.span(1))


def labelled(page: Page) -> Name | None:
    match = NAMED.search(page.left)
    return Name(_whole(page.original(*match.span(1))), *match.span(1)) if match else None


def introduced(text: str, page: Page) -> Name | None:
    for match in INTRODUCED.finditer(text):
        if not NO_NAMES.match(match[1]):
            return Name(_whole(page.original(*match.span(1))), *match.span(1))
    return None


def is_person(text: str) -> bool:
    return re.fullmatch(f"{POLITE}|{FULL}", text) is not None and not NO_NAMES.match(text)


def surname(name: str) -> str:
    return names.split_person(name)[0]


def gender(name: str) -> str:
    if re.search("先生$|大哥$|[^大]哥$|叔$", name):
        return "male"
    return "female" if re.search("小姐$|女士$|太太$|阿姨$|姐$|嫂$|姨$", name) else ""


def _at_end(text: str) -> tuple[int, int] | None:
    tail = text[-12:]
    shift = len(text) - len(tail)
    for pattern in AT_END:
        for start in range(max(0, len(tail) - 6), len(tail)):
            if pattern.match(tail, start):
                return None if NO_NAMES.match(tail[start:]) else (shift + start, len(text))
    for length in (3, 2):
        said = tail[-length:]
        if len(said) == length and re.fullmatch(FULL, said) and not NO_NAMES.match(said):
            return len(text) - length, len(text)
    return None


def _whole(name: str) -> str:
    return name.replace(" ", "") if re.fullmatch(f"{HAN}+ {HAN}+", name) else name
