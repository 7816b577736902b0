"""Sound of a file or an address, one channel, by the program ffmpeg."""

import shutil
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from numpy.typing import NDArray

from livelore.intelligence.insight.errors import VideoUnreadable

RATE = 8_000
"""Samples a second: enough to tell silence."""
PIECE_S = 10
NOTHING = "does not contain any stream"
"""What ffmpeg says of a picture without sound."""


def sound_of(source: Path | str, rate: int = RATE) -> Iterator[NDArray[np.int16]]:
    """Pieces of ten seconds; a source without sound has none.

    Args:
        source: What ffmpeg reads.
        rate: Samples a second.

    Raises:
        VideoUnreadable: ffmpeg is not installed, or cannot read it.
    """
    program = shutil.which("ffmpeg")
    name = str(source)
    if program is None:
        raise VideoUnreadable(source=name, detail="its sound needs the program ffmpeg")
    name = name if "://" in name else str(Path(name).absolute())
    command = [
        *(program, "-v", "error", "-nostdin", "-i", name, "-map", "0:a:0?", "-vn", "-ac", "1"),
        *("-ar", str(rate), "-f", "s16le", "-"),
    ]
    with TemporaryFile() as said, _running(command, said) as process:
        if process.stdout is not None:
            while piece := process.stdout.read(2 * rate * PIECE_S):
                yield np.frombuffer(piece[: len(piece) // 2 * 2], np.int16)
        failed = process.wait() != 0
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    if failed and NOTHING not in words:
        detail = words.splitlines()[-1] if words else "ffmpeg failed"
        raise VideoUnreadable(source=str(source), detail=detail)


@contextmanager
def _running(command: list[str], said: IO[bytes]) -> Generator[subprocess.Popen[bytes]]:
    """A program that ends with whoever reads it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as process:  # noqa: S603  no shell
        try:
            yield process
        finally:
            process.kill()
