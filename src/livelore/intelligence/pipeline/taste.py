"""Step 3: which mixture of item-to-item matrices and segment popularity foretells best."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.recommend.candidates.content import (
    ContentKNN,
    item_features,
    unit_rows,
)
from livelore.intelligence.recommend.candidates.ease import EASE
from livelore.intelligence.recommend.candidates.linear import (
    LinearScorer,
    powers,
    scaled,
    top_of_rows,
)
from livelore.intelligence.recommend.candidates.neighbours import ItemKNN
from livelore.intelligence.recommend.candidates.rp3 import RP3Beta, top_products
from livelore.intelligence.recommend.data import (
    Codes,
    Floats,
    Histories,
    Interactions,
    Items,
    Mask,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.metrics.accuracy import accuracy
from livelore.intelligence.recommend.metrics.intervals import Interval, mean_interval
from livelore.intelligence.recommend.rankers.blend import (
    JUDGING_MIN,
    coordinate_search,
    judging,
    validation_split,
)
from livelore.intelligence.recommend.scorer import best, hide
from livelore.intelligence.recommend.segmented import SegmentedTaste

NEIGHBOURS = 150
"""Of each content that are kept."""
EASE_ITEMS_MAX = 3_000
"""Up to here the closed form costs seconds."""
CONTENT_ITEMS_MAX = 30_000
"""Up to here likeness of all pairs fits: with few labels nearly every pair is somewhat alike."""
SMOOTHING = 50.0
"""Users of everybody mixed into a segment when its popular contents are counted."""
JUDGED_CELLS = 16_000_000
JUDGED_USERS = 4_000
"""Users who choose and judge: so many, and no more cells of scores than that."""
HALF_LIFE = 5.0
"""Events after which one counts half, where newer ones foretell better."""
PRIOR = "segment"


@dataclass(frozen=True)
class Validation:
    """How well the lists foretell what was held out, on users that did not choose the weights.

    Attributes:
        k: Places judged.
        n_users: Judged.
        n_events: Held out.
        is_by_time: The newest were held out; else random ones.
        ndcg: Of the chosen mixture, with its interval.
        recall: The same.
        popular_ndcg: Of what is popular with everybody, on the same users.
        popular_recall: The same.
    """

    k: int
    n_users: int
    n_events: int
    is_by_time: bool
    ndcg: Interval
    recall: Interval
    popular_ndcg: float
    popular_recall: float


@dataclass(frozen=True)
class Mixture:
    """Weights of the parts, and whether newer events count more.

    Attributes:
        weights: By name of the part; `PRIOR` is the segment's.
        half_life: In events; None: all alike.
        validation: None where too few users have enough events to judge anybody.
    """

    weights: dict[str, float]
    half_life: float | None = None
    validation: Validation | None = None


@dataclass(frozen=True)
class Site:
    """What lists are learnt from.

    Attributes:
        events: Each pair of user and content once.
        items: Labels and texts of contents.
        allowed: Contents that may be given.
        segments: Row of each user, from 0, shape (n_users,).
    """

    events: Interactions
    items: Items
    allowed: Mask
    segments: Codes

    @property
    def n_segments(self) -> int:
        """Rows of the prior."""
        return int(self.segments.max(initial=0)) + 1


def learnt(site: Site, mixture: Mixture) -> SegmentedTaste:
    """The parts fitted on all events and added up."""
    n_items = site.events.n_items
    total: Any = sp.csr_matrix((n_items, n_items), dtype=np.float32)
    for name, matrix in matrices(site.events, site.items, set(mixture.weights)).items():
        total = total + matrix * np.float32(mixture.weights[name])
    prior = segment_prior(site.events, site.segments, site.n_segments)
    kept = top_of_rows(sp.csr_matrix(total), 2 * NEIGHBOURS)
    kept.sort_indices()
    return SegmentedTaste(kept, prior * np.float32(mixture.weights.get(PRIOR, 0.0)), site.allowed)


def aged(histories: Histories, half_life: float | None) -> Histories:
    """Histories whose older events count less."""
    if half_life is None:
        return histories
    return histories.weighted(np.exp2(-histories.positions / half_life).astype(np.float32))


def matrices(
    events: Interactions, items: Items, names: set[str] | None = None
) -> dict[str, Sparse]:
    """Item-to-item matrices by name, sparse, each scaled to rows of mean sum 1.

    Args:
        events: To learn from.
        items: For likeness by labels and words, where any are known.
        names: Only these; None: all that suit the size.
    """
    makers: dict[str, Callable[[], Any]] = {
        "item_knn": lambda: ItemKNN(k=NEIGHBOURS),
        "rp3beta": lambda: RP3Beta(beta=0.1, k=NEIGHBOURS),
    }
    if events.n_items <= EASE_ITEMS_MAX:
        makers["ease"] = lambda: EASE(reg=100.0, dropout=0.0, user_power=0.5)
    has_labels = items.labels is not None and items.labels.nnz > 0
    is_known = has_labels or any(items.texts or ())
    if is_known and events.n_items <= CONTENT_ITEMS_MAX:
        makers["content"] = lambda: ContentKNN(k=NEIGHBOURS)
        makers["content_popular"] = lambda: PopularLikeness(k=NEIGHBOURS)
    return {
        name: scaled_to_one(sp.csr_matrix(make().fit(events, items).matrix_))
        for name, make in makers.items()
        if names is None or name in names
    }


@dataclass
class PopularLikeness(LinearScorer):
    """Likeness by labels and words times the root of how many watch: the best known of its kind.

    Where labels are few, thousands of contents are equally alike; which of them people watch says
    more. A content that nobody has watched counts as watched once.

    Args:
        k: Neighbours kept of each content.
    """

    k: int = NEIGHBOURS

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Find the neighbours; users are not used."""
        features = unit_rows(item_features(items))
        rooted = powers(interactions.item_counts + 1, 0.5)
        ends = scaled(features, rooted, np.ones(features.shape[1], np.float32))
        self.matrix_ = top_products(features, ends.T.tocsr(), self.k)
        return self


