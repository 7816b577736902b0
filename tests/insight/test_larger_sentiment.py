"""Larger readers of sentiment: folder and graph say the same, the small one learns of them."""

import json
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from livelore.intelligence.insight.errors import (
    LibraryMissing,
    ModelUnreadable,
    ReaderInvalid,
)
from livelore.intelligence.insight.sentiment.calibration import macro_f1
from livelore.intelligence.insight.sentiment.fitting import Recipe
from livelore.intelligence.insight.sentiment.larger.answers import Answers
from livelore.intelligence.insight.sentiment.larger.distilling import distil
from livelore.intelligence.insight.sentiment.larger.folder import TransformersSentiment
from livelore.intelligence.insight.sentiment.larger.graph import OnnxSentiment
from livelore.intelligence.insight.sentiment.larger.joined import Joined
from livelore.intelligence.insight.sentiment.larger.network import IDS, MASK, Padding
from livelore.intelligence.insight.sentiment.larger.opening import reader_of
from livelore.intelligence.insight.sentiment.larger.quantising import quantised
from livelore.intelligence.insight.sentiment.reader import Sentiment, save
from livelore.intelligence.insight.sentiment.result import Sentiments
from livelore.intelligence.insight.sentiment.shipped import shipped
from livelore.intelligence.text.hashed import Grams
from tests.insight import tiny_models
from tests.insight.tiny_models import KNOWN, LETTERS, planted

pytest.importorskip("transformers", reason="the extra `transformers` is not installed")
pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")

RECIPE = Recipe(grams=Grams(14, 1, 3, 2))
STRANGE = ["", "\u200b \ufe0f", "\ud800", "好" * 100_000, "🎉", "[CLS][PAD]", "e\u0301" * 300]


@pytest.fixture(scope="module")
def bert() -> Any:
    return tiny_models.taught()


@pytest.fixture(scope="module")
def folder(bert: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.saved(tmp_path_factory.mktemp("larger") / "bert", bert)


@pytest.fixture(scope="module")
def graph(bert: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.exported(tmp_path_factory.mktemp("larger") / "graph", bert)


@pytest.fixture(scope="module")
def two_sided(tmp_path_factory: pytest.TempPathFactory) -> TransformersSentiment:
    model = tiny_models.taught(("NEGATIVE", "POSITIVE"))
    return TransformersSentiment(
        tiny_models.saved(tmp_path_factory.mktemp("larger") / "two", model)
    )


def test_a_folder_reads_what_was_planted_and_fetches_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was opened")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refused)
    texts, labels = planted(400, 9)
    found = TransformersSentiment(folder).read(texts)
    assert macro_f1(labels, found.labels) > 0.97
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    assert found.probabilities.dtype == np.float32


@pytest.mark.parametrize("kind", [TransformersSentiment, OnnxSentiment])
def test_a_text_is_read_alike_alone_and_among_others(
    kind: type[TransformersSentiment | OnnxSentiment], folder: Path, graph: Path
) -> None:
    texts = [*planted(70, 3, longest=30)[0], *STRANGE]
    path = folder if kind is TransformersSentiment else graph
    among = kind(path, batch=16).read(texts).probabilities
    alone = kind(path, batch=1, n_threads=1).read(texts).probabilities
    np.testing.assert_allclose(among, alone, atol=1e-4)
    assert np.unique(among.round(3), axis=0).shape[0] > 3


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "gpt2"])
def test_other_kinds_of_network_are_read_too(kind: str, tmp_path: Path) -> None:
    """They count places, take types or read to the left otherwise; texts are up to the limit."""
    path = tiny_models.saved(tmp_path / kind, tiny_models.untaught(kind))
    if kind == "roberta":  # as its own tokenizer: as many tokens as there are places in all
        _changed(path / "tokenizer_config.json", pad_token="[UNK]", model_max_length=10**30)
    texts = [*planted(40, 3, longest=60)[0], *STRANGE]
    among = TransformersSentiment(path, batch=16).read(texts).probabilities
    alone = TransformersSentiment(path, batch=1).read(texts).probabilities
    np.testing.assert_allclose(among, alone, atol=1e-4)
    assert np.unique(among.round(3), axis=0).shape[0] > 20


