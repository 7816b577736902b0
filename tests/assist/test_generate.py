"""Cards and exercises have right keys with sources."""

from pathlib import Path
from random import Random

import pytest

from livelore.intelligence.assist.course import CourseIndex, index_of
from livelore.intelligence.assist.generate.cards import GAP, cards, choices
from livelore.intelligence.assist.material import Block, passages_of

FACTS = {
    "复利": "复利是指利息也生利息的计算方法。",
    "单利": "单利是指只有本金产生利息的计算方法。",
    "导数": "导数是函数在一点附近的变化率。",
    "向量": "向量是既有大小又有方向的量。",
    "entropy": "Entropy is a measure of disorder in a system.",
    "enzyme": "An enzyme is a protein that speeds up reactions.",
}


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


@pytest.mark.parametrize("term", ["本金", "不等式", "有理数", "因式分解", "上确界", "可导函数"])
def test_terms_that_begin_as_other_words_do_have_cards(term: str) -> None:
    of = index_of(passages_of("a.md", [Block(f"{term}是指一种在课程里定义过的东西。")]))
    assert [each.term for each in cards(of)] == [term]


@pytest.mark.parametrize(
    "lead", ["这个方法", "本节课的内容", "因此它", "也就", "有些同学", "上面的式子"]
)
def test_words_that_only_point_have_none(lead: str) -> None:
    of = index_of(passages_of("a.md", [Block(f"{lead}是指一种在课程里定义过的东西。")]))
    assert cards(of) == []


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


def test_cards_of_the_small_course(index: CourseIndex, course: Path) -> None:
    terms = {each.term for each in cards(index)}
    assert {"光合作用", "neural network", "长安"} <= terms
    assert course.is_dir()
