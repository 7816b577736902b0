"""Hides a group, such as gender, in the vectors that a recommender serves; no PyTorch.

What a platform hands on of a user (to a vector index, to a partner, into a log) is their vector,
and from a plain one the gender is read with AUC .85 on ML-1M. Two ways to hide it:

- ``projection`` removes, with the least change, every direction in which the groups' means differ
  (LEACE). It needs no user's group at serving time and stops every *linear* attacker.
- ``transport`` moves each group onto the middle of all groups (Gaussian optimal transport to their
  barycentre), so that means and covariances agree and non-linear attackers find nothing either. It
  needs the group of whom it moves; who did not state one gets the projection.

A third, without the group and by training against adversaries, is `deep.hider`. What each costs
and hides is measured by ``livelore bench deep``.
"""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.component import Component
from livelore.intelligence.recommend.data import (
    Codes,
    Floats,
    Histories,
    Interactions,
    Items,
    Users,
)
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer

WAYS = ("transport", "projection", "none")
UNKNOWN = -1
Doubles = NDArray[np.float64]
SMALLEST = 1e-9
"""Of eigenvalues, as a share of the largest, so that a root has an inverse."""
BARYCENTRE_ROUNDS = 10
"""The fixed point is reached to the sixth digit in fewer."""


@dataclass
class Hider(Component):
    """Learns from vectors and groups how to move vectors.

    Args:
        way: ``transport``, ``projection`` or ``none``.
        strength: Share of the way that a vector is moved. At 1 the users of the fit match so
            exactly that an attacker who knows some of their groups can infer the others by the
            opposite sign; a little less hides better, and costs less.
    """

    way: str = "transport"
    strength: float = 0.8
    projection_: Doubles | None = field(default=None, init=False)
    centre_: Doubles | None = field(default=None, init=False)
    means_: Doubles | None = field(default=None, init=False)
    maps_: Doubles | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise OptionInvalid(option="way", detail=f"one of {', '.join(WAYS)}")
        if not 0 <= self.strength <= 1:
            raise OptionInvalid(option="strength", detail="from 0 to 1")

    def fit(self, vectors: ArrayLike, groups: ArrayLike) -> Self:
        """Learn.

        Args:
            vectors: Shape (n_users, n_factors), finite.
            groups: Codes from 0, shape (n_users,); -1: not known, left out.

        Raises:
            DataInvalid: Shapes differ, or a group has fewer than two users.
        """
        given, codes = _checked(vectors, groups)
        known = codes >= 0
        given, codes = given[known], codes[known]
        sizes = np.bincount(codes)
        if len(sizes) < 2 or sizes.min() < 2:
            raise DataInvalid(column="groups", detail="two groups of two users each are needed")
        parts = [given[codes == n] for n in range(len(sizes))]
        shares = sizes / sizes.sum()
        centre, means = given.mean(0), np.stack([each.mean(0) for each in parts])
        self.centre_, self.means_ = centre, means
        self.projection_ = _eraser(given, means - centre)
        spreads = [_spread(each) for each in parts]
        middle = _barycentre(spreads, shares)
        self.maps_ = np.stack([_transport(each, middle) for each in spreads])
        return self

    def moved(self, vectors: ArrayLike, groups: ArrayLike | None = None) -> Doubles:
        """Vectors after hiding, of the same shape.

        Args:
            vectors: Shape (n_users, n_factors).
            groups: Codes, -1 for not known; None: nobody's is known.
        """
        centre, maps = self.learnt("centre_"), self.learnt("maps_")
        given = np.asarray(vectors, np.float64)
        if self.way == "none":
            return given
        found = self.projected(given)
        if groups is None or self.way == "projection":
            return found
        codes = np.asarray(groups)
        if codes.max(initial=0) >= len(maps):
            raise DataInvalid(column="groups", detail=f"the fit knew {len(maps)} groups")
        for n, mean in enumerate(self.learnt("means_")):
            own = codes == n
            there = (given[own] - mean) @ maps[n] + centre
            found[own] = given[own] + self.strength * (there - given[own])
        return found

    def projected(self, vectors: Doubles) -> Doubles:
        """Without the directions of the means' differences, as far as ``strength`` says."""
        centre = self.learnt("centre_")
        there = (vectors - centre) @ self.learnt("projection_").T + centre
        return np.asarray(vectors + self.strength * (there - vectors))


