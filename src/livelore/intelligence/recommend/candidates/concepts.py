"""A graph of concepts, courses and hosts: walked from a history, ordered by what comes first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.candidates.content import blocks_of
from livelore.intelligence.recommend.candidates.linear import powers, scaled
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
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer


@dataclass(frozen=True)
class Links:
    """Directed links ``before`` → ``after`` between items.

    Attributes:
        before: Item codes, shape (n_links,).
        after: The same.
        sureness: Lower bound of the share of users who kept the order, 0 to 1.
        n_items: Size of the catalogue.
    """

    before: Codes
    after: Codes
    sureness: Floats
    n_items: int

    @classmethod
    def of(cls, before: ArrayLike, after: ArrayLike, n_items: int) -> "Links":
        """From what an editor says; sureness 1.

        Raises:
            DataInvalid: A code is out of range, lengths differ, or the links run in a circle.
        """
        first, second = np.asarray(before, np.int32), np.asarray(after, np.int32)
        found = cls(first, second, np.ones(first.size, np.float32), n_items)
        if found.before.shape != found.after.shape or found.before.ndim != 1:
            raise DataInvalid(column="after", detail="one is needed for each before")
        codes = np.concatenate([found.before, found.after])
        if len(codes) and (codes.min() < 0 or codes.max() >= n_items):
            raise DataInvalid(column="before", detail=f"a code is outside 0 to {n_items - 1}")
        if found.has_circle:
            raise DataInvalid(column="before", detail="the links run in a circle")
        return found

    def __len__(self) -> int:
        return len(self.before)

    @property
    def matrix(self) -> Sparse:
        """Shape (n_items, n_items): sureness at (before, after)."""
        places = (self.sureness, (self.before, self.after))
        return sp.csr_matrix(places, shape=(self.n_items, self.n_items))

    @property
    def has_circle(self) -> bool:
        """Whether some item would have to come before itself."""
        waits = np.bincount(self.after, minlength=self.n_items)
        graph = self.matrix
        free = list(np.flatnonzero(waits == 0))
        n_done = 0
        while free:
            item = free.pop()
            n_done += 1
            for place in range(graph.indptr[item], graph.indptr[item + 1]):
                other = graph.indices[place]
                waits[other] -= 1
                if waits[other] == 0:
                    free.append(other)
        return n_done < self.n_items

    def allowed(self, histories: Histories) -> Mask:
        """Which items a user may be given: all whose direct predecessors are in the history.

        Returns:
            Shape (n_users, n_items).
        """
        asks = self.matrix
        asks.data[:] = 1
        wanted = np.bincount(self.after, minlength=self.n_items)
        had = histories.matrix.copy()
        had.data[:] = 1
        return np.asarray((had @ asks).toarray() >= wanted)


def prerequisites(
    interactions: Interactions,
    users_min: int = 20,
    sureness_min: float = 0.6,
    covered_min: float = 0.5,
    gap_max: int = 5,
) -> Links:
    """Links estimated from the order in which users took items, without circles.

    Of the users who took both within ``gap_max`` places of each other, the share that took
    ``before`` first must be above ``sureness_min`` by its Wilson lower bound (95 %). And of all who
    took ``after``, ``covered_min`` must have come that way: what is merely taken early by those who
    happen to take both is no prerequisite. Links that
    follow from longer chains are left out, so chains stay chains; of a circle, the least sure link
    goes.

    Args:
        interactions: With times, or rows in order.
        users_min: Who took both.
        sureness_min: .5 to below 1.
        covered_min: 0 to 1.
        gap_max: Places apart in the history that still count, at least 1.
    """
    if not 0.5 <= sureness_min < 1:
        raise OptionInvalid(option="sureness_min", detail=f"{sureness_min} is not in [.5, 1)")
    if not 0 <= covered_min <= 1:
        raise OptionInvalid(option="covered_min", detail=f"{covered_min} is not in [0, 1]")
    if gap_max < 1 or users_min < 1:
        raise OptionInvalid(option="gap_max", detail="gap_max and users_min are at least 1")
    first = _ordered_pairs(interactions.histories, gap_max)
    both = (first + first.T).tocsr()
    order = first.tocoo()
    if order.nnz == 0:  # scipy has no empty choice of entries
        return Links.of([], [], interactions.n_items)
    n_both = np.asarray(both[order.row, order.col]).ravel()
    sure = wilson_low(order.data, n_both)
    covered = order.data >= covered_min * interactions.item_counts[order.col]
    kept = (n_both >= users_min) & (sure > sureness_min) & covered
    before, after, sure = order.row[kept], order.col[kept], sure[kept]
    return _reduced(before, after, sure.astype(np.float32), interactions.n_items)


def wilson_low(successes: ArrayLike, trials: ArrayLike, z: float = 1.96) -> NDArray[np.float64]:
    """Lower end of Wilson's interval of a share; 0 without trials."""
    n = np.maximum(np.asarray(trials, np.float64), 1e-12)
    share = np.asarray(successes, np.float64) / n
    middle = share + z**2 / (2 * n)
    spread = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(0, (middle - spread) / (1 + z**2 / n))


