"""The table of models: its shape is the contract's, its blend is worth its name."""

import json
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta
from livelore.intelligence.recommend.data import Interactions, Items
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.evaluate import Trial, compared, request_times
from livelore.intelligence.recommend.known import DENSE_ITEMS_MAX, suited
from livelore.intelligence.recommend.labelled import items_of
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.rankers.blend import (
    chosen_blend,
    coordinate_search,
    standardised,
)
from livelore.intelligence.recommend.splits import random_holdout
from tests.recommend.made import tastes

DATA = tastes(200, 40, seed=6)
SPLIT = random_holdout(DATA, 0.2, 1)
LABELS = sp.csr_matrix(np.eye(5, dtype=np.float32)[np.arange(40) % 5])
ITEMS = Items(DATA.item_ids, LABELS, tuple("abcde"))
MEASURES = {"recall", "ndcg", "hit_rate", "mrr", "coverage", "gini", "ild", "novelty"}


def test_the_table_has_the_shape_of_the_contract() -> None:
    steps: list[tuple[int, int]] = []
    names = ["popularity", "rp3beta", "ease", "blend"]
    trial = Trial(SPLIT.train, SPLIT.test, (5, 10), ITEMS)
    found, by_name = compared(names, trial, lambda done, of: steps.append((done, of)))
    assert set(found) == {"data", "models", "best"}
    assert list(found["models"]) == names
    for figures in found["models"].values():
        assert {"fit_s", "peak_mb", "p50_us", "p99_us", "at"} <= set(figures)
        assert figures["peak_mb"] > 1
        assert 0 < figures["p50_us"] <= figures["p99_us"]
        assert list(figures["at"]) == ["5", "10"]
        for at in figures["at"].values():
            assert set(at) >= MEASURES
            assert all(np.isfinite(value) for value in at.values())
            assert all(0 <= at[name] <= 1 for name in MEASURES - {"novelty"})
        assert figures["at"]["10"]["recall"] >= figures["at"]["5"]["recall"]
        low, high = figures["ndcg_interval"]
        assert low <= figures["at"]["10"]["ndcg"] <= high
    ndcg = {name: each["at"]["10"]["ndcg"] for name, each in found["models"].items()}
    assert found["best"] == max(ndcg, key=lambda name: ndcg[name])
    assert found["data"]["n_train"] == len(SPLIT.train)
    assert steps == [(n, 4) for n in range(4)]
    json.loads(json.dumps(found, allow_nan=False))
    lists, _ = by_name["ease"].scorer.top(SPLIT.train.histories, 10)
    assert accuracy(lists, SPLIT.test.matrix, 10).means["ndcg"] == pytest.approx(ndcg["ease"])


def test_without_labels_there_is_no_distance() -> None:
    found, _ = compared(["popularity"], Trial(SPLIT.train, SPLIT.test, (5,)))
    assert "ild" not in found["models"]["popularity"]["at"]["5"]


def test_one_test_user_is_judged_without_an_interval() -> None:
    one = SPLIT.test.take(SPLIT.test.users == SPLIT.test.users[0])
    found, _ = compared(["popularity", "blend"], Trial(SPLIT.train, one, (5,)))
    assert "ndcg_interval" not in found["models"]["popularity"]
    assert found["data"]["n_test_users"] == 1


@pytest.mark.parametrize(
    ("names", "trial", "error"),
    [
        ([], Trial(SPLIT.train, SPLIT.test), OptionInvalid),
        (["easy"], Trial(SPLIT.train, SPLIT.test), OptionInvalid),
        (["popularity"], Trial(SPLIT.train, SPLIT.test, ()), OptionInvalid),
        (["popularity"], Trial(SPLIT.train, SPLIT.test, (0,)), OptionInvalid),
        (["popularity"], Trial(SPLIT.train, SPLIT.test.take(np.zeros(0, int))), DataInvalid),
        (["popularity"], Trial(SPLIT.train.take(np.zeros(0, int)), SPLIT.test), DataInvalid),
        (["popularity"], Trial(SPLIT.train, Interactions.of([1], [1])), DataInvalid),
    ],
)
def test_what_cannot_be_judged_is_refused(names: Any, trial: Trial, error: Any) -> None:
    with pytest.raises(error):
        compared(names, trial)


