"""Fast forms against the plain ones they stand for."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.candidates.gfcf import GFCF
from livelore.intelligence.recommend.candidates.neighbours import ItemKNN, UserKNN
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.candidates.sequence import NextItem, Recency, aged
from livelore.intelligence.recommend.candidates.spectral import SpectralFilter
from livelore.intelligence.recommend.data import Histories, Interactions
from livelore.intelligence.recommend.low_rank import strongest
from livelore.intelligence.recommend.rankers.blend import Blend
from tests.recommend.made import checkerboard, tastes

DATA = tastes(80, 30, seed=1)
X = DATA.matrix.toarray().astype(np.float64)
PER_USER, PER_ITEM = X.sum(axis=1), X.sum(axis=0)


def dense(matrix: Any) -> Any:
    return matrix.toarray() if sp.issparse(matrix) else matrix


def without_diagonal(matrix: Any) -> Any:
    return matrix - np.diag(np.diag(matrix))


@pytest.mark.parametrize("user_power", [0.0, 0.7])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_ease_solves_its_equation(dropout: float, user_power: float) -> None:
    weights_of_users = np.diag((PER_USER / np.median(PER_USER)) ** -user_power)
    gram = X.T @ weights_of_users @ X
    found = EASE(20.0, dropout, user_power).fit(DATA).matrix_
    if dropout:
        penalty = np.diag(20.0 + dropout / (1 - dropout) * np.diag(gram))
        expected = np.linalg.inv(gram + penalty) @ gram
    else:
        inverse = np.linalg.inv(gram + 20.0 * np.eye(len(gram)))
        expected = without_diagonal(-inverse / np.diag(inverse)[None, :])
        assert (np.diag(found) == 0).all()
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("powers", [(1.0, 1.0, 0.6), (0.4, 0.2, 0.1)])
def test_rp3_is_its_walk(powers: tuple[float, float, float]) -> None:
    start, user, beta = powers
    walk = X.T @ np.diag(PER_USER**-user) @ X
    walk = np.diag(PER_ITEM**-start) @ walk @ np.diag(PER_ITEM**-beta)
    found = RP3Beta(start, user, beta).fit(DATA).matrix_
    np.testing.assert_allclose(dense(found), without_diagonal(walk), rtol=1e-4, atol=1e-7)


def test_rp3_cuts_by_one_power_and_weighs_by_another() -> None:
    walk = without_diagonal(X.T @ np.diag(1 / PER_USER) @ X)
    for cut_power in (None, 0.9):
        found = dense(RP3Beta(1.0, 1.0, 0.2, cut_power, k=4).fit(DATA).matrix_)
        ranked = walk * PER_ITEM ** -(0.2 if cut_power is None else cut_power)
        full = np.diag(1 / PER_ITEM) @ walk @ np.diag(PER_ITEM**-0.2)
        for row in range(len(walk)):
            kept = np.flatnonzero(found[row])
            assert len(kept) == 4
            assert ranked[row, kept].min() >= np.sort(ranked[row])[-4] * (1 - 1e-5)
            np.testing.assert_allclose(found[row, kept], full[row, kept], rtol=1e-4)


@pytest.mark.parametrize("shrink", [0.0, 5.0])
def test_item_knn_is_the_cosine(shrink: float) -> None:
    common = X.T @ X
    lengths = np.sqrt(PER_ITEM)
    expected = without_diagonal(common / (np.outer(lengths, lengths) + shrink))
    whole = dense(ItemKNN(len(common), shrink).fit(DATA).matrix_)
    np.testing.assert_allclose(whole, expected, rtol=1e-4, atol=1e-6)
    cut = dense(ItemKNN(3, shrink).fit(DATA).matrix_)
    for row, kept in enumerate(cut):
        assert (kept > 0).sum() == 3
        np.testing.assert_allclose(np.sort(kept)[-3:], np.sort(expected[row])[-3:], rtol=1e-4)


def test_user_knn_asks_the_nearest_other_users() -> None:
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    near = without_diagonal(X @ unit.T)
    near[near < np.sort(near, axis=1)[:, -7][:, None]] = 0
    model = UserKNN(k=79, power=2.0).fit(DATA)
    full = without_diagonal(X @ unit.T) ** 2 @ X
    np.testing.assert_allclose(model.scores(DATA.histories), full, rtol=1e-4)
    cut = UserKNN(k=7).fit(DATA).scores(DATA.histories)
    is_clear = (near > 0).sum(axis=1) == 7  # ties: either neighbour is right
    assert is_clear.any()
    np.testing.assert_allclose(cut[is_clear], (near @ X)[is_clear], rtol=1e-4)


def test_gfcf_is_its_filter() -> None:
    normal = np.diag(PER_USER**-0.5) @ X @ np.diag(PER_ITEM**-0.5)
    graph = normal.T @ normal
    _, vectors = np.linalg.eigh(graph)
    V = vectors[:, ::-1][:, :6]
    low_pass = np.diag(PER_ITEM**-0.5) @ V @ V.T @ np.diag(PER_ITEM**0.5)
    found = GFCF(n_factors=6, low_pass=0.3).fit(DATA).scores(DATA.histories)
    np.testing.assert_allclose(found, X @ (graph + 0.3 * low_pass), atol=5e-3)
    alone = GFCF(n_factors=6, neighbours=False).fit(DATA).scores(DATA.histories)
    np.testing.assert_allclose(alone, X @ low_pass, atol=2e-2)


@pytest.mark.parametrize(("sharpness", "low_pass"), [(0.0, 0.0), (2.0, 0.0), (1.0, 0.3)])
def test_the_spectral_filter_is_a_function_of_the_graph(sharpness: float, low_pass: float) -> None:
    walk = np.diag(PER_USER**-0.2) @ X @ np.diag(PER_ITEM**-0.4)
    values, V = np.linalg.eigh(walk.T @ walk)
    shares = np.maximum(values, 0) / values[-1]
    sharpened = V @ np.diag(shares * np.exp(-sharpness * shares)) @ V.T
    passed = np.diag(PER_ITEM**-0.5) @ V @ V.T @ np.diag(PER_ITEM**0.5)
    expected = np.maximum(sharpened + low_pass * passed, 0)
    np.fill_diagonal(expected, 0)
    options: dict[str, Any] = {"user_power": 0.2, "item_power": 0.4, "n_factors": 30}
    model = SpectralFilter(sharpness, low_pass, **options).fit(DATA)
    np.testing.assert_allclose(model.matrix_.toarray(), expected, atol=2e-4)
    few = SpectralFilter(sharpness, low_pass, k=3, **options).fit(DATA).matrix_
    assert np.diff(few.indptr).max() <= 3
    strongest = np.sort(expected, axis=1)[:, -3:].sum(axis=1)
    np.testing.assert_allclose(np.asarray(few.sum(axis=1)).ravel(), strongest, atol=1e-3)


def test_ials_folds_in_by_its_equation() -> None:
    model = IALS(n_factors=5, reg=0.02, unobserved=0.2, n_epochs=3).fit(DATA)
    items = model.learnt("items_").astype(np.float64)
    histories = Histories.of([[1, 4, 9], [], [2]], 30, [[1.0, 0.5, 2.0], [], [3.0]])
    found = model.vectors(histories)
    for row, weights in enumerate(histories.matrix.toarray()):
        left = 0.2 * items.T @ items + items.T @ np.diag(weights) @ items
        left += 0.02 * (weights.sum() + 0.2 * 30) * np.eye(5)
        np.testing.assert_allclose(found[row], np.linalg.solve(left, items.T @ weights), atol=2e-4)


def test_an_ials_epoch_lowers_its_loss() -> None:
    def loss(n_epochs: int) -> float:
        model = IALS(n_factors=5, reg=0.02, unobserved=0.2, n_epochs=n_epochs).fit(DATA)
        items = model.learnt("items_").astype(np.float64)
        people = model.vectors(DATA.histories).astype(np.float64)
        scores = people @ items.T
        missed = (X * (1 - scores) ** 2).sum() + 0.2 * (scores**2).sum()
        shrunk = (PER_USER + 0.2 * 30) @ (people**2).sum(axis=1)
        return float(missed + 0.02 * (shrunk + (PER_ITEM + 0.2 * 80) @ (items**2).sum(axis=1)))

    losses = [loss(n) for n in (1, 2, 4, 8)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


def test_next_item_is_the_ridge_regression_of_the_future_on_the_past() -> None:
    data = tastes(25, 12, seed=2, length=8)
    model = NextItem(reg=3.0, past=2.0, future=5.0, reach=4, user_power=0.5).fit(data)
    histories = data.histories
    lengths = np.diff(histories.indptr)
    gram, cross = np.zeros((12, 12)), np.zeros((12, 12))
    for user in range(len(histories)):
        own = histories.part(user, user + 1).items
        weight = (lengths[user] / np.median(lengths)) ** -0.5
        for here in range(len(own)):
            before, after = np.zeros(12), np.zeros(12)
            for step in range(4):
                if here - 1 - step >= 0:
                    before[own[here - 1 - step]] += 2 ** (-step / 2.0)
                if here + step < len(own):
                    after[own[here + step]] += 2 ** (-step / 5.0)
            gram += weight * np.outer(before, before)
            cross += weight * np.outer(before, after)
    expected = np.linalg.solve(gram + 3.0 * np.eye(12), cross)
    np.testing.assert_allclose(model.matrix_, expected, atol=2e-5)


def test_popularity_counts_in_its_window() -> None:
    data = Interactions.of([1, 2, 3, 4], [0, 1, 1, 2], at=[0.0, 10.0, 20.0, 30.0])
    counts = {
        "all": Popularity(),
        "late": Popularity(window_s=10.0),
        "fading": Popularity(half_life_s=10.0),
        "share": Popularity(window_share=0.5),
    }
    found = {name: model.fit(data).learnt("counts_").tolist() for name, model in counts.items()}
    assert found["all"] == [1, 2, 1]
    assert found["late"] == [0, 1, 1]
    assert found["fading"] == [0.125, 0.75, 1]
    assert found["share"] == [0, 1, 1]


def test_age_halves_a_weight_and_never_ends_it() -> None:
    data = Interactions.of([1, 1, 1], [0, 1, 2], at=[0.0, 50.0, 100.0])
    assert aged(data.histories, 1.0).weights.tolist() == [0.25, 0.5, 1.0]
    assert aged(data.histories, 50.0, "seconds").weights.tolist() == [0.25, 0.5, 1.0]
    asked = dataclasses.replace(data.histories, now=1e9)
    model = EASE(reg=1.0).fit(checkerboard(n_items=3))
    late = Recency(model, 1.0, "seconds")
    assert (late.scores(asked) != 0).any(), "one who was long away still has a history"


def test_a_blend_adds_what_is_standardised() -> None:
    parts = (EASE(reg=5.0), Popularity())
    blend = Blend(parts, (1.0, 0.25)).fit(DATA)
    rows = [each.scores(DATA.histories) for each in parts]
    z = [(r - r.mean(axis=1, keepdims=True)) / r.std(axis=1, keepdims=True) for r in rows]
    np.testing.assert_allclose(blend.scores(DATA.histories), z[0] + 0.25 * z[1], atol=1e-5)


RANK_2 = np.kron(np.eye(2), np.ones((60, 50)))
MATRICES = {
    "full": np.random.default_rng(0).random((40, 25)),
    "wide": (np.random.default_rng(1).random((20, 90)) < 0.2) * 1.0,
    "rank 1": np.ones((50, 40)),
    "rank 2": RANK_2,
    "zero": np.zeros((5, 60)),
    "no item": np.zeros((5, 0)),
    "no user": np.zeros((0, 5)),
}


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
def test_the_strongest_directions_are_those_of_a_full_solution(matrix: Any) -> None:
    values, V = strongest(sp.csr_matrix(matrix, dtype=np.float32), 7, n_rounds=8)
    expected = np.linalg.eigvalsh(matrix.T @ matrix)[::-1] if matrix.size else np.zeros(0)
    rank = int(np.linalg.matrix_rank(matrix)) if matrix.size else 0
    assert len(values) == V.shape[1] == min(7, rank)
    np.testing.assert_allclose(values, expected[: len(values)], rtol=2e-3)
    np.testing.assert_allclose(V.T @ V, np.eye(len(values)), atol=1e-5)
    turned = np.asarray(matrix.T @ (matrix @ V))
    np.testing.assert_allclose(turned, V * values, atol=0.05 * max([1.0, *values]))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31))
def test_ease_of_one_item_more_that_nobody_knows_is_the_same(seed: int) -> None:
    data = tastes(15, 8, seed=seed, length=4)
    more = Interactions(
        data.users, data.items, data.weights, data.user_ids, np.append(data.item_ids, 8)
    )
    small, large = EASE(reg=2.0).fit(data).matrix_, EASE(reg=2.0).fit(more).matrix_
    np.testing.assert_allclose(large[:8, :8], small, atol=1e-6)
    np.testing.assert_allclose(large[8], 0, atol=1e-6)
