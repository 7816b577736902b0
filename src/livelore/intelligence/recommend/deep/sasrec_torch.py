"""The training of `SASRec`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories
from livelore.intelligence.recommend.deep.sasrec import NORM_EPSILON, SASRec, encoded
from livelore.intelligence.recommend.deep.torch_here import Tensor, dropped, torch
from livelore.intelligence.recommend.deep.trainer_torch import TorchTrainer, copied, descended
from livelore.intelligence.recommend.deep.training import (
    HeldOut,
    Listener,
    Trained,
    Weights,
    held_out,
    train,
)

GBCE_CALIBRATION = 0.75
"""gSASRec's t: how much of the overconfidence that drawn negatives cause is taken back."""


def fitted(model: SASRec, histories: Histories, listener: Listener | None) -> Trained:
    """Train to the model's options."""
    kept, held = held_out(histories, model.validation, model.seed)

    def scores(weights: Weights, asked: HeldOut) -> Floats:
        vectors = encoded(weights, asked.seen, model.max_length, model.n_heads)
        return np.asarray(vectors @ weights["items"][1:].T, np.float32)

    check = None if held is None else held.by(scores)
    return train(_Trainer(model, kept), model.budget, listener, check)


class _Trainer(TorchTrainer):
    """Weights, their optimiser, and the windows of an epoch."""

    def __init__(self, model: SASRec, histories: Histories) -> None:
        super().__init__(model)
        self._model = model
        self._generator = torch.Generator(device=self.device).manual_seed(model.seed)
        # A user with one event has nothing to predict from.
        self._histories = histories.take(np.flatnonzero(np.diff(histories.indptr) > 1))
        self._weights = self.parameters(initial(model, histories.n_items, self.rng))
        self._optimiser = self.adam(self._weights.values(), betas=(0.9, 0.98))
        self._inputs = self._targets = np.zeros((0, model.max_length), np.int64)

    def snapshot(self) -> Weights:
        return copied(self._weights)

    def begin(self) -> int:
        model = self._model
        self._inputs, self._targets = drawn(
            self._histories, model.max_length, model.horizon, self.rng
        )
        return len(self._inputs)

    def step(self, rows: NDArray[np.int64]) -> float:
        inputs, targets = self._inputs[rows], self._targets[rows]
        longest = int((inputs > 0).sum(1).max())
        given = self.on_device(inputs[:, -longest:].copy())
        wanted = self.on_device(targets[:, -longest:].copy())
        found = forward(
            self._weights, given, self._model.n_heads, self._model.dropout, self._generator
        )
        return descended(self._optimiser, self._loss(found[wanted > 0], wanted[wanted > 0]))

    def _loss(self, found: Tensor, wanted: Tensor) -> Tensor:
        items, n_drawn = self._weights["items"], self._model.n_negatives
        if not n_drawn:
            return torch.nn.functional.cross_entropy(found @ items[1:].T, wanted - 1)
        n_items = len(items) - 1
        # drawn once a step, not once a place: the table of drawn items is then small and shared
        others = torch.randint(
            1, n_items + 1, (n_drawn,), generator=self._generator, device=self.device
        )
        right = (found * items[wanted]).sum(1, keepdim=True)
        wrong = found @ items[others].T
        wrong = wrong.masked_fill(others[None] == wanted[:, None], -1e9)
        if self._model.loss == "softmax":
            # each drawn item stands for n_items / n_drawn: the drawn sum estimates the whole
            wrong = wrong + float(np.log(n_items / n_drawn))
            logits = torch.cat([right, wrong], 1)
            first = torch.zeros(len(found), dtype=torch.int64, device=self.device)
            return torch.nn.functional.cross_entropy(logits, first)
        return _binary(right, wrong, self._power(n_drawn, n_items))

    def _power(self, n_drawn: int, n_items: int) -> float:
        if self._model.loss == "bce":
            return 1.0
        share = n_drawn / max(1, n_items - 1)
        calibration = GBCE_CALIBRATION
        return share * (calibration * (1 - 1 / share) + 1 / share)


def _binary(right: Tensor, wrong: Tensor, power: float) -> Tensor:
    good = power * torch.nn.functional.softplus(-right).mean()
    return good + torch.nn.functional.softplus(wrong).sum(1).mean()