def test_a_graph_says_what_its_folder_says(folder: Path, graph: Path) -> None:
    texts = planted(200, 4)[0] + STRANGE
    np.testing.assert_allclose(
        OnnxSentiment(graph).read(texts).probabilities,
        TransformersSentiment(folder).read(texts).probabilities,
        atol=1e-4,
    )


def test_where_nothing_is_written_nothing_is_felt(folder: Path) -> None:
    found = TransformersSentiment(folder).read(STRANGE)
    assert found.probabilities[:2].tolist() == [[0, 1, 0]] * 2
    assert found.names()[3] == "positive"
    assert len(TransformersSentiment(folder).read([])) == 0


@pytest.mark.parametrize("kind", [TransformersSentiment, OnnxSentiment])
def test_what_is_beyond_the_limit_is_not_read(
    kind: type[TransformersSentiment | OnnxSentiment], folder: Path, graph: Path
) -> None:
    path = folder if kind is TransformersSentiment else graph
    texts = [LETTERS[:6], LETTERS[:6] + "好", "好" + LETTERS[:6]]
    short, long, first = kind(path, tokens_max=8).read(texts).probabilities
    np.testing.assert_allclose(short, long, atol=1e-6)
    assert np.abs(first - short).max() > 0.5
    whole = kind(path).read(texts).probabilities
    assert np.abs(whole[1] - whole[0]).max() > 0.5


def test_threads_are_given_back(folder: Path) -> None:
    import torch

    before = torch.get_num_threads()
    TransformersSentiment(folder, n_threads=before + 1).read(["好"])
    assert torch.get_num_threads() == before


def test_a_classifier_of_two_sides_makes_up_no_third(two_sided: TransformersSentiment) -> None:
    texts, labels = planted(300, 6)
    found = two_sided.read([*texts, " "])
    assert found.probabilities[:-1, 1].max() == 0
    assert found.names()[-1] == "ambiguous"
    felt = labels != 0
    assert (found.labels[:-1][felt] == labels[felt]).mean() > 0.97


def test_another_reader_says_whether_anything_is_felt(
    two_sided: TransformersSentiment, folder: Path
) -> None:
    texts, labels = planted(300, 15)
    three = TransformersSentiment(folder)
    found = Joined(two_sided, three).read([*texts, ""])
    assert macro_f1(labels, found.labels[:-1]) > 0.97
    assert macro_f1(labels, two_sided.read(texts).labels) < 0.9
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    assert found.probabilities[-1].tolist() == [0, 1, 0]
    again = Joined(three, three).read(texts).probabilities
    np.testing.assert_allclose(again, three.read(texts).probabilities, atol=1e-5)


def test_answers_are_added_by_side() -> None:
    stars = Answers.of(("negative", "negative", "neutral", "positive", "positive"), Path("x"))
    logits = np.log([[0.1, 0.2, 0.3, 0.15, 0.25], [0.9, 0.025, 0.025, 0.025, 0.025]])
    np.testing.assert_allclose(
        stars.chances(logits), [[0.3, 0.3, 0.4], [0.925, 0.025, 0.05]], atol=1e-6
    )
    turned = Answers.of(("POSITIVE", "消极"), Path("x"))
    np.testing.assert_allclose(turned.chances(np.log([[0.7, 0.3]])), [[0.3, 0, 0.7]], atol=1e-6)
    assert np.isfinite(turned.chances(np.array([[1e4, -1e4]]))).all()


@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1"),
        ("positive", "neutral"),
        ("negative", "positive", "joy"),
        ("0", "1", "2"),
        (),
    ],
)
def test_labels_that_mean_no_side_are_refused(labels: tuple[str, ...]) -> None:
    with pytest.raises(ReaderInvalid, match="negative, ambiguous, positive"):
        Answers.of(labels, Path("x"))


def test_labels_may_be_handed_in(bert: Any, tmp_path: Path) -> None:
    path = tiny_models.saved(tmp_path / "bare", bert)
    _changed(path / "config.json", id2label={str(n): f"LABEL_{n}" for n in range(3)})
    with pytest.raises(ReaderInvalid, match="LABEL_0, LABEL_1, LABEL_2"):
        TransformersSentiment(path).read(["好"])
    given = TransformersSentiment(path, labels=("bad", "neither", "good"))
    assert given.read(["东好南", "东坏南"]).names() == ["positive", "negative"]
    with pytest.raises(ReaderInvalid, match="for 2 labels"):
        TransformersSentiment(path, labels=("bad", "good")).opened()


