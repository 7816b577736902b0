"""What a split promises holds for any events: parts are disjoint, nothing is lost, no leak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.data import Interactions
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.splits import (
    Split,
    by_time,
    cold_items,
    cold_users,
    folds,
    leave_last_out,
    random_holdout,
)

EVENTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 8), st.integers(0, 20)), min_size=4, max_size=60
)


def interactions(events: list[tuple[int, int, int]]) -> Interactions:
    """Weights tell the rows apart."""
    users, items, at = (list(column) for column in zip(*events, strict=True))
    return Interactions.of(users, items, np.arange(1, len(events) + 1), at)


def pairs(part: Interactions) -> set[tuple[int, int]]:
    return set(zip(part.users.tolist(), part.items.tolist(), strict=True))


def check_whole(split: Split, whole: Interactions) -> None:
    parts = (split.train, split.test, split.held, split.dropped)
    rows = np.concatenate([part.weights for part in parts])
    np.testing.assert_array_equal(np.sort(rows), whole.weights)
    for part in parts:
        rows = part.weights.astype(int) - 1
        np.testing.assert_array_equal(part.users, whole.users[rows])
        np.testing.assert_array_equal(part.items, whole.items[rows])
        assert part.user_ids is whole.user_ids


@given(EVENTS, st.floats(0.05, 0.95), st.integers(0, 100))
@settings(deadline=None)
def test_a_random_holdout_never_tests_what_it_trained_on(
    events: list[tuple[int, int, int]], share: float, seed: int
) -> None:
    whole = interactions(events)
    split = random_holdout(whole, share, seed)
    check_whole(split, whole)
    assert not pairs(split.train) & pairs(split.test)
    assert set(split.train.users) == set(whole.users)
    n_pairs = np.bincount([user for user, _ in pairs(whole)], minlength=whole.n_users)
    n_test = np.bincount([user for user, _ in pairs(split.test)], minlength=whole.n_users)
    assert (n_test[n_pairs >= 2] >= 1).all()
    assert (np.abs(n_test - share * n_pairs) <= 1).all()
    np.testing.assert_array_equal(
        split.test.weights, random_holdout(whole, share, seed).test.weights
    )


@given(EVENTS, st.integers(2, 5), st.integers(0, 100))
@settings(deadline=None)
def test_folds_test_every_event_once(
    events: list[tuple[int, int, int]], n_folds: int, seed: int
) -> None:
    whole = interactions(events)
    splits = list(folds(whole, n_folds, seed))
    tested = np.concatenate([split.test.weights for split in splits])
    np.testing.assert_array_equal(np.sort(tested), whole.weights)
    for split in splits:
        check_whole(split, whole)
        assert not pairs(split.train) & pairs(split.test)


@given(EVENTS, st.integers(1, 3), st.booleans())
@settings(deadline=None)
def test_the_last_events_are_the_latest(
    events: list[tuple[int, int, int]], n_last: int, only_new: bool
) -> None:
    whole = interactions(events)
    split = leave_last_out(whole, n_last, only_new=only_new)
    check_whole(split, whole)
    assert whole.at is not None
    for user in range(whole.n_users):
        n_events = (whole.users == user).sum()
        kept = split.train.users == user
        assert kept.sum() == (n_events - n_last if n_events > n_last else n_events)
        for part in (split.test, split.dropped):
            mine = part.users == user
            if mine.any() and part.at is not None and split.train.at is not None:
                assert split.train.at[kept].max() <= part.at[mine].min()
    if only_new:
        assert not pairs(split.train) & pairs(split.test)
        assert pairs(split.dropped) <= pairs(split.train)
    else:
        assert len(split.dropped) == 0


@given(EVENTS, st.floats(0.1, 0.9))
@settings(deadline=None)
def test_a_split_by_time_never_trains_on_the_future(
    events: list[tuple[int, int, int]], share: float
) -> None:
    whole = interactions(events)
    try:
        split = by_time(whole, share)
    except DataInvalid:
        assert whole.at is not None
        assert np.quantile(whole.at, share, method="higher") == whole.at.min()
        return
    check_whole(split, whole)
    assert split.train.at is not None
    assert split.test.at is not None
    assert split.cut_at is not None
    assert split.train.at.max() < split.cut_at <= split.test.at.min()
    assert split.histories.now == split.cut_at


@given(EVENTS, st.floats(0.05, 0.95), st.integers(0, 100))
@settings(deadline=None)
def test_cold_items_are_unknown_to_training(
    events: list[tuple[int, int, int]], share: float, seed: int
) -> None:
    whole = interactions(events)
    if len(set(whole.items)) < 2:
        with pytest.raises(DataInvalid):
            cold_items(whole, share, seed)
        return
    split = cold_items(whole, share, seed)
    check_whole(split, whole)
    assert len(split.test) > 0
    assert len(split.train) > 0
    assert not set(split.train.items) & set(split.test.items)


@given(EVENTS, st.floats(0.05, 0.95), st.integers(0, 100))
@settings(deadline=None)
def test_cold_users_come_with_a_history_that_is_not_fitted(
    events: list[tuple[int, int, int]], share: float, seed: int
) -> None:
    whole = interactions(events)
    if len(set(whole.users)) < 2:
        with pytest.raises(DataInvalid):
            cold_users(whole, share, seed)
        return
    split = cold_users(whole, share, seed)
    check_whole(split, whole)
    assert len(split.train) > 0
    cold = set(split.held.users)
    assert set(split.test.users) <= cold
    assert not cold & set(split.train.users)
    assert not pairs(split.held) & pairs(split.test)
    histories = split.histories
    assert histories.users is not None
    for user in cold:
        assert histories.users[user] == -1
        mine = histories.items[histories.indptr[user] : histories.indptr[user + 1]]
        assert sorted(mine) == sorted(split.held.items[split.held.users == user])


def test_seeds_matter() -> None:
    rng = np.random.default_rng(0)
    whole = Interactions.of(rng.integers(0, 20, 400), rng.integers(0, 50, 400))
    first, second = (random_holdout(whole, 0.2, seed).test for seed in (1, 2))
    assert pairs(first) != pairs(second)
    assert 0.17 <= len(pairs(first)) / len(pairs(whole)) <= 0.23


def test_impossible_splits_are_refused() -> None:
    whole = Interactions.of([0, 1], [0, 1])
    with pytest.raises(DataInvalid):
        by_time(whole)
    with pytest.raises(DataInvalid):
        random_holdout(whole.take(np.zeros(2, np.bool_)), 0.5, 1)
    for share in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(OptionInvalid):
            random_holdout(whole, share, 1)
    with pytest.raises(OptionInvalid):
        list(folds(whole, 1, 1))
    with pytest.raises(OptionInvalid):
        leave_last_out(whole, 0)
    with pytest.raises(DataInvalid):
        by_time(Interactions.of([0, 1], [0, 1], at=[5, 5]))


def test_without_times_rows_are_the_order() -> None:
    whole = Interactions.of([0, 1, 0, 1], [3, 3, 4, 5])
    split = leave_last_out(whole)
    assert split.test.items.tolist() == whole.items[2:].tolist()
