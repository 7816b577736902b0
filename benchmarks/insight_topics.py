"""Topics, confusion and highlights as streams: planted ones found in time; real danmaku; cost.

Planted rooms are made here with a seed; labels are graded by the rules of `topic_labels`. The real
set is the bilibili danmaku of the LPL final of 2021; nobody marked its topics or moments, so only
the state is told: how many topics, how well their words hang together (NPMI over all messages),
the first highlights.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.common import goal
from benchmarks.topic_labels import figures, judged, planted_right, real_rooms
from livelore.intelligence.insight.confusion import ConfusionDetector
from livelore.intelligence.insight.highlights import Highlight, HighlightCurve
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.topics.report import coherence, topic_words
from livelore.intelligence.insight.topics.stream import TopicStream
from livelore.kit.times import clock

CHATTER = (
    *("老师好", "哈哈哈", "666", "讲得好", "懂了", "nice", "打卡", "选B", "收藏了", "听懂了"),
    *("晚上好", "加油"),
)
LOST = (
    *("没听懂", "太快了", "这一步怎么来的", "什么意思啊", "再讲一遍吧", "懵了", "？？", "跟不上"),
)
STRAY = ("没听懂", "什么意思", "作业几号交", "回放在哪看")
THINGS = (
    *("洛必达法则", "泰勒展开", "特征向量", "贝叶斯公式", "梯度下降", "动能定理", "光合作用"),
    "虚拟语气",
)
SAID = ("X好难", "X是啥", "这里用X", "为啥用X啊", "X！", "X讲慢点", "考X吗", "X有意思")
HOUR_S = 3_600.0
N_ROOMS = 20
N_TOPICS = 50
N_COSTS = 3
"""Readings of which the quickest is told, as other programs only ever add."""
LOST_RATE = 0.7
"""Messages a second in a lost room."""


def run(data: Path, quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Tables and goals."""
    n_rooms = 3 if quick else N_ROOMS
    topics, lost, moments = (
        each(n_rooms) for each in (_planted_topics, _planted_confusion, _planted_moments)
    )
    table: dict[str, Any] = {"topics": topics, "confusion": lost, "highlights": moments}
    path = data / "bilibili_lpl_danmaku" / "final_full.parquet"
    if not quick and path.exists():
        table["LPL final"] = _real(path)
    graded: dict[str, dict[str, Any]] = {"planted": planted_right(n_rooms)}
    for name, rooms in {} if quick else real_rooms(data).items():
        graded[name] = figures([row for room, k in rooms for row in judged(room, k)])
    table["labels"] = graded
    costs = table.get("LPL final", topics)
    goals = [
        goal("a new topic is named after its fifth message", topics["delay_s_max"], 10.0, "s"),
        goal("NPMI of topic words", costs["npmi"], -0.1),
        goal("planted confusion found within 15 s", lost["within_15_s"], -0.95),
        goal("false alarms of confusion an hour", lost["false_an_hour"], 1.0),
        goal("top five highlights that were planted", moments["overlap"], -0.7),
        goal("topics, CPU time a message", costs["us_topics"], 4.0, "µs"),
    ]
    goals.append(
        goal("planted topics labelled as a reader would", graded["planted"]["right"], -0.95)
    )
    for name, least in (("danmaku", -0.8), ("comments held out", -0.8)):
        if name in graded:
            goals.append(
                goal(f"labels of topics that read well, {name}", graded[name]["good"], least)
            )
    return table, goals


def _drawn(rate: float, begin: float, end: float, rng: np.random.Generator) -> list[float]:
    return [float(at) for at in rng.uniform(begin, end, rng.poisson(rate * (end - begin)))]


def _cost(part: Callable[[Messages], Any], messages: Messages) -> float:
    """CPU microseconds a message."""
    begin = time.process_time()
    part(messages)
    return round(1e6 * (time.process_time() - begin) / len(messages), 2)


def _planted_topics(n_rooms: int) -> dict[str, float]:
    """Eight topics an hour among chatter; each is talked about for two minutes."""
    delays: list[float] = []
    shares: list[float] = []
    npmi: list[float] = []
    cost = 0.0
    for seed in range(n_rooms):
        rng = np.random.default_rng(seed)
        events = [(at, str(rng.choice(CHATTER)), -1) for at in _drawn(1.0, 0, HOUR_S, rng)]
        for number, thing in enumerate(THINGS):
            begin = 200 + 400.0 * number
            for at in _drawn(0.8, begin, begin + 120, rng):
                events.append((at, str(rng.choice(SAID)).replace("X", thing), number))
        events.sort()
        at, texts, _ = zip(*events, strict=True)
        stream, messages = TopicStream(), Messages.of(texts, at)
        _ = messages.folded
        cost = _cost(stream.add, messages)
        labels = [each.label for each in stream.topics.values()]
        for number, thing in enumerate(THINGS):
            fifth = sorted(t for t, _, n in events if n == number)[4]
            born = [each.born_at for each in stream.topics.values() if thing in each.label]
            delays.append(min(born) - fifth if born else HOUR_S)
        shares.append(sum(any(thing in each for thing in THINGS) for each in labels) / len(labels))
        npmi += [
            coherence(topic_words(each.texts), messages.texts) for each in stream.topics.values()
        ]
    return {
        "delay_s_max": round(max(delays), 2),
        "delay_s_median": round(float(np.median(delays)), 2),
        "planted_of_all": round(float(np.mean(shares)), 3),
        "npmi": round(float(np.nanmean(npmi)), 3),
        "us_topics": cost,
    }


