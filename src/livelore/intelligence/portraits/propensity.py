"""The linear score of a user, p(x) = Σ w_j x_j + b, made a chance: to pay, to leave, to refund.

A sum of weighted features is one number, not a portrait, and it needs an outcome to be fitted to.
Least squares on an outcome of 0 and 1 gives the linear function closest to the probability, cheap
and easy to explain; but its values leave [0, 1] and bend away from the truth near the ends. So the
score ranks, and a calibration fitted on rows that the weights have not seen turns it into a
probability. The logistic form fits the probability itself, p = σ(Σ w_j x_j + b): it needs no
calibration where that form is right, and a few solves instead of one. Both print their terms.

Weights are solved for by QR or Cholesky. The inverse of XᵀX is never formed: it squares the
condition number, and does not exist when one feature is a sum of others.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scikit import IsotonicRegression, qr, validate_data

Floats = NDArray[np.float64]
Calibration = Literal["platt", "isotonic", "none"]
_TINY = 1e-12


@dataclass(frozen=True)
class Terms:
    """What a score is made of.

    Attributes:
        base: The score of the average user.
        parts: w_j (x_j - mean of x_j), shape (n_users, n_features): ``base`` plus a row's sum is
            the user's score.
        names: Of the features.
    """

    base: float
    parts: Floats
    names: tuple[str, ...]

    def told(self, user: int, n_terms: int = 3) -> str:
        """The terms that matter most to one user, in words for a report."""
        strongest = np.argsort(-np.abs(self.parts[user]), kind="stable")[:n_terms]
        return ", ".join(f"{self.names[n]} {self.parts[user, n]:+.3g}" for n in strongest)


class Propensity(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn: no types
    """A binary classifier with a linear score; the second of ``classes_`` is what is foreseen.

    After ``fit``: ``coef_`` (shape (n_features,)), ``intercept_``, ``means_`` (of the features).
    NaN and infinities are refused: impute first.
    """

    calibration: Calibration
    folds: int
    random_state: Any

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from users by features, shape (n_users, n_features), and their outcomes."""
        rows, y = validate_data(self, X, y, dtype=np.float64)
        self._check_options()
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of y is {kind}.")
        self.classes_, places = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"one class only ({self.classes_[0]}): there is nothing to foresee")
        outcomes = places.astype(np.float64)
        self.means_ = rows.mean(axis=0)
        self.coef_, self.intercept_ = self._solved(rows, outcomes)
        self.n_iter_ = 1
        self.calibrator_ = self._calibrated(rows, outcomes)
        return self

    def linear_score(self, X: ArrayLike) -> Floats:
        """Σ w_j x_j + b, shape (n_users,): ranks users; no probability yet."""
        check_is_fitted(self)
        given = validate_data(self, X, reset=False, dtype=np.float64)
        found: Floats = given @ self.coef_ + self.intercept_
        return found

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Chance of each class, shape (n_users, 2)."""
        chances = self._chances(self.linear_score(X))
        return np.stack([1 - chances, chances], axis=1)

    def decision_function(self, X: ArrayLike) -> Floats:
        """Log-odds of the second class, shape (n_users,)."""
        chances = np.clip(self._chances(self.linear_score(X)), _TINY, 1 - _TINY)
        found: Floats = np.log(chances) - np.log1p(-chances)
        return found

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likelier class, shape (n_users,)."""
        is_second = (self.decision_function(X) > 0).astype(int)
        likelier: NDArray[Any] = self.classes_[is_second]
        return likelier

    def explain(self, X: ArrayLike) -> Terms:
        """The terms of each user's linear score."""
        check_is_fitted(self)
        given = validate_data(self, X, reset=False, dtype=np.float64)
        names = getattr(self, "feature_names_in_", [f"x{n}" for n in range(given.shape[1])])
        base = float(self.means_ @ self.coef_ + self.intercept_)
        return Terms(base, (given - self.means_) * self.coef_, tuple(map(str, names)))

    @abstractmethod
    def _solved(self, X: Floats, outcomes: Floats) -> tuple[Floats, float]:
        """Weights and intercept."""

    def _chances(self, scores: Floats) -> Floats:
        if self.calibrator_ is None:
            return self._plain_chances(scores)
        found: Floats = self.calibrator_.chances(scores)
        return found

    def _plain_chances(self, scores: Floats) -> Floats:
        return np.clip(scores, 0.0, 1.0)

    def _calibrated(self, X: Floats, outcomes: Floats) -> Any:  # Any: Platt, Isotonic or None
        if self.calibration == "none":
            return None
        scores = np.empty(len(X))
        rarest = int(min(outcomes.sum(), len(outcomes) - outcomes.sum()))
        n_folds = min(self.folds, rarest)
        if n_folds < 2:  # too few to hold any out: the same rows must do
            scores = X @ self.coef_ + self.intercept_
        else:
            for held in _folds(outcomes, n_folds, np.random.default_rng(_seed(self.random_state))):
                weights, base = self._solved(X[~held], outcomes[~held])
                scores[held] = X[held] @ weights + base
        kind = Platt if self.calibration == "platt" else Isotonic
        return kind().fit(scores, outcomes)

    def _check_options(self) -> None:
        if self.calibration not in ("platt", "isotonic", "none"):
            raise OptionInvalid(option="calibration", detail=f"{self.calibration!r} is not known")
        if not getattr(self, "ridge", 0.0) >= 0:
            raise OptionInvalid(option="ridge", detail="it is below 0")
        if self.folds < 2:
            raise OptionInvalid(option="folds", detail=f"{self.folds}: at least 2")

    def __sklearn_tags__(self) -> Any:  # Any: scikit-learn has no types
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class LinearPropensity(Propensity):
    """Least squares, or ridge regression, on the outcome, then calibrated.

    Args:
        ridge: λ on the squared weights of features scaled to one spread, times the number of rows;
            0: least squares.
        calibration: "platt" (a logistic curve), "isotonic" (any rising steps; for thousands of
            rows), "none" (the score, cut to 0 to 1).
        folds: Parts held out in turn for the calibration.
        random_state: Seed of the parts.

    Source: Hoerl, Kennard 1970; Platt 1999; Zadrozny, Elkan 2002.
    """

    def __init__(
        self,
        ridge: float = 0.0,
        *,
        calibration: Calibration = "platt",
        folds: int = 5,
        random_state: Any = 0,
    ) -> None:
        self.ridge = ridge
        self.calibration = calibration
        self.folds = folds
        self.random_state = random_state

    def _solved(self, X: Floats, outcomes: Floats) -> tuple[Floats, float]:
        mean, spread = X.mean(axis=0), _spreads(X)
        even = (X - mean) / spread
        wanted = outcomes - outcomes.mean()
        solve = _by_cholesky if self.ridge > 0 else _by_qr
        weights = solve(even, wanted, self.ridge * len(X)) / spread
        return weights, float(outcomes.mean() - mean @ weights)


