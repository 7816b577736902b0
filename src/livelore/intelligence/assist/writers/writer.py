"""What writes: anything that turns messages into text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SYSTEM, USER = "system", "user"


@dataclass(frozen=True)
class Message:
    """One message to a model.

    Attributes:
        role: ``system`` or ``user``.
        text: What it says.
    """

    role: str
    text: str


class Writer(Protocol):
    """A language model: an endpoint, or one on this machine."""

    @property
    def name(self) -> str:
        """Model and place, for the label of what it wrote."""
        ...

    def write(self, messages: Sequence[Message], tokens_max: int, seconds: float) -> str:
        """What it answers.

        Args:
            messages: The first is the system's.
            tokens_max: It may write at most.
            seconds: It may take at most, from call to return.

        Raises:
            WriterDown: It did not answer, or not in time, or what came is no answer.
        """
        ...
