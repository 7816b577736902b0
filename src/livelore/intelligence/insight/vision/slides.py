"""When another slide is shown."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.vision.picture import N_TILES, Picture
from livelore.intelligence.insight.vision.scrolling import is_scrolled

LEAST = 5
"""Tiles, of 144, that a slide fills at least."""
GONE = 0.5
"""Of what stood on a slide, the share that must be gone before it is another one."""
SETTLED_S = 0.6
SETTLED = 0.75
"""Likeness from look to look of what has settled: an encoder sharpens a new picture for seconds."""
UNSETTLED, UNSETTLED_SHARE = 4, 0.25
"""So long another slide must stand before it is told; so many tiles may move meanwhile, or this
share of the drawn ones."""
MOVING_S, MOVING_MAX_S = 3.0, 4.5
"""Movement in one look after the other, fading, from which a tile is left out, and the most that is
counted; longer than most fades, and what changes and then stands is none."""
CALM_S = 30.0
"""In which the memory of a tile's movement fades to a third."""
KEEP_S = 5.0
"""Between looks at what was added; longer than any fade."""
ADDED = 0.8
"""Likeness over that time of what was added."""


@dataclass
class SlideChanges:
    """Changes of slides in a picture that may have a webcam in it, or be one.

    A slide is another one when at least half of what was drawn on it is gone and something else
    stands there, twice in a row. What is added to it (a bullet, handwriting) makes no other slide,
    nor do a blank, scrolling, a pointer or what keeps moving: tiles that change again and again
    are left out until they have been calm for a while, so a camera's picture gives next to nothing
    to compare. A film on the whole picture is reported where a shot stands still; a cut from
    slides to a camera with a still background counts as a change; scrolling by more than about
    half of the picture between two looks cannot be told from another page.
    """

    _shown: Picture | None = field(default=None, init=False)
    _held: Picture | None = field(default=None, init=False)
    _held_at: float = field(default=0.0, init=False)
    _before: Picture | None = field(default=None, init=False)
    _before_at: float = field(default=0.0, init=False)
    _since: float | None = field(default=None, init=False)
    _settled_at: float = field(default=-np.inf, init=False)
    _moving_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(N_TILES), init=False)
    _moved: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(N_TILES, bool), init=False)

    def see(self, picture: Picture, at: float) -> float | None:
        """When the slide now shown came, as soon as that is sure; else None.

        Args:
            picture: The next one, about half a second after the last.
            at: Its second.
        """
        before, shown = self._before, self._shown
        if before is None or shown is None:
            self._show(picture, at)
            self._before, self._before_at = picture, at
            return None
        moved, gap = picture.moved(before), at - self._before_at
        self._before, self._before_at = picture, at
        if moved.sum() >= LEAST and is_scrolled(before, picture):
            self._settled_at = at
            if self._since is None:
                self._show(picture, at)
            return None
        calm = self._calm(moved, gap)
        if _is_unsettled(before, picture, calm):
            self._settled_at = at
        if not _is_another(shown, picture, calm):
            self._since = None
            self._keep(shown, picture, at)
            return None
        self._since = at if self._since is None else self._since
        if at - max(self._settled_at, self._since) < SETTLED_S:
            return None
        since = self._since
        is_same = is_scrolled(shown, picture)  # too slowly to be seen from look to look
        self._show(picture, at)
        return None if is_same else since

    def _calm(self, moved: NDArray[np.bool_], gap: float) -> NDArray[np.bool_]:
        """Tiles that do not keep moving, this look counted."""
        self._moving_s *= np.exp(-gap / CALM_S)
        again = moved & self._moved
        self._moving_s[again] = np.minimum(self._moving_s[again] + gap, MOVING_MAX_S)
        self._moved = moved
        return self._moving_s < MOVING_S

    def _show(self, picture: Picture, at: float) -> None:
        self._shown = self._held = picture
        self._held_at, self._since = at, None

    def _keep(self, shown: Picture, picture: Picture, at: float) -> None:
        """What was added and has stood for a while belongs to the slide."""
        held = self._held
        if held is None or at - self._held_at < KEEP_S:
            return
        stands = (held.likeness(picture) >= ADDED) | ~(held.drawn | picture.drawn)
        steps = np.where(stands[:, None], picture.steps, shown.steps)
        norms = np.where(stands, picture.norms, shown.norms)
        self._shown = Picture(picture.grey, steps, norms)
        self._held, self._held_at = picture, at


def _is_unsettled(before: Picture, picture: Picture, calm: NDArray[np.bool_]) -> bool:
    n_moved = int((picture.moved(before, SETTLED) & calm).sum())
    return n_moved > max(UNSETTLED, UNSETTLED_SHARE * int((picture.drawn & calm).sum()))


def _is_another(shown: Picture, picture: Picture, calm: NDArray[np.bool_]) -> bool:
    stood, stands = shown.drawn & calm, picture.drawn & calm
    n_stood, n_stands = int(stood.sum()), int(stands.sum())
    if n_stands < LEAST:
        return False
    if n_stood < LEAST:
        return int((stands & ~stood).sum()) >= 2 * LEAST
    n_gone = int((stood & picture.differs(shown)).sum())
    return n_gone >= max(LEAST, GONE * n_stood)
