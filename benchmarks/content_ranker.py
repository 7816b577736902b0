"""Courses ranked in a second stage: gradient-boosted trees over what every candidate model says."""

from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.content import item_features
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items
from livelore.intelligence.recommend.scorer import Scorer, best, hide

N_POOL = 150
"""Candidates a user, the best of the blend."""
NEAREST = 3


@dataclass
class Stage:
    """Candidates of every user, with features.

    Attributes:
        items: Shape (n_users, N_POOL).
        features: Shape (n_users, N_POOL, n_features).
    """

    items: Any
    features: Floats


@dataclass
class Members:
    """Models fitted on the same events, their blend and what they say of its candidates.

    Args:
        models: By name, each with its weight in the blend; 0: only a feature.
    """

    models: dict[str, tuple[Scorer, float]]
    names: list[str] = field(default_factory=list[str])

    def stage(self, train: Interactions, catalogue: Items) -> tuple[Stage, dict[str, Floats]]:
        """Fit all on ``train``, and gather candidates for its own users.

        Returns:
            The candidates, and the blended scores and each member's by name.
        """
        histories = train.histories
        scores: dict[str, Floats] = {}
        total = np.zeros((len(histories), train.n_items), np.float32)
        for name, (model, weight) in self.models.items():
            raw = model.fit(train, catalogue).scores(histories)
            scores[name] = standard_rows(raw)
            total += weight * scores[name]
        scores["blend"] = total
        open_scores = total.copy()
        hide(open_scores, histories)
        items, _ = best(open_scores, min(N_POOL, train.n_items // 2))
        rows = np.arange(len(items))[:, None]
        safe = np.maximum(items, 0)
        parts = [each[rows, safe] for each in scores.values()]
        parts += [
            parts[-1] - parts[-1][:, :1],
            np.broadcast_to(np.arange(items.shape[1]), items.shape),
        ]
        parts += [np.log1p(train.item_counts)[safe]]
        parts += [np.broadcast_to(np.log(np.diff(histories.indptr) + 1)[:, None], items.shape)]
        parts += self._near(train, catalogue, histories, safe)
        return Stage(items, np.stack(parts, axis=2).astype(np.float32)), scores

    def _near(
        self, train: Interactions, catalogue: Items, histories: Histories, items: Any
    ) -> list[Any]:
        """Of each kind of likeness: the strongest to the history, and the mean of the strongest."""
        features = item_features(catalogue)
        lengths = np.maximum(np.sqrt(train.item_counts), 1)
        unit = train.matrix @ sp.diags(1 / lengths)
        alike = [
            (features @ features.T).toarray(),
            (unit.T @ unit).toarray(),
            np.asarray(self.models["content_ease"][0].learnt("matrix_")),
        ]
        found = [np.zeros(items.shape, np.float32) for _ in range(2 * len(alike))]
        for row in range(len(items)):
            had = histories.items[histories.indptr[row] : histories.indptr[row + 1]]
            if len(had) < NEAREST:
                continue
            for n, matrix in enumerate(alike):
                block = matrix[np.ix_(had, items[row])]
                top = np.partition(block, len(had) - NEAREST, axis=0)[-NEAREST:]
                found[2 * n][row] = top.max(axis=0)
                found[2 * n + 1][row] = top.mean(axis=0)
        return found


def standard_rows(scores: Floats) -> Floats:
    """Mean 0 and deviation 1 for every user."""
    centred: Floats = scores - scores.mean(axis=1, keepdims=True)
    spread = np.maximum(centred.std(axis=1, keepdims=True), 1e-9)
    return (centred / spread).astype(np.float32)


def learnt(stage: Stage, held: Any, n_trees: int = 200, seed: int = 0) -> Any:
    """Trees that tell held-out events among the candidates."""
    rows = np.arange(len(stage.items))[:, None]
    labels = np.asarray(held[rows, np.maximum(stage.items, 0)].todense()) > 0
    options = {
        "objective": "binary",
        "num_leaves": 15,
        "learning_rate": 0.05,
        "min_data_in_leaf": 300,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_threads": 1,
        "verbose": -1,
        "seed": seed,
    }
    flat = stage.features.reshape(-1, stage.features.shape[2])
    return lgb.train(options, lgb.Dataset(flat, labels.ravel().astype(int)), n_trees)


def ranked(stage: Stage, trees: Any, k: int) -> Any:
    """The best k candidates of every user by the trees, shape (n_users, k)."""
    flat = stage.features.reshape(-1, stage.features.shape[2])
    scores = np.asarray(trees.predict(flat, num_threads=1)).reshape(stage.items.shape)
    scores[stage.items < 0] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(stage.items, order, axis=1)
