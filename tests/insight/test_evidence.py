"""Words of feeling: found whole, the longest first, turned by a denial as far as it reaches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.insight.sentiment.evidence import SOFT, TURNED, Evidence
from livelore.intelligence.insight.sentiment.lexicon import Word, read_lexicon
from livelore.intelligence.text.codepoints import Codepoints

WORDS = (
    Word("好", "zh", 2),
    Word("不好意思", "zh", 0),
    Word("好极了", "zh", 3),
    Word("美", "zh", 2),
    Word("美国", "zh", 0),
    Word("不", "not", 0),
    Word("good", "en", 2),
    Word("bad", "en", -2),
    Word("not bad", "en", 1),
    Word("not", "not", -1),
    Word(":)", "as", 3),
)


def sums(text: str, words: tuple[Word, ...] = WORDS) -> list[float]:
    found = Evidence.of(words).sums(Codepoints.of((text,)).folded())[0]
    return [float(each) for each in found]


@pytest.mark.parametrize(
    ("text", "way", "much"),
    [
        ("", 0, 0),
        ("讲得好", 2, 2),
        ("好极了", 3, 3),  # not 好 and something
        ("去美国", 0, 0),  # not 美
        ("不好意思", 0, 0),
        ("GOOD, goodness", 2, 2),  # a word of letters ends where its letters end
        ("a :)", 3, 3),
        ("good bad", 0, 4),
        ("不好", 2 * TURNED, -2 * TURNED),
        ("不是很好", 2 * TURNED, -2 * TURNED),  # 不 reaches over two characters
        ("不啊啊啊好", 2, 2),  # but not over three
        ("不，好", 2, 2),  # and not over a comma
        ("not so good", -1 + 2 * TURNED, 1 - 2 * TURNED),
        ("not bad", 1, 1),  # the longest word
        ("not a b c good", 1, 3),
        ("not good good", -1 + 2 * TURNED + 2, 3 - 2 * TURNED),  # only the next is denied
    ],
)
def test_words_are_found_whole_and_denied_within_reach(text: str, way: float, much: float) -> None:
    whole = float(np.sqrt(much * much + SOFT))
    assert sums(text) == pytest.approx([way / whole, much / whole], abs=1e-6)


def test_no_words_say_nothing() -> None:
    assert sums("good", ()) == [0, 0]


@settings(deadline=None)
@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_any_text_stays_in_range_and_alone_as_in_a_batch(texts: list[str]) -> None:
    evidence = Evidence.of(WORDS)
    batch = evidence.sums(Codepoints.of(texts).folded())
    assert (np.abs(batch[:, 0]) <= batch[:, 1] + 1e-6).all()
    assert (batch[:, 1] < 1).all()
    for text, row in zip(texts, batch, strict=True):
        np.testing.assert_array_equal(evidence.sums(Codepoints.of((text,)).folded())[0], row)


def test_every_word_of_the_lexicon_is_found_as_what_it_is() -> None:
    words = read_lexicon()
    evidence = Evidence.of(words)
    found = evidence.sums(Codepoints.of([each.text for each in words]))
    told = np.array([each.strength for each in words])
    np.testing.assert_allclose(found[:, 0], told / np.sqrt(told**2 + SOFT), atol=1e-6)
