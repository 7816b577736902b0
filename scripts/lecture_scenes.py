"""What stands on the board of the lecture clip, scene by scene."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from lecture_board import BRASS, CINNABAR, CREAM, MINT, Board, Plot, Point, ease


@dataclass(frozen=True)
class Line:
    """What is said, its English caption, and the scene it belongs to."""

    scene: str
    spoken: str
    caption: str


@dataclass(frozen=True)
class Moment:
    """A point in time within a line and within its scene."""

    line: Line
    scene_s: float
    line_s: float
    line_length_s: float
    is_speaking: bool
    clock_s: float


def area_curve(x: float) -> float:
    """The curve of the first scenes."""
    return 2.4 - 1.6 * math.cos((x - 1.8) * math.pi / 6)


CURVE = Plot(area_curve, (150.0, 560.0), (61.0, 82.0), (1.5, 9.0))
SQUARE = Plot(lambda x: x * x, (150.0, 560.0), (430.0, 350.0), (0.0, 1.0))
TRUE_AREA = CURVE.sum_of(200_000)


def glide(points: list[Point], at: float) -> Point:
    """Along stops, one a unit of ``at``, resting at each."""
    i = min(max(int(at), 0), len(points) - 1)
    j = min(i + 1, len(points) - 1)
    t = ease((at - i) * 2.2)
    return points[i][0] + (points[j][0] - points[i][0]) * t, points[i][1] + (
        points[j][1] - points[i][1]
    ) * t


def limits(pad: Board, plot: Plot, names: tuple[str, str], alpha: float = 1.0) -> None:
    """The ends of the interval below the axis."""
    for x, name in zip((plot.a, plot.b), names, strict=True):
        at = plot.at(x, 0)
        at = (at[0] - 22, at[1]) if x == 0 else at
        pad.text((at[0], at[1] + 38), name, ("math", 34, CREAM), alpha, "ms")


def scene_curve(pad: Board, moment: Moment) -> Point:
    """The curve is drawn; its area is asked for."""
    t = moment.scene_s
    CURVE.axes(pad, (690, 400), ease(t / 1.2))
    drawn = ease((t - 1.2) / 2.6)
    if drawn <= 0:
        return (760.0, 420.0)
    shade = ease((t - 4.6) / 1.0)
    if shade > 0:
        xs = [CURVE.a + (CURVE.b - CURVE.a) * i / 60 for i in range(61)]
        outline = [CURVE.at(x, area_curve(x)) for x in xs] + [
            CURVE.at(CURVE.b, 0),
            CURVE.at(CURVE.a, 0),
        ]
        pad.shape(outline, MINT, 0.20 * shade)
        limits(pad, CURVE, ("a", "b"), shade)
        pad.text((515, 470), "面积 = ?", ("title", 46, BRASS), shade)
    end = CURVE.graph(pad, (-0.2, 10.2), drawn)
    pad.run((250, 300), [("y = f (x)", "math", 38, 0)], MINT, ease((t - 3.4) / 0.6))
    if drawn < 1:
        return end
    return glide(
        [end, (640.0, 480.0), CURVE.at(4.2, area_curve(4.2)), CURVE.at(7.6, area_curve(7.6))],
        (t - 4.2) / 1.9,
    )


def _plot(pad: Board, count: int, grown: float = 1.0) -> None:
    CURVE.axes(pad, (690, 400))
    CURVE.strips(pad, count, grown)
    CURVE.graph(pad, (-0.2, 10.2), 1.0)
    limits(pad, CURVE, ("a", "b"))
    pad.run((250, 300), [("y = f (x)", "math", 38, 0)], MINT)


def _width_mark(pad: Board, count: int, alpha: float = 1.0) -> None:
    step = (CURVE.b - CURVE.a) / count
    left, right = CURVE.at(CURVE.a + step, 0), CURVE.at(CURVE.a + 2 * step, 0)
    pad.line([(left[0], left[1] + 12), (right[0], right[1] + 12)], BRASS, 3, alpha)
    pad.text(((left[0] + right[0]) / 2, left[1] + 44), "Δx", ("math", 34, BRASS), alpha, "ms")


def scene_four(pad: Board, moment: Moment) -> Point:
    """Four strips grow."""
    t = moment.scene_s
    grown = ease((t - 0.8) / 3.2)
    _plot(pad, 4, grown)
    _width_mark(pad, 4, ease((t - 4.0) / 0.6))
    table(pad, [4] if t > 3.6 else [], ease((t - 3.6) / 0.5))
    step = (CURVE.b - CURVE.a) / 4
    x = CURVE.a + min(max(t - 0.9, 0) / 3.2, 1) * (CURVE.b - CURVE.a - step)
    return CURVE.at(x, area_curve(x)) if t < 4.2 else CURVE.at(CURVE.a + 1.5 * step, 0.1)


def table(pad: Board, counts: list[int], newest: float) -> None:
    """How the sums come near the area."""
    if not counts:
        return
    pad.text((908, 178), "条数", ("text", 25, CREAM))
    pad.text((1035, 178), "面积的和", ("text", 25, CREAM))
    pad.line([(900, 194), (1190, 194)], CREAM, 2, 0.5)
    for row, count in enumerate(counts):
        alpha = newest if row == len(counts) - 1 else 1.0
        y = 232 + row * 40
        pad.text((968, y), str(count), ("upright", 34, BRASS), alpha, "rs")
        pad.text((1150, y), f"{CURVE.sum_of(count):.3f}", ("upright", 34, CREAM), alpha, "rs")


def scene_more(pad: Board, moment: Moment) -> Point:
    """Ever thinner strips."""
    t = moment.scene_s
    changes = [(0.0, 4), (2.6, 8), (4.2, 16), (5.6, 32), (8.4, 64)]
    done = [(at, count) for at, count in changes if t >= at]
    at, count = done[-1]
    _plot(pad, count, 1.0 if len(done) == 1 else 0.6 + 0.4 * ease((t - at) / 0.7))
    table(pad, [n for _, n in done], ease((t - at) / 0.5))
    if t > 9.2:
        alpha = ease((t - 9.2) / 0.6)
        pad.text((908, 442), f"真正的面积  {TRUE_AREA:.3f}", ("text", 28, MINT), alpha)
    stops = [
        CURVE.at(3.2, 1.0),
        CURVE.at(5.2, 2.6),
        CURVE.at(7.2, 3.6),
        (900.0, 400.0),
        (900.0, 462.0),
    ]
    return glide(stops, t / 2.4)


def integral(pad: Board, at: Point, alpha: float, bounds: tuple[str, str]) -> float:
    """A tall integral sign with bounds; gives the x behind it."""
    x, y = at
    sign = [
        (x + 30, y - 74),
        (x + 23, y - 82),
        (x + 15, y - 74),
        (x + 11, y - 40),
        (x + 5, y + 14),
        (x - 1, y + 30),
        (x - 9, y + 24),
    ]
    smooth = [sign[0]]
    for i in range(1, len(sign) - 1):
        a, b = sign[i], ((sign[i][0] + sign[i + 1][0]) / 2, (sign[i][1] + sign[i + 1][1]) / 2)
        start = smooth[-1]
        for step in range(1, 9):
            u = step / 8
            smooth.append(
                tuple(
                    (1 - u) ** 2 * s + 2 * u * (1 - u) * c + u * u * e
                    for s, c, e in zip(start, a, b, strict=True)
                )
            )
    pad.line([*smooth, sign[-1]], CREAM, 5, min(alpha, 0.999))
    pad.text((x + 32, y - 62), bounds[1], ("math", 30, CREAM), alpha)
    pad.text((x + 6, y + 50), bounds[0], ("math", 30, CREAM), alpha)
    return x + 50


def scene_limit(pad: Board, moment: Moment) -> Point:
    """The sum becomes the integral."""
    t = moment.scene_s
    _plot(pad, 64 if t < 3 else 128)
    first, second = ease((t - 0.6) / 0.7), ease((t - 3.0) / 0.8)
    x = pad.run((872, 384), [("=  ", "upright", 42, 0), ("lim", "upright", 42, 0)], CREAM, first)
    pad.text((x - 32, 412), "Δx → 0", ("math", 24, BRASS), first, "ms")
    pad.run(
        (x + 14, 384),
        [
            ("Σ ", "upright", 46, 0),
            ("f (x", "math", 42, 0),
            ("i", "math", 26, 8),
            (") Δx", "math", 42, 0),
        ],
        CREAM,
        first,
    )
    behind = integral(pad, (900.0, 262.0), second, ("a", "b"))
    pad.run((behind + 6, 274), [("f (x) dx", "math", 52, 0)], CREAM, second)
    if t > 6.6:
        alpha = ease((t - 6.6) / 0.5)
        pad.text((1010, 150), "S → ∫", ("upright", 40, BRASS), alpha)
        pad.text((928, 148), "sum:", ("math", 34, BRASS), alpha)
    return glide([(960.0, 440.0), (960.0, 440.0), (985.0, 305.0)], t / 1.65)


def scene_example(pad: Board, moment: Moment) -> Point:
    """The parabola from 0 to 1."""
    t = moment.scene_s
    count = 10 if t < 7.2 else 50
    SQUARE.axes(pad, (560, 400))
    SQUARE.strips(pad, count, ease((t - 1.4) / 2.0))
    SQUARE.graph(pad, (-0.05, 1.06), ease(t / 1.6))
    limits(pad, SQUARE, ("0", "1"))
    pad.run(
        (300, 330),
        [("y = x", "math", 38, 0), ("2", "upright", 24, -16)],
        MINT,
        ease((t - 1.0) / 0.5),
    )
    shown = ease((t - 3.2) / 0.7)
    behind = integral(pad, (800.0, 212.0), shown, ("0", "1"))
    x = pad.run(
        (behind + 4, 222),
        [("x", "math", 48, 0), ("2", "upright", 28, -20), (" dx  =", "math", 48, 0)],
        CREAM,
        shown,
    )
    pad.text((x + 40, 204), "1", ("upright", 42, BRASS), shown, "ms")
    pad.line([(x + 22, 216), (x + 58, 216)], BRASS, 4, 0.999 * shown)
    pad.text((x + 40, 256), "3", ("upright", 42, BRASS), shown, "ms")
    for row, (at, n) in enumerate(((7.2, 10), (8.3, 100), (9.4, 1000))):
        alpha = ease((t - at) / 0.5)
        y = 330 + row * 46
        pad.text((890, y), str(n), ("upright", 34, BRASS), alpha, "rs")
        pad.text((1040, y), f"{SQUARE.sum_of(n):.4f}", ("upright", 34, CREAM), alpha, "rs")
    stops = [
        SQUARE.at(0.55, 0.3),
        SQUARE.at(0.82, 0.6),
        (830.0, 290.0),
        (830.0, 290.0),
        (850.0, 345.0),
        (850.0, 420.0),
    ]
    return glide(stops, t / 1.75)


def scene_question(pad: Board, moment: Moment) -> Point:
    """What the class is to answer."""
    t = moment.scene_s
    pad.text((112, 250), "为什么 Δx 要趋于 0，", ("title", 56, CREAM), ease((t - 0.4) / 0.8))
    pad.text((112, 334), "而不能等于 0？", ("title", 56, CREAM), ease((t - 1.6) / 0.8))
    alpha = ease((t - 3.2) / 0.8)
    pad.text((116, 436), "提示：宽度是 0 的细条，面积是多少？", ("text", 32, BRASS), alpha)
    pad.text(
        (116, 486), "无穷多个 0 加起来，又是多少？", ("text", 32, BRASS), ease((t - 4.4) / 0.8)
    )
    pad.text((116, 560), "请发弹幕回答", ("bold", 30, CINNABAR), ease((t - 5.4) / 0.6))
    return glide([(720.0, 270.0), (560.0, 345.0), (720.0, 440.0), (640.0, 500.0)], t / 1.7)


SCENES: dict[str, Callable[[Board, Moment], Point]] = {
    "curve": scene_curve,
    "four": scene_four,
    "more": scene_more,
    "limit": scene_limit,
    "example": scene_example,
    "question": scene_question,
}
