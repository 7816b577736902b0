"""What tells an own question from a foreign one is counted right, and learnt."""

import numpy as np
import pytest

from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.known import CHINESE_SIGNS, chinese_signs, probability, shipped
from livelore.intelligence.assist.learn import Marked, pool_of
from livelore.intelligence.assist.learn_known import learn_known
from livelore.intelligence.assist.matching import LOOKED_AT, MATCHES, matches
from livelore.intelligence.assist.rarity import SEEN_OFTEN, Rarity
from livelore.intelligence.assist.retrieve import Retriever

PASSAGE = "青河镇建于1902年。青河镇的特产是绿茶，镇上有三座石桥。"
TEXTS = ["今天的天气很好"] * 300 + ["绿茶很好喝"] * 40


@pytest.fixture(scope="module")
def rarity() -> Rarity:
    return Rarity.of_texts(TEXTS)


def _matches(question: str, rarity: Rarity, *others: str) -> dict[str, float]:
    found = matches(question, [PASSAGE, *others], rarity)
    return dict(zip(MATCHES, found.tolist(), strict=True))


def test_rarity_is_the_logarithm_of_the_share_of_texts(rarity: Rarity) -> None:
    assert rarity.of("天气") == pytest.approx(np.log(341 / 300), abs=1 / 16)
    assert rarity.of("绿茶") == pytest.approx(np.log(341 / 40), abs=1 / 16)
    assert rarity.of("石桥") == pytest.approx(np.log(341 / (SEEN_OFTEN / 2)), abs=1 / 16)


def test_what_stands_and_what_is_missing_is_told_apart(rarity: Rarity) -> None:
    own = _matches("青河镇的特产是什么？", rarity)
    assert own["missing"] == own["in_no_run"] == 0
    assert own["words_share"] == pytest.approx(1)
    assert own["first_stands"] == own["run_begins_sentence"] == 1
    foreign = _matches("火星的特产是什么？", rarity)
    assert foreign["missing_first"] == foreign["missing_early"] == foreign["missing_most"] > 0
    assert foreign["words_share"] < 1
    assert foreign["second_run"] < own["second_run"]


def test_what_another_passage_has_is_not_missing_everywhere(rarity: Rarity) -> None:
    assert _matches("火星有石桥吗", rarity)["missing_everywhere"] > 0
    assert _matches("火星有石桥吗", rarity, "火星很远。")["missing_everywhere"] == 0


def test_numbers_that_are_missing_are_counted(rarity: Rarity) -> None:
    assert _matches("1902年的青河镇", rarity)["numbers_missing"] == 0
    assert _matches("1955年的青河镇", rarity)["numbers_missing"] == 1


@pytest.mark.parametrize(
    "question", ["", "？", "的" * 5000, "什么？", "\ud800", "绿茶" * LOOKED_AT]
)
def test_any_question_gives_finite_numbers(question: str, rarity: Rarity) -> None:
    assert np.isfinite(matches(question, [PASSAGE], rarity)).all()


def test_it_learns_to_refuse_what_a_course_lacks() -> None:
    towns = [f"{a}{b}镇" for a in "青白红黑黄紫蓝绿" for b in "河山石木田水云风"]
    asks = ("{}的特产是什么？", "{}建于哪一年？", "{}有几座石桥？")
    texts = [
        f"{town}建于{1900 + at}年。{town}的特产是绿茶。{town}有{at + 2}座石桥。"
        for at, town in enumerate(towns)
    ]
    marked = [
        Marked(ask.format(town), text, ("",))
        for town, text in zip(towns, texts, strict=True)
        for ask in asks
    ]
    known = learn_known(marked[: 3 * 32], TEXTS)
    retriever = pool_of(texts[32:54])
    rows = [
        chinese_signs(retriever, retriever.found(each.question), known.rarity)
        for each in marked[3 * 32 :]
    ]
    scores = known.trees.scores(np.array(rows, np.float32))
    own, foreign = scores[: 3 * 22], scores[3 * 22 :]
    assert (own[:, None] > foreign).mean() > 0.95


def test_the_shipped_judge_looks_at_these_signs() -> None:
    assert shipped().trees.columns.max() < len(CHINESE_SIGNS)


def test_nothing_found_is_not_known() -> None:
    retriever = Retriever(index_of([]))
    found = retriever.found("火星有多少座火山？")
    assert probability(retriever, found, "zh") == 0
    assert not chinese_signs(retriever, found, shipped().rarity).any()
