"""A linear chain that marks spans: conditional random field over hashed features, 8-bit weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.entities.chain_loops import (
    TEMPLATES_MAX,
    decode,
    learn_once,
    packed,
)
from livelore.intelligence.text.errors import LabelsInvalid, OptionInvalid, TextNotLearnt

Template = tuple[tuple[int, int], ...]
"""Pairs of a column and how many characters away it is read."""
Span = tuple[int, int, int]
"""Begin, end and number of the kind."""


@dataclass
class Chain:
    """Marks spans of several kinds in texts given as columns of codes per character.

    Trained with AdaGrad on the likelihood with cost (a missed entity costs ``cost``, any other
    wrong label a third), which evens out precision and recall; features are left out at random and
    the weights of all passes are averaged. Rows of the weights are found by hashing, so that the
    file's size is known beforehand.

    Args:
        kinds: Names of what is marked.
        templates: What is looked at around a character.
        bits: 2 to this power rows of weights.
        passes: Over the texts.
        rate: First step; it falls to a tenth.
        left_out: Share of features left out in training.
        cost: Of a missed entity.
        seed: Of the order and of what is left out.

    Attributes:
        weights_: int8, shape (n_rows, 1 + 4 n_kinds).
        worth_: What one step of a weight is worth.
        moves_: Transitions between labels.

    Source: Lafferty, McCallum, Pereira, ICML 2001; Gimpel and Smith, NAACL 2010, "Softmax-margin
    CRFs"; Mohit et al., EACL 2012, for the cost of a missed entity.
    """

    kinds: tuple[str, ...]
    templates: tuple[Template, ...]
    bits: int = 18
    passes: int = 4
    rate: float = 0.3
    left_out: float = 0.4
    cost: float = 2.0
    seed: int = 0
    weights_: NDArray[np.int8] | None = field(default=None, init=False, repr=False)
    worth_: float = field(default=1.0, init=False, repr=False)
    moves_: NDArray[np.float32] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._packed: tuple[NDArray[np.int8], NDArray[np.uint64]] | None = None
        if not self.kinds or not 0 < len(self.templates) <= TEMPLATES_MAX:
            detail = f"at least one each, {TEMPLATES_MAX} templates at most"
            raise OptionInvalid(option="kinds, templates", detail=detail)
        if not 8 <= self.bits <= 24 or self.passes < 1 or not 0 <= self.left_out < 1:
            raise OptionInvalid(
                option="bits, passes, left_out", detail="8 to 24; at least 1; 0 to below 1"
            )

    @cached_property
    def _templates(self) -> tuple[Any, Any, Any]:
        pairs = np.array([pair for each in self.templates for pair in each], np.int64)
        starts = np.cumsum([0, *map(len, self.templates)])
        return pairs, starts.astype(np.int64), np.uint64(64 - self.bits)

    def fit(
        self,
        columns: NDArray[np.int64],
        bounds: NDArray[np.int64],
        spans: Sequence[Sequence[Span]],
    ) -> Self:
        """Learn.

        Args:
            columns: Shape (n_characters, n_columns).
            bounds: Of the texts, shape (n_texts + 1,).
            spans: Of each text; of two that overlap the longer is learnt.

        Raises:
            LabelsInvalid: Not one list a text, or a span outside its text.
        """
        gold = self._gold(bounds, spans)
        n_labels = 1 + 4 * len(self.kinds)
        weights = np.zeros((1 << self.bits, n_labels), np.float32)
        squares = np.zeros(len(weights), np.float32)
        moves = np.zeros((n_labels, n_labels), np.float32)
        state = (weights, squares, moves, np.ones_like(moves), allowed(len(self.kinds)))
        rng = np.random.default_rng(self.seed)
        mean, mean_moves = np.zeros_like(weights), np.zeros_like(moves)
        for n in range(self.passes):
            rate = np.float32(self.rate * (1 - 0.9 * n / self.passes))
            options = (rate, self.left_out, np.float32(self.cost), self.seed * 1000 + n)
            order = rng.permutation(len(bounds) - 1)
            learn_once(columns, bounds, order, gold, self._templates, state, options)
            mean += (weights - mean) / np.float32(n + 1)
            mean_moves += (moves - mean_moves) / np.float32(n + 1)
        # few weights are huge: cut at a quantile, so that a step is fine enough for the others
        used = np.abs(mean[mean != 0])
        top = float(np.quantile(used, 0.9999)) if len(used) else 1.0
        self.worth_ = max(top, 1e-9) / 127
        self.weights_ = np.clip(np.rint(mean / self.worth_), -127, 127).astype(np.int8)
        self.moves_ = mean_moves
        return self

    def _gold(
        self, bounds: NDArray[np.int64], spans: Sequence[Sequence[Span]]
    ) -> NDArray[np.int64]:
        if len(spans) != len(bounds) - 1:
            raise LabelsInvalid(detail=f"spans of {len(spans)} for {len(bounds) - 1} texts")
        gold = np.zeros(int(bounds[-1]), np.int64)
        for text, marked in enumerate(spans):
            part = gold[bounds[text] : bounds[text + 1]]
            for begin, end, kind in sorted(marked, key=lambda each: each[0] - each[1]):
                if not (0 <= begin < end <= len(part) and 0 <= kind < len(self.kinds)):
                    raise LabelsInvalid(detail=f"text {text}: no span {begin}, {end}, {kind}")
                if part[begin:end].any():
                    continue
                first = 1 + 4 * kind
                part[begin:end] = first + 1
                part[begin], part[end - 1] = first, first + 2
                if end - begin == 1:
                    part[begin] = first + 3
        return gold

    def labels(
        self, columns: NDArray[np.int64], bounds: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Label of each character and, in texts that name something, its probability.

        Raises:
            TextNotLearnt: There was no fit.
        """
        if self.weights_ is None or self.moves_ is None:
            raise TextNotLearnt(model=type(self).__name__)
        labels = np.zeros(len(columns), np.int64)
        sureness = np.zeros(len(columns), np.float32)
        if self._packed is None or self._packed[0] is not self.weights_:
            self._packed = self.weights_, packed(self.weights_)
        model = (self._packed[1], np.float32(self.worth_), self.moves_, allowed(len(self.kinds)))
        decode(columns, bounds, self._templates, model, labels, sureness)
        return labels, sureness

    def spans(
        self, columns: NDArray[np.int64], bounds: NDArray[np.int64]
    ) -> dict[int, list[tuple[int, int, int, float]]]:
        """Of each text that names something: begin, end, number of the kind, confidence."""
        labels, sureness = self.labels(columns, bounds)
        found: dict[int, list[tuple[int, int, int, float]]] = {}
        marked = np.flatnonzero(labels)
        texts = np.searchsorted(bounds, marked, side="right") - 1
        begin = 0
        for at, text in zip(marked.tolist(), texts.tolist(), strict=True):
            kind, place = divmod(int(labels[at]) - 1, 4)
            if place in (0, 3):
                begin = at
            if place in (2, 3):
                first = int(bounds[text])
                sure = float(sureness[begin : at + 1].min())
                found.setdefault(text, []).append((begin - first, at + 1 - first, kind, sure))
        return found


@cache
def allowed(n_kinds: int) -> NDArray[np.bool_]:
    """Which label may follow which, shape (n_labels, n_labels)."""
    labels = np.arange(1 + 4 * n_kinds)
    kinds, places = np.where(labels, (labels - 1) // 4, -1), np.where(labels, (labels - 1) % 4, -1)
    closed = np.isin(places, (-1, 2, 3))
    begins = np.isin(places, (-1, 0, 3))
    same = kinds[:, None] == kinds[None, :]
    return np.where(closed[:, None], begins[None, :], same & ~begins[None, :])
