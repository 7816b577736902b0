"""Whether anything is heard."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import FrameInvalid
from livelore.intelligence.insight.vision.seen import SILENCE, Seen

PART_S = 0.05
"""Of sound, whose level is taken."""
KINDS_OF_SOUND = ("int16", "float32", "float64")


@dataclass
class SilenceWatch:
    """Silence in one channel of sound that comes in pieces of any length.

    A pause between sentences is none, and neither is a quiet room with its hum: a microphone that
    is cut off, or muted, is some 30 dB below that.

    Args:
        rate: Samples a second.
        below_db: Level that counts as silence, decibels below full scale.
        silence_s: Seconds of it from which it is told.
    """

    rate: int
    below_db: float = -60.0
    silence_s: float = 1.5
    _rest: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros(0, np.float32), init=False, repr=False
    )
    _n_parts: int = field(default=0, init=False)
    _since: float | None = field(default=None, init=False)
    _is_told: bool = field(default=False, init=False)

    def hear(self, samples: NDArray[Any]) -> tuple[Seen, ...]:
        """The next piece.

        Args:
            samples: int16, or float in [-1, 1], shape (n_samples,).

        Raises:
            FrameInvalid: Another kind of array.
        """
        size = max(1, round(self.rate * PART_S))
        sound = np.concatenate((self._rest, _levels(samples)))
        n_parts = len(sound) // size
        parts = sound[: n_parts * size].reshape(n_parts, size)
        self._rest = sound[n_parts * size :]
        is_silent = np.sqrt(np.square(parts).mean(axis=1)) < 10 ** (self.below_db / 20)
        return tuple(each for one in is_silent.tolist() for each in self._part(one, size))

    def all_of(self, pieces: Iterable[NDArray[Any]]) -> Iterator[Seen]:
        """The same of many pieces, as they come."""
        for samples in pieces:
            yield from self.hear(samples)

    def _part(self, is_silent: bool, size: int) -> Iterator[Seen]:
        begin, end = (n * size / self.rate for n in (self._n_parts, self._n_parts + 1))
        self._n_parts += 1
        if not is_silent:
            self._since = None
            if self._is_told:
                self._is_told = False
                yield Seen(SILENCE, begin, end, is_over=True)
            return
        self._since = begin if self._since is None else self._since
        if not self._is_told and end - self._since >= self.silence_s:
            self._is_told = True
            yield Seen(SILENCE, self._since, end)


def _levels(samples: NDArray[Any]) -> NDArray[np.float32]:
    if samples.ndim != 1 or samples.dtype.name not in KINDS_OF_SOUND:
        raise FrameInvalid(detail=f"sound of {samples.dtype}, shape {samples.shape}")
    scale = 32768.0 if samples.dtype == np.int16 else 1.0
    return np.nan_to_num(samples.astype(np.float32) / scale)
