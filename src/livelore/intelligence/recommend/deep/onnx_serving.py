"""Answers from an ONNX graph by ONNX Runtime; PyTorch is not needed."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.deep.onnx_here import onnx_module
from livelore.intelligence.recommend.deep.sasrec import USERS_AT_ONCE, placed, windows
from livelore.intelligence.recommend.deep.two_tower import of_users
from livelore.intelligence.recommend.errors import NotFitted
from livelore.intelligence.recommend.scorer import Scorer


@dataclass
class OnnxScorer(Scorer):
    """A graph made by `onnx_export.exported`, kept inside the model's file.

    Args:
        max_length: Events that are looked at, the newest.
        n_features: Of users; 0: the graph reads events alone.
        is_int8: Whether its weights are in 8 bits; for tables and cards.
        n_threads: Of ONNX Runtime; one is best where requests come side by side.
    """

    max_length: int = 50
    n_features: int = 0
    is_int8: bool = False
    n_threads: int = 1
    graph_: NDArray[np.uint8] | None = field(default=None, init=False)
    user_features_: Floats | None = field(default=None, init=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """A graph cannot learn.

        Raises:
            NotFitted: Always: fit the model and export it.
        """
        del interactions, items, users
        raise NotFitted(model=self.name, detail="fit the model, then onnx_export.exported(model)")

    @cached_property
    def _session(self) -> Any:  # Any: an InferenceSession
        runtime = onnx_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = self.n_threads
        data = self.learnt("graph_").tobytes()
        return runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _inputs(self) -> frozenset[str]:
        return frozenset(each.name for each in self._session.get_inputs())

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        parts = [
            self._part(histories.part(begin, min(begin + USERS_AT_ONCE, len(histories))))
            for begin in range(0, len(histories), USERS_AT_ONCE)
        ]
        if not parts:
            return np.zeros((0, histories.n_items), np.float32)
        return np.concatenate(parts)

    def _part(self, histories: Histories) -> Floats:
        given: dict[str, NDArray[Any]] = {"events": windows(histories, self.max_length)}
        if "shares" in self._inputs:
            given["shares"] = shares(histories, self.max_length)
        if "features" in self._inputs:
            given["features"] = of_users(self.learnt("user_features_"), histories)
        return np.asarray(self._session.run(["scores"], given)[0], np.float32)


def shares(histories: Histories, length: int) -> Floats:
    """Weights of what `windows` shows, each row summing to 1 or 0, shape (n_users, length)."""
    found = placed(histories, histories.weights, length)
    return np.asarray(found / np.maximum(found.sum(1, keepdims=True), 1e-9), np.float32)
