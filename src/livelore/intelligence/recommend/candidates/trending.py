"""Taste relative to popularity, times what is popular now: for where the future is not the past."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from livelore.intelligence.recommend.candidates.popularity import Popularity
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.rankers.blend import standardised
from livelore.intelligence.recommend.scorer import Scorer


@dataclass
class Trending(Scorer):
    """``z(scores / popularity ** divided) + weight · log(1 + recent popularity)``.

    What a scorer knows of a person includes how popular things were over all its data; that part is
    divided out and what is popular of late put in its place.

    Args:
        scorer: Of taste: `EASE`.
        divided: How much of the old popularity goes: 0 nothing, 1 all.
        weight: Of the recent popularity.
        window_share: The newest share of all events that counts as recent.

    Source: ours, measured in `benchmarks/` under global time splits, where recent popularity alone
    beats EASE.
    """

    scorer: Any = None  # Any: a Scorer; a dataclass field with a default
    divided: float = 0.75
    weight: float = 3.0
    window_share: float = 0.1
    counts_: Floats | None = field(default=None, init=False, repr=False)
    recent_: Popularity | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Fit the scorer and count.

        Raises:
            OptionInvalid: No scorer is given, or the events have no times.
        """
        if self.scorer is None:
            raise OptionInvalid(option="scorer", detail="none is given")
        self.recent_ = Popularity(window_share=self.window_share).fit(interactions)
        self.scorer.fit(interactions, items, users)
        self.counts_ = np.maximum(interactions.item_counts, 1).astype(np.float32)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        taste = self.scorer.scores(histories) / self.learnt("counts_") ** self.divided
        found: Floats = standardised(taste) + np.float32(self.weight) * self.learnt(
            "recent_"
        ).scores(histories)
        return found
