"""How well a group can be read from vectors: three attackers, cross-validated."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from livelore.intelligence.recommend.errors import DataInvalid


@dataclass(frozen=True)
class Attack:
    """What attackers reach.

    Attributes:
        auc: Of each, by name; .5 is chance.
        strongest: The highest of all, where an AUC below .5 counts as its mirror image: who knows
            how vectors were moved turns the sign.
    """

    auc: dict[str, float]
    strongest: float


def attackers(seed: int) -> dict[str, Any]:  # Any: scikit-learn has no types
    """Logistic regression, gradient boosting, and a small network."""
    network = MLPClassifier(
        (64,),
        alpha=1.0,
        early_stopping=True,
        max_iter=60,
        learning_rate_init=2e-3,
        random_state=seed,
    )
    trees = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.06, max_leaf_nodes=8, random_state=seed
    )
    return {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=500)),
        "boosting": trees,
        "network": make_pipeline(StandardScaler(), network),
    }


def attack(vectors: ArrayLike, groups: ArrayLike, *, seed: int = 0, folds: int = 3) -> Attack:
    """Try to read which of two groups a user is of.

    Args:
        vectors: Shape (n_users, n_factors).
        groups: 0 or 1, shape (n_users,); every attacker is told it for all folds but one.
        seed: Of folds and attackers.
        folds: Each user is guessed once, by attackers that did not learn from them.

    Raises:
        DataInvalid: There are not two groups with at least ``folds`` users each.
    """
    given, codes = np.asarray(vectors, np.float64), np.asarray(groups)
    sizes = [int((codes == n).sum()) for n in (0, 1)]
    if given.ndim != 2 or len(given) != len(codes) or sum(sizes) != len(codes):
        raise DataInvalid(column="groups", detail="0 or 1 for each vector is needed")
    if min(sizes) < folds:
        raise DataInvalid(column="groups", detail=f"{folds} users of each group are needed")
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    found: dict[str, float] = {}
    with warnings.catch_warnings():
        # a network that has not converged is an attacker all the same
        warnings.simplefilter("ignore", ConvergenceWarning)
        for name, model in attackers(seed).items():
            guesses: Any = cross_val_predict(model, given, codes, cv=split, method="predict_proba")
            found[name] = float(roc_auc_score(codes, guesses[:, 1]))
    return Attack(found, max(max(each, 1 - each) for each in found.values()))
