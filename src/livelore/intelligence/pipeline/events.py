"""Behaviour and chat as events of users with contents, by the codes of one catalogue."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from livelore.intelligence.pipeline.inputs import CONTENT, TIME, Inputs, codes_of, plain_ids
from livelore.intelligence.pipeline.people import People, seconds_of
from livelore.intelligence.recommend.data import Interactions, Items, Mask
from livelore.intelligence.recommend.labelled import items_of


@dataclass(frozen=True)
class Catalogue:
    """All contents: those of the table first, then those that only behaviour names.

    Attributes:
        ids: A pyarrow array.
        items: Labels and texts.
        allowed: Those of the table: only they are recommended.
        titles: What each is called for people: its title, else its id.
    """

    ids: Any
    items: Items
    allowed: Mask
    titles: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.allowed)


def catalogue_of(inputs: Inputs) -> Catalogue:
    """Contents of the table and of behaviour."""
    data = inputs.contents.data
    known = plain_ids(data[CONTENT])
    ids, n_known = known, len(known)
    if inputs.has_contents_of_users:
        watched = plain_ids(inputs.behaviour.data[CONTENT]).unique().drop_null()
        others = watched.filter(pa.array(codes_of(watched, known) < 0))
        if len(others):
            if others.type != known.type:
                known, others = known.cast(pa.string()), others.cast(pa.string())
            ids = pa.concat_arrays([known, others])
    n_others = len(ids) - n_known
    labels = data["label"].to_pylist()
    texts = [
        data[name].to_pylist() for name in ("title", "description") if name in data.schema.names
    ]
    spoken = [" ".join(each for each in row if each) for row in zip(*texts, strict=True)] or None
    plain: Any = ids.to_numpy(zero_copy_only=False)
    items = items_of(plain, plain[:n_known].tolist(), labels, spoken)
    named = data["title"].to_pylist() if "title" in data.schema.names else [None] * n_known
    titles = [title or str(each) for title, each in zip(named, plain.tolist(), strict=False)]
    titles += [str(each) for each in plain[n_known:].tolist()]
    return Catalogue(ids, items, np.arange(n_known + n_others) < n_known, tuple(titles))


def watched_events(inputs: Inputs, people: People, catalogue: Catalogue) -> Interactions | None:
    """Each user's contents, once each at the latest time; None where behaviour names none."""
    if not inputs.has_contents_of_users:
        return None
    data = inputs.behaviour.data
    items = codes_of(data[CONTENT], catalogue.ids)
    has_times = TIME in data.column_names and not data[TIME].null_count
    at = seconds_of(data[TIME]) if has_times else None
    return _once_each(people.rows, items, at, people, catalogue)


def chatted_events(
    inputs: Inputs, people: People, catalogue: Catalogue
) -> NDArray[np.int64] | None:
    """Pairs of user (-1: not known) and content, shape (n_known, 2); None: no contents."""
    data = inputs.chat.data
    if CONTENT not in data.column_names:
        return None
    items = codes_of(data[CONTENT], catalogue.ids)
    users = np.full(len(items), -1, np.int64)
    if "user_id" in data.column_names:
        users = codes_of(data["user_id"], people.ids)
    known = items >= 0
    return np.stack([users[known], items[known]], axis=1) if known.any() else None


def _once_each(
    users: NDArray[np.int64],
    items: NDArray[np.int64],
    at: NDArray[np.float64] | None,
    people: People,
    catalogue: Catalogue,
) -> Interactions:
    order = np.flatnonzero(items >= 0)
    if at is not None:
        order = order[np.argsort(-at[order], kind="stable")]  # the latest of a pair is kept
    pairs = users[order] * len(catalogue) + items[order]
    _, firsts = np.unique(pairs, return_index=True)
    kept = np.sort(order[firsts])
    return Interactions(
        users[kept].astype(np.int32),
        items[kept].astype(np.int32),
        np.ones(len(kept), np.float32),
        people.users.ids,
        catalogue.items.ids,
        None if at is None else at[kept],
    )
