"""Whether the picture is black, frozen, or just stands still."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.vision.picture import N_TILES, Picture

DARK_MEAN, DARK_LIGHTS, LIGHTS_SHARE = 24.0, 40.0, 0.998
"""Grey levels of a black picture: at most so much in the mean, and so much in all but two
thousandths; white text on black is more."""
ALIKE, STIRS = 0.5, 2
"""Likeness from which a tile is the same, and tiles that may be less alike in a still picture."""
STILL_TIMES, STILL_LEAST, STILL_MOST = 8.0, 20.0, 40.0
"""A picture begins to stand where no tile changes by more than so many times what three quarters of
the tiles stay below, that being so many grey levels at least and at most: an encoder draws a still
picture anew everywhere at once, whoever moves does so in a part of it."""
STANDS_S, STANDS_MOST = 1.0, 48.0
"""After so long it stands until a tile changes by more: key frames of H.264 at 60 kbit/s change a
still picture by up to 42 grey levels; who talks changed more within a second in the films made."""
NOISY = N_TILES * 3 // 4
"""Place, by its change, of the tile that stands for the encoder's own changes."""
ALIVE = 6
"""Tiles, of 144, that must move for a look to show a living source; a pointer moves fewer."""
PAUSE_MAX_S = 3.0
"""Between two looks; after a longer gap nothing is known."""
KNOWN_S = 15.0
"""A source must have been watched for this long before it can be called frozen."""
MEMORY_S = 600.0
"""In which what is known of a source fades to a third."""
QUIET_SHARE, ALIVE_SHARE = 0.4, 0.5
"""Of the time: a source that stands still for more of it may do so; one that lives for less is not
known to live."""
TIMES = 1.5
"""So often the longest stillness ever seen must have passed before a source is frozen."""
FAULT_S = 3.0
"""What was called frozen for longer teaches nothing; a shorter time was a mistake to learn from."""
LIVES_SHARE = 0.1
"""Of the time, in which a tile moves that belongs to what lives, as a camera in the corner."""
MOVES = 3
"""Looks with movement since the last change of slides: from a camera to a slide, all may stand."""


def is_dark(picture: Picture) -> bool:
    """Whether nothing can be seen."""
    grey = picture.grey
    is_dim = float(grey.mean()) <= DARK_MEAN
    return is_dim and float((grey <= DARK_LIGHTS).mean()) >= LIGHTS_SHARE


def _is_alike(picture: Picture, other: Picture, stands: bool) -> bool:
    """Whether nothing moved; more is allowed where the picture ``stands`` already."""
    stirred = picture.stirred(other)
    noise = STILL_TIMES * float(np.partition(stirred, NOISY)[NOISY])
    limit = STANDS_MOST if stands else min(max(noise, STILL_LEAST), STILL_MOST)
    if float(stirred.max()) > limit:
        return False
    return int(picture.moved(other, ALIKE).sum()) <= STIRS


@dataclass
class Stillness:
    """How long the picture has stood, and whether that can be so of this source.

    People and cameras are hardly ever still, a shared screen is for minutes. So what a source does
    when nothing is wrong is learnt: in which share of the time nothing moved, in which much did,
    and its longest stillness; all fade. Frozen is a source that hardly ever stood, and now stands
    more than half as long again as ever. A camera's picture must fill some six of 144 tiles to be
    known as one; of smaller ones, of pointers and of slides it is only said that they stand still.
    Noise alone is no life: an encoder at a low rate takes it away. Nor is a picture that is drawn
    anew at key frames: that changes all of it by a little, who moves changes a part by much.
    """

    frozen_s: float
    _since: float | None = field(default=None, init=False)
    _anchor: Picture | None = field(default=None, init=False)
    _was_frozen: bool = field(default=False, init=False)
    _n_moves: int = field(default=0, init=False)
    _own_moves: deque[float] = field(default_factory=lambda: deque(maxlen=MOVES), init=False)
    _lived_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(N_TILES), init=False)
    _watched_s: float = field(default=0.0, init=False)
    _quiet_s: float = field(default=0.0, init=False)
    _alive_s: float = field(default=0.0, init=False)
    _longest_s: float = field(default=0.0, init=False)
    _before: Picture | None = field(default=None, init=False)
    _before_at: float = field(default=0.0, init=False)

    def see(self, picture: Picture, at: float) -> float | None:
        """Since when the picture has been the same; None: it is not.

        Args:
            picture: The next one.
            at: Its second.
        """
        before, gap = self._before, at - self._before_at
        self._before, self._before_at = picture, at
        if before is None or gap > PAUSE_MAX_S:
            self._since = self._anchor = None
            return None
        anchor = before if self._anchor is None or self._since is None else self._anchor
        stands = self._since is not None and at - self._since >= STANDS_S
        if _is_alike(picture, before, stands) and _is_alike(picture, anchor, stands):
            if self._since is None:
                self._since, self._anchor = at - gap, before
            return self._since
        self._learn(at - gap, gap, picture.moved(before))
        self._since = self._anchor = None
        return None

    def is_frozen(self, at: float) -> bool:
        """Whether it has stood for longer than this source does."""
        if self._since is None or self._watched_s < KNOWN_S or self._n_moves < MOVES:
            return False
        may_stand = self._quiet_s > QUIET_SHARE * self._watched_s
        is_living = self._alive_s >= ALIVE_SHARE * self._watched_s
        long_s = max(self.frozen_s, TIMES * self._longest_s)
        if is_living and not may_stand and at - self._since >= long_s:
            self._was_frozen = True
        return self._was_frozen

    def slide_changed(self, since: float) -> None:
        """What is shown now must first be seen to move.

        Args:
            since: Second of the change, told a little later; what moved meanwhile counts if it
                moved where this source always does.
        """
        self._n_moves = sum(at > since for at in self._own_moves)

    def _learn(self, until: float, gap: float, moved: NDArray[np.bool_]) -> None:
        """A stillness that has ended, and the movement that ended it."""
        stood = 0.0 if self._since is None else until - self._since
        if self._was_frozen and stood > FAULT_S:
            stood = 0.0
        self._was_frozen = False
        was_judged = self._n_moves >= MOVES  # what no rule looked at sets no record
        fade = float(np.exp(-(stood + gap) / MEMORY_S))
        self._n_moves += 1
        strange = moved & (self._lived_s < LIVES_SHARE * self._watched_s)
        if moved.any() and int(strange.sum()) <= STIRS:
            self._own_moves.append(until + gap)
        self._lived_s = self._lived_s * fade + gap * moved
        self._watched_s = self._watched_s * fade + stood + gap
        self._quiet_s = self._quiet_s * fade + stood
        self._alive_s = self._alive_s * fade + (gap if moved.sum() >= ALIVE else 0.0)
        self._longest_s = max(self._longest_s * fade, stood if was_judged else 0.0)
