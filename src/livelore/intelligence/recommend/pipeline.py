"""Candidates, filters of what is there now, re-ranking and reasons as one object and one file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Ids,
    Interactions,
    Items,
    Mask,
    Users,
    coded,
)
from livelore.intelligence.recommend.errors import DataInvalid, NotFitted, OptionInvalid
from livelore.intelligence.recommend.reasons import Reason, reasons


@dataclass(frozen=True)
class Recommendations:
    """Lists of items for users.

    Attributes:
        items: Codes, shape (n_users, k), best first, -1 behind the end of a list.
        scores: The same shape; comparable within a user.
        reasons: One for each item, when they were asked for.
    """

    items: NDArray[np.int32]
    scores: Floats
    reasons: list[list[Reason]] | None = None


@dataclass(frozen=True)
class Now:
    """What may be given at this moment.

    Attributes:
        available: Shape (n_items,): rooms on air, courses on sale.
        seats_left: Shape (n_items,), whole numbers; below 0: without a limit. One call gives an
            item to no more users than it has seats; the users who want it most get it.
    """

    available: Mask | None = None
    seats_left: NDArray[np.int64] | None = None


@dataclass
class Pipeline(Component):
    """A scorer, what follows it, and what it needs to answer by the caller's own ids.

    Args:
        scorer: Any `Scorer`: one, a blend, a learned ranker.
        rerankers: Applied in turn to the ``pool`` best.
        pool: Candidates that re-rankers choose from.
        repeats: Whether what the history has already may be given again: right for live rooms,
            where people come back, wrong for courses.
    """

    scorer: Any = None  # Any: a Scorer; a dataclass field with a default
    rerankers: tuple[Any, ...] = ()
    pool: int = 100
    repeats: bool = False
    item_ids_: Any = field(default=None, init=False, repr=False)
    user_ids_: Any = field(default=None, init=False, repr=False)
    labels_: Any = field(default=None, init=False, repr=False)
    label_names_: tuple[str, ...] | None = field(default=None, init=False, repr=False)
    hosts_: Any = field(default=None, init=False, repr=False)
    events_: dict[str, Any] | None = field(default=None, init=False, repr=False)
    card_: dict[str, Any] | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Fit the scorer and keep ids, labels and everybody's history."""
        if self.scorer is None:
            raise OptionInvalid(option="scorer", detail="none is given")
        self.scorer.fit(interactions, items, users)
        self.item_ids_, self.user_ids_ = interactions.item_ids, interactions.user_ids
        if items is not None:
            self.labels_, self.label_names_ = items.labels, tuple(items.label_names)
            self.hosts_ = items.hosts
        known = interactions.histories
        self.events_ = {
            "indptr": known.indptr,
            "items": known.items,
            "weights": known.weights,
            "at": known.at,
        }
        return self

    @property
    def catalogue(self) -> Items:
        """Items of the fit, with their labels."""
        ids = self.learnt("item_ids_")
        return Items(ids, self.labels_, self.label_names_ or (), None, self.hosts_)

    def histories(self, user_ids: Ids | None = None, now: float | None = None) -> Histories:
        """What the fit knows of users; an unknown one has an empty history.

        Args:
            user_ids: Whose; None: all of the fit.
            now: The moment of the question, seconds.
        """
        if self.events_ is None:
            raise NotFitted(model=self.name)
        rows = np.arange(len(self.learnt("user_ids_")), dtype=np.int32)
        kept = self.events_
        whole = Histories(
            kept["indptr"],
            kept["items"],
            kept["weights"],
            len(self.item_ids_),
            kept["at"],
            now,
            rows,
        )
        return whole if user_ids is None else whole.take_known(self._rows(user_ids))

    def _rows(self, user_ids: Ids) -> NDArray[np.int64]:
        asked, ids = coded(user_ids, "user")
        places = {str(each): row for row, each in enumerate(self.learnt("user_ids_").tolist())}
        return np.array([places.get(str(each), -1) for each in ids.tolist()], np.int64)[asked]

    def fold_in(self, events: Interactions, now: float | None = None) -> Histories:
        """Histories of fresh events, without a fit: users by their row in ``events``.

        Raises:
            DataInvalid: The items are not those of the fit: make the events with its ``item_ids``.
        """
        known_ids: Ids = self.learnt("item_ids_")
        if events.item_ids.tolist() != known_ids.tolist():
            raise DataInvalid(column="item", detail="not the catalogue that was fitted")
        known = events.histories
        nobody = np.full(len(known), -1, np.int32)
        return Histories(
            known.indptr, known.items, known.weights, known.n_items, known.at, now, nobody
        )

    def recommend(
        self,
        histories: Histories,
        k: int,
        now: Now | None = None,
        *,
        with_reasons: bool = False,
    ) -> Recommendations:
        """The k best items of every user, of what is there now, re-ranked.

        Args:
            histories: Of whom; see `histories` and `fold_in`.
            k: At least 1.
            now: What is available; None: the whole catalogue.
            with_reasons: Also why; costs one more scoring for each event.

        Raises:
            OptionInvalid: ``k`` is below 1.
            DataInvalid: Histories, mask or seats are of another catalogue.
        """
        if k < 1:
            raise OptionInvalid(option="k", detail=f"{k} is below 1")
        if histories.n_items != len(self.learnt("item_ids_")):
            raise DataInvalid(column="item", detail="not the catalogue that was fitted")
        moment = now or Now()
        self._check_seats(moment.seats_left)
        size = max(k, self.pool) if self.rerankers or moment.seats_left is not None else k
        items, scores = self.scorer.top(
            histories, size, available=moment.available, repeats=self.repeats
        )
        for step, reranker in enumerate(self.rerankers, 1):
            is_last = step == len(self.rerankers) and moment.seats_left is None
            length = k if is_last else size
            items, scores = reranker.rerank(items, scores, length, histories, self.catalogue)
        if moment.seats_left is not None:
            items, scores = seated(items, scores, moment.seats_left, k)
        items, scores = items[:, :k], scores[:, :k]
        told = reasons(self.scorer, histories, items) if with_reasons else None
        return Recommendations(items, scores, told)

    def _check_seats(self, seats_left: Any) -> None:
        shape = (len(self.item_ids_),)
        if seats_left is not None and (seats_left.shape != shape or seats_left.dtype.kind != "i"):
            detail = f"whole numbers of shape {shape} are needed, not {seats_left.dtype}"
            raise DataInvalid(column="seats_left", detail=f"{detail} {seats_left.shape}")


