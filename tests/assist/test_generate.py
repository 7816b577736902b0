# ruff: noqa: E501
"""Cards and exercises have right keys with sources; lines of the host claim nothing."""

from pathlib import Path
from random import Random

import pytest

from livelore.intelligence.assist.course import CourseIndex, index_of
from livelore.intelligence.assist.errors import LineInvalid
from livelore.intelligence.assist.generate.cards import GAP, cards, choices
from livelore.intelligence.assist.generate.lines import KINDS, forbidden_claim, line
from livelore.intelligence.assist.material import Block, passages_of

FACTS = {
    "复利": "复利是指利息也生利息的计算方法。",
    "单利": "单利是指只有本金产生利息的计算方法。",
    "导数": "导数是函数在一点附近的变化率。",
    "向量": "向量是既有大小又有方向的量。",
    "entropy": "Entropy is a measure of disorder in a system.",
    "enzyme": "An enzyme is a protein that speeds up reactions.",
}
FIELDS = {
    "host": "林老师", "topic": "复利", "done": "单利", "viewer": "小明", "gift": "玫瑰",
    "question": "为什么要按月计息？", "product": "理财入门课", "description": "十二节录播课", "price": "99元",
}  # fmt: skip


@pytest.fixture(scope="module")
def facts() -> CourseIndex:
    text = "\n".join(FACTS.values()) + "\n它是一种很难说清楚的东西。这是为什么呢？"
    return index_of(passages_of("facts.md", [Block(text)]))


def test_each_defined_term_has_a_card_with_its_sentence(facts: CourseIndex) -> None:
    found = {each.term.lower(): each for each in cards(facts)}
    assert sorted(found) == sorted(FACTS)
    for term, card in found.items():
        assert card.back.strip() == FACTS[term]
        assert card.back in card.citation.text
        assert "AI" in card.label.visible


def test_keys_of_exercises_are_right_and_the_others_are_wrong(facts: CourseIndex) -> None:
    made = choices(facts, 20, Random(1))
    assert len(made) == len(FACTS)
    for each in made:
        right = each.options[each.key]
        assert each.question.replace(GAP, right) == FACTS[right.lower()]
        assert len(set(each.options)) == len(each.options) > 1
        wrong = [option for option in each.options if option != right]
        assert all(each.question.replace(GAP, option) not in FACTS.values() for option in wrong)


def test_exercises_are_the_same_for_the_same_seed(facts: CourseIndex) -> None:
    assert choices(facts, 3, Random(4)) == choices(facts, 3, Random(4))
    assert len(choices(facts, 3, Random(4))) == 3


def test_a_course_without_definitions_has_no_exercise() -> None:
    of = index_of(passages_of("a.txt", [Block("今天天气很好，我们出去走走吧。")]))
    assert cards(of) == []
    assert choices(of, 5, Random(0)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_line_says_what_it_was_given(kind: str, language: str) -> None:
    said = {line(kind, FIELDS, Random(seed), language).text for seed in range(30)}
    assert len(said) > 3
    for text in said:
        assert "{" not in text
        assert any(value.rstrip("。.") in text for value in FIELDS.values())
        assert forbidden_claim(text) is None
    assert line(kind, FIELDS, Random(3), language) == line(kind, FIELDS, Random(3), language)


@pytest.mark.parametrize(
    "claim",
    ["全网最好的课", "保证通过考试", "学完包过", "稳赚不赔", "年收益 100% 保本", "guaranteed income",
     "a risk-free plan", "the best course", "国家级名师", "七天速成"],
)  # fmt: skip
def test_an_offer_with_a_promise_is_refused(claim: str) -> None:
    with pytest.raises(LineInvalid, match="may not be promised"):
        line("offer", FIELDS | {"description": claim}, Random(0))


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("song", FIELDS, "one of"),
        ("thanks", {"viewer": "小明"}, "gift is missing"),
        ("thanks", {"viewer": " \u200b", "gift": "x"}, "viewer is missing"),
        ("closing", {"topic": "x" * 300}, "over 200"),
    ],
)
def test_a_line_that_cannot_be_made_is_refused(
    kind: str, fields: dict[str, str], words: str
) -> None:
    with pytest.raises(LineInvalid, match=words):
        line(kind, fields, Random(0))


def test_names_are_data() -> None:
    text = line("thanks", {"viewer": "{gift}\u202e\n{host}", "gift": "花"}, Random(0)).text
    assert "{gift} {host}" in text
    assert "\n" not in text


def test_cards_of_the_small_course(index: CourseIndex, course: Path) -> None:
    terms = {each.term for each in cards(index)}
    assert {"光合作用", "neural network", "长安"} <= terms
    assert course.is_dir()
