"""Events after the fit count at once, and as much as if they had been there."""

from typing import Any

import numpy as np
import pytest

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.candidates.neighbours import ItemKNN, UserKNN
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.candidates.sequence import Recency
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.scorer import Scorer
from livelore.intelligence.recommend.splits import random_holdout
from tests.recommend.made import checkerboard, histories_of, tastes

MODELS: dict[str, Any] = {
    "ease": lambda: EASE(reg=50.0),
    "ials": lambda: IALS(n_factors=8, reg=0.02),
    "item_knn": ItemKNN,
    "rp3beta": lambda: RP3Beta(beta=0.2),
}
SPLIT = random_holdout(tastes(1200, 60, seed=4), 0.25, 0)


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_folding_in_is_as_good_as_fitting_again(make: Any) -> None:
    """A twentieth of the users came after the fit, and a few events of the others."""
    train = SPLIT.train
    is_new = train.users % 20 == 0
    rng = np.random.default_rng(0)
    is_late = is_new | (rng.random(len(train)) < 0.03)
    before: Scorer = make().fit(train.take(~is_late))
    again: Scorer = make().fit(train)
    asked = np.flatnonzero(np.diff(SPLIT.test.matrix.indptr))
    shown, test = train.histories.take(asked), SPLIT.test.matrix[asked]
    folded, refitted = (
        accuracy(each.top(shown, 10)[0], test, 10).means["ndcg"] for each in (before, again)
    )
    assert refitted > 0.2
    assert abs(folded - refitted) <= 0.02 * refitted
    blind = before.top(train.take(~is_late).histories.take(asked), 10)[0]
    assert accuracy(blind, test, 10).means["ndcg"] < folded, "the late events are worth something"


@pytest.mark.parametrize(
    "make",
    [*MODELS.values(), UserKNN, lambda: Recency(EASE(reg=50.0), 3.0)],
    ids=[*MODELS, "user_knn", "recency"],
)
def test_a_fresh_event_counts_in_the_very_next_request(make: Any) -> None:
    scorer = make().fit(checkerboard())
    even, then_odd = histories_of([0, 2]), histories_of([0, 2, 1])
    first, second = scorer.scores(even)[0], scorer.scores(then_odd)[0]
    odd = np.arange(1, 24, 2)
    assert second[odd[1:]].mean() > first[odd[1:]].mean()
    assert 1 not in scorer.top(then_odd, 23)[0]


def test_a_user_of_the_fit_is_not_their_own_neighbour() -> None:
    data = checkerboard()
    model = UserKNN(k=1).fit(data)
    known = model.scores(data.histories.part(0, 1))[0]
    stranger = histories_of(data.histories.part(0, 1).items.tolist())
    as_stranger = model.scores(stranger)[0]
    assert set(np.flatnonzero(as_stranger)) == set(stranger.items.tolist())
    assert set(np.flatnonzero(known)) != set(stranger.items.tolist())
