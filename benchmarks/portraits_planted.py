"""Users whose segments, names and chances were planted, and how well each is found.

Always among users that the model was not fitted on.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from livelore.intelligence.portraits.data import UserTable
from livelore.intelligence.portraits.portraits import METHODS, Portraits
from livelore.intelligence.portraits.propensity import (
    LinearPropensity,
    LogisticPropensity,
    calibration_error,
)

N_FEATURES, N_SEGMENTS = 12, 6
LABELS = ("maths", "programming", "music", "history")


def planted(n_users: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Users in log-normal columns, and their segments."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((N_SEGMENTS, N_FEATURES), dtype=np.float32) * 1.5
    sizes = np.float32(10) ** rng.uniform(-1, 4, N_FEATURES).astype(np.float32)
    truth = rng.integers(0, N_SEGMENTS, n_users, dtype=np.int8)
    values = np.empty((n_users, N_FEATURES), np.float32)
    for begin in range(0, n_users, 100_000):
        part = values[begin : begin + 100_000]
        part[:] = 0.7 * rng.standard_normal(part.shape, dtype=np.float32)
        part += centres[truth[begin : begin + len(part)]]
        np.exp(part, out=part)
        part *= sizes
    return values, truth


def stretched(seed: int) -> dict[str, float]:
    """ARI of every method on long thin clouds, among the half that it was not fitted on."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 6_000)
    values = rng.standard_normal((6_000, 4)) * [4.0, 0.5, 1.0, 1.0]
    values[:, 1] += 3.5 * (truth % 2)
    values[:, 2] += 7.0 * (truth // 2)
    turn, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    known, others = _halves(values @ turn, ("a", "b", "c", "d"))
    found = {}
    for method in METHODS:
        segments = Portraits(method, k=4, seed=seed).fit(known).assign(others).segments
        found[method] = round(adjusted_rand_score(truth[1::2], segments), 4)
    return found


def names_right(seed: int) -> float:
    """Share of the half of users that was not fitted on, whose segment's name says their taste.

    Four kinds of people, each with a favourite label, some with an hour and a habit. A name is
    right when of the four labels it says that its users love their own and no other.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(LABELS), 4_000)
    taste = np.full((len(LABELS), len(LABELS)), 0.8) + 5 * np.eye(len(LABELS))
    shares = np.stack([rng.dirichlet(taste[kind]) for kind in truth])
    night = rng.beta(*np.where(truth == 0, [[7.0], [2.0]], [[2.0], [7.0]]))
    tips = rng.gamma(2.0, 300.0, len(truth)) * (rng.random(len(truth)) < 0.1 + 0.6 * (truth == 0))
    danmaku = rng.gamma(2.0, np.where(truth == 2, 1.0, 0.2))
    names = ("night_share", "tip_amount", "danmaku_per_min")
    names += tuple(f"interest:{label}" for label in LABELS)
    known, others = _halves(np.column_stack([night, tips, danmaku, shares]), names)
    codes, texts = Portraits(seed=seed).fit(known).assign(others).segment_names()
    said = np.array([[f"{label} lovers" in text.lower() for label in LABELS] for text in texts])
    right = said[codes] == (truth[1::2, None] == np.arange(len(LABELS)))
    return round(float(right.all(axis=1).mean()), 4)


def calibration(seed: int) -> dict[str, float]:
    """Error of foreseen chances on half of the users, fitted on the others."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((20_000, 6))
    chances = 1 / (1 + np.exp(2 - values @ [1.5, -1, 0.5, 0.3, 0, 0] - 0.5 * values[:, 0] ** 2))
    paid = rng.random(20_000) < chances
    models: dict[str, Any] = {
        "least squares, Platt": LinearPropensity(),
        "ridge, isotonic": LinearPropensity(ridge=0.01, calibration="isotonic"),
        "logistic": LogisticPropensity(),
        "logistic, isotonic": LogisticPropensity(calibration="isotonic"),
        "least squares, not calibrated": LinearPropensity(calibration="none"),
    }
    found = {}
    for name, model in models.items():
        foreseen = model.fit(values[::2], paid[::2]).predict_proba(values[1::2])[:, 1]
        found[name] = round(calibration_error(foreseen, paid[1::2]), 4)
    return found


def _halves(values: NDArray[Any], names: tuple[str, ...]) -> tuple[UserTable, UserTable]:
    """Every other user, and the rest."""
    known, others = (
        UserTable(np.arange(first, len(values), 2), np.ascontiguousarray(values[first::2]), names)
        for first in (0, 1)
    )
    return known, others
