"""What most people do: of all time, or of late."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer


@dataclass
class Popularity(Scorer):
    """The same list for everybody: events of each item, new ones counting more.

    Args:
        window_s: Only events of the last so many seconds of the data; None: all.
        half_life_s: An event this much older counts half; None: all alike.
        window_share: Only the last share of the events, instead of ``window_s``: .05 for the last
            twentieth of all.
        returning_s: Only events of users whose first event is so much older: what people do who
            come back, not what everybody does on the first day.
    """

    window_s: float | None = None
    half_life_s: float | None = None
    window_share: float | None = None
    returning_s: float | None = None
    counts_: Floats | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Count; items and users are not used.

        Raises:
            OptionInvalid: A window is asked for and the events have no times, or it is no window.
        """
        self._need_above(0, "window_s", "half_life_s", "window_share", "returning_s")
        if self.window_share is not None and self.window_share > 1:
            raise OptionInvalid(option="window_share", detail=f"{self.window_share} is above 1")
        weights = interactions.weights.astype(np.float64)
        timed = (self.window_s, self.half_life_s, self.window_share, self.returning_s)
        if len(weights) and any(timed):
            if interactions.at is None:
                raise OptionInvalid(option="window", detail="the events have no times")
            weights = weights * self._counting(interactions.at, interactions.users)
        counts = np.bincount(interactions.items, weights, minlength=interactions.n_items)
        self.counts_ = counts.astype(np.float32)
        return self

    def _counting(self, at: np.ndarray, users: np.ndarray) -> np.ndarray:
        age = at.max() - at
        counting = np.ones(len(at))
        if self.half_life_s is not None:
            counting = np.exp2(-age / self.half_life_s)
        if self.window_s is not None:
            counting = counting * (age <= self.window_s)
        if self.window_share is not None:
            counting = counting * (at >= np.quantile(at, 1 - self.window_share))
        if self.returning_s is not None:
            begun = np.full(users.max() + 1, np.inf)
            np.minimum.at(begun, users, at)
            counting = counting * (at - begun[users] > self.returning_s)
        return counting

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): logarithms of the counts, the same in every row."""
        row = np.log1p(self.learnt("counts_"))
        return np.repeat(row[None, :], len(histories), axis=0)
