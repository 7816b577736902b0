"""LightGCN: separates blocks; fold-in is the graph's own vector; saved and repeated."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.data import Histories
from livelore.intelligence.recommend.deep.lightgcn import LightGCN
from livelore.intelligence.recommend.errors import NotFitted, OptionInvalid
from tests.recommend.deep.worlds import IN_BLOCK, N_BLOCKS, blocks, changed, share_in_block

SMALL: dict[str, Any] = {
    "n_factors": 8,
    "epochs": 30,
    "batch": 32,
    "learning_rate": 0.05,
    "temperature": 0.5,
    "validation": 0.0,
}


@pytest.mark.parametrize("loss", ["softmax", "bpr"])
def test_it_separates_the_blocks(loss: str) -> None:
    world = blocks()
    model = LightGCN(**SMALL, loss=loss).fit(world)
    items, _ = model.top(world.histories, 3)
    assert share_in_block(items) >= 0.99


def test_an_unseen_user_is_answered_from_two_events() -> None:
    model = LightGCN(**SMALL).fit(blocks())
    asked = Histories.of([[0, 1], [IN_BLOCK, IN_BLOCK + 3], [2 * IN_BLOCK + 4]], 30)
    items, _ = model.top(asked, 3)
    assert share_in_block(items) == 1.0


def test_the_vector_of_a_known_user_is_that_of_the_whole_graph() -> None:
    from livelore.intelligence.recommend.deep.lightgcn_torch import graph

    world = blocks()
    model = LightGCN(**changed(SMALL, n_layers=3, loss="bpr", epochs=3)).fit(world)
    edges = graph(world.matrix).toarray()
    n_users, n_layers = world.n_users, 3
    # the layers of a graph whose factors before the convolution are those that were learnt
    own = model.learnt("user_factors_") * (n_layers + 1)
    fold_in = model.learnt("fold_in_")
    degrees = np.maximum(world.item_counts, 1)
    wanted = fold_in * np.sqrt(degrees)[:, None] * (n_layers + 1)  # layers 0 to 2 of the items
    powers = np.stack([np.linalg.matrix_power(edges, n) for n in range(n_layers + 1)])
    series = powers[:-1].sum(0)
    start = np.linalg.solve(series[n_users:, n_users:], wanted - series[n_users:, :n_users] @ own)
    factors = np.concatenate([own, start])
    final = powers.mean(0) @ factors
    np.testing.assert_allclose(model.user_vectors(world.histories), final[:n_users], atol=1e-4)
    np.testing.assert_allclose(model.learnt("item_factors_"), final[n_users:], atol=1e-4)


def test_the_same_seed_gives_the_same_factors() -> None:
    first, second, third = (
        LightGCN(**changed(SMALL, epochs=2, seed=seed)).fit(blocks()).learnt("item_factors_")
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.allclose(first, third)


def test_a_saved_model_answers_the_same_and_keeps_its_history(tmp_path: Path) -> None:
    model = LightGCN(**changed(SMALL, validation=0.2, patience=3)).fit(blocks())
    component.save(model, tmp_path / "model.zip")
    again = component.load(tmp_path / "model.zip")
    histories = blocks().histories
    np.testing.assert_array_equal(again.scores(histories), model.scores(histories))
    assert again.epochs_ == model.epochs_
    assert again.history_.shape[1] == 3


def test_refusals() -> None:
    with pytest.raises(NotFitted):
        LightGCN().scores(blocks().histories)
    refused: list[dict[str, Any]] = [{"loss": "hinge"}, {"n_layers": 0}, {"temperature": 0.0}]
    for options in refused:
        with pytest.raises(OptionInvalid):
            LightGCN(**options)
    assert N_BLOCKS == 3
