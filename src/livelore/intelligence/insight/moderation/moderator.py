"""Messages in order of time in, verdicts out; what a moderator remembers is bounded."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.messages import Messages
from livelore.intelligence.insight.moderation.advertising import advertising
from livelore.intelligence.insight.moderation.contacts import (
    contacts,
    ends_with_cue,
    is_spread_id,
    spread_phone,
)
from livelore.intelligence.insight.moderation.memory import (
    CUES,
    FLOODED,
    KEPT,
    N_MASKS,
    NEAR,
    PIECED,
    PIECES,
    QUICK,
    RECENT_MAX,
    REPEATED,
    SAME,
    Slots,
    crowded,
    people_rings,
    recall,
    text_rings,
)
from livelore.intelligence.insight.moderation.offence import Offence, shipped
from livelore.intelligence.insight.moderation.plain import plain
from livelore.intelligence.insight.moderation.signs import Signs, signs_of
from livelore.intelligence.insight.moderation.verdicts import (
    ADVERTISING,
    CONTACT,
    FLOOD,
    OFFENCE,
    REPEAT,
    Verdict,
)
from livelore.intelligence.text.hashed import text_hashes

USERS_MAX = 50_000
"""Whose last messages are remembered; who was silent longest is forgotten first."""
TEXTS_MAX = 20_000
"""Longer texts of a room that are remembered, to see one text from many people."""
LOOKED_AT_MAX = 2_000
"""Characters of a message that rules look at: they cost more than the length of a long run."""
CUE_MAX, OFFENCE_MIN = 20, 4
"""Characters of a message that only names a messenger, at most; characters below which nothing is
called offensive."""


@dataclass(frozen=True)
class Limits:
    """From where on something is minded.

    Args:
        offence: Least probability of the offence model. At 0.9 few ordinary messages are minded.
        advertising: Least confidence.
        repeats: The same text from one person within `window_s`, this often.
        flood: Messages of one person within `flood_s`, more than this.
        raid: The same long text from this many people within `window_s`.
        raid_length: Characters of a long text: short cheers are everybody's.
        window_s, flood_s, split_s: Seconds; the last for an id split over messages.
    """

    offence: float = 0.9
    advertising: float = 0.6
    repeats: int = 3
    flood: int = 8
    raid: int = 5
    raid_length: int = 15
    window_s: float = 60.0
    flood_s: float = 10.0
    split_s: float = 60.0


class Moderator:
    """Looks at a room.

    Without times all messages count as said at once but flood is not judged; without users nothing
    that belongs to a person is.

    Args:
        limits: From where on something is minded.
        offence: Model of offence; None: the one that ships.
    """

    def __init__(self, limits: Limits | None = None, offence: Offence | None = None) -> None:
        self.limits = limits or Limits()
        self.offence = offence
        self._n_seen = 0
        self._users, self._texts = Slots(USERS_MAX), Slots(TEXTS_MAX)
        self._people = people_rings(USERS_MAX)
        self._crowds = text_rings(TEXTS_MAX, 2 * self.limits.raid)
        self._kept: dict[int, deque[tuple[int, str]]] = {}

    def look(self, messages: Messages) -> list[Verdict]:
        """Verdicts on these messages, in their order; earlier calls are remembered.

        Args:
            messages: Later than all before. Codes of users must mean the same in every call.
        """
        batch = _Batch(messages, self._n_seen)
        self._n_seen += len(messages)
        found = [*self._offences(batch), *self._by_rules(batch)]
        minded = np.zeros(len(messages), np.bool_)
        minded[[each.message - batch.first for each in found if each.kind != OFFENCE]] = True
        found += [*self._by_memory(batch, minded), *self._raids(batch)]
        return sorted(found, key=attrgetter("message"))

    def _offences(self, batch: "_Batch") -> Iterator[Verdict]:
        likely = (self.offence or shipped()).probabilities(batch.messages.folded)
        minded = (likely >= self.limits.offence) & (batch.lengths >= OFFENCE_MIN)
        for row in np.flatnonzero(minded).tolist():
            yield batch.whole(row, OFFENCE, "offence model", float(likely[row]))

    def _by_rules(self, batch: "_Batch") -> Iterator[Verdict]:
        for row in np.flatnonzero(batch.signs.has).tolist():
            number, taken = batch.first + row, list[tuple[int, int]]()
            read = plain(batch.messages.texts[row][:LOOKED_AT_MAX])
            for each in contacts(read):
                if all(each.end <= begin or each.begin >= end for begin, end in taken):
                    taken.append((each.begin, each.end))
                    yield Verdict(number, CONTACT, each.begin, each.end, each.rule, each.confidence)
            sold = advertising(read, bool(taken))
            if sold is not None and sold[2] >= self.limits.advertising:
                yield Verdict(number, ADVERTISING, sold[0], sold[1], "words that sell", sold[2])

    def _by_memory(self, batch: "_Batch", minded: NDArray[np.bool_]) -> Iterator[Verdict]:
        rows = np.flatnonzero(batch.users >= 0)
        slots, fresh = self._users.take(batch.users[rows].tolist())
        n_messages, limits = len(batch.messages), self.limits
        flags = np.zeros(n_messages, np.int64)
        masks = np.empty((n_messages, N_MASKS), np.int64)
        earlier = np.empty((n_messages, RECENT_MAX), np.int64)
        told = (
            *(rows, slots, fresh, batch.first + np.arange(n_messages), batch.at, batch.keys),
            *(batch.signs.n_digits, batch.cues(), batch.lengths, minded),
        )
        flood = 0 if batch.messages.at is None else limits.flood
        spans = (limits.window_s, limits.flood_s, limits.split_s)
        recall(told, self._people, (limits.repeats, flood, *spans), flags, masks, earlier)
        for each in np.flatnonzero(flags[rows]).tolist():
            row, slot = int(rows[each]), int(slots[each])
            text = batch.messages.texts[row][:LOOKED_AT_MAX]
            kept = self._kept.setdefault(slot, deque(maxlen=RECENT_MAX))
            kept.append((batch.first + row, text))
            flag = int(flags[row])
            if flag > KEPT:
                recent = _Recent(masks[row], earlier[row])
                yield from self._of_person(batch, row, flag, recent, kept)

    def _of_person(
        self, batch: "_Batch", row: int, flag: int, recent: "_Recent", kept: Iterable[Any]
    ) -> Iterator[Verdict]:
        if flag & REPEATED:
            same = recent.numbers(SAME)
            sure = 1 - 0.5 ** (len(same) - 1)
            yield batch.whole(row, REPEAT, "one person, one text", sure, same[:-1])
        if flag & FLOODED:
            quick = recent.numbers(QUICK)
            sure = min(0.5 + 0.1 * (len(quick) - self.limits.flood), 0.95)
            yield batch.whole(row, FLOOD, "one person, many messages", sure, quick[:-1])
        if flag & PIECED:
            yield from _split(batch, row, recent, dict(kept))

    def _raids(self, batch: "_Batch") -> Iterator[Verdict]:
        rows = np.flatnonzero(batch.lengths >= self.limits.raid_length)
        slots, fresh = self._texts.take(batch.keys[rows].tolist())
        flags = np.zeros(len(batch.messages), np.bool_)
        told = (rows, slots, fresh, batch.at, batch.users)
        crowded(told, self._crowds, self.limits.raid, self.limits.window_s, flags)
        for row in np.flatnonzero(flags).tolist():
            yield batch.whole(row, REPEAT, "many people, one text", 0.6)


class _Batch:
    """Messages with what several rules need of them; ``first`` is the number of the first."""

    def __init__(self, messages: Messages, first: int) -> None:
        n = len(messages)
        self.messages, self.first = messages, first
        self.signs: Signs = signs_of(messages.codepoints)
        self.keys = text_hashes(messages.folded)
        self.lengths = np.diff(messages.folded.bounds)
        self.at = np.zeros(n) if messages.at is None else messages.at
        self.users = np.full(n, -1, np.int64) if messages.users is None else messages.users

    def cues(self) -> NDArray[np.bool_]:
        """Which end with the name of a messenger, as if an id came next; of known people."""
        short = np.diff(self.messages.codepoints.bounds) <= CUE_MAX
        found = self.signs.cued & self.signs.ends & short & (self.users >= 0)
        for row in np.flatnonzero(found).tolist():
            found[row] = ends_with_cue(self.messages.texts[row])
        return found

    def whole(
        self, row: int, kind: str, rule: str, sure: float, earlier: tuple[int, ...] = ()
    ) -> Verdict:
        """A verdict on all of a message."""
        length = len(self.messages.texts[row])
        return Verdict(self.first + row, kind, 0, length, rule, sure, earlier)


@dataclass(frozen=True)
class _Recent:
    """The last messages of one person, as `memory.recall` tells them."""

    masks: NDArray[np.int64]
    earlier: NDArray[np.int64]

    def numbers(self, mask: int, first: int = 0) -> tuple[int, ...]:
        """Of the messages in a mask, the oldest first; from a number on."""
        bits = int(self.masks[mask])
        found = (int(self.earlier[n]) for n in range(RECENT_MAX) if bits >> n & 1)
        return tuple(each for each in found if each >= first)


def _split(batch: _Batch, row: int, recent: _Recent, texts: dict[int, str]) -> Iterator[Verdict]:
    """A contact that ends with this message and began in earlier ones of the same person."""
    pieces = recent.numbers(PIECES)
    if batch.signs.n_digits[row]:
        first = spread_phone([texts[number] for number in pieces])
        if first >= 0:
            yield batch.whole(row, CONTACT, "phone, split", 0.85, pieces[first:-1])
            return
    cues = recent.numbers(CUES)
    if cues:
        since = recent.numbers(NEAR, cues[-1])
        if is_spread_id([texts[number] for number in since[1:]]):
            yield batch.whole(row, CONTACT, "messenger id, split", 0.85, since[:-1])
