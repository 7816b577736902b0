"""Hashed n-grams by hand, and linear models that tell what was planted."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import LabelsInvalid, OptionInvalid, TextNotLearnt
from livelore.intelligence.text.hashed import Grams
from livelore.intelligence.text.linear import SCALINGS, LinearText

GOOD, BAD = "好妙赞棒", "差坏烂糟"


def planted(n_texts: int, seed: int, n_classes: int = 2) -> tuple[list[str], Any]:
    """Noise with one telling character each; the third class has none."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n_classes, n_texts)
    texts = []
    for label in labels:
        letters = list(rng.choice(list("天地人你我他东西南北"), 6))
        if label < 2:
            letters[rng.integers(6)] = rng.choice(list((BAD, GOOD)[label]))
        texts.append("".join(letters))
    return texts, labels


def test_a_text_has_as_many_grams_as_by_hand() -> None:
    row = Grams(16, 1, 3).matrix(Codepoints.of(["abc"]))
    # a b c; ^a ab bc c$; ^ab abc bc$
    assert row.nnz == 10
    np.testing.assert_allclose(row.data, 1 / np.sqrt(10), rtol=1e-6)
    words = Grams(16, 1, 3, words=2).matrix(Codepoints.of(["abc abc"]))
    # letters 7, pairs 8, triples 7; abc twice, (none, abc), (abc, abc)
    assert words.sum() * np.sqrt(26) == pytest.approx(26)


@pytest.mark.parametrize("n_outputs", [1, 3])
@settings(deadline=None)
@given(texts=st.lists(st.text(max_size=20), max_size=4))
def test_sums_are_the_product_with_the_matrix(texts: list[str], n_outputs: int) -> None:
    grams = Grams(10, 1, 4, words=2)
    weights = np.random.default_rng(0).normal(size=(grams.n_places, n_outputs))
    batch = Codepoints.of(texts).folded()
    product = grams.matrix(batch) @ weights
    np.testing.assert_allclose(grams.sums(batch, weights), product, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_what_was_planted_is_found(scaling: str, n_classes: int) -> None:
    model = LinearText(Grams(14), scaling, strength=10.0).fit(*planted(600, 0, n_classes))
    texts, labels = planted(300, 1, n_classes)
    assert (model.predict(texts) == labels).mean() > 0.95
    chances = model.probabilities(texts)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    assert chances.shape == (300, n_classes)


def test_a_text_is_judged_alone_as_among_others() -> None:
    model = LinearText(Grams(14)).fit(*planted(200, 0))
    texts = ["", "好", "ＨＥＬＬＯ 坏坏坏坏坏", "x" * 10_000]
    alone = [model.logits((each,))[0] for each in texts]
    np.testing.assert_array_equal(model.logits(texts), alone)


def test_refusals() -> None:
    with pytest.raises(OptionInvalid):
        LinearText(scaling="log")
    with pytest.raises(OptionInvalid):
        LinearText(strength=0)
    with pytest.raises(TextNotLearnt):
        LinearText().logits(["a"])
    with pytest.raises(LabelsInvalid):
        LinearText().fit(["a", "b"], [1])
    with pytest.raises(LabelsInvalid):
        LinearText().fit(["a", "b"], [1, 1])
