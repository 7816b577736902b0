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
from livelore.intelligence.insight.topics.dull import DULL, DULL_WORDS
from livelore.intelligence.insight.topics.label import example_of, key_of, label_of, surface_of
from livelore.intelligence.insight.topics.terms import TERMS_MAX, count, is_in, terms, word_term

NO_TOPIC = -1
_NAMELESS = -2
"""Stands in the table for the topic of a term that no name can be made of."""
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
SAME, SAME_NAMED = 0.5, 0.3
"""A term that shares this much of its messages with a living topic, and this much with messages
that hold its first term, is another word for it: it is not enough to be a word of a word."""
_Texts = tuple[Sequence[str], Sequence[str]]
"""Folded, and as written."""
PACE_S = 1.0
"""From one message to the next where no times are known."""


@dataclass
class Topic:
    """Something that a room talked about.

    Attributes:
        number: Within the room, from 0, in order of birth.
        label: As people write it; set at birth and never changed. No two topics have the same.
        born_at, last_at: Seconds.
        n_messages: That were given to it.
        texts: The last of its messages as they were written, `KEPT` at most.
        place: What was shown when it was born, as the caller names it: a slide, a passage.
        seed: The term that it was born from.
        folded: The label as messages are compared.
        first: A message at birth that has it.
    """

    number: int
    label: str
    born_at: float
    last_at: float
    n_messages: int = 0
    texts: list[str] = field(default_factory=list)
    place: str | None = None
    seed: str = ""
    folded: str = ""
    first: str = ""

    def example(self) -> str:
        """A message that has the label in it and says what the others say."""
        return example_of(self.folded, self.texts) or self.first


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
        self._tail: _Texts = [], []
        self._tail_topics = np.empty(0, np.int64)
        self._now = -math.inf
        self.topics: dict[int, Topic] = {}
        self._by_label: dict[str, int] = {}
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
        folded = messages.folded
        texts = messages.folded_texts, messages.texts
        row, place = 0, 0
        while row < len(messages):
            # up to the next term that may be a topic; names are made outside the loop
            row, place, begin, length = _run(
                (folded.codes, folded.bounds, at), row, self._table, self._spoken, dull(), found
            )
            if place >= 0:
                first = begin - int(folded.bounds[row - 1])
                seed = texts[0][row - 1][first : first + length]
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

    def _rise(self, batch: _Texts, at: Any, row: int, risen: Any, found: NDArray[np.int64]) -> None:
        """A term becomes a topic, or another word of one; the message at row - 1 gets it."""
        place, seed, shown = risen
        now = float(at[row - 1])
        before = self.topics.get(int(self._table[6][place]))
        if before is not None and seed in before.folded:
            owner = before.number
        else:
            texts = self._last(0, batch, row)
            held = [n for n, text in enumerate(texts) if seed in text]
            holding = [texts[n] for n in held]
            owner = self._owner(self._last_topics(row, found)[held].tolist(), holding, now)
            if owner == NO_TOPIC:
                written = self._last(1, batch, row)
                owner = self._named(seed, (holding, [written[n] for n in held]), now, shown)
        self._table[6][place] = owner
        if owner == _NAMELESS:
            return
        self._spoken[owner % TOPICS_MAX] = now
        if found[row - 1] == NO_TOPIC:
            found[row - 1] = owner

    def _named(self, seed: str, holding: _Texts, now: float, shown: str | None) -> int:
        """The topic of the best name of these messages, which may have been there before."""
        folded, written = holding
        label = label_of(seed, folded, [each.folded for each in self._alive(now)])
        if label is None:
            return _NAMELESS
        known = self._by_label.get(key_of(label))
        if known is not None:
            return known
        number = self._n_born
        self._n_born += 1
        name = surface_of(label, written[-KEPT:])
        first = next((w for w, text in zip(written, folded, strict=True) if label in text), "")
        self.topics[number] = Topic(
            number, name, now, now, place=shown, seed=seed, folded=label, first=first
        )
        self._by_label[key_of(label)] = number
        over = self.topics.pop(number - TOPICS_MAX, None)
        if over is not None:
            self._by_label.pop(key_of(over.folded))
        return number

    def _alive(self, now: float) -> list[Topic]:
        places = np.flatnonzero(now - self._spoken[: self._n_born] < SILENT_S)
        numbers = self._n_born - 1 - (self._n_born - 1 - places) % TOPICS_MAX
        return [self.topics[each] for each in numbers.tolist()]

    def _last(self, form: int, batch: _Texts, row: int) -> list[str]:
        """The last messages up to a row, folded (0) or as they were written (1)."""
        before = self._tail[form][self._n_left(row) :]
        return [*before, *batch[form][max(0, row - RECENT) : row]]

    def _last_topics(self, row: int, found: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of the same messages."""
        before = self._tail_topics[self._n_left(row) :]
        return np.concatenate([before, found[max(0, row - RECENT) : row]])

    def _n_left(self, row: int) -> int:
        """Messages of earlier calls that are too long ago at a row."""
        return max(0, len(self._tail_topics) - max(0, RECENT - row))

    def _owner(self, owners: list[int], holding: list[str], now: float) -> int:
        """The living topic that has most of these messages, and whose first term many hold."""
        for owner in sorted(set(owners) - {NO_TOPIC}):
            is_alive = now - self._spoken[owner % TOPICS_MAX] < SILENT_S
            if not is_alive or owners.count(owner) < SAME * len(owners):
                continue
            first = self.topics[owner].seed
            if sum(first in text for text in holding) >= SAME_NAMED * len(holding):
                return owner
        return NO_TOPIC

    def _note(self, batch: _Texts, at: Any, found: NDArray[np.int64]) -> None:
        """Keep what a later birth and the report need."""
        n = len(found)
        self._tail = self._last(0, batch, n), self._last(1, batch, n)
        self._tail_topics = self._last_topics(n, found)
        rows = np.flatnonzero(found != NO_TOPIC)
        order = rows[np.argsort(found[rows], kind="stable")]
        for group in np.split(order, np.flatnonzero(np.diff(found[order])) + 1):
            topic = self.topics.get(int(found[group[0]])) if len(group) else None
            if topic is None:
                continue
            topic.n_messages += len(group)
            topic.last_at = float(at[group[-1]])
            topic.texts = (topic.texts + [batch[1][int(n)] for n in group[-KEPT:]])[-KEPT:]

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
    return letters, np.sort(np.array([word_term(each) for each in DULL_WORDS], np.uint64))


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
            is_alive = to >= 0 and at - spoken[to % len(spoken)] < SILENT_S
            if is_alive and counts[place] > strongest:
                owner, strongest = to, counts[place]
            elif to != _NAMELESS and not is_alive and sure >= BORN_FROM:
                before = max(totals[place] - counts[place], 0.0)
                usual = before / max(at - firsts[place], HALF_LIFE_S) / _FADING
                # of terms as frequent the longest is the name
                value = counts[place] + 0.01 * spans[each, 1]
                is_new = sure >= FRESH * usual and value > rise
                if is_new and not is_in(hashes[each], dull_[1]):
                    risen, rise, risen_term = place, value, each
        if owner != NO_TOPIC:
            found[row] = owner
            spoken[owner % len(spoken)] = at
        row += 1
        if risen >= 0:
            return row, risen, spans[risen_term, 0], spans[risen_term, 1]
    return row, -1, 0, 0
