"""Lists of a whole site at once: the same as scoring every item of everybody."""

import numpy as np
import pytest
import scipy.sparse as sp

from livelore.intelligence.recommend.data import Histories
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import best
from livelore.intelligence.recommend.segmented import SegmentedTaste

N_USERS, N_ITEMS, N_SEGMENTS = 200, 50, 3


def world(seed: int) -> tuple[SegmentedTaste, Histories, np.ndarray]:
    rng = np.random.default_rng(seed)
    lists = [rng.integers(0, N_ITEMS, rng.integers(0, 9)) for _ in range(N_USERS)]
    weights = [rng.random(len(each)).astype(np.float32) + 0.1 for each in lists]
    matrix = sp.random(N_ITEMS, N_ITEMS, 0.1, "csr", np.float32, rng)
    prior = (0.5 * rng.random((N_SEGMENTS, N_ITEMS))).astype(np.float32)
    allowed = rng.random(N_ITEMS) < 0.8
    segments = rng.integers(0, N_SEGMENTS, N_USERS).astype(np.int32)
    return (
        SegmentedTaste(matrix, prior, allowed),
        Histories.of(lists, N_ITEMS, weights),
        segments,
    )


@pytest.mark.parametrize("seed", range(3))
def test_lists_are_the_best_of_all_scores(seed: int) -> None:
    taste, histories, segments = world(seed)
    found = taste.lists(histories, segments, 10)
    scores = np.asarray((histories.matrix @ taste.matrix).todense()) + taste.prior[segments]
    scores[:, ~taste.allowed] = -np.inf
    owners = np.repeat(np.arange(N_USERS), np.diff(histories.indptr))
    scores[owners, histories.items] = -np.inf
    items, values = best(scores.astype(np.float32), 10)
    np.testing.assert_allclose(found.scores, values, rtol=1e-5)
    assert (found.items == items).mean() >= 0.999, "but for ties of rounding"


def test_a_cause_is_the_largest_term_of_the_sum() -> None:
    taste, histories, segments = world(7)
    found = taste.lists(histories, segments, 10)
    dense = taste.matrix.toarray()
    n_by_taste = 0
    for user in range(N_USERS):
        begin, end = histories.indptr[user], histories.indptr[user + 1]
        own, weights = histories.items[begin:end], histories.weights[begin:end]
        for item, cause in zip(found.items[user], found.causes[user], strict=True):
            if item < 0:
                continue
            terms = weights * dense[own, item]
            prior = taste.prior[segments[user], item]
            if cause < 0:
                assert terms.max(initial=0) <= prior
            else:
                n_by_taste += 1
                assert own[np.argmax(terms)] == cause
                assert terms.max() > prior
    assert n_by_taste > 100


def test_a_list_ends_where_nothing_is_left() -> None:
    matrix = sp.csr_matrix((3, 3), dtype=np.float32)
    taste = SegmentedTaste(matrix, np.ones((1, 3), np.float32), np.array([True, True, False]))
    found = taste.lists(Histories.of([[0], []], 3), np.zeros(2, np.int32), 3)
    assert found.items.tolist() == [[1, -1, -1], [0, 1, -1]]
    assert np.isneginf(found.scores[0, 1:]).all()


def test_what_does_not_fit_is_refused() -> None:
    taste, histories, segments = world(0)
    with pytest.raises(OptionInvalid):
        taste.lists(histories, segments, 0)
    with pytest.raises(DataInvalid, match="segment"):
        taste.lists(histories, segments + 1, 3)
    with pytest.raises(DataInvalid):
        taste.lists(histories, segments[1:], 3)
    with pytest.raises(DataInvalid):
        SegmentedTaste(taste.matrix, taste.prior[:, 1:], taste.allowed)
