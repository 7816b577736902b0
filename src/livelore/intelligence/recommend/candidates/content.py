"""Content: words, labels, concepts and hosts of items in one space, where histories live too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy.sparse as sp

from livelore.intelligence.recommend.candidates.linear import LinearScorer, powers, scaled
from livelore.intelligence.recommend.candidates.rp3 import top_products
from livelore.intelligence.recommend.data import (
    Floats,
    Histories,
    Interactions,
    Items,
    Sparse,
    Users,
)
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid
from livelore.intelligence.recommend.scorer import Scorer
from livelore.intelligence.text.words import words_of

KIND_END = ":"
"""Parts a label's kind from its name: ``concept:heap``; a label without a kind is a ``label``."""
TEXT, HOST, LABEL = "text", "host", "label"


def tf_idf(documents: Sequence[Sequence[str]], texts_min: int = 2) -> tuple[Sparse, list[str]]:
    """Words as columns; ``(1 + ln n) · ln(1 + N / N_word)``, rows of length 1.

    Args:
        documents: Words of each text.
        texts_min: In how many texts a word must occur to become a column.

    Returns:
        Shape (n_texts, n_words), a text without such words all 0; the words by column, sorted.
    """
    known: dict[str, int] = {}
    rows = np.repeat(np.arange(len(documents)), [len(each) for each in documents])
    codes = [known.setdefault(word, len(known)) for each in documents for word in each]
    ones = np.ones(len(codes), np.float32)
    counts: Any = sp.coo_matrix((ones, (rows, codes)), shape=(len(documents), len(known))).tocsr()
    names = list(known)
    n_texts = np.bincount(counts.indices, minlength=len(known))
    order = np.array(sorted(np.flatnonzero(n_texts >= texts_min), key=names.__getitem__), int)
    kept = counts[:, order]
    kept.data = 1 + np.log(kept.data)
    return unit_rows(with_idf(kept)), [names[n] for n in order]


def with_idf(matrix: Sparse) -> Sparse:
    """Columns times ``ln(1 + n_rows / rows that have it)``: what all share says nothing."""
    has = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = np.log1p(matrix.shape[0] / np.maximum(has, 1))
    return scaled(matrix, np.ones(matrix.shape[0]), idf)


def unit_rows(matrix: Sparse) -> Sparse:
    """Rows of length 1; a row of zeros stays."""
    lengths = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    return scaled(matrix, powers(lengths, -0.5), np.ones(matrix.shape[1]))


def blocks_of(items: Items, texts_min: int = 2) -> dict[str, Sparse]:
    """What is known of items by kind, each of rows of length 1 (or 0 where nothing is known).

    Kinds: those of the labels (see `KIND_END`), ``text``, ``host``.

    Raises:
        DataInvalid: A column has another length than there are items, or a label is not finite.
    """
    found: dict[str, Sparse] = {}
    if items.labels is not None:
        found |= _label_blocks(items)
    if items.texts is not None:
        _check_rows(len(items.texts), len(items), TEXT)
        found[TEXT] = tf_idf(words_of(items.texts), texts_min)[0]
    hosts = items.hosts
    if hosts is not None:
        _check_rows(len(hosts), len(items), HOST)
        known = np.flatnonzero(hosts >= 0)
        ones = np.ones(len(known), np.float32)
        places = (ones, (known, hosts[known]))
        found[HOST] = sp.csr_matrix(places, shape=(len(items), int(hosts.max(initial=0)) + 1))
    return found


def _label_blocks(items: Items) -> dict[str, Sparse]:
    labels: Any = sp.csr_matrix(items.labels, dtype=np.float32)
    _check_rows(labels.shape[0], len(items), LABEL)
    if not np.isfinite(labels.data).all():
        raise DataInvalid(column=LABEL, detail="a weight is NaN or infinite")
    names = items.label_names or (LABEL,) * labels.shape[1]
    if len(names) != labels.shape[1]:
        raise DataInvalid(column=LABEL, detail=f"{len(names)} names, {labels.shape[1]} columns")
    kinds = np.array([name.split(KIND_END)[0] if KIND_END in name else LABEL for name in names])
    columns = {kind: np.flatnonzero(kinds == kind) for kind in dict.fromkeys(kinds.tolist())}
    return {kind: unit_rows(with_idf(labels[:, each])) for kind, each in columns.items()}


