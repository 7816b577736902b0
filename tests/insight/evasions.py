# ruff: noqa: E501  (lines of speech are kept whole)
"""Made messages that give a contact away or advertise, disguised; and ordinary ones.

Nothing here was taken from anywhere. Numbers and names come from the seed.
"""

import random
from collections.abc import Callable

CHINESE = "零一二三四五六七八九"
CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
FORMAL = "零壹贰叁肆伍陆柒捌玖"
ALIKE = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і"}
BEFORE = ("想学的看过来 ", "有问题找我 ", "", "资料都在这 ", "老师好 ", "一起学习的 ", "")
AFTER = ("", " 备注直播", "，随时在", " 等你", "！", "")
APPS = (
    "微信", "薇信", "威信", "V信", "v信", "vx", "VX", "wx", "加V", "加微", "加我微信",
    "qq", "QQ", "扣扣", "Q群", "群号", "企鹅", "tg", "TG", "telegram", "WhatsApp",
)  # fmt: skip
MAILS = ("qq.com", "163.com", "gmail.com", "outlook.com", "foxmail.com")
ENDS = ("com", "cn", "top", "xyz", "vip", "cc")
SOLD = (
    "兼职刷单日结三百，加我详聊", "代写论文包过 私聊", "低价出号 联系我", "网盘资源 进群领取",
    "带单理财群，名额有限 扫码进", "涨粉买粉 点我主页", "代考包过 私信我", "免费领资料 点击链接",
    "日赚500 躺赚项目 加我", "返利红包群 进群", "Buy followers cheap, visit my profile",
    "Earn money online, DM me", "free gift card click here", "厂家直销 批发 私聊",
)  # fmt: skip
ORDINARY = (
    "老师这一步没听懂", "为什么要求导两次", "哈哈哈哈哈哈", "66666666", "2333333", "讲得真好", "第3题选B吗",
    "这里的x1和x2怎么区分", "昨天的作业在哪里交", "12点30分还有课吗", "明天下午3点开课", "考了138分开心",
    "1234567什么顺序", "3.14159后面是多少", "加油加油", "微信支付怎么接入", "企鹅好可爱", "QQ音乐有这首歌",
    "学的是电子信息专业", "这个v是速度吗", "V=IR对吧", "python3.11能用吗", "import numpy as np", "前排围观",
    "老师能不能加个字幕", "这个链接打不开", "1月1日到12月31日", "从2019年到2024年涨了3倍", "三七二十一",
    "一三五七九是奇数", "二四六八十", "能不能讲慢一点", "主播声音有点小", "卡了卡了", "来了来了", "打卡第15天",
    "I have a question about step 3", "what is the limit when x goes to 0", "love this lecture",
    "can you explain the proof again", "at 12:45 he made a typo", "this helped me pass my exam", "v1.2.3 works",
    "优惠券是怎么算的", "兼职教师算教师吗", "代码第42行报错了", "电话那头是谁", "这题扣分吗", "信号与系统好难",
    "F=ma", "a.b和a·b一样吗", "e.g. this one", "np.dot还是matmul", "一共有100000000个数", "8位还是16位",
    "质数有2 3 5 7 11 13 17 19", "斐波那契1 1 2 3 5 8 13 21 34", "群论里的群是什么", "维信诺的屏幕",
    "期末在12月28号", "学号后四位是几", "看主页有课表吗", "彩票的期望是多少", "贷款利率怎么算",
)  # fmt: skip
"""Lines of a lecture that look a little like contacts, and lines that do not."""


def _phone(rng: random.Random) -> str:
    while True:
        found = f"1{rng.choice('3456789')}" + "".join(rng.choice("0123456789") for _ in range(9))
        if len(set(found)) > 4:
            return found


def _name(rng: random.Random) -> str:
    letters = "".join(rng.choice("abcdefghijkmnpqrstuvwxyz") for _ in range(rng.randint(3, 6)))
    return letters + "".join(rng.choice("0123456789") for _ in range(rng.randint(2, 4)))


