"""Sentiment: planted feelings are found, chances hold, one message is read as in a batch."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelore.intelligence.insight.errors import ExamplesInvalid, ModelUnreadable
from livelore.intelligence.insight.sentiment.calibration import (
    accuracy_at,
    buckets_of,
    calibration_error,
    line,
    macro_f1,
)
from livelore.intelligence.insight.sentiment.evidence import SOFT, Evidence
from livelore.intelligence.insight.sentiment.examples import Examples
from livelore.intelligence.insight.sentiment.fitting import Recipe, Teacher
from livelore.intelligence.insight.sentiment.judged import held_out
from livelore.intelligence.insight.sentiment.kernels import bucket_of
from livelore.intelligence.insight.sentiment.learning import learn
from livelore.intelligence.insight.sentiment.lexicon import Word, read_lexicon, taught_by
from livelore.intelligence.insight.sentiment.reader import Sentiment, load, save
from livelore.intelligence.insight.sentiment.result import Sentiments
from livelore.intelligence.insight.sentiment.shipped import WEIGHTS, shipped
from livelore.intelligence.insight.sentiment.sides import sides_of
from livelore.intelligence.text.codepoints import Codepoints
from livelore.intelligence.text.hashed import Grams

WORDS = (Word("妙", "zh", 3), Word("糟", "zh", -3), Word("几点", "zh", 0))
RECIPE = Recipe(grams=Grams(14, 1, 3, 2))


def planted(n_texts: int, seed: int, letters: str, domain: str) -> Examples:
    """Noise of a domain's own letters with one telling character, or none."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, 2, n_texts)
    texts = []
    for label in labels:
        noise = list(rng.choice(list(letters), rng.integers(3, 30)))
        if label:
            noise[rng.integers(len(noise))] = rng.choice(list("坏差" if label < 0 else "好棒"))
        texts.append("".join(noise))
    return Examples.of(texts, labels, domain)


@pytest.fixture(scope="module")
def model() -> Sentiment:
    return learn(planted(900, 0, "天地人东", "a") + planted(900, 1, "南北你我", "b"), WORDS, RECIPE)


def test_feelings_are_found_in_a_domain_never_seen(model: Sentiment) -> None:
    asked = planted(600, 2, "甲乙丙丁", "c")
    found = model.read(asked.texts)
    assert macro_f1(asked.labels, found.labels) > 0.9
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-4)
    assert np.abs(found.scores).max() <= 1
    is_right = found.labels == asked.labels
    assert accuracy_at(found.confidences, is_right, 0.8) >= is_right.mean()


def test_the_lexicon_teaches_words_that_no_text_has(model: Sentiment) -> None:
    assert model.read(["妙", "糟", "几点"]).names() == ["positive", "negative", "ambiguous"]
    good, denied = model.read(["妙", "不妙"]).scores
    assert denied < 0 < good


def test_a_word_of_the_lexicon_counts_by_itself_in_a_text_of_any_kind() -> None:
    weighed = np.tile(np.array([1, 0, 1, -1, 2, 4], np.float32), (6, 1))
    weights, steps = np.zeros((RECIPE.grams.n_places, 2), np.int8), np.array([1, 1, 0, 0], "f4")
    model = Sentiment(RECIPE.grams, weights, steps, weighed, Evidence.of(WORDS))
    soft = 3 / np.sqrt(9 + SOFT)
    found = model.read(
        ["赵钱孙李妙周吴郑王", "赵钱孙李糟周吴郑王", "赵钱孙李周吴郑王"]
    ).probabilities
    felt, side = 1 / (1 + np.exp(1 - 4 * soft)), 1 / (1 + np.exp(-2 * soft))
    expected = [felt * (1 - side), 1 - felt, felt * side]
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    np.testing.assert_allclose(found[1], expected[::-1], rtol=1e-5)
    assert found[2, 0] == found[2, 2] < found[2, 1]


def test_what_words_are_worth_is_learnt_from_texts_that_have_them() -> None:
    words = (*WORDS, Word("好", "zh", 2), Word("坏", "zh", -2))
    both = planted(900, 0, "天地人东", "a") + planted(900, 1, "南北你我", "b")
    assert (learn(both, words, RECIPE).calibration[:, 4:] > 0).all()
    assert not learn(both, (), RECIPE).calibration[:, 4:].any()


