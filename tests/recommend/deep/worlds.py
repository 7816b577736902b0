"""Small worlds with the right answer built in, and PyTorch or a skip by name."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Interactions

pytest.importorskip("torch", reason="the extra `deep` is not installed")

N_CYCLE = 12
N_BLOCKS = 3
IN_BLOCK = 10


def changed(options: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Options with some others."""
    return {**options, **others}


def cycle(n_users: int = 60, length: int = 14) -> Interactions:
    """Each user walks the same circle of items: after item n always comes n + 1."""
    starts = np.arange(n_users) % N_CYCLE
    items = (starts[:, None] + np.arange(length)) % N_CYCLE
    users = np.repeat(np.arange(n_users), length)
    at = np.tile(np.arange(length, dtype=float), n_users)
    return Interactions.of(users, items.ravel(), at=at)


def blocks(n_users: int = 60, n_each: int = 5, seed: int = 0) -> Interactions:
    """User n likes only items of block n mod 3, of which they have seen half."""
    rng = np.random.default_rng(seed)
    items = [
        user % N_BLOCKS * IN_BLOCK + rng.choice(IN_BLOCK, n_each, replace=False)
        for user in range(n_users)
    ]
    users = np.repeat(np.arange(n_users), n_each)
    return Interactions.of(users, np.concatenate(items), item_ids=np.arange(N_BLOCKS * IN_BLOCK))


def share_in_block(items: NDArray[np.int32]) -> float:
    """Of answers to users 0, 1, 2, … that lie in their own block."""
    own = np.arange(len(items))[:, None] % N_BLOCKS
    return float((items // IN_BLOCK == own).mean())
