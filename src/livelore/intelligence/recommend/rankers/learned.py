"""A ranker that learns from held-out events how to weigh what several scorers say."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.rankers.booster import Booster
from livelore.intelligence.recommend.rankers.facts import Columns, Facts
from livelore.intelligence.recommend.scorer import Scorer, best, hide

USERS_AT_ONCE = 512


@dataclass
class LearnedRanker(Scorer):
    """Trees over the scores of other scorers and over facts of users and items.

    A share of each user's last events is held out; the scorers learn from the rest, the trees from
    which of the candidates were among the held out; then the scorers learn once more from
    everything. So no tree ever sees a score of an event that the scorer was fitted on.

    Args:
        scorers: By name; at least one. They are fitted by the fit.
        booster: The trees and their constraints; features are called ``NAME.score``,
            ``NAME.rank`` and as `Facts` names its own.
        pool: The best so many of each scorer are candidates.
        validation: Share of each user's last events held out, above 0.
        windows: Share of the time span, newest first, over each of which popularity is counted.
        users_max: Users that the trees learn from, drawn.
        seed: Of the draw.
    """

    scorers: dict[str, Scorer] = field(default_factory=dict)
    booster: Booster = field(default_factory=Booster)
    pool: int = 100
    validation: float = 0.1
    windows: tuple[float, ...] = (0.02, 0.1)
    users_max: int = 5000
    seed: int = 0
    facts_: Facts | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if not self.scorers:
            raise OptionInvalid(option="scorers", detail="at least one is needed")
        if self.pool < 1 or self.users_max < 1:
            raise OptionInvalid(option="pool, users_max", detail="at least 1 each")
        if not 0 < self.validation < 1:
            raise OptionInvalid(option="validation", detail="a share above 0 and below 1")

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Scorers and trees.

        Raises:
            DataInvalid: Nobody has enough events for one to be held out.
        """
        kept, held = held_out(interactions, self.validation)
        for scorer in self.scorers.values():
            scorer.fit(kept, items, users)
        self.facts_ = Facts(windows=self.windows).fit(kept, items, users)
        self._learn(kept.histories, held.matrix)
        for scorer in self.scorers.values():
            scorer.fit(interactions, items, users)
        self.facts_ = Facts(windows=self.windows).fit(interactions, items, users)
        return self

    def _learn(self, histories: Histories, wanted: Sparse) -> None:
        asked = np.flatnonzero(np.diff(wanted.indptr) > 0)
        if len(asked) > self.users_max:
            rng = np.random.default_rng(self.seed)
            asked = np.sort(rng.choice(asked, self.users_max, replace=False))
        tables: list[Columns] = []
        relevance: list[NDArray[np.int64]] = []
        sizes: list[NDArray[np.int64]] = []
        for begin in range(0, len(asked), USERS_AT_ONCE):
            rows = asked[begin : begin + USERS_AT_ONCE]
            part = histories.take(rows)
            users, items, table = self._candidates(part, self._scores(part))
            hits = np.asarray(wanted[rows].toarray() > 0)[users, items]
            tables.append(table)
            relevance.append(hits.astype(np.int64))
            sizes.append(np.bincount(users, minlength=len(rows)))
        names = tables[0] if tables else {}
        joined = {name: np.concatenate([each[name] for each in tables]) for name in names}
        empty = np.zeros(0, np.int64)
        self.booster.fit(
            joined, np.concatenate([*relevance, empty]), np.concatenate([*sizes, empty])
        )

    def _scores(self, histories: Histories) -> dict[str, Floats]:
        return {name: scorer.scores(histories) for name, scorer in self.scorers.items()}

    def _candidates(
        self, histories: Histories, scores: dict[str, Floats]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Columns]:
        """Row of the user, item and features of each candidate, user by user."""
        chosen = np.zeros((len(histories), histories.n_items), bool)
        for each in scores.values():
            open_ones = each.copy()
            hide(open_ones, histories)
            top, _ = best(open_ones, min(self.pool, histories.n_items))
            rows = np.broadcast_to(np.arange(len(top))[:, None], top.shape)
            chosen[rows[top >= 0], top[top >= 0]] = True
        users, items = np.nonzero(chosen)
        table: Columns = {}
        for name, each in scores.items():
            table[f"{name}.score"] = _standard(each)[users, items]
            table[f"{name}.rank"] = _ranks(each, chosen)[users, items]
        return users, items, table | self.learnt("facts_").of(histories, users, items)

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): candidates first, the others by the mean of the scorers."""
        self.learnt("facts_")
        parts = [np.zeros((0, histories.n_items), np.float32)]
        for begin in range(0, len(histories), USERS_AT_ONCE):
            part = histories.part(begin, min(begin + USERS_AT_ONCE, len(histories)))
            parts.append(self._part(part))
        return np.concatenate(parts)

    def _part(self, histories: Histories) -> Floats:
        scores = self._scores(histories)
        users, items, table = self._candidates(histories, scores)
        rest = np.mean([_standard(each) for each in scores.values()], axis=0)
        found = np.asarray(rest, np.float32)
        if len(users):
            ranked = self.booster.predict(table).astype(np.float32)
            # every candidate stands above every other item
            lift = rest.max(1)[users] - ranked.min() + 1
            found[users, items] = ranked + lift
        return found

    @property
    def importances(self) -> dict[str, float]:
        """Share of each feature in the trees' gain; for the model card."""
        return self.booster.importances


def held_out(interactions: Interactions, share: float) -> tuple[Interactions, Interactions]:
    """All but, and only, each user's last ``share`` of events (rounded down)."""
    order = np.argsort(interactions.users, kind="stable")
    if interactions.at is not None:
        order = np.lexsort((interactions.at, interactions.users))
    counts = np.bincount(interactions.users, minlength=interactions.n_users)
    later = np.empty(len(interactions), np.int64)
    later[order] = interactions.histories.positions
    is_held = later < (counts * share).astype(np.int64)[interactions.users]
    return interactions.take(~is_held), interactions.take(is_held)


def _standard(scores: Floats) -> Floats:
    spread = np.maximum(scores.std(1, keepdims=True), 1e-9)
    return np.asarray((scores - scores.mean(1, keepdims=True)) / spread, np.float32)


def _ranks(scores: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """1 for the best of the chosen; logarithm, so that the top counts; shape of ``scores``."""
    order = np.argsort(np.where(chosen, -scores, np.inf), axis=1, kind="stable")
    ranks = np.empty(scores.shape, np.float32)
    places = np.log2(np.arange(scores.shape[1], dtype=np.float32) + 2)
    np.put_along_axis(ranks, order, np.broadcast_to(places, scores.shape), axis=1)
    return ranks
