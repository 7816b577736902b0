"""Portraits of all users in one object: fit, assign, names, a table; saved as one file."""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, get_args

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.portraits.choice import Choice, Criterion, choose_k
from livelore.intelligence.portraits.clusterers.clusterer import Clusterer
from livelore.intelligence.portraits.clusterers.density import Density
from livelore.intelligence.portraits.clusterers.graph import Agglomerative, Spectral
from livelore.intelligence.portraits.clusterers.kmeans import KMeans, MiniBatch
from livelore.intelligence.portraits.clusterers.lloyd import Labels
from livelore.intelligence.portraits.clusterers.mixture import Mixture
from livelore.intelligence.portraits.data import UserTable
from livelore.intelligence.portraits.errors import DataInvalid, NotFitted, OptionInvalid
from livelore.intelligence.portraits.levels import Levels, interests_text, levels_of
from livelore.intelligence.portraits.means import means_by
from livelore.intelligence.portraits.naming import Name, names_of
from livelore.intelligence.portraits.scaling import SkewScaler
from livelore.intelligence.portraits.stability import (
    Drift,
    Snapshot,
    drift,
    nearness,
    numbers_by_overlap,
    renumbered,
    snapshot,
)
from livelore.intelligence.portraits.words import NOISE

Method = Literal["kmeans", "minibatch", "gmm", "hdbscan", "spectral", "agglomerative", "deep"]
METHODS: tuple[Method, ...] = get_args(Method)
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_CLUSTERERS: dict[str, type[Clusterer]] = {
    "kmeans": KMeans,
    "minibatch": MiniBatch,
    "gmm": Mixture,
    "hdbscan": Density,
    "spectral": Spectral,
    "agglomerative": Agglomerative,
}
_OWN_CRITERION: dict[str, Criterion] = {"gmm": "bic"}


class Earlier(Protocol):
    """Whose segment numbers a new fit keeps: an earlier model, or what is left of one."""

    @property
    def next_number_(self) -> int:
        """The first number never given."""
        ...

    def numbers_for(self, users: UserTable, labels: Labels, n_clusters: int) -> NDArray[np.int64]:
        """See `Portraits.numbers_for`."""
        ...


@dataclass(frozen=True)
class Assigned:
    """Segments of users.

    Attributes:
        segments: Number of each user's segment, shape (n_users,); -1: none (noise).
        probabilities: Membership in it, shape (n_users,).
        names: By segment number.
        spending: Position in `words.LEVELS` of each user; -1: no such column.
        social: The same.
        interests: Text a user, labels joined by ``|``: an array of codes and the texts.
    """

    segments: Labels
    probabilities: NDArray[np.float32]
    names: dict[int, Name]
    spending: NDArray[np.int8]
    social: NDArray[np.int8]
    interests: tuple[NDArray[np.int32], tuple[str, ...]]

    def segment_names(self, language: Language = "en") -> tuple[NDArray[np.int32], tuple[str, ...]]:
        """Name of each user's segment, as codes and the texts."""
        numbers = [-1, *sorted(self.names)]
        noise = Name(*NOISE)
        texts = tuple(getattr(self.names.get(n, noise), language) for n in numbers)
        return np.searchsorted(numbers, self.segments).astype(np.int32), texts


