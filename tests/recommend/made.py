"""Data whose right answer is built in, for every test of this folder."""

import dataclasses

import numpy as np

from livelore.intelligence.recommend.data import Histories, Interactions

N_ITEMS = 24


def checkerboard(n_users: int = 40, n_items: int = N_ITEMS, seed: int = 0) -> Interactions:
    """Even users touch even items only, odd ones odd items; each about half of its colour."""
    rng = np.random.default_rng(seed)
    users, items = [], []
    for user in range(n_users):
        colour = np.arange(user % 2, n_items, 2)
        chosen = rng.choice(colour, len(colour) // 2, replace=False)
        users += [user] * len(chosen)
        items += chosen.tolist()
    at = np.arange(len(users), dtype=np.float64)
    return Interactions.of(
        users, items, at=at, user_ids=np.arange(n_users), item_ids=np.arange(n_items)
    )


def tastes(n_users: int = 300, n_items: int = 60, seed: int = 0, length: int = 14) -> Interactions:
    """Users of four tastes that overlap, with popular items and noise, in a random order."""
    rng = np.random.default_rng(seed)
    popular = (1 + np.arange(n_items)) ** -0.5
    tilt = np.exp(1.6 * rng.standard_normal((4, n_items)))
    users, items = [], []
    for user in range(n_users):
        chances = popular * tilt[user % 4]
        n_events = int(rng.integers(length // 2, length + 1))
        items += rng.choice(n_items, n_events, replace=False, p=chances / chances.sum()).tolist()
        users += [user] * n_events
    at = np.arange(len(users), dtype=np.float64)
    return Interactions.of(
        users, items, at=at, user_ids=np.arange(n_users), item_ids=np.arange(n_items)
    )


def histories_of(*lists: list[int], n_items: int = N_ITEMS) -> Histories:
    return Histories.of([np.array(each, np.int64) for each in lists], n_items)


def degenerate() -> dict[str, Interactions]:
    """By name: data that exist on the first day of a site."""
    known = np.arange(3)
    found = {
        "one event": Interactions.of([1], [1]),
        "one user": Interactions.of([1, 1, 1], ["a", "b", "c"]),
        "one item": Interactions.of([1, 2, 3], ["a", "a", "a"]),
        "the same pair over and over": Interactions.of([1] * 5, [1] * 5),
        "duplicates": Interactions.of([1, 1, 2, 2], [1, 1, 1, 2]),
        "nothing in common": Interactions.of([1, 2, 3], [1, 2, 3]),
        "everybody everything": Interactions.of(np.repeat(known, 3), np.tile(known, 3)),
        "known ids without events": Interactions.of([1], [2], user_ids=known, item_ids=known),
        "no event": Interactions.of([], [], user_ids=known, item_ids=known),
        "a large catalogue without events": Interactions.of(
            [], [], user_ids=np.arange(90), item_ids=np.arange(90)
        ),
        "a large catalogue with one event": Interactions.of(
            [7], [8], user_ids=np.arange(90), item_ids=np.arange(90)
        ),
        "one item of a large catalogue": Interactions.of(
            np.arange(90), [3] * 90, item_ids=np.arange(90)
        ),
        "nothing at all": Interactions.of([], []),
    }
    return {
        name: dataclasses.replace(each, at=np.arange(len(each), dtype=np.float64))
        for name, each in found.items()
    }
