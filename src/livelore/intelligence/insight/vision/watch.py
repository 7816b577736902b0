"""The watch over one picture: frames in, what is seen out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import FrameInvalid
from livelore.intelligence.insight.vision.picture import Picture
from livelore.intelligence.insight.vision.seen import BLACK, FROZEN, SLIDE, STILL, Seen
from livelore.intelligence.insight.vision.slides import SlideChanges
from livelore.intelligence.insight.vision.standing import Stillness, is_dark

EVERY_S = 0.25
"""Frames that come sooner after the last one looked at are passed over."""


@dataclass
class PictureWatch:
    """Watches one stream or recording; about 1 MB, however long it runs.

    Args:
        black_s: Seconds of black from which it is told.
        frozen_s: Seconds of the same picture, at least, before a source that always moved is
            called frozen.
        still_s: Seconds after which it is told that a picture stands still, where that says
            nothing about the source.
    """

    black_s: float = 1.0
    frozen_s: float = 1.3
    still_s: float = 30.0
    _slides: SlideChanges = field(default_factory=SlideChanges, init=False)
    _stillness: Stillness = field(init=False)
    _dark_since: float | None = field(default=None, init=False)
    _open: dict[str, float] = field(default_factory=dict[str, float], init=False)
    _last: float = field(default=-np.inf, init=False)

    def __post_init__(self) -> None:
        self._stillness = Stillness(self.frozen_s)

    def see(self, frame: NDArray[Any], at: float) -> tuple[Seen, ...]:
        """Look at the next frame; three a second are enough, more are passed over.

        Args:
            frame: uint8, grey or BGR, shape (height, width[, 3]).
            at: Its second, later than the last.

        Raises:
            FrameInvalid: No such array, or time stands still or goes back.
            LibraryMissing: OpenCV is not installed.
        """
        if not np.isfinite(at) or at < self._last:
            raise FrameInvalid(detail=f"second {at} comes after {self._last}")
        if at - self._last < EVERY_S:
            return ()
        picture = Picture.of(frame)
        self._last = at
        found = [*self._black(picture, at)]
        if self._dark_since is None:
            since = self._slides.see(picture, at)
            if since is not None:
                found.append(Seen(SLIDE, since, at))
                self._stillness.slide_changed(since)
        return (*found, *self._standing(picture, at))

    def all_of(self, frames: Iterable[tuple[float, NDArray[Any]]]) -> Iterator[Seen]:
        """The same of many frames with their seconds, as they come."""
        for at, frame in frames:
            yield from self.see(frame, at)

    def _black(self, picture: Picture, at: float) -> Iterator[Seen]:
        if not is_dark(picture):
            self._dark_since = None
            yield from self._ended((BLACK,), at)
            return
        self._dark_since = at if self._dark_since is None else self._dark_since
        if at - self._dark_since >= self.black_s:
            yield from self._began(BLACK, self._dark_since, at)

    def _standing(self, picture: Picture, at: float) -> Iterator[Seen]:
        since = self._stillness.see(picture, at)
        if since is None or self._dark_since is not None:
            yield from self._ended((FROZEN, STILL), at)
        elif FROZEN in self._open:
            return
        elif self._stillness.is_frozen(at):
            yield from self._ended((STILL,), at)
            yield from self._began(FROZEN, since, at)
        elif at - since >= self.still_s:
            yield from self._began(STILL, since, at)

    def _began(self, kind: str, since: float, at: float) -> Iterator[Seen]:
        if kind not in self._open:
            self._open[kind] = since
            yield Seen(kind, since, at)

    def _ended(self, kinds: tuple[str, ...], at: float) -> Iterator[Seen]:
        for kind in kinds:
            if self._open.pop(kind, None) is not None:
                yield Seen(kind, at, at, is_over=True)
