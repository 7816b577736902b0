"""Any neural classifier over many texts: sorted by length, a bounded number at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import ReaderInvalid
from livelore.intelligence.insight.sentiment.larger.answers import Answers
from livelore.intelligence.insight.sentiment.result import Sentiments
from livelore.intelligence.text.codepoints import Codepoints

BLOCK = 4096
"""Texts that are sorted together: enough to be alike, few enough to hold."""
CHARACTERS_A_TOKEN = 16
"""More never make one token of what people write; what is beyond is cut before it costs."""
SPARE = 2
"""Places that models of RoBERTa's kind count but do not use."""
TOKENS_MAX, BATCH = 128, 32
TOKENS_MIN = 3
"""What stands before and after a text, and one of its own."""
IDS, MASK, TYPES = "input_ids", "attention_mask", "token_type_ids"
NOTHING = np.array([0, 1, 0], np.float32)
"""Of a message in which nothing is written: ambiguous, and no model is asked."""
_TRIED = ("a", "好 ?", "no 1 !")

Columns = dict[str, list[list[int]]]
"""What goes into a network, by the input's name: numbers of each text."""


@dataclass(frozen=True)
class Padding:
    """How texts of a batch become equally long.

    Attributes:
        token: The number that fills ids.
        is_left: Whether it stands before the text.
    """

    token: int = 0
    is_left: bool = False

    def arrays(self, columns: Columns) -> dict[str, NDArray[np.int64]]:
        """Each column as an array, shape (n_texts, longest)."""
        found: dict[str, NDArray[np.int64]] = {}
        longest = max(map(len, columns[IDS]))
        for name, rows in columns.items():
            filled = np.full((len(rows), longest), self.token if name == IDS else 0, np.int64)
            for row, values in zip(filled, rows, strict=True):
                begin = longest - len(values) if self.is_left else 0
                row[begin : begin + len(values)] = values
            found[name] = filled
        return found


class Network(Protocol):
    """A loaded classifier with its tokenizer: of Transformers, or of ONNX Runtime."""

    @property
    def path(self) -> Path:
        """Where it lies, for refusals."""
        ...

    @property
    def answers(self) -> Answers:
        """What its answers mean."""
        ...

    @property
    def tokens_max(self) -> int:
        """Tokens of a text that are read."""
        ...

    @property
    def last_token(self) -> int:
        """The highest number that its tokenizer gives."""
        ...

    def encoded(self, texts: list[str]) -> Columns:
        """Each text as numbers, no more than ``tokens_max``."""
        ...

    def logits(self, columns: Columns) -> NDArray[np.float32]:
        """Shape (n_texts, n_answers).

        Raises:
            ReaderInvalid: It cannot compute.
        """
        ...


def read_by(network: Network, texts: Sequence[str], batch: int) -> Sentiments:
    """Of each text.

    Raises:
        ReaderInvalid: The network gives no numbers.
    """
    found = np.tile(NOTHING, (len(texts), 1))
    for begin in range(0, len(texts), BLOCK):
        part = [_plain(text, network) for text in texts[begin : begin + BLOCK]]
        seen = Codepoints.of(part).folded().texts()
        rows = np.array([n for n, text in enumerate(seen) if text.strip()], np.int64)
        if len(rows):
            found[begin + rows] = _block(network, [part[n] for n in rows], batch)
    return Sentiments(found)


def tried(network: Network) -> None:
    """Let it answer once, its last token included.

    Raises:
        ReaderInvalid: It does not: the parts do not fit each other.
    """
    columns = network.encoded(list(_TRIED))
    logits = _finite(network, columns)
    if logits.shape != (len(_TRIED), len(network.answers)):
        wanted = f"{len(network.answers)} labels"
        raise ReaderInvalid(
            path=str(network.path), detail=f"answers of shape {logits.shape[1:]} for {wanted}"
        )
    if (logits >= 0).all() and np.allclose(logits.sum(axis=1), 1, atol=1e-4):
        detail = "it gives probabilities: export it without its softmax"
        raise ReaderInvalid(path=str(network.path), detail=detail)
    columns[IDS][0][-1] = network.last_token
    try:
        network.logits(columns)
    except ReaderInvalid as error:
        detail = f"its tokenizer does not fit: the model knows no token {network.last_token}"
        raise ReaderInvalid(path=str(network.path), detail=detail) from error


def _plain(text: str, network: Network) -> str:
    """What may be tokenized: no lone surrogates, not endless."""
    cut = text[: network.tokens_max * CHARACTERS_A_TOKEN]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


def _block(network: Network, texts: list[str], batch: int) -> NDArray[np.float32]:
    columns = network.encoded(texts)
    order = np.argsort([len(row) for row in columns[IDS]], kind="stable")
    found = np.empty((len(texts), 3), np.float32)
    for begin in range(0, len(order), batch):
        rows = order[begin : begin + batch]
        part = {name: [values[n] for n in rows] for name, values in columns.items()}
        found[rows] = network.answers.chances(_finite(network, part))
    return found


def _finite(network: Network, columns: Columns) -> NDArray[Any]:
    logits = network.logits(columns)
    if not np.isfinite(logits).all():
        raise ReaderInvalid(path=str(network.path), detail="its answers are no numbers")
    return logits


def checked(path: Path, tokens_max: int, batch: int) -> None:
    """Options that can be used.

    Raises:
        ReaderInvalid: They leave nothing to read.
    """
    if tokens_max < TOKENS_MIN or batch < 1:
        detail = f"tokens_max is at least {TOKENS_MIN}, batch at least 1"
        raise ReaderInvalid(path=str(path), detail=detail)


def tokens_in(positions: object, asked: int) -> int:
    """Tokens that a text may have: as asked, and no more than the model has places for."""
    if isinstance(positions, int) and positions >= TOKENS_MIN + SPARE:
        return min(asked, positions - SPARE)
    return asked


def line_of(error: BaseException) -> str:
    """The first line of what a library says."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
