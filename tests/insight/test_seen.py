"""What was marked in other texts is known of words, and listed, where it is marked often enough."""

import numpy as np
import pytest

from livelore.intelligence.insight.entities.seen import NamesSeen
from livelore.intelligence.text.errors import LabelsInvalid, TextNotLearnt

PLACE = 1
Mark = tuple[int, int, int, float]


def _marks(text: str, name: str, kind: int) -> list[Mark]:
    begin = text.index(name)
    return [(begin, begin + len(name), kind, 1.0)]


@pytest.fixture(scope="module")
def seen() -> NamesSeen:
    towns = [f"我们 去 {name} 玩" for name in ("北京", "北京大学") for _ in range(20)]
    sun = ["太阳 出来 了"] * 20
    marks = {n: _marks(text, text.split()[2], PLACE) for n, text in enumerate(towns)}
    marks |= {len(towns): _marks(sun[0], "太阳", 0), len(towns) + 1: _marks(sun[1], "太阳", 0)}
    return NamesSeen(3).fit(towns + sun, marks)


def test_a_word_tells_how_often_it_is_part_of_a_name(seen: NamesSeen) -> None:
    words = seen.columns(["北京", "太阳", "我们", "鑫"])[:, 0]
    assert words[0] == words[1]
    assert words[2] == words[3]
    assert len(set(words[[0, 2, 4, 6]].tolist())) == 4, "always, seldom, never, unknown"
    assert words[6] == 0
    assert words[4] != 0


def test_the_longest_listed_name_has_a_first_middle_and_last_character(seen: NamesSeen) -> None:
    places = seen.columns(["在北京大学和北京", "北京大"])[:, 1].tolist()
    first, middle, last = places[1], places[2], places[4]
    assert places[:6] == [0, first, middle, middle, last, 0]
    short = places[6:8]
    assert places[8:] == [*short, 0]
    assert len({0, first, middle, last, *short}) == 6, "北京 is only half the time marked alone"


def test_what_is_seldom_marked_is_not_listed(seen: NamesSeen) -> None:
    assert not seen.columns(["太阳"])[:, 1].any()


def test_kinds_and_how_surely_stand_apart() -> None:
    texts = ["甲乙 丙丁 戊己"] * 4
    marks: dict[int, list[Mark]] = {
        n: [(0, 2, 0, 1.0), (3, 5, PLACE, 1.0), *([(6, 8, PLACE, 1.0)] if n < 2 else [])]
        for n in range(4)
    }
    places = NamesSeen(2).fit(texts, marks).columns(["甲乙丙丁戊己"])[:, 1]
    assert places.all()
    assert len(set(places[[0, 2, 4]].tolist())) == 3


def test_strange_texts_have_a_row_a_character(seen: NamesSeen) -> None:
    assert seen.columns(["", "\ud800", "北", "a"]).shape == (3, 2)
    assert seen.columns([]).shape == (0, 2)
    assert seen.columns([]).dtype == np.int64


@pytest.mark.parametrize("mark", [(0, 3, 0), (1, 1, 0), (0, 1, 3), (0, 1, -1)])
def test_a_mark_outside_is_refused(mark: tuple[int, int, int]) -> None:
    with pytest.raises(LabelsInvalid):
        NamesSeen(3).fit(["北京"], {0: [(*mark, 1.0)]})
    with pytest.raises(LabelsInvalid):
        NamesSeen(3).fit([], {0: [(0, 1, 0, 1.0)]})


def test_nothing_counted_is_said_so() -> None:
    with pytest.raises(TextNotLearnt):
        NamesSeen(3).columns(["北京"])
