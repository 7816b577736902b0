"""Parts of interactions for fitting and for judging; each says what it guarantees.

Every event of the whole lands in exactly one of ``train``, ``test`` and ``held`` (known to the
scorer as a history, never fitted) or ``dropped`` (only where asked for); a test compares sums.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.recommend.data import Codes, Histories, Interactions, Mask
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid


@dataclass(frozen=True)
class Split:
    """Interactions in parts, all with the same codes of users and items.

    Attributes:
        name: How it was made, with its options.
        train: What models are fitted on.
        test: What they are judged by.
        held: Events that are shown as history of test users but never fitted; empty but for the
            cold-user split.
        dropped: Events in no part: repeats of known pairs, when only new ones are to be judged.
        guarantees: In words.
        cut_at: Seconds: every training event is before it, every test event not; None elsewhere.
    """

    name: str
    train: Interactions
    test: Interactions
    held: Interactions
    dropped: Interactions
    guarantees: tuple[str, ...] = ()
    cut_at: float | None = None

    @cached_property
    def histories(self) -> Histories:
        """What is known of every user when they are asked for, shape (n_users,).

        Users whom training has not seen have row -1 in the fit's user table.
        """
        known = self.train if not len(self.held) else joined(self.train, self.held)
        found = known.histories
        seen = np.bincount(self.train.users, minlength=known.n_users) > 0
        users = np.where(seen, np.arange(known.n_users), -1).astype(np.int32)
        return Histories(
            found.indptr,
            found.items,
            found.weights,
            found.n_items,
            found.at,
            self.cut_at,
            users,
        )

    @cached_property
    def test_users(self) -> Codes:
        """Codes of those who have a test event, rising."""
        return np.unique(self.test.users).astype(np.int32)


def joined(first: Interactions, second: Interactions) -> Interactions:
    """Both, of the same users and items; rows of ``first`` come first."""
    return Interactions(
        np.concatenate([first.users, second.users]),
        np.concatenate([first.items, second.items]),
        np.concatenate([first.weights, second.weights]),
        first.user_ids,
        first.item_ids,
        _together(first.at, second.at),
    )


def _together(
    first: NDArray[np.float64] | None, second: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    return None if first is None or second is None else np.concatenate([first, second])


def random_holdout(interactions: Interactions, test_share: float, seed: int) -> Split:
    """A share of each user's items, drawn at random.

    All events of one user with one item go to the same part, so nothing that is tested was seen. A
    user keeps at least one item for training; with n items, ``round(test_share · n)`` are tested,
    at least 1 when there are two or more.

    Args:
        interactions: The whole.
        test_share: Between 0 and 1.
        seed: Of the draws.

    Raises:
        OptionInvalid: The share is out of range.
        DataInvalid: There is nothing to split.
    """
    _check_share("test_share", test_share)
    pairs = _Pairs.of(interactions)
    rank = pairs.ranks(np.random.default_rng(seed).random(pairs.n))
    sizes = pairs.sizes[pairs.users]
    wanted = np.clip(np.rint(test_share * sizes), np.minimum(1, sizes - 1), sizes - 1)
    in_test = (rank < wanted)[pairs.of_event]
    name = f"random holdout, {test_share:g} of each user, seed {seed}"
    return _split(name, interactions, in_test, guarantees=(_PAIRS, _KEPT))


def folds(interactions: Interactions, n_folds: int, seed: int) -> Iterator[Split]:
    """k-fold cross-validation within users: each pair of user and item is tested exactly once.

    Args:
        interactions: The whole.
        n_folds: At least 2.
        seed: Of the draws.
    """
    if n_folds < 2:
        raise OptionInvalid(option="n_folds", detail=f"{n_folds} is below 2")
    pairs = _Pairs.of(interactions)
    rng = np.random.default_rng(seed)
    # a random start for each user, else users with few items would all be tested in the first fold
    start = rng.integers(0, n_folds, interactions.n_users)[pairs.users]
    fold = ((pairs.ranks(rng.random(pairs.n)) + start) % n_folds)[pairs.of_event]
    for number in range(n_folds):
        name = f"fold {number + 1} of {n_folds}, seed {seed}"
        yield _split(name, interactions, fold == number, guarantees=(_PAIRS,))


def leave_last_out(interactions: Interactions, n_last: int = 1, *, only_new: bool = False) -> Split:
    """The last events of each user, by time (by row where times are not known).

    Users with ``n_last`` events or fewer stay in training whole. The future of *other* users is in
    training: a figure of this split says nothing about forecasting (see `by_time`).

    Args:
        interactions: The whole.
        n_last: Events tested of each user, at least 1.
        only_new: Leave test events out (as ``dropped``) whose item the user's training has.
    """
    if n_last < 1:
        raise OptionInvalid(option="n_last", detail=f"{n_last} is below 1")
    _need_events(interactions)
    times = np.zeros(len(interactions)) if interactions.at is None else interactions.at
    order = np.lexsort((times, interactions.users))
    sizes = np.bincount(interactions.users, minlength=interactions.n_users)
    later = np.repeat(sizes.cumsum(), sizes) - 1 - np.arange(len(order))
    in_test = np.zeros(len(order), np.bool_)
    in_test[order] = (later < n_last) & (np.repeat(sizes, sizes) > n_last)
    name = f"last {n_last} of each user"
    return _split(name, interactions, in_test, only_new=only_new, guarantees=(_ORDER, _KEPT))


def by_time(
    interactions: Interactions, train_share: float = 0.8, *, only_new: bool = False
) -> Split:
    """One moment for all: training is what happened before it, test what happened from then on.

    Args:
        interactions: The whole, with times.
        train_share: The quantile of event times that is the cut, between 0 and 1.
        only_new: Leave test events out (as ``dropped``) whose item the user's training has.

    Raises:
        DataInvalid: Times are not known, or all events happened at once.
    """
    _check_share("train_share", train_share)
    _need_events(interactions)
    if interactions.at is None:
        raise DataInvalid(column="time", detail="a split by time needs times")
    cut_at = float(np.quantile(interactions.at, train_share, method="higher"))
    in_test = interactions.at >= cut_at
    if in_test.all():
        raise DataInvalid(column="time", detail=f"no event is before the cut at {cut_at:g}")
    name = f"by time, cut at {cut_at:.0f} s ({train_share:g} of events before)"
    found = _split(name, interactions, in_test, only_new=only_new, guarantees=(_BEFORE,))
    return replace(found, cut_at=cut_at)


def cold_items(interactions: Interactions, item_share: float, seed: int) -> Split:
    """Some items are unknown to training: all their events are the test.

    Args:
        interactions: The whole.
        item_share: Of the items that have events, between 0 and 1; at least one is drawn and one
            is left.
        seed: Of the draw.
    """
    _check_share("item_share", item_share)
    chosen = _drawn(interactions.items, interactions.n_items, item_share, seed, "item")
    name = f"cold items, {item_share:g} of the catalogue, seed {seed}"
    return _split(name, interactions, chosen[interactions.items], guarantees=(_COLD_ITEM,))


def cold_users(
    interactions: Interactions, user_share: float, seed: int, known_share: float = 0.8
) -> Split:
    """Strong generalisation: training never sees the test users, who come with a part of history.

    Args:
        interactions: The whole.
        user_share: Of the users who have events, between 0 and 1; at least one is drawn and one is
            left.
        seed: Of the draws.
        known_share: Of a test user's items, handed in as history (``held``), drawn at random; the
            rest is the test. A test user with one item is never tested.

    Source: Liang et al. 2018, section 4.1 (80/20 fold-in).
    """
    _check_share("user_share", user_share)
    _check_share("known_share", known_share)
    chosen = _drawn(interactions.users, interactions.n_users, user_share, seed, "user")
    pairs = _Pairs.of(interactions)
    rank = pairs.ranks(np.random.default_rng([seed, 1]).random(pairs.n))
    sizes = pairs.sizes[pairs.users]
    wanted = np.clip(np.rint((1 - known_share) * sizes), np.minimum(1, sizes - 1), sizes - 1)
    is_cold = chosen[interactions.users]
    in_test = is_cold & (rank < wanted)[pairs.of_event]
    name = f"cold users, {user_share:g} of users, seed {seed}"
    return _split(
        name, interactions, in_test, held=is_cold & ~in_test, guarantees=(_COLD_USER, _PAIRS)
    )


_PAIRS = "no pair of user and item is in two parts"
_KEPT = "every user with an event has one in training"
_ORDER = "no training event of a user is later than one of their test events"
_BEFORE = "every training event is before the cut, every test event at it or later"
_COLD_ITEM = "no item of the test has an event in training"
_COLD_USER = "no user of the test has an event in training"


@dataclass(frozen=True)
class _Pairs:
    """Distinct pairs of user and item, ordered by user; ``of_event`` gives the pair of an event."""

    users: NDArray[np.int64]
    of_event: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, interactions: Interactions) -> "_Pairs":
        _need_events(interactions)
        keys = interactions.users.astype(np.int64) * interactions.n_items + interactions.items
        known, of_event = np.unique(keys, return_inverse=True)
        users = known // interactions.n_items
        return cls(users, of_event, np.bincount(users, minlength=interactions.n_users))

    @property
    def n(self) -> int:
        return len(self.users)

    def ranks(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Place of each pair among those of its user by value, from 0."""
        order = np.lexsort((values, self.users))
        starts = self.sizes.cumsum() - self.sizes
        found = np.empty(self.n, np.int64)
        found[order] = np.arange(self.n) - np.repeat(starts, self.sizes)
        return found


