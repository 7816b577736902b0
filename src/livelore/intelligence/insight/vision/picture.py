"""A frame as the watch sees it: small, grey, in tiles; and how two of them differ."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import FrameInvalid
from livelore.intelligence.insight.library_here import library

WIDTH, HEIGHT = 320, 180
TILE = 20
ROWS, COLUMNS = HEIGHT // TILE, WIDTH // TILE
N_TILES = ROWS * COLUMNS
SIDE_MAX = 16_384
"""Of a frame."""
DRAWN = 5.0
"""Standard deviation of the horizontal steps in a tile, in grey levels, from which something is
drawn there; camera noise stays below."""
SOFT = 5
"""Pixels across which grey levels are averaged before the greatest change is sought."""
LIKE = 0.5
"""Correlation of the steps in a tile below which another thing is drawn there."""
SAME = 0.9
"""The same, below which something moved there: key frames of H.264 at 150 kbit/s take up to 0.05
from a still picture, grey levels up to 5."""


@dataclass(frozen=True)
class Picture:
    """A frame, reduced.

    Attributes:
        grey: Grey levels, uint8, shape (180, 320).
        steps: Left to right differences after a light blur, less the mean of their tile, float32,
            shape (n_tiles, n_pixels). Letters show in them; where lines of text stand does not.
        norms: Root of the mean square of ``steps``, shape (n_tiles,).
    """

    grey: NDArray[np.uint8]
    steps: NDArray[np.float32]
    norms: NDArray[np.float32]

    @classmethod
    def of(cls, frame: NDArray[Any]) -> "Picture":
        """Reduce a frame.

        Args:
            frame: uint8, grey or with three channels in OpenCV's order, shape (height, width[, 3]).

        Raises:
            FrameInvalid: Another kind, too small or too large.
            LibraryMissing: OpenCV is not installed.
        """
        cv2 = library("cv2")
        _check(frame)
        grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        grey = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        smooth = cv2.blur(grey, (3, 3)).astype(np.float32)
        steps = np.zeros_like(smooth)
        steps[:, 1:-1] = smooth[:, 2:] - smooth[:, :-2]
        apart = in_tiles(steps)
        apart -= apart.mean(axis=1, keepdims=True)
        norms = np.sqrt(np.einsum("tp,tp->t", apart, apart) / apart.shape[1])
        return cls(grey, apart, norms)

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Where something is drawn, shape (n_tiles,)."""
        return self.norms > DRAWN

    @cached_property
    def soft(self) -> NDArray[np.uint8]:
        """Grey levels, each the mean of 5 × 5 pixels, shape (180, 320)."""
        return np.asarray(library("cv2").blur(self.grey, (SOFT, SOFT)), np.uint8)

    def stirred(self, other: "Picture") -> NDArray[np.uint8]:
        """The greatest change of `soft` in each tile, in grey levels, shape (n_tiles,)."""
        change = library("cv2").absdiff(self.soft, other.soft)
        return np.asarray(change.reshape(ROWS, TILE, COLUMNS, TILE).max(axis=(1, 3)).ravel())

    def likeness(self, other: "Picture") -> NDArray[np.float32]:
        """Correlation of what is drawn, from -1 to 1, shape (n_tiles,); 0 where nothing is."""
        both = np.maximum(self.norms * other.norms, 1e-3)
        product = np.einsum("tp,tp->t", self.steps, other.steps) / self.steps.shape[1]
        return np.asarray(product / both, np.float32)

    def differs(self, other: "Picture") -> NDArray[np.bool_]:
        """Tiles that show another thing, shape (n_tiles,)."""
        return self.moved(other, LIKE)

    def moved(self, other: "Picture", same: float = SAME) -> NDArray[np.bool_]:
        """Tiles in which something moved, shape (n_tiles,).

        Args:
            other: The picture before.
            same: Likeness from which nothing did; at `SAME` an encoder's own changes are less.
        """
        return (self.drawn | other.drawn) & (self.likeness(other) < same)


def in_tiles(values: NDArray[Any]) -> NDArray[Any]:
    """A copy by tiles, shape (n_tiles, n_pixels)."""
    cut = values.reshape(ROWS, TILE, COLUMNS, TILE).swapaxes(1, 2)
    return np.array(cut.reshape(N_TILES, TILE * TILE))


def _check(frame: NDArray[Any]) -> None:
    shape = frame.shape
    if frame.dtype != np.uint8 or not (frame.ndim == 2 or (frame.ndim == 3 and shape[2] == 3)):
        raise FrameInvalid(detail=f"{frame.dtype} of shape {shape}, not uint8 grey or BGR")
    if not all(16 <= side <= SIDE_MAX for side in shape[:2]):
        raise FrameInvalid(detail=f"{shape[1]} × {shape[0]} pixels: a side is 16 to {SIDE_MAX}")
