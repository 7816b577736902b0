"""Charts as SVG: shapes stretch with the page, words stand beside them and never do."""

from collections.abc import Sequence
from dataclasses import dataclass

from livelore.intelligence.pipeline.report.html import Words, both, one

_HEIGHT = 160
"""Of a line chart, in pixels."""


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        words: HTML of its label.
        title: The same as plain text.
        value: Where it ends, in the unit of the chart.
        told: HTML of its figure.
        low: Lower end of an interval; None: there is none.
        high: Upper end.
        colour: Number of the data colour, from 1.
    """

    words: str
    title: Words
    value: float
    told: str
    low: float | None = None
    high: float | None = None
    colour: int = 1


def bars(rows: Sequence[Bar], most: float | None = None) -> str:
    """Horizontal bars from 0, a label before and a figure behind each."""
    top = most or max([each.high or each.value for each in rows] + [1e-12])
    return f'<div class="bars">{"".join(_bar(each, top) for each in rows)}</div>'


def _bar(bar: Bar, top: float) -> str:
    shapes = f'<rect class="d{bar.colour}" width="{_share(bar.value, top)}" height="14" y="3"/>'
    if bar.low is not None and bar.high is not None:
        low, high = _share(bar.low, top), _share(bar.high, top)
        path = f"M{low} 10H{high}M{low} 5v10M{high} 5v10"
        shapes += f'<path class="halo" d="{path}"/><path class="whisker" d="{path}"/>'
    return (
        f'<div class="bar"><span class="name">{bar.words}</span>'
        f'{_stretched(shapes, bar.title, 20)}<span class="value">{bar.told}</span></div>'
    )


def diverging(rows: Sequence[Bar], most: float) -> str:
    """Bars to the left and right of a middle line, ``most`` on either side."""
    drawn = []
    for bar in rows:
        size = min(abs(bar.value) / most, 1.0) * 50
        left = 50 - size if bar.value < 0 else 50
        kind = "less" if bar.value < 0 else "more"
        shapes = (
            f'<rect class="{kind}" x="{left:.2f}" width="{size:.2f}" height="10" y="4"/>'
            '<path class="axis" d="M50 0V18"/>'
        )
        drawn.append(
            f'<div class="bar"><span class="name">{bar.words}</span>'
            f'{_stretched(shapes, bar.title, 18)}<span class="value">{bar.told}</span></div>'
        )
    return f'<div class="bars small">{"".join(drawn)}</div>'


def _stretched(shapes: str, title: Words, height: int) -> str:
    return (
        f'<svg role="img" viewBox="0 0 100 {height}" preserveAspectRatio="none" height="{height}">'
        f"<title>{one(title)}</title>{shapes}</svg>"
    )


def _share(value: float, top: float) -> str:
    return f"{max(0.0, min(value / top, 1.0)) * 100:.2f}"


@dataclass(frozen=True)
class Point:
    """A place on a line: ``at`` from left to right, a value and its interval."""

    at: float
    value: float
    low: float
    high: float


def line(
    points: Sequence[Point], title: Words, ends: tuple[float, float], marks: Sequence[str]
) -> str:
    """A line with the band of its interval.

    Args:
        points: At least one, from left to right.
        title: What the chart says.
        ends: Lowest and highest value of the axis; 0 is drawn where it lies between.
        marks: HTML of labels below the axis, evenly spread.
    """
    first, last = points[0].at, points[-1].at
    wide = max(last - first, 1e-9)
    low, high = ends

    def place(at: float, value: float) -> str:
        x = 50.0 if len(points) == 1 else (at - first) / wide * 100
        y = (high - min(max(value, low), high)) / (high - low) * _HEIGHT
        return f"{x:.2f} {y:.2f}"

    upper = [place(each.at, each.high) for each in points]
    lower = [place(each.at, each.low) for each in reversed(points)]
    middle = [place(each.at, each.value) for each in points]
    zero = place(first, 0.0).split()[1]
    shapes = f'<path class="grid" d="M0 {zero}H100"/>' if low < 0 < high else ""
    shapes += f'<path class="band" d="M{"L".join([*upper, *lower])}Z"/>'
    shapes += f'<path class="line" d="M{"L".join(middle)}"/>'
    svg = (
        f'<svg role="img" viewBox="0 0 100 {_HEIGHT}" preserveAspectRatio="none" '
        f'height="{_HEIGHT}"><title>{one(title)}</title>{shapes}</svg>'
    )
    axis = "".join(f"<span>{value:+.2g}</span>" for value in (high, (high + low) / 2, low))
    below = "".join(f"<span>{mark}</span>" for mark in marks)
    return (
        f'<div class="plot"><div class="y">{axis.replace("+0<", "0<")}</div>{svg}'
        f'<div class="x">{below}</div></div>'
    )


def legend(rows: Sequence[tuple[str, Words]]) -> str:
    """What colours mean, by class."""
    drawn = "".join(
        f'<span><i class="{kind}" aria-hidden="true"></i>{both(words)}</span>'
        for kind, words in rows
    )
    return f'<p class="legend">{drawn}</p>'