def scaled_to_one(matrix: Sparse) -> Sparse:
    """The strongest neighbours, rows of mean absolute sum 1, without the diagonal."""
    found = sp.csr_matrix(matrix, copy=True)
    found.setdiag(0)
    found.eliminate_zeros()
    found = top_of_rows(found, NEIGHBOURS)
    sums = np.asarray(abs(found).sum(axis=1)).ravel()
    mean = float(sums[sums > 0].mean()) if (sums > 0).any() else 1.0
    found.data = (found.data / mean).astype(np.float32)
    return found


def segment_prior(events: Interactions, segments: Codes, n_segments: int) -> Floats:
    """Square roots of how much of a segment watches each content, 1 for the most watched of all.

    Shape (n_segments, n_items). A segment's share is drawn to everybody's by `SMOOTHING` users.
    """
    pairs = segments[events.users].astype(np.int64) * events.n_items + events.items
    counts = np.bincount(pairs, minlength=n_segments * events.n_items).astype(np.float64)
    sizes = np.bincount(segments, minlength=n_segments).astype(np.float64)
    return shares_to_prior(counts.reshape(n_segments, events.n_items), sizes)


def shares_to_prior(counts: NDArray[np.float64], sizes: NDArray[np.float64]) -> Floats:
    """See `segment_prior`; counts of shape (n_segments, n_items), users by segment."""
    everybody = counts.sum(axis=0) / max(sizes.sum(), 1.0)
    shares = (counts + SMOOTHING * everybody) / (sizes + SMOOTHING)[:, None]
    return np.sqrt(shares / max(float(shares.max()), 1e-12)).astype(np.float32)


