"""Labels of content: several, in levels, corrected."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.insight_labels import run
from livelore.intelligence.insight.labels import ContentLabels, best_threshold, label_set, levels
from livelore.intelligence.text.errors import LabelsInvalid, OptionInvalid, TextNotLearnt

TEXTS = ["学习导数和积分", "矩阵与导数入门", "吉他和弦唱歌", "唱歌技巧吉他", "导数题", "学唱歌"] * 8
LABELS = [
    "education/math",
    "education/math",
    "fun/music",
    "fun/music",
    "education/math",
    "fun/music",
] * 8


def test_a_label_says_all_levels_above() -> None:
    assert levels("a/b:c") == ("a", "a/b", "a/b:c")
    assert label_set(" a/b | c |") == {"a", "a/b", "c"}
    assert label_set("") == frozenset()


def test_labels_are_learnt_and_the_lowest_level_is_told() -> None:
    model = ContentLabels().fit(TEXTS, LABELS)
    assert model.labels_ == ("education", "education/math", "fun", "fun/music")
    assert model.predict(["导数和矩阵", "吉他唱歌"]) == ["education/math", "fun/music"]


def test_several_labels_at_once_on_made_courses() -> None:
    table, _ = run(Path("made"), quick=True)
    assert table["made"] > 0.9


def test_a_correction_is_learnt() -> None:
    wrong = list(LABELS)
    texts = [*TEXTS, "量子纠缠"]
    wrong.append("fun/music")
    before = ContentLabels().fit(texts, wrong).predict(["量子纠缠"])
    after = ContentLabels().fit(texts, wrong, {len(TEXTS): "education/math"}).predict(["量子纠缠"])
    assert before == ["fun/music"]
    assert after == ["education/math"]


def test_without_always_one_a_strange_text_gets_nothing() -> None:
    model = ContentLabels(always_one=False).fit(TEXTS, LABELS)
    scores = model.scores(["zzzz"])
    assert model.predict(["zzzz"]) == [""] or scores.max() > 0


def test_a_threshold_is_where_f1_is_largest() -> None:
    scores = np.array([0.9, 0.8, 0.1, 0.0], np.float32)
    assert best_threshold(scores, np.array([True, True, False, False])) == pytest.approx(0.45)
    assert best_threshold(scores, np.zeros(4, bool)) == 0


def test_refusals() -> None:
    with pytest.raises(TextNotLearnt):
        ContentLabels().predict(["a"])
    with pytest.raises(OptionInvalid):
        ContentLabels(strength=0)
    for labels, corrections in ((["a"], None), (["a", "a"], None), (["a", "b"], {5: "a"})):
        with pytest.raises(LabelsInvalid):
            ContentLabels().fit(["x", "y"], labels, corrections)
