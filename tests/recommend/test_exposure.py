"""The bubble meter, and the alarm that rings before a feedback loop has eaten the catalogue."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from livelore.intelligence.recommend.bubble import bubble, effective_number
from livelore.intelligence.recommend.data import Histories, Items
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.monitor import Monitor, period_of, rarefied

N_USERS, N_ITEMS, K = 400, 300, 8


def test_the_meter_counts_labels_in_effect() -> None:
    labels = sp.csr_matrix(np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 0]])
    catalogue = Items(np.arange(6), labels=labels)
    histories = Histories.of([[0, 1], [0], []], 6)
    found = bubble([[0, 1, 2, 3], [0, 4, 5, -1], [-1, -1, -1, -1]], histories, catalogue)
    np.testing.assert_allclose(found.breadth, [4, 1, np.nan])
    np.testing.assert_allclose(found.own_breadth, [2, 1, np.nan])
    np.testing.assert_allclose(found.drift, [-np.log(2), 0, np.nan])
    assert found.narrowness[0] == 0, "as broad as the catalogue or broader"
    assert found.narrowness[1] == 1
    assert found.unseen.tolist() == [0, 3, 4]
    np.testing.assert_allclose(found.rank, [0, 0.5, np.nan])
    np.testing.assert_allclose(found.distance, [1, 0, np.nan])
    with pytest.raises(DataInvalid):
        bubble([[0]], Histories.of([[0]], 6), Items(np.arange(6)))
    with pytest.raises(DataInvalid):
        bubble([[0]], histories, catalogue)


def test_equal_parts_count_as_their_number() -> None:
    np.testing.assert_allclose(effective_number(np.full((1, 7), 1 / 7)), [7])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5).filter(any), st.data())
def test_rarefied_is_the_mean_over_all_draws(counts: list[int], data: Any) -> None:
    shown = [item for item, count in enumerate(counts) for _ in range(count)]
    n = data.draw(st.integers(1, len(shown)))
    draws = list(combinations(range(len(shown)), n))
    if len(draws) > 3000:
        return
    expected = np.mean([len({shown[each] for each in draw}) for draw in draws])
    assert rarefied(counts, n) == pytest.approx(expected)


def test_coverage_of_a_busy_and_a_quiet_week_compare() -> None:
    rng = np.random.default_rng(1)
    chances = rng.dirichlet(np.full(N_ITEMS, 0.5))

    def lists(n: int) -> Any:
        return np.array([rng.choice(N_ITEMS, K, replace=False, p=chances) for _ in range(n)])

    busy, quiet = (period_of(lists(n), N_ITEMS, 300 * K) for n in (900, 300))
    assert busy.n_impressions == 3 * quiet.n_impressions
    assert busy.coverage == pytest.approx(quiet.coverage, rel=0.05)
    with pytest.raises(DataInvalid):
        period_of(lists(10), N_ITEMS, 11 * K)


def feedback(seed: int, strength: float, n_periods: int = 30) -> list[Any]:
    """A recommender that learns from clicks on what it showed; ``strength`` times too eagerly.

    Users have tastes of their own and click by taste; scores are taste as far as it is known plus
    ``strength`` times the logarithm of the clicks so far.
    """
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(N_USERS, 6)) @ rng.normal(size=(6, N_ITEMS)) / np.sqrt(6)
    clicks = np.ones(N_ITEMS)
    periods = []
    for number in range(n_periods):
        eager = strength * max(0, number - 8)
        scores = taste + rng.normal(size=taste.shape) + eager * np.log(clicks)
        shown = np.argsort(-scores, axis=1)[:, :K]
        chance = 1 / (1 + np.exp(1 - np.take_along_axis(taste, shown, axis=1)))
        clicks += np.bincount(shown[rng.random(shown.shape) < chance], minlength=N_ITEMS)
        periods.append(period_of(shown, N_ITEMS, N_USERS * K // 4))
    return periods


@pytest.mark.parametrize("strength", [0.02, 0.05, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_the_alarm_rings_before_a_fifth_of_coverage_is_lost(seed: int, strength: float) -> None:
    periods = feedback(seed, strength)
    coverages = np.array([each.coverage for each in periods])
    lost = 1 - coverages / coverages[:4].mean()
    assert lost.max() > 0.2, "the loop must do the damage that the alarm is for"
    alarm = Monitor().watch(coverages)
    assert alarm is not None
    assert alarm.period > 8, "nothing was wrong before"
    assert alarm.period <= int((lost >= 0.2).argmax())
    assert alarm.loss == pytest.approx(lost[alarm.period], abs=0.01)
    later = periods[-1]
    assert later.gini > periods[0].gini
    assert later.overlap > periods[0].overlap


@pytest.mark.parametrize("strength", [0.02, 0.05])
def test_the_alarm_rings_while_less_than_a_fifth_is_lost_in_a_slow_loop(strength: float) -> None:
    coverages = [each.coverage for each in feedback(11, strength)]
    alarm = Monitor().watch(coverages)
    assert alarm is not None
    assert alarm.loss < 0.2


@pytest.mark.parametrize("seed", range(8))
def test_the_alarm_is_silent_while_nothing_changes(seed: int) -> None:
    coverages = [each.coverage for each in feedback(seed, 0.0, 40)]
    assert Monitor().watch(coverages) is None


def test_a_long_quiet_time_rings_no_false_alarm() -> None:
    rng = np.random.default_rng(2)
    rings = sum(
        Monitor().watch(0.6 * np.exp(0.012 * rng.standard_normal(104))) is not None
        for _ in range(200)
    )
    assert rings == 0


def test_a_sudden_fall_rings_at_once_and_a_short_row_is_not_judged() -> None:
    alarm = Monitor().watch([0.5, 0.5, 0.5, 0.5, 0.5, 0.3])
    assert alarm is not None
    assert (alarm.period, alarm.reason) == (5, "level")
    assert Monitor().watch([0.5, 0.5, 0.1]) is None
    for wrong in ([0.5, 0.0, 0.5], [0.5, float("nan")]):
        with pytest.raises(DataInvalid):
            Monitor().watch(wrong)
    with pytest.raises(OptionInvalid):
        Monitor(n_baseline=1)
    with pytest.raises(OptionInvalid):
        Monitor(loss_max=1.0)
    with pytest.raises(OptionInvalid):
        Monitor(limit=0.0)
