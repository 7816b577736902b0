"""Folding: what looks the same becomes the same, nothing else changes."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.text.codepoints import Codepoints, folded_text
from livelore.intelligence.text.hashed import text_hashes


def test_width_case_marks_and_hidden_characters() -> None:
    assert folded_text("ＨＥＬＬＯ　World") == "hello world"
    assert folded_text("e\u0301\u0327\u0301 z\u0334\u0335a") == "e za"
    assert folded_text("a\u200bb\ufeffc\u202ed") == "abcd"
    assert folded_text("\U0001f44d\U0001f3fd\u2764\ufe0f") == "\U0001f44d\u2764"
    assert folded_text("a\tb\nc") == "a b c"


def test_runs_are_cut_and_short_ones_stay() -> None:
    assert folded_text("哈哈哈哈哈哈") == "哈哈哈"
    assert folded_text("233333 66 啊啊") == "2333 66 啊啊"
    assert folded_text("哈ＨhＨｈ哈") == "哈hhh哈"


@given(st.lists(st.text(st.characters(exclude_categories=()))))
def test_texts_come_back_from_code_points(texts: list[str]) -> None:
    assert Codepoints.of(texts).texts() == texts


@settings(deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_folding_is_by_text_and_settles(texts: list[str]) -> None:
    once = Codepoints.of(texts).folded()
    assert once.texts() == [folded_text(each) for each in texts]
    assert once.folded().texts() == once.texts()


@settings(deadline=None)
@given(st.text())
def test_nothing_is_added(text: str) -> None:
    plain = set(unicodedata.normalize("NFKC", text.lower())) | set(text) | {" "}
    assert set(folded_text(text)) <= plain | set(unicodedata.normalize("NFKC", text).lower())


@settings(deadline=None)
@given(st.lists(st.text("ab哈", max_size=4), max_size=6))
def test_hashes_are_equal_where_texts_are(texts: list[str]) -> None:
    hashes = text_hashes(Codepoints.of(texts)).tolist()
    assert len(set(hashes)) == len(set(texts))
    assert dict(zip(texts, hashes, strict=True)) == {
        each: int(text_hashes(Codepoints.of([each]))[0]) for each in texts
    }
