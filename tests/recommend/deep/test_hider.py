"""The adversarial hider: adversaries learn less, vectors change little, no group is needed."""

from pathlib import Path

import numpy as np
import pytest

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.adversarial import Hider
from livelore.intelligence.recommend.attack import attack
from livelore.intelligence.recommend.deep.hider import AdversarialHider
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid

pytest.importorskip("torch", reason="the extra `deep` is not installed")


def test_it_hides_what_the_projection_leaves_and_is_saved(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 2, 800)
    vectors = rng.normal(size=(800, 4))
    vectors[:, 0] += 2 * groups
    # a group's second axis stands apart from zero on both sides: means agree, shapes do not
    sides = np.sign(rng.normal(size=800))
    vectors[:, 1] += 3 * groups * sides
    projected = Hider("projection").fit(vectors, groups).moved(vectors)
    hider = AdversarialHider(pressure=3.0, epochs=120, batch=200, learning_rate=5e-3)
    moved = hider.fit(vectors, groups).moved(vectors)
    before, after = attack(projected, groups), attack(moved, groups)
    assert before.strongest > 0.85
    assert after.strongest < before.strongest - 0.1
    kept = [np.corrcoef(vectors[:, n], moved[:, n])[0, 1] for n in (2, 3)]
    assert min(kept) > 0.8, "axes that tell nothing stay as they were"
    component.save(hider, tmp_path / "model.zip")
    np.testing.assert_array_equal(component.load(tmp_path / "model.zip").moved(vectors), moved)


def test_without_pressure_nothing_but_the_projection_happens() -> None:
    rng = np.random.default_rng(1)
    vectors, groups = rng.normal(size=(100, 3)), np.arange(100) % 2
    hider = AdversarialHider(pressure=0.0, epochs=30, learning_rate=5e-3).fit(vectors, groups)
    projected = Hider("projection").fit(vectors, groups).moved(vectors)
    np.testing.assert_allclose(hider.moved(vectors), projected, atol=0.1)


def test_refusals() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(DataInvalid, match="two groups"):
        AdversarialHider().fit(rng.normal(size=(30, 2)), np.arange(30) % 3)
    with pytest.raises(NotFitted):
        AdversarialHider().moved(np.zeros((1, 2)))
    with pytest.raises(OptionInvalid):
        AdversarialHider(n_adversaries=0)
