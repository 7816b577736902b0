"""Draws the blackboard of the lecture clip; see make_lecture_clip.py.

Everything is drawn at twice the size and shrunk, which smooths the edges.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT, SCALE = 1280, 720, 2
CREAM, MINT, BRASS, CINNABAR = (234, 245, 239), (143, 227, 196), (237, 176, 44), (240, 138, 112)
SKIN, HAIR, SHIRT, FRAME = (233, 182, 143), (42, 33, 30), (47, 93, 140), (34, 48, 43)
NOTO = Path("/usr/share/fonts/opentype/noto")
LIBERATION = Path("/usr/share/fonts/truetype/liberation")
FONTS = {
    "title": (NOTO / "NotoSerifCJK-Bold.ttc", 2),
    "text": (NOTO / "NotoSansCJK-Regular.ttc", 2),
    "bold": (NOTO / "NotoSansCJK-Bold.ttc", 2),
    "math": (LIBERATION / "LiberationSerif-Italic.ttf", 0),
    "upright": (LIBERATION / "LiberationSerif-Regular.ttf", 0),
}
Color = tuple[int, int, int]
Point = tuple[float, float]


@lru_cache
def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    """A font by its use, at the drawing scale."""
    path, index = FONTS[name]
    return ImageFont.truetype(str(path), round(size * SCALE), index=index)


@lru_cache(maxsize=1)
def board() -> Image.Image:
    """The empty board: dark green, lighter at the upper left, with faint traces of the eraser."""
    base = Image.new("RGB", (64, 36))
    for x in range(64):
        for y in range(36):
            far = (x / 63 * 0.55 + y / 35 * 0.45) ** 0.9
            base.putpixel(
                (x, y), tuple(round(a + (b - a) * far) for a, b in ((22, 10), (82, 44), (64, 35)))
            )
    image = base.resize((WIDTH * SCALE, HEIGHT * SCALE), Image.Resampling.BICUBIC)
    traces = Image.new("L", image.size)
    pen = ImageDraw.Draw(traces)
    for x0, y0, x1, y1 in ((640, 220, 1220, 110), (110, 640, 560, 560), (820, 650, 1230, 600)):
        line = [(x0 * SCALE, y0 * SCALE), (x1 * SCALE, y1 * SCALE)]
        pen.line(line, fill=15, width=50 * SCALE)
        for x, y in line:
            r = 25 * SCALE
            pen.ellipse((x - r, y - r, x + r, y + r), fill=15)
    traces = traces.filter(ImageFilter.GaussianBlur(4))
    image.paste(CREAM, mask=traces)
    return image


class Board:
    """One frame being drawn, in coordinates of the finished picture."""

    def __init__(self) -> None:
        self.image = board().copy()
        self._layer: Image.Image | None = None

    def finish(self) -> Image.Image:
        """The frame at its final size."""
        return self.image.reduce(SCALE)

    def line(self, points: Sequence[Point], color: Color, width: float, alpha: float = 1.0) -> None:
        """A chalk line with round ends and joints."""
        if len(points) < 2 or alpha <= 0:
            return
        pen = ImageDraw.Draw(self.image, "RGBA")
        fill = (*color, round(255 * min(alpha, 1)))
        outline = [(x * SCALE, y * SCALE) for x, y in ribbon(points, width / 2)]
        pen.polygon(outline, fill=fill)
        if alpha >= 1:
            for x, y in (points[0], points[-1]):
                self.disc((x, y), width / 2, color)

    def shape(self, points: Sequence[Point], color: Color, alpha: float = 1.0) -> None:
        """A filled outline."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        ImageDraw.Draw(self.image, "RGBA").polygon(scaled, fill=(*color, round(255 * alpha)))

    def disc(self, at: Point, radius: float, color: Color, width: float = 0.0) -> None:
        """A disc, or a ring of some width."""
        x, y, r = at[0] * SCALE, at[1] * SCALE, radius * SCALE
        pen = ImageDraw.Draw(self.image, "RGBA")
        if width:
            pen.ellipse((x - r, y - r, x + r, y + r), outline=color, width=round(width * SCALE))
        else:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=color)

    def panel(self, corners: tuple[float, float, float, float], color: Color, alpha: float) -> None:
        """A rounded plate."""
        box = tuple(round(c * SCALE) for c in corners)
        pen = ImageDraw.Draw(self.image, "RGBA")
        pen.rounded_rectangle(box, 10 * SCALE, fill=(*color, round(255 * alpha)))

    def text(
        self,
        at: Point,
        words: str,
        style: tuple[str, float, Color],
        alpha: float = 1.0,
        anchor: str = "ls",
    ) -> float:
        """Words from ``at`` on; gives the x behind them."""
        name, size, color = style
        face = font(name, size)
        if alpha > 0:
            pen = ImageDraw.Draw(self.image, "RGBA")
            fill = (*color, round(255 * min(alpha, 1)))
            pen.text((at[0] * SCALE, at[1] * SCALE), words, fill=fill, font=face, anchor=anchor)
        return at[0] + face.getlength(words) / SCALE

    def run(
        self,
        at: Point,
        pieces: Sequence[tuple[str, str, float, float]],
        color: Color,
        alpha: float = 1.0,
    ) -> float:
        """Pieces of a formula: words, font, size and how far below the line."""
        x, y = at
        for words, name, size, drop in pieces:
            x = self.text((x, y + drop), words, (name, size, color), alpha)
        return x


