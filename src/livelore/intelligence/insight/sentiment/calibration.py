"""Chances that hold: slopes and offsets by length of text, and the figures that judge them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from livelore.intelligence.insight.sentiment.kernels import BUCKETS, N_BUCKETS

if TYPE_CHECKING:
    from livelore.intelligence.insight.sentiment.examples import Examples

BUCKET_MIN = 200
"""A group of lengths with fewer texts takes the line of all."""
TOWARDS_ALL = 100.0
"""How many texts the line of all counts for in a group's own."""
TOWARDS_NONE = 1.0
"""The same of the line of all towards 0, which keeps it finite where the sides lie apart."""
N_BINS = 15


def buckets_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Which group of lengths each text is in; as `kernels.bucket_of`."""
    return np.searchsorted(np.array(BUCKETS), lengths, side="left").astype(np.int64)


def line(
    columns: NDArray[Any],
    target: NDArray[np.bool_],
    weights: NDArray[Any],
    towards: NDArray[Any] | None = None,
    is_shifted: bool = True,
) -> NDArray[np.float64]:
    """Slopes and offset that make logits into fair log-odds (Platt 1999), shape (n_columns + 1,).

    Args:
        columns: Shape (n_texts, n_columns).
        target: Shape (n_texts,).
        weights: Shape (n_texts,), mean 1.
        towards: A line that it is drawn to by `TOWARDS_ALL`.
        is_shifted: Whether the offset, which is last, is free; else it is 0.
    """
    signs = np.where(target, -1.0, 1.0)
    rows = np.c_[columns, np.full(len(columns), float(is_shifted))].astype(np.float64)
    rows *= signs[:, None]
    start = np.zeros(rows.shape[1]) if towards is None else towards
    pull = TOWARDS_NONE if towards is None else TOWARDS_ALL

    def loss(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = rows @ given
        apart = given - start
        found = float(weights @ np.logaddexp(0, odds) + pull * (apart @ apart))
        return found, rows.T @ (weights * expit(odds)) + 2 * pull * apart

    return np.asarray(minimize(loss, start, jac=True, method="BFGS").x)


def calibrated(
    logits: NDArray[np.float32],
    evidence: NDArray[np.float32],
    examples: "Examples",
    lengths: NDArray[Any],
    is_even: bool,
) -> NDArray[np.float32]:
    """A line of either head for each group of lengths, shape (6, 6); see `Sentiment`.

    Polarity gets no offset: it tells how domains are mixed, and does not carry over.

    Args:
        logits: Of texts whose domain did not teach, shape (n_texts, 2).
        evidence: Of the same, shape (n_texts, 2); see `Evidence`.
        examples: Those texts; each domain counts alike.
        lengths: Folded characters, shape (n_texts,).
        is_even: Opinion as if in each domain a third of the texts were ambiguous.
    """
    groups = buckets_of(lengths)
    found = np.zeros((N_BUCKETS, 6))
    masks = (examples.tell(opinion=False), examples.tell(opinion=True))
    targets = (examples.labels > 0, examples.labels != 0)
    for head, (mask, target) in enumerate(zip(masks, targets, strict=True)):
        places = [2 * head, 4 + head, 2 * head + 1]
        if len(set(target[mask].tolist())) < 2:  # never felt or always: nothing to learn
            found[:, places] = (1, 0, 0)
            continue
        is_opinion = head == 1
        weights = _alike(examples.domains[mask])
        if is_opinion and is_even:
            weights = _even(weights, examples.domains[mask], target[mask])
        columns = np.stack([logits[mask, head], evidence[mask, head]], axis=1)
        whole = line(columns, target[mask], weights, is_shifted=is_opinion)
        found[:, places] = whole
        for group in range(N_BUCKETS):
            inside = groups[mask] == group
            if inside.sum() >= BUCKET_MIN:
                part = columns[inside], target[mask][inside], weights[inside]
                found[group, places] = line(*part, whole, is_opinion)
    return found.astype(np.float32)


def _alike(domains: NDArray[Any]) -> NDArray[np.float64]:
    """Weights under which each domain counts as its root: none rules, none is nothing."""
    _, codes, counts = np.unique(domains.astype(str), return_inverse=True, return_counts=True)
    weights = 1 / np.sqrt(counts[codes])
    return np.asarray(weights / weights.mean())


def _even(
    weights: NDArray[np.float64], domains: NDArray[Any], is_felt: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """So that of each domain's weight a third is of what is not felt."""
    found, names = weights.copy(), domains.astype(str)
    for name in np.unique(names):
        inside = names == name
        for felt, share in ((True, 2 / 3), (False, 1 / 3)):
            part = inside & (is_felt == felt)
            found[part] *= share * weights[inside].sum() / max(weights[part].sum(), 1e-9)
    return found


def calibration_error(chances: NDArray[Any], is_right: NDArray[Any]) -> float:
    """Expected calibration error over `N_BINS` bins of equal size, from 0 to 1.

    Source: Naeini et al., AAAI 2015; bins of equal size as Nguyen and O'Connor, EMNLP 2015.
    """
    order = np.argsort(chances, kind="stable")
    found = 0.0
    for part in np.array_split(order, min(N_BINS, max(len(order), 1))):
        if len(part):
            found += abs(float(chances[part].mean() - is_right[part].mean())) * len(part)
    return found / max(len(order), 1)


def accuracy_at(chances: NDArray[Any], is_right: NDArray[Any], coverage: float) -> float:
    """Share right of the ``coverage`` most certain."""
    n_kept = max(1, round(coverage * len(chances)))
    return float(is_right[np.argsort(-chances, kind="stable")[:n_kept]].mean())


def macro_f1(labels: NDArray[Any], found: NDArray[Any]) -> float:
    """The mean F1 of the classes that occur."""
    scores = []
    for label in np.unique(labels):
        hit = float(((labels == label) & (found == label)).sum())
        both = float((labels == label).sum() + (found == label).sum())
        scores.append(2 * hit / both)
    return float(np.mean(scores))
