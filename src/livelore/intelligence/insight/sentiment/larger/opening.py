"""The reader of sentiment that lies at a path: ours, a folder of Transformers, or a graph."""

from pathlib import Path

from livelore.intelligence.insight.errors import ModelUnreadable, ReaderInvalid
from livelore.intelligence.insight.sentiment.larger.folder import TransformersSentiment
from livelore.intelligence.insight.sentiment.larger.graph import OnnxSentiment
from livelore.intelligence.insight.sentiment.reader import Sentiment
from livelore.intelligence.insight.sentiment.result import SentimentReader
from livelore.intelligence.model_file import read_as

GRAPH = ".onnx"
GRAPHS = ("model.onnx", "onnx/model.onnx")
"""Where a folder has its graph, as Optimum and the model hub write it."""
WEIGHTS = ("*.safetensors", "*.bin")


def reader_of(
    path: Path | str, labels: tuple[str, ...] = (), device: str = "auto", n_threads: int = 0
) -> SentimentReader:
    """What reads sentiment there, loaded.

    Args:
        path: A model file of ours, a folder of Transformers, or a graph ``.onnx`` with its
            tokenizer beside it. A folder with a graph and no other weights is one of ONNX.
        labels: What a larger model's answers mean, in their order; empty: as it calls them.
        device: Of a larger model: ``auto``, ``cpu``, ``cuda``.
        n_threads: Of a larger model; 0: as its library has them.

    Raises:
        LibraryMissing: What reads it is not installed.
        ModelUnreadable: It is no model of sentiment.
        ReaderInvalid: Nothing is there, or it cannot be used.
    """
    place = Path(path)
    if place.is_dir():
        graph = next((place / name for name in GRAPHS if (place / name).is_file()), None)
        if graph is not None and not any(any(place.glob(kind)) for kind in WEIGHTS):
            return OnnxSentiment(graph, labels, device, n_threads).opened()
        return TransformersSentiment(place, labels, device, n_threads).opened()
    if not place.is_file():
        raise ReaderInvalid(path=str(place), detail="no such file or folder")
    if place.suffix == GRAPH:
        return OnnxSentiment(place, labels, device, n_threads).opened()
    other = ModelUnreadable(path=str(place), detail="holds no model of sentiment")
    return read_as(Sentiment, place, "insight", other)
