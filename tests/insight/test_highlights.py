"""Highlights: planted moments come first, one shouting viewer does not, times lose the reaction."""

import numpy as np
import pytest

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.highlights import APART_S, BIN_S, HighlightCurve
from livelore.intelligence.insight.messages import Messages

MOMENTS = (400.0, 900.0, 1_500.0, 2_200.0, 3_000.0)


def room(seed: int, growth: float = 3.0) -> Messages:
    """A room that grows, with five moments after which many write for some seconds."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(3_600)
    times = [3_600 * rng.uniform(0, 1, n) ** (1 / growth)]
    for moment in MOMENTS:
        usual = growth * (moment / 3_600) ** (growth - 1)
        many = rng.poisson(10 * (usual + 1.5))
        times.append(moment + 5 + rng.gamma(3, 2, many))
    at = np.sort(np.concatenate(times))
    return Messages.of([str(each) for each in rng.choice(["666", "太强了", "好"], len(at))], at)


def overlap(found: list[float]) -> float:
    return float(np.mean([any(abs(each - moment) <= 10 for each in found) for moment in MOMENTS]))


def test_planted_moments_are_the_first_five() -> None:
    overlaps = []
    for seed in range(5):
        curve = HighlightCurve()
        curve.add(room(seed))
        overlaps.append(overlap([each.peak_at for each in curve.highlights(5)]))
    assert np.mean(overlaps) >= 0.9


def test_highlights_are_ordered_apart_and_hold_their_peak() -> None:
    curve = HighlightCurve()
    curve.add(room(0))
    found = curve.highlights(20)
    energies = [each.energy for each in found]
    assert energies == sorted(energies, reverse=True)
    peaks = sorted(each.peak_at for each in found)
    assert min(np.diff(peaks)) >= APART_S
    for each in found:
        assert each.begin < each.peak_at < each.end
        assert 1 <= len(each.texts) <= 3
        assert each.n_messages > 0


def test_one_shouting_viewer_makes_no_highlight() -> None:
    rng = np.random.default_rng(1)
    at = np.sort(np.concatenate([rng.uniform(0, 1_200, 1_200), 600 + np.arange(0, 10, 0.1)]))
    shout = (at >= 600) & (at < 610) & (np.arange(len(at)) % 2 == 0)
    users = np.where(shout, -7, np.arange(len(at)))
    texts = ["6"] * len(at)
    damped, plain = HighlightCurve(), HighlightCurve()
    damped.add(Messages.of(texts, at, [str(each) for each in users]))
    plain.add(Messages.of(texts, at))
    first = [each.highlights(1)[0].energy for each in (plain, damped)]
    assert first[0] > 1.4 * first[1]


def test_many_or_one_at_a_time_give_the_same() -> None:
    messages = room(2)
    one, parts = HighlightCurve(), HighlightCurve()
    one.add(messages)
    for n in range(len(messages)):
        parts.add(messages.part(n, n + 1))
    assert one.highlights() == parts.highlights()
    np.testing.assert_array_equal(one.curve()[1], parts.curve()[1])


def test_weights_count() -> None:
    at = np.arange(0, 1_200, 1.0)
    texts = ["好"] * len(at)
    curve = HighlightCurve(lambda messages: np.where(np.asarray(messages.at) // 10 == 50, 9.0, 1.0))
    curve.add(Messages.of(texts, at))
    assert abs(curve.highlights(1)[0].peak_at - (505 - curve.reaction_s)) <= 2 * BIN_S


def test_a_short_or_even_live_has_no_highlight_and_times_must_go_forward() -> None:
    curve = HighlightCurve()
    assert curve.highlights() == []
    curve.add(Messages.of(["a", "b"], [0.0, 1.0]))
    assert len(curve.curve()[0]) == 1
    assert curve.highlights() == []
    for wrong in (Messages.of(["a"]), Messages.of(["a"], [0.0]), Messages.of(["a"], [1e9])):
        with pytest.raises(MessagesInvalid, match="at"):
            curve.add(wrong)