def ribbon(points: Sequence[Point], half: float) -> list[Point]:
    """The outline of a line: its left side forth, its right side back."""
    left: list[Point] = []
    right: list[Point] = []
    for i, (x, y) in enumerate(points):
        before, after = points[max(i - 1, 0)], points[min(i + 1, len(points) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        size = math.hypot(dx, dy) or 1.0
        nx, ny = -dy / size * half, dx / size * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


def curve(path: str, at: Point, scale: float) -> list[Point]:
    """The points of an outline given in the letters of an SVG path (absolute M, L, C, Q)."""
    words = path.replace(",", " ").split()
    points: list[Point] = []
    sizes = {"M": 1, "L": 1, "Q": 2, "C": 3}
    i = 0
    letter = "M"
    while i < len(words):
        if words[i] in sizes:
            letter = words[i]
            i += 1
        given = [
            (float(words[i + 2 * k]), float(words[i + 2 * k + 1])) for k in range(sizes[letter])
        ]
        i += 2 * sizes[letter]
        if letter in "ML":
            points += given
        else:
            points += _bezier([points[-1], *given])
    return [(at[0] + x * scale, at[1] + y * scale) for x, y in points]


def _bezier(knots: list[Point], steps: int = 14) -> list[Point]:
    found: list[Point] = []
    for step in range(1, steps + 1):
        t, level = step / steps, knots
        while len(level) > 1:
            level = [
                (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(level)
            ]
        found += level
    return found


def teacher(pad: Board, tip: Point, mouth: float, is_blinking: bool) -> None:
    """The teacher at the lower right, pointing at ``tip``; ``mouth`` is how far it is open."""
    at, k = (1120.0, 726.0), 1.72
    pad.shape(
        curve("M -66 0 C -66 -44 -40 -54 -14 -58 L 14 -58 C 40 -54 66 -44 66 0", at, k), SHIRT
    )
    pad.shape(curve("M -13 -84 L 13 -84 L 13 -60 C 13 -48 -13 -48 -13 -60", at, k), SKIN)
    pad.shape(curve("M -13 -74 Q 0 -64 13 -74 L 13 -66 Q 0 -58 -13 -66", at, k), (0, 0, 0), 0.12)
    pad.shape(
        curve(
            "M -29 -112 C -29 -140 29 -140 29 -112 "
            "C 29 -84 16 -68 0 -68 C -16 -68 -29 -84 -29 -112",
            at,
            k,
        ),
        SKIN,
    )
    pad.shape(
        curve(
            "M -31 -118 C -36 -158 36 -158 31 -116 "
            "C 26 -132 10 -137 -6 -134 C -18 -133 -27 -128 -31 -118",
            at,
            k,
        ),
        HAIR,
    )
    for x in (-12.5, 12.5):
        eye = (at[0] + x * k, at[1] - 98 * k)
        pad.disc(eye, 9 * k, FRAME, 2.4 * k)
        if is_blinking:
            pad.line([(eye[0] - 4, eye[1]), (eye[0] + 4, eye[1])], FRAME, 2.5)
        else:
            pad.disc(eye, 2.7 * k, FRAME)
    pad.line(curve("M -4 -99 L 4 -99", at, k), FRAME, 2.4 * k)
    if mouth > 0.15:
        pad.shape(
            curve(f"M -7 -81 Q 0 -80 7 -81 Q 0 {-79 + 9 * mouth} -7 -81", at, k), (110, 48, 40)
        )
    else:
        pad.line(curve("M -7 -81 Q 0 -76 7 -81", at, k), (122, 59, 42), 2.4 * k)
    _arm(pad, (at[0] - 52 * k, at[1] - 24 * k), tip, k)


def _arm(pad: Board, shoulder: Point, tip: Point, k: float) -> None:
    away = math.dist(shoulder, tip)
    reach = min(max(away - 90, 60), 165)
    ux, uy = (tip[0] - shoulder[0]) / away, (tip[1] - shoulder[1]) / away
    hand = (shoulder[0] + ux * reach, shoulder[1] + uy * reach)
    bend = (reach - 175) * 0.28
    elbow = ((shoulder[0] + hand[0]) / 2 - uy * bend, (shoulder[1] + hand[1]) / 2 + ux * bend)
    pad.line([shoulder, *_bezier([shoulder, elbow, hand])], SHIRT, 25 * k * 0.92)
    pad.line([(hand[0] - ux * 14, hand[1] - uy * 14), tip], (244, 239, 228), 4.5)
    pad.disc(hand, 12.5 * k, SKIN)


def ease(t: float) -> float:
    """0 to 1 with a soft start and end."""
    t = min(max(t, 0.0), 1.0)
    return t * t * (3 - 2 * t)


class Plot:
    """Axes, a curve over them, and strips under it."""

    def __init__(
        self, f: Callable[[float], float], origin: Point, unit: Point, limits: Point
    ) -> None:
        self.f = f
        self.origin = origin
        self.unit = unit
        self.a, self.b = limits

    def at(self, x: float, y: float) -> Point:
        """Where a point of the plane lies on the board."""
        return self.origin[0] + x * self.unit[0], self.origin[1] - y * self.unit[1]

    def axes(self, pad: Board, size: Point, drawn: float = 1.0) -> None:
        """Both axes with arrow heads and names."""
        (x0, y0), (w, h) = self.origin, size
        for end, name, spot in (
            ((x0 + w, y0), "x", (8.0, 34.0)),
            ((x0, y0 - h), "y", (-36.0, 22.0)),
        ):
            start = (x0 - 34, y0) if name == "x" else (x0, y0 + 30)
            now = (start[0] + (end[0] - start[0]) * drawn, start[1] + (end[1] - start[1]) * drawn)
            pad.line([start, now], CREAM, 4)
            if drawn >= 1:
                back = -16
                sides = ((back, -10), (back, 10)) if name == "x" else ((-10, 16), (10, 16))
                for dx, dy in sides:
                    pad.line([end, (end[0] + dx, end[1] + dy)], CREAM, 4)
                pad.text((end[0] + spot[0] - 12, end[1] + spot[1]), name, ("math", 36, CREAM))

    def graph(self, pad: Board, span: Point, drawn: float, width: float = 7) -> Point:
        """The curve over ``span`` as far as it is drawn; gives the end of the chalk."""
        steps = max(2, round(90 * drawn))
        xs = [span[0] + (span[1] - span[0]) * drawn * i / steps for i in range(steps + 1)]
        points = [self.at(x, self.f(x)) for x in xs]
        pad.line(points, MINT, width)
        return points[-1]

    def strips(self, pad: Board, count: int, grown: float, alpha: float = 1.0) -> None:
        """``count`` strips as high as the curve at their left ends."""
        step = (self.b - self.a) / count
        line = 3.0 if count <= 16 else 1.6
        for i in range(count):
            x = self.a + i * step
            high = self.f(x) * ease(grown * (1 + 0.8) - 0.8 * i / count)
            left, right = self.at(x, high), self.at(x + step, 0)
            if right[1] - left[1] < 1:
                continue
            pad.shape([left, (right[0], left[1]), right, (left[0], right[1])], BRASS, 0.27 * alpha)
            top = (right[0], left[1])
            for start, end in (((left[0], right[1]), left), (left, top), (top, right)):
                pad.line([start, end], BRASS, line, alpha)

    def sum_of(self, count: int) -> float:
        """The area of the strips."""
        step = (self.b - self.a) / count
        return sum(self.f(self.a + i * step) for i in range(count)) * step
