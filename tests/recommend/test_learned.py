"""The learned ranker: finds an interaction that no single scorer has, and refuses by name."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.adversarial import HiddenGroups, Hider
from livelore.intelligence.recommend.candidates.neighbours import ItemKNN
from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from livelore.intelligence.recommend.rankers.blend import Blend
from livelore.intelligence.recommend.rankers.booster import Booster
from livelore.intelligence.recommend.rankers.facts import Facts
from livelore.intelligence.recommend.rankers.learned import LearnedRanker, held_out
from livelore.intelligence.recommend.rankers.likeness import strongest
from livelore.intelligence.recommend.scorer import Scorer
from tests.recommend.made import checkerboard

ROWS = 20


def planted(n_users: int, seed: int) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
    """Relevant is where two scores have the same sign; either alone says nothing."""
    rng = np.random.default_rng(seed)
    first, second, noise = rng.normal(size=(3, n_users * ROWS))
    same = (first * second > 0) & (rng.random(n_users * ROWS) < 0.5)
    return {"first": first, "second": second, "noise": noise}, same.astype(np.int64)


def ndcg(scores: NDArray[np.float64], relevance: NDArray[np.int64]) -> float:
    order = np.argsort(-scores.reshape(-1, ROWS), axis=1)[:, :5]
    gains = 1 / np.log2(np.arange(5) + 2)
    hits = np.take_along_axis(relevance.reshape(-1, ROWS), order, axis=1)
    return float((hits * gains).sum(1).mean() / gains.sum())


@pytest.mark.parametrize("objective", ["lambdarank", "xendcg", "binary"])
def test_trees_learn_an_interaction_that_no_single_score_has(objective: str) -> None:
    table, relevance = planted(400, 0)
    booster = Booster(objective, n_trees=60).fit(table, relevance, np.full(400, ROWS))
    fresh, wanted = planted(200, 1)
    alone = max(ndcg(sign * each, wanted) for each in fresh.values() for sign in (1, -1))
    assert ndcg(booster.predict(fresh), wanted) > 1.3 * alone
    first, second, third = booster.importances
    assert {first, second} == {"first", "second"}
    assert third == "noise"
    assert sum(booster.importances.values()) == pytest.approx(1, abs=1e-3)


def test_a_constraint_holds_everywhere() -> None:
    rng = np.random.default_rng(0)
    table = {"up": rng.random(4000), "other": rng.random(4000)}
    relevance = (rng.random(4000) < table["up"] * table["other"]).astype(int)
    booster = Booster(n_trees=30, increasing=("up",), decreasing=("other",))
    booster.fit(table, relevance, np.full(200, 20))
    line = np.linspace(0, 1, 50)
    for other in (0.1, 0.5, 0.9):
        rising = booster.predict({"up": line, "other": np.full(50, other)})
        falling = booster.predict({"up": np.full(50, other), "other": line})
        assert (np.diff(rising) >= 0).all()
        assert (np.diff(falling) <= 0).all()


def test_a_missing_feature_is_refused_and_a_further_one_ignored() -> None:
    table, relevance = planted(50, 0)
    booster = Booster(n_trees=5).fit(table, relevance, np.full(50, ROWS))
    with pytest.raises(DataInvalid, match="second"):
        booster.predict({"first": table["first"], "noise": table["noise"]})
    more = {**table, "extra": table["noise"]}
    np.testing.assert_array_equal(booster.predict(more), booster.predict(table))


def test_refusals_of_the_trees() -> None:
    table, relevance = planted(50, 0)
    sizes = np.full(50, ROWS)
    with pytest.raises(NotFitted):
        Booster().predict(table)
    refused: list[dict[str, Any]] = [
        {"objective": "mse"},
        {"n_trees": 0},
        {"row_share": 0.0},
        {"column_share": 1.5},
        {"increasing": ("a",), "decreasing": ("a",)},
    ]
    for wrong in refused:
        with pytest.raises(OptionInvalid):
            Booster(**wrong)
    with pytest.raises(OptionInvalid, match="no feature"):
        Booster(increasing=("absent",)).fit(table, relevance, sizes)
    for bad, wanted, of_each in (
        ({}, relevance, sizes),
        ({"first": np.full(1000, np.inf)}, relevance, sizes),
        ({"first": table["first"], "short": table["noise"][:-1]}, relevance, sizes),
        (table, relevance[:-1], sizes),
        (table, relevance, sizes[:-1]),
        (table, np.zeros_like(relevance), sizes),
    ):
        with pytest.raises(DataInvalid):
            Booster(n_trees=2).fit(bad, wanted, of_each)


@dataclass
class Known(Scorer):
    """Says for each user of the fit what it was given; what a fit sees is kept for the test."""

    table: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    n_events_: int | None = field(default=None, init=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        self.n_events_ = len(interactions)
        return self

    def scores(self, histories: Histories) -> Floats:
        assert histories.users is not None
        return self.table[histories.users]


def society(seed: int = 0) -> tuple[Interactions, Interactions, dict[str, Scorer]]:
    """Users take what two scorers agree on in sign; the last of each is for the test."""
    rng = np.random.default_rng(seed)
    n_users, n_items, n_events = 200, 120, 16
    tables = rng.normal(size=(2, n_users, n_items)).astype(np.float32)
    liked = tables[0] * tables[1] > 0.1
    items = np.stack([rng.choice(np.flatnonzero(row), n_events, replace=False) for row in liked])
    users = np.repeat(np.arange(n_users), n_events)
    at = np.tile(np.arange(n_events, dtype=float), n_users)
    everything = Interactions.of(users, items.ravel(), at=at, item_ids=np.arange(n_items))
    train, test = held_out(everything, 0.26)
    scorers: dict[str, Scorer] = {name: Known(tables[n]) for n, name in enumerate(("a", "b"))}
    return train, test, scorers


def hits(scorer: Scorer, train: Interactions, test: Interactions) -> float:
    items, _ = scorer.top(train.histories, 5)
    rows = np.arange(len(items))[:, None]
    return float((test.matrix.toarray()[rows, items] > 0).mean())


def test_the_ranker_beats_each_of_its_scorers() -> None:
    train, test, scorers = society()
    ranker = LearnedRanker(scorers, Booster(n_trees=40, min_rows=20), pool=120, validation=0.3)
    ranker.fit(train)
    reached = hits(ranker, train, test)
    assert reached > 1.3 * max(hits(each, train, test) for each in scorers.values())
    assert set(ranker.importances) >= {
        "a.score",
        "blend.rank",
        "blend.gap",
        "b.score",
        "popularity",
    }


def test_a_ranker_with_its_scorers_and_trees_is_one_file(tmp_path: Path) -> None:
    train, _, _ = society()
    groups = Users(
        train.user_ids, (np.arange(train.n_users)[:, None] % 2).astype(np.float32), ("gender",)
    )
    linear = HiddenGroups(hider=Hider("none"), n_factors=8)
    ranker = LearnedRanker({"linear": linear}, Booster(n_trees=5), validation=0.3)
    ranker.fit(train, None, groups)
    component.save(ranker, tmp_path / "model.zip")
    again = component.load(tmp_path / "model.zip")
    np.testing.assert_array_equal(again.scores(train.histories), ranker.scores(train.histories))


def test_scorers_see_held_out_events_only_after_the_trees_learnt() -> None:
    train, _, scorers = society()
    seen: list[int] = []

    class Watching(Known):
        def fit(
            self, interactions: Interactions, items: Items | None = None, users: Users | None = None
        ) -> Self:
            seen.append(len(interactions))
            return super().fit(interactions, items, users)

    ranker = LearnedRanker(
        {"a": Watching(scorers["a"].options["table"])}, Booster(n_trees=2), validation=0.25
    )
    ranker.fit(train)
    kept, held = held_out(train, 0.25)
    assert seen == [len(kept), len(train)]
    assert len(kept) + len(held) == len(train)


def test_candidates_stand_above_all_others() -> None:
    train, _, scorers = society()
    ranker = LearnedRanker(scorers, Booster(n_trees=5), pool=3, validation=0.3).fit(train)
    histories = train.histories.part(0, 20)
    items, _ = ranker.top(histories, 3)
    blended, _ = Blend(tuple(scorers.values()), (1.0, 1.0)).top(histories, 3)
    for row in range(20):
        assert set(items[row]) == set(blended[row])


def test_a_scorer_of_weight_0_is_told_to_the_trees_but_gives_no_candidates() -> None:
    train, test, scorers = society()
    given: dict[str, Any] = {"weights": {"b": 0.0}, "validation": 0.3}
    few = LearnedRanker(scorers, Booster(n_trees=5), pool=4, **given).fit(train)
    histories = train.histories
    alone, _ = scorers["a"].top(histories, 4)
    assert (np.sort(few.top(histories, 4)[0]) == np.sort(alone)).all()
    many = LearnedRanker(scorers, Booster(n_trees=40, min_rows=20), pool=120, **given).fit(train)
    assert hits(many, train, test) > 1.3 * hits(scorers["a"], train, test)


def test_a_random_holdout_learns_from_users_with_few_events() -> None:
    rng = np.random.default_rng(0)
    world = Interactions.of(np.repeat(np.arange(200), 4), rng.integers(0, 40, 800))
    scorer: dict[str, Scorer] = {"known": Known(rng.normal(size=(200, 40)).astype(np.float32))}
    last = LearnedRanker(scorer, Booster(n_trees=2, min_rows=5)).fit(world)
    drawn = LearnedRanker(scorer, Booster(n_trees=2, min_rows=5), holdout="random").fit(world)
    assert not last.has_trees_, "a tenth of four events is none"
    assert drawn.has_trees_
    assert last.importances == {}
    np.testing.assert_array_equal(
        last.top(world.histories, 5)[0], scorer["known"].top(world.histories, 5)[0]
    )


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix])
def test_strongest_links_are_those_counted_by_hand(kind: Any) -> None:
    matrix = np.zeros((6, 6), np.float32)
    matrix[[0, 1, 2, 3], 5] = [4, -2, 6, 2]
    matrix[0, 4] = 3
    histories = Histories.of([[0, 1, 2, 3], [3], []], 6)
    users, items = np.array([0, 0, 1, 2]), np.array([5, 4, 5, 5])
    one, mean = strongest(kind(matrix), histories, users, items)
    np.testing.assert_allclose(one, [6, 3, 2, 0])
    np.testing.assert_allclose(mean, [4, 1, 2 / 3, 0])


def test_links_of_linear_scorers_are_features() -> None:
    world = checkerboard()
    ranker = LearnedRanker(
        {"knn": ItemKNN(), "popularity": Popularity()},
        Booster(n_trees=5, min_rows=5),
        links=("knn",),
        validation=0.3,
    ).fit(world)
    assert {"knn.strongest", "knn.strongest_mean"} <= set(ranker.importances)


def test_held_out_is_the_last_share_of_each_user_whatever_the_order_of_rows() -> None:
    rng = np.random.default_rng(0)
    order = rng.permutation(20)
    at = np.tile(np.arange(10.0), 2)[order]
    world = Interactions.of(np.repeat([1, 2], 10)[order], rng.integers(0, 5, 20), at=at)
    kept, held = held_out(world, 0.3)
    assert held.at is not None
    assert kept.at is not None
    assert sorted(held.at) == [7, 7, 8, 8, 9, 9]
    assert kept.at.max() == 6


def test_facts_are_those_counted_by_hand() -> None:
    day = 86_400.0
    world = Interactions.of([0, 0, 1, 1], [0, 1, 1, 2], at=np.array([0, 5, 9, 10]) * day)
    labels = sp.csr_matrix(np.array([[1, 0], [1, 1], [0, 2]], np.float32))
    items = Items(np.arange(3), labels, ("maths", "music"))
    users = Users(np.arange(2), np.array([[1, 0], [0, 3]], np.float32), ("maths", "music"))
    facts = Facts(windows=(0.1,)).fit(world, items, users)
    rows, codes = np.array([0, 0, 1]), np.array([1, 2, 2])
    found = facts.of(world.histories, rows, codes)
    np.testing.assert_allclose(found["popularity"], np.log1p([2, 1, 1]))
    np.testing.assert_allclose(found["popularity.0.1"], np.log1p([1, 1, 1]))
    np.testing.assert_allclose(found["age_days"], [5, 0, 0])
    np.testing.assert_allclose(found["n_events"], np.log1p([2, 2, 2]))
    likes = np.array([1 + np.sqrt(0.5), np.sqrt(0.5)])
    likes /= np.linalg.norm(likes)
    np.testing.assert_allclose(found["label_affinity"][0], likes.sum() * np.sqrt(0.5), rtol=1e-5)
    np.testing.assert_allclose(found["portrait_affinity"], [np.sqrt(0.5), 0, 3], rtol=1e-5)
    unseen = facts.of(Histories.of([[0]], 3), np.array([0]), np.array([1]))
    assert np.isnan(unseen["portrait_affinity"]).all()


def test_refusals_of_the_ranker() -> None:
    train, _, scorers = society()
    with pytest.raises(OptionInvalid):
        LearnedRanker({})
    with pytest.raises(OptionInvalid):
        LearnedRanker(scorers, validation=0)
    with pytest.raises(NotFitted):
        LearnedRanker(scorers).scores(train.histories)
    refused: list[dict[str, Any]] = [
        {"weights": {"c": 1.0}},
        {"weights": {"a": 0.0, "b": 0.0}},
        {"links": ("a",)},
        {"links": ("c",)},
        {"holdout": "first"},
        {"users_max": 0},
    ]
    for wrong in refused:
        with pytest.raises(OptionInvalid):
            LearnedRanker(scorers, **wrong)
    with pytest.raises(OptionInvalid):
        LearnedRanker({"blend": Popularity()})
    with pytest.raises(OptionInvalid):
        Facts(windows=(0.0,))
