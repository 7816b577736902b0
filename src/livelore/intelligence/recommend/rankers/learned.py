"""A ranker that learns from held-out events how to weigh what several scorers say."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.candidates.linear import LinearScorer
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import OptionInvalid
from livelore.intelligence.recommend.rankers.blend import standardised
from livelore.intelligence.recommend.rankers.booster import Booster
from livelore.intelligence.recommend.rankers.facts import Columns, Facts
from livelore.intelligence.recommend.rankers.likeness import strongest
from livelore.intelligence.recommend.scorer import Scorer, best, hide
from livelore.intelligence.recommend.splits import random_holdout

USERS_AT_ONCE = 512
BLEND = "blend"
LAST, RANDOM = "last", "random"


@dataclass
class LearnedRanker(Scorer):
    """Candidates from a blend of scorers, ranked by trees over scores, links and facts.

    A share of each user's events is held out; the scorers learn from the rest, the trees from
    which of the candidates were among the held out; then the scorers learn once more from
    everything. So no tree ever sees a score of an event that the scorer was fitted on.

    Features: ``NAME.score`` of each scorer and of ``blend`` (mean 0 and deviation 1 within a
    user), ``blend.gap`` to the user's best, ``blend.rank``; ``NAME.strongest`` and
    ``NAME.strongest_mean`` of each in ``links`` (see `strongest`); and what `Facts` names.

    Args:
        scorers: By name; at least one, none called ``blend``. They are fitted by the fit.
        booster: The trees and their constraints.
        weights: Of scorers in the blend that gives the candidates, by name; 1 where it is not
            named, 0: only a feature, below 0: against it. Not all may be 0.
        links: Names of linear scorers whose links from single events of the history are features.
        pool: The best so many of the blend are candidates.
        holdout: ``last`` events of each user, or ``random`` ones: as what is to be foretold.
        validation: Share of events held out, above 0.
        windows: Share of the time span, newest first, over each of which popularity is counted.
        users_max: Users that the trees learn from, drawn; None: all.
        seed: Of the draws.
    """

    scorers: dict[str, Scorer] = field(default_factory=dict)
    booster: Booster = field(default_factory=Booster)
    weights: dict[str, float] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    pool: int = 100
    holdout: str = LAST
    validation: float = 0.1
    windows: tuple[float, ...] = (0.02, 0.1)
    users_max: int | None = 5000
    seed: int = 0
    facts_: Facts | None = field(default=None, init=False)
    has_trees_: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if not self.scorers or BLEND in self.scorers:
            raise OptionInvalid(option="scorers", detail=f"at least one; none called {BLEND}")
        if self.pool < 1 or (self.users_max is not None and self.users_max < 1):
            raise OptionInvalid(option="pool, users_max", detail="at least 1 each")
        if not 0 < self.validation < 1:
            raise OptionInvalid(option="validation", detail="a share above 0 and below 1")
        if self.holdout not in (LAST, RANDOM):
            raise OptionInvalid(option="holdout", detail=f"{LAST} or {RANDOM}")
        self._check_names()

    def _check_names(self) -> None:
        if unknown := sorted({*self.weights, *self.links} - set(self.scorers)):
            raise OptionInvalid(option="weights, links", detail=f"no scorer {', '.join(unknown)}")
        if not any(map(self._weight, self.scorers)):
            raise OptionInvalid(option="weights", detail="all are 0: nothing gives candidates")
        for name in self.links:
            if not isinstance(self.scorers[name], LinearScorer):
                raise OptionInvalid(option="links", detail=f"{name} is no linear scorer")

    def _weight(self, name: str) -> float:
        return self.weights.get(name, 1.0)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Scorers and trees; where no held-out event is among the candidates, the blend alone."""
        kept, held = self._cut(interactions)
        self._fit_parts(kept, items, users)
        self._learn(kept.histories, held.matrix)
        self._fit_parts(interactions, items, users)
        return self

    def _cut(self, interactions: Interactions) -> tuple[Interactions, Interactions]:
        if self.holdout == LAST:
            return held_out(interactions, self.validation)
        split = random_holdout(interactions, self.validation, self.seed)
        return split.train, split.test

    def _fit_parts(
        self, interactions: Interactions, items: Items | None, users: Users | None
    ) -> None:
        for scorer in self.scorers.values():
            scorer.fit(interactions, items, users)
        self.facts_ = Facts(windows=self.windows).fit(interactions, items, users)

    def _learn(self, histories: Histories, wanted: Sparse) -> None:
        asked = np.flatnonzero(np.diff(wanted.indptr) > 0)
        if self.users_max is not None and len(asked) > self.users_max:
            rng = np.random.default_rng(self.seed)
            asked = np.sort(rng.choice(asked, self.users_max, replace=False))
        tables: list[Columns] = []
        relevance: list[NDArray[np.int64]] = []
        sizes: list[NDArray[np.int64]] = []
        for begin in range(0, len(asked), USERS_AT_ONCE):
            rows = asked[begin : begin + USERS_AT_ONCE]
            found = self._candidates(histories.take(rows))
            hits = np.asarray(wanted[rows].toarray() > 0)[found.users, found.items]
            tables.append(found.table)
            relevance.append(hits.astype(np.int64))
            sizes.append(np.bincount(found.users, minlength=len(rows)))
        names = tables[0] if tables else {}
        joined = {name: np.concatenate([each[name] for each in tables]) for name in names}
        self.has_trees_ = any(each.any() for each in relevance)
        if self.has_trees_:
            self.booster.fit(joined, np.concatenate(relevance), np.concatenate(sizes))

    def _candidates(self, histories: Histories) -> "_Candidates":
        scores = {name: standardised(each.scores(histories)) for name, each in self.scorers.items()}
        blend = np.zeros((len(histories), histories.n_items), np.float32)
        for name, each in scores.items():
            blend += np.float32(self._weight(name)) * each
        shown = blend.copy()
        hide(shown, histories)
        top, values = best(shown, min(self.pool, histories.n_items))
        users, places = np.nonzero(top >= 0)
        items = top[users, places].astype(np.int64)
        table: Columns = {f"{name}.score": each[users, items] for name, each in scores.items()}
        table[f"{BLEND}.score"] = values[users, places]
        table[f"{BLEND}.gap"] = values[users, places] - values[users, 0]
        table[f"{BLEND}.rank"] = places.astype(np.float32)
        for name in self.links:
            matrix = self.scorers[name].learnt("matrix_")
            one, mean = strongest(matrix, histories, users, items)
            table |= {f"{name}.strongest": one, f"{name}.strongest_mean": mean}
        table |= self.learnt("facts_").of(histories, users, items)
        return _Candidates(users, items, table, blend)

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): candidates first, the others as the blend has them."""
        self.learnt("facts_")
        parts = [np.zeros((0, histories.n_items), np.float32)]
        for begin in range(0, len(histories), USERS_AT_ONCE):
            part = histories.part(begin, min(begin + USERS_AT_ONCE, len(histories)))
            parts.append(self._part(part))
        return np.concatenate(parts)

    def _part(self, histories: Histories) -> Floats:
        found = self._candidates(histories)
        if self.has_trees_ and len(found.users):
            ranked = self.booster.predict(found.table).astype(np.float32)
            lowest = np.full(len(histories), np.inf, np.float32)
            np.minimum.at(lowest, found.users, ranked)
            # every candidate stands above every other item
            lift = found.blend.max(1)[found.users] - lowest[found.users] + 1
            found.blend[found.users, found.items] = ranked + lift
        return found.blend

    @property
    def importances(self) -> dict[str, float]:
        """Share of each feature in the trees' gain, for the model card; none without trees."""
        return self.booster.importances if self.has_trees_ else {}


@dataclass(frozen=True)
class _Candidates:
    """Of some users, user by user.

    Attributes:
        users: Row of each, shape (n_candidates,).
        items: Item code of each.
        table: Features of each.
        blend: Of all items, shape (n_users, n_items).
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    table: Columns
    blend: Floats


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
