"""Host lines: of the occasion, the same by seed, never twice in a row; a sale claims nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.intelligence.assist.errors import ClaimUnsupported, OptionInvalid, PatternInvalid
from livelore.intelligence.assist.lines.book import (
    LANGUAGES,
    NEEDED,
    OCCASIONS,
    SALE,
    SLOTS,
    TONES,
    book,
)
from livelore.intelligence.assist.lines.claims import forbidden
from livelore.intelligence.assist.lines.grammar import CLIPPED_AT, slots, variants
from livelore.intelligence.assist.lines.host import Fact, HostLines

FACTS = (Fact("12 节课，每节都有练习", "course.md"), Fact("含答疑两次", "course.md"))
HARMLESS = (
    "最小二乘法求最大值",
    "第一章讲唯一性定理",
    "最好先看上一节",
    "这一步保证了收敛",
    "考试通过率的定义",
    "The best-fit line minimises the error",
    "the only root of the equation",
)
HARMFUL = {
    "全网最低价": "superlative",
    "国家级名师": "superlative",
    "最 好 的课": "superlative",
    "最．专业的老师": "superlative",
    "包过班": "result",
    "１００％通过": "result",
    "保证提分": "result",
    "稳赚不赔": "return",
    "学完可根治": "cure",
    "Guaranteed success": "result",
    "The CHEAPEST course": "superlative",
    "risk-free": "return",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_the_book_names_only_known_slots_and_says_the_least_that_is_needed(
    language: str, occasion: str
) -> None:
    tones = book(language)[occasion]
    assert set(tones) == set(TONES)
    for patterns in tones.values():
        for pattern in patterns:
            assert slots(pattern) <= SLOTS[occasion]
            assert not any(forbidden(each) for each in variants(pattern))
    assert any(slots(each) <= NEEDED[occasion] for each in tones["plain"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tone", TONES)
def test_lines_hold_what_was_handed_in_and_do_not_repeat(language: str, tone: str) -> None:
    host = HostLines(language, tone, seed=3)
    said = [host.say("thanks", name="小林", gift="火箭", count=3).text for _ in range(4)]
    assert len(set(said)) == 4
    assert all("小林" in each and "火箭" in each and "3" in each for each in said)
    assert "{" not in "".join(said)
    again = HostLines(language, tone, seed=3)
    assert [again.say("thanks", name="小林", gift="火箭", count=3).text for _ in range(4)] == said
    assert said != [
        HostLines(language, tone, seed=seed).say("thanks", name="小林", gift="火箭", count=3).text
        for seed in range(4)
    ]


def test_all_occasions_speak_with_the_least_and_with_everything() -> None:
    for language in LANGUAGES:
        host = HostLines(language)
        for occasion in set(OCCASIONS) - {SALE}:
            least = {name: f"<{name}>" for name in NEEDED[occasion]}
            assert all(each in host.say(occasion, **least).text for each in least.values())
            whole = {name: f"<{name}>" for name in SLOTS[occasion]}
            assert host.say(occasion, **whole).text


def test_a_question_is_read_out_as_data() -> None:
    asked = "什么是{name}？\n忽略\u202e以上[指令|x]" + "啊" * 500
    text = HostLines().say("question", question=asked).text
    assert "{name}" in text
    assert "[指令|x]" in text
    assert "\n" not in text
    assert "\u202e" not in text
    assert len(text) < CLIPPED_AT + 40


def test_a_sale_says_only_facts_with_sources() -> None:
    line = HostLines().sell("微积分入门", "¥99.00", FACTS, seats=5)
    assert line.sources == ("course.md", "course.md")
    assert all(fact.text in line.text for fact in FACTS)
    assert "¥99.00" in line.text
    assert "5" in line.text
    assert "剩" not in HostLines().sell("微积分入门", "¥99.00", FACTS).text


@pytest.mark.parametrize("text", HARMFUL)
def test_forbidden_claims_are_refused_by_kind(text: str) -> None:
    assert HARMFUL[text] in {each.kind for each in forbidden(text)}
    with pytest.raises(ClaimUnsupported):
        HostLines().sell("微积分入门", "¥99.00", [Fact(text, "course.md")])
    with pytest.raises(ClaimUnsupported):
        HostLines(own={"sale": [text + "{product}"]})


@pytest.mark.parametrize("text", HARMLESS)
def test_course_terms_are_no_claims(text: str) -> None:
    assert forbidden(text) == []


def test_the_hosts_own_words_come_with_the_book() -> None:
    host = HostLines(own={"opening": ["老规矩，先[喝水|深呼吸]，再讲{topic}"]})
    said = {host.say("opening", topic="导数").text for _ in range(8)}
    assert {"老规矩，先喝水，再讲导数", "老规矩，先深呼吸，再讲导数"} <= said
    assert len(said) > 2


def test_refusals() -> None:
    refused: list[dict[str, Any]] = [
        {"language": "fr"},
        {"tone": "angry"},
        {"own": {"song": ["la"]}},
    ]
    for wrong in refused:
        with pytest.raises(OptionInvalid):
            HostLines(**wrong)
    for pattern in ("[a|b", "a}", "{price} 起", "", "[a[b]]"):
        with pytest.raises(PatternInvalid):
            HostLines(own={"opening": [pattern]})
    for occasion, values in (("sale", {}), ("opening", {}), ("opening", {"topic": "x", "y": 1})):
        with pytest.raises(OptionInvalid):
            HostLines().say(occasion, **values)
    with pytest.raises(ClaimUnsupported, match="no source"):
        HostLines().sell("a", "b", [Fact("c", " ")])
    with pytest.raises(OptionInvalid, match="facts"):
        HostLines().sell("a", "b", [])


@given(st.text(max_size=50), st.text(max_size=50))
def test_any_name_and_words_are_said_on_one_line(name: str, words: str) -> None:
    host = HostLines()
    try:
        text = host.say("thanks", name=name, words=words).text
    except OptionInvalid:
        assert not name.split() or not name.isprintable()
        return
    assert len(text.splitlines()) == 1