def _changed(path: Path, **fields: object) -> None:
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, **fields}), encoding="utf-8")


def test_a_folder_without_a_classifier_is_refused(bert: Any, tmp_path: Path) -> None:
    path = tiny_models.saved(tmp_path / "headless", bert.bert)
    with pytest.raises(ReaderInvalid, match="no trained classifier"):
        TransformersSentiment(path, labels=("bad", "good")).opened()
    with pytest.raises(ReaderInvalid, match=r"no config\.json"):
        TransformersSentiment(tmp_path / "nothing").opened()


def test_a_broken_folder_is_refused_in_one_line(bert: Any, tmp_path: Path) -> None:
    path = tiny_models.saved(tmp_path / "broken", bert)
    _changed(path / "config.json", problem_type="multi_label_classification")
    with pytest.raises(ReaderInvalid, match="do not exclude each other"):
        TransformersSentiment(path).opened()
    (path / "model.safetensors").write_bytes(b"no weights")
    for content in (None, '{"model_type": "nothing known"}', "{", "[]"):
        if content is not None:
            (path / "config.json").write_text(content)
        with pytest.raises(ReaderInvalid) as refusal:
            TransformersSentiment(path).opened()
        assert "\n" not in str(refusal.value.fields["detail"])


def test_a_tokenizer_that_does_not_fit_is_refused(bert: Any, graph: Path, tmp_path: Path) -> None:
    path = tiny_models.saved(tmp_path / "folder", bert)
    tiny_models.save_tokenizer(path, (*KNOWN, "新", "词"))
    with pytest.raises(ReaderInvalid, match="does not fit: the model knows no token 17"):
        TransformersSentiment(path).opened()
    other = tmp_path / "graph"
    other.mkdir()
    (other / "model.onnx").write_bytes(graph.read_bytes())
    tiny_models.save_tokenizer(other, (*KNOWN, "新", "词"))
    with pytest.raises(ReaderInvalid, match="does not fit: the model knows no token 17"):
        OnnxSentiment(other / "model.onnx", labels=tiny_models.LABELS).opened()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (path / name).unlink()
        (other / name).unlink()
    with pytest.raises(ReaderInvalid, match="no tokenizer is in it"):
        TransformersSentiment(path).opened()
    with pytest.raises(ReaderInvalid, match="No such file"):
        OnnxSentiment(other / "model.onnx", labels=tiny_models.LABELS).opened()


def test_a_graph_that_is_no_classifier_is_refused(bert: Any, tmp_path: Path) -> None:
    path = tiny_models.exported(tmp_path / "chances", bert, is_bare=False)
    with pytest.raises(ReaderInvalid, match="without its softmax"):
        OnnxSentiment(path).opened()
    (path.parent / "config.json").unlink()
    with pytest.raises(ReaderInvalid, match="called nothing"):
        OnnxSentiment(path).opened()
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ReaderInvalid):
        OnnxSentiment(path, labels=tiny_models.LABELS).opened()
    with pytest.raises(ReaderInvalid):
        quantised(path, tmp_path / "small.onnx")
    assert not (tmp_path / "small.onnx").exists()


def test_a_device_that_is_not_here_is_refused(folder: Path, graph: Path) -> None:
    for reader in (TransformersSentiment(folder, device="xyz"), OnnxSentiment(graph, device="xyz")):
        with pytest.raises(ReaderInvalid):
            reader.opened()


def test_limits_that_leave_nothing_are_refused(folder: Path, graph: Path) -> None:
    refused: tuple[dict[str, Any], ...] = ({"tokens_max": 2}, {"batch": 0})
    for options in refused:
        for reader in (TransformersSentiment(folder, **options), OnnxSentiment(graph, **options)):
            with pytest.raises(ReaderInvalid, match="at least 3"):
                reader.read(["好"])
    least = TransformersSentiment(folder, tokens_max=3, batch=1).read(["好天", "坏天"])
    assert least.names() == ["positive", "negative"]


