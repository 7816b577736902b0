"""The training of `TwoTower`."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories
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
from livelore.intelligence.recommend.deep.two_tower import (
    TwoTower,
    item_tower,
    means,
    user_tower,
)

CHECKED_MAX = 1500


def fitted(
    model: TwoTower,
    histories: Histories,
    content: Floats,
    features: Floats,
    listener: Listener | None,
) -> Trained:
    """Train to the model's options."""
    kept, held = histories, None
    if model.validation:
        kept, held = cut(histories, model.validation)
    trainer = _Trainer(model, kept, content, features)
    check: Callable[[Weights], float] | None = None
    if held is not None and len(held.items):
        rows = checked_users(held, CHECKED_MAX, model.seed)
        seen, wanted = kept.take(rows), held.take(rows)
        shares = means(seen, model.max_length)
        has_id = (np.bincount(kept.items, minlength=kept.n_items) > 0).astype(np.float32)

        def ndcg(weights: Weights) -> float:
            vectors = user_tower(weights, shares, features[rows])
            return stop_figure(vectors @ item_tower(weights, content, has_id).T, seen, wanted)

        check = ndcg

    return train(trainer.epoch, trainer.snapshot, check, model.budget, listener)


class _Trainer:
    """Weights on the device, the optimiser and the draws."""

    def __init__(
        self, model: TwoTower, histories: Histories, content: Floats, features: Floats
    ) -> None:
        self._model = model
        self._histories = histories
        self._device = device_of(model.device)
        self._rng = np.random.default_rng(model.seed)
        self._owner = np.repeat(np.arange(len(histories)), np.diff(histories.indptr))
        counts = np.bincount(histories.items, minlength=histories.n_items) + 1.0
        self._log_share = torch.tensor(
            np.log(counts / counts.sum()).astype(np.float32), device=self._device
        )
        self._content = torch.from_numpy(content).to(self._device)
        self._features = torch.from_numpy(features).to(self._device)
        started = initial(model, histories.n_items, content.shape[1], features.shape[1], self._rng)
        self._weights = {
            name: torch.tensor(each, device=self._device, requires_grad=True)
            for name, each in started.items()
        }
        self._optimiser = torch.optim.Adam(list(self._weights.values()), lr=model.learning_rate)

    def snapshot(self) -> Weights:
        return {name: each.detach().cpu().numpy().copy() for name, each in self._weights.items()}

    def epoch(self) -> float:
        order = self._rng.permutation(len(self._owner))
        parts = np.split(order, range(self._model.batch, len(order), self._model.batch))
        # a single event has no negatives within its batch
        losses = [self._step(rows) for rows in parts if len(rows) > 1]
        return float(np.mean(losses)) if losses else 0.0

    def _before(self, events: NDArray[np.int64]) -> NDArray[np.int64]:
        """Codes + 1 of what came right before each event, 0 for nothing; never the event's item."""
        where = events[:, None] - 1 - np.arange(self._model.max_length)
        is_own = where >= self._histories.indptr[self._owner[events]][:, None]
        items = self._histories.items[np.maximum(where, 0)].astype(np.int64) + 1
        target = self._histories.items[events].astype(np.int64)[:, None] + 1
        return np.where(is_own & (items != target), items, 0)

    def _step(self, events: NDArray[np.int64]) -> float:
        weights = self._weights
        rows = torch.from_numpy(self._before(events)).to(self._device)
        target = torch.from_numpy(self._histories.items[events].astype(np.int64)).to(self._device)
        users = torch.from_numpy(self._owner[events]).to(self._device)
        seen = torch.nn.functional.embedding_bag(
            rows, torch.nn.functional.pad(weights["events"], (0, 0, 1, 0)), mode="sum"
        )
        seen = seen / (rows > 0).sum(1, keepdim=True).clamp(min=1)
        user = tower(weights, "user", torch.cat([seen, self._features[users]], 1))
        shown = self._rng.random(len(events)) >= self._model.hidden_ids
        has_id = torch.from_numpy(shown.astype(np.float32)).to(self._device)[:, None]
        ids = weights["ids"][target] * has_id
        item = tower(weights, "item", torch.cat([ids, self._content[target]], 1))
        logits = user @ item.T / self._model.temperature - self._log_share[target]
        is_same = (target[None] == target[:, None]) & ~torch.eye(
            len(target), dtype=torch.bool, device=self._device
        )
        logits = logits.masked_fill(is_same, -1e9)
        right = torch.arange(len(target), device=self._device)
        loss = torch.nn.functional.cross_entropy(logits, right)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return float(loss.detach())


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
