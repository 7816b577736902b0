"""The training of `TwoTower`."""

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories
from livelore.intelligence.recommend.deep.torch_here import Tensor, torch
from livelore.intelligence.recommend.deep.trainer_torch import TorchTrainer, copied, descended
from livelore.intelligence.recommend.deep.training import (
    HeldOut,
    Listener,
    Trained,
    Weights,
    held_out,
    train,
)
from livelore.intelligence.recommend.deep.two_tower import (
    TwoTower,
    item_tower,
    means,
    user_tower,
)


def fitted(
    model: TwoTower,
    histories: Histories,
    content: Floats,
    features: Floats,
    listener: Listener | None,
) -> Trained:
    """Train to the model's options."""
    kept, held = held_out(histories, model.validation, model.seed)
    has_id = (np.bincount(kept.items, minlength=kept.n_items) > 0).astype(np.float32)

    def scores(weights: Weights, asked: HeldOut) -> Floats:
        shares = means(asked.seen, model.max_length)
        vectors = user_tower(weights, shares, features[asked.rows])
        return np.asarray(vectors @ item_tower(weights, content, has_id).T, np.float32)

    check = None if held is None else held.by(scores)
    return train(_Trainer(model, kept, content, features), model.budget, listener, check)


class _Trainer(TorchTrainer):
    """Weights, their optimiser, and what is known of items and users."""

    rows_min = 2
    """A single event has no negatives within its batch."""

    def __init__(
        self, model: TwoTower, histories: Histories, content: Floats, features: Floats
    ) -> None:
        super().__init__(model)
        self._model = model
        self._histories = histories
        self._owner = np.repeat(np.arange(len(histories)), np.diff(histories.indptr))
        counts = np.bincount(histories.items, minlength=histories.n_items) + 1.0
        self._log_share = self.on_device(np.log(counts / counts.sum()).astype(np.float32))
        self._content = self.on_device(content)
        self._features = self.on_device(features)
        self._weights = self.parameters(
            initial(model, histories.n_items, content.shape[1], features.shape[1], self.rng)
        )
        self._optimiser = self.adam(self._weights.values())

    def snapshot(self) -> Weights:
        return copied(self._weights)

    def begin(self) -> int:
        return len(self._owner)

    def _before(self, events: NDArray[np.int64]) -> NDArray[np.int64]:
        """Codes + 1 of what came right before each event, 0 for nothing; never the event's item."""
        where = events[:, None] - 1 - np.arange(self._model.max_length)
        is_own = where >= self._histories.indptr[self._owner[events]][:, None]
        items = self._histories.items[np.maximum(where, 0)].astype(np.int64) + 1
        target = self._histories.items[events].astype(np.int64)[:, None] + 1
        return np.where(is_own & (items != target), items, 0)

    def step(self, rows: NDArray[np.int64]) -> float:
        events, weights = rows, self._weights
        before = self.on_device(self._before(events))
        target = self.on_device(self._histories.items[events].astype(np.int64))
        users = self.on_device(self._owner[events])
        seen = torch.nn.functional.embedding_bag(
            before, torch.nn.functional.pad(weights["events"], (0, 0, 1, 0)), mode="sum"
        )
        seen = seen / (before > 0).sum(1, keepdim=True).clamp(min=1)
        user = tower(weights, "user", torch.cat([seen, self._features[users]], 1))
        shown = self.rng.random(len(events)) >= self._model.hidden_ids
        has_id = self.on_device(shown.astype(np.float32))[:, None]
        ids = weights["ids"][target] * has_id
        item = tower(weights, "item", torch.cat([ids, self._content[target]], 1))
        logits = user @ item.T / self._model.temperature - self._log_share[target]
        is_same = (target[None] == target[:, None]) & ~torch.eye(
            len(target), dtype=torch.bool, device=self.device
        )
        logits = logits.masked_fill(is_same, -1e9)
        right = torch.arange(len(target), device=self.device)
        return descended(self._optimiser, torch.nn.functional.cross_entropy(logits, right))


def initial(
    model: TwoTower, n_items: int, n_content: int, n_features: int, rng: np.random.Generator
) -> Weights:
    """Weights before the first step."""

    def normal(n_in: int, n_out: int) -> NDArray[np.float32]:
        return rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_out)).astype(np.float32)

    width = model.n_factors
    found: Weights = {
        "events": rng.normal(0, 0.3, (n_items, width)).astype(np.float32),
        "ids": rng.normal(0, 0.3, (n_items, width)).astype(np.float32),
    }
    for side, n_in in (("user", width + n_features), ("item", width + n_content)):
        found[f"{side}.in"] = normal(n_in, model.n_hidden)
        found[f"{side}.shift"] = np.zeros(model.n_hidden, np.float32)
        found[f"{side}.out"] = normal(model.n_hidden, width)
        found[f"{side}.past"] = normal(n_in, width)
    return found


def tower(weights: dict[str, Tensor], side: str, given: Tensor) -> Tensor:
    """As the numpy form in `two_tower`."""
    hidden = torch.relu(given @ weights[f"{side}.in"] + weights[f"{side}.shift"])
    found = hidden @ weights[f"{side}.out"] + given @ weights[f"{side}.past"]
    return found / found.norm(dim=1, keepdim=True).clamp(min=1e-6)
