"""What was written in a room, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.insight.errors import MessagesInvalid
from livelore.intelligence.text.codepoints import Codepoints


@dataclass(frozen=True)
class Messages:
    """Messages, oldest first where times are known.

    Attributes:
        texts: As people wrote them, n_messages of them.
        at: Seconds since any fixed point, ascending, shape (n_messages,); None: not known.
        users: A code for each writer, shape (n_messages,), -1: not known; None: none is known.
    """

    texts: tuple[str, ...]
    at: NDArray[np.float64] | None = None
    users: NDArray[np.int64] | None = None

    @classmethod
    def of(
        cls, texts: Sequence[str], at: ArrayLike | None = None, users: ArrayLike | None = None
    ) -> "Messages":
        """Check and bring into order of time.

        Args:
            texts: One a message.
            at: Seconds.
            users: Ids of any kind; they become codes in order of first sight.

        Raises:
            MessagesInvalid: A column has another length, or a time is not finite.
        """
        codes = None if users is None else _codes(users, len(texts))
        if at is None:
            return cls(tuple(texts), None, codes)
        times = np.asarray(at, np.float64)
        if times.shape != (len(texts),):
            raise MessagesInvalid(column="at", detail=f"{times.shape} for {len(texts)} texts")
        if not np.isfinite(times).all():
            row = int(np.argmin(np.isfinite(times)))
            raise MessagesInvalid(column="at", detail=f"row {row} is not finite")
        order = np.argsort(times, kind="stable")
        rows: list[int] = order.tolist()
        sorted_codes = None if codes is None else codes[order]
        return cls(tuple(texts[n] for n in rows), times[order], sorted_codes)

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def codepoints(self) -> Codepoints:
        """All texts as they were written."""
        return Codepoints.of(self.texts)

    @cached_property
    def folded(self) -> Codepoints:
        """All texts in one form; see `Codepoints.folded`."""
        return self.codepoints.folded()

    @cached_property
    def folded_texts(self) -> list[str]:
        """The same as strings."""
        return self.folded.texts()

    def part(self, begin: int, end: int) -> "Messages":
        """Messages ``begin`` to ``end``."""
        at = None if self.at is None else self.at[begin:end]
        users = None if self.users is None else self.users[begin:end]
        return Messages(self.texts[begin:end], at, users)


def _codes(users: ArrayLike, n_messages: int) -> NDArray[np.int64]:
    ids: Any = np.asarray(users)
    if ids.shape != (n_messages,):
        raise MessagesInvalid(column="users", detail=f"{ids.shape} for {n_messages} texts")
    known: dict[Any, int] = {}
    return np.array([known.setdefault(each, len(known)) for each in ids.tolist()], np.int64)