def seated(
    items: NDArray[np.int32], scores: Floats, seats_left: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int32], Floats]:
    """Keep every item to as many lists as it has seats, place by place, best score first.

    Args:
        items: Codes, shape (n_users, n_places).
        scores: The same shape.
        seats_left: As in `Now`.
        k: A list that has so many takes no more seats.

    Returns:
        Lists of the same shape, what was taken out replaced by what followed.
    """
    left = np.where(seats_left < 0, np.iinfo(np.int64).max, seats_left)
    kept = np.zeros(items.shape, bool)
    held = np.zeros(len(items), np.int64)
    for place in range(items.shape[1]):
        column = items[:, place]
        for row in np.argsort(-scores[:, place], kind="stable"):
            code = column[row]
            if code >= 0 and left[code] > 0 and held[row] < k:
                left[code] -= 1
                held[row] += 1
                kept[row, place] = True
    order = np.argsort(~kept, axis=1, kind="stable")
    kept = np.take_along_axis(kept, order, axis=1)
    chosen = np.where(kept, np.take_along_axis(items, order, axis=1), np.int32(-1))
    found = np.where(kept, np.take_along_axis(scores, order, axis=1), np.float32(-np.inf))
    return chosen.astype(np.int32), found.astype(np.float32)


def described(component: Any, depth: int = 0) -> str:
    """A pipeline as an indented outline, for people."""
    lines = []
    pad = "  " * depth
    plain = {k: v for k, v in component.options.items() if not _holds_components(v)}
    told = ", ".join(f"{name}={value}" for name, value in plain.items())
    lines.append(f"{pad}{component.name}({told})")
    for value in component.options.values():
        inner: Sequence[Any] = value if isinstance(value, tuple) else (value,)
        lines += [described(each, depth + 1) for each in inner if isinstance(each, Component)]
    return "\n".join(lines)


def _holds_components(value: object) -> bool:
    inner = value if isinstance(value, tuple) else (value,)
    return any(isinstance(each, Component) for each in inner)
