"""Compiled loops against sorting; a server against its scorer."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.gfcf import GFCF
from livelore.intelligence.recommend.candidates.linear import top_of_rows
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.data import Histories
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from livelore.intelligence.recommend.kernels import floor_of_best, top_dense, top_sparse
from livelore.intelligence.recommend.scorer import best, hide
from livelore.intelligence.recommend.serving import Server
from tests.recommend.made import tastes

few_values = st.sampled_from([-np.inf, -2.0, -0.5, 0.0, 0.5, 1.0, 3e37])
DATA = tastes(60, 40, seed=3)


@settings(deadline=None, max_examples=150)
@given(
    arrays(np.float32, st.tuples(st.integers(0, 3), st.integers(0, 12)), elements=few_values),
    st.integers(1, 15),
)
def test_the_best_of_rows_are_those_of_sorting(scores: Any, k: int) -> None:
    items, found = best(scores, k)
    for row, given_scores in enumerate(scores):
        allowed = np.flatnonzero(given_scores > -np.inf)
        expected = allowed[np.lexsort((allowed, -given_scores[allowed]))][:k].tolist()
        assert items[row].tolist() == expected + [-1] * (k - len(expected))
        assert found[row, : len(expected)].tolist() == given_scores[expected].tolist()
        assert np.isneginf(found[row, len(expected) :]).all()


matrices = arrays(np.float32, (9, 9), elements=st.sampled_from([-1.0, 0.0, 0.0, 0.5, 1.0]))
lists = st.lists(st.integers(0, 8), max_size=8)


@settings(deadline=None, max_examples=150)
@given(matrices, lists, st.integers(1, 12), st.booleans(), st.sampled_from([1, 3, 64]))
def test_one_request_is_answered_as_by_sorting(
    matrix: Any, history: list[int], k: int, keeps_zeros: bool, n_steps: int
) -> None:
    items = np.array(history, np.int32)
    weights = np.linspace(1, 2, len(items)).round(1).astype(np.float32)
    sums = (weights[:, None] * matrix[items]).sum(axis=0, dtype=np.float64)
    codes, found = np.empty(k, np.int32), np.empty(k, np.float32)
    room = (np.empty(9, np.float32), np.empty(n_steps, np.int32))
    top_dense(matrix, items, weights, room, codes, found)
    _check_list(codes, found, sums, [n for n in range(9) if n not in history])
    sparse = sp.csr_matrix(np.ones((9, 9), np.float32) if keeps_zeros else matrix)
    if keeps_zeros:  # zeros that are stored must not be taken for items met again and again
        sparse.data[:] = matrix.ravel()
    work = (np.zeros(9, np.float32), np.zeros(9, np.int32), np.zeros(9, bool))
    parts = (sparse.indptr, sparse.indices, sparse.data)
    for _ in range(2):  # what it works on is as before
        top_sparse(parts, items, weights, work, codes, found)
        assert not work[0].any()
        assert not work[2].any()
    given_items = codes[codes >= 0]
    _check_list(codes, found, sums, given_items.tolist(), is_whole=False)
    missed = [n for n in range(9) if n not in history and n not in given_items]
    if len(given_items) < k:
        assert np.allclose(sums[missed], 0, atol=1e-5)
    elif missed:
        positive = [sums[n] for n in missed if abs(sums[n]) > 1e-5]
        assert not positive or max(positive) <= found[-1] + 1e-5


def _check_list(
    codes: Any, found: Any, sums: Any, allowed: list[int], *, is_whole: bool = True
) -> None:
    kept = codes[codes >= 0]
    assert len(set(kept.tolist())) == len(kept)
    assert set(kept.tolist()) <= set(allowed)
    assert (codes[len(kept) :] == -1).all()
    assert np.isneginf(found[len(kept) :]).all()
    np.testing.assert_allclose(found[: len(kept)], sums[kept], atol=1e-5)
    assert (np.diff(found[: len(kept)]) <= 0).all()
    ties = np.diff(found[: len(kept)]) == 0
    assert (np.diff(kept)[ties] > 0).all(), "ties by lower code"
    if is_whole:
        assert len(kept) == min(len(codes), len(allowed))
        np.testing.assert_allclose(
            found[: len(kept)], np.sort(sums[allowed])[::-1][: len(kept)], atol=1e-5
        )


@settings(deadline=None, max_examples=100)
@given(matrices, st.integers(1, 10))
def test_rows_are_cut_to_their_largest(matrix: Any, k: int) -> None:
    given_matrix = sp.csr_matrix(matrix)
    cut = top_of_rows(given_matrix, k)
    assert cut.shape == given_matrix.shape
    for row in range(9):
        stored = given_matrix[row].data
        assert sorted(cut[row].data) == sorted(stored)[::-1][:k][::-1]
        places = cut[row].indices
        assert (cut[row].data == matrix[row][places]).all()


def test_empty_rows_stay_empty() -> None:
    assert top_of_rows(sp.csr_matrix((3, 4), dtype=np.float32), 2).nnz == 0
    assert top_of_rows(sp.csr_matrix((0, 4), dtype=np.float32), 2).shape == (0, 4)


def test_what_may_not_be_given_is_hidden_in_place() -> None:
    scores = np.zeros((2, 3), np.float32)
    hide(scores, Histories.of([[1, 1], []], 3), available=np.array([True, True, False]))
    assert np.isneginf(scores).tolist() == [[False, True, True], [False, False, True]]


@settings(deadline=None, max_examples=150)
@given(
    arrays(np.float32, st.integers(0, 200), elements=st.floats(-1e3, 1e3, width=32)),
    st.integers(1, 220),
    st.integers(1, 600),
)
def test_the_floor_lets_all_of_the_best_pass(sums: Any, k: int, n_steps: int) -> None:
    floor = floor_of_best(sums, k, np.empty(n_steps, np.int32))
    assert (sums >= floor).sum() >= min(k, len(sums))


def test_the_floor_leaves_few_for_the_heap() -> None:
    sums = np.random.default_rng(0).normal(size=3_000).astype(np.float32)
    assert 100 <= (sums >= floor_of_best(sums, 100, np.empty(512, np.int32))).sum() < 120
    sums[0] = 1e30  # one far above hides the rest from the counts: slower, not wrong
    assert (sums >= floor_of_best(sums, 100, np.empty(512, np.int32))).all()


@pytest.mark.parametrize("is_rounded", [False, True])
@pytest.mark.parametrize(
    ("history", "sign"), [([], 1), (range(40), 1), (range(7), -1), ([3, 3, 8, 9, 3, 20], 1)]
)
def test_a_dense_server_gives_what_sorting_gives(history: Any, sign: int, is_rounded: bool) -> None:
    scorer = EASE(reg=5.0).fit(DATA)
    server = Server(scorer, 50, is_rounded=is_rounded)
    items = np.array(history, np.int32)
    weights = np.linspace(1, 2, len(items)).astype(np.float32) * np.float32(sign)
    matrix = scorer.learnt("matrix_")
    sums = weights @ matrix[items]
    left = np.setdiff1d(np.arange(40), items)
    codes, found = server.top(items, weights)
    assert sorted(codes[: len(left)]) == left.tolist()
    assert (codes[len(left) :] == -1).all()
    assert np.isneginf(found[len(left) :]).all()
    step = np.abs(matrix).max() / 32_767 if is_rounded else 1e-6
    np.testing.assert_allclose(
        found[: len(left)], sums[codes[: len(left)]], atol=step * (1 + np.abs(weights).sum())
    )
    assert (np.diff(found[: len(left)]) <= 0).all()


def test_a_rounded_server_takes_half_the_room_and_gives_the_same_items() -> None:
    scorer = EASE(reg=5.0).fit(DATA)
    whole, half = Server(scorer, 20), Server(scorer, 20, is_rounded=True)
    assert half.n_bytes * 2 == whole.n_bytes
    same = 0
    for row in range(DATA.n_users):
        one = DATA.histories.part(row, row + 1)
        exact, rough = (each.top(one.items, one.weights)[0] for each in (whole, half))
        same += len(np.intersect1d(exact, rough))
    assert same >= 0.999 * 20 * DATA.n_users


@pytest.mark.parametrize(
    "scorer", [EASE(reg=5.0), RP3Beta(beta=0.3), RP3Beta(k=5)], ids=["dense", "sparse", "cut"]
)
def test_a_server_answers_as_its_scorer(scorer: Any) -> None:
    scorer.fit(DATA)
    server = Server(scorer, 6)
    assert server.n_bytes > 0
    expected, scores = scorer.top(DATA.histories, 6)
    for row in range(DATA.n_users):
        one = DATA.histories.part(row, row + 1)
        items, found = server.top(one.items, one.weights)
        kept = items >= 0
        np.testing.assert_allclose(found[kept], scores[row][kept], rtol=1e-4, atol=1e-6)
        close = np.isclose(np.diff(scores[row]), 0, atol=1e-6).any()
        assert close or (items[kept] == expected[row][kept]).all()


def test_a_cut_server_keeps_the_first_places() -> None:
    scorer = EASE(reg=5.0).fit(DATA)
    whole, cut = Server(scorer, 1), Server(scorer, 1, neighbours=30)
    same = 0
    for row in range(DATA.n_users):
        one = DATA.histories.part(row, row + 1)
        first, _ = whole.top(one.items, one.weights)
        second, _ = cut.top(one.items, one.weights)
        same += int(first[0] == second[0])
    assert same >= 0.8 * DATA.n_users


def test_a_server_refuses_what_it_cannot_answer() -> None:
    one = np.ones(1, np.float32)
    with pytest.raises(OptionInvalid, match="factors"):
        Server(GFCF().fit(DATA), 5)
    with pytest.raises(NotFitted):
        Server(EASE(), 5)
    with pytest.raises(OptionInvalid, match="below 1"):
        Server(EASE().fit(DATA), 0)
    with pytest.raises(OptionInvalid, match="sparse"):
        Server(EASE().fit(DATA), 5, neighbours=10, is_rounded=True)
    server = Server(EASE().fit(DATA), 5)
    for code in (-1, 40):
        with pytest.raises(DataInvalid, match="outside"):
            server.top(np.array([code], np.int32), one)
    with pytest.raises(DataInvalid, match="beside"):
        server.top(np.array([1, 2], np.int32), one)
