"""Learns which evidence makes a sentence the answer, from questions whose answers are marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np

from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.material import Block, passages_of
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.assist.trees import Trees

N_TREES = 150
OPTIONS = {
    "objective": "lambdarank",
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "learning_rate": 0.05,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
"""Compared on five parts of the trial questions by paragraph; those around them differ by noise."""
_NONE = Trees(np.array([-1], np.int16), np.zeros(1), np.zeros(1, np.int32), np.zeros(1, np.int32))


@dataclass(frozen=True)
class Marked:
    """A question with the passage that answers it and the words of the answer, in variants."""

    question: str
    passage: str
    answers: tuple[str, ...]


def pool_of(texts: Sequence[str]) -> Retriever:
    """All these texts as one course, each a file named by its number."""
    passages = [
        each for row, text in enumerate(texts) for each in passages_of(str(row), [Block(text)])
    ]
    return Retriever(index_of(passages), _NONE)


def learn(marked: Sequence[Marked], pool: Sequence[str]) -> Trees:
    """Trees that put sentences with the answer first.

    Args:
        marked: Their passages are in the pool.
        pool: All passages that a question could be answered from.
    """
    retriever = pool_of(pool)
    rows: list[np.ndarray[tuple[int, int], np.dtype[np.float32]]] = []
    relevant: list[bool] = []
    for each in marked:
        found = retriever.found(each.question)
        if not len(found.sentences):
            continue
        rows.append(found.evidence)
        for hit in (retriever.hit(found, at) for at in range(len(found.sentences))):
            is_own = pool[int(hit.passage.source)] == each.passage
            relevant.append(is_own and any(answer in hit.text for answer in each.answers))
    data = lightgbm.Dataset(
        np.concatenate(rows), np.array(relevant, np.int64), group=[len(part) for part in rows]
    )
    return Trees.of(lightgbm.train(OPTIONS, data, N_TREES).dump_model())
