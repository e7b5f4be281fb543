"""Chinese by its sound: what one may type to find a name, and the key by which names sort.

data/readings.txt, made at install out of pypinyin, has a line for each syllable: "an", and behind it all characters whose usual
reading it is. As one text it is read in a millisecond and searched in ten microseconds, where pypinyin itself would cost 20 MB
and a tenth of a second at every start. Without the file only the characters named below have a sound.

The further readings of pypinyin include many that nobody has used for centuries, so the everyday ones are listed here, and the
readings of surnames too. Toneless, ü is "v" as typed.
"""

import re
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from unicodedata import normalize

from shuke.language.folding import fold

FILE = Path(__file__).with_name("data") / "readings.txt"
VARIANTS = 8  # of one name; more would index what nobody types
KEY_LENGTH = 120

# Characters with more than one reading in today's names and words, or whose first one in the dictionary is not the usual one.
EVERYDAY = {
    entry[0]: tuple(entry[1:].split("/"))
    for entry in (
        "阿a/e 艾ai/yi 柏bai/bo 蚌bang/beng 薄bo/bao 堡bao/pu/bu 便bian/pian 伯bo/bai 泊bo/po 卜bu/bo 参can/shen "
        "藏cang/zang 曾zeng/ceng 查cha/zha 差cha/chai 禅chan/shan 长chang/zhang 朝chao/zhao 车che/ju 称cheng/chen "
        "乘cheng/sheng 澄cheng/deng 匙chi/shi 仇chou/qiu 畜xu/chu 传chuan/zhuan 大da/dai 单dan/shan 弹dan/tan 得de/dei "
        "的de/di 翟zhai/di 调diao/tiao 都du/dou 斗dou 洞dong/tong 度du/duo 恶e/wu 番fan/pan 繁fan/po 佛fo/fu 脯fu/pu "
        "盖gai/ge 蛤ha/ge 葛ge 谷gu/yu 龟gui/qiu 行hang/xing 号hao 合he/ge 和he/huo 核he/hu 浒hu/xu 还huan/hai 会hui/kuai "
        "稽ji/qi 济ji 奇qi/ji 纪ji 系xi/ji 茄qie/jia 夹jia 贾jia/gu 降jiang/xiang 将jiang/qiang 角jiao/jue 嚼jiao/jue "
        "觉jue/jiao 校xiao/jiao 解jie/xie 藉jie/ji 桔ju/jie 劲jin/jing 卷juan/quan 句ju/gou 咖ka/ga 卡ka/qia 壳ke/qiao "
        "勒le/lei 乐le/yue 了le/liao 六liu/lu 陆lu/liu 露lu/lou 绿lv/lu 率lv/shuai 落luo/la 脉mai/mo 没mei/mo 秘mi/bi "
        "泌mi/bi 缪miao/mou 模mo/mu 万wan/mo 牟mou/mu 弄nong/long 炮pao/bao 瀑pu/bao 屏ping/bing 埔pu/bu 朴pu/piao 栖qi/xi "
        "铅qian/yan 强qiang/jiang 亲qin/qing 覃qin/tan 区qu/ou 圈quan/juan 炔que 塞sai/se 色se/shai 莎sha/suo 刹sha/cha "
        "杉shan/sha 厦xia/sha 盛sheng/cheng 省sheng/xing 石shi/dan 识shi/zhi 什shi/shen 似si/shi 氏shi/zhi 熟shu/shou "
        "数shu/shuo 伺si/ci 宿su/xiu 拓tuo/ta 提ti/di 尾wei/yi 蔚wei/yu 尉wei/yu 涡wo/guo 洗xi/xian 纤xian/qian "
        "巷xiang/hang 削xiao/xue 荥xing/ying 吁xu/yu 血xue/xie 叶ye/xie 遗yi/wei 殷yin/yan 员yuan/yun 约yue/yao 钥yao/yue "
        "择ze/zhai 轧zha/ya 扎zha/za 辗zhan 粘zhan/nian 着zhe/zhao/zhuo 种zhong/chong 重zhong/chong 爪zhua/zhao "
        "幢zhuang/chuang 椎zhui 琢zhuo/zuo 仔zai/zi 柞zuo/zha 粥zhou/yu"
    ).split()
}

