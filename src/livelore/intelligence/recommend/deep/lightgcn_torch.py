"""The training of `LightGCN`.

The convolution is linear and its matrix symmetric, so the gradient with respect to the factors
before it is the same convolution of the gradient after it: neither needs PyTorch's bookkeeping.
"""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories, Sparse
from livelore.intelligence.recommend.deep.lightgcn import LightGCN, gathered
from livelore.intelligence.recommend.deep.torch_here import Tensor, torch
from livelore.intelligence.recommend.deep.trainer_torch import TorchTrainer
from livelore.intelligence.recommend.deep.training import (
    HeldOut,
    Listener,
    Trained,
    Weights,
    held_out,
    train,
)

CHECKED_MAX = 2000
"""Users on whom the stop figure is taken."""
START_SPREAD = 0.1
"""Standard deviation of factors before the first step; as in the authors' code."""


def fitted(model: LightGCN, histories: Histories, listener: Listener | None) -> Trained:
    """Train to the model's options."""
    kept, held = held_out(
        histories, model.validation, model.seed, is_drawn=True, users_max=CHECKED_MAX
    )

    def scores(weights: Weights, asked: HeldOut) -> Floats:
        vectors = gathered(weights["fold_in"], asked.seen) + weights["users"][asked.rows]
        return np.asarray(vectors @ weights["items"].T, np.float32)

    check = None if held is None else held.by(scores)
    return train(_Trainer(model, kept), model.budget, listener, check)


def graph(matrix: Sparse) -> Sparse:
    """Users and items side by side, edges over the roots of both degrees; symmetric."""
    degrees = [np.asarray(matrix.sum(axis)).ravel() for axis in (1, 0)]
    users, items = (sp.diags(1 / np.sqrt(np.maximum(each, 1))) for each in degrees)
    edges = users @ matrix @ items
    return sp.bmat([[None, edges], [edges.T, None]], format="csr").astype(np.float32)


def _on_device(edges: Sparse, device: Any) -> Tensor:  # Any: a torch.device
    parts = (torch.from_numpy(each.astype(np.int64)) for each in (edges.indptr, edges.indices))
    values = torch.from_numpy(edges.data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that CSR is beta; we use its product alone
        found = torch.sparse_csr_tensor(*parts, values, size=edges.shape, check_invariants=True)
        return found.to(device)


class _Trainer(TorchTrainer):
    """Factors, the graph, and their optimiser."""

    def __init__(self, model: LightGCN, histories: Histories) -> None:
        super().__init__(model)
        self._model = model
        self._matrix = histories.matrix
        self._matrix.data[:] = 1
        self._n_users, self._n_items = self._matrix.shape
        edges = graph(self._matrix)
        self._graph = _on_device(edges, self.device)
        start = self.rng.normal(0, START_SPREAD, (edges.shape[0], model.n_factors))
        self._factors = self.on_device(start.astype(np.float32))
        self._optimiser = self.adam([self._factors])

    def begin(self) -> int:
        return self._n_users if self._model.loss == "softmax" else int(self._matrix.nnz)

    def step(self, rows: NDArray[np.int64]) -> float:
        loss_of = self._softmax(rows) if self._model.loss == "softmax" else self._bpr(rows)
        final = self._convolved(self._factors).requires_grad_()
        loss = loss_of(final)
        loss.backward()
        touched = loss_of.touched(self._factors)
        self._factors.grad = self._convolved(final.grad) + self._model.regularization * touched
        self._optimiser.step()
        return float(loss.detach())

    def snapshot(self) -> Weights:
        """Final factors of items; what a history sums; own factors of users."""
        layers = self._layers()
        n_layers = len(layers) - 1
        final = torch.stack(layers)[:, self._n_users :].mean(0)
        if self._model.loss == "softmax":
            final = torch.nn.functional.normalize(final, dim=1, eps=1e-6)
        degrees = np.maximum(np.asarray(self._matrix.sum(0)).ravel(), 1)
        brought = torch.stack(layers[:-1])[:, self._n_users :].sum(0).cpu().numpy() / (n_layers + 1)
        return {
            "items": final.cpu().numpy(),
            "fold_in": (brought / np.sqrt(degrees)[:, None]).astype(np.float32),
            "users": (self._factors[: self._n_users] / (n_layers + 1)).cpu().numpy(),
        }

    def _layers(self) -> list[Tensor]:
        layers = [self._factors]
        for _ in range(self._model.n_layers):
            layers.append(self._graph @ layers[-1])
        return layers

    def _convolved(self, values: Tensor) -> Tensor:
        total, last = values, values
        for _ in range(self._model.n_layers):
            last = self._graph @ last
            total = total + last
        return total / (self._model.n_layers + 1)

    def _softmax(self, rows: NDArray[np.int64]) -> "_Loss":
        target = self.on_device(self._matrix[rows].toarray())
        return _Softmax(self.on_device(rows), target, self._n_users, self._model.temperature)

    def _bpr(self, pairs: NDArray[np.int64]) -> "_Loss":
        users = np.searchsorted(self._matrix.indptr, pairs, side="right") - 1
        items = self._matrix.indices[pairs].astype(np.int64)
        others = self.rng.integers(0, self._n_items, len(pairs))
        rows = [users, items + self._n_users, others + self._n_users]
        return _Bpr([self.on_device(each) for each in rows])


class _Loss:
    """A loss of some users, from final factors."""

    def __call__(self, final: Tensor) -> Tensor:
        raise NotImplementedError

    def touched(self, factors: Tensor) -> Tensor:
        """The part of the factors that is regularised in this step."""
        return factors / len(factors)


class _Softmax(_Loss):
    def __init__(self, users: Tensor, target: Tensor, n_users: int, temperature: float) -> None:
        self._users, self._target, self._n_users = users, target, n_users
        self._temperature = temperature

    def __call__(self, final: Tensor) -> Tensor:
        unit = torch.nn.functional.normalize(final, dim=1, eps=1e-6)
        scores = unit[self._users] @ unit[self._n_users :].T / self._temperature
        surprise = -(torch.log_softmax(scores, 1) * self._target).sum()
        return surprise / self._target.sum().clamp(min=1)


class _Bpr(_Loss):
    def __init__(self, rows: list[Tensor]) -> None:
        self._rows = rows

    def __call__(self, final: Tensor) -> Tensor:
        user, item, other = (final[each] for each in self._rows)
        margin = (user * item).sum(1) - (user * other).sum(1)
        return torch.nn.functional.softplus(-margin).mean()

    def touched(self, factors: Tensor) -> Tensor:
        found = torch.zeros_like(factors)
        for each in self._rows:
            found.index_add_(0, each, factors[each] / len(each))
        return found
