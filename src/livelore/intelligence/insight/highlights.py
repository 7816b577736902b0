"""The high-energy curve (高能进度条) of a live, and its highlights."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages

BIN_S = 2.0
"""Width of a bin of the curve."""
BASELINE_S = 600.0
"""Of the past from which the usual rate and its spread are taken."""
SMOOTH_S = 8.0
"""Standard deviation of the smoothing of the curve."""
APART_S = 45.0
"""Two highlights are at least this far apart; the higher stays."""
REACTION_S = 5.0
"""From a moment to its messages, as people must type."""
LENGTH_MAX_S = 90.0
TEXTS_MAX = 20
"""Different texts that are counted in one bin."""
HALF = 0.5
"""A highlight lasts while the curve is above this share of its peak."""
OF_WHOLE = 0.25
"""A usual rate counts as at least this share of the median of the whole live."""
BINS_MAX = 7 * 24 * 1800
"""A week; a live that is longer is refused."""


@dataclass(frozen=True)
class Highlight:
    """A moment when much was written.

    Attributes:
        begin, end: Seconds, reaction time taken off.
        peak_at: Of the curve, reaction time taken off.
        energy: How far above the usual, in robust standard deviations.
        n_messages: Written in it.
        texts: The most frequent of them, three at most: the reasons.
    """

    begin: float
    end: float
    peak_at: float
    energy: float
    n_messages: int
    texts: tuple[str, ...] = ()


@dataclass
class HighlightCurve:
    """Takes messages in order of time, many or one at a time, with the same result.

    A message adds its weight; the n-th of one viewer within a bin adds one n-th. The energy
    of a bin is its rate above the median of the ten minutes before and around it, in units of the
    median absolute deviation, but at least the spread that a Poisson rate would have.

    Args:
        weight: Of each message, as an array for a batch: intensity of feeling, gifts; None: 1.
        reaction_s: Taken off all times.
    """

    weight: Callable[[Messages], NDArray[np.float64]] | None = None
    reaction_s: float = REACTION_S
    began: float = field(default=math.nan, init=False)

    def __post_init__(self) -> None:
        self._bins: list[float] = []
        self._counts: list[int] = []
        self._texts: list[dict[str, int]] = []
        self._of_user: dict[int, int] = {}
        self._now = -math.inf

    def add(self, messages: Messages) -> None:
        """Count.

        Raises:
            MessagesInvalid: There are no times, they go back, or the live is over a week long.
        """
        if not len(messages):
            return
        at = messages.at
        if at is None or at[0] < self._now:
            raise MessagesInvalid(column="at", detail="times that go forward are needed")
        if math.isnan(self.began):
            self.began = float(at[0])
        if at[-1] - self.began > BINS_MAX * BIN_S:
            raise MessagesInvalid(column="at", detail="more than a week from first to last")
        weights = np.ones(len(messages)) if self.weight is None else self.weight(messages)
        places = ((at - self.began) / BIN_S).astype(np.int64).tolist()
        users = [-1] * len(messages) if messages.users is None else messages.users.tolist()
        texts = messages.folded_texts
        for place, weight, user, text in zip(places, weights.tolist(), users, texts, strict=True):
            self._count(place, weight, user, text)
        self._now = float(at[-1])

    def _count(self, place: int, weight: float, user: int, text: str) -> None:
        if place >= len(self._bins):
            new = place + 1 - len(self._bins)
            self._bins.extend([0.0] * new)
            self._counts.extend([0] * new)
            self._texts.extend({} for _ in range(new))
            self._of_user = {}
        n = 1
        if user >= 0:
            n = self._of_user[user] = self._of_user.get(user, 0) + 1
        self._bins[place] += weight / n
        self._counts[place] += 1
        held = self._texts[place]
        if text in held:
            held[text] += 1
        elif len(held) < TEXTS_MAX:
            held[text] = 1

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Middles of bins, reaction time taken off, not before the first message, and their energy.

        Returns:
            Both of shape (n_bins,).
        """
        rates = _smoothed(np.array(self._bins))
        at: NDArray[np.float64] = (
            self.began + BIN_S * (np.arange(len(rates), dtype=np.float64) + 0.5) - self.reaction_s
        )
        return np.maximum(at, self.began), _energy(rates)

    def highlights(self, k: int = 5) -> list[Highlight]:
        """The k highest peaks, highest first, none within `APART_S` of a higher one."""
        at, energy = self.curve()
        if not len(at):
            return []
        found: list[int] = []
        for place in np.argsort(-energy, kind="stable").tolist():
            if energy[place] <= 0 or len(found) == k:
                break
            if all(abs(place - each) * BIN_S >= APART_S for each in found):
                found.append(place)
        return [self._highlight(each, at, energy) for each in found]

    def _highlight(self, peak: int, at: Any, energy: Any) -> Highlight:
        floor, most = HALF * energy[peak], int(LENGTH_MAX_S / 2 / BIN_S)
        first = last = peak
        while first > 0 and energy[first - 1] >= floor and peak - first < most:
            first -= 1
        while last + 1 < len(energy) and energy[last + 1] >= floor and last - peak < most:
            last += 1
        counts: dict[str, int] = {}
        for held in self._texts[first : last + 1]:
            for text, n in held.items():
                counts[text] = counts.get(text, 0) + n
        texts = sorted(counts, key=lambda each: (-counts[each], each))[:3]
        return Highlight(
            begin=max(float(at[first] - BIN_S / 2), self.began),
            end=float(at[last] + BIN_S / 2),
            peak_at=float(at[peak]),
            energy=round(float(energy[peak]), 3),
            n_messages=sum(self._counts[first : last + 1]),
            texts=tuple(texts),
        )


def _middle(values: NDArray[np.float64]) -> float:
    """The median, without what `np.median` looks for in any array."""
    half = len(values) // 2
    parted = np.partition(values, half)
    upper = float(parted[half])
    return upper if len(values) % 2 else (float(parted[:half].max()) + upper) / 2


def _smoothed(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    width = SMOOTH_S / BIN_S / 2
    steps = np.arange(-math.ceil(3 * width), math.ceil(3 * width) + 1)
    kernel = np.exp(-0.5 * (steps / width) ** 2)
    if not len(rates):
        return rates
    # divided by what of the kernel lies inside, so that ends are not low
    inside = np.convolve(
        np.ones(len(rates)), kernel, "same" if len(rates) >= len(kernel) else "full"
    )
    summed = np.convolve(rates, kernel, "same" if len(rates) >= len(kernel) else "full")
    left = (len(summed) - len(rates)) // 2
    return (summed / inside)[left : left + len(rates)]


def _energy(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Above the running median, in running median absolute deviations."""
    n, half = len(rates), int(BASELINE_S / BIN_S / 2)
    found = np.empty(n)
    # a whisper in the night is no highlight: the rate of the whole live counts too
    whole = OF_WHOLE * float(np.median(rates)) if n else 0.0
    step = max(1, int(20 / BIN_S))  # the baseline moves slowly: one each twenty seconds
    for begin in range(0, n, step):
        near = rates[max(0, begin - half) : begin + half + 1]
        usual = _middle(near)
        spread = 1.4826 * _middle(np.abs(near - usual))
        # smoothing takes the noise of a Poisson rate down by the width of its kernel
        least = math.sqrt(max(usual, whole, 0.1) / (SMOOTH_S / BIN_S * math.sqrt(math.pi)))
        found[begin : begin + step] = (rates[begin : begin + step] - usual) / max(spread, least)
    return np.maximum(found, 0)