def _by(table: str) -> Callable[[str, random.Random], str]:
    return lambda text, _: "".join(table[int(each)] if each.isdigit() else each for each in text)


def _spaced(text: str, rng: random.Random) -> str:
    return rng.choice((" ", ".", "-", "·", "_", "  ", "~")).join(text)


def _full_width(text: str, _: random.Random) -> str:
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def _keycaps(text: str, _: random.Random) -> str:
    return "".join(f"{each}\ufe0f\u20e3" if each.isdigit() else each for each in text)


def _alike(text: str, _: random.Random) -> str:
    return "".join(ALIKE.get(each, each) for each in text)


def _letters(text: str, rng: random.Random) -> str:
    return "".join({"0": "O", "1": rng.choice("lI")}.get(each, each) for each in text)


def _grouped(text: str, _: random.Random) -> str:
    return f"{text[:3]} {text[3:7]} {text[7:]}"


def _mixed(text: str, rng: random.Random) -> str:
    return "".join(CHINESE[int(each)] if rng.random() < 0.5 else each for each in text)


def _plain(text: str, _: random.Random) -> str:
    return text


ON_PHONES = (
    _plain, _spaced, _full_width, _keycaps, _letters, _grouped, _mixed,
    _by(CHINESE), _by(CIRCLED), _by(FORMAL),
)  # fmt: skip
ON_NAMES = (_plain, _spaced, _full_width, _alike)
ON_NUMBERS = (_plain, _spaced, _full_width, _keycaps, _by(CHINESE), _by(CIRCLED))


def single(rng: random.Random) -> tuple[str, str]:
    """Kind and one message that alone gives a contact away, or advertises."""
    kind = rng.choice(("phone", "phone", "id", "id", "number", "mail", "link", "sold"))
    before, after = rng.choice(BEFORE), rng.choice(AFTER)
    if kind == "phone":
        said = rng.choice(ON_PHONES)(_phone(rng), rng)
    elif kind == "id":
        said = rng.choice(APPS) + rng.choice(("", " ", "：", ":", "号", "❤"))
        said += rng.choice(ON_NAMES)(_name(rng), rng)
    elif kind == "number":
        said = rng.choice(("qq", "QQ", "扣扣", "q群", "群号", "企鹅")) + rng.choice((" ", "：", ""))
        said += rng.choice(ON_NUMBERS)(str(rng.randint(10**7, 10**10 - 1)), rng)
    elif kind == "mail":
        at, dot = rng.choice(
            (("@", "."), ("@", "点"), (" at ", " dot "), ("(at)", "."), ("＠", "．"))
        )
        said = _name(rng) + at + rng.choice(MAILS).replace(".", dot)
    elif kind == "link":
        dot = rng.choice((".", "。", " . ", "点", "．"))
        said = rng.choice(("www" + dot, "", "https://")) + _name(rng) + dot + rng.choice(ENDS)
    else:
        text = rng.choice(SOLD)
        said = rng.choice((text, _full_width(text, rng), " ".join(text)))
        return kind, said
    return kind, before + said + after


def split(rng: random.Random) -> tuple[str, list[str]]:
    """Kind and messages of one person that give a contact away together."""
    if rng.random() < 0.5:
        phone = rng.choice((_plain, _by(CHINESE), _by(CIRCLED), _full_width))(_phone(rng), rng)
        cuts = sorted(rng.sample(range(2, 10), rng.randint(1, 3)))
        return "phone", [phone[a:b] for a, b in zip([0, *cuts], [*cuts, 11], strict=True)]
    name = rng.choice((_plain, _full_width))(_name(rng), rng)
    cue = rng.choice(("加我微信", "vx", "扣扣", "V信", "qq", "加V", "薇信号"))
    return "id", [cue, name] if rng.random() < 0.5 else [cue, name[:3], name[3:]]


def ordinary(rng: random.Random, n_messages: int) -> list[str]:
    """Lines that nobody needs to mind, now and then two joined."""
    lines = [rng.choice(ORDINARY) for _ in range(n_messages)]
    return [f"{each}，{rng.choice(ORDINARY)}" if rng.random() < 0.2 else each for each in lines]
