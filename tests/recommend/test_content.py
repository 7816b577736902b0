"""Words, one space for items and histories, and EASE that explains content as well."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.recommend.candidates.content import (
    ContentKNN,
    ContentScorer,
    blocks_of,
    item_features,
    joined,
    tf_idf,
)
from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.side import ContentEASE
from livelore.intelligence.recommend.component import load, save
from livelore.intelligence.recommend.data import Histories, Interactions, Items
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from livelore.intelligence.text.words import words_of

TEXTS = (
    "数据结构与算法入门",
    "算法设计：动态规划",
    "Watercolour painting for beginners",
    "水彩画 watercolour 入门",
    "",
)
LABELS = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0]], np.float32)
NAMES = ("编程", "绘画", "concept:入门")


def catalogue() -> Items:
    hosts = np.array([0, 0, 1, 1, -1], np.int32)
    return Items(np.arange(5), sp.csr_matrix(LABELS), NAMES, TEXTS, hosts)


def events(n_items: int = 5) -> Interactions:
    return Interactions.of([0, 0, 1, 1, 2], [0, 1, 2, 3, 0], item_ids=np.arange(n_items))


def test_tf_idf_by_hand() -> None:
    found, names = tf_idf([["a", "a", "b"], ["a", "b"], ["b", "c"]])
    assert names == ["a", "b"]
    a, b = np.log1p(3 / 2) * (1 + np.log(2)), np.log1p(1)
    row = np.array([a, b]) / np.hypot(a, b)
    np.testing.assert_allclose(found.toarray()[0], row, rtol=1e-6)
    np.testing.assert_allclose(found.toarray()[2], [0, 1], rtol=1e-6)


def test_a_product_of_features_is_the_weighted_mean_of_cosines() -> None:
    blocks = blocks_of(catalogue(), texts_min=1)
    assert set(blocks) == {"label", "concept", "text", "host"}
    weights = {"label": 2.0, "concept": 0.0, "text": 1.0, "host": 1.0}
    joint = joined(blocks, weights)
    alike = {kind: (each @ each.T).toarray() for kind, each in blocks.items()}
    expected = (2 * alike["label"] + alike["text"] + alike["host"]) / 4
    np.testing.assert_allclose((joint @ joint.T).toarray(), expected, atol=1e-6)


def test_every_pair_has_the_cosine_of_one_space() -> None:
    histories = Histories.of([[0], [2, 3], []], 5, weights=[[2.0], [1.0, 0.5], []])
    scorer = ContentScorer().fit(events(), catalogue())
    features = item_features(catalogue()).toarray()
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    about = histories.matrix.toarray() @ features
    about /= np.maximum(np.linalg.norm(about, axis=1, keepdims=True), 1e-12)
    found = scorer.scores(histories)
    np.testing.assert_allclose(found, about @ features.T, atol=1e-6)
    assert found.shape == (3, 5)
    assert (found[2] == 0).all()
    assert scorer.top(histories, 1)[0][0, 0] == 1  # the other course on programming


def test_decayed_weights_turn_the_list() -> None:
    scorer = ContentScorer().fit(events(), catalogue())
    old_first = Histories.of([[0, 2]], 5, weights=[[1.0, 0.1]])
    new_first = Histories.of([[0, 2]], 5, weights=[[0.1, 1.0]])
    assert scorer.top(old_first, 1)[0][0, 0] == 1
    assert scorer.top(new_first, 1)[0][0, 0] == 3


def test_shares_add_up_to_the_score() -> None:
    history = Histories.of([[0, 3, 2]], 5, weights=[[1.0, 0.5, 2.0]])
    scorer = ContentScorer().fit(events(), catalogue())
    for item in range(5):
        total = scorer.shares(history, item).sum()
        np.testing.assert_allclose(total, scorer.scores(history)[0, item], atol=1e-6)


def test_a_saved_scorer_answers_the_same(tmp_path: Path) -> None:
    histories = Histories.of([[0], [2, 3]], 5)
    for model in (ContentScorer({"text": 0.5}), ContentKNN(2), ContentEASE(reg=3.0, content=2.0)):
        fitted = model.fit(events(), catalogue())
        save(fitted, tmp_path / "model")
        np.testing.assert_array_equal(
            load(tmp_path / "model").scores(histories), fitted.scores(histories)
        )


def test_neighbours_of_content_are_the_nearest_by_cosine() -> None:
    features = item_features(catalogue()).toarray()
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    alike = features @ features.T
    np.fill_diagonal(alike, 0)
    found = ContentKNN(k=4).fit(events(), catalogue()).matrix_
    np.testing.assert_allclose(found.toarray(), alike, atol=1e-6)
    nearest = ContentKNN(k=1).fit(events(), catalogue()).matrix_.toarray()
    assert (nearest[:4].argmax(1) == alike[:4].argmax(1)).all()
    assert ((nearest > 0).sum(1) <= 1).all()


def test_content_ease_is_ease_on_stacked_features() -> None:
    features = item_features(catalogue())
    alike = (features @ features.T).toarray()
    gram = events().matrix.T @ events().matrix + 3.0 * alike / (np.trace(alike) / 5)
    inverse = np.linalg.inv(gram + 2.0 * np.eye(5))
    expected = np.asarray(inverse / -np.diag(inverse))
    np.fill_diagonal(expected, 0)
    found = ContentEASE(reg=2.0, dropout=0.0, content=3.0).fit(events(), catalogue())
    np.testing.assert_allclose(found.matrix_, expected, atol=1e-5)


def test_without_content_it_is_plain_ease() -> None:
    plain = EASE(reg=2.0).fit(events())
    np.testing.assert_array_equal(
        ContentEASE(reg=2.0, content=0.0).fit(events()).matrix_, plain.matrix_
    )


def test_an_item_that_nobody_touched_is_reached_by_its_content() -> None:
    items = Items(np.arange(4), sp.csr_matrix(np.array([[1, 0], [1, 0], [0, 1], [0, 1.0]])))
    seen = Interactions.of([0, 1, 2], [0, 0, 2], item_ids=np.arange(4))
    histories = Histories.of([[0]], 4)
    assert ContentEASE(reg=1.0, content=5.0).fit(seen, items).top(histories, 1)[0][0, 0] == 1


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_bad_options_are_refused(bad: float) -> None:
    with pytest.raises(OptionInvalid):
        ContentEASE(content=bad).fit(events(), catalogue())
    with pytest.raises(OptionInvalid):
        ContentScorer({"text": bad}).fit(events(), catalogue())
    with pytest.raises(OptionInvalid):
        ContentScorer(dict.fromkeys(("text", "host", "label", "concept"), 0.0)).fit(
            events(), catalogue()
        )


def test_tables_that_do_not_fit_are_refused() -> None:
    bad: list[Items | None] = [
        None,
        Items(np.arange(5)),
        Items(np.arange(4), texts=TEXTS[:4]),
        Items(np.arange(5), texts=TEXTS[:4]),
        Items(np.arange(5), hosts=np.zeros(3, np.int32)),
        Items(np.arange(5), labels=sp.csr_matrix(LABELS), label_names=("one",)),
        Items(np.arange(5), labels=sp.csr_matrix(np.full((5, 1), np.nan))),
    ]
    models: list[Any] = [ContentScorer(), ContentKNN(), ContentEASE()]
    for model in models:
        for items in bad:
            with pytest.raises(DataInvalid):
                model.fit(events(), items)
    with pytest.raises(NotFitted):
        ContentScorer().scores(Histories.of([[0]], 5))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_any_text_gives_rows_of_length_one_or_nothing(texts: list[str]) -> None:
    found, names = tf_idf(words_of(texts), texts_min=1)
    assert found.shape == (len(texts), len(names))
    lengths = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    has_words = np.array([len(each) > 0 for each in words_of(texts)])
    np.testing.assert_allclose(lengths, has_words.astype(float), atol=1e-5)
