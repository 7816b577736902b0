"""Does the course know? A probability from what was found, so that a refusal is a decision."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.evidence import EVIDENCE
from livelore.intelligence.assist.retrieve import Found

SIGNS = (
    "sentence_covers",
    "neighbours_cover",
    "passage_covers",
    "first_score",
    "ahead",
    "unknown",
    "rarest_found",
    "run",
    "vote",
)
_AT = {name: at for at, name in enumerate(EVIDENCE)}


def signs(found: Found) -> NDArray[np.float64]:
    """What speaks for an answer in the course, in the order of `SIGNS`; zeros for nothing found."""
    if not len(found.sentences):
        return np.zeros(len(SIGNS))
    seen: Any = found.evidence
    second = found.scores[1] if len(found.scores) > 1 else 0.0
    first = found.of == 0
    return np.array(
        [
            seen[:, _AT["covered"]].max(),
            seen[:, _AT["with_neighbours"]].max(),
            seen[:, _AT["passage_covers"]].max(),
            seen[:, _AT["passage_score"]].max(),
            (found.scores[0] - second) / found.asked.total,
            found.asked.unknown,
            seen[first, _AT["rarest_covered"]].max(),
            np.log1p(min(seen[:, _AT["longest_run"]].max(), 8.0)),
            found.votes.max(),
        ]
    )


WEIGHTS = {
    "zh": ((-0.167, -0.881, 0.061, 2.161, 4.362, -7.092, 0.996, -0.774, 0.603), -0.652),
    "en": ((-0.709, 1.407, -0.049, 3.945, 0.655, -5.4, -0.094, 2.403, 0.427), -6.254),
}
"""Of `SIGNS` and a constant, by language; logistic regression on questions of which half are about
other material: ``zh`` on CMRC trial, ``en`` on that and lectures (`benchmarks/assist_refusal.py`).
Set so that at 0.5 about 4 of 100 questions are refused that the course could answer."""


def probability(found: Found, language: str) -> float:
    """That the course has an answer, from 0 to 1; 0 when nothing was found.

    Args:
        found: By the question.
        language: ``zh`` or ``en``: of the question.
    """
    if not len(found.sentences):
        return 0.0
    weights, constant = WEIGHTS[language]
    return float(1 / (1 + np.exp(-(signs(found) @ np.array(weights) + constant))))
