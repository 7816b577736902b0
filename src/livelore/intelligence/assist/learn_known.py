"""Learns when a course has no answer: Chinese questions, also of courses without their passage."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.known import ChineseJudge
from livelore.intelligence.assist.learn import Marked
from livelore.intelligence.assist.material import Block, passages_of
from livelore.intelligence.assist.rarity import Rarity
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.assist.short_questions import short_questions
from livelore.intelligence.assist.signs import chinese_signs
from livelore.intelligence.assist.trees import Trees

N_TREES = 500
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
BLOCK = 16
"""Passages in a row of which a small course has two of three; it is asked on all of them and on
`STRANGERS` of a block further on. Scores and rarity mean something else where there is little."""
STRANGERS = 4
FURTHER = 7
SHORT_WEIGHT = 0.25
"""Of a made question beside one that a person wrote."""
OWN_REFUSED = 0.05
"""Share of the courses' own questions that the border refuses: those that people wrote, asked of
courses of every second passage (other courses have more relatives of each), not learnt from."""
N_FOLDS = 5
NEIGHBOURS = 4
"""Passages in a row that are in one fold."""


@dataclass(frozen=True)
class _Question:
    text: str
    passage: int
    words: tuple[str, ...] = ()
    """Of a made one."""


@dataclass(frozen=True)
class _Examples:
    rows: NDArray[np.float32]
    own: NDArray[np.bool_]
    passages: NDArray[np.int64]
    made: NDArray[np.bool_]
    halved: NDArray[np.bool_]
    """Whether the course has every second passage."""

    def trees(self, among: NDArray[np.bool_]) -> Trees:
        weights = np.where(self.made, SHORT_WEIGHT, 1.0)[among]
        data = lightgbm.Dataset(self.rows[among], self.own[among].astype(np.int64), weight=weights)
        return Trees.of(lightgbm.train(OPTIONS, data, N_TREES).dump_model())


def learn_chinese(marked: Sequence[Marked], background: Iterable[str]) -> ChineseJudge:
    """A judge of Chinese questions.

    Args:
        marked: Questions with the passage that answers each, passages of a kind near each other.
        background: Texts that tell how rare words are.
    """
    rarity = Rarity.of_texts(background)
    examples = _examples(marked, rarity)
    fold = examples.passages // NEIGHBOURS % N_FOLDS
    held_out = np.zeros(len(fold))
    for each in range(N_FOLDS):
        held_out[fold == each] = examples.trees(fold != each).scores(examples.rows[fold == each])
    written = examples.own & ~examples.made & examples.halved
    constant = -float(np.quantile(held_out[written], OWN_REFUSED))
    return ChineseJudge(examples.trees(np.full(len(fold), True)), round(constant, 4), rarity)


def _examples(marked: Sequence[Marked], rarity: Rarity) -> _Examples:
    numbers = {text: at for at, text in enumerate(dict.fromkeys(each.passage for each in marked))}
    texts = list(numbers)
    asks = [_Question(each.question, numbers[each.passage]) for each in marked]
    asks += [_Question(s.question, s.passage, s.words) for s in short_questions(texts, rarity)]
    found: list[tuple[NDArray[Any], bool, int, bool, bool]] = []
    for course, among, stride in _courses(len(texts)):
        retriever = Retriever(
            index_of([each for at in course for each in passages_of(str(at), [Block(texts[at])])])
        )
        for ask in asks:
            is_own = ask.passage in course
            if ask.passage not in among or (not is_own and _is_said(ask, course, texts)):
                continue
            signs = chinese_signs(retriever, retriever.found(ask.text), rarity)
            found.append((signs, is_own, ask.passage, bool(ask.words), stride == STRIDES[0]))
    rows, own, passages, made, halved = (np.array(each) for each in zip(*found, strict=True))
    return _Examples(rows.astype(np.float32), own, passages, made, halved)


def _courses(n: int) -> Iterator[tuple[dict[int, None], frozenset[int], int]]:
    """Passages of a course in order, those whose questions it is asked, its stride (small: 0)."""
    for stride in STRIDES:
        for left_out in range(stride):
            kept = (at for at in range(n) if at % stride != left_out)
            yield dict.fromkeys(kept), frozenset(range(n)), stride
    blocks = [range(begin, min(begin + BLOCK, n)) for begin in range(0, n, BLOCK)]
    for number, block in enumerate(blocks if len(blocks) > 1 else ()):
        strangers = blocks[(number + FURTHER) % len(blocks)][:STRANGERS]
        for left_out in range(3):
            kept = (at for at in block if (at + left_out) % 3)
            yield dict.fromkeys(kept), frozenset((*block, *strangers)), 0


def _is_said(ask: _Question, course: Iterable[int], texts: Sequence[str]) -> bool:
    """Whether a passage of the course has all words of a made question: it is not foreign then."""
    return bool(ask.words) and any(all(w in texts[at] for w in ask.words) for at in course)
