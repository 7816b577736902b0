"""Times and amounts, by exact rules for Chinese and English.

A rule is a grammar of pieces (a day, a part of the day, a clock), so that "下周三晚上八点半" is one
span. What only looks like one is left out: 一点都不 (not at all), 十分 (very), 三元一次方程 (an
equation of three unknowns), 一块去 (go together), 有天 (one day).
"""

import re
from collections.abc import Iterator

from livelore.intelligence.insight.entities.signs import CHINESE, CODED, WORDS
from livelore.intelligence.insight.entities.spans import AMOUNT, TIME, Entity

_NUMERAL = "[零〇一二两三四五六七八九十百千万亿半]"
_DIGITS = r"(?<![\d.])\d+(?:,\d{3})*(?:\.\d+)?"
_HOUR = r"(?:(?<!\d)(?:[01]?\d|2[0-4])|十[一二]?|二十[一二三四]?|[一二两三四五六七八九])"
_TO_59 = r"(?:[0-5]?\d(?!\d)|[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九])"
_WEEKDAY = "[一二三四五六日天末1-6]"
_DAY = (
    r"(?:大后天|大前天|今天|今日|明天|明日|后天|昨天|昨日|前天|当天|今早|明早|今晚|明晚|昨晚|前晚|后晚"
    rf"|[上下这本]{{1,2}}个?(?:周|星期|礼拜){_WEEKDAY}?|(?:周|星期|礼拜){_WEEKDAY}(?![\d年期])"
    r"|周末|月底|月初|年底|年初|[上下这本]个?月(?:底|初)?|本月|今年|明年|去年|前年|后年|国庆节?|元旦|春节"
    r"|暑假|寒假)"
)
_YEAR = r"(?:(?:(?<!\d)(?:1[6-9]|20)\d\d|[一二][九零〇][零〇一二三四五六七八九]{2})年)"
_MONTH_DAY = (
    r"(?:(?:(?<!\d)(?:1[0-2]|0?[1-9])|十[一二]?|[一二三四五六七八九])月"
    r"(?:(?:[12]\d|3[01]|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]|底|初|份)?)"
)
_DAY_ALONE = (
    r"(?:(?:(?<![\d.])(?:[12]\d|3[01]|0?[1-9])|[二三]?十[一二三四五六七八九]?)号"
    r"(?![楼线机店门桌位选院房床台球队]))"
)
_ISO = r"(?:(?<!\d)(?:19|20)\d\d([-/.])(?:1[0-2]|0?[1-9])\1(?:[12]\d|3[01]|0?[1-9])(?!\d))"
_PART = (
    "(?:凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|夜里|半夜|深夜|夜晚"
    "|晚(?=[一二两三四五六七八九十\\d]))"
)
_COLON = r"(?:(?<![\d:：.])(?:[01]?\d|2[0-4])[:：][0-5]\d(?:[:：][0-5]\d)?(?![\d:：]))"
_CLOCK = rf"(?:{_COLON}|{_HOUR}[点點](?:半|整|[一三]刻|钟|{_TO_59}分?)?)"
_SURE_CLOCK = (
    rf"(?:{_COLON}|{_HOUR}[点點](?:半|整|[一三]刻|钟|{_TO_59}分)"
    rf"|(?<!\d)(?:1?\d|2[0-4])[点點](?![\d钟赞击评]))"
)
"""Without a day before it: 三点 alone may be three points, 8点 is hardly."""
_SPAN = (
    rf"(?:(?:{_DIGITS}|{_NUMERAL}+)(?:个半?(?:小时|钟头|月|星期|礼拜)|小时|分钟|秒钟?"
    rf"|天(?![才空下生真然堂气天])|周年?|年(?![级代轻糕货])|刻钟)半?(?:[以之]?[前后]|内)?)"
)
_OFFSET = rf"(?:(?<!\d)\d{{1,3}}分{_TO_59}秒)"
_MONTHS = (
    "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?"
    "|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?|May)"
)
_WEEK = "(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)day"
_AT = (
    r"(?:\d{1,2}(?::[0-5]\d)?\s?[ap]\.?m\b\.?|\d{1,2}\s?o'?clock"
    r"|(?<![\d:])\d{1,2}:[0-5]\d(?![\d:]))"
)
_ENGLISH_DAY = (
    rf"\b(?:(?:next|last|this)\s+(?:week|month|year|{_WEEK})|{_WEEK}s?|today|tomorrow|yesterday"
    rf"|tonight|{_MONTHS}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}(?:\s+\d{{4}})?)\b"
)
_ENGLISH_SPAN = (
    r"(?<![\d.])\b(?:\d+(?:\.\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|half an)"
    r"[\s-]?(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)\b(?:\s+ago\b)?"
)
_TIME = re.compile(
    rf"{_ISO}(?:\s*{_CLOCK})?"
    rf"|(?:{_YEAR}{_MONTH_DAY}?|{_MONTH_DAY}|{_DAY}|{_DAY_ALONE})(?:的?\s*{_PART})?(?:的?\s*{_CLOCK})?"
    rf"|{_PART}\s*{_CLOCK}?|{_SURE_CLOCK}|{_SPAN}|{_OFFSET}"
)
_ENGLISH_TIME = re.compile(
    rf"{_ENGLISH_DAY}(?:\s+(?:morning|afternoon|evening|night))?(?:\s+(?:at\s+)?{_AT})?"
    rf"|\b{_AT}(?:\s+{_ENGLISH_DAY})?|{_ENGLISH_SPAN}",
    re.IGNORECASE,
)
_NUMBER = rf"(?:{_DIGITS}\s?[万亿千百]?|{_NUMERAL}+(?:点{_NUMERAL}+)?)"
_UNIT = "(?:美元|美金|欧元|日元|港币|英镑|人民币|元钱|块钱|毛钱|分钱)"
_NOT_MONEY = "(?![一二两三四五六七八九]次|次|方程|论|函数|组|件|旦|素|宵|老|首|气|朝)"
_CODE = r"(?:USD|RMB|CNY|EUR|GBP|JPY|HKD|dollars?|bucks?|yuan|euros?|cents?|pounds)\b"
_AMOUNT = re.compile(
    rf"[¥￥$€£]\s?{_DIGITS}(?:\s?[万亿千百]|[kKwWmM]\b)?"
    rf"|\b(?:USD|RMB|CNY|EUR|GBP|HKD)\s?{_DIGITS}"
    rf"|{_NUMBER}\s?{_UNIT}"
    rf"|(?<!第){_NUMBER}元{_NOT_MONEY}"
    rf"|{_DIGITS}[万千百]?块(?![一二两]?[起屏内])(?:{_NUMERAL})?"
    rf"|{_NUMERAL}*[十百千万]{_NUMERAL}*块{_NUMERAL}?|[一二两三四五六七八九]块[一二三四五六七八九](?![起块])"
    rf"|{_DIGITS}\s?(?:[kKwW万]\s?)?{_CODE}|{_DIGITS}\s?[%％‰]|{_DIGITS}\s?percent\b"
    rf"|百分之(?:{_NUMERAL}|点)+|百分之{_DIGITS}|(?<![一-龥]){_DIGITS}折"
    rf"|(?:[一二三四五六七八九]{{1,2}}|(?<=打)[半对])折"
    rf"|{_DIGITS}\s?倍|{_NUMERAL}+倍",
    re.IGNORECASE,
)

_LATIN = re.compile("[A-Za-z]{2}")


def times_and_amounts(text: str, signs: int = CHINESE | CODED | WORDS) -> Iterator[Entity]:
    """All of one message; an amount inside a time is not told twice.

    Args:
        text: As it was written.
        signs: What `signs_of` says of it; a rule that can find nothing is left out.
    """
    taken: list[tuple[int, int]] = []
    rules = (
        (TIME, _ENGLISH_TIME, bool(_LATIN.search(text))),
        (TIME, _TIME, signs & CHINESE),
        (AMOUNT, _AMOUNT, signs & (CHINESE | CODED)),
    )
    for kind, pattern, may_be in rules:
        for match in pattern.finditer(text) if may_be else ():
            begin, end = match.span()
            if all(end <= first or begin >= last for first, last in taken):
                taken.append((begin, end))
                yield Entity(begin, end, kind, match.group())
