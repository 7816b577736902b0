"""ONNX graphs say what the models say; int8 is smaller than half and ranks almost the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.data import Histories, Interactions, Users
from livelore.intelligence.recommend.deep.onnx_export import exported, write
from livelore.intelligence.recommend.deep.onnx_serving import OnnxScorer
from livelore.intelligence.recommend.deep.sasrec import SASRec
from livelore.intelligence.recommend.deep.training import cut, stop_figure
from livelore.intelligence.recommend.deep.two_tower import TwoTower
from livelore.intelligence.recommend.errors import NotFitted, OptionInvalid
from tests.recommend.deep.worlds import blocks

pytest.importorskip("onnxruntime", reason="the extra `deep` is not installed")

N_ITEMS = 400


def walks(n_users: int = 150, length: int = 16, seed: int = 0) -> Interactions:
    """Users walk a long circle in steps of 1 to 3."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(1, 4, (n_users, length))
    items = (rng.integers(0, N_ITEMS, n_users)[:, None] + steps.cumsum(1)) % N_ITEMS
    at = np.tile(np.arange(length, dtype=float), n_users)
    users = np.repeat(np.arange(n_users), length)
    return Interactions.of(users, items.ravel(), at=at, item_ids=np.arange(N_ITEMS))


@pytest.fixture(scope="module")
def sasrec() -> SASRec:
    options: dict[str, Any] = {"n_factors": 32, "max_length": 12, "learning_rate": 0.01}
    return SASRec(**options, epochs=12, batch=32, validation=0.0).fit(walks())


@pytest.fixture(scope="module")
def towers() -> TwoTower:
    world = blocks()
    portraits = np.arange(world.n_users, dtype=np.float32)[:, None] % 3
    users = Users(world.user_ids, portraits, ("block",))
    return TwoTower(n_factors=16, n_hidden=32, batch=64, epochs=10, validation=0.0).fit(
        world, None, users
    )


def asked() -> Histories:
    return Histories.of([[1, 2, 4], [], [7], list(range(0, 60, 2)), [5, 5, 6]], N_ITEMS)


def test_the_graph_of_sasrec_scores_as_the_model_does(sasrec: SASRec) -> None:
    served = exported(sasrec)
    np.testing.assert_allclose(served.scores(asked()), sasrec.scores(asked()), atol=1e-4)
    np.testing.assert_array_equal(served.top(asked(), 5)[0], sasrec.top(asked(), 5)[0])


def test_the_graph_of_two_towers_scores_as_the_model_does(towers: TwoTower) -> None:
    histories = blocks().histories
    served = exported(towers)
    np.testing.assert_allclose(served.scores(histories), towers.scores(histories), atol=1e-5)
    weighted = Histories.of([[0, 11], [], [3]], 30, [[5, 1], [], [2]])
    np.testing.assert_allclose(served.scores(weighted), towers.scores(weighted), atol=1e-5)


def test_int8_is_less_than_half_and_loses_at_most_a_hundredth(sasrec: SASRec) -> None:
    full, small = exported(sasrec), exported(sasrec, int8=True)
    assert len(small.learnt("graph_")) < len(full.learnt("graph_")) / 2
    seen, wanted = cut(walks(seed=1).histories, 0.2)
    plain = stop_figure(full.scores(seen), seen, wanted)
    assert plain > 0.3
    assert stop_figure(small.scores(seen), seen, wanted) >= 0.99 * plain


def test_a_graph_is_saved_with_its_scorer_and_as_a_bare_file(
    sasrec: SASRec, tmp_path: Path
) -> None:
    served = exported(sasrec, int8=True)
    component.save(served, tmp_path / "model.zip")
    again = component.load(tmp_path / "model.zip")
    np.testing.assert_array_equal(again.scores(asked()), served.scores(asked()))
    write(served, tmp_path / "encoder.onnx")
    assert (tmp_path / "encoder.onnx").stat().st_size == len(served.learnt("graph_"))


def test_no_user_is_no_row(sasrec: SASRec) -> None:
    assert exported(sasrec).scores(Histories.of([], N_ITEMS)).shape == (0, N_ITEMS)


def test_refusals() -> None:
    with pytest.raises(NotFitted):
        exported(SASRec())
    with pytest.raises(OptionInvalid):
        exported(OnnxScorer())  # type: ignore[arg-type]  # that is the point
    with pytest.raises(NotFitted, match="export"):
        OnnxScorer().fit(blocks())
    with pytest.raises(NotFitted):
        OnnxScorer().scores(asked())