def _checked(vectors: ArrayLike, groups: ArrayLike) -> tuple[Doubles, Codes]:
    given, codes = np.asarray(vectors, np.float64), np.asarray(groups)
    if given.ndim != 2 or codes.shape != given.shape[:1]:
        raise DataInvalid(column="groups", detail=f"shape {codes.shape} beside {given.shape}")
    if not np.isfinite(given).all():
        raise DataInvalid(column="vectors", detail="NaN or infinite")
    return given, codes.astype(np.int32)


def _spread(values: Doubles) -> Doubles:
    return np.atleast_2d(np.cov(values.T))


def _power(matrix: Doubles, power: float) -> Doubles:
    values, vectors = np.linalg.eigh(matrix)
    floor = SMALLEST * max(float(values[-1]), SMALLEST)
    return np.asarray((vectors * np.maximum(values, floor) ** power) @ vectors.T)


def _eraser(values: Doubles, differences: Doubles) -> Doubles:
    """Belrose et al. 2023, "LEACE", theorem 4.3: the least change after which the means agree."""
    spread = _spread(values)
    white, back = _power(spread, -0.5), _power(spread, 0.5)
    left, sizes, _ = np.linalg.svd(white @ differences.T, full_matrices=False)
    left = left[:, sizes > SMALLEST * max(float(sizes[0]), SMALLEST)]
    return np.asarray(np.eye(len(spread)) - back @ left @ left.T @ white)


def _transport(source: Doubles, target: Doubles) -> Doubles:
    """The symmetric matrix that takes one covariance to the other with the least change."""
    root, inverse = _power(source, 0.5), _power(source, -0.5)
    return np.asarray(inverse @ _power(root @ target @ root, 0.5) @ inverse)


def _barycentre(spreads: list[Doubles], shares: Doubles) -> Doubles:
    """Alvarez-Esteban et al. 2016: the covariance in the middle of some."""
    middle = np.einsum("g,gij->ij", shares, np.stack(spreads))
    for _ in range(BARYCENTRE_ROUNDS):
        root, inverse = _power(middle, 0.5), _power(middle, -0.5)
        mean = sum(
            share * _power(root @ each @ root, 0.5)
            for share, each in zip(shares, spreads, strict=True)
        )
        middle = inverse @ mean @ mean @ inverse
    return np.asarray(middle)


