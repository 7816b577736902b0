"""A classifier from a folder of Hugging Face Transformers (extra ``transformers``)."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import ReaderInvalid
from livelore.intelligence.insight.library_here import library
from livelore.intelligence.insight.sentiment.larger.answers import Answers
from livelore.intelligence.insight.sentiment.larger.network import (
    BATCH,
    TOKENS_MAX,
    Columns,
    Padding,
    checked,
    line_of,
    read_by,
    tokens_in,
    tried,
)
from livelore.intelligence.insight.sentiment.result import Sentiments

CONFIG = "config.json"


@dataclass(frozen=True)
class TransformersSentiment:
    """Sentiment by a sequence classifier as ``save_pretrained`` writes it, tokenizer included.

    Nothing is downloaded, no code of the folder is run. Read in float32, so that a GPU answers as
    the CPU does.

    Args:
        folder: Where it lies.
        labels: What its answers mean, in their order; empty: as its configuration calls them.
            See `Answers` for which words, and for a classifier that knows no *ambiguous*.
        device: As PyTorch names it; ``auto``: the GPU where PyTorch sees one.
        n_threads: Of the CPU; 0: as PyTorch has them.
        tokens_max: Of a text; the rest of it is not read.
        batch: Texts at once.
    """

    folder: Path
    labels: tuple[str, ...] = ()
    device: str = "auto"
    n_threads: int = 0
    tokens_max: int = TOKENS_MAX
    batch: int = BATCH

    def read(self, texts: Sequence[str]) -> Sentiments:
        """Of each text; loads the model when it is first asked.

        Raises:
            LibraryMissing: Transformers or PyTorch is not installed.
            ReaderInvalid: The folder holds no classifier that can be used so.
        """
        return read_by(self._loaded, texts, self.batch)

    def opened(self) -> Self:
        """The same, loaded now; raises as `read`."""
        _ = self._loaded
        return self

    @cached_property
    def _loaded(self) -> "_Loaded":
        path = Path(self.folder)
        checked(path, self.tokens_max, self.batch)
        torch, transformers = library("torch"), library("transformers")
        if not (path / CONFIG).is_file():
            raise ReaderInvalid(path=str(path), detail=f"no {CONFIG} is in it")
        try:
            with _quiet(transformers.utils.logging):
                words, model, lacking = _read(torch, transformers, path)
            model = model.to(_device(torch, self.device)).eval()
            detail = _amiss(words, model, lacking)
        except Exception as error:  # what a broken folder ends with has no one class
            raise ReaderInvalid(path=str(path), detail=line_of(error)) from error
        if detail:
            raise ReaderInvalid(path=str(path), detail=detail)
        names = self.labels or tuple(name for _, name in sorted(model.config.id2label.items()))
        positions = getattr(model.config, "max_position_embeddings", None)
        loaded = _Loaded(
            path,
            Answers.of(names, path),
            tokens_in(positions, min(self.tokens_max, words.model_max_length)),
            (torch, words, model),
            self.n_threads,
        )
        tried(loaded)
        return loaded


@dataclass(frozen=True)
class _Loaded:
    """See `Network`."""

    path: Path
    answers: Answers
    tokens_max: int
    parts: tuple[Any, Any, Any]
    n_threads: int

    @property
    def last_token(self) -> int:
        return _last(self.parts[1])

    def encoded(self, texts: list[str]) -> Columns:
        return dict(self.parts[1](texts, truncation=True, max_length=self.tokens_max))

    def logits(self, columns: Columns) -> NDArray[np.float32]:
        torch, words, model = self.parts
        padding = Padding(words.pad_token_id, words.padding_side == "left")
        taken = signature(model.forward).parameters
        given = {
            name: torch.from_numpy(values).to(model.device)
            for name, values in padding.arrays(columns).items()
            if name in taken
        }
        try:
            with torch.inference_mode(), _threads(torch, self.n_threads):
                return np.asarray(model(**given).logits.float().cpu().numpy())
        except (RuntimeError, TypeError, IndexError) as error:
            raise ReaderInvalid(path=str(self.path), detail=line_of(error)) from error


def _read(torch: Any, transformers: Any, path: Path) -> tuple[Any, Any, list[str]]:
    """Tokenizer, model, and weights that the folder lacks."""
    words = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    model, told = transformers.AutoModelForSequenceClassification.from_pretrained(
        path, local_files_only=True, output_loading_info=True, dtype=torch.float32
    )
    return words, model, sorted(told["missing_keys"])


def _device(torch: Any, wanted: str) -> str:
    if wanted != "auto":
        return wanted
    return "cuda" if torch.cuda.is_available() else "cpu"


def _amiss(words: Any, model: Any, lacking: list[str]) -> str:
    """Why these cannot be used together; empty: they can."""
    if lacking:
        return f"it holds no trained classifier: {lacking[0]} is missing"
    if model.config.problem_type == "multi_label_classification":
        return "its labels do not exclude each other"
    if words.pad_token_id is None:
        return "its tokenizer has no token to pad with"
    if len(words.get_vocab()) <= len(words.all_special_ids):  # made up where no file is
        return "no tokenizer is in it"
    n_known = model.get_input_embeddings().num_embeddings
    if _last(words) >= n_known:  # looked at beforehand: a GPU stops for good on such a token
        return f"its tokenizer does not fit: the model knows no token {_last(words)}"
    return ""


def _last(words: Any) -> int:
    return max(words.get_vocab().values(), default=0)


@contextmanager
def _quiet(logging: Any) -> Generator[None]:
    """No bars and warnings of Transformers for what is inside: what is wrong is raised."""
    before, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if has_bars:
            logging.enable_progress_bar()


@contextmanager
def _threads(torch: Any, wanted: int) -> Generator[None]:
    """So many for what is inside, as before afterwards; 0: no change."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(wanted or before)
        yield
    finally:
        torch.set_num_threads(before)
