"""Whether a picture is the one before, moved up or down."""

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.vision.picture import COLUMNS, HEIGHT, ROWS, TILE, WIDTH, Picture

STRIP = 50
"""Lines in the middle of the picture before that are looked for; it may go up or down by 65."""
LEAST_PX = 0.5
FOUND = 0.6
"""Correlation of the strip with where it is found."""
ALIKE = 0.7
"""Of the drawn tiles that both have, the share that must show the same."""
TILES_LEAST = 8


def is_scrolled(before: Picture, picture: Picture) -> bool:
    """Whether what both pictures have is the same, so many lines higher or lower."""
    cv2 = library("cv2")
    top = (HEIGHT - STRIP) // 2
    strip = before.grey[top : top + STRIP]
    found = cv2.matchTemplate(picture.grey, strip, cv2.TM_CCOEFF_NORMED).ravel()
    down = _peak(found) - top
    if abs(down) < LEAST_PX or found.max() < FOUND:
        return False
    move = np.array([[1, 0, 0], [0, 1, down]], np.float64)
    moved = Picture.of(cv2.warpAffine(before.grey, move, (WIDTH, HEIGHT)))
    rows = np.arange(ROWS).repeat(COLUMNS)
    is_in_both = (rows * TILE >= down) & ((rows + 1) * TILE <= HEIGHT + down)
    looked = is_in_both & (moved.drawn | picture.drawn)
    if looked.sum() < TILES_LEAST:
        return False
    return float(picture.differs(moved)[looked].mean()) <= 1 - ALIKE


def _peak(values: NDArray[np.float32]) -> float:
    """Where it is highest, between places: the top of the parabola through three."""
    best = int(values.argmax())
    if not 0 < best < len(values) - 1:
        return float(best)
    left, middle, right = (float(each) for each in values[best - 1 : best + 2])
    bend = left - 2 * middle + right
    return best + (left - right) / (2 * bend) if bend < 0 else float(best)
