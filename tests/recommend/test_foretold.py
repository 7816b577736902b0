"""Weights learnt from several earlier moments, on data whose answer is built in."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.leaning import Leaning
from livelore.intelligence.recommend.candidates.newness import START, Newness
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.data import Histories, Interactions, Items
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.rankers.foretold import Cuts, Moment, foretold_blend
from livelore.intelligence.recommend.splits import by_time

N_ITEMS, N_USERS, N_DAYS = 200, 60, 40
PARTS = (Popularity(), Popularity(half_life_s=2.0), Newness(3.0))


def releases(seed: int = 0) -> Interactions:
    """Five items appear a day, and everybody takes two of the newest ten and one of any."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[int, int, float]] = []
    for day in range(1, N_DAYS):
        for user in rng.permutation(N_USERS):
            newest = rng.choice(np.arange(max(0, 5 * day - 10), 5 * day), 2, replace=False)
            for item in (*newest, rng.integers(0, 5 * day)):
                rows.append((int(user), int(item), day + rng.random()))
    users, items, at = (np.array(each) for each in zip(*rows, strict=True))
    ids = np.arange(N_USERS), np.arange(N_ITEMS)
    return Interactions.of(users, items, at=at, user_ids=ids[0], item_ids=ids[1])


DATA = releases()


def asked(scorer: Any, seed: int = 0) -> float:
    """nDCG@10 of what comes after nine tenths, new to the user."""
    split = by_time(releases(seed), 0.9, only_new=True)
    users = np.flatnonzero(np.diff(split.test.matrix.indptr))
    lists, _ = scorer.fit(split.train).top(split.train.histories.take(users), 10)
    return accuracy(lists, split.test.matrix[users], 10).means["ndcg"]


def test_what_foretells_is_given_the_weight() -> None:
    split = by_time(DATA, 0.9, only_new=True)
    blend = foretold_blend(PARTS, split.train)
    old, late, new = blend.weights
    assert max(late, new) > 0.3
    assert old < max(late, new)
    assert all(each.state == type(each)().state for each in (*blend.scorers, *PARTS)), "not fitted"
    assert asked(blend) > 1.2 * asked(Popularity())
    assert foretold_blend(PARTS, split.train).weights == blend.weights


def test_the_future_of_the_cut_does_not_reach_the_weights() -> None:
    """The same weights where the events after the horizon of the last moment are others."""
    options: Any = {"cuts": Cuts((0.4, 0.5), 0.1)}
    assert DATA.at is not None
    late = np.quantile(DATA.at, 0.61) < DATA.at
    items = np.where(late, (DATA.items * 7 + 3) % N_ITEMS, DATA.items)
    ids = DATA.user_ids, DATA.item_ids
    other = Interactions.of(DATA.users, items, at=DATA.at, user_ids=ids[0], item_ids=ids[1])
    first = foretold_blend(PARTS, DATA, **options).weights
    assert first == foretold_blend(PARTS, other, **options).weights
    early = Interactions.of(
        DATA.users, np.where(late, DATA.items, items[::-1]), at=DATA.at, user_ids=ids[0],
        item_ids=ids[1],
    )  # fmt: skip
    assert first != foretold_blend(PARTS, early, **options).weights


def test_the_slope_is_that_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    histories = Histories.of([[0, 3], [1], [2, 4, 5]], 8)
    test = np.zeros((3, 8), np.float32)
    test[[0, 0, 1, 2, 2], [1, 3, 7, 0, 6]] = 1

    class Said:
        def __init__(self) -> None:
            self.found = rng.normal(size=(3, 8)).astype(np.float32)

        def scores(self, _: Histories) -> Any:
            return self.found

    made: Any = [Said(), Said()]
    moment = Moment.of(made, histories, sp.csr_matrix(test))
    weights = np.array([0.3, -0.7])
    _, slope = moment.loss(weights)
    for n in range(2):
        step = np.eye(2)[n] * 1e-2
        numeric = (moment.loss(weights + step)[0] - moment.loss(weights - step)[0]) / 2e-2
        assert slope[n] == pytest.approx(numeric, rel=1e-2, abs=1e-3)


