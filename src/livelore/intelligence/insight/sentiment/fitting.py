"""Two weighted naive-Bayes logistic models over the same n-grams, alone or from a start."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.hashed import Grams

GRAMS = Grams(bits=20, shortest=1, longest=3, words=2)
LEVELS = 127
ALL_FELT = 20.0
"""Log-odds of *something is felt*, where nothing neutral was given to learn from."""
POLARITY, OPINION = 0, 1


@dataclass(frozen=True)
class Recipe:
    """Options, chosen on one half of domains left out.

    Attributes:
        grams: What is counted.
        strength: Inverse of the L2 penalty, of polarity and of opinion.
        lexicon: What the hand-written words weigh against one text.
        seed: Of the optimiser and the folds.
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


@dataclass(frozen=True)
class Teacher:
    """Fits heads on some of the examples and all of the taught words.

    Args:
        examples: All that there are.
        taught: The lexicon as texts; None: without.
        recipe: Options; its grams are those of the start, if there is one.
        start: A model to begin from: its two logits stand beside the n-grams, and what they are
            worth is learnt with them.

    Source: Wang and Manning, ACL 2012, "Baselines and bigrams"; of the start: Chelba and Acero,
    EMNLP 2004, "Adaptation of maximum entropy capitalizer".
    """

    examples: Examples
    taught: Examples | None
    recipe: Recipe
    start: Sentiment | None

    @cached_property
    def matrix(self) -> Any:
        """Counts of the examples, then of the taught words."""
        return self.recipe.grams.matrix(Codepoints.of(self._whole.texts).folded())

    @cached_property
    def _whole(self) -> Examples:
        return self.examples if self.taught is None else self.examples + self.taught

    def heads(self) -> Heads:
        """Of all."""
        every = np.ones(len(self.examples), np.bool_)
        parts = [self._head(head, every) for head in (POLARITY, OPINION)]
        weights = np.stack([weights for weights, _ in parts], axis=1)
        return Heads(weights, np.array([bias for _, bias in parts], np.float32))

    def held_out(self, head: int, groups: NDArray[Any]) -> NDArray[np.float32]:
        """Logits of each example by what the other groups teach, shape (n_examples,).

        A group without an example that tells the head's answer is left at 0.
        """
        found = np.zeros(len(groups), np.float32)
        rows = self.matrix[: len(groups)]
        for group in np.unique(groups[self.examples.tell(head == OPINION)]):
            out = groups == group
            weights, bias = self._head(head, ~out)
            found[out] = rows[out] @ weights + bias
        return found

    def _head(self, head: int, kept: NDArray[np.bool_]) -> tuple[NDArray[np.float32], float]:
        whole = self._whole
        used = np.r_[kept, np.ones(len(whole) - len(kept), np.bool_)]
        used &= whole.tell(head == OPINION)
        target = (whole.labels > 0 if head == POLARITY else whole.labels != 0)[used]
        if target.all() or not target.any():
            return self._untaught(head)
        return self._fit(head, self.matrix[used], target, whole.weights[used])

    def _untaught(self, head: int) -> tuple[NDArray[np.float32], float]:
        """As at the start; without one, an opinion that says *felt* of all."""
        if self.start is None:
            return np.zeros(self.recipe.grams.n_places, np.float32), ALL_FELT
        return self.start.plain_weights[:, head], float(self.start.steps[2 + head])

    def _fit(
        self, head: int, matrix: Any, target: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], float]:
        has = (matrix > 0).astype(np.float64)
        sides = [1 + np.asarray(has[target == side].sum(axis=0)).ravel() for side in (True, False)]
        ratio = np.abs(np.log(sides[0] / sides[0].sum()) - np.log(sides[1] / sides[1].sum()))
        columns = [matrix @ sp.diags(ratio.astype(np.float32))]
        before = None if self.start is None else self.start.plain_weights
        if before is not None:
            logits = matrix @ before
            before = before / np.maximum(logits.std(axis=0), 1e-6)
            columns.append(sp.csr_matrix(matrix @ before))
        model = LogisticRegression(
            C=self.recipe.strength[head],
            solver="liblinear",
            tol=1e-2,
            max_iter=100,
            random_state=self.recipe.seed,
        )
        model.fit(sp.hstack(columns).tocsr(), target, weights)
        learnt = np.asarray(model.coef_).ravel()
        found = learnt[: len(ratio)] * ratio
        if before is not None:
            found = found + before @ learnt[len(ratio) :]
        return found.astype(np.float32), float(np.ravel(model.intercept_)[0])
