"""Taste and segment in one score, for a whole site at once.

``score(u, i) = Σ_e w_e · M[e, i] + prior[segment(u), i]``: a sparse matrix of items by items
carries what a user's own events say, a row for each segment what the others of the segment watch.
Both are sums, so that the largest term is the reason, exactly; and a user without events has a list
too.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.compiled import compiled
from livelore.intelligence.recommend.data import Codes, Floats, Histories, Mask, Sparse
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.kernels import in_order, offer


@dataclass(frozen=True)
class CausedLists:
    """Lists of items and what put each item there.

    Attributes:
        items: Codes, shape (n_users, k), best first, -1 behind the end.
        scores: The same shape, ``-inf`` behind the end.
        causes: The item of the user's event whose share of the score is the largest; -1 where the
            segment's share is larger.
    """

    items: NDArray[np.int32]
    scores: Floats
    causes: NDArray[np.int32]


@dataclass(frozen=True)
class SegmentedTaste:
    """What lists of a whole site are made of.

    Attributes:
        matrix: M, shape (n_items, n_items), CSR of float32.
        prior: Shape (n_segments, n_items), at least 0.
        allowed: Which items may be given, shape (n_items,).
    """

    matrix: Sparse
    prior: Floats
    allowed: Mask
    _order: NDArray[np.int32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n_items = self.matrix.shape[0]
        if self.prior.shape[1:] != (n_items,) or self.allowed.shape != (n_items,):
            detail = f"{self.prior.shape} and {self.allowed.shape} for {n_items} items"
            raise DataInvalid(column="prior", detail=detail)
        shown = np.where(self.allowed, self.prior, -np.inf)
        order = np.argsort(-shown, axis=1, kind="stable")[:, : int(self.allowed.sum())]
        object.__setattr__(self, "_order", order.astype(np.int32))

    def lists(self, histories: Histories, segments: Codes, k: int) -> CausedLists:
        """The k best of every user, without what their history has; ties by lower code.

        Args:
            histories: Of whom.
            segments: Row of ``prior`` of each, shape (n_users,).
            k: At least 1.

        Raises:
            OptionInvalid: ``k`` is below 1.
            DataInvalid: Another catalogue, or a segment outside the prior.
        """
        if k < 1:
            raise OptionInvalid(option="k", detail=f"{k} is below 1")
        n_users, n_items = len(histories), histories.n_items
        if n_items != self.matrix.shape[0] or segments.shape != (n_users,):
            raise DataInvalid(column="item", detail="not the catalogue or the users of this fit")
        if len(segments) and not 0 <= segments.min() <= segments.max() < len(self.prior):
            raise DataInvalid(column="segment", detail=f"outside 0 to {len(self.prior) - 1}")
        items = np.empty((n_users, k), np.int32)
        scores = np.empty((n_users, k), np.float32)
        causes = np.full((n_users, k), -1, np.int32)
        work = (
            np.zeros(n_items, np.float32),
            np.empty(n_items, np.int32),
            np.zeros(n_items, np.int8),
            np.zeros(n_items, np.int32),
        )
        _lists(
            (histories.indptr, histories.items, histories.weights),
            np.ascontiguousarray(segments, np.int32),
            (self.matrix.indptr, self.matrix.indices, self.matrix.data.astype(np.float32)),
            (np.ascontiguousarray(self.prior, np.float32), self._order, self.allowed),
            work,
            (items, scores, causes),
        )
        return CausedLists(items, scores, causes)


OWN, TOUCHED = 2, 1


@compiled
def _lists(history: Any, segments: Any, matrix: Any, prior: Any, work: Any, out: Any) -> None:
    """See `SegmentedTaste.lists`. ``work`` is zeros that are zeros again after each user."""
    for user in range(len(segments)):
        n_touched = _add_up(history, user, matrix, work)
        n_touched = _add_best_of_segment(
            history, user, segments[user], prior, (work, n_touched), out
        )
        _choose(segments[user], prior, (work, n_touched), user, out)
        _find_causes(history, user, matrix, (prior[0][segments[user]], work[3]), out)
        sums, touched, marks, _ = work
        for place in range(n_touched):
            sums[touched[place]] = 0
            marks[touched[place]] = 0


@compiled
def _add_up(history: Any, user: int, matrix: Any, work: Any) -> int:
    """Sums over the user's events; gives how many items were met, the events' own included."""
    events, items, weights = history
    indptr, indices, data = matrix
    sums, touched, marks, _ = work
    n_touched = 0
    for event in range(events[user], events[user + 1]):
        own = items[event]
        if marks[own] == 0:
            touched[n_touched] = own
            n_touched += 1
        marks[own] = OWN
        for at in range(indptr[own], indptr[own + 1]):
            column = indices[at]
            if marks[column] == 0:
                marks[column] = TOUCHED
                touched[n_touched] = column
                n_touched += 1
            sums[column] += weights[event] * data[at]
    return n_touched


@compiled
def _add_best_of_segment(
    history: Any, user: int, segment: int, prior: Any, so_far: Any, out: Any
) -> int:
    """Meet the segment's k best that are not the user's own: no other untouched item can win."""
    work, n_touched = so_far
    _, touched, marks, _ = work
    order = prior[1][segment]
    n_wanted = out[0].shape[1] + history[0][user + 1] - history[0][user]
    for place in range(min(n_wanted, len(order))):
        column = order[place]
        if marks[column] == 0:
            marks[column] = TOUCHED
            touched[n_touched] = column
            n_touched += 1
    return n_touched


@compiled
def _choose(segment: int, prior: Any, met: Any, user: int, out: Any) -> None:
    work, n_touched = met
    sums, touched, marks, _ = work
    values, allowed = prior[0][segment], prior[2]
    items, scores = out[0][user], out[1][user]
    n_kept = 0
    for place in range(n_touched):
        column = touched[place]
        if marks[column] == OWN or not allowed[column]:
            continue
        value = sums[column] + values[column]
        if n_kept < len(scores) or value >= scores[0]:
            n_kept = offer(scores, items, n_kept, value, column)
    in_order(scores, items, n_kept)


@compiled
def _find_causes(history: Any, user: int, matrix: Any, room: Any, out: Any) -> None:
    """For each item of a list the event that adds most to it, where that is above the prior."""
    events, owned, weights = history
    indptr, indices, data = matrix
    values, places = room
    items, causes = out[0][user], out[2][user]
    most = np.zeros(len(items), np.float32)
    for place in range(len(items)):
        if items[place] >= 0:
            places[items[place]] = place + 1
            most[place] = values[items[place]]
    for event in range(events[user], events[user + 1]):
        own = owned[event]
        for at in range(indptr[own], indptr[own + 1]):
            place = places[indices[at]] - 1
            if place >= 0 and weights[event] * data[at] > most[place]:
                most[place] = weights[event] * data[at]
                causes[place] = own
    for place in range(len(items)):
        if items[place] >= 0:
            places[items[place]] = 0
