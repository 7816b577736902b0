# ruff: noqa: E501  # patterns read better whole
"""What a question asks for, and what a sentence could answer: kinds as bits.

A question "when …" is answered by a sentence with a date more often than by one without. Which kind
fits which was learnt (`weights.py`); here is only how they are seen, in Chinese and English.
"""

import re

QUESTIONS: dict[str, str] = {
    "who": r"谁|哪位|何人|哪个人|哪些人|什么人|\bwho(?:m|se)?\b",
    "when": r"何时|几时|什么时[候间]|哪[一]?[年天日月]|哪个(?:年|月|世纪|时)|几[年月日号点](?!级)|多久|多长时间|\bwhen\b"
    r"|\b(?:what|which) (?:year|date|day|month|century|time)\b|\bhow long\b",
    "where": r"哪[里儿]|何处|何地|什么地[方区点]|哪个?(?:国|省|市|县|区|州|地|城|洲|校|大学|镇)|在哪|\bwhere\b"
    r"|\bwhich (?:country|city|place|town)\b",
    "count": r"多[少大高长重远宽深]|几(?![年月日号点])|百分之|第几|\bhow (?:many|much|big|far|tall|old|deep|high|large)\b",
    "why": r"为什么|为何|原因|何故|因何|缘故|\bwhy\b|\breasons?\b|\bcauses?\b",
    "what_is": r"(?:什么是|何谓|何为|是什么[?？]?$|指什么|是指|的定义|什么意思|含义)"
    r"|\bwhat (?:is|are|does .* mean)\b|\bdefin",
    "list": r"哪些|哪几|有什么|有哪|什么[和与]什么|哪[两三四五]|分别|\bwhich\b|\bwhat (?:kinds?|types?)\b|\blist\b|\bname\b",
    "how": r"如何|怎[么样]|什么(?:方[法式]|途径|手段)|\bhow (?:do|does|did|can|to|is|are)\b",
    "called": r"叫什?么|叫做什么|名[字称]|又称|别[名称]|称[为作]|简称|全称|\bcalled\b|\bnamed\b",
    "role": r"什么(?:职[位务业]|身份|官|角色|专业)|职务|职业|\brole\b|\bjob\b",
    "work": r"(?:什么|哪[部本首个张]).{0,4}(?:书|电影|影片|歌曲?|专辑|电视剧|作品|节目|小说|杂志|游戏|漫画|奖)",
}
"""Patterns of what is asked, by name; a question may be of several kinds."""
SENTENCES: dict[str, str] = {
    "number": r"\d|[一二三四五六七八九十百千万亿两][个名位次种条座只部张人家所级届集件层万亿元]"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million)\b",
    "measure": r"\d[\d,.]*\s*(?:%|千米|公里|米|厘米|毫米|公斤|千克|克|吨|公顷|平方|立方|元|美元|万|亿|人|度|℃|小时|分钟|秒"
    r"|km|m|cm|kg|g|percent|miles?)",
    "date": r"\d{1,4}年|\d{1,2}月|\d{1,2}日|世纪|年代|时期|朝|\b(?:1[0-9]|20)\d\d\b"
    r"|\b(?:January|February|March|April|June|July|August|September|October|November|December)\b",
    "place": r"[省市县区州岛镇村乡路街山河湖海湾港洲]|位于|坐落|地处|分布|出生|学院|大学|\b(?:located|city|country|north|south|east|west)\b",
    "list": r"、.*、|包括|包含|分为|分别|以及|等[。,，]|\b(?:such as|including|as well as)\b|, .*, and ",
    "pair": r"、|和|与|及",
    "title": r"[《「『“\"]",
    "reason": r"因为|由于|因此|因而|所以|为了|原因|以致|使得|导致|故|\b(?:because|since|therefore|due to|so that|reason)\b",
    "defines": r"是(?:一|指|由|用|在|个)|是.{0,20}的|指的?是|即|属于|一种|定义|\b(?:is|are) (?:a|an|the|called|defined|when)\b"
    r"|\bmeans?\b|\brefers? to\b",
    "called": r"称|名|又叫|叫做|号|字|简称|\b(?:called|named|known as)\b",
    "role": r"[任职]|教授|主席|总统|部长|作家|演员|歌手|导演|官|将军|球员|政治家|\b(?:professor|president|director)\b",
    "way": r"通过|利用|采用|使用|方式|方法|借助|以.{1,12}(?:来|进行|为)|\b(?:by|using|through)\b",
    "person": r"·|先生|女士|父|母|妻|子女|皇|王|帝|公(?!里)|\b[A-Z][a-z]+ [A-Z][a-z]+\b|由.{1,12}(?:开发|创|写|作|执导|建|设计|主演|演唱|发)",
    "latin": r"[A-Za-z]{2}",
    "colon": r"[:：]",
    "bracket": r"[(（]",
    "other": r"他|她|它|该|此|这|其\b|\b(?:it|he|she|they|this|that)\b",
}
"""Patterns of what a sentence holds, by name."""

_OF_QUESTION = tuple(re.compile(each, re.IGNORECASE) for each in QUESTIONS.values())
_OF_SENTENCE = tuple(re.compile(each) for each in SENTENCES.values())
ASKED_MAX = 400
"""Characters of a question that are looked at for its kind."""


def kinds_asked(question: str) -> int:
    """Bits in the order of `QUESTIONS`."""
    return _bits(_OF_QUESTION, question[:ASKED_MAX])


def kinds_held(sentence: str) -> int:
    """Bits in the order of `SENTENCES`."""
    return _bits(_OF_SENTENCE, sentence[:ASKED_MAX])


def _bits(patterns: tuple[re.Pattern[str], ...], text: str) -> int:
    return sum(1 << at for at, pattern in enumerate(patterns) if pattern.search(text))