def initial(model: SASRec, n_items: int, rng: np.random.Generator) -> Weights:
    """Weights before the first step; row 0 of ``items`` stands for no event."""
    width = model.n_factors

    def normal(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 1 / np.sqrt(width), shape).astype(np.float32)

    found: Weights = {
        "items": normal(n_items + 1, width) * np.float32(0.5),
        "places": normal(model.max_length, width) * np.float32(0.2),
        "norm": np.ones(width, np.float32),
        "shift": np.zeros(width, np.float32),
    }
    for block in range(model.n_blocks):
        for name in ("query", "key", "value", "out", "up", "down"):
            found[f"{block}.{name}"] = normal(width, width)
        for name in ("norm", "norm2"):
            found[f"{block}.{name}"] = np.ones(width, np.float32)
        for name in ("shift", "shift2", "up_shift", "down_shift"):
            found[f"{block}.{name}"] = np.zeros(width, np.float32)
    return found


def forward(
    weights: dict[str, Tensor],
    rows: Tensor,
    n_heads: int,
    dropout: float = 0.0,
    generator: Any = None,  # Any: a torch.Generator
) -> Tensor:
    """What stands at every place after all blocks, shape (n_users, length, n_factors)."""
    n_users, length = rows.shape
    is_event = (rows > 0)[..., None]
    values = (weights["items"][rows] + weights["places"][-length:]) * is_event
    values = dropped(values, dropout, generator)
    seen = torch.ones(length, length, dtype=torch.bool, device=rows.device).tril()
    # a place before the first event sees itself, so that no row of the softmax is empty
    own = torch.eye(length, dtype=torch.bool, device=rows.device)
    may_see = ((seen & (rows > 0)[:, None, :]) | own)[:, None]

    def normed(value: Tensor, scale: str, shift: str) -> Tensor:
        shape = (value.shape[-1],)
        return torch.nn.functional.layer_norm(
            value, shape, weights[scale], weights[shift], NORM_EPSILON
        )

    def heads(value: Tensor) -> Tensor:
        return value.reshape(n_users, length, n_heads, -1).transpose(1, 2)

    for n in range(sum(name.endswith(".query") for name in weights)):
        given = normed(values, f"{n}.norm", f"{n}.shift")
        query, key, value = (heads(given @ weights[f"{n}.{k}"]) for k in ("query", "key", "value"))
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, may_see)
        mixed = mixed.transpose(1, 2).reshape(n_users, length, -1) @ weights[f"{n}.out"]
        values = values + dropped(mixed, dropout, generator)
        given = normed(values, f"{n}.norm2", f"{n}.shift2")
        given = torch.relu(given @ weights[f"{n}.up"] + weights[f"{n}.up_shift"])
        given = dropped(given, dropout, generator) @ weights[f"{n}.down"]
        values = values + dropped(given + weights[f"{n}.down_shift"], dropout, generator)
    return normed(values, "norm", "shift")


def drawn(
    histories: Histories, length: int, horizon: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Windows of an epoch and their targets, both (n_windows, length): codes + 1, 0 for nothing.

    Every event but the last of a history stands in one window; where windows begin is drawn.
    """
    flat = histories.items.astype(np.int64) + 1
    inputs: list[NDArray[np.int64]] = []
    targets: list[NDArray[np.int64]] = []
    for begin, end in zip(histories.indptr[:-1], histories.indptr[1:], strict=True):
        n_places = int(end - begin) - 1
        ahead = rng.integers(1, horizon + 1, n_places) if horizon > 1 else 1
        wanted = flat[np.minimum(np.arange(n_places) + begin + ahead, end - 1)]
        stop = n_places
        if n_places > length:
            stop -= int(rng.integers(0, min(length, n_places - length + 1)))
        while stop > 0:
            start = max(0, stop - length)
            row = np.zeros((2, length), np.int64)
            row[0, length - (stop - start) :] = flat[begin + start : begin + stop]
            row[1, length - (stop - start) :] = wanted[start:stop]
            inputs.append(row[0])
            targets.append(row[1])
            stop = start
    if not inputs:
        return np.zeros((0, length), np.int64), np.zeros((0, length), np.int64)
    return np.stack(inputs), np.stack(targets)
