"""A fitted portrait model as one file."""

from pathlib import Path
from typing import Any

from livelore.intelligence import model_file
from livelore.intelligence.portraits.errors import ModelUnreadable


def save(model: Any, path: Path | str) -> None:
    """Write a fitted model of this package to one file; nothing half-written stays."""
    model_file.write(model, path)


def load(path: Path | str) -> Any:
    """The model in a file. No code is run from it: arrays and JSON only.

    Raises:
        ModelUnreadable: It is no such file, or a newer one.
    """
    return model_file.read(path, "portraits", ModelUnreadable)