def test_opinion_of_two_domains_is_as_if_a_third_were_ambiguous() -> None:
    rare, usual = planted(900, 0, "天地人东", "a"), planted(900, 1, "南北你我", "b")
    few = rare.where((rare.labels != 0) | (np.arange(900) % 8 == 0))
    asked = planted(600, 2, "甲乙丙丁", "c")
    found = learn(few + usual, WORDS, RECIPE).read(asked.texts).probabilities[:, 1]
    assert found.mean() == pytest.approx(1 / 3, abs=0.08)


def test_nothing_written_is_ambiguous(model: Sentiment) -> None:
    found = model.read(["", "\u200b"])
    assert found.names() == ["ambiguous"] * 2
    assert found.scores.tolist() == [0, 0]


@settings(deadline=None)
@given(texts=st.lists(st.text(max_size=80), min_size=1, max_size=5))
def test_one_message_is_read_as_in_a_batch(model: Sentiment, texts: list[str]) -> None:
    batch = model.read(texts).probabilities
    for text, row in zip(texts, batch, strict=True):
        np.testing.assert_array_equal(np.array(model.read_one(text), np.float32), row)
    folded = model.read_codepoints(Codepoints.of(texts).folded()).probabilities
    np.testing.assert_allclose(folded, batch, atol=1e-6)


def test_learning_again_gives_the_same_and_a_file_keeps_it(
    model: Sentiment, tmp_path: Path
) -> None:
    again = learn(
        planted(900, 0, "天地人东", "a") + planted(900, 1, "南北你我", "b"), WORDS, RECIPE
    )
    np.testing.assert_array_equal(again.weights, model.weights)
    save(model, tmp_path / "s.model")
    texts = ["好", "坏坏坏坏坏坏", "几点"]
    kept = load(tmp_path / "s.model").read(texts).probabilities
    np.testing.assert_array_equal(kept, model.read(texts).probabilities)
    (tmp_path / "broken.model").write_bytes(b"no model")
    with pytest.raises(ModelUnreadable):
        load(tmp_path / "broken.model")


def test_a_model_of_an_older_version_is_refused_in_words(model: Sentiment, tmp_path: Path) -> None:
    older = replace(model)
    older.calibration = model.calibration[:, :4]
    save(older, tmp_path / "older.model")
    with pytest.raises(ModelUnreadable, match="learn it again"):
        load(tmp_path / "older.model")


def test_8_bits_say_what_32_say() -> None:
    examples = planted(900, 0, "天地人东", "a")
    heads = Teacher(examples, None, RECIPE, None).heads()
    asked = planted(600, 3, "天地人东", "a")
    f1 = [
        macro_f1(asked.labels, heads.sentiment(RECIPE.grams, each).read(asked.texts).labels)
        for each in (True, False)
    ]
    assert abs(f1[0] - f1[1]) <= 0.01


def test_a_side_is_named_only_above_the_band() -> None:
    found = Sentiments.of(np.array([[0.51, 0.2, 0.29], [0.45, 0.1, 0.45], [0.1, 0.1, 0.8]]))
    assert found.labels.tolist() == [-1, 0, 1]
    np.testing.assert_allclose(found.confidences, [0.51, 0.55, 0.8], rtol=1e-6)


def test_a_line_makes_bold_logits_fair() -> None:
    rng = np.random.default_rng(0)
    fair = rng.normal(size=8_000)
    target = rng.random(8_000) < 1 / (1 + np.exp(-fair))
    slope, offset = line(3 * fair[:, None] + 1, target, np.ones(8_000))
    assert slope == pytest.approx(1 / 3, abs=0.03)
    assert offset == pytest.approx(-1 / 3, abs=0.08)
    chances = 1 / (1 + np.exp(-np.stack([3 * fair + 1, slope * (3 * fair + 1) + offset])))
    bold, mended = (calibration_error(each, target) for each in chances)
    assert mended < 0.03 < bold


def test_a_line_weighs_a_second_column_and_keeps_an_offset_out() -> None:
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(20_000, 2))
    target = rng.random(20_000) < 1 / (1 + np.exp(-columns @ [0.5, 2.0]))
    found = line(columns, target, np.ones(20_000), is_shifted=False)
    np.testing.assert_allclose(found, [0.5, 2.0, 0.0], atol=0.08)
    drawn = line(columns[:50], target[:50], np.ones(50), towards=np.array([9.0, 9.0, 0.0]))
    assert (drawn[:2] > 4).all()


