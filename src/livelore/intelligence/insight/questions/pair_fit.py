"""The weights of `PairScorer`: two linear models of the same pairs, and their mean."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

N_FOLDS = 5
_TOGETHER = 1.34
"""Size of the features beside differences, which have length 4: the larger, the less they shrink.
Chosen by folds of LCQMC dev, as was the size of differences."""


@dataclass(frozen=True)
class PairFit:
    """Labelled pairs as numbers, and how strongly to learn from them.

    Attributes:
        matrix: Differences, sparse, shape (n_pairs, n_places).
        features: Shape (n_pairs, n_features); the last is overwritten by what differences tell.
        labels: Whether each pair asks the same, shape (n_pairs,).
        weights: Of pairs, shape (n_pairs,).
        groups: Folds keep these apart, shape (n_pairs,).
        strength: Inverse of the L2 penalty of differences.
        strength_outer: Of the features.
        seed: Of the optimisers.
    """

    matrix: Any  # Any: scipy has no types
    features: NDArray[np.float32]
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]
    groups: NDArray[np.int64]
    strength: float
    strength_outer: float
    seed: int

    def of_features(self) -> NDArray[np.float64]:
        """Coefficients of the features as they stand, and last the bias."""
        mean, spread = self._scale()
        model = self._fitted((self.features - mean) / spread, self.strength_outer, "lbfgs")
        return _unscaled(model.coef_[0], float(model.intercept_[0]), mean, spread)

    def of_both(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Worth of differences, shape (n_places,); coefficients of the features, the bias last.

        One model weighs features and what a first stage, out of fold, says of differences; the
        other all at once. Both are linear, and so is their mean, which does better than either.
        """
        alone = self._fitted(self.matrix, self.strength)
        self.features[:, -1] = self._out_of_fold()
        stacked = self.of_features()
        worth, together = self._together()
        share = stacked[-2]
        worth = (share * alone.coef_[0] + worth) / 2
        found = (stacked + together) / 2
        found[-1] += share * float(alone.intercept_[0]) / 2
        found[-2] = 1.0  # what differences tell is worth what it says
        return worth, found

    def _together(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, spread = self._scale()
        size = spread / _TOGETHER
        scaled = ((self.features - mean) / size)[:, :-1]
        model = self._fitted(sp.hstack([self.matrix, sp.csr_matrix(scaled)]).tocsr(), self.strength)
        n_places = self.matrix.shape[1]
        slopes = np.append(model.coef_[0][n_places:], 0.0)
        bias = float(model.intercept_[0])
        return model.coef_[0][:n_places], _unscaled(slopes, bias, mean, size)

    def _out_of_fold(self) -> NDArray[np.float64]:
        """What differences say of each pair to a model that has not seen it."""
        held_out = np.zeros(len(self.labels))
        n_folds = min(N_FOLDS, len(np.unique(self.groups)))
        for inner, outer in GroupKFold(n_folds).split(self.labels, self.labels, self.groups):
            model = self._fitted(self.matrix, self.strength, rows=inner)
            held_out[outer] = model.decision_function(self.matrix[outer])
        return held_out

    def _scale(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.features.mean(axis=0), self.features.std(axis=0) + np.float32(1e-6)

    def _fitted(
        self, values: Any, strength: float, solver: str = "liblinear", rows: Any = slice(None)
    ) -> Any:  # Any: scikit-learn's types take an intercept for a number
        model = LogisticRegression(C=strength, solver=solver, max_iter=500, random_state=self.seed)
        return model.fit(values[rows], self.labels[rows], self.weights[rows])


def _unscaled(slopes: Any, bias: float, mean: Any, spread: Any) -> NDArray[np.float64]:
    plain = np.asarray(slopes, np.float64) / spread
    return np.append(plain, bias - float(plain @ mean))