def test_a_large_penalty_leaves_no_weights_and_few_users_an_even_blend() -> None:
    assert np.abs(foretold_blend(PARTS, DATA, reg=1e4).weights).max() < 0.01
    few = DATA.take(DATA.users < 3)
    assert foretold_blend(PARTS, few, cuts=Cuts((0.5,))).weights == (1.0, 1.0, 1.0)
    assert foretold_blend(PARTS, DATA.take(np.zeros(0, int))).weights == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Cuts(()), "at"),
        (lambda: Cuts((0.5, 1.0)), "at"),
        (lambda: Cuts((0.5, 0.9), 0.2), "horizon"),
        (lambda: Cuts(horizon=0.0), "horizon"),
        (lambda: foretold_blend(PARTS, DATA, reg=0.0), "reg"),
        (lambda: foretold_blend((), DATA), "scorers"),
    ],
)
def test_options_out_of_range_are_refused_by_name(make: Any, named: str) -> None:
    with pytest.raises(OptionInvalid) as error:
        make()
    assert error.value.fields["option"] == named


def test_times_are_needed() -> None:
    with pytest.raises(DataInvalid, match="need times"):
        foretold_blend([EASE()], Interactions.of([1, 2], [1, 2]))
    with pytest.raises(OptionInvalid, match="no times"):
        Newness().fit(Interactions.of([1, 2], [1, 2]))


def test_newness_halves_with_age_and_is_nothing_where_it_is_not_known() -> None:
    events = Interactions.of(
        [0, 1, 0, 1], [0, 0, 1, 2], at=[0.0, 9.0, 6.0, 10.0], item_ids=np.arange(4)
    )
    asked_by = Histories.of([[0]], 4)
    found = Newness(4.0).fit(events).scores(asked_by)[0]
    assert found.tolist() == pytest.approx([2 ** (-10 / 4), 0.5, 1.0, 0.0])
    items = Items(events.item_ids, starts_at=np.array([2.0, 12.0, np.nan, 10.0]))
    found = Newness(4.0, START).fit(events, items).scores(asked_by)[0]
    assert found.tolist() == pytest.approx([0.25, 1.0, 0.0, 1.0])
    with pytest.raises(DataInvalid, match="start of every item"):
        Newness(4.0, START).fit(events)
    with pytest.raises(DataInvalid, match="beside a catalogue"):
        Newness(4.0, START).fit(events, Items(np.arange(2), starts_at=np.zeros(2)))
    with pytest.raises(OptionInvalid, match="neither event nor start"):
        Newness(4.0, "birth").fit(events)


def test_only_events_of_those_who_come_back_count() -> None:
    events = Interactions.of([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], at=[0.0, 1.0, 6.0, 4.0, 6.0])
    found = Popularity(returning_s=5.0).fit(events).counts_
    assert found is not None
    assert found.tolist() == [0, 0, 1]
    with pytest.raises(OptionInvalid, match="returning_s"):
        Popularity(returning_s=0.0).fit(events)


def test_a_history_leans_to_what_it_has_more_of_than_everybody() -> None:
    events = Interactions.of([0, 0, 1, 2], [0, 1, 0, 0], item_ids=np.arange(4))
    labels = sp.csr_matrix(np.array([[1, 0], [0, 1], [0, 2], [1, 1]], np.float32))
    items = Items(events.item_ids, labels)
    leaning = Leaning().fit(events, items)
    found = leaning.scores(Histories.of([[1], [0], []], 4))
    # three of four events have the first label: who has the second alone leans by 3/4 to it
    assert found[0].tolist() == pytest.approx([-0.75, 0.75, 0.75, 0], abs=1e-6)
    assert found[1].tolist() == pytest.approx([0.25, -0.25, -0.25, 0], abs=1e-6)
    assert found[2].tolist() == [0, 0, 0, 0]
    for wrong in (None, Items(np.arange(4)), Items(np.arange(2), labels[:2])):
        with pytest.raises(DataInvalid, match=r"labels of the items|beside 4 items"):
            Leaning().fit(events, wrong)
