"""The training of `AdversarialHider`."""

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats
from livelore.intelligence.recommend.deep.hider import AdversarialHider
from livelore.intelligence.recommend.deep.torch_here import Tensor, device_of, torch
from livelore.intelligence.recommend.deep.training import Listener, Trained, Weights, train

Network = dict[str, Tensor]


def fitted(
    model: AdversarialHider,
    vectors: Floats,
    groups: NDArray[np.integer],
    listener: Listener | None,
) -> Trained:
    """Train to the model's options on standardised vectors."""
    trainer = _Trainer(model, vectors, groups)
    return train(trainer.epoch, trainer.snapshot, None, model.budget, listener)


class _Trainer:
    """Correction, adversaries and their optimisers."""

    def __init__(
        self, model: AdversarialHider, vectors: Floats, groups: NDArray[np.integer]
    ) -> None:
        self._model = model
        self._device = device_of(model.device)
        self._rng = np.random.default_rng(model.seed)
        self._vectors = torch.from_numpy(vectors).to(self._device)
        self._groups = torch.from_numpy(groups.astype(np.float32)).to(self._device)
        share = float(groups.mean())
        # each group counts the same, so that guessing the larger one gains nothing
        self._weight = torch.where(self._groups > 0, 0.5 / share, 0.5 / (1 - share))
        width = vectors.shape[1]
        self._correction = self._network(width, width, out_scale=0.01)
        self._adversaries = [self._network(width, 1) for _ in range(model.n_adversaries)]
        self._optimiser = self._adam(self._correction)
        self._opponents = [self._adam(each) for each in self._adversaries]
        self._n_steps = 0

    def _adam(self, network: Network) -> Tensor:
        return torch.optim.Adam(list(network.values()), lr=self._model.learning_rate)

    def _network(self, n_in: int, n_out: int, out_scale: float = 1.0) -> Network:
        n_hidden = self._model.n_hidden
        first = self._rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_hidden))
        last = self._rng.normal(0, out_scale / np.sqrt(n_hidden), (n_hidden, n_out))
        made = {"in": first, "shift": np.zeros(n_hidden), "out": last}
        return {
            name: torch.tensor(each.astype(np.float32), device=self._device, requires_grad=True)
            for name, each in made.items()
        }

    def snapshot(self) -> Weights:
        return {k: each.detach().cpu().numpy().copy() for k, each in self._correction.items()}

    def epoch(self) -> float:
        order = self._rng.permutation(len(self._vectors))
        parts = np.split(order, range(self._model.batch, len(order), self._model.batch))
        return float(np.mean([self._step(torch.from_numpy(rows)) for rows in parts]))

    def _step(self, rows: Tensor) -> float:
        self._renew()
        given, groups, weight = self._vectors[rows], self._groups[rows], self._weight[rows]
        for _ in range(self._model.adversary_steps):
            moved = (given + _through(self._correction, given)).detach()
            for network, optimiser in zip(self._adversaries, self._opponents, strict=True):
                optimiser.zero_grad()
                _surprise(network, moved, groups, weight).backward()
                optimiser.step()
        change = _through(self._correction, given)
        gained = [_surprise(each, given + change, groups, weight) for each in self._adversaries]
        distance = (change**2).mean()
        loss = distance - self._model.pressure * torch.stack(gained).mean()
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return float(loss.detach())

    def _renew(self) -> None:
        self._n_steps += 1
        turn, left = divmod(self._n_steps, self._model.renewed_every)
        if not left:
            which = turn % len(self._adversaries)
            self._adversaries[which] = self._network(self._vectors.shape[1], 1)
            self._opponents[which] = self._adam(self._adversaries[which])


def _through(network: Network, given: Tensor) -> Tensor:
    return torch.relu(given @ network["in"] + network["shift"]) @ network["out"]


def _surprise(network: Network, vectors: Tensor, groups: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of an adversary's guess; ln 2 is no knowledge."""
    guess = _through(network, vectors)[:, 0]
    # bounded, so that the correction gains nothing by driving one adversary into certainty
    return torch.nn.functional.binary_cross_entropy_with_logits(
        5 * torch.tanh(guess / 5), groups, weight=weight
    )
