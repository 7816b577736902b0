"""Users whose segments are known, because they were planted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.portraits.data import KIND_CODES, Events
from livelore.intelligence.portraits.interests import ItemLabels

Floats = NDArray[Any]


def blobs(
    n_users: int = 600, k: int = 4, n_features: int = 5, apart: float = 8.0, seed: int = 0
) -> tuple[Floats, NDArray[np.int64]]:
    """Round clouds of width 1 whose centres are at least ``apart`` from each other."""
    rng = np.random.default_rng(seed)
    centres: list[Floats] = []
    while len(centres) < k:
        drawn = rng.uniform(-apart, apart, n_features)
        if all(np.linalg.norm(drawn - each) >= apart for each in centres):
            centres.append(drawn)
    truth = rng.integers(0, k, n_users)
    return np.stack(centres)[truth] + rng.standard_normal((n_users, n_features)), truth


def skewed(n_users: int = 2_000, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Four segments in log-normal columns of very different size, as behaviour has them."""
    rng = np.random.default_rng(seed)
    centres = np.array([[7, -1, 0], [9, 1, 0], [7, 1, 5], [9.5, -1, 5]], dtype=float)
    truth = rng.integers(0, 4, n_users)
    return np.exp(centres[truth] + rng.standard_normal((n_users, 3)) * 0.4), truth


def stretched(n_users: int = 1_500, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Three long thin clouds side by side: K-Means cuts them across."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n_users)
    found = rng.standard_normal((n_users, 2)) * [6.0, 0.6]
    found[:, 1] += 4.0 * truth
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    return found @ turn, truth


MONDAY = 1_767_571_200.0
"""2026-01-05 00:00 UTC."""
LABELS = ("maths", "programming", "music", "history")
ITEMS_EACH = 15
PERSONAS = (
    # label, hour of the day, danmaku per class, chance of a tip, of a purchase
    ("maths", 23.0, 1.0, 0.5, 0.02),
    ("programming", 14.0, 0.5, 0.02, 0.02),
    ("music", 20.0, 6.0, 0.02, 0.02),
    ("history", 10.0, 0.5, 0.02, 0.5),
)


def students(n_users: int = 400, seed: int = 0) -> tuple[Events, ItemLabels, NDArray[np.int64]]:
    """Events of four kinds of people over four weeks, labels of items, and who is which."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(PERSONAS), n_users)
    rows: list[tuple[int, int, str, float, float, float]] = []
    for user, persona in enumerate(truth.tolist()):
        own, hour, danmaku, tip, buy = PERSONAS[persona]
        for _ in range(rng.integers(8, 20)):
            label = LABELS.index(own) if rng.random() < 0.8 else int(rng.integers(len(LABELS)))
            item = label * ITEMS_EACH + int(rng.integers(ITEMS_EACH))
            at = MONDAY + 86_400 * rng.integers(28) + 3_600 * (hour + rng.normal(0, 0.7))
            rows.append((user, item, "watch", at, 0.0, float(rng.gamma(4, 600))))
            more = ["danmaku"] * rng.poisson(danmaku)
            more += ["gift"] * (rng.random() < tip) + ["purchase"] * (rng.random() < buy)
            for n, kind in enumerate(more):
                amount = float(rng.gamma(3, 500)) if kind in {"gift", "purchase"} else 0.0
                rows.append((user, item, kind, at + 60 * (n + 1), amount, 0.0))
    users, items, kinds, at_s, amounts, watched = zip(*rows, strict=True)
    events = Events(
        np.array(users, np.int32),
        np.array([KIND_CODES[kind] for kind in kinds], np.uint8),
        np.array(at_s),
        np.arange(n_users),
        np.array(items, np.int32),
        np.arange(ITEMS_EACH * len(LABELS)),
        np.array(amounts),
        np.array(watched),
    )
    known = {n: LABELS[n // ITEMS_EACH] for n in range(ITEMS_EACH * len(LABELS))}
    return events, ItemLabels.of(np.arange(len(known)), known), truth