def test_lengths_are_grouped_alike_in_both_ways() -> None:
    lengths = np.arange(100)
    assert buckets_of(lengths).tolist() == [bucket_of(each) for each in lengths]


def test_no_word_of_the_lexicon_is_on_both_sides() -> None:
    seen: dict[str, int] = {}
    for word in read_lexicon():
        assert word.text
        assert -3 <= word.strength <= 3
        assert seen.setdefault(word.text, word.strength) == word.strength
    assert len(seen) > 3_000
    taught = dict.fromkeys((text, label) for text, label, _ in taught_by(WORDS))
    assert {("不妙", -1), ("没有不妙", 1), ("很糟", -1), ("几点", 0)} <= set(taught)


def test_a_start_is_carried_over_and_learnt_on(model: Sentiment) -> None:
    few = planted(120, 5, "风雨雷电", "c")
    asked = planted(600, 6, "风雨雷电", "c")
    alone, further = (learn(few, (), RECIPE, start) for start in (None, model))
    f1 = [macro_f1(asked.labels, each.read(asked.texts).labels) for each in (alone, further)]
    assert f1[1] > f1[0]
    assert further.read(["妙", "糟"]).names() == ["positive", "negative"]


def test_examples_without_a_neutral_text_teach_sides_alone() -> None:
    reviews = planted(300, 7, "甲乙", "a")
    felt = reviews.where(reviews.labels != 0)
    only = Examples.of(felt.texts, felt.labels, "a", felt=True)
    found = learn(only, (), RECIPE).read(["好好好", "坏坏坏", "甲乙"])
    assert found.labels[:2].tolist() == [1, -1]
    assert found.probabilities[:, 1].max() < 0.01


def test_refusals() -> None:
    one_side = Examples.of(["好"] * 20, [1] * 20, "a")
    with pytest.raises(ExamplesInvalid, match="negative"):
        learn(one_side, WORDS, RECIPE)


def feelings() -> tuple[list[str], np.ndarray]:
    """Lines of live chat with what they feel; 397 of them, written for this test."""
    sides = {"+": 1, "-": -1, "0": 0}
    texts, labels = [], []
    path = Path(__file__).parent / "data" / "feelings.txt"
    for row in path.read_text(encoding="utf-8").splitlines():
        if row[1:2] == " " and row[0] in sides:
            texts.append(row[2:])
            labels.append(sides[row[0]])
    return texts, np.array(labels)


def test_slang_emoji_kaomoji_homophones_and_denials_are_read() -> None:
    texts, labels = feelings()
    assert len(texts) >= 300
    found = shipped().read(texts)
    assert macro_f1(labels, found.labels) >= 0.85
    is_right = found.labels == labels
    assert accuracy_at(found.confidences, is_right, 0.8) > is_right.mean()


def test_what_ships_is_small_and_names_its_sources() -> None:
    assert WEIGHTS.stat().st_size <= 4 << 20
    card = WEIGHTS.with_suffix(".md").read_text(encoding="utf-8").lower()
    assert shipped().sources
    for source in shipped().sources:
        assert f"`{source}`" in card


@pytest.mark.parametrize(
    ("labels", "sides"),
    [
        (["1", "0", "1"], [1, -1, 1]),
        (["1", "0", "-1"], [1, 0, -1]),
        (["积极", "模糊", "消极", "?"], [1, 0, -1, None]),
        ([" Positive", "neg", "NEUTRAL"], [1, -1, 0]),
        (["1.0", "0.0"], [1, -1]),
    ],
)
def test_labels_are_understood_as_people_write_them(
    labels: list[str], sides: list[int | None]
) -> None:
    assert sides_of(labels) == sides


def test_three_bare_numbers_are_asked_about() -> None:
    with pytest.raises(ExamplesInvalid, match="no one meaning"):
        sides_of(["0", "1", "2"])


def test_held_back_texts_are_judged() -> None:
    found = held_out(planted(400, 8, "天地", "a"), WORDS, None)
    assert found.n_texts == 80
    assert found.accuracy > 0.8
    assert found.accuracy_of_surest >= found.accuracy
    assert 0 <= found.calibration_error < 0.3
