"""The training of `LightGCN`.

The convolution is linear and its matrix symmetric, so the gradient with respect to the factors
before it is the same convolution of the gradient after it: neither needs PyTorch's bookkeeping.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Histories, Sparse
from livelore.intelligence.recommend.deep.lightgcn import LightGCN, gathered
from livelore.intelligence.recommend.deep.torch_here import Tensor, device_of, torch
from livelore.intelligence.recommend.deep.training import (
    Listener,
    Trained,
    Weights,
    checked_users,
    cut,
    stop_figure,
    train,
)

CHECKED_MAX = 2000
START_SPREAD = 0.1
"""Standard deviation of factors before the first step; as in the authors' code."""


def fitted(model: LightGCN, histories: Histories, listener: Listener | None) -> Trained:
    """Train to the model's options."""
    kept, held = histories, None
    if model.validation:
        kept, held = cut(histories, model.validation, np.random.default_rng(model.seed))
    trainer = _Trainer(model, kept)
    check: Callable[[Weights], float] | None = None
    if held is not None and len(held.items):
        rows = checked_users(held, CHECKED_MAX, model.seed)
        seen, wanted = kept.take(rows), held.take(rows)

        def ndcg(weights: Weights) -> float:
            vectors = gathered(weights["fold_in"], seen) + weights["users"][rows]
            scores = np.asarray(vectors @ weights["items"].T, np.float32)
            return stop_figure(scores, seen, wanted)

        check = ndcg

    return train(trainer.epoch, trainer.snapshot, check, model.budget, listener)


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


class _Trainer:
    """Factors on the device, the graph, the optimiser and the draws."""

    def __init__(self, model: LightGCN, histories: Histories) -> None:
        self._model = model
        self._device = device_of(model.device)
        self._rng = np.random.default_rng(model.seed)
        self._matrix = histories.matrix
        self._matrix.data[:] = 1
        self._n_users, self._n_items = self._matrix.shape
        edges = graph(self._matrix)
        self._graph = _on_device(edges, self._device)
        start = self._rng.normal(0, START_SPREAD, (edges.shape[0], model.n_factors))
        self._factors = torch.tensor(start.astype(np.float32), device=self._device)
        self._optimiser = torch.optim.Adam([self._factors], lr=model.learning_rate)

    def epoch(self) -> float:
        is_softmax = self._model.loss == "softmax"
        n_rows = self._n_users if is_softmax else self._matrix.nnz
        order = self._rng.permutation(n_rows)
        step = self._softmax if is_softmax else self._bpr
        parts = np.split(order, range(self._model.batch, n_rows, self._model.batch))
        return float(np.mean([self._step(step(rows)) for rows in parts]))

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

    def _step(self, loss_of: "_Loss") -> float:
        final = self._convolved(self._factors).requires_grad_()
        loss = loss_of(final)
        loss.backward()
        touched = loss_of.touched(self._factors)
        self._factors.grad = self._convolved(final.grad) + self._model.regularization * touched
        self._optimiser.step()
        return float(loss.detach())

    def _softmax(self, rows: NDArray[np.int64]) -> "_Loss":
        target = torch.from_numpy(self._matrix[rows].toarray()).to(self._device)
        users = torch.from_numpy(rows).to(self._device)
        return _Softmax(users, target, self._n_users, self._model.temperature)

    def _bpr(self, pairs: NDArray[np.int64]) -> "_Loss":
        users = np.searchsorted(self._matrix.indptr, pairs, side="right") - 1
        items = self._matrix.indices[pairs].astype(np.int64)
        others = self._rng.integers(0, self._n_items, len(pairs))
        rows = [users, items + self._n_users, others + self._n_users]
        return _Bpr([torch.from_numpy(each).to(self._device) for each in rows])


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