SURNAMES = {
    entry[0]: entry[1:]
    for entry in (
        "单shan 解xie 仇qiu 区ou 查zha 朴piao 曾zeng 任ren 盖ge 缪miao 员yun 尉wei 翟zhai 覃qin 洗xian 折she 秘bi 牟mou "
        "繁po 葛ge 瞿qu 召shao 祭zhai 逄pang 郇xun 乜nie 佴nai 那na 车che 叶ye 燕yan 应ying 宁ning 訾zi 晁chao 句gou 占zhan "
        "谌chen 纪ji 令ling 卜bu 贾jia 柏bai 薄bo 隗wei 郗xi 殷yin 相xiang 冒mao 仉zhang 臧zang 笪da 撒sa 逯lu 郄qie 郤xi "
        "亓qi 仝tong 阚kan 厍she 褚chu 谯qiao 钭tou 昝zan 冼xian 么yao 盛sheng 适kuo 俞yu 靳jin 戚qi 沈shen 冯feng 宓mi "
        "邸di 蒯kuai"
    ).split()
}

COMPOUND_SURNAMES = {
    entry[:2]: tuple(entry[2:].split("/"))
    for entry in (
        "尉迟yu/chi 万俟mo/qi 单于chan/yu 澹台tan/tai 长孙zhang/sun 令狐ling/hu 皇甫huang/fu 鲜于xian/yu 赫连he/lian "
        "呼延hu/yan 慕容mu/rong 欧阳ou/yang 司马si/ma 上官shang/guan 诸葛zhu/ge 东方dong/fang 夏侯xia/hou 公孙gong/sun "
        "轩辕xuan/yuan 司徒si/tu 司空si/kong 端木duan/mu 南宫nan/gong 百里bai/li 东郭dong/guo 西门xi/men 独孤du/gu "
        "拓跋tuo/ba 乐正yue/zheng 宰父zai/fu 亓官qi/guan 钟离zhong/li 闻人wen/ren 太史tai/shi 申屠shen/tu 濮阳pu/yang "
        "淳于chun/yu 公冶gong/ye 宗政zong/zheng 左丘zuo/qiu 完颜wan/yan 纳兰na/lan 宇文yu/wen 第五di/wu 公羊gong/yang "
        "仲孙zhong/sun"
    ).split()
}

PIECE = re.compile(r"[0-9]+|[a-z]+|[^\W_]")
SYLLABLE = re.compile("(?:[zcs]h|[b-df-hj-np-tw-z])?[aeiouv]+(?:(?:ng|n|r)(?![aeiouv]))?")
MARKED, UNMARKED = re.compile("(['.])([^'.]+)"), str.maketrans("", "", "'.")
HAN = re.compile("[0-9a-z 一-鿿]*")
# Where the letters do not cut a spelling as its characters do: another script, a sound that begins with a vowel or has none.
UNEVEN = re.compile(r"\.|'[aeo]|'[^'aeiouv]+(?:'|$)")
ACCENTS = re.compile("[\u0300-\u036f]")


@cache
def _table() -> str:
    return FILE.read_text(encoding="utf-8") if FILE.exists() else ""


@cache
def _sounds(character: str) -> tuple[str, ...]:
    """Readings of one character, the usual one first; a character without one stands for itself."""
    table = _table()
    place = table.find(character)
    line = table.rfind("\n", 0, place) + 1
    return EVERYDAY.get(character) or (table[line:place].partition(" ")[0] if place >= 0 else character,)


@lru_cache(maxsize=512)
def _pieces(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """(piece, its readings) for each Chinese character and each run of letters or digits; a surname at the head read as one."""
    plain = fold(text)
    if not HAN.fullmatch(plain):
        plain = ACCENTS.sub("", normalize("NFKD", plain))
    pieces = [(piece, (piece,) if piece.isascii() else _sounds(piece)) for piece in PIECE.findall(plain)]
    if compound := COMPOUND_SURNAMES.get(plain[:2]):
        for place, sound in enumerate(compound):
            pieces[place] = (plain[place], _with_first(sound, pieces[place][1]))
    elif surname := SURNAMES.get(plain[:1]):
        # 解放汽车 is no Mr Xie, 解晓东 is: longer names keep the usual reading first.
        usual = pieces[0][1]
        pieces[0] = (plain[0], _with_first(surname, usual) if len(pieces) <= 3 else _with_first(usual[0], (surname, *usual)))
    return pieces


def _with_first(first: str, others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, *others)))


