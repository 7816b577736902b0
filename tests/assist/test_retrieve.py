"""What a course has is found at its place; what speaks for it is counted right."""

import lightgbm
import numpy as np
import pytest

from livelore.intelligence.assist.asking import asked, matter_of
from livelore.intelligence.assist.course import CourseIndex, index_of
from livelore.intelligence.assist.evidence import EVIDENCE
from livelore.intelligence.assist.learn import Marked, learn, pool_of
from livelore.intelligence.assist.material import Block, Passage, passages_of
from livelore.intelligence.assist.nearness import IN_ORDER, WITH_NEXT, windows
from livelore.intelligence.assist.postings import LENGTHS, SATURATION, Postings, best_of
from livelore.intelligence.assist.retrieve import N_COLUMNS, Retriever, sentence_trees
from livelore.intelligence.assist.terms import stem, terms_of
from livelore.intelligence.assist.trees import Trees


@pytest.mark.parametrize(
    ("question", "source", "place"),
    [
        ("光合作用在哪里进行？", "plants.md", "光合作用 › 场所"),
        ("牛顿哪一年发表了原理？", "newton.html", "力学"),
        ("How does gradient descent update the weights?", "nets.vtt", "12:34"),
        ("what releases energy?", "cells.pdf", "page 2"),
        ("李白字什么？", "history.txt", None),
    ],
)
def test_the_sentence_is_found_at_its_place(
    retriever: Retriever, question: str, source: str, place: str | None
) -> None:
    (hit,) = retriever.sentences(question, 1)
    assert (hit.passage.source, hit.place) == (source, place)
    assert retriever.passages(question, 1)[0].passage.source == source


def test_a_search_jumps_to_the_second(retriever: Retriever) -> None:
    hit = retriever.search("large steps", 1)[0]
    assert (hit.passage.source, hit.place) == ("nets.vtt", "1:02:03")
    assert retriever.search("xyzzy", 1) == []


def _lines(source: str, *lines: str) -> list[Passage]:
    return passages_of(source, [Block(each, second=10.0 * at) for at, each in enumerate(lines)])


FILLED = ["and so we go on with it for a while here."] * 60


def test_a_search_prefers_the_place_where_the_words_stand_together() -> None:
    apart = _lines("apart", "A lever is long.", *FILLED, "Here the fulcrum rests.")
    near = _lines("near", *FILLED, "Now take a lever.", "It turns on its fulcrum.", *FILLED)
    hit = Retriever(index_of([*apart, *near])).search("lever fulcrum", 1)[0]
    assert (hit.passage.source, hit.text) == ("near", "Now take a lever.")


def test_a_search_prefers_the_order_asked() -> None:
    lines = [*FILLED, "The house is a green one.", *FILLED, "A green house it is.", *FILLED]
    hit = Retriever(index_of(_lines("a", *lines))).search("green house", 1)[0]
    assert hit.text == "A green house it is."


@pytest.mark.parametrize("other", [False, True])
def test_a_window_runs_over_the_end_of_a_passage_but_not_of_a_file(other: bool) -> None:
    texts = ["So here is the lever.", "And that is its fulcrum."]
    passages = [
        each
        for at, text in enumerate(texts)
        for each in passages_of(str(at * other), [Block(text, second=10.0 * at)])
    ]
    index = index_of(passages)
    asks = asked("lever fulcrum", index.postings)
    worth = np.zeros(2)
    held = (
        index.postings.sentence_terms_,
        index.postings.sentence_bounds_,
        index.postings.passage_bounds_,
    )
    rows, scores = np.arange(2), np.zeros(2, np.float32)
    words = (asks.ids, asks.weights, asks.total)
    windows(words, rows, scores, held, index.shelf.files, worth)
    one = asks.weights / asks.total
    both = WITH_NEXT * one.sum() + IN_ORDER
    assert worth == pytest.approx([one[0] if other else both, one[1]], rel=1e-6)


def test_a_search_of_very_many_words_is_answered() -> None:
    index = index_of(_lines("a", *(f"word{at} stands here." for at in range(200))))
    hits = Retriever(index).search(" ".join(f"word{at}" for at in range(200)), 3)
    assert len(hits) == 3


def test_nothing_in_common_finds_nothing(retriever: Retriever) -> None:
    assert retriever.passages("xyzzy plugh", 5) == []
    assert retriever.sentences("xyzzy plugh", 5) == []


