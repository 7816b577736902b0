"""Back to the hosts one knows: the strongest simple memory of live platforms."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.linear import LinearScorer
from livelore.intelligence.recommend.data import Interactions, Items, Users
from livelore.intelligence.recommend.errors import DataInvalid


@dataclass
class Returning(LinearScorer):
    """Items of the hosts in the history, by the weight of what was done with each host.

    A room that goes on air now is an item without any event; its host may have many. So a new live
    session of a host whom somebody returns to stands first the moment it is available. Put
    `Recency` around it to let old visits fade, and give follows a weight of their own.

    Source: measured by third parties on KuaiLive: returning to known hosts alone beats sequence
    models when all rooms on air are candidates (nDCG@10 .432 against .398).
    """

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Connect the items of each host; the events are not used.

        Raises:
            DataInvalid: The hosts of the items are not known, or are of another catalogue.
        """
        if items is None or items.hosts is None:
            raise DataInvalid(column="host", detail="this scorer needs the host of every item")
        hosts = items.hosts
        if len(hosts) != interactions.n_items:
            detail = f"{len(hosts)} beside a catalogue of {interactions.n_items}"
            raise DataInvalid(column="host", detail=detail)
        known = np.flatnonzero(hosts >= 0)
        ones = np.ones(len(known), np.float32)
        shape = (len(hosts), int(hosts.max(initial=-1)) + 1)
        belongs = sp.csr_matrix((ones, (known, hosts[known])), shape=shape)
        self.matrix_ = (belongs @ belongs.T).tocsr()
        return self
