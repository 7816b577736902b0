"""Step 3: a list of contents for every user, as rows of a table, and the figures of all lists."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.pipeline.events import Catalogue, chatted_events, watched_events
from livelore.intelligence.pipeline.inputs import Inputs
from livelore.intelligence.pipeline.people import People, Segmented
from livelore.intelligence.pipeline.taste import (
    Mixture,
    Site,
    aged,
    chosen,
    learnt,
    shares_to_prior,
)
from livelore.intelligence.portraits.naming import Name
from livelore.intelligence.portraits.portraits import Language
from livelore.intelligence.portraits.words import NOISE
from livelore.intelligence.recommend.data import Codes, Histories
from livelore.intelligence.recommend.metrics import exposure, variety
from livelore.intelligence.recommend.segmented import CausedLists, SegmentedTaste

USERS_AT_ONCE = 50_000
"""Whose rows are held as a table at a time."""
SAMPLED_LISTS = 20_000
"""Lists whose inner distance is measured."""
BECAUSE = ("因为看过「{}」", "because you watched “{}”")
IN_SEGMENT = ("「{}」的用户常看", "popular in the segment “{}”")
UNKNOWN = (
    "没有任何观看数据：按目录顺序，每类各取其一",
    "nothing is known of what anybody watched: one of each label, in the order of the catalogue",
)


@dataclass(frozen=True)
class Recommended:
    """Lists of all users and what is known about them.

    Attributes:
        lists: One a user; rows are those of `People`.
        rows: Row of each user's segment, 0 up, shape (n_users,).
        numbers: Segment number by row.
        catalogue: What the codes of lists are.
        source: ``taste``, ``chat`` (popular in the chat of a segment) or ``nothing``.
        mixture: With its validation; None where there is no taste.
    """

    lists: CausedLists
    rows: Codes
    numbers: NDArray[np.int64]
    catalogue: Catalogue
    source: str
    mixture: Mixture | None

    @property
    def k(self) -> int:
        """Places of a list."""
        return int(self.lists.items.shape[1])

    @property
    def taste_share(self) -> float:
        """Of given places, those whose reason is an event of the user."""
        given = self.lists.items >= 0
        return float((self.lists.causes >= 0).sum() / max(1, given.sum()))


def recommended(
    inputs: Inputs, people: People, segmented: Segmented, catalogue: Catalogue, *, k: int, seed: int
) -> Recommended:
    """Lists from taste and segment; without contents of users from what segments chat about."""
    numbers, rows = np.unique(segmented.assigned.segments, return_inverse=True)
    codes = rows.astype(np.int32)
    events = watched_events(inputs, people, catalogue)
    if events is not None and len(events):
        site = Site(events, catalogue.items, catalogue.allowed, codes)
        mixture = chosen(site, k=k, seed=seed)
        taste, histories = learnt(site, mixture), aged(events.histories, mixture.half_life)
        source = "taste"
    else:
        mixture, histories = None, _nothing_known(len(people), len(catalogue))
        taste, source = _from_chat(inputs, people, catalogue, codes)
    lists = taste.lists(histories, codes, k)
    return Recommended(lists, codes, numbers.astype(np.int64), catalogue, source, mixture)


def _nothing_known(n_users: int, n_items: int) -> Histories:
    none = np.zeros(n_users + 1, np.int64)
    return Histories(none, np.empty(0, np.int32), np.empty(0, np.float32), n_items)


def _from_chat(
    inputs: Inputs, people: People, catalogue: Catalogue, codes: Codes
) -> tuple[SegmentedTaste, str]:
    """What each segment writes in; contents nobody writes in follow, one of each label in turn."""
    n_items, n_segments = len(catalogue), int(codes.max(initial=0)) + 1
    turns = in_turn(catalogue)
    prior = np.zeros((n_segments, n_items), np.float32)
    source = "nothing"
    pairs = chatted_events(inputs, people, catalogue)
    if pairs is not None:
        known = np.unique(pairs[pairs[:, 0] >= 0], axis=0)
        counts = np.zeros((n_segments, n_items))
        np.add.at(counts, (codes[known[:, 0]], known[:, 1]), 1.0)
        sizes = np.bincount(codes, minlength=n_segments).astype(np.float64)
        unknown = np.bincount(pairs[pairs[:, 0] < 0][:, 1], minlength=n_items)
        counts += unknown * (sizes / sizes.sum())[:, None]  # of nobody known: alike for all
        prior, source = shares_to_prior(counts, sizes), "chat"
    empty: Any = sp.csr_matrix((n_items, n_items), dtype=np.float32)
    return SegmentedTaste(empty, prior + turns, catalogue.allowed), source


def in_turn(catalogue: Catalogue) -> NDArray[np.float32]:
    """Tiny scores that bring contents into an order with one of each label in turn."""
    n_items = len(catalogue)
    firsts = np.zeros(n_items, np.int64)
    labels: Any = catalogue.items.labels
    if labels is not None and labels.nnz:
        counts = np.diff(labels.indptr)
        firsts[counts > 0] = labels.indices[labels.indptr[:-1][counts > 0]] + 1
    order = np.argsort(firsts, kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.bincount(firsts))])
    turns = np.empty(n_items, np.int64)
    turns[order] = np.arange(n_items) - begins[firsts[order]]
    rank = np.empty(n_items, np.int64)
    rank[np.lexsort((firsts, turns))] = np.arange(n_items)
    return ((n_items - rank) / n_items * 1e-6).astype(np.float32)


def rows_of(
    people: People, found: Recommended, names: tuple[str, ...], language: Language
) -> Iterator[Any]:
    """Tables of `user_recommendations.csv`, some users each.

    Args:
        people: Whose lists.
        found: The lists.
        names: Of segments, by row.
        language: Of reasons.
    """
    place = ("zh", "en").index(language)
    first = [IN_SEGMENT[place].format(name) for name in names]
    if found.source == "nothing":
        first = [UNKNOWN[place]] * len(names)
    told = pa.array([*first, *(BECAUSE[place].format(each) for each in found.catalogue.titles)])
    lists, top = found.lists, _highest(found.lists)
    for begin in range(0, len(people), USERS_AT_ONCE):
        part = slice(begin, begin + USERS_AT_ONCE)
        rows, places = np.nonzero(lists.items[part] >= 0)
        items = lists.items[part][rows, places]
        causes = lists.causes[part][rows, places]
        reasons = np.where(causes >= 0, causes + len(names), found.rows[part][rows])
        scores = lists.scores[part][rows, places].astype(np.float64) / top
        ids = people.ids.slice(begin, USERS_AT_ONCE).take(pa.array(rows))
        yield pa.table(
            {
                "user_id": ids,
                "rank": pa.array(places + 1),
                "recommended_content_id": _coded(items, found.catalogue.ids),
                "recommendation_score": pa.array(np.round(scores, 4)),
                "reason": _coded(reasons, told),
            }
        )


def names_of_rows(divided: Segmented, found: Recommended, language: Language) -> tuple[str, ...]:
    """What the segment of each row is called."""
    names, noise = divided.assigned.names, Name(*NOISE)
    return tuple(getattr(names.get(int(number), noise), language) for number in found.numbers)


def _highest(lists: CausedLists) -> float:
    given = lists.scores[lists.items >= 0]
    highest = float(given.max(initial=0.0))
    return highest if highest > 1e-5 else 1.0  # of nothing but turns: 0 each


def _coded(codes: Any, words: Any) -> Any:  # Any: pyarrow has no types
    coded = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), words)
    return coded if pa.types.is_string(words.type) else coded.dictionary_decode()


@dataclass(frozen=True)
class ListFigures:
    """What all lists are like together.

    Attributes:
        coverage: Share of the catalogue that is in some list.
        gini: Of how often contents are given: 0 all alike.
        distance: Mean difference of labels within a list, 0 to 1; None without labels.
        given: How often each content is given, shape (n_items,).
    """

    coverage: float
    gini: float
    distance: float | None
    given: NDArray[np.int64]


def figures_of(found: Recommended, seed: int) -> ListFigures:
    """Figures of all lists; the distance within lists on a sample."""
    items, n_items = found.lists.items, len(found.catalogue)
    given = np.bincount(items[items >= 0], minlength=n_items)
    allowed = found.catalogue.allowed
    rng = np.random.default_rng(seed)
    sample = items
    if len(items) > SAMPLED_LISTS:
        sample = items[np.sort(rng.choice(len(items), SAMPLED_LISTS, replace=False))]
    labels: Any = found.catalogue.items.labels
    distance = None
    if labels is not None and labels.nnz:
        distance = float(variety.mean_distance(sample, labels))
    return ListFigures(
        float((given[allowed] > 0).mean()),
        float(exposure.gini(given[allowed])),
        distance,
        given,
    )
