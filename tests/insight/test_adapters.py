"""NLTK, TextBlob and spaCy where ours stands, and ours where theirs does."""

import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.cli.errors import told
from livelore.intelligence.insight.adapters.nltk import Vader, nltk_tokenizer, words_by
from livelore.intelligence.insight.adapters.polarity import sentiments_of
from livelore.intelligence.insight.adapters.spacy import (
    SpacyEntities,
    add_entities,
    add_sentiment,
)
from livelore.intelligence.insight.adapters.textblob import TextBlobSentiment, textblob_analyzer
from livelore.intelligence.insight.chapters import Chapters
from livelore.intelligence.insight.entities.recogniser import Recogniser
from livelore.intelligence.insight.entities.spans import AMOUNT, PERSON, PLACE, TERM, Entity
from livelore.intelligence.insight.entities.terms import Terms
from livelore.intelligence.insight.errors import LibraryDataMissing
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.text.words import words_of
from tests.insight.test_chapters import lecture
from tests.insight.test_sentiment import model as model  # noqa: PLC0414  a fixture

nltk: Any = import_module("nltk")  # Any: their types say less than they have
spacy: Any = import_module("spacy")
textblob: Any = import_module("textblob")
TextBlob: Any = textblob.TextBlob
LEXICON = "splendid\t3.1\t0.5\t[3, 3]\ndreadful\t-2.9\t0.6\t[-3, -3]\nwobbly\t-0.1\n\n"
"""In VADER's format, made for these tests."""


@pytest.fixture
def vader(tmp_path: Path) -> Vader:
    path = tmp_path / "lexicon.txt"
    path.write_text(LEXICON, "utf-8")
    return Vader(path)


@given(st.lists(st.floats(-1, 1), max_size=20), st.floats(0, 0.5))
def test_a_polarity_stays_the_score_and_the_label_turns_at_the_threshold(
    polarities: list[float], threshold: float
) -> None:
    found = sentiments_of(polarities, threshold)
    np.testing.assert_allclose(found.scores, polarities, atol=1e-6)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-6)
    assert (found.probabilities >= 0).all()
    for polarity, label in zip(polarities, found.labels.tolist(), strict=True):
        if abs(polarity) >= max(threshold, 1e-6):
            assert label == np.sign(polarity)
        elif abs(polarity) < threshold - 1e-6:
            assert label == 0


def test_vader_reads_with_a_lexicon_of_the_users_own(vader: Vader) -> None:
    texts = ["A splendid lesson!", "DREADFUL sound", "not splendid", "Seven slides.", "wobbly", ""]
    found = vader.read(texts)
    assert found.names() == [
        *("positive", "negative", "negative", "ambiguous", "ambiguous", "ambiguous")
    ]
    assert found.scores[5] == 0
    assert len(vader.read([])) == 0
    # VADER weighs capitals and marks of exclamation
    assert vader.read(["DREADFUL sound!!"]).scores[0] < vader.read(["dreadful sound"]).scores[0]


def test_what_vader_lacks_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    with pytest.raises(LibraryDataMissing) as refused:
        Vader().read(["fine"])
    words = told(refused.value)[1]
    assert "python -m nltk.downloader vader_lexicon" in words
    assert "\n" not in words
    broken = tmp_path / "broken.txt"
    broken.write_text("fine\t2.0\nnot so fine\n")
    with pytest.raises(LibraryDataMissing, match="line 2"):
        Vader(broken).read(["fine"])
    with pytest.raises(LibraryDataMissing, match="cannot be read"):
        Vader(tmp_path / "none.txt").read(["fine"])


def no_words(texts: Sequence[str]) -> list[list[str]]:
    return [[] for _ in texts]


def test_a_tokenizer_of_nltk_cuts_chapters() -> None:
    words = words_by(nltk.TweetTokenizer())
    assert words(["Wow :-) it's 2 slides!"]) == [["wow", "it's", "2", "slides"]]
    found = Chapters(words=words).of(lecture(0))
    assert [each.begin for each in found] == pytest.approx([0, 400, 800, 1200], abs=20)
    assert len(Chapters(words=no_words, longest_s=None).of(lecture(0))) == 1


def test_our_words_are_a_tokenizer_of_nltk_and_of_textblob() -> None:
    tokenizer = nltk_tokenizer()
    said = "今天讲矩阵乘法, then eigenvalues"
    assert tokenizer.tokenize(said) == words_of([said])[0]
    assert list(tokenizer.tokenize_sents(["a b", "c"])) == [["a", "b"], ["c"]]
    assert "矩阵" in TextBlob(said, tokenizer=tokenizer).tokens


def test_textblobs_polarity_is_read() -> None:
    reader = TextBlobSentiment()
    texts = ["This is a great lesson", "what a terrible sound", "the slide has a title", ""]
    found = reader.read(texts)
    assert found.names() == ["positive", "negative", "ambiguous", "ambiguous"]
    for text, score in zip(texts, found.scores, strict=True):
        assert score == pytest.approx(TextBlob(text).sentiment.polarity, abs=1e-6)


def test_an_analyzer_of_textblob_without_its_corpus_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    with pytest.raises(LibraryDataMissing, match=r"textblob\.download_corpora"):
        TextBlobSentiment(textblob.sentiments.NaiveBayesAnalyzer()).read(["fine"])


