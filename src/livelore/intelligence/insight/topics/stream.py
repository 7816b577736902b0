"""Topics of a room as its messages come: born from terms that come up, named, ended in silence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.topics.label import label_of
from livelore.intelligence.insight.topics.terms import TERMS_MAX, count, latin_term, terms

NO_TOPIC = -1
BORN_FROM = 4.6
"""Faded count that makes a term a topic: five messages within ten seconds or so."""
HALF_LIFE_S = 60.0
"""After which a count has fallen to a half."""
SILENT_S = 180.0
"""A topic of which nothing was said for this long is over; its terms may bring it back."""
FRESH = 2.0
"""A topic comes this many times as fast as its term used to, before the last minute or so."""
BITS = 15
RECENT = 256
"""Messages that a birth looks back on."""
KEPT = 32
"""Messages kept of each topic."""
TOPICS_MAX = 4096
"""Topics of a room that are told apart; older ones are forgotten."""
SAME = 0.5
"""A term that shares this much of its messages with a living topic is another word for it."""
PACE_S = 1.0
"""From one message to the next where no times are known."""
DULL = (
    "的了吗呢吧啊呀哦哈嘛么是我你他她它们这那就都也还在有没不很太真好要会能去来个和跟与到说看想上下又再吃才把被给让一二三"
    "什怎谁几哪多为因所以如果但而且或啥咋请求老师知道懂对得"
)
"""Characters with which no topic begins or ends."""
_DULL_WORDS = """
the and you for that this with are was not but have has how what why when who can will just
like its it's from they his her hello nice good great wow cool hey yeah okay all one out about
get got would there their your been don't i'm can't too very much more please thanks lol yes
now let our going really right actually thing things something want know think say said look
see way because well also then here over into than these those them some little could should
take make put come where which does doing did done were being other only even back again first
two three gonna still talk talked talking always never every around through kind basically
maybe might need same four five ones
"""
DULL_WORDS = tuple(_DULL_WORDS.split())
"""Words that make no topic."""


@dataclass
class Topic:
    """Something that a room talked about.

    Attributes:
        number: Within the room, from 0, in order of birth.
        label: Set at birth and never changed.
        born_at, last_at: Seconds.
        n_messages: That were given to it.
        texts: The last of its messages, folded, `KEPT` at most.
        place: What was shown when it was born, as the caller names it: a slide, a passage.
    """

    number: int
    label: str
    born_at: float
    last_at: float
    n_messages: int = 0
    texts: list[str] = field(default_factory=list)
    place: str | None = None


class TopicStream:
    """Takes messages in order of time, many or one at a time, with the same result.

    Every message's terms are counted with fading. A term that many messages of the last minute
    hold, and that comes faster than it used to, becomes a topic, unless the messages that hold it
    belong to a living one: then it is another word for that. A message belongs to the topic of its
    strongest term.

    Attributes:
        topics: By number; those that are over stay, `TOPICS_MAX` in all.
    """

    def __init__(self) -> None:
        size = 1 << BITS
        counts = [np.zeros(size, np.float64) for _ in range(5)]
        keys, owners = np.zeros(size, np.uint64), np.full(size, NO_TOPIC, np.int64)
        self._table = (keys, *counts, owners)
        self._spoken = np.full(TOPICS_MAX, -math.inf)
        self._tail: list[str] = []
        self._tail_topics = np.empty(0, np.int64)
        self._now = -math.inf
        self.topics: dict[int, Topic] = {}
        self._by_label: dict[str, list[int]] = {}
        self._n_born = 0

    def add(self, messages: Messages, places: Sequence[str | None] = ()) -> NDArray[np.int64]:
        """The topic of each message, `NO_TOPIC` where none; shape (n_messages,).

        Args:
            messages: With times not before those of the last call, or all without times.
            places: What was shown at each message, or nothing.

        Raises:
            MessagesInvalid: Times go back.
        """
        found = np.full(len(messages), NO_TOPIC, np.int64)
        if not len(messages):
            return found
        at = self._times(messages)
        folded, texts = messages.folded, messages.folded_texts
        row, place = 0, 0
        while row < len(messages):
            # up to the next term that may be a topic; names are made outside the loop
            row, place, begin, length = _run(
                (folded.codes, folded.bounds, at), row, self._table, self._spoken, dull(), found
            )
            if place >= 0:
                first = begin - int(folded.bounds[row - 1])
                seed = texts[row - 1][first : first + length]
                shown = places[row - 1] if places else None
                self._rise(texts, at, row, (place, seed, shown), found)
        self._note(texts, at, found)
        return found

    def _times(self, messages: Messages) -> NDArray[np.float64]:
        begin = self._now + PACE_S if math.isfinite(self._now) else 0.0
        paced: NDArray[np.float64] = begin + PACE_S * np.arange(len(messages), dtype=np.float64)
        at = paced if messages.at is None else messages.at
        if at[0] < self._now:
            raise MessagesInvalid(column="at", detail="times that go forward are needed")
        self._now = float(at[-1])
        return at

    def _rise(
        self, batch: list[str], at: Any, row: int, risen: Any, found: NDArray[np.int64]
    ) -> None:
        """A term becomes a topic, or another word of one; the message at row - 1 gets it."""
        place, seed, shown = risen
        texts, owners = self._last(batch, row, found)
        held = [n for n, text in enumerate(texts) if seed in text]
        now = float(at[row - 1])
        owner = self._owner([int(owners[n]) for n in held], now)
        if owner == NO_TOPIC:
            label = label_of(seed, [texts[n] for n in held])
            owner = self._named(label, now)
            if owner == NO_TOPIC:
                owner = self._n_born
                self._n_born += 1
                self._born(Topic(owner, label, now, now, place=shown))
        self._table[6][place] = owner
        self._spoken[owner % TOPICS_MAX] = now
        if found[row - 1] == NO_TOPIC:
            found[row - 1] = owner

    def _born(self, topic: Topic) -> None:
        self.topics[topic.number] = topic
        self._by_label.setdefault(topic.label, []).append(topic.number)
        over = self.topics.pop(topic.number - TOPICS_MAX, None)
        if over is not None:
            same = self._by_label[over.label]
            same.remove(over.number)
            if not same:
                del self._by_label[over.label]

    def _last(
        self, batch: list[str], row: int, found: NDArray[np.int64]
    ) -> tuple[list[str], NDArray[np.int64]]:
        """The last messages up to a row, with their topics."""
        first = max(0, row - RECENT)
        left = min(RECENT - (row - first), len(self._tail))
        tail = self._tail[len(self._tail) - left :]
        owners = self._tail_topics[len(self._tail_topics) - left :]
        return tail + batch[first:row], np.concatenate([owners, found[first:row]])

    def _owner(self, owners: list[int], now: float) -> int:
        """The living topic to which most of these messages belong."""
        for owner in set(owners) - {NO_TOPIC}:
            is_alive = now - self._spoken[owner % TOPICS_MAX] < SILENT_S
            if is_alive and owners.count(owner) >= SAME * len(owners):
                return owner
        return NO_TOPIC

    def _named(self, label: str, now: float) -> int:
        for number in self._by_label.get(label, ()):
            if now - self._spoken[number % TOPICS_MAX] < SILENT_S:
                return number
        return NO_TOPIC

    def _note(self, batch: list[str], at: Any, found: NDArray[np.int64]) -> None:
        """Keep what a later birth and the report need."""
        self._tail, self._tail_topics = self._last(batch, len(found), found)
        rows = np.flatnonzero(found != NO_TOPIC)
        order = rows[np.argsort(found[rows], kind="stable")]
        for group in np.split(order, np.flatnonzero(np.diff(found[order])) + 1):
            topic = self.topics.get(int(found[group[0]])) if len(group) else None
            if topic is None:
                continue
            topic.n_messages += len(group)
            topic.last_at = float(at[group[-1]])
            topic.texts = (topic.texts + [batch[n] for n in group[-KEPT:]])[-KEPT:]

    def labels(self, found: NDArray[np.int64]) -> list[str | None]:
        """Names of topics by number; None where none."""
        return [self.topics[n].label if n in self.topics else None for n in found.tolist()]

    def living(self, now: float) -> list[Topic]:
        """Topics that are not over, most messages first."""
        alive = [each for each in self.topics.values() if now - each.last_at < SILENT_S]
        return sorted(alive, key=lambda each: (-each.n_messages, each.number))


@cache
def dull() -> tuple[NDArray[np.bool_], NDArray[np.uint64]]:
    """Characters and words that make no topic, as `terms` reads them."""
    letters = np.zeros(1 << 16, np.bool_)
    letters[[ord(each) for each in DULL]] = True
    return letters, np.sort(np.array([latin_term(each) for each in DULL_WORDS], np.uint64))


_FADING = math.log(2) / HALF_LIFE_S


@compiled
def _run(batch: Any, row: int, table: Any, spoken: Any, dull_: Any, found: Any) -> Any:
    """Count and give topics from a row on; stops after the first message with a risen term."""
    codes, bounds, times = batch
    _, counts, errors, _, firsts, totals, owners = table
    hashes, spans = np.empty(TERMS_MAX, np.uint64), np.empty((TERMS_MAX, 2), np.int64)
    while row < len(bounds) - 1:
        at = times[row]
        n = terms(codes, bounds[row], bounds[row + 1], dull_, hashes, spans)
        owner, strongest, risen, rise, risen_term = NO_TOPIC, 0.0, -1, 0.0, 0
        for each in range(n):
            place = count(hashes[each], at, _FADING, table)
            sure = counts[place] - errors[place]
            to = owners[place]
            is_alive = to != NO_TOPIC and at - spoken[to % len(spoken)] < SILENT_S
            if (is_alive or (to != NO_TOPIC and sure >= BORN_FROM)) and counts[place] > strongest:
                owner, strongest = to, counts[place]
            elif to == NO_TOPIC and sure >= BORN_FROM:
                before = max(totals[place] - counts[place], 0.0)
                usual = before / max(at - firsts[place], HALF_LIFE_S) / _FADING
                # of terms as frequent the longest is the name
                value = counts[place] + 0.01 * spans[each, 1]
                if sure >= FRESH * usual and value > rise:
                    risen, rise, risen_term = place, value, each
        if owner != NO_TOPIC:
            found[row] = owner
            spoken[owner % len(spoken)] = at
        row += 1
        if risen >= 0:
            return row, risen, spans[risen_term, 0], spans[risen_term, 1]
    return row, -1, 0, 0
