# ruff: noqa: E501  # patterns and grammar read better whole
"""Lines for the host by grammar: opening, bridge, thanks, question, closing, offer.

A line holds the words that it is given and phrases that claim nothing. An offer says what the
product is and costs, as it was given, and no more; a description with a promise that advertising
law forbids is refused.

Source: Advertising Law of the PRC, articles 9 (superlatives), 24 (education: no promise of results
or passing) and 25 (investment: no promise of returns).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random  # noqa: TID251  the kind that is handed in

from livelore.intelligence.assist.errors import LineInvalid
from livelore.intelligence.assist.label import Label, label

FIELD_MAX = 200
"""Characters of a value; longer ones are no name, title or question."""
_GRAMMAR: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "zh": {
        "opening": (
            ("大家好，", "各位同学好，", "欢迎来到直播间，", "大家晚上好，"),
            ("我是{host}。", "这里是{host}的课堂。"),
            ("今天我们讲{topic}。", "这节课的主题是{topic}。", "今天一起来看{topic}。"),
            ("有问题随时发弹幕。", "听不清的地方请打在公屏上。", "准备好纸笔，我们开始。"),
        ),
        "bridge": (
            ("{done}先讲到这里。", "刚才我们看了{done}。", "{done}这一部分告一段落。"),
            ("接下来看{topic}。", "下面进入{topic}。", "我们接着讲{topic}。"),
        ),
        "thanks": (
            ("谢谢{viewer}", "感谢{viewer}", "{viewer}，谢谢你"),
            ("送的{gift}！", "的{gift}！", "送来的{gift}！"),
            ("我们继续。", "心意收到了，请理性打赏。", "接着往下讲。"),
        ),
        "question": (
            ("{viewer}问：", "来看{viewer}的问题：", "{viewer}同学提了一个问题："),
            ("“{question}”",),
            ("我来回答。", "我们一起想一想。", "这个问题这样看。"),
        ),
        "closing": (
            ("今天讲了{topic}。", "{topic}就讲到这里。", "关于{topic}，今天先到这里。"),
            ("没听懂的可以看回放。", "问题可以留在评论区。", "记得整理笔记。"),
            ("下次见！", "我们下节课再见。", "谢谢大家，再见！"),
        ),
        "offer": (
            ("{product}：", "介绍一下{product}：", "有同学问到{product}："),
            ("{description}，", "内容是{description}，"),
            ("价格{price}。", "售价{price}。"),
            ("请按需要购买。", "退款规则在付款前可以看到。", "先看目录，再决定。"),
        ),
    },
    "en": {
        "opening": (
            ("Hello everyone, ", "Welcome, ", "Good to see you, "),
            ("I am {host}. ", "this is {host}. "),
            ("Today is about {topic}. ", "Our topic is {topic}. ", "We look at {topic} today. "),
            ("Ask in the chat at any time.", "Take a pen, and let us begin."),
        ),
        "bridge": (
            ("So much for {done}. ", "We have looked at {done}. ", "That was {done}. "),
            ("Next comes {topic}.", "Now to {topic}.", "Let us go on with {topic}."),
        ),
        "thanks": (
            ("Thank you, {viewer}, ", "{viewer}, thanks ", "Many thanks, {viewer}, "),
            ("for the {gift}! ", "for sending the {gift}! "),
            ("Let us go on.", "Give only what you can spare.", "Back to our topic."),
        ),
        "question": (
            ("{viewer} asks: ", "A question from {viewer}: "),
            ("“{question}” ",),
            ("Let me answer.", "Let us think about it together."),
        ),
        "closing": (
            ("That was {topic}. ", "So far for {topic}. "),
            ("There is a replay. ", "Leave questions below the lesson. "),
            ("See you next time!", "Thank you, and goodbye!"),
        ),
        "offer": (
            ("{product}: ", "Some of you asked about {product}: "),
            ("{description}. ",),
            ("It costs {price}. ", "The price is {price}. "),
            ("Buy it only if you need it.", "The refund rule is shown before you pay."),
        ),
    },
}
KINDS = tuple(_GRAMMAR["zh"])
_FORBIDDEN = re.compile(
    r"最(?:好|佳|强|高级|低价|优|专业|权威)|第一(?!章|课|节|讲|次|步|部分)|国家级|唯一|顶级|绝对|包过|包会|保过|保证|稳赚|稳赢|必赚|必过|百分之?百"
    r"|100\s*%|零风险|无风险|保本|包治|治愈|根治|永久有效|速成"
    r"|\b(?:guarantee[ds]?|risk[- ]free|no risk|cures?|best in|number one|the best|certain to pass|get rich)\b|#1",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class Line:
    """What the host could say: the words, their kind, and that a program made them."""

    kind: str
    text: str
    label: Label


def line(kind: str, fields: Mapping[str, str], rng: Random, language: str = "zh") -> Line:
    """One line.

    Args:
        kind: One of `KINDS`.
        fields: What it speaks of: ``opening`` host, topic; ``bridge`` done, topic; ``thanks``
            viewer, gift; ``question`` viewer, question; ``closing`` topic; ``offer`` product,
            description, price.
        rng: Chooses the phrases.
        language: ``zh`` or ``en``.

    Raises:
        LineInvalid: The kind is not known, a field is missing or too long, or an offer promises
            what may not be promised.
    """
    grammar = _GRAMMAR.get(language, {}).get(kind)
    if grammar is None:
        raise LineInvalid(kind=kind, detail=f"one of {', '.join(KINDS)}, in zh or en")
    values = {name: _clean(value) for name, value in fields.items()}
    needed = set(re.findall(r"\{(\w+)\}", "".join("".join(part) for part in grammar)))
    missing = sorted(name for name in needed if not values.get(name))
    if missing:
        raise LineInvalid(kind=kind, detail=f"{', '.join(missing)} is missing")
    if too_long := [name for name in needed if len(values[name]) > FIELD_MAX]:
        raise LineInvalid(kind=kind, detail=f"{too_long[0]} is over {FIELD_MAX} characters")
    if kind == "offer" and (claim := forbidden_claim(" ".join(values[name] for name in needed))):
        raise LineInvalid(kind=kind, detail=f"“{claim}” may not be promised")
    text = "".join(_filled(rng.choice(part), values) for part in grammar).strip()
    return Line(kind, text, label(text, language))


def forbidden_claim(text: str) -> str | None:
    """The first promise or superlative that an offer may not make; None: there is none."""
    found = _FORBIDDEN.search(text)
    return None if found is None else found.group()


def _filled(part: str, values: Mapping[str, str]) -> str:
    """Fields by their values, once: a value with braces in it stays what it is."""
    return re.sub(r"\{(\w+)\}", lambda match: values[match.group(1)], part)


def _clean(value: str) -> str:
    return " ".join(_CONTROL.sub(" ", value).split()).rstrip("。.")
