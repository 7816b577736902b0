"""Files that are there whole or not at all."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[BinaryIO]:
    """A file that takes its name once it is whole; after a failure nothing new is there.

    Raises:
        OSError: No such folder, no right, no space.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