@dataclass
class HiddenGroups(Scorer):
    """A linear model whose user vectors do not tell a group.

    Vectors are sums over the history of a denoising item-item model of reduced rank; they are
    moved by a `Hider`; then the scores of items are fitted anew to the moved vectors, so that the
    ranking keeps what it can. The model's file holds the groups of the users of the fit.

    Args:
        group: Column of ``users.features`` with whole numbers from 0; NaN: not known.
        hider: The way and its strength.
        n_factors: Of the vectors.
        regularization: L2 of the item-item model.
        dropout: Share of events that the model learns to do without.

    Source: Steck 2020, "Autoencoders that don't overfit towards the identity" (the model).
    """

    group: str = "gender"
    hider: Hider = field(default_factory=Hider)
    n_factors: int = 128
    regularization: float = 300.0
    dropout: float = 0.5
    fold_in_: Floats | None = field(default=None, init=False)
    item_factors_: Floats | None = field(default=None, init=False)
    decoder_: Floats | None = field(default=None, init=False)
    groups_: Codes | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.n_factors < 1 or not self.regularization > 0 or not 0 <= self.dropout < 1:
            raise OptionInvalid(
                option="n_factors, regularization, dropout", detail="above 0; a share below 1"
            )

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Learn from events and from the column ``group`` of ``users``.

        Raises:
            DataInvalid: ``users`` lacks the column, or holds other than whole numbers there.
        """
        del items
        groups = group_codes(users, self.group, interactions.n_users)
        weights = item_weights(interactions, self.regularization, self.dropout)
        gram = (interactions.matrix.T @ interactions.matrix).toarray().astype(np.float64)
        _, vectors = np.linalg.eigh(weights.T @ gram @ weights)
        factors = vectors[:, ::-1][:, : self.n_factors]
        self.fold_in_ = (weights @ factors).astype(np.float32)
        self.groups_ = groups
        self.item_factors_ = factors.astype(np.float32)
        return self._hide(interactions.histories)

    def rehidden(self, other: "HiddenGroups", interactions: Interactions) -> Self:
        """Fitted like another of the same options, but for the hider: the dear part is shared."""
        self.fold_in_, self.item_factors_ = other.learnt("fold_in_"), other.learnt("item_factors_")
        self.groups_ = other.learnt("groups_")
        return self._hide(interactions.histories)

    def _hide(self, histories: Histories) -> Self:
        plain, groups = self._plain(histories), self.learnt("groups_")
        self.hider.fit(plain, groups)
        moved = self.hider.moved(plain, groups)
        self.decoder_ = _decoder(moved, plain @ self.learnt("item_factors_").T)
        return self

    def _plain(self, histories: Histories) -> Doubles:
        matrix = histories.matrix
        sums = np.maximum(np.asarray(matrix.sum(1)).ravel(), SMALLEST)
        return np.asarray((matrix @ self.learnt("fold_in_")) / np.sqrt(sums)[:, None], np.float64)

    def vectors(self, histories: Histories) -> Doubles:
        """What is served of users, after hiding, shape (n_users, n_factors)."""
        groups = np.full(len(histories), UNKNOWN)
        if histories.users is not None:
            known = histories.users >= 0
            groups[known] = self.learnt("groups_")[histories.users[known]]
        return self.hider.moved(self._plain(histories), groups)

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items)."""
        decoder = self.learnt("decoder_")
        vectors = self.vectors(histories).astype(np.float32)
        return np.asarray(vectors @ decoder[:-1] + decoder[-1], np.float32)


def item_weights(interactions: Interactions, regularization: float, dropout: float) -> Doubles:
    """Item-item weights with an empty diagonal, shape (n_items, n_items)."""
    if not len(interactions):
        raise DataInvalid(column="item", detail="no event to learn from")
    gram = (interactions.matrix.T @ interactions.matrix).toarray().astype(np.float64)
    counts = np.diag(gram).copy()
    gram[np.diag_indices_from(gram)] += regularization + dropout / (1 - dropout) * counts
    inverse = np.linalg.inv(gram)
    found = -inverse / np.diag(inverse)
    np.fill_diagonal(found, 0)
    return np.asarray(found)


def _decoder(vectors: Doubles, wanted: Doubles) -> Floats:
    given = np.column_stack([vectors, np.ones(len(vectors))])
    gram = given.T @ given
    ridge = 1e-6 * np.trace(gram) / len(gram) + SMALLEST
    solved = np.linalg.solve(gram + ridge * np.eye(len(gram)), given.T @ wanted)
    return np.asarray(solved, np.float32)


def group_codes(users: Users | None, name: str, n_users: int) -> Codes:
    """A column of portraits as codes, -1 where it is NaN, shape (n_users,)."""
    if users is None or name not in users.names or len(users) != n_users:
        raise DataInvalid(column=name, detail=f"users with this column and {n_users} rows needed")
    given: Any = np.asarray(users.features[:, users.names.index(name)], np.float64)
    known = np.isfinite(given)
    if (given[known] != np.floor(given[known])).any() or (given[known] < 0).any():
        raise DataInvalid(column=name, detail="a group is a whole number from 0")
    return np.where(known, given, UNKNOWN).astype(np.int32)
