"""What every scorer promises: name one, and its expected nDCG@10 on `made.checkerboard`.

Import `promises` and call it, or parametrise over its parts; see `test_contract`.
"""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from livelore.intelligence.recommend.component import Component, load, save
from livelore.intelligence.recommend.data import Interactions, Items
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.scorer import Scorer
from livelore.intelligence.recommend.splits import random_holdout
from livelore.kit.errors import AppError
from tests.recommend.made import N_ITEMS, checkerboard, histories_of

Make = Callable[[], Scorer]
QUESTIONS = histories_of([0, 2, 4], [1], [], [3, 3, 5, 3], list(range(N_ITEMS)))


def hosted(data: Interactions) -> Items:
    """Two hosts: of even and of odd items."""
    return Items(data.item_ids, hosts=(np.arange(data.n_items) % 2).astype(np.int32))


def fitted(make: Make, data: Interactions | None = None) -> Scorer:
    known = checkerboard() if data is None else data
    return make().fit(known, hosted(known))


def gives_the_same_state_for_the_same_data(make: Make) -> None:
    first, second = fitted(make), fitted(make)
    assert pickle.dumps(first.state) == pickle.dumps(second.state)
    assert (first.scores(QUESTIONS) == second.scores(QUESTIONS)).all()


def leaves_what_it_is_given_alone(make: Make) -> None:
    given = checkerboard()
    before = pickle.dumps((given.users, given.items, given.weights, given.at, given.matrix.data))
    scorer = fitted(make, given)
    asked = copy.deepcopy(QUESTIONS)
    scorer.top(asked, 5)
    after = pickle.dumps((given.users, given.items, given.weights, given.at, given.matrix.data))
    assert before == after
    assert (asked.items == QUESTIONS.items).all()
    assert (asked.weights == QUESTIONS.weights).all()
    again = scorer.scores(QUESTIONS)
    assert np.isfinite(again).all(), "top() wrote into the state"


def scores_are_finite_and_of_the_right_shape(make: Make) -> None:
    scorer = fitted(make)
    for histories in (QUESTIONS, QUESTIONS.part(0, 0), QUESTIONS.part(2, 3)):
        scores = scorer.scores(histories)
        assert scores.shape == (len(histories), N_ITEMS)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()


def a_user_is_scored_alone_as_among_others(make: Make) -> None:
    scorer = fitted(make)
    whole = scorer.scores(QUESTIONS)
    for row in range(len(QUESTIONS)):
        alone = scorer.scores(QUESTIONS.part(row, row + 1))[0]
        np.testing.assert_allclose(alone, whole[row], rtol=1e-4, atol=1e-5)


def lists_are_in_order_without_what_is_known(make: Make) -> None:
    scorer = fitted(make)
    scores = scorer.scores(QUESTIONS)
    items, found = scorer.top(QUESTIONS, N_ITEMS + 3)
    assert items.shape == found.shape == (len(QUESTIONS), N_ITEMS + 3)
    for row, history in enumerate(QUESTIONS.matrix.toarray()):
        allowed = np.flatnonzero(history == 0)
        expected = allowed[np.lexsort((allowed, -scores[row, allowed]))].tolist()
        assert items[row, : len(expected)].tolist() == expected
        assert (items[row, len(expected) :] == -1).all()
        assert (found[row, : len(expected)] == scores[row, expected]).all()
        assert np.isneginf(found[row, len(expected) :]).all()


def only_what_is_available_is_given(make: Make) -> None:
    scorer = fitted(make)
    available = np.zeros(N_ITEMS, bool)
    available[[0, 1, 7]] = True
    items, _ = scorer.top(QUESTIONS, 5, available=available)
    assert sorted(items[0]) == [-1, -1, -1, 1, 7]
    assert sorted(items[2]) == [-1, -1, 0, 1, 7]
    items, _ = scorer.top(QUESTIONS, 5, available=available, repeats=True)
    assert all(sorted(row) == [-1, -1, 0, 1, 7] for row in items.tolist())
    nothing, found = scorer.top(QUESTIONS, 2, available=np.zeros(N_ITEMS, bool))
    assert (nothing == -1).all()
    assert np.isneginf(found).all()


def a_file_keeps_options_and_scores(make: Make, folder: Path) -> None:
    scorer = fitted(make)
    save(scorer, folder / "model")
    again = load(folder / "model")
    assert type(again) is type(scorer)
    assert _plain(again.options) == _plain(scorer.options)
    assert (again.scores(QUESTIONS) == scorer.scores(QUESTIONS)).all()
    assert [each.name for each in folder.iterdir()] == ["model"], "nothing half-written stays"


def asked_before_its_fit_it_says_so(make: Make) -> None:
    try:
        make().scores(QUESTIONS)
    except AppError as error:
        assert error.code == "recommend.not_fitted"  # noqa: PT017  a suite without pytest
    else:
        raise AssertionError("it answered")


def first_day_data_are_no_trouble(make: Make, data: Interactions) -> None:
    scorer = make()
    try:
        scorer.fit(data, hosted(data))
    except AppError as error:
        assert not len(data), f"refused although there are events: {error}"  # noqa: PT017
        return
    scores = scorer.scores(data.histories)
    assert scores.shape == (data.n_users, data.n_items)
    assert np.isfinite(scores).all()
    items, _ = scorer.top(data.histories, 2)
    assert items.shape == (data.n_users, 2)


def colours_are_told_apart(make: Make, ndcg: float) -> None:
    """Within the colour before outside it, and nDCG@10 of a tenth held out."""
    data = checkerboard()
    scorer = fitted(make, data)
    items, _ = scorer.top(data.histories, 6)
    if ndcg > 0.3:  # above what knowing no colour gives
        assert (items % 2 == np.arange(data.n_users)[:, None] % 2).mean() >= 0.98
    split = random_holdout(data, 0.2, 0)
    lists, _ = fitted(make, split.train).top(split.histories, 10)
    assert accuracy(lists, split.test.matrix, 10).means["ndcg"] >= ndcg


def _plain(value: Any) -> Any:
    if isinstance(value, Component):
        return type(value).__name__, _plain(value.options)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return tuple(_plain(each) for each in value) if isinstance(value, tuple) else value


PROMISES: tuple[Callable[[Make], None], ...] = (
    gives_the_same_state_for_the_same_data,
    leaves_what_it_is_given_alone,
    scores_are_finite_and_of_the_right_shape,
    a_user_is_scored_alone_as_among_others,
    lists_are_in_order_without_what_is_known,
    only_what_is_available_is_given,
    asked_before_its_fit_it_says_so,
)
"""Those that need nothing but the scorer."""
