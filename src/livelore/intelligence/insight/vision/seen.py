"""What is seen and heard, how grave it is, and in which words it is told."""

from collections.abc import Iterable
from dataclasses import dataclass

SLIDE, BLACK, FROZEN, STILL, SILENCE = "slide", "black", "frozen", "still", "silence"
KINDS = (SLIDE, BLACK, FROZEN, STILL, SILENCE)
LEVELS = {SLIDE: "note", BLACK: "warning", FROZEN: "warning", STILL: "note", SILENCE: "warning"}
WORDS = {
    SLIDE: "another slide is shown",
    BLACK: "the picture is black",
    FROZEN: "the picture stands still, which this source never did for so long: it may be stuck",
    STILL: "the picture stands still, as slides do; whether it is stuck cannot be told",
    SILENCE: "nothing is heard",
}


@dataclass(frozen=True)
class Seen:
    """One thing that was seen.

    Attributes:
        kind: One of `KINDS`.
        at: Second at which it happened: it began, or it was over.
        told_at: Second of the frame that made it sure.
        is_over: It ended; of all but slides.
    """

    kind: str
    at: float
    told_at: float
    is_over: bool = False

    @property
    def level(self) -> str:
        """``note`` or ``warning``."""
        return "note" if self.is_over else LEVELS[self.kind]

    @property
    def words(self) -> str:
        """For whoever keeps an eye on the stream."""
        return f"over: {WORDS[self.kind]}" if self.is_over else WORDS[self.kind]


def slide_times(seen: Iterable[Seen]) -> list[float]:
    """Seconds at which another slide was shown, as `Chapters.of` takes them."""
    return [each.at for each in seen if each.kind == SLIDE]
