"""How unlike each other, how new, how true to the user's mixture the items of a list are."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from livelore.intelligence.recommend.data import Codes, Histories, Sparse
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.metrics.lists import (
    Relevant,
    Values,
    checked,
    divided,
    hits_of,
    mean_of,
    relevant_matrix,
)

SMOOTHING = 0.01
"""Part of the history's distribution mixed into the list's before they are compared (Steck)."""


def unit_rows(features: Sparse) -> Sparse:
    """Rows of length 1, as CSR of float64; a row of zeros stays."""
    rows = sp.csr_matrix(features, dtype=np.float64, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    rows.data *= np.repeat(scale, np.diff(rows.indptr))
    return rows


def share_rows(features: Sparse) -> Sparse:
    """Rows of sum 1, as CSR of float64; a row of zeros stays.

    Raises:
        DataInvalid: A weight is negative.
    """
    rows = sp.csr_matrix(features, dtype=np.float64, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    if len(rows.data) and rows.data.min() < 0:
        raise DataInvalid(column="labels", detail="a weight of a label is negative")
    sums = np.asarray(rows.sum(axis=1)).ravel()
    scale = np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)
    rows.data *= np.repeat(scale, np.diff(rows.indptr))
    return rows


def _members(items: Codes) -> Sparse:
    """Lists as a matrix of ones, shape (n_users, n_items)."""
    shown = items >= 0
    indptr = np.concatenate([[0], np.cumsum(shown.sum(axis=1))])
    flat = items[shown]
    n_items = int(flat.max()) + 1 if len(flat) else 0
    return sp.csr_matrix((np.ones(len(flat)), flat, indptr), shape=(len(items), n_items))


def intra_list_distance(items: ArrayLike, features: Sparse) -> Values:
    """ILD: mean cosine distance between two items of a list, shape (n_users,), 0 to 1 (or 2).

    Args:
        items: Recommended codes, shape (n_users, k).
        features: Of items, shape (n_items, n_features), dense or sparse: labels, factors. An item
            without any has distance 1 to every other.

    Returns:
        NaN where a list has fewer than two items.

    Source: Ziegler et al. 2005.
    """
    lists = checked(items, features.shape[0])
    unit = unit_rows(features)
    members = _members(lists)
    sums = sp.csr_matrix(members @ unit[: members.shape[1]])
    of_all = np.asarray(sums.multiply(sums).sum(axis=1)).ravel()
    # an item is like itself: 1 each, but for those without features, which are like nothing
    own = np.asarray(members @ (np.diff(unit.indptr) > 0)[: members.shape[1]].astype(float)).ravel()
    n_shown = (lists >= 0).sum(axis=1)
    pairs = n_shown * (n_shown - 1)
    return 1 - divided(of_all - own, pairs)


def novelty(items: ArrayLike, counts: ArrayLike, n_users: int) -> Values:
    """Mean self-information of the items of each list, bits, shape (n_users,).

    ``-log2`` of the share of users who know the item; one that nobody knows counts as known to one.

    Args:
        items: Recommended codes, shape (n_users, k).
        counts: Users of each item in training, shape (n_items,).
        n_users: In training.

    Source: Zhou et al. 2010; Castells, Vargas, Wang 2011.
    """
    given = np.asarray(counts, dtype=np.float64)
    if n_users < 1 or (len(given) and given.max() > n_users):
        raise DataInvalid(column="counts", detail=f"an item has more users than {n_users}")
    lists = checked(items, len(given))
    bits = -np.log2(np.maximum(given, 1) / n_users)
    shown = lists >= 0
    sums = np.where(shown, bits[lists], 0).sum(axis=1) if len(bits) else np.zeros(len(lists))
    return divided(sums, shown.sum(axis=1))


def label_shares(weights: Sparse, labels: Sparse) -> Values:
    """Distribution over labels of each row of items, shape (n_users, n_labels), rows of sum 1.

    Args:
        weights: How much each item counts, shape (n_users, n_items).
        labels: Weights of labels, shape (n_items, n_labels); each item counts 1 in all.

    Returns:
        A row of zeros where no item has a label.
    """
    found: Values = sp.csr_matrix(weights @ share_rows(labels)).toarray()
    sums = found.sum(axis=1, keepdims=True)
    found /= np.where(sums > 0, sums, 1)
    return found


def miscalibration(
    items: ArrayLike, histories: Histories, labels: Sparse, smoothing: float = SMOOTHING
) -> Values:
    """How far the labels of a list are from those of the history, shape (n_users,), at least 0.

    ``KL(p ‖ (1 - smoothing) q + smoothing p)`` in nats, p of the history (weighted by event), q of
    the list: 0 when the list mirrors the user's interests in their shares.

    Args:
        items: Recommended codes, shape (n_users, k).
        histories: Of the same users, row by row.
        labels: Weights of labels, shape (n_items, n_labels).
        smoothing: Above 0, so that a label that the list lacks costs something finite; below 1.

    Returns:
        NaN where the history or the list has no label.

    Source: Steck 2018, equations 1 to 3.
    """
    if not 0 < smoothing < 1:
        raise OptionInvalid(option="smoothing", detail=f"{smoothing} is not in (0, 1)")
    lists = checked(items, labels.shape[0])
    if len(histories) != len(lists):
        detail = f"{len(histories)} histories beside {len(lists)} lists"
        raise DataInvalid(column="histories", detail=detail)
    wanted = label_shares(histories.matrix, labels)
    members = _members(lists)
    shown = label_shares(members, sp.csr_matrix(labels)[: members.shape[1]])
    mixed = (1 - smoothing) * shown + smoothing * wanted
    ratio = np.divide(wanted, mixed, out=np.ones_like(wanted), where=wanted > 0)
    far = (wanted * np.log(ratio)).sum(axis=1)
    unknown = (wanted.sum(axis=1) == 0) | (shown.sum(axis=1) == 0)
    return np.where(unknown, np.nan, far)


def serendipity(items: ArrayLike, expected: ArrayLike, test: Relevant) -> Values:
    """Share of a list that is both relevant and not what anybody would have shown.

    Args:
        items: Recommended codes, shape (n_users, k).
        expected: What a primitive recommender (the most popular) gives the same users, shape
            (n_users, any).
        test: What the same users did afterwards.

    Returns:
        Hits outside ``expected`` / k, shape (n_users,); NaN for users without a test item.

    Source: Ge, Delgado-Battenfeld, Jannach 2010, equation 2.
    """
    relevant = relevant_matrix(test, len(np.asarray(items)))
    lists = checked(items, relevant.shape[1])
    plain = checked(expected, relevant.shape[1])
    rows = np.repeat(np.arange(len(plain)), (plain >= 0).sum(axis=1))
    known = sp.csr_matrix((np.ones(len(rows)), (rows, plain[plain >= 0])), shape=relevant.shape)
    known.sum_duplicates()
    surprising = hits_of(lists, relevant) & ~hits_of(lists, known)
    found = surprising.sum(axis=1) / max(1, lists.shape[1])
    return np.where(np.diff(relevant.indptr) > 0, found, np.nan)


def mean_distance(items: ArrayLike, features: Sparse) -> float:
    """Mean of `intra_list_distance` over users."""
    return mean_of(intra_list_distance(items, features))
