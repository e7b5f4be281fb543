"""The customers of an invented building-material dealer: what `shuke demo` and the benchmarks fill a store with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

from django.utils import timezone

from shuke.core import act as work
from shuke.core.record import create_many
from shuke.language import tax_number
from shuke.parties.models import Address, Contact, InvoiceTitle, KeyDate, Party, Relation

BATCH = 500  # parties in one transaction

PLACES = [
    place.split()
    for place in (
        "广东省 佛山市 南海区|广东省 佛山市 顺德区|广东省 佛山市 禅城区|广东省 广州市 番禺区|广东省 广州市 白云区|广东省 东莞市|"
        "广东省 中山市|广东省 肇庆市 高要区|湖南省 长沙市 雨花区|广西壮族自治区 南宁市 青秀区|江西省 南昌市 西湖区|福建省 厦门市"
    ).split("|")
]
STREETS = "桂澜路 季华路 建设大道 解放路 工业园一路 建材城东街 人民路 新港路 兴业路 环城西路".split()
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟崔谭陆范汪"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉志梅鑫林波宇浩凯健俊帆雪莹婷慧斌东海燕春峰荣"
MARKS = (
    "华信 恒达 金利 顺发 宏图 永兴 信达 鸿运 佳美 瑞丰 万家 新时代 百合 汇锦 嘉宏 中盛 天成 泰和 锦绣 安居 盛世 众合 美居 建友 "
    "兴隆 福满 腾飞 德润 广厦 巨匠 匠心 名匠 尚品 雅居 筑家"
).split()
BUSINESSES = {  # customer type: endings of its firms' names
    "装修公司": ["装饰工程有限公司", "建筑装饰有限公司", "家居装饰设计有限公司"],
    "工程项目部": ["建设工程有限公司", "建筑安装工程有限公司"],
    "分销店": ["建材经营部", "陶瓷商行", "卫浴店", "建材有限公司"],
    "设计师": ["设计工作室", "空间设计有限公司"],
    "开发商": ["房地产开发有限公司", "置业有限公司"],
}
CALLED = "师傅 老板 工头 经理".split()
TITLES = "老板 采购 项目经理 设计师 财务 仓管 老板娘".split()
TAGS = "要送样 要上楼 带款提货 垫资 自提 大车进不去 看色差 有返点 要开票 现结 月结 慎放账 好说话 急脾气".split()
SOURCES = "设计师介绍 包工头介绍 工地扫楼 小区团购 厂家分派 建材市场门店 招标信息 老客户介绍 自己上门 微信".split()
STAGES = "new new new new interested interested interested first first regular regular regular regular asleep gone".split()
LIKES = "爱喝茶，送样带点茶叶。 只看品牌砖，不看杂牌。 怕麻烦，报价一次报清楚。 儿子也做装修。 砍价厉害，底价别先说。".split()
BANKS = "中国工商银行佛山南海支行 中国农业银行广州番禺支行 中国建设银行东莞分行 佛山农商银行桂城支行".split()
LUNAR = "腊月二十 八月十五 正月初六 五月初八 闰四月初三 三月廿一".split()


def make(parties: int, seed: int, *, owners: Sequence[Any] = (), now: datetime | None = None) -> int:
    """Write `parties` customers with what belongs to them, the same for the same `seed` and `now`. Returns how many records.

    `owners` are the users they are spread over; every twentieth has none.
    """
    dice, now, made = Random(seed), now or timezone.now(), 0  # noqa: S311
    wanted = (party(dice, place, owners, now) for place in range(parties))
    while batch := list(islice(wanted, BATCH)):
        with work.act("sample", kind=Party._meta.label_lower):
            create_many(batch)
            made += len(batch)
            belongings = [part for one in batch for part in parts(dice, one, batch)]
            for model in (Contact, Address, InvoiceTitle, KeyDate, Relation):
                made += len(create_many([part for part in belongings if isinstance(part, model)]))
    return made


def party(dice: Random, place: int, owners: Sequence[Any], now: datetime) -> Party:
    """The customer number `place` (from 0), not yet saved."""
    business = dice.choice([*BUSINESSES, "包工头", "业主"])
    organised = business in BUSINESSES
    person = named(dice)
    stage = dice.choice(STAGES)
    bought = stage in ("first", "regular", "asleep")
    role = "distributor" if business == "分销店" else "buyer" if bought else "prospect"
    owes = bought and dice.random() < 0.3
    province, city, *district = dice.choice(PLACES)
    since = now - timedelta(days=dice.randrange(1, 900), minutes=dice.randrange(600))
    return Party(
        name=firm(dice, city, business) if organised else person,
        is_organisation=organised,
        roles=["supplier" if place % 40 == 39 else role],
        aliases=[person[0] + dice.choice(CALLED)] if dice.random() < 0.3 else [],
        phone=number(place),
        wechat=f"wx_{place:06}" if dice.random() < 0.4 else "",
        stage=stage,
        tier=dice.choice("AABBBCCCCD") if bought else "",
        group=business,
        tags=dice.sample(TAGS, dice.randrange(4)),
        source=dice.choice(SOURCES),
        owner=owners[dice.randrange(len(owners))] if owners and place % 20 else None,
        province=province,
        city=city,
        district="".join(district),
        address=street(dice),
        settle=dice.choice(["cash", "monthly", "prepaid"]) if bought else "",
        debt=Decimal(dice.randrange(500, 80000)) if owes else Decimal(0),
        debt_on=now.date() if owes else None,
        birthday=day(dice) if not organised and dice.random() < 0.3 else "",
        preferences=dice.choice(LIKES) if dice.random() < 0.2 else "",
        created_at=since,
        last_contact_at=since + (now - since) * dice.random() if dice.random() < 0.8 else None,
    )


def parts(dice: Random, of: Party, others: Sequence[Party]) -> Iterator[Contact | Address | InvoiceTitle | KeyDate | Relation]:
    """What belongs to a saved party: one or two contacts of a firm, now and then a site, an invoice title, a day, a relation."""
    if of.is_organisation:
        for nth in range(dice.choice([1, 1, 2])):
            yield contact(dice, of, is_decider=nth == 0)
        if dice.random() < 0.3:
            account = f"6222{dice.randrange(10**12):012}"
            yield InvoiceTitle(party=of, title=of.name, tax_no=tax_no(dice), bank=dice.choice(BANKS), account=account)
    if dice.random() < 0.4:
        place = {"province": of.province, "city": of.city, "district": of.district, "text": street(dice)}
        yield Address(party=of, use="site", receiver=named(dice), phone=of.phone, **place)
    if dice.random() < 0.1:
        ends = (of.created_at + timedelta(days=dice.randrange(900, 1300))).date().isoformat()
        what, when = dice.choice([("合同到期", ends), ("开业周年", ends[5:]), ("老板生日", dice.choice(LUNAR))])
        yield KeyDate(party=of, what=what, day=when, yearly=when != ends)
    if dice.random() < 0.1 and (other := dice.choice(others)) is not of:
        yield Relation(party=of, other=other, type="referred")


def contact(dice: Random, of: Party, *, is_decider: bool) -> Contact:
    return Contact(
        party=of,
        name=named(dice),
        title=dice.choice(TITLES),
        is_decider=is_decider,
        phone=of.phone if is_decider else number(dice.randrange(10**4)),
        wechat=f"wx_{dice.randrange(10**6):06}" if dice.random() < 0.5 else "",
        birthday=day(dice) if dice.random() < 0.3 else "",
        best_way=dice.choice(["call", "wechat", ""]),
    )


def firm(dice: Random, city: str, business: str) -> str:
    """A firm's name as they are made: the place or not, two brands, what it does."""
    place = city.removesuffix("市") if dice.random() < 0.5 else ""
    return place + "".join(dice.sample(MARKS, 2)) + dice.choice(BUSINESSES[business])


def named(dice: Random) -> str:
    return dice.choice(SURNAMES) + "".join(dice.sample(GIVEN, dice.choice([1, 2, 2])))


def number(place: int) -> str:
    """A mobile number that is nobody's: 138 0000 xxxx, then 139 0000 xxxx and so on."""
    return f"1{38 + place // 10**4 % 60}0000{place % 10**4:04}"


def tax_no(dice: Random) -> str:
    body = f"91440600MA{dice.randrange(10**7):07}"
    return body + tax_number.check_character(body)


def street(dice: Random) -> str:
    return f"{dice.choice(STREETS)}{dice.randrange(1, 300)}号"


def day(dice: Random) -> str:
    return dice.choice([f"{dice.randrange(1960, 2000)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}", *LUNAR])
