"""The mood of a room: the mean feeling of its messages, with an interval, over any stretches.

Messages of one person are alike, so people are drawn, not messages: the interval leaves each one
out once (jackknife of a ratio; Bell and McCaffrey, Survey Methodology, 2002), with Student's t of
as many people as would weigh alike (Kish, 1965). Where too few spoke, that is the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from livelore.intelligence.insight.errors import MessagesInvalid

PEOPLE_MIN = 20
"""Fewer people (or messages, where nobody is known) have no mood in common: below, intervals of
sums so skewed hold less often than they say."""
LEVEL = 0.9


@dataclass(frozen=True)
class Mood:
    """Of one stretch.

    Attributes:
        n_messages: How many.
        n_people: How many wrote them; messages, where nobody is known.
        mean: From -1 to 1; None: too few people.
        low, high: The interval of `LEVEL` around it; None likewise.
    """

    n_messages: int
    n_people: int
    mean: float | None
    low: float | None = None
    high: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether enough people spoke."""
        return self.mean is not None


def mood(scores: ArrayLike, users: ArrayLike | None = None, level: float = LEVEL) -> Mood:
    """Of messages together.

    Args:
        scores: Of each message, from -1 to 1, shape (n_messages,).
        users: A code for each writer, -1: not known, each then a person of their own; None: nobody
            is known.
        level: How often the interval holds, between 0 and 1.
    """
    values = np.asarray(scores, np.float64)
    people = _people(users, len(values))
    return mood_of_sums(np.bincount(people), np.bincount(people, values), level)


def mood_of_sums(counts: ArrayLike, sums: ArrayLike, level: float = LEVEL) -> Mood:
    """The same of what each person wrote, or of each of some random groups of people.

    Args:
        counts: Messages of each, shape (n_people,); who wrote none is left out.
        sums: Their scores added up, shape (n_people,).
        level: How often the interval holds.
    """
    n_of, total_of = np.asarray(counts, np.float64), np.asarray(sums, np.float64)
    wrote = n_of > 0
    n_of, total_of = n_of[wrote], total_of[wrote]
    n_people, n_messages = len(n_of), int(n_of.sum())
    if n_people < PEOPLE_MIN:
        return Mood(n_messages, n_people, None)
    mean = float(total_of.sum() / n_messages)
    shares = n_of / n_messages
    off = (total_of - n_of * mean) / (1 - shares)
    error = np.sqrt((n_people - 1) / n_people * float(off @ off)) / n_messages
    n_effective = 1 / float(shares @ shares)
    reach = float(student.ppf(0.5 + level / 2, max(n_effective - 1, 1))) * error
    return Mood(n_messages, n_people, mean, max(-1.0, mean - reach), min(1.0, mean + reach))


def moods(
    scores: ArrayLike, stretches: ArrayLike, n_stretches: int, users: ArrayLike | None = None
) -> list[Mood]:
    """Of each stretch: a window, a media segment, a slide, a topic.

    Args:
        scores: Shape (n_messages,).
        stretches: Which one each message belongs to, -1: none, shape (n_messages,).
        n_stretches: How many there are.
        users: See `mood`.
    """
    values, places = np.asarray(scores, np.float64), np.asarray(stretches, np.int64)
    order = np.argsort(places, kind="stable")
    cuts = np.searchsorted(places[order], np.arange(n_stretches + 1))
    writers = None if users is None else np.asarray(users)
    return [
        mood(values[rows], None if writers is None else writers[rows])
        for rows in (order[begin:end] for begin, end in pairwise(cuts))
    ]


def stretch_of(at: ArrayLike, begins: Sequence[float]) -> NDArray[np.int64]:
    """Which stretch each time falls into: the last that has begun, -1 before the first.

    Args:
        at: Seconds, shape (n_messages,).
        begins: Ascending: where slides, segments or windows begin, seconds.

    Raises:
        MessagesInvalid: They do not ascend.
    """
    edges = np.asarray(begins, np.float64)
    if (np.diff(edges) < 0).any():
        row = int(np.argmax(np.diff(edges) < 0)) + 1
        raise MessagesInvalid(column="begins", detail=f"number {row} is before the one before it")
    return np.searchsorted(edges, np.asarray(at, np.float64), side="right") - 1


def _people(users: ArrayLike | None, n_messages: int) -> NDArray[np.int64]:
    """Codes from 0 without a gap."""
    if users is None:
        return np.arange(n_messages, dtype=np.int64)
    codes = np.asarray(users, np.int64)
    alone = -2 - np.arange(n_messages, dtype=np.int64)
    return np.unique(np.where(codes < 0, alone, codes), return_inverse=True)[1]