def test_our_sentiment_is_an_analyzer_of_textblob(model: Sentiment) -> None:
    analyzer = textblob_analyzer(model)
    for text in ("天地好天地", "天地坏天地", "天地人东"):
        said = TextBlob(text, analyzer=analyzer).sentiment
        negative, ambiguous, positive = model.read_one(text)
        assert said.polarity == pytest.approx(positive - negative, abs=1e-5)
        assert said.subjectivity == pytest.approx(1 - ambiguous, abs=1e-5)


def ruled() -> Any:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Ada Lovelace"},
            {"label": "GPE", "pattern": [{"LOWER": "london"}]},
            {"label": "QUANTITY", "pattern": [{"LIKE_NUM": True}, {"LOWER": "hours"}]},
            {"label": "EVENT", "pattern": "the fair"},
        ]
    )
    return nlp


def test_spacys_entities_are_our_spans() -> None:
    said = "😀 Ada Lovelace taught in London for 3 hours at the fair"
    found = SpacyEntities(ruled()).find([said, "", "nothing here"])
    assert [(each.kind, each.text) for each in found[0]] == [
        *((PERSON, "Ada Lovelace"), (PLACE, "London"), (AMOUNT, "3 hours"))
    ]
    for each in found[0]:
        assert said[each.begin : each.end] == each.text
        assert each.confidence < 1
    assert found[1:] == [(), ()]
    events = SpacyEntities(ruled(), labels={"EVENT": TERM}).find([said])
    assert [each.text for each in events[0]] == ["the fair"]


def test_a_text_too_long_for_spacy_is_read_as_far_as_it_goes() -> None:
    nlp = ruled()
    nlp.max_length = 100
    (found,) = SpacyEntities(nlp).find(["Ada Lovelace " + "word " * 50 + "London"])
    assert [each.text for each in found] == ["Ada Lovelace"]


def test_a_model_that_learns_in_spacy_is_read_from_its_folder(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    names = ("Mia", "Noah", "Lena", "Omar")
    examples: list[Any] = []
    for name in names:
        for text in (f"thanks {name} for this", f"{name} is right", f"did {name} say so"):
            begin = text.index(name)
            marked = {"entities": [(begin, begin + len(name), "PERSON")]}
            examples.append(spacy.training.Example.from_dict(nlp.make_doc(text), marked))
    spacy.util.fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(15):
        nlp.update(examples, sgd=optimizer)
    nlp.to_disk(tmp_path / "names")
    (found,) = SpacyEntities.of_model(str(tmp_path / "names")).find(["thanks Omar for this"])
    assert found == (Entity(7, 11, PERSON, "Omar", 0.8, "model"),)
    with pytest.raises(LibraryDataMissing, match="python -m spacy download en_none"):
        SpacyEntities.of_model("en_none")


def test_our_readers_are_components_of_spacy(model: Sentiment) -> None:
    nlp = ruled()
    add_sentiment(nlp, model)
    finder = Recogniser(Terms.of(["eigenvalue"]))
    add_entities(nlp, finder)
    texts = ["Ada Lovelace on the eigenvalue", "天地好天地", "天地坏天地", ""]
    alone = [nlp(text) for text in texts]
    batch = list(nlp.pipe(texts, batch_size=2))
    for doc, other in zip(alone, batch, strict=True):
        assert doc._.livelore_score == pytest.approx(other._.livelore_score)
        assert doc._.livelore_label == other._.livelore_label
    assert [doc._.livelore_label for doc in batch[1:3]] == ["positive", "negative"]
    assert [(each.text, each.label_) for each in batch[0].ents] == [
        *(("Ada Lovelace", "PERSON"), ("eigenvalue", TERM))
    ]
    # another reader under the same name takes its place in a pipeline of its own
    other = spacy.blank("en")
    add_sentiment(other, TextBlobSentiment())
    assert other("a great lesson")._.livelore_label == "positive"
    assert nlp("天地坏天地")._.livelore_label == "negative"


ABSENT = """
import sys
for name in ("nltk", "textblob", "spacy"):
    sys.modules[name] = None  # as if it were not installed
from livelore.cli.errors import told
from livelore.intelligence.insight.adapters.nltk import Vader, nltk_tokenizer
from livelore.intelligence.insight.adapters.spacy import SpacyEntities, add_entities, add_sentiment
from livelore.intelligence.insight.adapters.textblob import TextBlobSentiment, textblob_analyzer
from livelore.intelligence.insight.errors import LibraryMissing

for act in (
    lambda: Vader().read(["fine"]),
    nltk_tokenizer,
    lambda: TextBlobSentiment().read(["fine"]),
    lambda: textblob_analyzer(None),
    lambda: SpacyEntities.of_model("en"),
    lambda: add_sentiment(None, None),
    lambda: add_entities(None, None),
):
    try:
        act()
    except LibraryMissing as refusal:
        print(told(refusal)[1])
"""


def test_without_a_library_one_line_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ABSENT], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    wanted = ["nltk", "nltk", "textblob", "textblob", "spacy", "spacy", "spacy"]
    assert len(lines) == len(wanted)
    for line, package in zip(lines, wanted, strict=True):
        assert f"package: {package}" in line
        assert "pip install 'livelore[nlp]'" in line