def _planted_confusion(n_rooms: int) -> dict[str, float]:
    """Eight lost passages an hour; and as many hours in which nobody is lost."""
    delays: list[float] = []
    n_false = 0
    cost = 0.0
    for seed in range(n_rooms):
        for begins in ((), tuple(300.0 + 400 * n for n in range(8))):
            rng = np.random.default_rng(1_000 + seed)
            events = [(at, str(rng.choice(CHATTER))) for at in _drawn(1.0, 0, HOUR_S, rng)]
            events += [(at, str(rng.choice(STRAY))) for at in _drawn(1 / 60, 0, HOUR_S, rng)]
            for begin in begins:
                times = _drawn(LOST_RATE, begin, begin + 40, rng)
                events += [(at, str(rng.choice(LOST))) for at in times]
            events.sort()
            at, texts = zip(*events, strict=True)
            messages = Messages.of(texts, at, rng.integers(0, 400, len(at)))
            detector = ConfusionDetector()
            _ = messages.folded
            started = time.process_time()
            alarms = [each.at for each in detector.add(messages)]
            cost = round(1e6 * (time.process_time() - started) / len(messages), 2)
            for begin in begins:
                delays.append(min((a - begin for a in alarms if a >= begin), default=HOUR_S))
            n_false += sum(not any(0 <= a - begin <= 60 for begin in begins) for a in alarms)
    return {
        "within_15_s": round(float(np.mean(np.array(delays) <= 15)), 3),
        "delay_s_median": round(float(np.median(delays)), 2),
        "false_an_hour": round(n_false / (2 * n_rooms), 3),
        "us_confusion": cost,
    }


def _planted_moments(n_rooms: int) -> dict[str, float]:
    """Five moments in an hour of a room that grows thirteenfold."""
    overlaps: list[float] = []
    cost = 0.0
    for seed in range(n_rooms):
        rng = np.random.default_rng(2_000 + seed)
        moments = 150 + 650 * np.arange(5) + rng.uniform(0, 300, 5)
        times = [HOUR_S * rng.uniform(0, 1, 7_200) ** (1 / 3), rng.uniform(0, HOUR_S, 1_800)]
        for moment in moments:
            usual = 0.5 + 6 * (moment / HOUR_S) ** 2
            times.append(moment + 5 + rng.gamma(3, 2, rng.poisson(8 * (usual + 1))))
        at = np.sort(np.concatenate(times))
        messages = Messages.of([str(each) for each in rng.choice(CHATTER, len(at))], at)
        curve = HighlightCurve()
        _ = messages.folded
        cost = _cost(curve.add, messages)
        peaks = [each.peak_at for each in curve.highlights(5)]
        overlaps.append(float(np.mean([np.abs(np.array(peaks) - m).min() <= 10 for m in moments])))
    return {"overlap": round(float(np.mean(overlaps)), 3), "us_highlights": cost}


def _real(path: Path) -> dict[str, Any]:
    table = pq.read_table(path)
    texts = [str(each or "") for each in table["text"].to_pylist()]
    messages = Messages.of(texts, table["t_video_s"].to_numpy(), table["sender"].to_pylist())
    _ = messages.folded
    stream, curve = TopicStream(), HighlightCurve()
    stream.add(messages)
    costs = {
        "us_topics": min(_cost(TopicStream().add, messages) for _ in range(N_COSTS)),
        "us_confusion": _cost(ConfusionDetector().add, messages),
        "us_highlights": _cost(curve.add, messages),
    }
    most = sorted(stream.topics.values(), key=lambda each: -each.n_messages)[:N_TOPICS]
    npmi = [coherence(topic_words(each.texts), messages.texts) for each in most]
    return {
        "messages": len(messages),
        "topics": len(stream.topics),
        "labels": [each.label for each in most[:12]],
        "npmi": round(float(np.nanmean(npmi)), 3),
        "highlights": [_told(each) for each in curve.highlights(5)],
        **costs,
    }


def _told(each: Highlight) -> str:
    return f"{clock(each.peak_at)} ({each.energy:.1f}, {each.n_messages} messages)"