def chosen(site: Site, *, k: int = 10, seed: int = 0) -> Mixture:
    """Weights that rank a held-out tenth best; half of the users choose, the others judge.

    Segments are those of all events, also of the tenth: of a user they tell one of a few numbers.
    """
    split = validation_split(site.events, seed)
    test = _of_catalogue(split.test, site.allowed)
    asked = np.intersect1d(judging(split), np.flatnonzero(np.diff(test.matrix.indptr) > 0))
    rng = np.random.default_rng(seed)
    most = min(JUDGED_USERS, max(2, JUDGED_CELLS // max(1, site.events.n_items)))
    asked = rng.permutation(asked)[:most]
    if len(asked) < JUDGING_MIN:
        return Mixture(_even(matrices(site.events, site.items)))
    parts = matrices(split.train, site.items)
    prior = segment_prior(split.train, site.segments, site.n_segments)
    halves, by_time = np.array_split(asked, 2), split.cut_at is not None
    found: list[tuple[float, Mixture]] = []
    for half_life in (None, HALF_LIFE) if site.events.at is not None else (None,):
        trial = _Trial(site, split.histories, test, halves[0], half_life, by_time)
        weights, value = coordinate_search(trial.scores(parts, prior), trial.judge(k))
        named = zip((*parts, PRIOR), weights, strict=True)
        kept = {name: float(weight) for name, weight in named if weight}
        found.append((value, Mixture(kept, half_life)))
    mixture = max(found, key=lambda each: each[0])[1]
    trial = _Trial(site, split.histories, test, halves[1], mixture.half_life, by_time)
    everybody = segment_prior(split.train, np.zeros_like(site.segments), 1)
    validation = trial.validation(mixture, (parts, prior, everybody), k, seed)
    least = {PRIOR: 0.01}  # somebody without events has a list, too
    return Mixture({**least, **mixture.weights}, mixture.half_life, validation)


def _even(parts: dict[str, Sparse]) -> dict[str, float]:
    return {**dict.fromkeys(parts, 1.0), PRIOR: 0.5}


def _of_catalogue(events: Interactions, allowed: Mask) -> Interactions:
    return events.take(allowed[events.items])


@dataclass(frozen=True)
class _Trial:
    """Some users asked for lists, with what they did afterwards."""

    site: Site
    histories: Histories
    test: Interactions
    users: NDArray[np.int64]
    half_life: float | None
    is_by_time: bool

    @property
    def shown(self) -> Histories:
        return self.histories.take(self.users)

    def scores(self, parts: dict[str, Sparse], prior: Floats) -> list[Floats]:
        """Of each part and of the prior, shape (n_users, n_items)."""
        given = aged(self.shown, self.half_life).matrix
        found = [np.asarray((given @ each).toarray(), np.float32) for each in parts.values()]
        return [*found, prior[self.site.segments[self.users]]]

    def judge(self, k: int) -> Callable[[Floats], float]:
        """NDCG of scores."""
        return lambda scores: self._accuracy(scores, k).means["ndcg"]

    def _accuracy(self, scores: Floats, k: int) -> Any:
        given = np.array(scores, np.float32)
        hide(given, self.shown, available=self.site.allowed)
        return accuracy(best(given, k)[0], self.test.matrix[self.users], k)

    def validation(
        self,
        mixture: Mixture,
        learnt_from: tuple[dict[str, Sparse], Floats, Floats],
        k: int,
        seed: int,
    ) -> Validation:
        parts, prior, everybody = learnt_from
        names = (*parts, PRIOR)
        total: Any = np.zeros((len(self.users), self.site.events.n_items), np.float32)
        for name, scores in zip(names, self.scores(parts, prior), strict=True):
            total += np.float32(mixture.weights.get(name, 0.0)) * scores
        ours = self._accuracy(total, k)
        popular = self._accuracy(np.repeat(everybody, len(self.users), axis=0), k).means
        return Validation(
            k,
            len(self.users),
            int(self.test.matrix[self.users].nnz),
            self.is_by_time,
            mean_interval(ours.ndcg, seed),
            mean_interval(ours.recall, seed),
            popular["ndcg"],
            popular["recall"],
        )