@dataclass
class Portraits:
    """Divides users into named segments whose numbers last.

    Args:
        method: One of `METHODS`; "deep" needs the extra ``deep``.
        k: Number of segments, or "auto": chosen among 2 to ``k_max``, or 1 when there is no
            structure. "hdbscan" finds its own number.
        k_max: Most segments that "auto" tries.
        criterion: See `choice.choose_k`; None: BIC for "gmm", else silhouette.
        seed: Of samples and starts; the choice of k does not depend on it, so that another seed
            finds as many segments.

    Attributes:
        columns_: Names of the features it was fitted on.
        choice_: How many segments and why; None when k was given.
        names_: By segment number.
        notes_: What was left out or filled in.
        next_number_: The first segment number never given.
    """

    method: Method = "kmeans"
    k: int | Literal["auto"] = "auto"
    k_max: int = 12
    criterion: Criterion | None = None
    seed: int = 0
    columns_: tuple[str, ...] | None = field(default=None, init=False)
    scaler_: SkewScaler | None = field(default=None, init=False)
    clusterer_: Clusterer | None = field(default=None, init=False)
    numbers_: NDArray[np.int64] | None = field(default=None, init=False)
    choice_: Choice | None = field(default=None, init=False)
    names_: dict[int, Name] = field(default_factory=dict, init=False)
    levels_: dict[str, Levels] = field(default_factory=dict, init=False)
    snapshot_: Snapshot | None = field(default=None, init=False)
    notes_: tuple[str, ...] = field(default=(), init=False)
    next_number_: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionInvalid(option="method", detail=f"{self.method!r} is not in {METHODS}")
        is_count = isinstance(self.k, int) and not isinstance(self.k, bool) and self.k >= 1
        if self.k != "auto" and not is_count:
            raise OptionInvalid(option="k", detail=f"{self.k!r}: a number from 1, or auto")
        if self.k_max < 2:
            raise OptionInvalid(option="k_max", detail=f"{self.k_max!r}: at least 2")

    def fit(self, users: UserTable, like: Earlier | None = None) -> Self:
        """Learn segments.

        Args:
            users: One row a user.
            like: An earlier model: segments that share most users with one of its segments keep
                that one's number.

        Raises:
            DataInvalid: No user; ``like`` was fitted on other columns.
            OptionInvalid: More segments than users.
        """
        self.fit_assign(users, like)
        return self

    def fit_assign(self, users: UserTable, like: Earlier | None = None) -> Assigned:
        """`fit`, and `assign` of the same users at the price of one."""
        if not len(users):
            raise DataInvalid(column="*", detail="no user")
        self.columns_ = users.names
        self.scaler_ = SkewScaler(names=users.names).fit(users.values)
        scaled = self._scaled(users)
        self.choice_, self.clusterer_ = self._fitted(scaled)
        labels = self.clusterer_.labels_
        n_clusters = len(self.clusterer_.cluster_centers_)
        self.numbers_, self.next_number_ = np.arange(n_clusters), n_clusters
        if like is not None:
            self.numbers_ = like.numbers_for(users, labels, n_clusters)
            self.next_number_ = max(like.next_number_, int(self.numbers_.max()) + 1)
        kept = [int(each) for each in self.scaler_.kept_]
        names = names_of(users.names, users.values, scaled[:, : len(kept)], kept, labels)
        self.names_ = {int(self.numbers_[n]): name for n, name in enumerate(names)}
        self.levels_ = {
            block: levels_of(users.names, block, users.values) for block in ("spending", "social")
        }
        segments = renumbered(labels, self.numbers_)
        self.snapshot_ = snapshot(tuple(users.names[n] for n in kept), scaled, segments, None)
        self.notes_ = (*users.notes, *self.scaler_.notes_)
        chances = self.clusterer_.predict_with_probability(scaled)[1]
        return self._told(users, segments, chances)

    def assign(self, users: UserTable) -> Assigned:
        """Segments of any users.

        Raises:
            NotFitted: Before `fit`.
            DataInvalid: A column of the fit is missing.
        """
        users = self._same_columns(users)
        if self.clusterer_ is None or self.numbers_ is None:
            raise NotFitted(model="Portraits")
        labels, chances = self.clusterer_.predict_with_probability(self._scaled(users))
        return self._told(users, renumbered(labels, self.numbers_), chances)

    def numbers_for(self, users: UserTable, labels: Labels, n_clusters: int) -> NDArray[np.int64]:
        """Which of this model's numbers the clusters of a new fit get, shape (n_clusters,).

        Args:
            users: Whom both models know.
            labels: Their clusters in the new fit.
            n_clusters: Of the new fit.

        Raises:
            NotFitted: Before `fit`.
            DataInvalid: A column of this fit is missing.
        """
        users = self._same_columns(users)
        if self.snapshot_ is None:
            raise NotFitted(model="Portraits")
        centres, _ = means_by(self._scaled(users), labels, n_clusters)
        near = nearness(self.snapshot_.centres, centres)
        before = self.assign(users).segments
        numbers = numbers_by_overlap(before, labels, self.next_number_, near)
        first = max(self.next_number_, int(numbers.max(initial=-1)) + 1)
        # clusters at the end that no user is in
        return np.concatenate([numbers, first + np.arange(n_clusters - len(numbers))])

    def drift(self, users: UserTable) -> Drift:
        """How far these users, assigned by this model, are from those it was fitted on.

        Raises:
            NotFitted: Before `fit`.
            DataInvalid: A column of the fit is missing, or no user.
        """
        users = self._same_columns(users)
        if self.snapshot_ is None or not len(users):
            raise DataInvalid(column="*", detail="no user")
        segments = self.assign(users).segments
        now = snapshot(self.snapshot_.names, self._scaled(users), segments, self.snapshot_)
        return drift(self.snapshot_, now)

    def _scaled(self, users: UserTable) -> NDArray[np.float32]:
        if self.scaler_ is None:
            raise NotFitted(model="Portraits")
        if not len(self.scaler_.kept_):  # every column has one value: all users are alike
            return np.zeros((len(users), 1), np.float32)
        if not len(users):
            return np.zeros((0, len(self.scaler_.kept_)), np.float32)
        return self.scaler_.transform_single(users.values)

    def _fitted(self, scaled: NDArray[np.float32]) -> tuple[Choice | None, Clusterer]:
        kind: Any = _deep() if self.method == "deep" else _CLUSTERERS[self.method]
        if self.method == "hdbscan":
            is_small = len(scaled) < 2
            return None, (KMeans(1) if is_small else kind(random_state=self.seed)).fit(scaled)
        choice, k = None, self.k
        if k == "auto":
            criterion = self.criterion or _OWN_CRITERION.get(self.method, "silhouette")
            tried = range(2, self.k_max + 1)
            choice = choose_k(scaled, tried, criterion=criterion)
            k = choice.k
        if k == 1:
            kind = KMeans
        return choice, kind(n_clusters=k, random_state=self.seed).fit(scaled)

    def _same_columns(self, users: UserTable) -> UserTable:
        if self.columns_ is None:
            raise NotFitted(model="Portraits")
        if users.names == self.columns_:
            return users
        values = [users.column(name) for name in self.columns_]
        return UserTable(users.ids, np.stack(values, axis=1), self.columns_, users.notes)

    def _told(self, users: UserTable, segments: Labels, chances: NDArray[np.float32]) -> Assigned:
        levels = {
            block: self.levels_[block].of(users.names, users.values)
            for block in ("spending", "social")
        }
        told = interests_text(users.names, users.values)
        return Assigned(segments, chances, self.names_, levels["spending"], levels["social"], told)


def _deep() -> Any:  # Any: its module loads torch, which only this method needs
    from livelore.intelligence.portraits.deep.embedded import Embedded  # noqa: PLC0415

    return Embedded
