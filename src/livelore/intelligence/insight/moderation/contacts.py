"""Ways to reach a person outside the platform, disguised or not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from livelore.intelligence.insight.moderation.plain import (
    CUE_ENDS,
    Plain,
    digits,
    joined,
    plain,
    undisguised,
)

_PHONE = re.compile(r"(?<!\d)(?:86)?(1[3-9]\d{9})(?!\d)")
_PHONE_INTERNATIONAL = re.compile(r"加\d{1,3}[\s-]?\(?\d{2,4}\)?(?:[\s-]?\d{2,4}){2,3}(?![\d\w])")
_MAIL = re.compile(
    r"[a-z0-9][a-z0-9_加-]*(?:(?:\s*\.\s*)[a-z0-9_-]+)*\s*(?:@|\(at\)|\[at\]|\sat\s|艾特|#)\s*"
    r"(?:(?:qq|q\s*q|163|126|gmail|foxmail|outlook|hotmail|yahoo|sina|icloud|139|188|mail)"
    r"\s*(?:\.|点|。|\(dot\)|\[dot\]|\sdot\s)?\s*(?:c\s*[o0]\s*m|cn|net)"
    r"|[a-z0-9-]+\s*(?:\.|点|\(dot\)|\[dot\]|\sdot\s)\s*(?:com|cn|net|org|edu|io)(?![a-z]))"
)
_END = r"(?:com|cn|net|org|top|xyz|cc|vip|shop|club|me|io|live|info|site|link|tv|ly)"
_LINK = re.compile(
    r"(?:https?|hxxps?)\s*[:：]?\s*/\s*/\s*\S+|www\s*[.。点]\s*[a-z0-9-]+\s*[.。点]\s*[a-z]{2,}"
    rf"|(?<![a-z0-9@._-])[a-z0-9][a-z0-9-]{{1,30}}\s?[.。·]\s?{_END}(?![a-z0-9])(?:/\S*)?"
    rf"|(?<![a-z0-9@._-])[a-z0-9][a-z0-9-]{{1,30}}\s?(?:点|\(dot\)|\[dot\]|\sdot\s)\s?{_END}(?![a-z0-9])"
    r"|(?:t|wa|discord|dwz|bit)\s?\.\s?(?:me|cn|gg|ly)\s?/\s?\S+"
)
_APPS = (
    r"(?:微信号?|微x|(?<![a-z])[wv]信|威信|维信|wechat|weixin|weix|(?<![a-z])[wv]x号?|(?:加|(?<![\w)])\+)微?[vw]x?"
    r"|加我?微|(?<![a-z])qq号?|q号|企鹅号?|q群"
    r"|群号|加群|telegram|电报号?|纸飞机|飞机号|(?<![a-z])tg|whatsapp|whats?app|skype|line号|小红书号|抖音号|快手号"
    r"|微博号?|公众号|手机号?|电话|(?<![a-z])(?:tel|phone)|联系方式)"
)
_SHORT = r"(?<![a-z])[vwq](?=[:：])"
_BETWEEN = r"(?:是|为|信|号|群|id|我|聊|\W|_|一下|搜|加|找|联系|here|me|at|is|my)"
_ID = re.compile(
    rf"(?:(?:{_APPS}|{_SHORT}){_BETWEEN}{{0,8}}?"
    r"((?=[a-z0-9_-]*\d)[a-z0-9][a-z0-9_-]{4,19}|\d{5,12})"
    rf"|{_APPS}[号id]{{0,2}}\s?(?:[:：=@]|是)[\s:：@]{{0,3}}([a-z][a-z_-]{{5,19}}))(?![a-z])"
)
_ADD = re.compile(
    r"(?:加|(?<![\w)])\+)(?:我|一?下|主播|老师|助理|客服)?(?:的)?(?:微信?|v(?![a-z])|vx|wx|qq|q(?![a-z])|企鹅|电报|tg)"
    r"|(?:微信?|vx|wx|v|qq|q|tg|电报)(?:私?聊|私信?我|联系我?|找我|滴滴|dd)(?!天)|"
    r"(?:看|点)我?(?:主页|头像|简介)(?:有|加|联系|领)"
    r"|(?:add|dm|text|contact|message) me (?:on|at|via) (?:whats?app|telegram|tg|wechat|line|skype"
    r"|discord|instagram|ig)"
)
_MAYBE = re.compile(
    r"[\d@]|[.。点]\s?[a-z]{2}|dot|http|hxxp|www|微|信|v|w|q|tg|tele|电报|飞机|企鹅|号|me |群"
)
DIGITS_MIN = 5
LETTERS_DIGITS_MIN = 5
"""Of a phone number in which letters stand for the other digits."""
_PHONE_WHOLE = re.compile(r"(?<!\d)(?:86)?1[3-9]\d{9}(?!\d)")
_CUE_LAST = re.compile(rf"{_APPS}(?:是|为|信|号|我|聊|一下|id){{0,4}}$")
_ID_WHOLE = re.compile(r"(?=[a-z0-9_-]*\d)[a-z0-9][a-z0-9_-]{4,19}|\d{5,12}")
_NOT_ID = frozenset(("wechat", "whatsapp", "telegram", "weixin", "please", "thanks", "version"))


@dataclass(frozen=True, slots=True)
class Contact:
    """Where, by which rule, how surely."""

    begin: int
    end: int
    rule: str
    confidence: float


def contacts(read: Plain) -> Iterator[Contact]:
    """All that one message gives away."""
    if not _MAYBE.search(read.text) and n_digits(read) < DIGITS_MIN:
        return
    yield from phones(read)
    for rule, pattern, confidence in (("e-mail", _MAIL, 0.98), ("link", _LINK, 0.9)):
        for match in pattern.finditer(read.text):
            yield Contact(*read.span(*match.span()), rule, confidence)
    if abroad := _PHONE_INTERNATIONAL.search(read.text):
        yield Contact(*read.span(*abroad.span()), "phone", 0.8)
    yield from _ids(read)


def phones(read: Plain) -> Iterator[Contact]:
    """Chinese mobile numbers, whatever stands between their digits."""
    for with_letters, confidence in ((False, 0.97), (True, 0.85)):
        bare = joined(digits(read, with_letters))
        for match in _PHONE.finditer(bare.text):
            begin, end = bare.span(*match.span(1))
            said = (n for n, at in enumerate(read.places) if begin <= at < end)
            n_said = sum(read.text[n].isdigit() for n in said)
            is_told = n_said >= LETTERS_DIGITS_MIN or not with_letters
            if is_told and len(set(match.group(1)[3:])) > 2:
                yield Contact(*bare.span(*match.span(1)), "phone", confidence)
                return


def _ids(read: Plain) -> Iterator[Contact]:
    for bare in (read, joined(read), joined(digits(read))):
        for match in _ID.finditer(bare.text):
            if (match.group(1) or match.group(2)) not in _NOT_ID:
                yield Contact(*bare.span(*match.span()), "messenger id", 0.9)
                return
    bare = joined(read)
    for text in (read, bare):
        if asked := _ADD.search(text.text):
            yield Contact(*text.span(*asked.span()), "messenger", 0.7)
            return


def spread_phone(texts: Sequence[str]) -> int:
    """The first of the messages of one person that only together give a phone number; -1: none.

    Args:
        texts: Oldest first; the last is the newest and must be part of it.
    """
    pieces = [joined(digits(plain(each), with_letters=_mostly_digits(each))).text for each in texts]
    for first in range(len(pieces) - 2, -1, -1):
        if not (_is_piece(pieces[-1]) and _is_piece(pieces[first])):
            break
        if _PHONE_WHOLE.search("".join(pieces[first:])):
            return first
    return -1


def ends_with_cue(text: str) -> bool:
    """The message ends with the name of a messenger, as if an id came next."""
    last = undisguised(text[-1]) if text else ""
    return last in CUE_ENDS and bool(_CUE_LAST.search(joined(plain(text)).text))


def is_spread_id(texts: Sequence[str]) -> bool:
    """Messages after such a one are, joined, an id and nothing else."""
    return bool(_ID_WHOLE.fullmatch("".join(joined(digits(plain(each))).text for each in texts)))


def _mostly_digits(text: str) -> bool:
    bare = joined(digits(plain(text), with_letters=True)).text
    return bool(bare) and sum(each.isdigit() for each in bare) >= 0.75 * len(bare)


def _is_piece(bare: str) -> bool:
    return (
        bool(bare)
        and sum(each.isdigit() for each in bare) >= min(2, len(bare))
        and (len(bare) - sum(each.isdigit() for each in bare) <= 4)
    )


def n_digits(read: Plain) -> int:
    """Characters that are digits in some writing."""
    return sum(each.isdigit() for each in digits(read).text)