def _need_events(interactions: Interactions) -> None:
    if len(interactions) == 0:
        raise DataInvalid(column="user", detail="there are no events to split")


def _check_share(option: str, share: float) -> None:
    if not 0 < share < 1:
        raise OptionInvalid(option=option, detail=f"{share} is not in (0, 1)")


def _drawn(codes: Codes, n_codes: int, share: float, seed: int, column: str) -> Mask:
    known = np.unique(codes)
    if len(known) < 2:
        raise DataInvalid(column=column, detail="two with events are needed to hide one")
    n_chosen = int(np.clip(round(share * len(known)), 1, len(known) - 1))
    chosen = np.zeros(n_codes, np.bool_)
    chosen[np.random.default_rng(seed).permutation(known)[:n_chosen]] = True
    return chosen


def _split(
    name: str,
    whole: Interactions,
    in_test: Mask,
    *,
    held: Mask | None = None,
    only_new: bool = False,
    guarantees: tuple[str, ...] = (),
) -> Split:
    hidden = np.zeros(len(whole), np.bool_) if held is None else held
    in_train = ~in_test & ~hidden
    dropped = np.zeros(len(whole), np.bool_)
    if only_new:
        keys = whole.users.astype(np.int64) * whole.n_items + whole.items
        dropped = in_test & np.isin(keys, keys[in_train])
        guarantees = (*guarantees, _PAIRS)
    parts = [whole.take(mask) for mask in (in_train, in_test & ~dropped, hidden, dropped)]
    return Split(name, parts[0], parts[1], parts[2], parts[3], guarantees)
