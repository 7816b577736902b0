"""SASRec: the next item from the order of a history, by self-attention; answers by numpy."""

from dataclasses import dataclass, field
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Floats, Histories, Interactions, Items, Users
from livelore.intelligence.recommend.deep.options import DeepScorer
from livelore.intelligence.recommend.deep.training import Listener, Weights, needed
from livelore.intelligence.recommend.errors import OptionInvalid

LOSSES = ("softmax", "bce", "gbce")
Number = TypeVar("Number", np.int64, np.float32)
USERS_AT_ONCE = 128
"""Attention of so many users at a time stays in the cache."""
NORM_EPSILON = 1e-5


@dataclass
class SASRec(DeepScorer):
    """Self-attention over the last events of a history.

    Args:
        n_factors: Width of everything; a multiple of ``n_heads``.
        n_blocks: Attention and feed-forward, one behind the other.
        n_heads: Of each attention.
        max_length: Events that are looked at, the newest.
        loss: ``softmax`` over all items or over ``n_negatives`` drawn; ``bce``, the paper's, one
            drawn item against each target; ``gbce``, that of gSASRec with ``n_negatives``.
        n_negatives: Drawn for each sequence; 0: all items (softmax only).
        horizon: The target of a place is drawn from so many events that follow it; 1: the next.
        dropout: Share of values left out while training.
        batch: Sequences in a step.

    The others are of `DeepScorer`; the events held out are each user's last.

    Source: Kang, McAuley 2018, "Self-attentive sequential recommendation"; the losses: Petrov,
    Macdonald 2023, "gSASRec"; Klenitskiy, Vasilev 2023, "Turning dross into gold loss".
    """

    n_factors: int = 64
    n_blocks: int = 2
    n_heads: int = 2
    max_length: int = 50
    loss: str = "softmax"
    n_negatives: int = 0
    horizon: int = 1
    dropout: float = 0.2
    weights_: Weights | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._check_training()
        self._need_one_of(LOSSES, "loss")
        if self.loss != "softmax" and self.n_negatives < 1:
            self.n_negatives = 1
        if self.n_heads < 1 or self.n_factors < 1 or self.n_factors % self.n_heads:
            raise OptionInvalid(option="n_factors", detail="a multiple of n_heads, above 0")
        self._need_at_least(1, "n_blocks", "max_length", "horizon")
        self._need_at_least(0, "n_negatives")
        self._need_share("dropout")

    def fit(
        self,
        interactions: Interactions,
        items: Items | None = None,
        users: Users | None = None,
        *,
        listener: Listener | None = None,
    ) -> Self:
        """Learn from the order of events; ``items`` and ``users`` are not used."""
        del items, users
        histories = needed(interactions.histories)
        self.weights_ = self._learn("sasrec_torch", histories, listener)
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items); zeros for an empty history."""
        weights = self.learnt("weights_")
        vectors = encoded(weights, histories, self.max_length, self.n_heads)
        return np.asarray(vectors @ weights["items"][1:].T, np.float32)


def windows(histories: Histories, length: int) -> NDArray[np.int64]:
    """The last events as table rows, shape (n_users, length): codes + 1, padded with 0 in front."""
    return placed(histories, histories.items.astype(np.int64) + 1, length)


def placed(histories: Histories, values: NDArray[Number], length: int) -> NDArray[Number]:
    """One value an event, the newest of each history at the end of its row, 0 where none is."""
    found = np.zeros((len(histories), length), values.dtype)
    back = histories.positions
    near = back < length
    rows = np.repeat(np.arange(len(histories)), np.diff(histories.indptr))
    found[rows[near], length - 1 - back[near]] = values[near]
    return found


def encoded(weights: Weights, histories: Histories, length: int, n_heads: int) -> Floats:
    """Vectors of users, shape (n_users, n_factors); zeros for an empty history."""
    found = np.zeros((len(histories), weights["items"].shape[1]), np.float32)
    for begin in range(0, len(histories), USERS_AT_ONCE):
        part = histories.part(begin, min(begin + USERS_AT_ONCE, len(histories)))
        longest = int(np.diff(part.indptr).max(initial=0))
        if longest:
            rows = windows(part, min(longest, length))
            found[begin : begin + len(part)] = last_place(weights, rows, n_heads)
    return found


def last_place(weights: Weights, rows: NDArray[np.int64], n_heads: int) -> Floats:
    """What stands at the newest place after all blocks, shape (n_users, n_factors)."""
    length = rows.shape[1]
    is_event = rows > 0
    values = (weights["items"][rows] + weights["places"][-length:]) * is_event[..., None]
    may_see = np.tril(np.ones((length, length), bool)) & is_event[:, None, :]
    n_blocks = sum(name.endswith(".query") for name in weights)
    for block in range(n_blocks):
        own = of_block(weights, block)
        asked = values[:, -1:] if block == n_blocks - 1 else values
        seen = may_see[:, -asked.shape[1] :]
        values = _block(own, asked, values, seen, n_heads)
    found = _normed(values[:, -1], weights["norm"], weights["shift"])
    return np.asarray(found * is_event[:, -1:], np.float32)


def of_block(weights: Weights, block: int) -> Weights:
    """Those of one block, by their names in it."""
    return {
        name.partition(".")[2]: each
        for name, each in weights.items()
        if name.startswith(f"{block}.")
    }


def _block(own: Weights, asked: Floats, values: Floats, seen: NDArray[np.bool_], n: int) -> Floats:
    normed = _normed(values, own["norm"], own["shift"])
    query = _heads(normed[:, -asked.shape[1] :] @ own["query"], n)
    key, value = _heads(normed @ own["key"], n), _heads(normed @ own["value"], n)
    logits = query @ key.swapaxes(-1, -2) / np.sqrt(np.float32(query.shape[-1]))
    logits = np.where(seen[:, None], logits, np.float32(-1e9))
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = (shares @ value).swapaxes(1, 2).reshape(asked.shape)
    asked = asked + mixed @ own["out"]
    hidden = _normed(asked, own["norm2"], own["shift2"]) @ own["up"] + own["up_shift"]
    return np.asarray(asked + np.maximum(hidden, 0) @ own["down"] + own["down_shift"], np.float32)


def _heads(values: Floats, n_heads: int) -> Floats:
    n_users, length, width = values.shape
    return values.reshape(n_users, length, n_heads, width // n_heads).swapaxes(1, 2)


def _normed(values: Floats, scale: Floats, shift: Floats) -> Floats:
    centred = values - values.mean(-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(NORM_EPSILON))
    return np.asarray(centred / spread * scale + shift, np.float32)
