"""Why an item was given: the event of the history without which its score would fall most.

What a reason says is what happens: the score of the item is asked again without the event, and the
difference is the reason's share. Nothing is derived from the looks of a model.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.candidates.linear import LinearScorer
from livelore.intelligence.recommend.data import Floats, Histories
from livelore.intelligence.recommend.scorer import Scorer

EVENTS_MAX = 60
"""Newest events that are tried as reasons, of each user."""


@dataclass(frozen=True)
class Reason:
    """One item's reason.

    Attributes:
        event: Place in the user's history, -1 when no event raises the score: then it stands there
            because it is liked by many.
        item: The event's item code, -1 likewise.
        share: How much the score falls when the event is taken away, above 0; 0 likewise.
    """

    event: int
    item: int
    share: float


NONE = Reason(-1, -1, 0.0)


def reasons(scorer: Scorer, histories: Histories, items: NDArray[np.int32]) -> list[list[Reason]]:
    """For every user and given item.

    Args:
        scorer: What gave them.
        histories: Of the users.
        items: Codes, shape (n_users, k); -1 gets `NONE`.

    Returns:
        Lists of k reasons, one a user.
    """
    return [
        _of_one(scorer, histories.part(row, row + 1), items[row]) for row in range(len(histories))
    ]


def effects(scorer: Scorer, history: Histories, items: NDArray[np.int32], first: int = 0) -> Floats:
    """By how much the score of each item falls without each event, shape (n_tried, n_items_asked).

    Args:
        scorer: Fitted.
        history: Of one user.
        items: Codes.
        first: Events from this one on are tried.
    """
    n_tried = len(history.items) - first
    if isinstance(scorer, LinearScorer):
        shares = [scorer.shares(history, int(item))[first:] for item in items]
        return np.stack(shares, axis=1) if shares else np.zeros((n_tried, 0), np.float32)
    whole = scorer.scores(history)[0][items]
    without = scorer.scores(each_left_out(history, first))[:, items]
    return whole[None, :] - without


def each_left_out(history: Histories, first: int = 0) -> Histories:
    """One history a user for every event, from ``first`` on, of the given one: all the others."""
    n_events = len(history.items)
    n_tried = n_events - first
    kept = np.arange(n_events) != np.arange(first, n_events)[:, None]
    places = np.broadcast_to(np.arange(n_events), (n_tried, n_events))[kept]
    users = None if history.users is None else np.repeat(history.users, n_tried)
    return Histories(
        np.arange(n_tried + 1, dtype=np.int64) * max(0, n_events - 1),
        history.items[places],
        history.weights[places],
        history.n_items,
        None if history.at is None else history.at[places],
        history.now,
        users,
    )


def _of_one(scorer: Scorer, history: Histories, items: NDArray[np.int32]) -> list[Reason]:
    given = items[items >= 0]
    if not len(history.items) or not len(given):
        return [NONE] * len(items)
    first = max(0, len(history.items) - EVENTS_MAX)
    found = effects(scorer, history, given, first)
    listed = []
    for column, place in enumerate(found.argmax(axis=0)):
        share = float(found[place, column])
        event = first + place
        told = Reason(int(event), int(history.items[event]), share) if share > 0 else NONE
        listed.append(told)
    return listed + [NONE] * (len(items) - len(given))
