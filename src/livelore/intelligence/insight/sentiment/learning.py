"""How the small model is learnt: two weighted naive-Bayes logistic models, then calibration."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from livelore.intelligence.insight.errors import ExamplesInvalid
from livelore.intelligence.insight.sentiment.calibration import calibrated
from livelore.intelligence.insight.sentiment.lexicon import Word, taught_by
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.hashed import Grams

GRAMS = Grams(bits=20, shortest=1, longest=3, words=2)
LEVELS = 127
LEXICON_DOMAIN = "lexicon"


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


@dataclass(frozen=True)
class Recipe:
    """Options, chosen on one half of domains left out.

    Attributes:
        grams: What is counted.
        strength: Inverse of the L2 penalty, of polarity and of opinion.
        lexicon: What the hand-written words weigh against one text.
        seed: Of the optimiser.
    """

    grams: Grams = field(default_factory=lambda: GRAMS)
    strength: tuple[float, float] = (3.0, 3.0)
    lexicon: float = 2.0
    seed: int = 0


@dataclass(frozen=True)
class Heads:
    """What the fit gives before weights become 8 bits: shapes (n_places, 2) and (2,)."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def sentiment(self, grams: Grams, is_float: bool = False) -> Sentiment:
        """The model of them; ``is_float`` keeps 32 bits, to see what 8 bits cost."""
        if is_float:
            return Sentiment(grams, self.weights, np.r_[np.ones(2), self.bias].astype(np.float32))
        steps = np.maximum(np.abs(self.weights).max(axis=0), 1e-12) / LEVELS
        small = np.rint(self.weights / steps).astype(np.int8)
        return Sentiment(grams, small, np.r_[steps, self.bias].astype(np.float32))


def words_as_examples(words: tuple[Word, ...], weight: float) -> Examples:
    """The lexicon as texts to learn from."""
    rows = list(taught_by(words))
    found = Examples.of([row[0] for row in rows], [row[1] for row in rows], LEXICON_DOMAIN)
    return replace(found, weights=np.array([row[2] for row in rows]) * weight)


def learn(examples: Examples, words: tuple[Word, ...], recipe: Recipe | None = None) -> Sentiment:
    """A calibrated model.

    Each domain is left out once; what the others make of it fits the calibration, so that it holds
    for texts of a kind never seen. Then all domains teach together.

    Raises:
        ExamplesInvalid: Fewer than two domains, or a class is missing.
    """
    used = recipe or Recipe()
    _check(examples)
    taught = words_as_examples(words, used.lexicon)
    lexical = matrix_of(taught, used)
    matrix = matrix_of(examples, used)
    logits = np.zeros((len(examples), 2), np.float32)
    for domain in sorted(set(examples.domains.tolist())):
        out = examples.domains == domain
        rest = sp.vstack([matrix[~out], lexical]).tocsr()
        heads = fit_heads(rest, examples.where(~out) + taught, used)
        logits[out] = matrix[out] @ heads.weights + heads.bias
    heads = fit_heads(sp.vstack([matrix, lexical]).tocsr(), examples + taught, used)
    lengths = np.diff(Codepoints.of(examples.texts).folded().bounds)
    return replace(heads.sentiment(used.grams), calibration=calibrated(logits, examples, lengths))


def matrix_of(examples: Examples, recipe: Recipe) -> Any:
    """Counted n-grams, CSR."""
    return recipe.grams.matrix(Codepoints.of(examples.texts).folded())


def fit_heads(matrix: Any, examples: Examples, recipe: Recipe) -> Heads:
    """Polarity of what is felt; opinion of what may tell it."""
    felt = examples.labels != 0
    told = examples.tells_opinion
    rows = ((felt, examples.labels > 0), (told, examples.labels != 0))
    weights = np.zeros((matrix.shape[1], 2), np.float32)
    bias = np.zeros(2, np.float32)
    for head, (mask, target) in enumerate(rows):
        weights[:, head], bias[head] = _fit(
            matrix[mask], target[mask], examples.weights[mask], recipe.strength[head], recipe.seed
        )
    return Heads(weights, bias)


def _fit(
    matrix: Any, target: NDArray[np.bool_], weights: Any, strength: float, seed: int
) -> tuple[NDArray[np.float32], float]:
    """Logistic regression on columns scaled by naive Bayes; the scale is folded in.

    Source: Wang and Manning, ACL 2012, "Baselines and bigrams".
    """
    has = (matrix > 0).astype(np.float64)
    sides = [1 + np.asarray(has[target == side].sum(axis=0)).ravel() for side in (True, False)]
    ratio = np.abs(np.log(sides[0] / sides[0].sum()) - np.log(sides[1] / sides[1].sum()))
    scaled = matrix @ sp.diags(ratio.astype(np.float32))
    model = LogisticRegression(
        C=strength, solver="liblinear", tol=1e-2, max_iter=100, random_state=seed
    )
    model.fit(scaled, target, weights)
    return (np.asarray(model.coef_).ravel() * ratio).astype(np.float32), float(
        np.ravel(model.intercept_)[0]
    )


def _check(examples: Examples) -> None:
    if len(set(examples.domains.tolist())) < 2:
        raise ExamplesInvalid(detail="two domains are needed, to calibrate on one left out")
    if not {-1, 1} <= set(examples.labels.tolist()):
        raise ExamplesInvalid(detail="both a positive and a negative text are needed")