class LogisticPropensity(Propensity):
    """p = σ(Σ w_j x_j + b) by Newton's method, each step by Cholesky.

    Args:
        ridge: λ on the squared weights of features scaled to one spread; above 0, so that classes
            that a line divides have a finite answer.
        max_iter: Steps, at most.
        calibration: As in `LinearPropensity`; "none" is right where the form is.
        folds: The same.
        random_state: The same.
    """

    def __init__(
        self,
        ridge: float = 1e-2,
        *,
        max_iter: int = 50,
        calibration: Calibration = "none",
        folds: int = 5,
        random_state: Any = 0,
    ) -> None:
        self.ridge = ridge
        self.max_iter = max_iter
        self.calibration = calibration
        self.folds = folds
        self.random_state = random_state

    def _solved(self, X: Floats, outcomes: Floats) -> tuple[Floats, float]:
        mean, spread = X.mean(axis=0), _spreads(X)
        even = np.column_stack([(X - mean) / spread, np.ones(len(X))])
        penalty = np.full(even.shape[1], max(self.ridge, 1e-9))
        penalty[-1] = 1e-9  # the intercept is free
        weights = _newton(even, outcomes, penalty, self.max_iter)
        found = weights[:-1] / spread
        return found, float(weights[-1] - mean @ found)

    def _plain_chances(self, scores: Floats) -> Floats:
        return _sigmoid(scores)