def test_scores_are_bm25() -> None:
    texts = ["red red fish", "blue fish swims", "green bird"]
    postings = Postings(1.0).fit([terms_of(each) for each in texts], np.arange(4))
    at = postings.ids[0]["red"]
    begin, end = postings.bounds_[at], postings.bounds_[at + 1]
    assert postings.passages_[begin:end].tolist() == [0]
    idf = np.log1p((3 - 1 + 0.5) / 1.5)
    mean = 8 / 3
    expected = idf * 2 * (SATURATION + 1) / (2 + SATURATION * (1 - LENGTHS + LENGTHS * 3 / mean))
    assert postings.impacts_[begin] == pytest.approx(expected, rel=1e-6)


def test_the_best_are_those_of_a_sort() -> None:
    rng = np.random.default_rng(0)
    for size in (1, 4, 300):
        scores = rng.integers(-3, 20, size).astype(np.float32)
        best = np.empty(7, np.int64)
        n = best_of(scores, best)
        expected = [row for row in np.argsort(-scores, kind="stable")[:7] if scores[row] > 0]
        assert best[:n].tolist() == expected


def test_evidence_counts_what_a_sentence_covers(retriever: Retriever, index: CourseIndex) -> None:
    question = "光合作用在哪里进行？"
    found = retriever.found(question)
    assert found.evidence.shape == (len(found.sentences), N_COLUMNS)
    query = asked(question, index.postings)
    weights = dict(zip(query.ids.tolist(), query.weights.tolist(), strict=True))
    bounds = index.postings.sentence_bounds_
    for row, sentence in enumerate(found.sentences):
        terms = index.postings.sentence_terms_[bounds[sentence] : bounds[sentence + 1]]
        covered = sum(weights.get(term, 0.0) for term in set(terms.tolist())) / query.total
        assert found.evidence[row, EVIDENCE.index("covered")] == pytest.approx(covered, abs=1e-5)
    assert np.isfinite(found.evidence).all()


def test_words_that_only_ask_are_not_looked_for() -> None:
    assert "什么" not in matter_of("叶绿素吸收什么光？").words
    assert matter_of("what is a neural network?").words == ("neural", "network")
    assert matter_of("what is it?").words  # nothing else was asked


@pytest.mark.parametrize(
    ("word", "expected"),
    [("running", "run"), ("studies", "study"), ("planned", "plan"), ("classes", "class"),
     ("sing", "sing"), ("gas", "gas"), ("analysis", "analysis"), ("3.14", "3.14")],
)  # fmt: skip
def test_stems(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_width_and_case_make_no_difference(retriever: Retriever) -> None:
    plain = retriever.passages("GRADIENT descent", 1)[0]
    assert retriever.passages("ｇradient　ＤＥＳＣＥＮＴ", 1)[0].score == plain.score


def test_trees_give_what_lightgbm_gives() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 5)).astype(np.float32)
    wanted = (rows[:, 0] * rows[:, 1] > 0).astype(float)
    options = {"verbosity": -1, "num_leaves": 9, "num_threads": 1}
    model = lightgbm.train(options, lightgbm.Dataset(rows, wanted), 20)
    trees = Trees.of(model.dump_model())
    expected = np.asarray(model.predict(rows), np.float64)
    np.testing.assert_allclose(trees.scores(rows), expected, rtol=1e-9)


def test_learning_puts_the_answer_first() -> None:
    towns = [f"{a}{b}镇" for a in "青白红黑黄绿" for b in "河山石木云"]
    texts = [
        f"{town}很美。{town}由{town[0]}师傅建立。{town}建于{1900 + at}年。{town}天气好。"
        for at, town in enumerate(towns)
    ]
    marked = [
        Marked(f"{town}建于哪一年？", texts[at], (f"{1900 + at}年",))
        for at, town in enumerate(towns)
    ]
    trees = learn(marked[:20], texts)
    retriever = Retriever(pool_of(texts).index, trees)
    firsts = [retriever.sentences(each.question, 1)[0].text for each in marked[20:]]
    assert (
        sum(each.answers[0] in first for each, first in zip(marked[20:], firsts, strict=True)) >= 8
    )


def test_the_shipped_trees_look_at_the_columns_there_are() -> None:
    trees = sentence_trees()
    assert len(trees.roots) == 150
    assert trees.columns.max() < N_COLUMNS


def test_a_question_of_a_million_characters_is_read_in_part(retriever: Retriever) -> None:
    assert retriever.passages("光合作用" * 250_000, 1)[0].passage.source == "plants.md"


@pytest.mark.parametrize(
    "text", ["\ud800", "a\u0301" * 500, "\x00", "🦊" * 50, "' OR 1=1 --", "%s{}"]
)
def test_strange_questions_do_no_harm(retriever: Retriever, text: str) -> None:
    assert isinstance(retriever.sentences(text, 3), list)
