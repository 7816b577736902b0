"""Segments and levels of users as the columns of a table."""

from typing import Any

import numpy as np
import pyarrow as pa

from livelore.intelligence.portraits.portraits import Assigned, Language
from livelore.intelligence.portraits.words import LEVELS, UNKNOWN

SEGMENT_COLUMNS = (
    "user_cluster",
    "segment_name",
    "segment_probability",
    "interests",
    "spending_level",
    "social_level",
)


def with_segments(data: Any, assigned: Assigned, language: Language = "en") -> Any:
    """A pyarrow.Table with `SEGMENT_COLUMNS` at its end; columns of these names are replaced.

    Args:
        data: One row a user.
        assigned: Of the same users.
        language: Of names and levels.
    """
    for name, column in segment_columns(assigned, language).items():
        if name in data.column_names:
            data = data.drop_columns([name])
        data = data.append_column(name, column)
    return data


def segment_columns(assigned: Assigned, language: Language) -> dict[str, Any]:
    """Arrow arrays by name; texts are coded."""
    place = ("zh", "en").index(language)
    levels = tuple(pair[place] for pair in (UNKNOWN, *LEVELS))
    probabilities = np.round(assigned.probabilities.astype(np.float64), 4)
    found = (
        pa.array(assigned.segments),
        _texts(*assigned.segment_names(language)),
        pa.array(probabilities),
        _texts(*assigned.interests),
        _texts(assigned.spending + 1, levels),
        _texts(assigned.social + 1, levels),
    )
    return dict(zip(SEGMENT_COLUMNS, found, strict=True))


def _texts(codes: Any, words: Any) -> Any:  # Any: pyarrow has no types
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(words, pa.string()))
