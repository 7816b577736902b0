"""A classifier as an ONNX graph with its tokenizer (extra ``onnx``); PyTorch is not needed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import ReaderInvalid
from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.sentiment.larger.answers import Answers
from livelore.intelligence.insight.sentiment.larger.network import (
    BATCH,
    IDS,
    MASK,
    TOKENS_MAX,
    TYPES,
    Columns,
    Padding,
    checked,
    line_of,
    read_by,
    tokens_in,
    tried,
)
from livelore.intelligence.insight.sentiment.result import Sentiments

TOKENIZER, CONFIG = "tokenizer.json", "config.json"
LOGITS = "logits"
_KINDS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_GPU, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


@dataclass(frozen=True)
class OnnxSentiment:
    """Sentiment by a graph that takes tokens and gives logits, as Optimum and PyTorch export it.

    Its ``tokenizer.json``, and ``config.json`` for labels, lie beside it, or one folder higher
    where its own is called ``onnx``.

    Args:
        path: The graph.
        labels: What its answers mean, in their order; empty: as ``config.json`` calls them.
            See `Answers` for which words, and for a classifier that knows no *ambiguous*.
        device: ``cpu``, ``cuda``, or ``auto``: the GPU where ONNX Runtime sees one.
        n_threads: Of the CPU; 0: as ONNX Runtime has them.
        tokens_max: Of a text; the rest of it is not read.
        batch: Texts at once.
    """

    path: Path
    labels: tuple[str, ...] = ()
    device: str = "auto"
    n_threads: int = 0
    tokens_max: int = TOKENS_MAX
    batch: int = BATCH

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text; loads the graph when it is first asked.

        Raises:
            LibraryMissing: ONNX Runtime or tokenizers is not installed.
            ReaderInvalid: The files are no classifier that can be used so.
        """
        return read_by(self._loaded, texts, self.batch)

    def opened(self) -> Self:
        """The same, loaded now; raises as `read`."""
        _ = self._loaded
        return self

    @cached_property
    def _loaded(self) -> "_Loaded":
        path = Path(self.path)
        checked(path, self.tokens_max, self.batch)
        runtime, tokenizers = library("onnxruntime"), library("tokenizers")
        try:
            session = self._session(runtime)
            words = tokenizers.Tokenizer.from_file(str(_beside(path, TOKENIZER)))
            config = _config(path)
        except Exception as error:  # ONNX Runtime and tokenizers raise bare exceptions
            raise ReaderInvalid(path=str(path), detail=line_of(error)) from error
        pad = config.get("pad_token_id")
        tokens_max = tokens_in(config.get("max_position_embeddings"), self.tokens_max)
        words.no_padding()
        words.enable_truncation(tokens_max)
        loaded = _Loaded(
            path,
            Answers.of(self.labels or _names(config), path),
            tokens_max,
            (session, words),
            Padding(pad if isinstance(pad, int) else 0),
        )
        tried(loaded)
        return loaded

    def _session(self, runtime: Any) -> Any:
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self.n_threads
        options.log_severity_level = 4  # what goes wrong is raised, not printed beside
        has_gpu = _GPU in runtime.get_available_providers()
        if self.device not in ("auto", "cpu", "cuda") or (self.device == "cuda" and not has_gpu):
            raise ValueError(f"ONNX Runtime has no device {self.device!r} here: take auto or cpu")
        wanted = [_GPU, _CPU] if has_gpu and self.device != "cpu" else [_CPU]
        return runtime.InferenceSession(str(self.path), options, providers=wanted)


@dataclass(frozen=True)
class _Loaded:
    """See `Network`."""

    path: Path
    answers: Answers
    tokens_max: int
    parts: tuple[Any, Any]
    padding: Padding

    @property
    def last_token(self) -> int:
        return max(self.parts[1].get_vocab(with_added_tokens=True).values(), default=0)

    def encoded(self, texts: list[str]) -> Columns:
        found = self.parts[1].encode_batch(texts)
        return {
            IDS: [each.ids for each in found],
            MASK: [each.attention_mask for each in found],
            TYPES: [each.type_ids for each in found],
        }

    def logits(self, columns: Columns) -> NDArray[np.float32]:
        session = self.parts[0]
        arrays = self.padding.arrays(columns)
        names = [each.name for each in session.get_outputs()]
        wanted = LOGITS if LOGITS in names else names[0]
        try:
            given = {
                each.name: arrays[each.name].astype(_KINDS[each.type])
                for each in session.get_inputs()
            }
            return np.asarray(session.run([wanted], given)[0], np.float32)
        except KeyError as error:
            detail = f"it asks for {error}, which no text has"
            raise ReaderInvalid(path=str(self.path), detail=detail) from error
        except Exception as error:  # ONNX Runtime raises bare exceptions
            raise ReaderInvalid(path=str(self.path), detail=line_of(error)) from error


def _beside(path: Path, name: str) -> Path:
    above = path.parent.parent / name
    return above if path.parent.name == "onnx" and above.is_file() else path.parent / name


def _config(path: Path) -> dict[str, Any]:
    """What ``config.json`` says; nothing, where there is none."""
    found = _beside(path, CONFIG)
    said = json.loads(found.read_text(encoding="utf-8")) if found.is_file() else {}
    if not isinstance(said, dict):
        raise ValueError(f"{CONFIG} is no configuration")  # noqa: TRY004  of a file, not a call
    return said


def _names(config: dict[str, Any]) -> tuple[str, ...]:
    said = config.get("id2label")
    held = said if isinstance(said, dict) else {}
    numbered = sorted((int(n), str(name)) for n, name in held.items() if str(n).isdecimal())
    return tuple(name for _, name in numbered)