def _check_rows(n_rows: int, n_items: int, column: str) -> None:
    if n_rows != n_items:
        raise DataInvalid(column=column, detail=f"{n_rows} rows beside {n_items} items")


def joined(blocks: Mapping[str, Sparse], weights: Mapping[str, float] | None = None) -> Sparse:
    """One matrix of all blocks: a product of two rows is the weighted mean of their cosines.

    Args:
        blocks: See `blocks_of`.
        weights: By kind, at least 0; a kind that is not named weighs 1.

    Returns:
        Shape (n_items, n_features), CSR, float32.

    Raises:
        OptionInvalid: A weight is negative or not finite, or all are 0.
        DataInvalid: There are no blocks.
    """
    if not blocks:
        raise DataInvalid(column="items", detail="no labels, texts or hosts are known")
    given = {kind: float((weights or {}).get(kind, 1.0)) for kind in blocks}
    total = sum(given.values())
    if not all(np.isfinite(each) and each >= 0 for each in given.values()) or total <= 0:
        raise OptionInvalid(option="weights", detail=f"{given}: each at least 0, one above")
    parts = [blocks[kind] * np.sqrt(each / total) for kind, each in given.items() if each > 0]
    return sp.hstack(parts, format="csr", dtype=np.float32)


def item_features(items: Items | None, weights: Mapping[str, float] | None = None) -> Sparse:
    """`blocks_of` and `joined` in one; raises as they do, and where items are not given."""
    if items is None:
        raise DataInvalid(column="items", detail="a model of content needs the items")
    return joined(blocks_of(items), weights)


@dataclass
class ContentScorer(Scorer):
    """Cosine of what a history is about with what each item is about: one space, all pairs.

    The history's weights (watched share, decay by age) weigh its items; the cosine is between -1
    and 1, and 0 for an empty history. An item that nobody has touched is scored like any other.

    Args:
        weights: By kind of feature; see `joined`.

    Attributes:
        features_: Shape (n_items, n_features), rows of length 1, CSR.
    """

    weights: dict[str, float] = field(default_factory=dict[str, float])
    features_: Sparse | None = field(default=None, init=False, repr=False)

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Take the features of the items; what users did is not used.

        Raises:
            DataInvalid: Items are not given, or are not those of the interactions.
        """
        if items is not None:
            _check_rows(len(items), interactions.n_items, "items")
        self.features_ = unit_rows(item_features(items, self.weights))
        return self

    def scores(self, histories: Histories) -> Floats:
        """Shape (n_users, n_items): cosines."""
        features = self.learnt("features_")
        about = unit_rows(sp.csr_matrix(histories.matrix @ features))
        return np.asarray((about @ features.T).toarray(), np.float32)

    def shares(self, history: Histories, item: int) -> Floats:
        """What each event of one history adds to the cosine with an item, shape (n_events,)."""
        features = self.learnt("features_")
        length = float(sp.linalg.norm(sp.csr_matrix(history.matrix @ features)))
        alike = (features[history.items] @ features[item].T).toarray().ravel()
        return (history.weights * alike / max(length, 1e-12)).astype(np.float32)


@dataclass
class ContentKNN(LinearScorer):
    """Items of the most similar content, by cosine: `ItemKNN` for what is known instead of done.

    Args:
        k: Neighbours kept of each item.
        weights: By kind of feature; see `joined`.
    """

    k: int = 100
    weights: dict[str, float] = field(default_factory=dict[str, float])

    def fit(
        self, interactions: Interactions, items: Items | None = None, users: Users | None = None
    ) -> Self:
        """Find the neighbours; what users did is not used.

        Raises:
            OptionInvalid: ``k`` is below 1.
            DataInvalid: Items are not given, or are not those of the interactions.
        """
        self._need_above(0, "k")
        if items is not None:
            _check_rows(len(items), interactions.n_items, "items")
        features = unit_rows(item_features(items, self.weights))
        self.matrix_ = top_products(features, features.T.tocsr(), self.k)
        return self