def test_the_hubs_layout_of_a_graph_is_known(bert: Any, tmp_path: Path, graph: Path) -> None:
    path = tiny_models.exported(tmp_path / "hub", bert)
    inner = path.parent / "onnx"
    inner.mkdir()
    path = path.rename(inner / "model.onnx")
    texts = planted(20, 8)[0]
    found = reader_of(tmp_path / "hub").read(texts).probabilities
    np.testing.assert_array_equal(found, OnnxSentiment(graph).read(texts).probabilities)


@pytest.mark.parametrize(
    ("package", "extra", "kind"),
    [
        ("torch", "transformers", TransformersSentiment),
        ("transformers", "transformers", TransformersSentiment),
        ("onnxruntime", "onnx", OnnxSentiment),
        ("tokenizers", "onnx", OnnxSentiment),
    ],
)
def test_what_is_not_installed_is_named(
    package: str,
    extra: str,
    kind: type[TransformersSentiment | OnnxSentiment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(LibraryMissing) as refusal:
        kind(tmp_path).read(["好"])
    fields = {"package": package, "install": f"pip install 'livelore[{extra}]'"}
    assert refusal.value.fields == fields


def test_8_bits_are_smaller_and_lose_at_most_a_hundredth(graph: Path) -> None:
    small = quantised(graph, graph.with_name("small.onnx"))
    assert small.stat().st_size < graph.stat().st_size
    texts, labels = planted(600, 10)
    full, found = (OnnxSentiment(path).read(texts) for path in (graph, small))
    assert macro_f1(labels, found.labels) >= macro_f1(labels, full.labels) - 0.01
    difference = np.abs(found.probabilities - full.probabilities).max()
    assert difference > 0


def test_the_small_model_learns_what_the_larger_one_says(folder: Path) -> None:
    larger = TransformersSentiment(folder)
    small = distil(larger, planted(1500, 11)[0], recipe=RECIPE)
    texts = planted(500, 12)[0]
    assert (small.read(texts).labels == larger.read(texts).labels).mean() > 0.95
    difference = small.read(texts).scores - larger.read(texts).scores
    assert np.abs(difference).mean() < 0.15


def test_a_larger_one_of_two_sides_teaches_which_way_alone(
    two_sided: TransformersSentiment, folder: Path
) -> None:
    texts = planted(1500, 13)[0]
    start = distil(TransformersSentiment(folder), texts, recipe=RECIPE)
    found = distil(two_sided, texts, start=start, recipe=RECIPE)
    asked, wanted = planted(500, 14)
    assert macro_f1(wanted, found.read(asked).labels) > 0.95
    alone = distil(two_sided, texts, recipe=RECIPE).read(asked)
    assert alone.probabilities[:, 1].max() < 1e-3
    felt = wanted != 0
    assert (alone.labels[felt] == wanted[felt]).mean() > 0.95


def test_a_reader_is_picked_by_what_lies_there(folder: Path, graph: Path, tmp_path: Path) -> None:
    small = tmp_path / "ours.model"
    save(shipped(), small)
    assert isinstance(reader_of(small), Sentiment)
    assert isinstance(reader_of(str(folder)), TransformersSentiment)
    assert isinstance(reader_of(graph), OnnxSentiment)
    assert isinstance(reader_of(graph.parent), OnnxSentiment)
    for path in (small, folder, graph):
        assert isinstance(reader_of(path).read(["好"]), Sentiments)
    with pytest.raises(ReaderInvalid, match="no such file"):
        reader_of(tmp_path / "absent")
    with pytest.raises(ReaderInvalid):
        reader_of(tmp_path)
    other = tmp_path / "other.model"
    save(replace(RECIPE), other)
    for wrong in (other, folder / "config.json"):
        with pytest.raises(ModelUnreadable):
            reader_of(wrong)


def test_shorter_texts_are_filled_on_either_side() -> None:
    columns = {IDS: [[5, 6, 7], [8]], MASK: [[1, 1, 1], [1]]}
    right, left = Padding(9).arrays(columns), Padding(9, is_left=True).arrays(columns)
    assert right[IDS].tolist() == [[5, 6, 7], [8, 9, 9]]
    assert left[IDS].tolist() == [[5, 6, 7], [9, 9, 8]]
    assert left[MASK].tolist() == [[1, 1, 1], [0, 0, 1]]
