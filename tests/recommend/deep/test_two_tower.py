"""Two towers: separate blocks, place items that nobody touched, read portraits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from livelore.intelligence.recommend import component
from livelore.intelligence.recommend.data import Histories, Interactions, Items, Users
from livelore.intelligence.recommend.deep.two_tower import TwoTower
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from tests.recommend.deep.worlds import IN_BLOCK, N_BLOCKS, blocks, changed, share_in_block

SMALL: dict[str, Any] = {
    "n_factors": 8,
    "n_hidden": 16,
    "batch": 64,
    "epochs": 30,
    "learning_rate": 0.01,
    "validation": 0.0,
}
N_ITEMS = N_BLOCKS * IN_BLOCK
NEW = np.arange(IN_BLOCK - 1, N_ITEMS, IN_BLOCK)
"""The last item of each block, which nobody touches in `without_new`."""


def labelled(texts: bool = False) -> Items:
    block = np.arange(N_ITEMS) // IN_BLOCK
    labels = sp.csr_matrix(np.eye(N_BLOCKS, dtype=np.float32)[block])
    words = ("algebra geometry", "guitar chords", "烹饪 面条")
    named = tuple(words[each] for each in block) if texts else None
    return Items(np.arange(N_ITEMS), None if texts else labels, ("a", "b", "c"), named)


def without_new() -> Interactions:
    world = blocks()
    return world.take(~np.isin(world.items, NEW))


def test_it_separates_the_blocks() -> None:
    world = blocks()
    items, _ = TwoTower(**SMALL).fit(world).top(world.histories, 3)
    assert share_in_block(items) >= 0.99


@pytest.mark.parametrize("texts", [False, True])
def test_an_item_that_nobody_touched_is_placed_by_what_is_known_of_it(texts: bool) -> None:
    world = without_new()
    model = TwoTower(**changed(SMALL, epochs=60)).fit(world, labelled(texts))
    scores = model.scores(world.histories.part(0, 6))[:, NEW]
    assert scores.argmax(1).tolist() == [0, 1, 2, 0, 1, 2]


def test_a_portrait_speaks_where_there_is_no_history() -> None:
    world = blocks()
    portraits = np.eye(N_BLOCKS, dtype=np.float32)[np.arange(world.n_users) % N_BLOCKS]
    users = Users(world.user_ids, portraits, ("a", "b", "c"))
    model = TwoTower(**SMALL).fit(world, None, users)
    empty = Histories(
        np.zeros(4, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float32),
        N_ITEMS,
        users=np.arange(3, dtype=np.int32),
    )
    items, _ = model.top(empty, 3)
    assert share_in_block(items) == 1.0


def test_weights_of_events_count() -> None:
    model = TwoTower(**SMALL).fit(blocks())
    asked = Histories.of([[0, IN_BLOCK], [0, IN_BLOCK]], N_ITEMS, [[9, 1], [1, 9]])
    items, _ = model.top(asked, 1)
    assert (items[:, 0] // IN_BLOCK).tolist() == [0, 1]


def test_popular_items_are_not_pushed_down_by_being_negatives_often() -> None:
    """With the correction the model's odds follow the data; without it they are flattened."""
    rng = np.random.default_rng(0)
    shares = np.array([0.5, 0.3, 0.1, 0.05, 0.03, 0.02])
    items = rng.choice(6, 3000, p=shares)
    world = Interactions.of(np.repeat(np.arange(600), 5), items, item_ids=np.arange(6))
    options = changed(SMALL, temperature=0.3, batch=256, epochs=15)
    scores = TwoTower(**options).fit(world).scores(Histories.of([[]], 6))[0]
    assert scores[:2].min() > scores[3:].max()


def test_the_same_seed_gives_the_same_vectors_and_saving_keeps_them(tmp_path: Path) -> None:
    options = changed(SMALL, epochs=2)
    first, second = (TwoTower(**options).fit(blocks(), labelled()) for _ in range(2))
    np.testing.assert_array_equal(first.learnt("item_vectors_"), second.learnt("item_vectors_"))
    component.save(first, tmp_path / "model.zip")
    again = component.load(tmp_path / "model.zip")
    histories = blocks().histories
    np.testing.assert_array_equal(again.scores(histories), first.scores(histories))


def test_refusals() -> None:
    world = blocks()
    with pytest.raises(NotFitted):
        TwoTower().scores(world.histories)
    with pytest.raises(OptionInvalid):
        TwoTower(temperature=0)
    with pytest.raises(DataInvalid):
        TwoTower(**SMALL).fit(world, Items(np.arange(3)))
    bad = np.full((world.n_users, 1), np.nan, np.float32)
    with pytest.raises(DataInvalid, match="NaN"):
        TwoTower(**SMALL).fit(world, None, Users(world.user_ids, bad))