def _ordered_pairs(histories: Histories, gap_max: int) -> Sparse:
    """Shape (n_items, n_items): users with the row's item at most ``gap_max`` before the column's.

    A repeated item counts where it was first; items of the same moment have no order.
    """
    rows = np.repeat(np.arange(len(histories)), np.diff(histories.indptr))
    _, places = np.unique(rows * histories.n_items + histories.items, return_index=True)
    places.sort()
    rows, items = rows[places], histories.items[places]
    times = None if histories.at is None else histories.at[places]
    found: Any = sp.csr_matrix((histories.n_items, histories.n_items), dtype=np.float64)
    for gap in range(1, min(gap_max, max(1, len(rows) - 1)) + 1):
        same = rows[gap:] == rows[:-gap]
        if times is not None:
            same &= times[gap:] > times[:-gap]
        pairs = (np.ones(int(same.sum())), (items[:-gap][same], items[gap:][same]))
        found = found + sp.csr_matrix(pairs, shape=found.shape)
    return found


def _reduced(before: Any, after: Any, sure: Any, n_items: int) -> Links:
    """Surest links first, each unless it closes a circle; then those that a chain implies go."""
    ahead: list[set[int]] = [set() for _ in range(n_items)]  # all that come after, at any distance
    behind: list[set[int]] = [set() for _ in range(n_items)]
    kept = []
    for n in np.argsort(-sure, kind="stable"):
        first, second = int(before[n]), int(after[n])
        if first in ahead[second] or first == second:
            continue
        kept.append(n)
        later, earlier = ahead[second] | {second}, behind[first] | {first}
        for each in earlier:
            ahead[each] |= later
        for each in later:
            behind[each] |= earlier
    chained = [n for n in kept if not (ahead[before[n]] & behind[after[n]])]
    return Links(
        np.asarray(before[chained], np.int32),
        np.asarray(after[chained], np.int32),
        np.asarray(sure[chained], np.float32),
        n_items,
    )


