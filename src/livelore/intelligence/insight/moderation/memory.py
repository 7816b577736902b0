"""What a moderator remembers: the last messages of each person, who wrote each long text.

Memory is arrays of rings, one row a person or a text, so that most messages cost a look-up and one
compiled pass; only what that pass flags is looked at one by one.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled

RECENT_MAX = 12
"""Messages remembered of one person."""
KEPT, REPEATED, FLOODED, PIECED = 1, 2, 4, 8
"""Flags of a message: its text may be asked for later; the same again; many at once; it may end a
contact that was split."""
SAME, QUICK, PIECES, CUES, NEAR = range(5)
"""Masks over the last messages of a person, the oldest in bit 0."""
N_MASKS = 5
PHONE_DIGITS = 11


class Slots:
    """Numbers from 0 for keys; the key that was silent longest gives its number to a new one.

    Args:
        most: Keys that are told apart.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: OrderedDict[int, int] = OrderedDict()

    def take(self, keys: Iterable[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The number of each key in turn, and whether the key is new; one each."""
        of = self._of
        slots: list[int] = []
        fresh: list[bool] = []
        for key in keys:
            slot = of.get(key)
            fresh.append(slot is None)
            if slot is None:
                slot = len(of) if len(of) < self._most else of.popitem(last=False)[1]
                of[key] = slot
            else:
                of.move_to_end(key)
            slots.append(slot)
        return np.array(slots, np.int64), np.array(fresh, np.bool_)


def people_rings(n_most: int) -> tuple[NDArray[Any], ...]:
    """Number, time, hash of the text, digits and cue of the last messages; and how many came.

    Pages of the arrays take memory only where somebody wrote.
    """
    shape = (n_most, RECENT_MAX)
    types = (np.int64, np.float64, np.uint64, np.int64, np.bool_)
    return (*(np.empty(shape, each) for each in types), np.zeros(n_most, np.int64))


def text_rings(n_most: int, n_recent: int) -> tuple[NDArray[Any], ...]:
    """Time and writer of the last messages of a text; and how many came."""
    shape = (n_most, n_recent)
    return np.empty(shape, np.float64), np.empty(shape, np.int64), np.zeros(n_most, np.int64)


@compiled
def recall(batch: Any, rings: Any, limits: Any, flags: Any, masks: Any, earlier: Any) -> None:
    """Remember the messages of known people and flag what must be looked at.

    Args:
        batch: Rows of the messages, slots of people, whether they are new, and of all messages
            number, time, hash of the text, digits, cue, length, whether a rule minds it.
        rings: `people_rings`.
        limits: Repeats, flood (0: not judged), seconds of the window, of flood, of what is split.
        flags: Of all messages, written.
        masks: Shape (n_messages, N_MASKS), written where the person is known.
        earlier: Numbers of the last messages, shape (n_messages, RECENT_MAX), written there too.
    """
    rows, slots, fresh, numbers, at, keys, n_digits, cues, lengths, minded = batch
    repeats, flood, window_s, flood_s, split_s = limits
    counts = np.empty(3, np.int64)
    for each in range(len(rows)):
        row, slot = rows[each], slots[each]
        said = numbers[row], at[row], keys[row], n_digits[row], cues[row]
        size = _store(rings, slot, fresh[each], said)
        out = counts, masks[row], earlier[row]
        has_cue = _look_back(rings, slot, size, (window_s, flood_s, split_s), out)
        flag: Any = KEPT if n_digits[row] or has_cue else 0
        if size > 1 and counts[0] >= repeats and lengths[row]:
            flag |= REPEATED
        if size > 1 and flood and counts[1] > flood:
            flag |= FLOODED
        is_piece = n_digits[row] > 0 and counts[2] >= PHONE_DIGITS
        if size > 1 and not minded[row] and (is_piece or masks[row, CUES] > 0):
            flag |= PIECED
        flags[row] = flag


@compiled
def _store(rings: Any, slot: int, is_new: bool, said: Any) -> Any:
    """Put one message on a ring; gives how many the person has written."""
    numbers, at, keys, digits, cues, sizes = rings
    if is_new:
        sizes[slot] = 0
    place = sizes[slot] % RECENT_MAX
    numbers[slot, place], at[slot, place], keys[slot, place] = said[0], said[1], said[2]
    digits[slot, place], cues[slot, place] = said[3], said[4]
    sizes[slot] += 1
    return sizes[slot]


@compiled
def _look_back(rings: Any, slot: int, size: int, spans_s: Any, out: Any) -> bool:
    """Whether there is a cue among a person's last messages.

    Written are counts (the same, quick, digits), masks and numbers of these messages.
    """
    numbers, at, keys, digits, cues, _ = rings
    counts, masks, earlier = out
    n = min(size, RECENT_MAX)
    last = (size - 1) % RECENT_MAX
    now, key = at[slot, last], keys[slot, last]
    counts[:] = 0
    masks[:] = 0
    has_cue = False
    for each in range(n):
        place = (size - n + each) % RECENT_MAX
        ago, bit = now - at[slot, place], 1 << each
        earlier[each] = numbers[slot, place]
        has_cue = has_cue or cues[slot, place]
        if keys[slot, place] == key and ago <= spans_s[0]:
            counts[0] += 1
            masks[SAME] |= bit
        if ago <= spans_s[1]:
            counts[1] += 1
            masks[QUICK] |= bit
        if ago <= spans_s[2]:
            counts[2] += digits[slot, place]
            masks[NEAR] |= bit
            masks[PIECES] |= bit * (digits[slot, place] > 0)
            masks[CUES] |= bit * (cues[slot, place] and each < n - 1)
    return has_cue


@compiled
def crowded(batch: Any, rings: Any, n_people: int, window_s: float, flags: Any) -> None:
    """Flag long texts that so many people wrote within so many seconds.

    Args:
        batch: Rows of the messages, slots of texts, whether they are new; of all messages time and
            writer.
        rings: `text_rings`.
        n_people: At least.
        window_s: Seconds.
        flags: Of all messages, written.
    """
    rows, slots, fresh, at, users = batch
    ring_at, ring_users, sizes = rings
    n_most = ring_at.shape[1]
    for each in range(len(rows)):
        row, slot = rows[each], slots[each]
        size: Any = 0 if fresh[each] else sizes[slot]
        ring_at[slot, size % n_most], ring_users[slot, size % n_most] = at[row], users[row]
        size += 1
        sizes[slot] = size
        n_told = 0
        for one in range(min(size, n_most)):
            is_new = at[row] - ring_at[slot, one] <= window_s
            for other in range(one):
                is_late = at[row] - ring_at[slot, other] <= window_s
                if is_late and ring_users[slot, other] == ring_users[slot, one]:
                    is_new = False
            n_told += is_new
        flags[row] = n_told >= n_people
