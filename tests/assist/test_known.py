"""What tells an own question from a foreign one is counted right, and learnt."""

import numpy as np
import pytest

from livelore.intelligence.assist.course import index_of
from livelore.intelligence.assist.known import probability, shipped
from livelore.intelligence.assist.lacking import LACKS, lacks
from livelore.intelligence.assist.learn import Marked, pool_of
from livelore.intelligence.assist.learn_english import frames_of, learn_english
from livelore.intelligence.assist.learn_known import learn_chinese
from livelore.intelligence.assist.matching import (
    LOOKED_AT,
    MATCHES,
    compared,
    laid_open,
    matches,
    share_of_words,
)
from livelore.intelligence.assist.pieces import (
    PIECES,
    of_pieces,
    pieces,
    rarest_rest,
)
from livelore.intelligence.assist.rarity import SEEN_OFTEN, Rarity
from livelore.intelligence.assist.retrieve import Retriever
from livelore.intelligence.assist.short_questions import SHAPES, short_questions
from livelore.intelligence.assist.signs import (
    CHINESE_SIGNS,
    ENGLISH_SIGNS,
    chinese_signs,
    english_signs,
)

PASSAGE = "青河镇建于1902年。青河镇的特产是绿茶，镇上有三座石桥。"
TEXTS = ["今天的天气很好"] * 300 + ["绿茶很好喝"] * 40


@pytest.fixture(scope="module")
def rarity() -> Rarity:
    return Rarity.of_texts(TEXTS)


def _matches(question: str, rarity: Rarity, *others: str) -> dict[str, float]:
    found = matches(compared(question), [PASSAGE, *others], rarity)
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
    asked = compared(question)
    assert np.isfinite(matches(asked, [PASSAGE], rarity)).all()
    assert np.isfinite(of_pieces(asked, pieces(asked, PASSAGE), rarity)).all()


def test_a_name_no_dictionary_has_ends_where_the_passage_says_so(rarity: Rarity) -> None:
    asked = compared("尚恩有什么爱好？")
    cut = pieces(asked, laid_open("尚恩喜欢绿茶。"))
    assert [(each.text, each.stands) for each in cut] == [
        ("尚恩", True),
        ("有", False),
        ("爱好", False),
    ]
    numbers = dict(zip(PIECES, of_pieces(asked, cut, rarity), strict=True))
    assert numbers["rest_first"] == 0 < numbers["piece_first"]
    assert numbers["rarest_rest"] == rarity.of("爱好")
    assert numbers["rests"] == pytest.approx(rarity.of("有") + rarity.of("爱好"))


def test_pieces_never_overlap_and_leave_nothing_out() -> None:
    asked = compared("青河镇的特产绿茶和青河镇上的石桥")
    cut = pieces(asked, PASSAGE)
    assert "".join(each.text for each in cut) == asked.matter.replace(" ", "")
    assert [each.begin for each in cut] == sorted(each.begin for each in cut)


def test_a_rest_that_something_else_has_is_passed_over(rarity: Rarity) -> None:
    cut = pieces(compared("青河镇的绿茶和火山"), laid_open("青河镇很大。"))
    assert rarest_rest(cut, lambda rest: rest != "绿茶", rarity) == rarity.of("火山")
    assert rarest_rest(cut, lambda rest: rest == "绿茶", rarity) == rarity.of("绿茶")
    assert rarest_rest(cut, lambda rest: False, rarity) == 0


def test_the_share_of_words_counts_rarity(rarity: Rarity) -> None:
    asked = compared("天气和绿茶")
    both = rarity.of("天气") + rarity.of("和") + rarity.of("绿茶")
    assert share_of_words(asked, "绿茶", rarity) == pytest.approx(rarity.of("绿茶") / both)
    assert share_of_words(asked, "和天气绿茶", rarity) == pytest.approx(1)


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
    known = learn_chinese(marked[: 3 * 32], TEXTS)
    retriever = pool_of(texts[32:54])
    rows = [
        chinese_signs(retriever, retriever.found(each.question), known.rarity)
        for each in marked[3 * 32 :]
    ]
    scores = known.trees.scores(np.array(rows, np.float32))
    own, foreign = scores[: 3 * 22], scores[3 * 22 :]
    assert (own[:, None] > foreign).mean() > 0.95


