"""What is new: the same list for everybody."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer

DAY_S = 86_400.0
EVENT, START = "event", "start"


@dataclass
class Newness(Scorer):
    """1 for what appeared now, half for what is a half-life older: a member of blends.

    Who comes back has had what is old on offer before; what appeared meanwhile has not been.

    Args:
        half_life_s: Seconds.
        since: ``event``: the first event of an item in the data, 0 for one without; ``start``: when
            it appears as `Items.starts_at` says, 0 for one of which that is not known; what starts
            later is as new as can be (`available` of `Scorer.top` holds it back).
    """

    half_life_s: float = 30 * DAY_S
    since: str = EVENT
    fading_: Floats | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """See how old everything is at the last event; users are not used.

        Raises:
            OptionInvalid: An option is out of range, or the events have no times.
            DataInvalid: The starts of the items are needed and not given.
        """
        self._need_above(0, "half_life_s")
        if self.since not in (EVENT, START):
            raise OptionInvalid(option="since", detail=f"{self.since} is neither event nor start")
        if interactions.at is None:
            raise OptionInvalid(option="since", detail="the events have no times")
        begun = np.full(interactions.n_items, np.nan)
        if self.since == START:
            if items is None or items.starts_at is None:
                raise DataInvalid(column="starts_at", detail="the start of every item is needed")
            if len(items.starts_at) != interactions.n_items:
                detail = f"{len(items.starts_at)} beside a catalogue of {interactions.n_items}"
                raise DataInvalid(column="starts_at", detail=detail)
            begun = np.asarray(items.starts_at, np.float64)
        else:
            np.fmin.at(begun, interactions.items, interactions.at)
        known = np.isfinite(begun)
        age = np.maximum(interactions.at.max(initial=0) - np.where(known, begun, 0), 0)
        self.fading_ = (np.exp2(-age / self.half_life_s) * known).astype(np.float32)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): 0 to 1, the same in every row."""
        return np.repeat(self.learnt("fading_")[None, :], len(histories), axis=0)
