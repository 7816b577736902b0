"""Trees that order rows of a table of named features; LightGBM, kept as text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import lightgbm
import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid

OBJECTIVES = {"lambdarank": "lambdarank", "xendcg": "rank_xendcg", "binary": "binary"}
Table = Mapping[str, NDArray[np.floating[Any]]]
"""Columns by name, all of one length."""


@dataclass
class Booster(Component):
    """Learns in which order a user's rows belong.

    Args:
        objective: ``lambdarank`` (Burges 2010), ``xendcg`` (Bruch 2021), or ``binary``: the log
            loss of each row alone, relevant or not, which needs less data.
        n_trees: How many.
        n_leaves: Of each tree, at most.
        learning_rate: Of each tree's vote.
        min_rows: In a leaf, at least.
        column_share: Of the features that a tree may use, drawn.
        row_share: Of the rows that a tree learns from, drawn.
        increasing: Features with which the score may never fall.
        decreasing: Features with which the score may never rise.
        truncation: Places at the top that lambdarank looks at.
        seed: Of every draw.
    """

    objective: str = "lambdarank"
    n_trees: int = 150
    n_leaves: int = 15
    learning_rate: float = 0.05
    min_rows: int = 50
    column_share: float = 1.0
    row_share: float = 1.0
    increasing: tuple[str, ...] = ()
    decreasing: tuple[str, ...] = ()
    truncation: int = 30
    seed: int = 0
    names_: tuple[str, ...] | None = field(default=None, init=False)
    model_: str | None = field(default=None, init=False)
    gains_: NDArray[np.float64] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._trees: Any = None  # Any: a lightgbm.Booster, made from the text when asked
        if self.objective not in OBJECTIVES:
            raise OptionInvalid(option="objective", detail=f"one of {', '.join(OBJECTIVES)}")
        if self.n_trees < 1 or self.n_leaves < 2 or self.min_rows < 1 or self.truncation < 1:
            raise OptionInvalid(
                option="n_trees, n_leaves, min_rows, truncation", detail="at least 1; leaves 2"
            )
        if not 0 < self.column_share <= 1 or not 0 < self.row_share <= 1:
            raise OptionInvalid(
                option="column_share, row_share", detail="shares above 0, at most 1"
            )
        if both := set(self.increasing) & set(self.decreasing):
            raise OptionInvalid(option="increasing, decreasing", detail=f"{sorted(both)} in both")

    def fit(self, table: Table, relevance: ArrayLike, sizes: ArrayLike) -> Self:
        """Learn from rows that stand user by user.

        Args:
            table: Features.
            relevance: Whole numbers from 0, shape (n_rows,), the higher the better.
            sizes: Rows of each user, summing to n_rows.

        Raises:
            DataInvalid: Lengths differ, a feature is infinite, or nothing is relevant.
            OptionInvalid: A constraint names no feature.
        """
        names = tuple(table)
        constrained = {*self.increasing, *self.decreasing}
        if unknown := sorted(constrained - set(names)):
            raise OptionInvalid(option="increasing, decreasing", detail=f"no feature {unknown}")
        rows = _rows(table, names)
        wanted, of_each = np.asarray(relevance), np.asarray(sizes)
        if len(wanted) != len(rows) or of_each.sum() != len(rows):
            raise DataInvalid(column="relevance", detail=f"not one for each of {len(rows)} rows")
        if not (wanted > 0).any():
            raise DataInvalid(column="relevance", detail="nothing is relevant: nothing to learn")
        if self.objective == "binary":
            wanted = (wanted > 0).astype(np.int64)
        data = lightgbm.Dataset(rows, wanted, group=of_each, feature_name=list(names))
        trained = lightgbm.train(self._parameters(names), data, self.n_trees)
        self.names_ = names
        self.model_ = trained.model_to_string()
        self.gains_ = np.asarray(trained.feature_importance("gain"), np.float64)
        self._trees = None
        return self

    def _parameters(self, names: tuple[str, ...]) -> dict[str, Any]:
        signs = [(each in self.increasing) - (each in self.decreasing) for each in names]
        return {
            "objective": OBJECTIVES[self.objective],
            "num_leaves": self.n_leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.min_rows,
            "feature_fraction": self.column_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": int(self.row_share < 1),
            "lambdarank_truncation_level": self.truncation,
            "monotone_constraints": signs,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }

    def predict(self, table: Table) -> NDArray[np.float64]:
        """Scores of rows, shape (n_rows,); they compare within a user.

        Raises:
            NotFitted: It learnt nothing yet.
            DataInvalid: A feature is missing or infinite.
        """
        names = self.learnt("names_")
        if missing := sorted(set(names) - set(table)):
            raise DataInvalid(column=", ".join(missing), detail="a feature of the fit is missing")
        rows = _rows(table, names)
        if self._trees is None:
            self._trees = lightgbm.Booster(model_str=self.learnt("model_"))
        return np.asarray(self._trees.predict(rows, raw_score=True, num_threads=1), np.float64)

    @property
    def importances(self) -> dict[str, float]:
        """Share of each feature in the gain of all splits, highest first; for the model card."""
        gains = self.learnt("gains_")
        shares = gains / max(gains.sum(), 1e-12)
        order = np.argsort(-shares, kind="stable")
        return {self.learnt("names_")[n]: round(float(shares[n]), 4) for n in order}


def _rows(table: Table, names: tuple[str, ...]) -> NDArray[np.float32]:
    if not names:
        raise DataInvalid(column="features", detail="none were given")
    columns = [np.asarray(table[name], np.float32) for name in names]
    for name, column in zip(names, columns, strict=True):
        if column.shape != columns[0].shape or column.ndim != 1:
            raise DataInvalid(column=name, detail=f"shape {column.shape}")
        # NaN is LightGBM's own "not known"; an infinity is a mistake
        if np.isinf(column).any():
            raise DataInvalid(column=name, row=int(np.argmax(np.isinf(column))), detail="infinite")
    return np.column_stack(columns)
