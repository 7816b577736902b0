"""Chapters: planted ones are found from words, slides and messages; errors by hand."""

import numpy as np
import pytest

from livelore.intelligence.insight.chapters import Chapters, Spoken, stem, window_errors
from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.insight.messages import Messages

COMMON = [
    "so",
    "now",
    "we",
    "can",
    "see",
    "that",
    "this",
    "and",
    "then",
    "it",
    "goes",
    "here",
    "again",
    "right",
    "well",
]
OWN = (
    ["derivative", "tangent", "slope", "limit"],
    ["matrix", "determinant", "inverse", "column"],
    ["photosynthesis", "leaf", "chlorophyll", "light"],
    ["recursion", "stack", "function", "pointer"],
)
LENGTH_S = 400.0


def lecture(seed: int, share: float = 0.25) -> Spoken:
    """Four chapters of one length, a line every five seconds, most words common to all."""
    rng = np.random.default_rng(seed)
    at = np.arange(0, 4 * LENGTH_S, 5.0)
    lines = []
    for each in at:
        own = OWN[int(each // LENGTH_S)]
        drawn = [str(rng.choice(own if rng.random() < share else COMMON)) for _ in range(10)]
        lines.append(" ".join(drawn))
    return Spoken.of(lines, at)


@pytest.mark.parametrize("n_chapters", [None, 4])
def test_planted_chapters_are_found_within_ten_seconds(n_chapters: int | None) -> None:
    for seed in range(3):
        found = Chapters(n_chapters=n_chapters).of(lecture(seed))
        assert [each.begin for each in found] == pytest.approx([0, 400, 800, 1200], abs=20)
        assert [a.end for a in found[:-1]] == [b.begin for b in found[1:]]
        for chapter, own in zip(found, OWN, strict=True):
            assert set(chapter.words[:2]) <= set(own)
            assert chapter.title.split(" · ")[0] in own


def test_a_lecture_about_one_thing_is_one_chapter() -> None:
    rng = np.random.default_rng(0)
    at = np.arange(0, 1_600, 5.0)
    texts = [" ".join(rng.choice(OWN[0] + COMMON, 10)) for _ in at]
    assert len(Chapters().of(Spoken.of(texts, at))) == 1


def test_a_change_of_slides_draws_a_cut() -> None:
    spoken = lecture(1, share=0.15)
    slides = [403.0, 807.0, 1_195.0, 1_400.0]
    with_slides = [each.begin for each in Chapters().of(spoken, slides)]
    assert set(with_slides[1:]) <= set(slides)
    assert with_slides[1:4] == slides[:3]


def test_messages_tell_what_the_teacher_does_not() -> None:
    at = np.arange(0, 800, 5.0)
    rng = np.random.default_rng(4)
    spoken = Spoken.of([" ".join(rng.choice(COMMON, 10)) for _ in at], at)
    written = [" ".join(rng.choice(OWN[int(each >= 406)], 3)) for each in at]
    assert len(Chapters().of(spoken)) == 1
    found = Chapters().of(spoken, messages=Messages.of(written, at))
    assert [each.begin for each in found] == pytest.approx([0, 400], abs=20)


def test_nothing_and_little() -> None:
    assert Chapters().of(Spoken.of([], [])) == []
    only = Chapters().of(Spoken.of(["导数的定义"], [3.0]))
    assert [(each.begin, each.end) for each in only] == [(3.0, 3.0)]
    with pytest.raises(MessagesInvalid):
        Spoken.of(["a"], [np.nan])


def test_errors_by_hand() -> None:
    wanted = np.zeros(12, np.bool_)
    wanted[[4, 8]] = True
    assert window_errors(wanted, wanted) == (0.0, 0.0)
    none = np.zeros(12, np.bool_)
    # window 2: ten places, each of two cuts is inside two of them
    assert window_errors(none, wanted) == pytest.approx((0.4, 0.4))
    twice = wanted.copy()
    twice[5] = True
    # a cut too many beside a true one: one more window has a cut, two have another number
    assert window_errors(twice, wanted) == pytest.approx((0.1, 0.2))


def test_forms_of_a_word_are_one() -> None:
    assert stem("slopes") == stem("sloping") == "slop"
    assert stem("walking") == "walk"
    assert stem("class") == "class"
    assert stem("导数的定义") == "导数的定义"
