"""Weights that come with the package, read with a check of what they are."""

from pathlib import Path
from typing import TypeVar

from livelore.intelligence.insight.errors import WeightsInvalid
from livelore.intelligence.model_file import read

FOLDER = Path(__file__).parent / "weights"
"""Beside each file of weights lies its card: what it was learnt from, and where it errs."""
Model = TypeVar("Model")


def read_weights(path: Path, kind: type[Model], what: str) -> Model:
    """The model in a file.

    Args:
        path: Of the weights.
        kind: What it must be.
        what: The same in a word, for the refusal.

    Raises:
        WeightsInvalid: The file is missing or damaged, or holds another kind.
    """
    found = read(path, "insight", WeightsInvalid)
    if not isinstance(found, kind):
        raise WeightsInvalid(path=str(path), detail=f"holds no {what}")
    return found
