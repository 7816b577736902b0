"""Files of old dead letters: what is beyond the table's cap, oldest first, nothing lost in silence.

``dead/NNNNNNNN.jsonl`` in the log's folder: one letter a line. A letter is in a file before it
leaves the table, so that a crash between the two leaves it in both; its id tells.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from livelore.intelligence.interactions.model import DeadLetter
from livelore.intelligence.interactions.segments import sync_folder

TABLE_MAX = 10_000
"""Letters in the table, which operators page through."""
MOVE_MAX = 1_000
"""Letters of one file: about 1 MB."""
FILES_BYTES_MAX = 256 << 20
"""All files together. Beyond it a client's letter is counted and logged as not kept, for clients
could fill the disk with nonsense; the platform's own are always kept."""


class DeadFiles:
    """The files of one log folder.

    Args:
        root: The log's folder.
        bytes_max: When clients' letters are no longer kept.
    """

    def __init__(self, root: Path, bytes_max: int = FILES_BYTES_MAX) -> None:
        self._folder = root / "dead"
        self._bytes_max = bytes_max

    def add(self, letters: Sequence[DeadLetter]) -> Path:
        """Put letters on disk, in a file of their own (blocking)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        number = max((int(path.stem) for path in self._paths()), default=0) + 1
        path = self._folder / f"{number:08d}.jsonl"
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.writelines(msgspec.json.encode(letter) + b"\n" for letter in letters)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        sync_folder(self._folder)
        return path

    def read(self) -> Iterator[DeadLetter]:
        """Every letter in the files, each id once, oldest first."""
        seen: set[str] = set()
        for path in self._paths():
            for line in path.read_bytes().splitlines():
                letter = msgspec.json.decode(line, type=DeadLetter)
                if letter.id not in seen:
                    seen.add(letter.id)
                    yield letter

    @property
    def is_full(self) -> bool:
        """Whether clients' letters are no longer kept."""
        return sum(path.stat().st_size for path in self._paths()) >= self._bytes_max

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))
