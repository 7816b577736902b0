"""Chances that hold: slopes and offsets by length of text, and the figures that judge them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from livelore.intelligence.insight.sentiment.kernels import BUCKETS, N_BUCKETS

if TYPE_CHECKING:
    from livelore.intelligence.insight.sentiment.examples import Examples

BUCKET_MIN = 200
"""A group of lengths with fewer texts takes the line of all."""
TOWARDS_ALL = 100.0
"""How many texts the line of all counts for in a group's own."""
N_BINS = 15


def buckets_of(lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Which group of lengths each text is in; as `kernels.bucket_of`."""
    return np.searchsorted(np.array(BUCKETS), lengths, side="left").astype(np.int64)


def line(
    logits: NDArray[Any],
    target: NDArray[np.bool_],
    weights: NDArray[Any],
    towards: NDArray[Any] | None = None,
    is_shifted: bool = True,
) -> NDArray[np.float64]:
    """Slope and offset that make logits into fair log-odds (Platt 1999), shape (2,).

    Args:
        logits: Shape (n_texts,).
        target: Shape (n_texts,).
        weights: Shape (n_texts,), mean 1.
        towards: A line that it is drawn to by `TOWARDS_ALL`.
        is_shifted: Whether the offset is free; else it is 0.
    """

    def loss(given: NDArray[np.float64]) -> float:
        odds = given[0] * logits + (given[1] if is_shifted else 0.0)
        found = float((weights * np.logaddexp(0, np.where(target, -odds, odds))).sum())
        if towards is not None:
            found += TOWARDS_ALL * float(((given - towards) ** 2).sum())
        return found

    start = np.array([1.0, 0.0]) if towards is None else towards
    found = np.asarray(minimize(loss, start, method="Nelder-Mead").x)
    return found if is_shifted else np.array([found[0], 0.0])


def _line_of(held: Any, inside: Any, whole: Any, is_shifted: bool) -> NDArray[np.float64]:
    logits, target, weights = held
    return line(logits[inside], target[inside], weights[inside], whole, is_shifted)


def calibrated(
    logits: NDArray[np.float32], examples: "Examples", lengths: NDArray[Any]
) -> NDArray[np.float32]:
    """A line of either head for each group of lengths, shape (6, 4).

    Polarity gets a slope only: an offset tells how domains are mixed, and does not carry over.

    Args:
        logits: Of texts whose domain did not teach, shape (n_texts, 2).
        examples: Those texts; each domain counts alike.
        lengths: Folded characters, shape (n_texts,).
    """
    groups = buckets_of(lengths)
    found = np.zeros((N_BUCKETS, 4))
    masks = (examples.labels != 0, examples.tells_opinion)
    targets = (examples.labels > 0, examples.labels != 0)
    for head, (mask, target) in enumerate(zip(masks, targets, strict=True)):
        columns = slice(2 * head, 2 * head + 2)
        if len(set(target[mask].tolist())) < 2:  # never felt or always: nothing to learn
            found[:, columns] = (1, 0)
            continue
        weights = _alike(examples.domains[mask])
        is_shifted = head == 1
        held = logits[mask, head].astype(np.float64), target[mask], weights
        whole = line(*held, is_shifted=is_shifted)
        for group in range(N_BUCKETS):
            inside = groups[mask] == group
            enough = inside.sum() >= BUCKET_MIN
            found[group, columns] = _line_of(held, inside, whole, is_shifted) if enough else whole
    return found.astype(np.float32)


def _alike(domains: NDArray[Any]) -> NDArray[np.float64]:
    """Weights under which each domain counts as its root: none rules, none is nothing."""
    _, codes, counts = np.unique(domains.astype(str), return_inverse=True, return_counts=True)
    weights = 1 / np.sqrt(counts[codes])
    return np.asarray(weights / weights.mean())


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
