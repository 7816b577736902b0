"""Confusion: planted passages are found in time, without false alarms."""

import numpy as np
import pytest

from livelore.intelligence.insight.confusion import PAUSE_S, ConfusionDetector
from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages

CHATTER = ["老师好", "哈哈哈", "666", "讲得好", "懂了", "nice", "打卡", "选B", "收藏了", "听懂了"]
LOST = [
    "没听懂",
    "太快了",
    "这一步怎么来的",
    "什么意思啊",
    "再讲一遍吧",
    "you lost me",
    "懵了",
    "？？",
    "跟不上",
]
STRAY = ["没听懂", "什么意思", "作业几号交", "回放在哪看", "what is x?"]
LOST_RATE = 0.7
"""Messages a second in a lost room of some hundred viewers."""


def drawn(rate: float, begin: float, end: float, rng: np.random.Generator) -> list[float]:
    return [float(at) for at in rng.uniform(begin, end, rng.poisson(rate * (end - begin)))]


def room(
    seed: int, begins: tuple[float, ...], duration_s: float = 3_600, lasts_s: float = 40
) -> Messages:
    """Chatter at a message a second, stray questions, and passages that lose the room."""
    rng = np.random.default_rng(seed)
    events = [(at, str(rng.choice(CHATTER))) for at in drawn(1.0, 0, duration_s, rng)]
    events += [(at, str(rng.choice(STRAY))) for at in drawn(1 / 60, 0, duration_s, rng)]
    for begin in begins:
        times = drawn(LOST_RATE, begin, begin + lasts_s, rng)
        events += [(at, str(rng.choice(LOST))) for at in times]
    events.sort()
    at, texts = zip(*events, strict=True)
    return Messages.of(texts, at, rng.integers(0, 400, len(at)))


def test_planted_passages_are_found_within_15_seconds() -> None:
    begins = tuple(300.0 + 400 * n for n in range(8))
    delays = []
    for seed in range(4):
        alarms = ConfusionDetector().add(room(seed, begins))
        for begin in begins:
            near = [each for each in alarms if begin <= each.at <= begin + 40]
            assert near, f"seed {seed}: nothing at {begin}"
            delays.append(near[0].at - begin)
        stray = [a for a in alarms if not any(0 <= a.at - b <= 60 for b in begins)]
        assert len(stray) <= 1
    assert max(delays) <= 15
    assert np.median(delays) <= 10


def test_a_room_that_follows_gives_at_most_one_alarm_an_hour() -> None:
    n_alarms = sum(len(ConfusionDetector().add(room(100 + seed, ()))) for seed in range(10))
    assert n_alarms <= 10


def test_an_alarm_names_the_slide_before_the_reaction() -> None:
    detector = ConfusionDetector(place_at=lambda at: "slide 2" if at >= 296 else "slide 1")
    alarm = detector.add(room(0, (300.0,)))[0]
    assert alarm.place in ("slide 1", "slide 2")
    assert 285 <= alarm.begin <= 305
    assert alarm.rate > 5 * alarm.usual


def test_one_shouting_viewer_is_no_room() -> None:
    at = np.arange(0.0, 60.0, 0.5)
    shouting = Messages.of(["没听懂"] * len(at), at, ["one"] * len(at))
    assert ConfusionDetector().add(shouting) == []
    many = Messages.of(["没听懂"] * len(at), at, np.arange(len(at)))
    assert len(ConfusionDetector().add(many)) == 1


def test_a_room_that_always_asks_has_its_own_usual_rate() -> None:
    rng = np.random.default_rng(7)
    at = np.sort(drawn(0.5, 0, 3_600, rng))
    asking = Messages.of(
        [str(each) for each in rng.choice(["作业几号交", "什么是导数"], len(at))], at
    )
    assert len([each for each in ConfusionDetector().add(asking) if each.at > 600]) <= 1


def test_many_or_one_at_a_time_give_the_same() -> None:
    messages = room(3, (300.0, 900.0), 1_200)
    one, parts = ConfusionDetector(), ConfusionDetector()
    found = [each for n in range(len(messages)) for each in parts.add(messages.part(n, n + 1))]
    assert one.add(messages) == found
    assert found


def test_an_alarm_comes_by_the_clock_too_and_then_there_is_a_pause() -> None:
    detector = ConfusionDetector()
    at = np.linspace(0, 20, 60)
    alarms = detector.add(Messages.of(["没听懂"] * 60, at))
    alarms += detector.until(25.0)
    assert len(alarms) == 1
    assert detector.until(25.0 + PAUSE_S) == []
    assert detector.until(1e7) == []


def test_times_are_needed_and_go_forward() -> None:
    detector = ConfusionDetector()
    detector.add(Messages.of(["a"], [5.0]))
    for wrong in (Messages.of(["a"]), Messages.of(["a"], [1.0])):
        with pytest.raises(MessagesInvalid, match="at"):
            detector.add(wrong)


def test_understanding_is_not_confusion() -> None:
    weights = ConfusionDetector().weights(
        Messages.of(["听懂了", "懂了懂了", "没听懂", "???", "作业几号交", "not too fast", "hi"])
    )
    assert weights.tolist() == pytest.approx([0, 0, 1, 0.5, 0.3, 0, 0])