class Platt(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """p = σ(a · score + b), a at least 0.

    Source: Platt 1999, with his targets that keep away from 0 and 1.
    """

    def fit(self, scores: Floats, outcomes: Floats) -> Self:
        """Learn ``a_`` and ``b_``."""
        n_yes = float(outcomes.sum())
        yes, no = (n_yes + 1) / (n_yes + 2), 1 / (len(outcomes) - n_yes + 2)
        targets = np.where(outcomes > 0, yes, no)
        self.middle_, self.spread_ = float(scores.mean()), float(scores.std()) or 1.0
        even = np.column_stack([(scores - self.middle_) / self.spread_, np.ones(len(scores))])
        a, b = _newton(even, targets, np.array([1e-6, 1e-9]), 50)
        self.a_, self.b_ = max(float(a), 0.0), float(b)
        return self

    def chances(self, scores: Floats) -> Floats:
        """Of the second class, shape (n_users,)."""
        return _sigmoid(self.a_ * (scores - self.middle_) / self.spread_ + self.b_)


class Isotonic(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Rising steps through the outcomes, straight between their corners; never 0 or 1."""

    def fit(self, scores: Floats, outcomes: Floats) -> Self:
        """Learn ``scores_`` and ``chances_`` of the corners."""
        model = IsotonicRegression(out_of_bounds="clip").fit(scores, outcomes)
        least = 1 / (len(outcomes) + 2)
        self.scores_ = np.asarray(model.X_thresholds_, dtype=np.float64)
        self.chances_ = np.clip(np.asarray(model.y_thresholds_), least, 1 - least)
        return self

    def chances(self, scores: Floats) -> Floats:
        """Of the second class, shape (n_users,)."""
        return np.asarray(np.interp(scores, self.scores_, self.chances_), dtype=np.float64)


def calibration_error(chances: ArrayLike, outcomes: ArrayLike, n_bins: int = 10) -> float:
    """Mean distance between foreseen and seen shares, over bins of equally many users.

    Args:
        chances: Foreseen, shape (n_users,).
        outcomes: Seen, 0 or 1, shape (n_users,).
        n_bins: Bins, ordered by ``chances``.

    Source: Naeini, Cooper, Hauskrecht 2015 (there with bins of equal width).
    """
    foreseen = np.asarray(chances, dtype=np.float64)
    seen = np.asarray(outcomes, dtype=np.float64)
    order = np.argsort(foreseen, kind="stable")
    parts = [part for part in np.array_split(order, n_bins) if len(part)]
    gaps = [abs(foreseen[part].mean() - seen[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / max(len(foreseen), 1))


def _by_qr(even: Floats, wanted: Floats, _: float) -> Floats:
    """Least squares by QR with pivoting; a column that the others make up gets weight 0."""
    joined, places = np.column_stack([even, wanted]), None
    upper = qr(joined, mode="r", overwrite_a=True, check_finite=False)[0]
    n_features = even.shape[1]
    upper = np.vstack([upper, np.zeros((max(0, n_features + 1 - len(upper)), n_features + 1))])
    small, right = upper[: n_features + 1, :n_features], upper[: n_features + 1, n_features]
    rotation, triangle, places = qr(small, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    rank = int((sizes > sizes.max(initial=0) * 1e-10).sum()) if n_features else 0
    weights = np.zeros(n_features)
    turned = rotation.T @ right
    weights[places[:rank]] = solve_triangular(triangle[:rank, :rank], turned[:rank])
    return weights


def _by_cholesky(even: Floats, wanted: Floats, penalty: float) -> Floats:
    square = even.T @ even
    square[np.diag_indices_from(square)] += penalty
    found: Floats = cho_solve(cho_factor(square), even.T @ wanted)
    return found


def _newton(even: Floats, targets: Floats, penalty: Floats, max_iter: int) -> Floats:
    """Weights of a logistic regression; steps are halved while they do not help."""
    weights = np.zeros(even.shape[1])
    loss = _loss(even, targets, penalty, weights)
    for _ in range(max_iter):
        chances = _sigmoid(even @ weights)
        slope = even.T @ (chances - targets) + penalty * weights
        bend = (even * np.maximum(chances * (1 - chances), 1e-9)[:, None]).T @ even
        bend[np.diag_indices_from(bend)] += penalty
        step = cho_solve(cho_factor(bend), slope)
        size = 1.0
        while size > 1e-4 and _loss(even, targets, penalty, weights - size * step) > loss:
            size /= 2
        weights = weights - size * step
        after = _loss(even, targets, penalty, weights)
        if loss - after <= 1e-10 * max(1.0, abs(loss)):
            break
        loss = after
    return weights


def _loss(even: Floats, targets: Floats, penalty: Floats, weights: Floats) -> float:
    logits = even @ weights
    plain = np.logaddexp(0.0, logits) - targets * logits
    return float(plain.sum() + 0.5 * (penalty * weights * weights).sum())


def _sigmoid(logits: Floats) -> Floats:
    found: Floats = 0.5 * (1 + np.tanh(0.5 * logits))
    return found


def _spreads(X: Floats) -> Floats:
    spread = X.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _folds(outcomes: Floats, n_folds: int, rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    """Masks of the rows held out in turn, with both outcomes in each."""
    places = np.empty(len(outcomes), np.int64)
    for value in (0.0, 1.0):
        rows = np.flatnonzero(outcomes == value)
        places[rng.permutation(rows)] = np.arange(len(rows)) % n_folds
    return [places == fold for fold in range(n_folds)]


def _seed(random_state: Any) -> int | None:
    if random_state is None:
        return None
    if isinstance(random_state, int | np.integer):
        return int(random_state)
    return int(random_state.randint(1 << 31))
