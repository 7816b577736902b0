"""Words and sentences of both languages."""

import pytest

from livelore.intelligence.text.words import chinese_share, sentences, words_of


def test_chinese_gives_words_and_pairs_and_english_is_lower_case() -> None:
    first, second, third = words_of(["机器学习 Python3", "It's GREAT", "!?"])
    assert {"机器", "学习", "python3"} <= set(first)
    assert "器学" in first
    assert second == ["it's", "great"]
    assert third == []


def test_a_single_character_is_a_word() -> None:
    assert words_of(["茶"]) == [["茶"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天讲导数。听懂了吗？好！", ["今天讲导数。", "听懂了吗？", "好！"]),
        ("Pi is 3.14. See e.g. Fig. 2. Done", ["Pi is 3.14.", "See e.g. Fig. 2.", "Done"]),
        ('他说："走吧！"然后走了', ['他说："走吧！"', "然后走了"]),
        ("第一行\n\n  第二行  \n", ["第一行", "第二行"]),
        ("等等……什么", ["等等……", "什么"]),
        ("", []),
        (" \n。", ["。"]),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == expected


def test_share_of_chinese_letters() -> None:
    assert chinese_share("导数ab, 12!") == 0.5
    assert chinese_share("123 !?") == 0.0
