"""The training of `AdversarialHider`."""

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats
from livelore.intelligence.recommend.deep.hider import AdversarialHider
from livelore.intelligence.recommend.deep.torch_here import Tensor, torch
from livelore.intelligence.recommend.deep.trainer_torch import (
    Tensors,
    TorchTrainer,
    copied,
    descended,
)
from livelore.intelligence.recommend.deep.training import Listener, Trained, Weights, train


def fitted(
    model: AdversarialHider,
    vectors: Floats,
    groups: NDArray[np.integer],
    listener: Listener | None,
) -> Trained:
    """Train to the model's options on standardised vectors."""
    return train(_Trainer(model, vectors, groups), model.budget, listener)


class _Trainer(TorchTrainer):
    """Correction, adversaries and their optimisers."""

    def __init__(
        self, model: AdversarialHider, vectors: Floats, groups: NDArray[np.integer]
    ) -> None:
        super().__init__(model)
        self._model = model
        self._vectors = self.on_device(vectors)
        self._groups = self.on_device(groups.astype(np.float32))
        share = float(groups.mean())
        # each group counts the same, so that guessing the larger one gains nothing
        self._weight = torch.where(self._groups > 0, 0.5 / share, 0.5 / (1 - share))
        width = vectors.shape[1]
        self._correction = self._network(width, width, out_scale=0.01)
        self._adversaries = [self._network(width, 1) for _ in range(model.n_adversaries)]
        self._optimiser = self.adam(self._correction.values())
        self._opponents = [self.adam(each.values()) for each in self._adversaries]
        self._n_steps = 0

    def _network(self, n_in: int, n_out: int, out_scale: float = 1.0) -> Tensors:
        n_hidden = self._model.n_hidden
        first = self.rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_hidden))
        last = self.rng.normal(0, out_scale / np.sqrt(n_hidden), (n_hidden, n_out))
        made = {"in": first, "shift": np.zeros(n_hidden), "out": last}
        return self.parameters({name: each.astype(np.float32) for name, each in made.items()})

    def snapshot(self) -> Weights:
        return copied(self._correction)

    def begin(self) -> int:
        return len(self._vectors)

    def step(self, rows: NDArray[np.int64]) -> float:
        self._renew()
        which = self.on_device(rows)
        given, groups, weight = self._vectors[which], self._groups[which], self._weight[which]
        for _ in range(self._model.adversary_steps):
            moved = (given + _through(self._correction, given)).detach()
            for network, optimiser in zip(self._adversaries, self._opponents, strict=True):
                descended(optimiser, _surprise(network, moved, groups, weight))
        change = _through(self._correction, given)
        gained = [_surprise(each, given + change, groups, weight) for each in self._adversaries]
        distance = (change**2).mean()
        loss = distance - self._model.pressure * torch.stack(gained).mean()
        return descended(self._optimiser, loss)

    def _renew(self) -> None:
        self._n_steps += 1
        turn, left = divmod(self._n_steps, self._model.renewed_every)
        if not left:
            which = turn % len(self._adversaries)
            self._adversaries[which] = self._network(self._vectors.shape[1], 1)
            self._opponents[which] = self.adam(self._adversaries[which].values())


def _through(network: Tensors, given: Tensor) -> Tensor:
    return torch.relu(given @ network["in"] + network["shift"]) @ network["out"]


def _surprise(network: Tensors, vectors: Tensor, groups: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of an adversary's guess; ln 2 is no knowledge."""
    guess = _through(network, vectors)[:, 0]
    # bounded, so that the correction gains nothing by driving one adversary into certainty
    return torch.nn.functional.binary_cross_entropy_with_logits(
        5 * torch.tanh(guess / 5), groups, weight=weight
    )
