"""Linear classifiers over hashed n-grams, small and quick to ask; weights of 8 bits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression

from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.errors import LabelsInvalid, OptionInvalid, TextNotLearnt
from livelore.intelligence.text.hashed import Grams

SCALINGS = ("none", "idf", "ratio")
LEVELS = 127


@dataclass
class LinearText:
    """Logistic (two classes) or softmax regression on hashed n-grams.

    Columns are scaled before the fit and the scale is folded into the weights, so asking costs one
    look-up an n-gram whatever the scaling: ``idf``, or ``ratio``: the log-count ratio of naive
    Bayes (Wang and Manning, ACL 2012, "Baselines and bigrams"), which carries over to other domains
    better; with more than two classes the largest ratio of any class against the rest.

    Args:
        grams: What is counted.
        scaling: One of `SCALINGS`.
        strength: Inverse of the L2 penalty, as scikit-learn's C.
        steps_max: Of the optimiser.

    Attributes:
        classes_: Sorted labels, shape (n_classes,).
        weights_: int8, shape (n_places, n_outputs); one output for two classes (of the second).
        scale_: What one step of a weight is worth, shape (n_outputs,).
        bias_: Shape (n_outputs,).
    """

    grams: Grams = field(default_factory=Grams)
    scaling: str = "ratio"
    strength: float = 1.0
    steps_max: int = 200
    classes_: NDArray[Any] | None = field(default=None, init=False)
    weights_: NDArray[np.int8] | None = field(default=None, init=False, repr=False)
    scale_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)
    bias_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scaling not in SCALINGS:
            raise OptionInvalid(option="scaling", detail=f"one of {', '.join(SCALINGS)}")
        if not self.strength > 0 or self.steps_max < 1:
            raise OptionInvalid(option="strength, steps_max", detail="above 0; at least 1")

    def fit(
        self, texts: Sequence[str], labels: ArrayLike, weights: ArrayLike | None = None
    ) -> Self:
        """Learn.

        Args:
            texts: As people wrote them.
            labels: One each.
            weights: Of the texts, above 0; None: the same.

        Raises:
            LabelsInvalid: Not one label a text, or fewer than two classes.
        """
        wanted = np.asarray(labels)
        if wanted.shape != (len(texts),):
            raise LabelsInvalid(detail=f"{wanted.shape} labels for {len(texts)} texts")
        classes, codes = np.unique(wanted, return_inverse=True)
        if len(classes) < 2:
            raise LabelsInvalid(detail="two classes are needed")
        matrix = self.grams.matrix(Codepoints.of(texts).folded())
        scales = self._scales(matrix, codes, len(classes))
        model = LogisticRegression(
            C=self.strength,
            solver="liblinear" if len(classes) == 2 else "lbfgs",
            max_iter=self.steps_max,
        )
        model.fit(matrix @ sp.diags(scales.astype(np.float32)), codes, weights)
        self._keep(classes, np.asarray(model.coef_ * scales), np.asarray(model.intercept_))
        return self

    def _keep(self, classes: Any, coefficients: Any, bias: Any) -> None:
        step = np.maximum(np.abs(coefficients).max(axis=1), 1e-12) / LEVELS
        self.classes_ = classes
        self.weights_ = np.ascontiguousarray(
            np.rint(coefficients / step[:, None]).astype(np.int8).T
        )
        self.scale_ = step.astype(np.float32)
        self.bias_ = bias.astype(np.float32)

    def _scales(self, matrix: Any, codes: Any, n_classes: int) -> NDArray[np.float64]:
        has = (matrix > 0).astype(np.float64)
        if self.scaling == "none":
            return np.ones(matrix.shape[1])
        if self.scaling == "idf":
            seen = np.asarray(has.sum(axis=0)).ravel()
            return np.asarray(np.log1p(matrix.shape[0] / np.maximum(seen, 1)))
        ratios = []
        for code in range(1 if n_classes == 2 else 0, n_classes):
            with_it = 1 + np.asarray(has[codes == code].sum(axis=0)).ravel()
            without = 1 + np.asarray(has[codes != code].sum(axis=0)).ravel()
            ratios.append(np.log(with_it / with_it.sum()) - np.log(without / without.sum()))
        return np.asarray(np.abs(np.stack(ratios)).max(axis=0))

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n_texts, n_outputs)."""
        return self.logits_of(Codepoints.of(texts).folded())

    def logits_of(self, texts: Codepoints) -> NDArray[np.float32]:
        """The same of texts that are folded already.

        Raises:
            TextNotLearnt: There was no fit.
        """
        if self.weights_ is None or self.scale_ is None or self.bias_ is None:
            raise TextNotLearnt(model=type(self).__name__)
        return self.grams.sums(texts, self.weights_) * self.scale_ + self.bias_

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Of each class, shape (n_texts, n_classes)."""
        return probabilities(self.logits(texts))

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        """The likeliest class of each."""
        codes = self.probabilities(texts).argmax(axis=1)
        return np.asarray(np.asarray(self.classes_)[codes])


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax; with one output, logistic: of the first class and the second."""
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
