"""Labelled texts by domain: what sentiment is learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """Labelled texts of several domains.

    Attributes:
        texts: As people wrote them.
        labels: -1, 0, 1, shape (n_texts,).
        domains: Where each comes from, shape (n_texts,), object.
        weights: Shape (n_texts,), above 0.
        tells_opinion: Whether a text may teach how felt differs from not felt, shape (n_texts,):
            reviews may not, since all of them are felt.
    """

    texts: tuple[str, ...]
    labels: NDArray[np.int8]
    domains: NDArray[Any]
    weights: NDArray[np.float64]
    tells_opinion: NDArray[np.bool_]

    @classmethod
    def of(
        cls, texts: Sequence[str], labels: Any, domain: str, weight: float = 1.0, felt: bool = False
    ) -> "Examples":
        """Of one domain; ``felt``: all of them are, as reviews."""
        n = len(texts)
        return cls(
            tuple(texts),
            np.asarray(labels, np.int8),
            np.full(n, domain, object),
            np.full(n, weight),
            np.full(n, not felt),
        )

    def __len__(self) -> int:
        return len(self.texts)

    def tell(self, opinion: bool) -> NDArray[np.bool_]:
        """Which of them may teach whether anything is felt, or else which way, shape (n_texts,)."""
        return self.tells_opinion if opinion else self.labels != 0

    def where(self, mask: NDArray[np.bool_]) -> "Examples":
        """Some of them."""
        kept = np.flatnonzero(mask)
        return Examples(
            tuple(self.texts[n] for n in kept),
            self.labels[kept],
            self.domains[kept],
            self.weights[kept],
            self.tells_opinion[kept],
        )

    def __add__(self, other: "Examples") -> "Examples":
        return Examples(
            self.texts + other.texts,
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.domains, other.domains]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.tells_opinion, other.tells_opinion]),
        )
