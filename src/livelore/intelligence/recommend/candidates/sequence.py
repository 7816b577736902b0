"""Order and age: the newest events weigh more, and what comes next is learnt in closed form."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from scipy.linalg import cho_factor, cho_solve

from livelore.intelligence.recommend.candidates.linear import LinearScorer, powers
from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer

ROWS_AT_ONCE = 50_000
HALVINGS_MAX = 60.0
"""An event fades so often at most: one who was long away still has a history."""


@dataclass
class Recency(Scorer):
    """Another scorer, asked with a history whose older events count less.

    Args:
        scorer: The other one.
        half_life: So many events (or seconds) back an event counts half.
        unit: "events", or "seconds" before the moment of the question.
    """

    scorer: Any = None  # Any: a Scorer; a dataclass field after none must have a default
    half_life: float = 20.0
    unit: str = "events"

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Fit the other one."""
        if self.scorer is None:
            raise OptionInvalid(option="scorer", detail="none is given")
        if self.unit not in {"events", "seconds"} or not self.half_life > 0:
            raise OptionInvalid(option="half_life", detail=f"{self.half_life} {self.unit}")
        self.scorer.fit(interactions, items, users)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        found: Floats = self.scorer.scores(aged(histories, self.half_life, self.unit))
        return found


def aged(histories: Histories, half_life: float, unit: str = "events") -> Histories:
    """The same histories, an event of twice the age weighing half as much."""
    if unit == "events":
        age = histories.positions.astype(np.float64)
    else:
        if histories.at is None:
            raise OptionInvalid(option="unit", detail="the events have no times")
        ends = np.repeat(histories.indptr[1:] - 1, np.diff(histories.indptr))
        now = histories.at[ends] if histories.now is None else histories.now
        age = np.maximum(now - histories.at, 0)
    fading = np.exp2(-np.minimum(age / half_life, HALVINGS_MAX))
    return histories.weighted((histories.weights * fading).astype(np.float32))


@dataclass
class NextItem(LinearScorer):
    """What follows what: ridge regression of the coming events on the ones before.

    Every event of a history is a row: before it the past, fading with half-life ``past``; from it
    on the future, fading with half-life ``future``. The matrix that maps one to the other has a
    closed form. Ask it through `Recency` with a like half-life.

    Args:
        reg: L2 weight, above 0.
        past: Half-life of what came before, in events.
        future: Half-life of what comes after, in events.
        reach: Events looked at on either side.
        user_power: As in `EASE`.

    Source: Choi et al., WWW 2021, "Session-aware linear item-item models" (SLIT).
    """

    reg: float = 100.0
    past: float = 4.0
    future: float = 4.0
    reach: int = 30
    user_power: float = 0.5

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn from the order of events; items and users are not used.

        Raises:
            OptionInvalid: An option is not above 0.
        """
        self._need_above(0, "reg", "past", "future", "reach")
        histories = interactions.histories
        n_items = interactions.n_items
        lengths = np.diff(histories.indptr)
        middle = np.median(lengths[lengths > 0]) if len(histories.items) else 1.0
        weights = np.repeat(powers(lengths / middle, -self.user_power / 2), lengths)
        gram = np.zeros((n_items, n_items), np.float32)
        cross = np.zeros((n_items, n_items), np.float32)
        for begin in range(0, len(histories.items), ROWS_AT_ONCE):
            rows = np.arange(begin, min(begin + ROWS_AT_ONCE, len(histories.items)))
            past = self._beside(histories, rows, weights, is_past=True)
            future = self._beside(histories, rows, weights, is_past=False)
            gram += (past.T @ past).toarray()
            cross += (past.T @ future).toarray()
        gram[np.diag_indices(n_items)] += self.reg
        factor = cho_factor(gram, overwrite_a=True, check_finite=False)
        self.matrix_ = np.ascontiguousarray(cho_solve(factor, cross, overwrite_b=True))
        return self

    def _beside(self, histories: Histories, rows: Any, weights: Any, *, is_past: bool) -> Any:
        """Rows by items: what came before each event, or it and what came after."""
        first = np.repeat(histories.indptr[:-1], np.diff(histories.indptr))[rows]
        last = np.repeat(histories.indptr[1:], np.diff(histories.indptr))[rows]
        steps = np.arange(1, self.reach + 1) if is_past else np.arange(self.reach)
        places = rows[:, None] + (-steps if is_past else steps)[None, :]
        inside = (places >= first[:, None]) if is_past else (places < last[:, None])
        fading = np.exp2(-(steps - steps[0]) / (self.past if is_past else self.future))
        values = (fading[None, :] * weights[rows][:, None])[inside].astype(np.float32)
        indptr = np.concatenate([[0], np.cumsum(inside.sum(axis=1))])
        shape = (len(rows), histories.n_items)
        return sp.csr_matrix((values, histories.items[places[inside]], indptr), shape=shape)
