"""Films of lectures in which it is known when what happens, drawn by OpenCV, encoded by ffmpeg."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 640, 360, 10
Image = NDArray[np.uint8]
LETTERS = list("abcdefghijklmnopqrstuvwxyz")


def word(rng: np.random.Generator) -> str:
    return "".join(rng.choice(LETTERS, rng.integers(2, 10)))


def written(image: Any, lines: list[str], top: int, size: float, ink: tuple[int, ...]) -> None:
    for number, line in enumerate(lines):
        at = (40, top + round(number * size * 46))
        cv2.putText(image, line, at, cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)


def slide(seed: int, *, is_dark: bool = False, n_lines: int | None = None) -> Image:
    """A title, lines of words, on every third a figure; the same foot on all."""
    rng = np.random.default_rng([7, seed])
    paper, ink = ((40, 30, 30), (230, 230, 230)) if is_dark else ((250, 250, 250), (40, 30, 30))
    image = np.full((HEIGHT, WIDTH, 3), paper, np.uint8)
    written(image, [" ".join(word(rng) for _ in range(3))], 50, 1.0, ink)
    n = int(rng.integers(3, 8)) if n_lines is None else n_lines
    written(image, [" ".join(word(rng) for _ in range(6)) for _ in range(n)], 105, 0.6, ink)
    if seed % 3 == 0:
        points = rng.integers((380, 120), (600, 300), (8, 2)).astype(np.int32)
        cv2.polylines(image, [points], True, (180, 90, 30), 3, cv2.LINE_AA)
    written(image, ["course 101 . school of made lectures"], 345, 0.45, ink)
    return image


def page(seed: int, height: int = 1500) -> Image:
    """A long text, to be scrolled."""
    rng = np.random.default_rng([8, seed])
    image = np.full((height, WIDTH, 3), 250, np.uint8)
    lines = [" ".join(word(rng) for _ in range(rng.integers(3, 8))) for _ in range(height // 25)]
    written(image, lines, 30, 0.54, (40, 30, 30))
    return image


def shelf(seed: int) -> Image:
    """A room with books behind whoever speaks."""
    rng = np.random.default_rng([9, seed])
    image = np.full((HEIGHT, WIDTH, 3), (120, 140, 150), np.uint8)
    for left in range(0, WIDTH, 18):
        top = int(rng.integers(20, 60))
        ink = tuple(int(each) for each in rng.integers(30, 200, 3))
        cv2.rectangle(image, (left, top), (left + 15, 130), ink, -1)
    return image


def speaker(image: Image, t: float, corner: bool) -> None:
    """Somebody who sways, nods and talks, in a corner or in front of everything."""
    middle, scale = ((WIDTH - 70, HEIGHT - 60), 0.32) if corner else ((WIDTH // 2, 210), 1.0)
    if corner:
        image[HEIGHT - 120 :, WIDTH - 150 :] = (110, 130, 120)
    x = middle[0] + scale * (30 * np.sin(0.9 * t) + 40 * np.sin(0.23 * t) + 9 * np.sin(5.1 * t))
    y = middle[1] + scale * (12 * np.sin(1.7 * t) + 6 * np.sin(4.3 * t))

    def spot(dx: float, dy: float, size: tuple[float, float], ink: tuple[int, ...]) -> None:
        at = (round(x + dx * scale), round(y + dy * scale))
        axes = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
        cv2.ellipse(image, at, axes, 0, 0, 360, ink, -1, cv2.LINE_AA)

    spot(0, 150, (130, 90), (140, 90, 50))
    spot(0, 0, (62, 80), (150, 180, 225))
    spot(0, -55, (64, 40), (30, 40, 50))
    for side in (-24, 24):
        spot(side, -8, (9, 5 if t % 3.1 > 0.2 else 1), (30, 20, 20))
    spot(0, 38, (20, 3 + 9 * abs(np.sin(9 * t))), (60, 50, 140))


@dataclass
class Film:
    """A schedule of pictures and what lies over them.

    Attributes:
        shots: Seconds and what is shown from there: an image, a page to scroll, or a speaker.
        length_s: Of all.
        fade_s: From one to the next.
        corner: Whether a speaker sits in the corner.
        noise: Standard deviation of the camera's noise, in grey levels.
        pointer: Whether one moves about.
        frozen, black: From second to second.
    """

    shots: list[tuple[float, Any]]
    length_s: float
    fade_s: float = 0.0
    corner: bool = False
    noise: float = 0.0
    pointer: bool = False
    frozen: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    black: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    @property
    def changes(self) -> list[float]:
        """Seconds at which another slide begins to be seen."""
        return [at for at, _ in self.shots[1:]]

    def frame(self, t: float) -> Image:
        for begin, end in self.frozen:
            t = begin if begin <= t < end else t
        if any(begin <= t < end for begin, end in self.black):
            return np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        image = self._shown(t)
        if self.corner:
            speaker(image, t, True)
        if self.pointer:
            tip = (round(300 + 250 * np.sin(0.7 * t)), round(180 + 130 * np.cos(1.1 * t)))
            cv2.arrowedLine(image, (tip[0] + 9, tip[1] + 14), tip, (0, 0, 0), 2, tipLength=0.6)
        if self.noise:
            rng = np.random.default_rng(round(t * 1000))
            noisy = image + rng.normal(0, self.noise, (HEIGHT, WIDTH, 1))
            image = noisy.clip(0, 255).astype(np.uint8)
        return image

    def _shown(self, t: float) -> Image:
        number = max(n for n, (begin, _) in enumerate(self.shots) if begin <= t or n == 0)
        begin, what = self.shots[number]
        image = drawn(what, t - begin)
        share = (t - begin) / self.fade_s if self.fade_s and number else 1.0
        if share >= 1:
            return image
        last = drawn(self.shots[number - 1][1], t - self.shots[number - 1][0])
        return cv2.addWeighted(image, share, last, 1 - share, 0).astype(np.uint8)

    def frames(self) -> Iterator[tuple[float, Image]]:
        for number in range(round(self.length_s * FPS)):
            yield number / FPS, self.frame(number / FPS)


@dataclass(frozen=True)
class Talking:
    """Somebody speaks in front of a room."""

    room: Image


@dataclass(frozen=True)
class Scrolled:
    """A page that is read, so many pixels a second, with rests."""

    page: Image
    speed: float


def drawn(what: Any, t: float) -> Image:
    if isinstance(what, Talking):
        image = what.room.copy()
        speaker(image, t, False)
        return image
    if isinstance(what, Scrolled):
        moved = t - np.sin(t) if what.speed < 100 else t  # smooth: slow and quick in turn
        top = round(min(what.speed * moved, what.page.shape[0] - HEIGHT))
        return what.page[top : top + HEIGHT].copy()
    return np.array(what)


def encoded(film: Film, path: Path, kbps: int = 150, gop_s: float = 2.0) -> Path:
    """The film as H.264 at a low rate, as a stream would be."""
    command = [
        *("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"),
        *("-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-", "-c:v", "libx264"),
        *("-preset", "superfast", "-tune", "zerolatency", "-threads", "1", "-b:v", f"{kbps}k"),
        *("-maxrate", f"{kbps}k", "-bufsize", f"{kbps}k", "-g", str(round(gop_s * FPS))),
        *("-pix_fmt", "yuv420p", str(path)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for _, frame in film.frames():
            process.stdin.write(frame.tobytes())
        process.stdin.close()
    assert process.returncode == 0
    return path