@pytest.mark.parametrize("seed", range(3))
def test_a_blend_is_never_worse_than_its_best_part_on_the_validation(seed: int) -> None:
    parts = [Popularity(), RP3Beta(), EASE(reg=20.0)]
    blend, value = chosen_blend(parts, DATA, k=10, seed=seed)
    split = random_holdout(DATA, 0.1, seed)
    judged = np.flatnonzero(np.diff(split.test.matrix.indptr))
    shown, test = split.histories.take(judged), split.test.matrix[judged]
    alone = [
        accuracy(each.with_options().fit(split.train).top(shown, 10)[0], test, 10).means["ndcg"]
        for each in parts
    ]
    assert value >= max(alone) - 1e-6
    assert all(each.state == type(each)().state for each in blend.scorers), "not fitted"
    together = blend.with_options().fit(split.train).top(shown, 10)[0]
    assert accuracy(together, test, 10).means["ndcg"] == pytest.approx(value, abs=1e-3)
    assert all(each.state == type(each)().state for each in parts), "nor those handed in"
    assert all(blend.weights)
    assert chosen_blend(parts, DATA, k=10, seed=seed)[0].weights == blend.weights


def test_a_blend_of_nothing_is_never_chosen() -> None:
    """All zeros rank by code: they would win here."""
    good, bad = np.arange(5, dtype=np.float32)[None, ::-1], np.arange(5, dtype=np.float32)[None, :]

    def judge(scores: Any) -> float:
        return 1.0 if (scores == 0).all() else 0.5 + 0.1 * float(scores[0, 0] > scores[0, 4])

    weights, value = coordinate_search([bad, good], judge)
    assert any(weights)
    assert value < 1.0


def test_too_few_events_to_judge_give_an_even_blend() -> None:
    one = Interactions.of([1], [1])
    blend, value = chosen_blend([Popularity(), EASE()], one)
    assert (blend.weights, value) == ((1.0, 1.0), 0.0)
    with pytest.raises(OptionInvalid, match="none is given"):
        chosen_blend([], one)


def test_rows_are_standardised_or_nothing() -> None:
    found = standardised(np.array([[1, 2, 3], [5, 5, 5]], np.float32))
    assert found.mean(axis=1).tolist() == pytest.approx([0, 0], abs=1e-6)
    assert found.std(axis=1).tolist() == pytest.approx([1, 0])


def test_no_request_takes_no_time() -> None:
    scorer = Popularity().fit(DATA)
    assert request_times(scorer, DATA.histories.part(0, 0), 5) == {"p50_us": 0.0, "p99_us": 0.0}


def test_large_catalogues_get_no_dense_matrix() -> None:
    small = suited(DATA)
    large = suited(
        Interactions(
            DATA.users, DATA.items, DATA.weights, DATA.user_ids, np.arange(DENSE_ITEMS_MAX + 1)
        )
    )
    assert "ease" in small
    assert "ease" not in large
    assert small[-1] == large[-1] == "blend"


def test_labels_go_to_the_items_of_the_catalogue() -> None:
    found = items_of(
        np.array([10, 20, 30]),
        ["20", "99", "20", "10"],
        [["maths/algebra"], ["x"], ["maths", "free"], None],
        ["Title", "no", "more", ""],
    )
    assert found.labels is not None
    assert found.label_names == ("maths", "maths/algebra", "free")
    assert found.labels.toarray().tolist() == [[0, 0, 0], [1, 1, 1], [0, 0, 0]]
    assert found.texts == ("", "Title more", "")
    bare = items_of(np.array([1]), [1], None)
    assert (bare.labels, bare.texts, bare.label_names) == (None, None, ())
