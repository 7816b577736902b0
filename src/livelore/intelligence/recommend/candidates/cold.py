"""New items: what nobody has touched is scored by what is alike in content and has been touched.

Kernel ridge regression from content to behaviour is linear in the behaviour: the factors predicted
for a new item are ``A · factors`` of the known ones, so its score is ``A`` times their scores,
whichever scorer made them. One matrix ``A``, new items by known ones, serves iALS factors and the
columns of EASE alike.
"""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from livelore.intelligence.recommend.candidates.content import item_features
from livelore.intelligence.recommend.candidates.factors import IALS
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer

ITEMS_MAX = 25_000
"""Known items whose kernel is held dense, 5 GB."""


def factors() -> Scorer:
    """What `ColdItems` stands on unless told: what was not touched counts a tenth."""
    return IALS(n_factors=64, unobserved=0.1, n_epochs=8)


@dataclass
class ColdItems(Scorer):
    """A scorer whose new items get the scores that its known items predict for their content.

    Scores of items with events are those of ``base``. The kernel is ``(½ + ½ k)^power``, k the
    weighted mean of cosines over the kinds of content: what is alike in several kinds at once
    counts more.

    Args:
        base: Of the known items.
        weights: By kind of feature; see `content.joined`.
        reg: Ridge, above 0; in units of an item's likeness with itself.
        power: Of the kernel, at least 1.
        touched: Share of the history itself, 0 to 1, beside the scores of ``base`` in what is
            regressed: factors forget single rare items, likeness in content does not.
        users_min: An item with fewer users is new.

    Attributes:
        known_: Codes of the items with enough users.
        new_: The others.
        smoother_: Shape (n_new, n_known).

    Source: Saunders, Gammerman, Vovk, ICML 1998 (kernel ridge); Gantner et al., ICDM 2010 (content
    to factors).
    """

    base: Scorer = field(default_factory=factors)
    weights: dict[str, float] = field(default_factory=dict[str, float])
    reg: float = 0.15
    power: float = 2.0
    touched: float = 0.15
    users_min: int = 1
    known_: NDArray[np.int64] | None = field(default=None, init=False, repr=False)
    new_: NDArray[np.int64] | None = field(default=None, init=False, repr=False)
    smoother_: Floats | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Fit the base on what is known, then the regression.

        Raises:
            OptionInvalid: An option is out of range, or there are too many known items.
            DataInvalid: Items are not given, or are not those of the interactions.
        """
        self._check()
        features = item_features(items, self.weights)
        if features.shape[0] != interactions.n_items:
            words = f"{features.shape[0]} beside {interactions.n_items} of the interactions"
            raise DataInvalid(column="items", detail=words)
        is_known = interactions.item_counts >= self.users_min
        known, new = np.flatnonzero(is_known), np.flatnonzero(~is_known)
        if len(known) > ITEMS_MAX:
            raise OptionInvalid(option="model", detail=f"{len(known)} known items: a dense kernel")
        self.base.fit(interactions, items, users)
        self.smoother_ = smoother(features[known], features[new], self.reg, self.power)
        self.known_, self.new_ = known, new
        return self

    def _check(self) -> None:
        if not self.reg > 0:
            raise OptionInvalid(option="reg", detail=f"{self.reg} is not above 0")
        if not self.power >= 1:
            raise OptionInvalid(option="power", detail=f"{self.power} is below 1")
        if not 0 <= self.touched <= 1:
            raise OptionInvalid(option="touched", detail=f"{self.touched} is not in [0, 1]")

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        found = self.base.scores(histories).copy()
        known, new = self.learnt("known_"), self.learnt("new_")
        if len(new) == 0:
            return found
        seen = found[:, known]
        if self.touched > 0:
            seen = (1 - self.touched) * seen + self.touched * histories.matrix[:, known]
        found[:, new] = np.asarray(seen, np.float32) @ self.learnt("smoother_").T
        return found


def smoother(known: Sparse, new: Sparse, reg: float, power: float) -> Floats:
    """Weights with which known items predict new ones, shape (n_new, n_known).

    Args:
        known: Features, shape (n_known, n_features).
        new: The same of the new ones.
        reg: Ridge.
        power: Of the kernel.
    """
    if known.shape[0] == 0 or new.shape[0] == 0:
        return np.zeros((new.shape[0], known.shape[0]), np.float32)
    gram = (known @ known.T).toarray().astype(np.float64)
    scale = max(float(gram.trace()) / len(gram), 1e-12)
    kernel = _raised(gram / scale, power)
    kernel[np.diag_indices(len(kernel))] += reg
    across = _raised((known @ new.T).toarray().astype(np.float64) / scale, power)
    factor = cho_factor(kernel, overwrite_a=True, check_finite=False)
    return np.ascontiguousarray(cho_solve(factor, across).T, np.float32)


def _raised(gram: Any, power: float) -> Any:
    return np.maximum(0.5 + 0.5 * gram, 0) ** power
