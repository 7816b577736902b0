"""Watch time against ground truth, times that may not be believed, shapes that may not change."""

import json
import random
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.interactions.events import SHAPES
from livelore.intelligence.interactions.model import (
    SKEWED_NOTE,
    Beat,
    Span,
    Watch,
    after,
    bounded_time,
    union,
)

SCHEMAS = Path(__file__).parent / "schemas.json"
CLASS_MS = 3_600_000
BEAT_MS = 15_000
T0 = 1_800_000_000_000


def visible_spans(rng: random.Random) -> tuple[Span, ...]:
    """When a tab is watched: shown and hidden by turns."""
    edges = sorted(rng.sample(range(CLASS_MS), rng.randrange(2, 30, 2)))
    return tuple((T0 + a, T0 + b) for a, b in list(pairwise(edges))[::2])


def clipped(spans: tuple[Span, ...], since: int, until: int) -> tuple[Span, ...]:
    return tuple((max(a, since), min(b, until)) for a, b in spans if a < until and b > since)


def length(spans: tuple[Span, ...]) -> int:
    return sum(b - a for a, b in union(spans))


def beats_of(tab: str, shown: tuple[Span, ...], rng: random.Random, *, tells: bool) -> list[Beat]:
    """The beats that arrive: one in ten is lost, one answer in ten is too; the last is resent."""
    arrived: list[Beat] = []
    acknowledged = T0
    offset = rng.randrange(BEAT_MS)
    times = [*range(T0 + offset, T0 + CLASS_MS, BEAT_MS), T0 + CLASS_MS]
    for number, at in enumerate(times, 1):
        spans = clipped(shown, acknowledged, at) if tells else ()
        beat = Beat(tab, number, length(clipped(shown, T0, at)), at, spans)
        if rng.random() < 0.1 and at != times[-1]:
            continue
        arrived.append(beat)
        if rng.random() >= 0.1:
            acknowledged = at
    return arrived


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 3))
def test_watch_time_is_within_a_second_of_the_truth(seed: int, n_tabs: int) -> None:
    rng = random.Random(seed)
    shown = [visible_spans(rng) for _ in range(n_tabs)]
    beats = [
        beat for n, tab in enumerate(shown) for beat in beats_of(f"t{n}", tab, rng, tells=True)
    ]
    watch = Watch()
    for beat in sorted(beats, key=lambda beat: beat.at_ms):
        watch = after(watch, beat)
        watch = after(watch, beat)
    truth = length(tuple(span for tab in shown for span in tab))
    assert abs(watch.watched_ms - truth) <= 1000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32))
def test_a_client_that_only_counts_is_exact_in_one_tab(seed: int) -> None:
    rng = random.Random(seed)
    shown = visible_spans(rng)
    watch = Watch()
    for beat in beats_of("t", shown, rng, tells=False):
        watch = after(watch, beat)
    assert abs(watch.watched_ms - length(shown)) <= 1000


def test_two_tabs_that_play_together_count_once() -> None:
    watch = Watch()
    for number in range(1, 41):
        for tab, offset in (("a", 0), ("b", 7_000)):
            at = T0 + number * BEAT_MS + offset
            watch = after(watch, Beat(tab, number, number * BEAT_MS, at))
    assert abs(watch.watched_ms - (40 * BEAT_MS + 7_000)) <= 1000


def test_uneven_arrival_neither_loses_nor_adds() -> None:
    rng = random.Random(5)
    watch = Watch()
    for number in range(1, 241):
        at = T0 + number * BEAT_MS + rng.randrange(400)
        watch = after(watch, Beat("t", number, number * BEAT_MS, at))
    assert abs(watch.watched_ms - 240 * BEAT_MS) <= 1000


def test_a_claim_beyond_the_clock_is_not_believed() -> None:
    watch = after(Watch(), Beat("t", 1, 15_000, T0))
    watch = after(watch, Beat("t", 2, 900_000, T0 + 15_000))
    assert watch.watched_ms <= 15_000 + 15_000 + 2_000


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [(None, (T0, None)), (T0 - 299_999, (T0 - 299_999, None)), (T0 + 300_001, (T0, SKEWED_NOTE))],
)
def test_client_times_are_believed_for_five_minutes(
    claimed: int | None, expected: tuple[int, str | None]
) -> None:
    assert bounded_time(claimed, T0) == expected


def test_published_shapes_do_not_change() -> None:
    """A changed shape needs a new version: add it to the file, never edit what is there."""
    shapes = {
        f"{source}.{kind}.{version}": msgspec.json.schema(shape)
        for source, known in SHAPES.items()
        for (kind, version), shape in known.items()
    }
    published = json.loads(SCHEMAS.read_text("utf-8"))
    assert json.loads(json.dumps(shapes)) == published
