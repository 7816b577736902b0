"""Portraits times labels: exact solution, planted tastes, and cold users."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.content import ContentScorer
from livelore.intelligence.recommend.candidates.hybrid import (
    PortraitHybrid,
    bilinear,
    parted,
    standardised,
)
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.component import load, save
from livelore.intelligence.recommend.data import Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.scorer import Scorer

N_USERS, N_ITEMS, N_LABELS, N_TRAITS = 600, 120, 8, 5


class Planted:
    """Tastes for labels that follow from portraits; the last fifth of the users is cold."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        portraits = rng.normal(size=(N_USERS, N_TRAITS)).astype(np.float32)
        labels = (rng.random((N_ITEMS, N_LABELS)) < 0.25).astype(np.float32)
        labels[np.arange(N_ITEMS), rng.integers(0, N_LABELS, N_ITEMS)] = 1
        form = rng.normal(size=(N_TRAITS, N_LABELS))
        margin = portraits @ form @ labels.T * 0.8 + rng.normal(size=N_ITEMS) - 2.5
        touched = rng.random(margin.shape) < 1 / (1 + np.exp(-margin))
        self.cold = np.arange(N_USERS * 4 // 5, N_USERS)
        self.truth: Any = sp.csr_matrix(touched[self.cold].astype(np.float32))
        touched[self.cold] = False
        users, items = np.nonzero(touched)
        ids = np.arange(N_USERS)
        self.events = Interactions.of(users, items, user_ids=ids, item_ids=np.arange(N_ITEMS))
        self.items = Items(np.arange(N_ITEMS), sp.csr_matrix(labels))
        self.users = Users(ids, portraits)

    def asked(self, n_known: int) -> tuple[Histories, Any]:
        """Cold users with their first events, and the rest of what they do."""
        known, rest = parted(self.truth, n_known, np.random.default_rng(0))
        lists = [known.indices[a:b] for a, b in zip(known.indptr, known.indptr[1:], strict=False)]
        histories = Histories.of(lists, N_ITEMS)
        return (
            Histories(
                histories.indptr,
                histories.items,
                histories.weights,
                N_ITEMS,
                users=self.cold.astype(np.int32),
            ),
            rest,
        )


def ndcg(planted: Planted, scorer: Scorer, n_known: int) -> float:
    histories, rest = planted.asked(n_known)
    fitted = scorer.fit(planted.events, planted.items, planted.users)
    return accuracy(fitted.top(histories, 10)[0], rest, 10).means["ndcg"]


@pytest.mark.parametrize("n_known", [0, 1, 3])
def test_cold_users_are_served_a_tenth_better_than_by_either_parent(n_known: int) -> None:
    planted = Planted(1)
    hybrid = ndcg(planted, PortraitHybrid(n_content=8, n_factors=0), n_known)
    assert hybrid > 1.1 * ndcg(planted, Popularity(), n_known)
    assert hybrid > 1.1 * ndcg(planted, ContentScorer(), n_known)


def test_the_form_is_the_ridge_solution_over_all_pairs() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 3)).astype(np.float32)
    z = rng.normal(size=(20, 4)).astype(np.float32)
    targets: Any = sp.csr_matrix((rng.random((30, 20)) < 0.2).astype(np.float32))
    pairs = np.einsum("uf,ig->uifg", x, z).reshape(600, 12).astype(np.float64)
    gram = pairs.T @ pairs
    x_values, z_values = np.linalg.eigvalsh(x.T @ x), np.linalg.eigvalsh(z.T @ z)
    ridge = 0.1 * np.outer(x_values, z_values).mean()
    expected = np.linalg.solve(
        gram + ridge * np.eye(12), pairs.T @ targets.toarray().ravel()
    ).reshape(3, 4)
    np.testing.assert_allclose(bilinear(x, targets, z, 0.1), expected, atol=1e-5)


def test_without_a_portrait_or_a_history_only_the_item_counts() -> None:
    planted = Planted(3)
    model = PortraitHybrid(n_content=8, n_factors=0, shown=0).fit(
        planted.events, planted.items, planted.users
    )
    found = model.top(Histories.of([[]], N_ITEMS), N_ITEMS)[0][0]
    shares = planted.events.item_counts
    near = np.corrcoef(shares[found], -np.arange(N_ITEMS))[0, 1]
    assert near > 0.8


def test_factors_alone_need_no_items_and_no_users() -> None:
    planted = Planted(4)
    model = PortraitHybrid(n_content=0, n_factors=8).fit(planted.events)
    found = model.scores(planted.events.histories)
    assert found.shape == (N_USERS, N_ITEMS)
    assert np.isfinite(found).all()


def test_no_events_at_all_give_equal_scores() -> None:
    planted = Planted(5)
    empty = planted.events.take(np.zeros(len(planted.events), bool))
    model = PortraitHybrid(n_content=4, n_factors=0).fit(empty, planted.items, planted.users)
    found = model.scores(Histories.of([[], [3]], N_ITEMS))
    assert (np.ptp(found, axis=1) == 0).all()


def test_shown_and_hidden_part_each_row() -> None:
    matrix = Planted(6).truth
    shown, hidden = parted(matrix, 4, np.random.default_rng(1))
    assert (shown + hidden != matrix).nnz == 0
    assert shown.multiply(hidden).nnz == 0
    sizes = np.diff(matrix.indptr)
    np.testing.assert_array_equal(np.diff(shown.indptr), np.minimum(4, np.maximum(sizes - 1, 0)))


def test_a_constant_trait_says_nothing() -> None:
    found = standardised(Users(np.arange(3), np.array([[1, 5], [2, 5], [3, 5]], np.float32)), 3)
    assert (found[:, 1] == 0).all()
    np.testing.assert_allclose(found[:, 0].mean(), 0, atol=1e-6)


def test_a_saved_model_answers_the_same(tmp_path: Path) -> None:
    planted = Planted(7)
    fitted = PortraitHybrid(n_content=8, n_factors=4).fit(
        planted.events, planted.items, planted.users
    )
    save(fitted, tmp_path / "model")
    histories = planted.asked(2)[0]
    np.testing.assert_array_equal(
        load(tmp_path / "model").scores(histories), fitted.scores(histories)
    )


@pytest.mark.parametrize(
    "options",
    [{"reg": 0.0}, {"n_content": -1}, {"shown": -1}, {"n_content": 0, "n_factors": 0}],
)
def test_bad_options_are_refused(options: dict[str, Any]) -> None:
    planted = Planted(8)
    with pytest.raises(OptionInvalid):
        PortraitHybrid(**options).fit(planted.events, planted.items, planted.users)


def test_tables_that_do_not_fit_are_refused() -> None:
    planted = Planted(9)
    bad = np.array(planted.users.features)
    bad[3, 1] = np.nan
    with pytest.raises(DataInvalid):
        PortraitHybrid().fit(planted.events, None, planted.users)
    for users in (Users(np.arange(2), np.zeros((2, 1), np.float32)), Users(np.arange(600), bad)):
        with pytest.raises(DataInvalid):
            PortraitHybrid().fit(planted.events, planted.items, users)


def test_a_row_that_the_fit_has_no_portrait_of_is_refused() -> None:
    planted = Planted(10)
    model = PortraitHybrid(n_content=8, n_factors=0).fit(
        planted.events, planted.items, planted.users
    )
    one = Histories.of([[1]], N_ITEMS)
    beyond = Histories(
        one.indptr, one.items, one.weights, N_ITEMS, users=np.array([N_USERS], np.int32)
    )
    with pytest.raises(DataInvalid):
        model.scores(beyond)
    assert np.isfinite(model.scores(one)).all()
