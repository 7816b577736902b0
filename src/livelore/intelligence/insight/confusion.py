"""Where the room is lost: a sequential test on what people write, by passage and slide."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.questions.detector import QuestionDetector
from livelore.intelligence.insight.questions.phrases import Phrases, weighed

ALARM_EVERY_S = 3600.0
"""A room in which nothing is wrong gives an alarm no more often than this, on average."""
STEP_S = 1.0
TIMES_USUAL = 5.0
"""How many times the usual rate a lost room writes so, in the hypothesis that is tested."""
LOST_LEAST = 0.15
"""And at least this rate, messages a second."""
LEAST_USUAL = 1 / 120.0
"""The usual rate is taken to be at least this, messages a second: a quiet room has some noise."""
USUAL_S = 600.0
"""Over which the usual rate is learnt, as a time constant."""
SURPRISE_MAX = 5.0
"""A second teaches the usual rate at most this many times what it is."""
ONE_EVERY_S = 20.0
"""One viewer counts once in this time: a shouting one is no room."""
PAUSE_S = 60.0
"""After an alarm, so that one passage gives one."""
REACTION_S = 6.0
"""From what was said to what is written about it."""
WORTH_QUESTION = 0.3
"""A question of the sort that is no complaint counts this much."""

_LISTS = (
    (
        1.0,
        """
        没听懂 | 听不懂 | 没懂 | 不懂 | 没看懂 | 看不懂 | 没明白 | 不明白 | 没跟上 | 跟不上 |
        太快了 | 讲太快 | 有点快 | 讲快了 | 慢一点 | 慢点 | 太难了 | 懵了 | 懵逼 | 蒙了 | 一脸懵 |
        晕了 | 听懵 | 什么意思 | 啥意思 | 再讲一遍 | 再讲一次 | 再说一遍 | 重讲 | 没反应过来 |
        怎么来的 | 哪来的 | 不理解 | 没理解 | 不会了 | 听晕 | 云里雾里 | 天书 | 迷糊 | 完全不会 |
        没听清 | 看不明白 | 讲清楚 | 不清楚
        """,
    ),
    (
        0.0,
        """
        听懂了 | 懂了 | 明白了 | 不懂就问 | 不难懂 | 没有不懂 | 没什么不懂 | 不会不懂 | 懂的都懂 |
        不是太快
        """,
    ),
    (
        1.0,
        """
        lost me | i'm lost | im lost | i am lost | so lost | confused | confusing |
        don't understand | dont understand | don't get it | dont get it | didn't get | didnt get |
        makes no sense | doesn't make sense | too fast | slow down | go back |
        what does that mean | repeat that | say that again | explain again | again please |
        no idea what | what just happened | not following | can't follow | cant follow | unclear
        """,
    ),
    (
        0.0,
        """
        not confusing | not too fast
        """,
    ),
)
CUES: dict[str, float] = weighed(_LISTS)
"""What a lost viewer writes, and what looks like it and is not. Own list."""


@dataclass(frozen=True)
class Confusion:
    """One alarm.

    Attributes:
        at: When it was raised, seconds.
        begin: Where the passage begins that was not understood, reaction time taken off.
        end: Where it ends, as known at the alarm.
        rate, usual: Messages a second: since the begin, and before.
        place: The slide or passage shown at ``begin``, if the caller knows.
    """

    at: float
    begin: float
    end: float
    rate: float
    usual: float
    place: str | None = None


@dataclass
class ConfusionDetector:
    """CUSUM of a Poisson rate, in steps of a second, beside the room's own usual rate.

    The threshold is the logarithm of the mean steps between false alarms: for a cumulative sum of
    log-likelihood ratios the mean time to a false alarm is at least its exponential (Lorden 1971,
    "Procedures for reacting to a change in distribution"), given that the usual rate is right.

    Args:
        alarm_every_s: Mean time between false alarms, at least.
        place_at: What was shown or said at a time; None: not known.
    """

    alarm_every_s: float = ALARM_EVERY_S
    place_at: Callable[[float], str | None] | None = None
    questions: QuestionDetector = field(default_factory=QuestionDetector)
    phrases: Phrases = field(default_factory=lambda: Phrases.of(CUES))

    def __post_init__(self) -> None:
        self._clock = math.nan
        self._sum = 0.0
        self._since = math.nan
        self._n_since = 0.0
        self._usual = LEAST_USUAL
        self._step = 0.0
        self._quiet_until = -math.inf
        self._last_of: dict[int, float] = {}
        self._began = math.nan

    def weights(self, messages: Messages) -> NDArray[np.float32]:
        """How much each message says that its writer is lost, from 0 to 1; shape (n_messages,)."""
        said = np.minimum(self.phrases.sums(messages.folded), 1)
        asked = np.float32(WORTH_QUESTION) * self.questions.are_questions(messages)
        marks = np.array(
            [len(text) > 1 and not text.strip("?") for text in messages.folded.texts()], np.bool_
        )
        return np.maximum(said, np.maximum(asked, marks * np.float32(0.5)))

    def add(self, messages: Messages) -> list[Confusion]:
        """Alarms that these messages raise.

        Args:
            messages: With times, not before those of the last call.

        Raises:
            MessagesInvalid: There are no times, or they go back.
        """
        if not len(messages):
            return []
        at = messages.at
        if at is None or at[0] < self._clock:
            raise MessagesInvalid(column="at", detail="times that go forward are needed")
        found: list[Confusion] = []
        weights = self.weights(messages)
        if math.isnan(self._clock):
            self._clock = self._began = float(at[0])
        for row in range(len(messages)):
            found.extend(self.until(float(at[row])))
            if weights[row]:
                user = -1 if messages.users is None else int(messages.users[row])
                self._count(float(weights[row]), float(at[row]), user)
        return found

    def until(self, now: float) -> list[Confusion]:
        """Alarms up to a time at which nothing more was written; for a clock in a quiet room."""
        found: list[Confusion] = []
        while now >= self._clock + STEP_S:
            if now - self._clock > 10 * USUAL_S and not self._step:  # a night without a word
                self._clock = now
                self._sum, self._n_since, self._since = 0.0, 0.0, math.nan
                break
            self._clock += STEP_S
            alarm = self._stepped()
            if alarm is not None:
                found.append(alarm)
        return found

    def _count(self, weight: float, at: float, user: int) -> None:
        if user >= 0:
            if at - self._last_of.get(user, -math.inf) < ONE_EVERY_S:
                return
            self._last_of[user] = at
            if len(self._last_of) > 20_000:
                recent = {u: t for u, t in self._last_of.items() if at - t < ONE_EVERY_S}
                self._last_of = recent
        self._step += weight

    def _stepped(self) -> Confusion | None:
        """Close one second."""
        n, self._step = self._step, 0.0
        usual = max(self._usual, LEAST_USUAL)
        lost = max(TIMES_USUAL * usual, LOST_LEAST)
        gain = n * math.log(lost / usual) - (lost - usual) * STEP_S
        if self._sum <= 0 < gain:
            self._since, self._n_since = self._clock - STEP_S, 0.0
        self._sum = max(0.0, self._sum + gain)
        self._n_since += n
        alarm = None
        if self._sum >= math.log(self.alarm_every_s / STEP_S) and self._clock >= self._quiet_until:
            alarm = self._alarm(usual)
            self._sum = 0.0
            self._quiet_until = self._clock + PAUSE_S
        if self._clock < self._quiet_until:
            self._sum = 0.0
        # a lost minute teaches little, a room that always asks is learnt in some minutes
        share = STEP_S / min(USUAL_S, max(self._clock - self._began, 60.0))
        self._usual += share * (min(n / STEP_S, SURPRISE_MAX * usual) - self._usual)
        return alarm

    def _alarm(self, usual: float) -> Confusion:
        lasted = max(self._clock - self._since, STEP_S)
        begin = max(self._since - REACTION_S, self._began)
        place = self.place_at(begin) if self.place_at else None
        return Confusion(self._clock, begin, self._clock, self._n_since / lasted, usual, place)
