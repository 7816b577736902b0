"""New items find their audience by content; known items keep their scores."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.recommend.candidates.cold import ColdItems, smoother
from livelore.intelligence.recommend.candidates.content import ContentScorer, item_features
from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.component import load, save
from livelore.intelligence.recommend.data import Histories, Interactions, Items
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer

N_USERS, N_ITEMS, N_KINDS = 200, 80, 6


def planted(seed: int) -> tuple[Interactions, Items, NDArray[Any], NDArray[Any]]:
    """Users who want one kind of item; a quarter of the items is new.

    Returns:
        Events on the others, items, the wanted kind of each user, the kind of each item.
    """
    rng = np.random.default_rng(seed)
    kinds, wanted = rng.integers(0, N_KINDS, N_ITEMS), rng.integers(0, N_KINDS, N_USERS)
    labels = np.zeros((N_ITEMS, N_KINDS + 4), np.float32)
    labels[np.arange(N_ITEMS), kinds] = 1
    labels[:, N_KINDS:] = rng.random((N_ITEMS, 4)) < 0.3
    chance = np.where(kinds[None] == wanted[:, None], 0.6, 0.05)
    touched = rng.random(chance.shape) < chance
    touched[:, ::4] = False
    users, items = np.nonzero(touched)
    events = Interactions.of(users, items, user_ids=np.arange(N_USERS), item_ids=np.arange(N_ITEMS))
    return events, Items(np.arange(N_ITEMS), sp.csr_matrix(labels)), wanted, kinds


@pytest.mark.parametrize("base", [None, IALS(n_factors=8, n_epochs=5), EASE(reg=20.0)])
def test_a_new_item_is_near_the_top_for_its_audience(base: Scorer | None) -> None:
    events, items, wanted, kinds = planted(1)
    model = ColdItems() if base is None else ColdItems(base)
    scores = model.fit(events, items).scores(events.histories)[:, ::4]
    ranks = (-scores).argsort(axis=1).argsort(axis=1)
    audience = kinds[::4][None] == wanted[:, None]
    n_of_kind = audience.sum(axis=1)[:, None]
    hits = (ranks < np.maximum(n_of_kind, scores.shape[1] // 5)) & audience
    assert hits.sum() / audience.sum() > 0.8


def test_known_items_keep_the_scores_of_the_base() -> None:
    events, items, _, _ = planted(2)
    alone = EASE(reg=20.0).fit(events)
    model = ColdItems(EASE(reg=20.0)).fit(events, items)
    known = model.learnt("known_")
    np.testing.assert_array_equal(known, np.flatnonzero(np.arange(N_ITEMS) % 4))
    histories = events.histories
    np.testing.assert_array_equal(
        model.scores(histories)[:, known], alone.scores(histories)[:, known]
    )


def test_scores_are_those_of_factors_regressed_on_content() -> None:
    events, items, _, _ = planted(3)
    base = IALS(n_factors=8, n_epochs=5)
    model = ColdItems(base, touched=0.0, power=1.0, reg=0.5).fit(events, items)
    known, new = model.learnt("known_"), model.learnt("new_")
    features = item_features(items).toarray().astype(np.float64)
    kernel = 0.5 + 0.5 * features @ features.T / (features[known] ** 2).sum(axis=1).mean()
    factors = base.learnt("items_")[known]
    inside = kernel[np.ix_(known, known)] + 0.5 * np.eye(len(known))
    predicted = kernel[np.ix_(new, known)] @ np.linalg.solve(inside, factors)
    expected = base.vectors(events.histories) @ predicted.T
    np.testing.assert_allclose(model.scores(events.histories)[:, new], expected, atol=1e-4)


def test_the_regression_beats_plain_likeness() -> None:
    """What is common to all contents is noise to a cosine; the regression learns which counts."""
    events, items, wanted, kinds = planted(4)
    audience = kinds[::4][None] == wanted[:, None]

    def precision(scorer: Scorer) -> float:
        scores = scorer.fit(events, items).scores(events.histories)[:, ::4]
        first = scores.argmax(axis=1)
        return float(audience[np.arange(N_USERS), first][audience.any(axis=1)].mean())

    assert precision(ColdItems()) > precision(ContentScorer()) - 0.02
    assert precision(ColdItems()) > 0.9


def test_nothing_new_and_nothing_known_are_fine() -> None:
    events, items, _, _ = planted(5)
    histories = Histories.of([[1], []], N_ITEMS)
    dense = Interactions.of(np.zeros(N_ITEMS, int), np.arange(N_ITEMS))
    assert np.isfinite(ColdItems(EASE()).fit(dense, items).scores(histories)).all()
    empty = events.take(np.zeros(len(events), bool))
    found = ColdItems(EASE()).fit(empty, items).scores(histories)
    assert (found == 0).all()


def test_a_saved_model_answers_the_same(tmp_path: Path) -> None:
    events, items, _, _ = planted(6)
    fitted = ColdItems(EASE(reg=20.0)).fit(events, items)
    save(fitted, tmp_path / "model")
    histories = events.histories.part(0, 5)
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.scores(histories), fitted.scores(histories))


@pytest.mark.parametrize(
    "options", [{"reg": 0.0}, {"reg": float("nan")}, {"power": 0.5}, {"touched": 1.5}]
)
def test_bad_options_are_refused(options: dict[str, float]) -> None:
    events, items, _, _ = planted(7)
    with pytest.raises(OptionInvalid):
        ColdItems(EASE(), **options).fit(events, items)  # type: ignore[arg-type]  # by name


def test_items_of_another_catalogue_are_refused() -> None:
    events, items, _, _ = planted(8)
    with pytest.raises(DataInvalid):
        ColdItems(EASE()).fit(events)
    labels: Any = items.labels
    fewer = Items(np.arange(3), labels[:3])
    with pytest.raises(DataInvalid):
        ColdItems(EASE()).fit(events, fewer)


def test_a_twin_of_a_known_item_takes_its_scores() -> None:
    known = sp.csr_matrix(np.eye(3, dtype=np.float32))
    found = smoother(known, known[[1]], 1e-6, 2.0)
    np.testing.assert_allclose(found, [[0, 1, 0]], atol=1e-4)
