"""The section on the chat: mood, topics, questions, names, highlights."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING

from livelore.intelligence.insight.chain.findings import MoodWindow
from livelore.intelligence.pipeline.protocols import Answer, ChatFindings
from livelore.intelligence.pipeline.report.charts import Bar, Point, bars, legend, line
from livelore.intelligence.pipeline.report.html import (
    Words,
    both,
    count,
    figure,
    percent,
    section,
    table,
)

if TYPE_CHECKING:
    from livelore.intelligence.pipeline.run import Results

SHOWN = 10
_KINDS: dict[str, Words] = {
    "positive": ("积极", "Positive"),
    "ambiguous": ("模糊", "Ambiguous"),
    "negative": ("消极", "Negative"),
}
_COLOURS = {"positive": 1, "ambiguous": 6, "negative": 4}
_NAMED: dict[str, Words] = {
    "person": ("人", "person"),
    "place": ("地点", "place"),
    "organisation": ("机构", "organisation"),
    "work": ("作品", "work"),
    "product": ("产品", "product"),
    "term": ("术语", "term"),
    "time": ("时间", "time"),
    "amount": ("数量", "amount"),
}


_MINDED: dict[str, Words] = {
    "offence": ("冒犯", "offence"),
    "repeat": ("重复", "repeats"),
    "flood": ("刷屏", "floods"),
    "advertising": ("广告", "advertising"),
    "contact": ("联系方式", "contacts"),
}


def talk_section(results: "Results") -> str:
    """The whole section; empty without chat analysis."""
    chat = results.chat
    if chat is None:
        return ""
    has_times = _has_times(results)
    parts = [_shares(chat), _mood(chat, has_times), _topics(chat)]
    parts += [_questions(chat, results.room_answers), _names(chat)]
    parts += [_highlights(chat, has_times), _minded(chat)]
    lead = (
        "弹幕里的情绪、话题和提问。区间表示不确定的程度；消息太少时不下结论。",
        "Mood, topics and questions in the chat. Intervals say how sure a figure is; too few "
        "messages are no result.",
    )
    return section("chat", ("弹幕", "The chat"), "".join(parts), lead)


def _has_times(results: "Results") -> bool:
    data = results.inputs.chat.data
    return "timestamp" in data.column_names and not data["timestamp"].null_count


def _shares(chat: ChatFindings) -> str:
    counts = {
        each["values"]: each["counts"]
        for each in chat.columns["sentiment"].value_counts().to_pylist()
    }
    total = max(1, sum(counts.values()))
    order = [*_KINDS, *(each for each in counts if each not in _KINDS)]
    drawn, rows = [], []
    for kind in order:
        n = counts.get(kind, 0)
        if not n:
            continue
        words = _KINDS.get(str(kind), (str(kind), str(kind)))
        title = (f"{words[0]}：{count(n)} 条", f"{words[1]}: {count(n)} messages")
        told = f"{percent(n / total)}<small>{count(n)}</small>"
        drawn.append(Bar(both(words), title, n / total, told, colour=_COLOURS.get(str(kind), 6)))
        rows.append([both(words), count(n), percent(n / total)])
    heads: list[Words] = [("情绪", "Mood"), ("条数", "Messages"), ("占比", "Share")]
    caption = ("各情绪的消息", "Messages by mood")
    return figure(
        ("消息的情绪", "Mood of messages"), bars(drawn, 1.0), table(caption, heads, rows, (1, 2))
    )


def _mood(chat: ChatFindings, has_times: bool) -> str:
    windows = chat.mood
    if not windows:
        return ""
    points = [Point((w.begin + w.end) / 2, w.mean, w.low, w.high) for w in windows]
    reach = max(0.2, *(abs(w.low) for w in windows), *(abs(w.high) for w in windows))
    reach = min(1.0, round(reach * 1.1, 1))
    title = ("情绪走势", "Mood over time")
    ends = (windows[0].begin, windows[-1].end)
    marks = [
        escape(_moment(ends[0] + (ends[1] - ends[0]) * n / 2, ends, has_times)) for n in range(3)
    ]
    chart = line(points, title, (-reach, reach), marks)
    kinds = legend([("line", ("平均情绪", "mean score")), ("band", ("90% 区间", "90 % interval"))])
    rows = [
        [escape(_moment(w.begin, ends, has_times)), count(w.n), f"{w.mean:+.2f}", _between(w)]
        for w in windows
    ]
    heads: list[Words] = [
        ("起", "From"),
        ("条数", "Messages"),
        ("平均", "Mean"),
        ("90% 区间", "90 % interval"),
    ]
    note = (
        "−1 为消极，+1 为积极。" + ("" if has_times else "没有时间戳：按消息先后排列。"),
        "−1 is negative, +1 positive."
        + ("" if has_times else " Without times, messages stand in the order of the file."),
    )
    caption = ("每段时间的情绪", "Mood by stretch of time")
    return figure(title, kinds + chart, table(caption, heads, rows, (1, 2, 3)), note)


def _between(window: MoodWindow) -> str:
    return f"{window.low:+.2f} … {window.high:+.2f}"


def _moment(at: float, ends: tuple[float, float], has_times: bool) -> str:
    if not has_times:
        return f"#{round(at) + 1:,}"
    moment = datetime.fromtimestamp(at, UTC)
    if ends[1] - ends[0] < 86_400:
        return f"{moment:%H:%M}" if ends[1] - ends[0] > 3_600 else f"{moment:%H:%M:%S}"
    return f"{moment:%m-%d %H:%M}" if ends[1] - ends[0] < 5 * 86_400 else f"{moment:%Y-%m-%d}"


def _topics(chat: ChatFindings) -> str:
    if not chat.topics:
        return ""
    total = max(1, len(chat.columns["topic_id"]))
    drawn, rows = [], []
    for each in chat.topics[:SHOWN]:
        words = (f"{each.label}：{count(each.n)} 条", f"{each.label}: {count(each.n)} messages")
        share = each.n / total
        drawn.append(
            Bar(
                escape(each.label),
                words,
                share,
                f"{percent(share)}<small>{count(each.n)}</small>",
                colour=2,
            )
        )
        mood = "–" if each.mood is None else f"{each.mood:+.2f}"
        rows.append([escape(each.label), count(each.n), mood, escape(each.example)])
    heads: list[Words] = [
        ("话题", "Topic"),
        ("条数", "Messages"),
        ("情绪", "Mood"),
        ("例", "Example"),
    ]
    caption = ("话题", "Topics")
    return figure(
        ("在谈什么", "What people talk about"),
        bars(drawn),
        table(caption, heads, rows, (1, 2)),
    )


def _questions(chat: ChatFindings, answers: Sequence[Answer]) -> str:
    if not chat.questions:
        return ""
    states: dict[bool | None, Words] = {
        True: ("已答", "answered"),
        False: ("未答", "open"),
        None: ("–", "–"),
    }
    shown = chat.questions[:SHOWN]
    rows = [[escape(each.text), count(each.n)] for each in shown]
    heads: list[Words] = [("问题", "Question"), ("问的人次", "Asked")]
    if any(each.is_answered is not None for each in shown):
        heads.append(("状态", "State"))
        for row, each in zip(rows, shown, strict=True):
            row.append(both(states[each.is_answered]))
    if answers:
        heads.append(("课程里的答案", "Where the course answers it"))
        for row, answer in zip_longest(rows, answers[: len(rows)]):
            row.append("–" if answer is None else _place(answer))
    caption = ("问得最多的问题", "Questions asked most")
    return f"<figure>{table(caption, heads, rows, (1,))}</figure>"


def _place(answer: Answer) -> str:
    if answer.is_computed:
        return both(("可以算出", "can be computed"))
    if answer.is_refused or not answer.citations:
        return both(("没有找到", "not found"))
    first = answer.citations[0]
    return escape(first.source if first.place is None else f"{first.source}, {first.place}")


def _names(chat: ChatFindings) -> str:
    if not chat.names:
        return ""
    chips = "".join(
        f"<li><b>{escape(each.text)}</b> <small>{_kind(each.kind)} · {count(each.n)}</small></li>"
        for each in chat.names[: 2 * SHOWN]
    )
    words = ("提到的名字", "Names that are mentioned")
    return f'<figure><figcaption>{both(words)}</figcaption><ul class="chips">{chips}</ul></figure>'


def _kind(kind: str) -> str:
    return both(_NAMED.get(kind, (kind, kind)))


def _highlights(chat: ChatFindings, has_times: bool) -> str:
    if not chat.highlights:
        return ""
    moments = [each.at for each in chat.highlights]
    moments += [at for window in chat.mood for at in (window.begin, window.end)]
    ends = (min(moments), max(moments))
    rows = [
        [escape(_moment(each.at, ends, has_times)), both(each.why), count(each.n)]
        for each in chat.highlights[:SHOWN]
    ]
    heads: list[Words] = [
        ("时刻", "When"),
        ("为什么突出", "Why it stands out"),
        ("条数", "Messages"),
    ]
    caption = ("突出的时刻", "Moments that stand out")
    return f"<figure>{table(caption, heads, rows, (2,))}</figure>"


def _minded(chat: ChatFindings) -> str:
    """How many messages a moderator would look at; nothing where there are none."""
    if not chat.minded:
        return ""
    total = max(1, len(chat.columns["sentiment"]))
    order = [*_MINDED, *(each for each in chat.minded if each not in _MINDED)]
    rows = [
        [both(_MINDED.get(kind, (kind, kind))), count(n), percent(n / total)]
        for kind in order
        if (n := chat.minded.get(kind, 0))
    ]
    heads: list[Words] = [("种类", "Kind"), ("条数", "Messages"), ("占比", "Share")]
    caption = ("房管该看一眼的消息", "Messages that a moderator should look at")
    return f"<figure>{table(caption, heads, rows, (1, 2))}</figure>"
