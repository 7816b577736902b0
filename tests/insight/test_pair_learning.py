"""Pairs are learnt from, judged unseen, kept, and refused where they teach nothing."""

from pathlib import Path

import numpy as np
import pytest

from livelore.intelligence.insight.errors import ModelUnreadable, PairsInvalid
from livelore.intelligence.insight.questions.pair_learning import (
    PAIRS_LEAST,
    learn_pairs,
    load_pairs,
    save_pairs,
)
from livelore.intelligence.insight.questions.pair_scorer import PairScorer
from tests.insight.test_questions import made

COLOURS = ("红色", "绿色", "蓝色", "黄色")
THINGS = ("导数", "积分", "矩阵", "极限", "递归", "指针", "循环", "概率")


def a_word_apart(n_pairs: int, seed: int) -> tuple[list[tuple[str, str]], list[bool]]:
    """Pairs that differ in a word or two: a colour never matters, a thing always does."""
    rng = np.random.default_rng(seed)
    pairs: list[tuple[str, str]] = []
    for number in range(n_pairs):
        colours, things = rng.choice(COLOURS, 2, False), rng.choice(THINGS, 2, False)
        has_colour, has_thing = number % 4 != 1, number % 2 == 1
        other = f"{colours[int(has_colour)]}的{things[int(has_thing)]}题目选什么"
        pairs.append((f"{colours[0]}的{things[0]}题目选什么", other))
    return pairs, [number % 2 == 0 for number in range(n_pairs)]


def test_learning_is_judged_beside_the_weights_set_by_hand() -> None:
    learnt = learn_pairs(*a_word_apart(200, 0))
    assert learnt.accuracy > learnt.by_hand + learnt.margin
    assert learnt.is_better
    assert (learnt.n_pairs, learnt.share_same) == (200, 0.5)


def test_labels_of_chance_teach_nothing_and_that_is_said() -> None:
    pairs, _ = made(200, 0)
    noise = np.random.default_rng(1).random(200) < 0.5
    learnt = learn_pairs(pairs, noise)
    assert learnt.accuracy < 0.65
    assert not learnt.is_better


def test_what_was_learnt_is_the_same_from_its_file(tmp_path: Path) -> None:
    pairs, same = made(60, 0)
    scorer = learn_pairs(pairs, same).scorer
    save_pairs(scorer, tmp_path / "pairs.model")
    again = load_pairs(tmp_path / "pairs.model")
    np.testing.assert_array_equal(again.scores(pairs), scorer.scores(pairs))


def test_files_that_hold_no_scorer_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.model"
    with pytest.raises(ModelUnreadable):
        load_pairs(path)
    path.write_bytes(b"PK no zip")
    with pytest.raises(ModelUnreadable):
        load_pairs(path)
    save_pairs(PairScorer(), path)  # never fitted
    with pytest.raises(ModelUnreadable, match="no scorer"):
        load_pairs(path)
    older = PairScorer.by_hand()
    assert older.coefficients_ is not None
    older.coefficients_ = older.coefficients_[:-5]
    save_pairs(older, path)
    with pytest.raises(ModelUnreadable, match="another version"):
        load_pairs(path)


def test_too_few_pairs_are_refused() -> None:
    pairs, same = made(PAIRS_LEAST, 0)
    for n, labels in (
        (PAIRS_LEAST - 1, same[:-1]),
        (PAIRS_LEAST, same[:-1]),
        (PAIRS_LEAST, [True] * PAIRS_LEAST),
        (PAIRS_LEAST, [n < 4 for n in range(PAIRS_LEAST)]),
    ):
        with pytest.raises(PairsInvalid):
            learn_pairs(pairs[:n], labels)
