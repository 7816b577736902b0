"""Measures against independent libraries to the sixth digit, against answers by hand, and laws."""

from typing import Any

import numpy as np
import pytest
import pytrec_eval
import scipy.sparse as sp
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score
from sklearn.metrics.pairwise import cosine_distances

from livelore.intelligence.recommend.data import Histories, Interactions
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.accuracy import NAMES, accuracy, accuracy_at
from livelore.intelligence.recommend.metrics.exposure import (
    average_popularity,
    coverage,
    exposure,
    exposure_by_group,
    gaps_between_users,
    gini,
    tail_of,
    tail_share,
)
from livelore.intelligence.recommend.metrics.intervals import difference_interval, mean_interval
from livelore.intelligence.recommend.metrics.variety import (
    intra_list_distance,
    miscalibration,
    novelty,
    serendipity,
)
from livelore.intelligence.recommend.scorer import best

N_USERS, N_ITEMS, K = 60, 40, 10


def made(seed: int) -> tuple[Any, Any]:
    """Scores with many ties, and test items: some users have none, some have more than K."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, (N_USERS, N_ITEMS)).astype(np.float32)
    relevant = rng.random((N_USERS, N_ITEMS)) < rng.choice([0, 0.05, 0.4], (N_USERS, 1))
    return scores, relevant


def by_trec(scores: Any, relevant: Any) -> dict[str, Any]:
    """The same users in pytrec_eval, which breaks ties by name, later names first."""
    names = [f"{N_ITEMS - code:04d}" for code in range(N_ITEMS)]
    qrel = {
        str(user): {names[code]: int(relevant[user, code]) for code in range(N_ITEMS)}
        for user in range(N_USERS)
    }
    lists, _ = best(scores, K)
    run = {
        str(user): {names[code]: float(scores[user, code]) for code in lists[user]}
        for user in range(N_USERS)
    }
    wanted = {f"recall.{K}", f"ndcg_cut.{K}", f"P.{K}", f"map_cut.{K}", "recip_rank"}
    found = pytrec_eval.RelevanceEvaluator(qrel, wanted).evaluate(run)
    theirs = {
        "recall": f"recall_{K}",
        "precision": f"P_{K}",
        "ndcg": f"ndcg_cut_{K}",
        "map": f"map_cut_{K}",
        "mrr": "recip_rank",
    }
    return {
        ours: np.array([found[str(user)][name] for user in range(N_USERS)])
        for ours, name in theirs.items()
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_user_agrees_with_trec_eval_with_ties_and_users_without_test_items(seed: int) -> None:
    scores, relevant = made(seed)
    lists, _ = best(scores, K)
    ours = accuracy(lists, sp.csr_matrix(relevant), K)
    has_test = relevant.any(axis=1)
    assert 0 < has_test.sum() < N_USERS
    for name, theirs in by_trec(scores, relevant).items():
        values = ours.of(name)
        assert np.isnan(values[~has_test]).all()
        np.testing.assert_allclose(values[has_test], theirs[has_test], atol=1e-6, err_msg=name)
        assert ours.means[name] == pytest.approx(theirs[has_test].mean(), abs=1e-6)
    np.testing.assert_array_equal(ours.hit_rate[has_test], ours.recall[has_test] > 0)


def test_ndcg_agrees_with_scikit_learn() -> None:
    scores, relevant = made(4)
    lists, _ = best(scores, N_ITEMS)
    ours = accuracy(lists, sp.csr_matrix(relevant), K).ndcg
    ranked = np.empty(scores.shape)
    np.put_along_axis(ranked, lists, -np.arange(N_ITEMS, dtype=float), axis=1)
    for user in np.flatnonzero(relevant.any(axis=1)):
        theirs = ndcg_score([relevant[user].astype(float)], [ranked[user]], k=K, ignore_ties=True)
        assert ours[user] == pytest.approx(theirs, abs=1e-6)


def test_a_list_that_ends_early_loses_what_it_does_not_show() -> None:
    test = Histories.of([[0, 1, 1], [2]], n_items=4)
    found = accuracy([[1, -1, -1, -1], [3, 2, -1, -1]], test, 4)
    ideal = 1 + 1 / np.log2(3)
    assert found.recall.tolist() == [0.5, 1]
    assert found.precision.tolist() == [0.25, 0.25]
    np.testing.assert_allclose(found.ndcg, [1 / ideal, 1 / np.log2(3)])
    assert found.mrr.tolist() == [1, 0.5]
    assert found.map.tolist() == [0.5, 0.5]


def test_several_lengths_at_once_are_each_as_if_alone() -> None:
    scores, relevant = made(5)
    lists, _ = best(scores, 20)
    both = accuracy_at(lists, sp.csr_matrix(relevant), (5, 20))
    for k in (5, 20):
        assert both[k].means == accuracy(lists[:, :k], sp.csr_matrix(relevant), k).means
        assert set(both[k].means) == set(NAMES)


@pytest.mark.parametrize(
    ("items", "detail"),
    [
        ([[0, 0]], "twice"),
        ([[-1, 2]], "empty place"),
        ([[0, 9]], "0 to 3"),
        ([[-2, -1]], "0 to 3"),
        ([[0.0, 1.0]], "codes of shape"),
        ([0, 1], "codes of shape"),
    ],
)
def test_malformed_lists_are_refused(items: Any, detail: str) -> None:
    test = Histories.of([[1]] * len(items), n_items=4)
    with pytest.raises(DataInvalid) as refused:
        accuracy(items, test, 1)
    assert detail in str(refused.value)


def test_judging_nothing_is_refused_not_called_zero() -> None:
    with pytest.raises(DataInvalid):
        accuracy([[0]], Histories.of([[]], n_items=4), 1)
    with pytest.raises(DataInvalid):
        accuracy([[0]], Histories.of([[1], [2]], n_items=4), 1)
    with pytest.raises(OptionInvalid):
        accuracy([[0]], Histories.of([[1]], n_items=4), 2)


def test_exposure_by_hand() -> None:
    lists = [[0, 1], [0, 2], [0, -1]]
    assert exposure(lists, 5).tolist() == [3, 1, 1, 0, 0]
    second = 1 / np.log2(3)
    np.testing.assert_allclose(exposure(lists, 5, by_place=True), [3, second, second, 0, 0])
    assert coverage(lists, 5) == 0.6
    counts = [9, 3, 1, 1, 1]
    assert average_popularity(lists, counts) == pytest.approx((6 + 5 + 9) / 3)
    assert tail_of(counts).tolist() == [False, True, True, True, True]
    assert tail_share(lists, tail_of(counts)) == pytest.approx((0.5 + 0.5 + 0) / 3)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30).filter(any))
def test_gini_is_half_the_mean_difference_over_the_mean(values: list[int]) -> None:
    x = np.array(values, dtype=float)
    direct = np.abs(x[:, None] - x[None]).mean() / (2 * x.mean())
    assert gini(values) == pytest.approx(direct, abs=1e-9)


def test_gini_of_extremes() -> None:
    assert gini([2, 2, 2]) == 0
    assert gini([0, 0, 0, 7]) == 0.75
    assert np.isnan(gini([0, 0]))
    with pytest.raises(DataInvalid):
        gini([1, -1])


def test_a_group_gap_is_the_exposure_that_would_have_to_move() -> None:
    groups = np.array([0, 0, 1, 1], np.int32)
    found = exposure_by_group([[0, 1], [0, 2]], groups, by_place=False)
    assert found.received.tolist() == [0.75, 0.25]
    assert found.gap == 0.25
    assert found.ratio.tolist() == [1.5, 0.5]
    assert exposure_by_group([[0, 1], [0, 2]], groups, [3, 1], by_place=False).gap == 0
    with pytest.raises(DataInvalid):
        exposure_by_group([[0, 1]], groups, [1, -1])


def test_user_groups_are_compared_without_those_who_cannot_be_judged() -> None:
    values = np.array([0.2, 0.4, np.nan, 0.9])
    means, gap = gaps_between_users(values, np.array([0, 0, 1, 2], np.int32))
    np.testing.assert_allclose(means, [0.3, np.nan, 0.9])
    assert gap == pytest.approx(0.6)


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_intra_list_distance_is_the_mean_over_pairs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = (rng.random((12, 5)) < 0.4) * rng.random((12, 5))
    lists = np.array([rng.permutation(12)[:4] for _ in range(5)], np.int32)
    found = intra_list_distance(lists, sp.csr_matrix(features))
    for user, chosen in enumerate(lists):
        far = cosine_distances(features[chosen])
        far[~features[chosen].any(axis=1)] = 1
        expected = np.mean([far[a, b] for a in range(4) for b in range(4) if a != b])
        assert found[user] == pytest.approx(expected, abs=1e-9)


def test_intra_list_distance_of_one_item_is_unknown() -> None:
    assert np.isnan(intra_list_distance([[0, -1]], sp.eye(3).tocsr())).all()
    assert intra_list_distance([[0, 1]], sp.eye(3).tocsr()).tolist() == [1]


def test_novelty_is_information() -> None:
    assert novelty([[0, 1], [2, -1]], [8, 4, 0], 8).tolist() == [0.5, 3]
    with pytest.raises(DataInvalid):
        novelty([[0]], [9], 8)


def test_a_list_like_the_history_is_calibrated_and_a_narrow_one_is_not() -> None:
    labels = sp.csr_matrix(np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 0]], np.float32))
    histories = Histories.of([[0, 1], [0, 1], [4]], n_items=5)
    found = miscalibration([[2, 3], [2, 0], [2, 3]], histories, labels)
    assert found[0] == pytest.approx(0, abs=1e-12)
    # KL of (.5, .5) against .99 (1, 0) + .01 (.5, .5)
    expected = 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    assert found[1] == pytest.approx(expected)
    assert np.isnan(found[2])


def test_serendipity_counts_hits_that_popularity_would_not_have_shown() -> None:
    test = Histories.of([[0, 3], []], n_items=5)
    found = serendipity([[0, 3], [1, 2]], [[0, 1], [0, 1]], test)
    assert found[0] == 0.5
    assert np.isnan(found[1])


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_intervals_agree_with_scipy(method: str) -> None:
    values = np.random.default_rng(7).exponential(size=80)
    ours = mean_interval(values, 1, method=method, n_resamples=20_000)
    theirs = scipy.stats.bootstrap(
        (values,),
        np.mean,
        method="BCa" if method == "bca" else "percentile",
        n_resamples=20_000,
        rng=np.random.default_rng(2),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.03 * width)
    assert ours.low < ours.mean < ours.high


def test_intervals_hold_what_they_promise() -> None:
    rng = np.random.default_rng(3)
    holds = 0
    for seed in range(200):
        found = mean_interval(rng.exponential(size=50), seed, level=0.9, n_resamples=400)
        holds += found.low <= 1 <= found.high
    assert 165 <= holds <= 195  # 90 % of 200, and three standard deviations


def test_pairing_sees_a_difference_that_two_intervals_hide() -> None:
    rng = np.random.default_rng(4)
    hard = rng.random(300)
    first, second = hard + 0.01 + 0.02 * rng.standard_normal(300), hard.copy()
    second[:2] = np.nan
    found = difference_interval(first, second, 1)
    assert found.excludes_zero
    assert found.n_users == 298
    alone = mean_interval(first, 1)
    assert alone.low < np.nanmean(second) < alone.high
    assert found == difference_interval(first, second, 1)


def test_bad_options_of_intervals_are_refused() -> None:
    values = [0.0, 1.0]
    with pytest.raises(OptionInvalid):
        mean_interval(values, 1, level=1)
    with pytest.raises(OptionInvalid):
        mean_interval(values, 1, method="magic")
    with pytest.raises(DataInvalid):
        mean_interval([0.5, np.nan], 1)
    with pytest.raises(DataInvalid):
        difference_interval([0.5], [0.5, 1], 1)
    assert mean_interval([1.0, 1.0, 1.0], 1).low == 1


def test_interactions_histories_and_matrices_are_judged_alike() -> None:
    events = Interactions.of([0, 0, 1, 0], [1, 2, 0, 1])
    lists = [[1, 0], [2, 0]]
    expected = accuracy(lists, events.matrix, 2).means
    assert accuracy(lists, events, 2).means == expected
    assert accuracy(lists, events.histories, 2).means == expected