@dataclass
class ConceptGraph(Scorer):
    """A walk with restart over items and what they are about, from the items of a history.

    Nodes are items, concepts (and every other kind of label) and hosts; an item leads to what it
    has, rare things more than common ones, and they lead to their items. With ``links`` a course
    also leads to what usually comes after it.

    Args:
        n_steps: Of the walk, from item to item; at least 1.
        restart: Share that goes back to the history at each step, above 0 to 1.
        forward: Share of a step along links to what comes after, 0 to below 1.
        weights: By kind; words of texts are left out unless named.
        links: Whether to estimate them from the order of events.

    Attributes:
        outward_: Items to nodes, rows of sum 1 or 0.
        inward_: Nodes to items, the same.
        links_: Items to what comes after, rows of sum 1 or 0; None without links.

    Source: Tong, Faloutsos, Pan, ICDM 2006 (random walk with restart).
    """

    n_steps: int = 2
    restart: float = 0.3
    forward: float = 0.3
    weights: dict[str, float] = field(default_factory=lambda: {"text": 0.0})
    links: bool = False
    outward_: Sparse | None = field(default=None, init=False, repr=False)
    inward_: Sparse | None = field(default=None, init=False, repr=False)
    links_: Sparse | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Build the graph.

        Raises:
            OptionInvalid: An option is out of range.
            DataInvalid: Items are not given, are not those of the interactions, or have no labels.
        """
        self._check()
        if items is None or len(items) != interactions.n_items:
            raise DataInvalid(column="items", detail="a concept graph needs those of the events")
        blocks = blocks_of(items)
        edges = [each * self.weights.get(kind, 1.0) for kind, each in blocks.items()]
        edges = [each for each in edges if each.nnz and each.data.max() > 0]
        if not edges:
            raise DataInvalid(column="items", detail="no labels or hosts are known")
        joined = sp.hstack(edges, format="csr", dtype=np.float32)
        self.outward_ = with_sum_one(joined)
        self.inward_ = with_sum_one(joined.T.tocsr())
        self.links_ = with_sum_one(prerequisites(interactions).matrix) if self.links else None
        return self

    def _check(self) -> None:
        if self.n_steps < 1:
            raise OptionInvalid(option="n_steps", detail=f"{self.n_steps} is below 1")
        if not 0 < self.restart <= 1:
            raise OptionInvalid(option="restart", detail=f"{self.restart} is not in (0, 1]")
        if not 0 <= self.forward < 1:
            raise OptionInvalid(option="forward", detail=f"{self.forward} is not in [0, 1)")
        if any(not 0 <= each < np.inf for each in self.weights.values()):
            raise OptionInvalid(option="weights", detail="each is at least 0 and finite")

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): where the walk is, over all its steps."""
        outward, inward = self.learnt("outward_"), self.learnt("inward_")
        start = with_sum_one(histories.matrix)
        now, total = start, sp.csr_matrix(start.shape, dtype=np.float32)
        for _ in range(self.n_steps):
            moved = (now @ outward) @ inward
            if self.links_ is not None:
                moved = moved * (1 - self.forward) + (now @ self.links_) * self.forward
            total = total + moved
            now = start * self.restart + moved * (1 - self.restart)
        return np.asarray(total.toarray(), np.float32)


def with_sum_one(matrix: Sparse) -> Sparse:
    """Rows that sum to 1; a row of zeros stays."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return scaled(matrix, powers(sums, -1.0), np.ones(matrix.shape[1]))


def concept_links(concepts: Sparse, links: Links, share_min: float = 0.0) -> Sparse:
    """How strongly each concept comes before another, by the links of the courses that teach them.

    Args:
        concepts: Shape (n_items, n_concepts), at least 0.
        links: Between the items.
        share_min: Weaker ones are left out.

    Returns:
        Shape (n_concepts, n_concepts): sureness summed one way less the other, where above 0.
    """
    teaches = with_sum_one(sp.csr_matrix(concepts, dtype=np.float32))
    forward = teaches.T @ links.matrix @ teaches
    found = sp.csr_matrix((forward - forward.T).maximum(0))
    found.data[found.data <= share_min] = 0
    found.eliminate_zeros()
    return found


def kept_in_order(lists: Sequence[Sequence[int]], links: Links, histories: Histories) -> list[Any]:
    """Lists without items whose predecessors are neither in the history nor earlier in the list.

    Returns:
        One array of item codes a user; -1 is dropped.
    """
    asks: dict[int, set[int]] = {}
    for before, after in zip(links.before.tolist(), links.after.tolist(), strict=True):
        asks.setdefault(after, set()).add(before)
    found = []
    for row, given in enumerate(lists):
        had = set(histories.items[histories.indptr[row] : histories.indptr[row + 1]].tolist())
        kept: list[int] = []
        for item in given:
            if item >= 0 and asks.get(int(item), set()) <= had:
                kept.append(int(item))
                had.add(int(item))
        found.append(np.array(kept, np.int32))
    return found
