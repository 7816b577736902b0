"""Counts and histograms that protect every event of a user at once.

A user counts with at most ``cap`` events, drawn at random when there are more, so that what one
user changes is known beforehand. Noise is whole numbers; results may be negative and are left so,
since cutting them at 0 would bias sums (``published`` cuts, for people's eyes).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.trust.privacy.accountant import Accountant, Cost
from livelore.trust.privacy.errors import ParameterInvalid
from livelore.trust.privacy.mechanisms import laplace_scale, whole_laplace

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Histogram:
    """What was counted.

    Attributes:
        counts: With noise, shape (n_codes,); may be negative.
        cap: Most events of one user that counted.
        n_left_out: Events above the cap: a property of the data, not for publication.
        scale: Of the noise: 95 % of counts are within ``3 * scale``.
    """

    counts: Whole
    cap: int
    n_left_out: int
    scale: float

    @property
    def published(self) -> Whole:
        """Without negative counts."""
        return np.maximum(self.counts, 0)


@dataclass(frozen=True)
class Counting:
    """Counts that an accountant pays for.

    Attributes:
        accountant: Pays, before anything is counted.
        cap: Most events of one user that count.
        rng: For tests; from the operating system when left out.
    """

    accountant: Accountant
    cap: int = 1
    rng: np.random.Generator | None = None

    def __post_init__(self) -> None:
        if self.cap < 1:
            raise ParameterInvalid(parameter="cap", value=self.cap, detail="at least 1")

    def histogram(
        self, users: ArrayLike, codes: ArrayLike, n_codes: int, epsilon: float, what: str
    ) -> Histogram:
        """Events by code, (epsilon, 0)-DP for users.

        Args:
            users: Code of the user of each event, shape (n_events,).
            codes: What is counted, from 0; the codes are public, not taken from the data.
            n_codes: Their number.
            epsilon: The cost.
            what: For the ledger.

        Raises:
            BudgetSpent: The accountant has not enough left.
            ParameterInvalid: A code is out of range; lengths differ; epsilon is not above 0.
        """
        who, which = np.asarray(users), np.asarray(codes)
        if who.shape != which.shape or who.ndim != 1:
            detail = "one code beside each user"
            raise ParameterInvalid(parameter="codes", value=str(which.shape), detail=detail)
        if len(which) and not (which.min() >= 0 and which.max() < n_codes):
            raise ParameterInvalid(parameter="codes", value="", detail=f"from 0 to {n_codes - 1}")
        scale = laplace_scale(self.cap, epsilon)
        self.accountant.spend(what, Cost("laplace", epsilon))
        kept = capped(who, self.cap, self.rng)
        counts = np.bincount(which[kept], minlength=n_codes)
        noisy = whole_laplace(counts, self.cap, epsilon, self.rng)
        return Histogram(noisy, self.cap, len(which) - len(kept), scale)

    def count_users(self, users: ArrayLike, epsilon: float, what: str = "users") -> int:
        """How many different users there are, (epsilon, 0)-DP.

        Raises:
            BudgetSpent: The accountant has not enough left.
            ParameterInvalid: Epsilon is not above 0.
        """
        laplace_scale(1.0, epsilon)
        self.accountant.spend(what, Cost("laplace", epsilon))
        n_users = len(np.unique(np.asarray(users)))
        return int(whole_laplace([n_users], 1.0, epsilon, self.rng)[0])


def capped(users: ArrayLike, cap: int, rng: np.random.Generator | None = None) -> Whole:
    """Numbers of the events that count: at most ``cap`` of each user, drawn alike."""
    who = np.asarray(users)
    draw = np.random.default_rng() if rng is None else rng
    order = draw.permutation(len(who))
    order = order[np.argsort(who[order], kind="stable")]
    is_first = np.ones(len(who), np.bool_)
    is_first[1:] = who[order][1:] != who[order][:-1]
    starts = np.flatnonzero(is_first)
    place = np.arange(len(who)) - np.repeat(starts, np.diff(np.append(starts, len(who))))
    return np.sort(order[place < cap])
