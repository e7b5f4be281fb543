"""What a name tells: whose it is, whether a firm's or a person's, and what of it counts when two are compared."""

import re

from shuke.language import regions
from shuke.language.folding import fold
from shuke.language.pinyin import COMPOUND_SURNAMES

# The 420 commonest surnames (statistics of 1.2 billion people, 1930 to 2008).
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙朱马胡郭何高罗林郑梁谢宋唐韩许冯邓曹彭曾肖田董袁于潘蒋杜蔡余程魏叶吕丁苏任沈姚姜卢崔钟"
    "谭汪范陆金石廖贾夏付方韦邹白熊孟秦邱尹江薛闫侯段雷史龙陶顾贺黎郝毛邵龚万钱武严戴孔向覃常汤莫康文温牛代赖洪葛施"
    "邢安樊齐乔易庞倪伍鲁聂章岳颜殷翟申耿欧庄左焦兰关俞柳甘祝傅包尚毕舒宁曲梅童阮纪季苗单裴符谷凌成霍盛詹冉路骆辛靳"
    "柯涂蓝柴管翁祁鲍喻游蒙华蒲房滕屈饶解艾牟候时尤阳穆司吉车项缪芦农卓窦褚娄古景宫戚连费党冷卜晏米席柏卫宗岑佟边瞿"
    "麦桂沙臧全闵普姬和师苟邬卞应桑隋栾仇商刁简荣寇郎丛仲明查巫占甄巩虞丘佘苑迟麻池阎敖封鞠谈惠匡官荆郁胥冀乐南邝栗"
    "储原燕班楚鄢谌劳皮蔺奚闻粟满楼盘海伊位阚冼强仝索郜巴花玉盖帅凡屠豆权廉禹丰井练祖朴平漆国支狄卿计晋初相宣门云"
    "敬厉区来浦戈芮伏晁雍都薄邸鹿母修亓岩容赫阙羊辜裘杭宿鲜况印逯战隆邰诸慕茹达银嵇亢那危刀公才字湛戎宾萧茅居於勾干"
    "尉揭但扎衣布束信展昝元利阴智呼富衡檀保拉由奉习幸腾户荀植闭尧渠钮哈虎"
)
# Characters that brands have behind a surname's character and given names hardly ever.
BRANDS = (
    "尔特斯之通迪莱香格诺泰拉湖记汇曼贝氏玛得多派马头品网尼联猫客普米果儿港谷洛坊居哥卡阁湾易图缘鼎视意太巴丝味鱼顿"
    "腾楼公菲界都妮间岛草奥口熊球兔门点众屋柜医商蒂神妈趣宫欧府皇酒井霸匠伴豆鸟语皮密布巢堡麦茶农产化机科煤电药塑纸"
    "股"
)
FORM = re.compile(
    "(?<![a-z])(?:有限责任公司|股份有限公司|有限公司|股份公司|总公司|公司|集团|个体工商户|有限合伙|普通合伙|"
    "company|corporation|limited|co|ltd|inc|llc|corp|gmbh)(?![a-z])"
)
ORGANISATION = re.compile(
    "公司|集团|中心|超市|商行|工作室|事务所|合作社|经营部|门市|酒店|银行|协会|学校|[店厂馆部院局铺队]$"
    r"|\b(?:company|corporation|limited|co|ltd|inc|llc|corp|gmbh|group|trading|hotel|bank|studio|shop|store|school|university)\b"
)
COMPOUND = "|".join(COMPOUND_SURNAMES)
HONORIFIC = (
    "先生|女士|小姐|太太|老师|师傅|老板|老板娘|经理|总监|主任|厂长|店长|队长|医生|阿姨|大姐|大哥|叔叔|同学|"
    "董事长|总经理|总|董|工|姐|哥|叔|姨|婶|嫂|爷|弟|妹"
)
# One character before 姐 or 工 is a surname; 李小妹 and 王建工 are whole names, but 周明先生 is polite.
POLITE = re.compile(
    f"(阿?.|{COMPOUND})(?:{HONORIFIC})|(.{{2,4}})(?:先生|女士|小姐|老师|师傅|经理|医生)|阿(.)|[小老]([{SURNAMES}]|{COMPOUND})"
)


def bare(name: str) -> str:
    """What is left of a firm's name to compare: folded, without legal form, place in front or in brackets, blanks and marks.

    佛山市华信建材有限公司, 華信建材（佛山）有限公司 and 华信建材 are all 华信建材. Never "" for a name with a letter in it.
    """
    folded = fold(name)
    text = re.sub(r"\(([^()]*)\)", lambda match: "" if _is_place(match[1]) else match[1], folded)
    text = FORM.sub("", text)
    rest = regions.split(text).rest
    return _letters(rest if len(rest) > 2 else text) or _letters(folded)


def looks_like_organisation(name: str) -> bool:
    """A guess, for the person at the screen to correct: 老王门窗 is a firm, 王总, 单国强 and Harry Touret are persons."""
    text = re.sub(r"\(.*\)|[0-9]+$", "", fold(name)).strip() or fold(name)
    if ORGANISATION.search(text):
        return True
    if text.isascii():
        return not re.fullmatch(r"[a-z]+(?:[ .'-]+[a-z]+){1,4}\.?", text)
    if "·" in text or _honorific(text):
        return False
    if text[:2] in COMPOUND_SURNAMES and text[:2] != "东方":
        return len(text) > 4
    return not (2 <= len(text) <= 3 and text[0] in SURNAMES and not set(text[1:]) & set(BRANDS))


def split_person(name: str) -> tuple[str, str]:
    """(surname, given name) as written, without what one says out of politeness: 欧阳雪 → 欧阳 雪, 许小姐 and 小许 → 许.

    ("", name) where no surname is known: 阿芳, Ann Smith.
    """
    name = name.strip()
    text = fold(name)
    if len(text) != len(name):
        return "", name
    start, end = _honorific(text) or (0, len(text))
    length = 2 if text[start : start + 2] in COMPOUND_SURNAMES else 1
    known = length == 2 or text[start : start + 1] in SURNAMES
    if not known or " " in text or end - start > length + 2:
        return "", name
    return name[start : start + length], name[start + length : end]


def _honorific(text: str) -> tuple[int, int] | None:
    """Where the name stands in 王总, 周明先生, 小许, 芳姐; None without an honorific."""
    match = POLITE.fullmatch(text)
    return match.span(match.lastindex or 0) if match else None


def _is_place(text: str) -> bool:
    found = regions.split(text)
    return text in ("中国", "集团", "china") or (not found.rest and bool(text))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)
