"""Mood: the interval holds as often as it says, people count and not messages, few are told."""

import numpy as np
import pytest

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.mood import PEOPLE_MIN, mood, moods, stretch_of

N_ROOMS = 4_000


def room(rng: np.random.Generator, n_people: int) -> tuple[np.ndarray, np.ndarray]:
    """People with a leaning of their own, who write little or much; most messages take a side."""
    leaning = rng.normal(0.15, 0.35, n_people)
    users = np.repeat(np.arange(n_people), 1 + rng.poisson(rng.gamma(0.7, 2, n_people)))
    negative = np.clip(0.15 - 0.4 * leaning[users], 0.02, 0.95)
    positive = np.clip(0.25 + 0.5 * leaning[users], 0.02, 0.95)
    drawn, strong = rng.random(len(users)), rng.uniform(0.5, 1, len(users))
    weak = rng.normal(0, 0.15, len(users))
    sided = np.where(drawn < negative, -strong, weak)
    is_positive = (drawn >= negative) & (drawn < negative + positive)
    return np.where(is_positive, strong, sided), users


@pytest.mark.parametrize("n_people", [PEOPLE_MIN, 50, 300])
def test_the_interval_holds_as_often_as_it_says(n_people: int) -> None:
    rng = np.random.default_rng(0)
    truth = room(rng, 200_000)[0].mean()
    n_held, n_naive = 0, 0
    for _ in range(N_ROOMS):
        scores, users = room(rng, n_people)
        found, naive = mood(scores, users), mood(scores)
        assert found.low is not None
        assert found.high is not None
        n_held += found.low <= truth <= found.high
        n_naive += (naive.low or 0) <= truth <= (naive.high or 0)
    assert 0.88 <= n_held / N_ROOMS <= 0.92
    assert n_naive < n_held  # messages are not people


def test_too_few_people_is_an_answer() -> None:
    few = mood(np.ones(500), np.arange(500) % (PEOPLE_MIN - 1))
    assert (few.is_known, few.mean, few.n_messages, few.n_people) == (False, None, 500, 19)
    enough = mood(np.ones(500), np.arange(500) % PEOPLE_MIN)
    assert (enough.mean, enough.low, enough.high) == (1, 1, 1)
    assert not mood([]).is_known


def test_writers_that_are_not_known_are_people_of_their_own() -> None:
    scores = np.random.default_rng(0).uniform(-1, 1, 40)
    assert mood(scores, np.full(40, -1)) == mood(scores)


def test_stretches_are_read_apart() -> None:
    rng = np.random.default_rng(1)
    at = rng.uniform(0, 300, 400)
    scores = np.where(at < 100, -0.5, np.where(at < 200, 0.5, 0.0)) + rng.normal(0, 0.1, 400)
    places = stretch_of(at, [0, 100, 200, 250, 290, 299.9])
    found = moods(scores, places, 6)
    assert [each.n_messages for each in found] == np.bincount(places, minlength=6).tolist()
    assert found[0].high is not None
    assert found[1].low is not None
    assert found[0].high < -0.4 < 0.4 < found[1].low
    assert not found[5].is_known
    assert found[0] == mood(scores[at < 100])


def test_stretches_begin_in_order() -> None:
    assert stretch_of([-1, 0, 5, 10], [0, 5]).tolist() == [-1, 0, 1, 1]
    with pytest.raises(MessagesInvalid, match="number 1"):
        stretch_of([1.0], [5, 0])
