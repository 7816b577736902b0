"""What a reason says is what happens when its event is taken away."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend import reasons as reasons_module
from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.candidates.gfcf import GFCF
from livelore.intelligence.recommend.candidates.neighbours import UserKNN
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.candidates.sequence import Recency
from livelore.intelligence.recommend.data import Histories
from livelore.intelligence.recommend.rankers.blend import Blend
from livelore.intelligence.recommend.reasons import NONE, effects, reasons
from tests.recommend.made import checkerboard, histories_of, tastes

DATA = tastes(80, 24, seed=5)
FITTED: dict[str, Any] = {
    "ease": EASE(reg=10.0),
    "rp3beta": RP3Beta(),
    "gfcf": GFCF(n_factors=6),
    "ials": IALS(n_factors=6),
    "user_knn": UserKNN(k=20),
    "recency": Recency(EASE(reg=10.0), 2.0),
    "blend": Blend((EASE(reg=10.0), Popularity(), UserKNN(k=20)), (1.0, 0.2, 0.4)),
}
for _scorer in FITTED.values():
    _scorer.fit(DATA)


@pytest.mark.parametrize("scorer", FITTED.values(), ids=FITTED)
@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.integers(0, 23), max_size=7), min_size=1, max_size=3))
def test_without_the_cited_event_the_score_falls_by_the_share(
    scorer: Any, lists: list[list[int]]
) -> None:
    histories = histories_of(*lists)
    items, scores = scorer.top(histories, 5)
    told = reasons(scorer, histories, items)
    assert [len(each) for each in told] == [5] * len(lists)
    for row, history in enumerate(lists):
        for place, reason in enumerate(told[row]):
            if items[row, place] < 0 or reason == NONE:
                assert reason == NONE
                continue
            assert history[reason.event] == reason.item
            rest = history[: reason.event] + history[reason.event + 1 :]
            left = scorer.scores(histories_of(rest))[0][items[row, place]]
            assert reason.share > 0
            fell = scores[row, place] - left
            assert fell == pytest.approx(reason.share, rel=1e-3, abs=2e-4)


@pytest.mark.parametrize("scorer", FITTED.values(), ids=FITTED)
def test_no_other_event_matters_more(scorer: Any) -> None:
    history = [0, 3, 5, 9]
    histories = histories_of(history)
    items, scores = scorer.top(histories, 4)
    for place, reason in enumerate(reasons(scorer, histories, items)[0]):
        item = items[0, place]
        falls = [
            scores[0, place] - scorer.scores(histories_of(history[:n] + history[n + 1 :]))[0][item]
            for n in range(4)
        ]
        assert max(falls) == pytest.approx(reason.share, rel=1e-3, abs=2e-4)


def test_a_popular_item_has_no_event_as_its_reason() -> None:
    scorer = Popularity().fit(DATA)
    histories = histories_of([1, 2], [])
    items, _ = scorer.top(histories, 3)
    assert reasons(scorer, histories, items) == [[NONE] * 3] * 2


def test_a_reason_is_of_the_same_colour() -> None:
    scorer = Blend((EASE(reg=5.0), UserKNN()), (1.0, 0.5)).fit(checkerboard())
    histories = histories_of([0, 1, 2], [5, 7, 6])
    items, _ = scorer.top(histories, 10)
    for row, listed in enumerate(reasons(scorer, histories, items)):
        for place, reason in enumerate(listed):
            if reason != NONE:
                assert reason.item % 2 == items[row, place] % 2


@pytest.mark.parametrize("name", ["ease", "ials"])
def test_of_a_long_history_the_newest_events_are_tried(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reasons_module, "EVENTS_MAX", 3)
    asked: list[int] = []
    scorer = FITTED[name]
    scores = type(scorer).scores

    def counted(self: Any, histories: Histories) -> Any:
        asked.append(len(histories))
        return scores(self, histories)

    histories = histories_of(list(range(12)))
    items, _ = scorer.top(histories, 5)
    monkeypatch.setattr(type(scorer), "scores", counted)
    told = reasons(scorer, histories, items)[0]
    assert all(each.event in {-1, 9, 10, 11} for each in told)
    assert max(asked, default=0) <= 3, "the others cost nothing"


def test_times_and_weights_go_with_their_events() -> None:
    data = DATA.histories.part(0, 1)
    asked = dataclasses.replace(data, now=1e6)
    scorer = Recency(EASE(reg=10.0), 5.0, "seconds").fit(DATA)
    found = effects(scorer, asked, np.arange(24, dtype=np.int32))
    whole = scorer.scores(asked)[0]
    for event in range(len(asked.items)):
        kept = np.arange(len(asked.items)) != event
        less = dataclasses.replace(
            asked,
            indptr=np.array([0, kept.sum()]),
            items=asked.items[kept],
            weights=asked.weights[kept],
            at=None if asked.at is None else asked.at[kept],
        )
        expected = whole - scorer.scores(less)[0]
        np.testing.assert_allclose(found[event], expected, atol=1e-6)
