"""Learns when a course has no answer: questions asked of courses that lack their passage."""

from collections.abc import Iterable, Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.known import Known, chinese_signs
from livelore.intelligence.assist.learn import Marked
from livelore.intelligence.assist.material import Block, passages_of
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.assist.trees import Trees

N_TREES = 250
OPTIONS = {
    "objective": "binary",
    "extra_trees": True,
    "num_leaves": 8,
    "min_data_in_leaf": 60,
    "learning_rate": 0.05,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 10.0,
    "seed": 0,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
"""Compared on five parts of the questions by passage; those around them differ by noise."""
STRIDES = (2, 3, 4)
"""Of every so many passages one is left out of a course, in turn: what stands beside it and is of
its kind stays, and a question on it finds relatives of what it asks about."""
OWN_REFUSED = 0.05
"""Share of the courses' own questions that the border refuses, on passages not learnt from."""
N_FOLDS = 5


def learn_known(marked: Sequence[Marked], background: Iterable[str]) -> Known:
    """A judge of Chinese questions.

    Args:
        marked: Questions with the passage that answers each, passages of a kind near each other.
        background: Texts that tell how rare words are.
    """
    rarity = Rarity.of_texts(background)
    rows, own, groups = _examples(marked, rarity)
    held_out = np.zeros(len(own))
    for inner, outer in GroupKFold(N_FOLDS).split(rows, own, groups):
        held_out[outer] = _trees(rows[inner], own[inner]).scores(rows[outer])
    constant = -float(np.quantile(held_out[own], OWN_REFUSED))
    return Known(_trees(rows, own), constant, rarity)


def _examples(
    marked: Sequence[Marked], rarity: Rarity
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]:
    """Signs, whether the course has the passage, and number of the passage."""
    numbers = {text: at for at, text in enumerate(dict.fromkeys(each.passage for each in marked))}
    courses = [(stride, left_out) for stride in STRIDES for left_out in range(stride)]
    rows: list[NDArray[Any]] = []
    own: list[bool] = []
    for stride, left_out in courses:
        passages = [
            each
            for text, at in numbers.items()
            if at % stride != left_out
            for each in passages_of(str(at), [Block(text)])
        ]
        retriever = Retriever(index_of(passages))
        for each in marked:
            rows.append(chinese_signs(retriever, retriever.found(each.question), rarity))
            own.append(numbers[each.passage] % stride != left_out)
    groups = np.tile([numbers[each.passage] for each in marked], len(courses))
    return np.array(rows, np.float32), np.array(own), groups


def _trees(rows: NDArray[np.float32], own: NDArray[np.bool_]) -> Trees:
    data = lightgbm.Dataset(rows, own.astype(np.int64))
    return Trees.of(lightgbm.train(OPTIONS, data, N_TREES).dump_model())
