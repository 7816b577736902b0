"""EASE that also explains content: features of items stand in as further users."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from livelore.intelligence.recommend.candidates.content import item_features
from livelore.intelligence.recommend.candidates.ease import EASE, solved, user_weighted_gram
from livelore.intelligence.recommend.data import Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid


@dataclass
class ContentEASE(EASE):
    """The matrix of `EASE` for ``[X; √c Fᵀ]``: each feature is a user who touched what has it.

    Its Gram matrix is ``XᵀX + c · F Fᵀ`` with F's rows of length 1 (in the mean), so the closed
    form costs what EASE costs. An item with few events leans on its content, one with many does
    not notice; a new item is scored from content alone.

    Args:
        content: c, at least 0, counted in users as ``reg`` is; 0: plain EASE.
        weights: By kind of feature; see `content.joined`.

    Source: Jeunen, Van Balen, Goethals, RecSys 2020 (collective EASE).
    """

    content: float = 100.0
    weights: dict[str, float] = field(default_factory=dict[str, float])

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn the matrix.

        Raises:
            OptionInvalid: An option is out of range, or there are more items than a dense matrix
                may hold.
            DataInvalid: Items are not given, or are not those of the interactions.
        """
        self._check(interactions.n_items)
        if not 0 <= self.content < np.inf:
            raise OptionInvalid(option="content", detail=f"{self.content} is below 0 or infinite")
        gram = user_weighted_gram(interactions, self.user_power, np.float64)
        if self.content > 0:
            features = item_features(items, self.weights)
            if features.shape[0] != interactions.n_items:
                words = f"{features.shape[0]} rows beside {interactions.n_items} items"
                raise DataInvalid(column="items", detail=words)
            alike = (features @ features.T).toarray().astype(np.float64)
            gram += alike * (self.content / max(float(alike.trace()) / len(alike), 1e-12))
        self.matrix_ = solved(gram, self.reg, self.dropout)
        return self