def test_short_questions_are_made_of_words_of_one_sentence(rarity: Rarity) -> None:
    made = short_questions([PASSAGE, "好。"], rarity)
    assert [each.passage for each in made] == [0, 0]
    assert all(word in PASSAGE and word in each.question for each in made for word in each.words)
    asked = [shape.format(*each.words, "") for shape, each in zip(SHAPES, made, strict=False)]
    assert [each.question for each in made] == asked


LECTURES = {
    "physics": "Angular momentum is conserved. A harmonic oscillator swings. Heat engines waste.",
    "biology": "Cell membranes are thin. Messenger molecules travel. Protein folding is quick.",
    "maths": "Partial derivatives are slopes. Vector fields flow. Prime numbers never end.",
}
PAIRS = {
    "physics": [("angular", "momentum"), ("harmonic", "oscillator"), ("heat", "engine")],
    "biology": [("cell", "membrane"), ("messenger", "molecule"), ("protein", "fold")],
    "maths": [("partial", "derivative"), ("vector", "field"), ("prime", "number")],
}
EVERYDAY = ["why do we never use them again and when is it so"] * 60


@pytest.fixture(scope="module")
def english() -> Rarity:
    return Rarity.of_texts([*EVERYDAY, *LECTURES.values()])


def _lacks(question: str, rarity: Rarity) -> dict[str, float]:
    course = pool_of([LECTURES["physics"], LECTURES["maths"]])
    found = lacks(course, course.found(question), rarity)
    return dict(zip(LACKS, found.tolist(), strict=True))


def test_what_a_course_lacks_weighs_as_much_as_it_is_rare(english: Rarity) -> None:
    own = _lacks("Why do we never use angular momentum again?", english)
    assert own["course_lacks_most"] == english.of("again") < 1
    assert own["phrases_stand"] == pytest.approx(english.of("momentum"))
    foreign = _lacks("Why do we never use angular membranes again?", english)
    assert foreign["course_lacks_most"] == english.of("membrane") > own["course_lacks_most"]
    assert foreign["phrases_stand"] == 0 < foreign["phrases_lack"]
    assert foreign["passage_share"] < own["passage_share"]


def test_frames_are_questions_without_their_rare_words(english: Rarity) -> None:
    comments = ["nice! Why do we use never them angular again? thanks", "no question", "why?"]
    assert frames_of(comments, english) == []  # nothing in so few texts is rare enough
    many = Rarity.of_texts(EVERYDAY * 40)
    assert frames_of(comments, many) == ["why do we use never them {} again?"]


def test_it_learns_to_refuse_english_that_a_course_lacks(english: Rarity) -> None:
    courses = [
        (
            pool_of([text, "Welcome to the course of today. We begin with what you know."]),
            [(pair, subject == of) for of, pairs in PAIRS.items() for pair in pairs],
        )
        for subject, text in LECTURES.items()
    ]
    frames = ["why do we use {} again?", "is {} like {}?"]
    shapes = ("What is {}?", "Explain {}.")
    judge = learn_english(courses, shapes, frames, english)
    again = learn_english(courses, shapes, frames, english)
    assert judge.weights.tobytes() == again.weights.tobytes()
    assert judge.constant == again.constant
    scores = {True: list[float](), False: list[float]()}
    for retriever, pairs in courses:
        for pair, is_own in pairs:
            question = f"How does {' '.join(pair)} work?"
            scores[is_own].append(judge.score(retriever, retriever.found(question)))
    assert min(scores[True]) > max(scores[False])


def test_the_shipped_judges_look_at_these_signs() -> None:
    known = shipped()
    assert known.chinese.trees.columns.max() < len(CHINESE_SIGNS)
    assert known.english.weights.shape == (len(ENGLISH_SIGNS),)


def test_nothing_found_is_not_known() -> None:
    retriever = Retriever(index_of([]))
    for language in ("zh", "en"):
        found = retriever.found("火星有多少座火山？ volcano")
        assert probability(retriever, found, language) == 0
    assert not chinese_signs(retriever, found, shipped().chinese.rarity).any()
    assert not english_signs(retriever, found, shipped().english.rarity).any()
