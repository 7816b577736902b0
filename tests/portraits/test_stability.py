"""Matching of numbers, and how far populations are from each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from livelore.intelligence.portraits.stability import (
    kept_share,
    numbers_by_centres,
    numbers_by_overlap,
    psi,
    renumbered,
)

labels = arrays(np.int32, st.integers(1, 60), elements=st.integers(-1, 5))


@given(labels, st.permutations(range(6)))
def test_any_renumbering_is_undone(before: np.ndarray, order: list[int]) -> None:
    after = renumbered(before, np.array(order))
    found = renumbered(after, numbers_by_overlap(before, after))
    np.testing.assert_array_equal(found, before)
    assert kept_share(before, found) == 1


@given(labels, st.randoms(use_true_random=False))
def test_numbers_are_never_given_twice(before: np.ndarray, chance: object) -> None:
    after = np.roll(before, 1)[::-1].copy()
    numbers = numbers_by_overlap(before, after, first_free=10)
    assert len(set(numbers)) == len(numbers)
    fresh = numbers[numbers >= 6]
    assert (fresh >= 10).all()


def test_as_many_users_as_possible_keep_their_number() -> None:
    before = np.array([0] * 10 + [1] * 6, np.int32)
    after = np.array([0] * 5 + [1] * 5 + [0] * 6, np.int32)
    assert numbers_by_overlap(before, after).tolist() == [1, 0]


def test_centres_are_matched_without_users() -> None:
    before = np.array([[0.0, 0], [5, 5], [9, 0]])
    after = before[[2, 0, 1]] + 0.2
    assert numbers_by_centres(before, after).tolist() == [2, 0, 1]
    more = np.concatenate([after, [[50.0, 50]]])
    assert numbers_by_centres(before, more).tolist() == [2, 0, 1, 3]


def test_psi_is_zero_for_the_same_and_known_for_a_shift() -> None:
    assert psi(np.array([5.0, 5]), np.array([50.0, 50])) == 0
    wanted = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert psi(np.array([5.0, 5]), np.array([8.0, 2])) == pytest.approx(wanted)
    assert psi(np.array([1.0, 0]), np.array([0.0, 1])) > 1