def syllables(text: str) -> list[tuple[str, ...]]:
    """For each character (each run of letters or digits) its readings, the likeliest first: 长信 → (chang, zhang), (xin,)."""
    return [sounds for _, sounds in _pieces(text)]


@lru_cache(maxsize=512)
def spellings(text: str) -> tuple[str, ...]:
    """The readings of `text`, the likeliest first, each syllable behind a mark: ' before Chinese, . before another script.

    TCL电器 → (".tcl'dian'qi",). Other readings of a character are added one character at a time, at most 8 of the whole.
    """
    pieces, spelled = _spelled(text)
    marks = ["." if piece.isascii() else "'" for piece in pieces]
    return tuple(dict.fromkeys("".join(mark + sound for mark, sound in zip(marks, sounds, strict=True)) for sounds in spelled))


def initials(spelling: str) -> str:
    """What one types for a spelling who types little: ".tcl'dian'qi" → "tcldq"."""
    if "." not in spelling:
        return "".join([sound[0] for sound in spelling.split("'")[1:]])
    return "".join(sound if mark == "." else sound[0] for mark, sound in MARKED.findall(spelling))


def typed(spellings: str) -> str:
    """Spellings without their marks, as one types them."""
    return spellings.translate(UNMARKED)


def spoken(spelling: str) -> set[str]:
    """The syllables to index so that `heard` finds `spelling` from the start of any of its characters.

    西安 and 先 are both typed "xian". So it is not the characters that cut the syllables here but the letters: a consonant
    before a vowel always opens one, 新安 is "xi nan" for index and query alike. Only what begins with a vowel or stands behind
    letters of another script is cut once more from there.
    """
    if not UNEVEN.search(spelling):
        return set().union(*map(_syllables, spelling.split("'")))
    marks, sounds = zip(*MARKED.findall(spelling), strict=True)
    found: set[str] = set()
    for place, sound in enumerate(sounds):
        if place == 0 or sound[0] in "aeo" or marks[place - 1] == ".":
            found.update(SYLLABLE.findall("".join(sounds[place:])))
    return found


@cache
def _syllables(sound: str) -> list[str]:
    return SYLLABLE.findall(sound)


def heard(letters: str) -> tuple[list[str], list[str]]:
    """(syllables in typed `letters`, what the last one may be): "huaxin" → (["hua"], ["xin", "xing", "xi"]).

    An n, g or r at the end may belong to the next syllable. A vowel there may go on in many ways: "hu" → ([], ["hu*"]), but after
    other syllables it says too little to be asked for: "huaxi" → (["hua"], []). Without any vowel ([], []).
    """
    whole = SYLLABLE.findall(letters)
    if not whole or not letters.endswith(whole[-1]):
        return whole, []
    last = whole.pop()
    if last[-1] in "ngr":
        return whole, [last, last + "g", last[:-1]] if last[-1] == "n" else [last, last[:-1]]
    return whole, [] if whole else [last + "*"]


@lru_cache(maxsize=512)  # one record asks for spellings and key of the same few names
def _spelled(text: str) -> tuple[list[str], list[list[str]]]:
    """The pieces of `text` and up to 8 readings of them all."""
    pieces = _pieces(text)
    usual = [sounds[0] for _, sounds in pieces]
    other = ([*usual[:place], sound, *usual[place + 1 :]] for place, (_, sounds) in enumerate(pieces) for sound in sounds[1:])
    return [piece for piece, _ in pieces], [usual, *islice(other, VARIANTS - 1)]


def sort_key(text: str) -> str:
    """An ASCII key, compared by bytes: digits by their value, then letters, Chinese among them by pinyin; 李 < 李伟 < 林.

    At most 120 characters, and up to 18 more that keep namesakes by sound (李伟, 李玮) apart and those written alike together.
    """
    words = (_natural(piece) if piece.isdigit() else sounds[0] for piece, sounds in _pieces(text))
    key = " ".join(words)
    if not key.isascii():
        key = "".join(letter if letter.isascii() else f"~{ord(letter):x}" for letter in key)
    written = "".join(f"{ord(letter):04x}" for letter in islice((letter for letter in text if not letter.isascii()), 4))
    return f"{key[:KEY_LENGTH]}  {written[:16]}".rstrip()


def _natural(digits: str) -> str:
    """Its length before a number makes 9 stand before 10."""
    number = digits.lstrip("0") or "0"
    return f"{min(len(number), 9)}{number}"
