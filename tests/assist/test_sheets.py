"""Cards and exercises leave with their sources and their label."""

import json
from random import Random

import pytest

from livelore.intelligence.assist.course import CourseIndex, index_of
from livelore.intelligence.assist.exact.exercises import Exercise, exercise
from livelore.intelligence.assist.exact.units import UNITS
from livelore.intelligence.assist.generate.cards import Choice, cards, choices
from livelore.intelligence.assist.generate.sheets import (
    ANKI_HEAD,
    anki,
    card_rows,
    exercise_rows,
    key_of,
    sheet,
)
from livelore.intelligence.assist.material import Block, passages_of

TEXT = (
    "复利是指利息也生利息的计算方法。单利是指只有本金产生利息的计算方法。"
    "Entropy is a measure of <b>disorder</b> in a system. "
    "An enzyme is a protein that speeds up reactions."
)


@pytest.fixture(scope="module")
def facts() -> CourseIndex:
    return index_of(passages_of("facts.vtt", [Block(TEXT, second=754.5)]))


def test_a_row_of_a_card_says_where_and_by_whom(facts: CourseIndex) -> None:
    rows = card_rows(cards(facts))
    assert [row["term"] for row in rows] == ["复利", "单利", "Entropy", "enzyme"]
    assert {row["source"] for row in rows} == {"facts.vtt"}
    assert {row["place"] for row in rows} == {"12:34"}
    assert {row["second"] for row in rows} == {"754.5"}
    assert all("AI" in row["label"] and json.loads(row["aigc"])["Label"] == "1" for row in rows)


def test_anki_gets_two_fields_with_source_and_label(facts: CourseIndex) -> None:
    text = anki(cards(facts))
    assert text.startswith(ANKI_HEAD)
    lines = text.removeprefix(ANKI_HEAD).splitlines()
    assert len(lines) == 4
    for line in lines:
        front, back = line.split("\t")
        assert front
        assert "facts.vtt, 12:34" in back
        assert "AI" in back
    assert "&lt;b&gt;disorder&lt;/b&gt;" in lines[2]


def test_a_row_of_an_exercise_holds_its_key_among_its_options(facts: CourseIndex) -> None:
    made: list[Choice | Exercise] = [*choices(facts, 4, Random(0))]
    made += [exercise(Random(n), "en") for n in range(4)]
    rows = exercise_rows(made)
    assert {row["kind"] for row in rows[:4]} == {"gap"}
    for row in rows[:4]:
        assert row["key"] in row["options"].split("|")
        assert row["place"] == "12:34"
    for row, each in zip(rows[4:], made[4:], strict=True):
        assert (row["options"], row["source"], row["key"]) == ("", "", key_of(each))
        assert row["label"] == "[AI-generated] Computed by a program"


def test_a_sheet_asks_first_and_tells_keys_and_labels_last(facts: CourseIndex) -> None:
    made: list[Choice | Exercise] = [*choices(facts, 2, Random(0)), exercise(Random(1), "zh")]
    asked, keys, labels = sheet(made).split("\n\n")
    assert [line[:2] for line in asked.splitlines() if line[0] != " "] == ["1.", "2.", "3."]
    assert all(each.question in asked for each in made)
    assert all(key_of(each) in keys for each in made)
    assert "facts.vtt, 12:34" in keys
    assert labels.splitlines() == list(dict.fromkeys(each.label.visible for each in made))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_unit_is_never_converted_into_itself(language: str) -> None:
    rng = Random(0)
    asked = [made for made in (exercise(rng, language) for _ in range(400)) if made.kind == "units"]
    assert len(asked) > 50
    for made in asked:
        named = [name for name in UNITS if name in made.question]
        assert len({UNITS[name] for name in named}) > 1, made.question
