"""Words that stand in the same company, as numbers of clusters learnt from unlabelled texts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import rjieba
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils.extmath import randomized_svd

from livelore.intelligence.text.codepoints import folded_text
from livelore.intelligence.text.errors import TextNotLearnt

WORDS_MAX = 25_000
SEEN_MIN = 5
WINDOW = 4
"""Words to each side that are company; one at distance d counts 1 / d."""
SMOOTHED = 0.75
"""Power of how often company is seen, so that rare company does not weigh most."""
N_FACTORS = 100


@dataclass
class WordClusters:
    """Finer and coarser clusters of words by their company.

    Args:
        sizes: Numbers of clusters, one column each.
        seed: Of the factors and of the clusters.

    Attributes:
        words_: The commonest words of the texts, object array.
        clusters_: Of each word, from 1, shape (n_words, n_sizes).

    Source: Levy and Goldberg, NIPS 2014 (positive pointwise mutual information, factored); clusters
    of words as features of names: Miller et al., NAACL 2004.
    """

    sizes: tuple[int, ...] = (64, 300)
    seed: int = 0
    words_: NDArray[Any] | None = field(default=None, init=False, repr=False)
    clusters_: NDArray[np.int64] | None = field(default=None, init=False, repr=False)

    def fit(self, texts: Iterable[str]) -> Self:
        """Learn from texts without labels; too few words for a size give fewer clusters."""
        cut = [[each for each in _cut(folded_text(text)) if each.isalnum()] for text in texts]
        counts = Counter(each for words in cut for each in words)
        kept = [word for word, n in counts.most_common(WORDS_MAX) if n >= SEEN_MIN]
        vectors = _vectors(cut, kept, self.seed)
        self.words_ = np.array(kept, object)
        self.clusters_ = np.stack(
            [self._clusters(vectors, size) for size in self.sizes], axis=1
        ).astype(np.int64)
        return self

    def _clusters(self, vectors: NDArray[np.float64], size: int) -> NDArray[np.int64]:
        model = MiniBatchKMeans(
            min(size, len(vectors)), random_state=self.seed, batch_size=4096, max_iter=30
        )
        labels: Any = model.fit(vectors).labels_
        return np.asarray(labels, np.int64) + 1

    def columns(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Clusters of the word that each character is in, 0 for an unknown word.

        Returns:
            Shape (n_characters, n_sizes).

        Raises:
            TextNotLearnt: There was no fit.
        """
        if self.words_ is None or self.clusters_ is None:
            raise TextNotLearnt(model=type(self).__name__)
        rows = {str(word): row for row, word in enumerate(self.words_)}
        places = [
            rows.get(folded_text(word), -1)
            for text in texts
            for word in _cut(text)
            for _ in range(len(word))
        ]
        with_unknown = np.concatenate([self.clusters_, np.zeros((1, len(self.sizes)), np.int64)])
        return with_unknown[np.array(places, np.int64)]


def _cut(text: str) -> list[str]:
    return rjieba.cut(text.encode("utf-8", "replace").decode())  # lone surrogates


def _vectors(cut: list[list[str]], kept: list[str], seed: int) -> NDArray[np.float64]:
    """One of length 1 for each kept word."""
    number = {word: at for at, word in enumerate(kept)}
    gap = [""] * WINDOW
    flat = np.array([number.get(each, -1) for words in cut for each in [*words, *gap]], np.int64)
    n = len(kept)
    company: Any = sp.csr_matrix((n, n), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = flat[:-distance], flat[distance:]
        both = (left >= 0) & (right >= 0)
        found = sp.coo_matrix(
            (np.full(int(both.sum()), 1 / distance), (left[both], right[both])), shape=(n, n)
        ).tocsr()
        company = company + found + found.T
    told = _mutual_information(company.tocoo())
    factored: Any = randomized_svd  # Any: its stubs want text for n_iter
    left, values, _ = factored(told, min(N_FACTORS, n - 1), n_iter=3, random_state=seed)
    vectors = left * np.sqrt(values)
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)


def _mutual_information(company: Any) -> Any:
    """What two words tell of each other where they are seen together more than by chance."""
    often = np.bincount(company.row, company.data, minlength=company.shape[0])
    smoothed = often**SMOOTHED
    told = np.log(company.data * smoothed.sum() / (often[company.row] * smoothed[company.col]))
    kept = told > 0
    return sp.csr_matrix((told[kept], (company.row[kept], company.col[kept])), shape=company.shape)
