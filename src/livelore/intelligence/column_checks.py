"""Columns as callers have them, to arrays: ids to codes, numbers, times; one way for all parts.

Each part hands in its own refusal, so that its users meet one family of errors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from livelore.kit.errors import AppError

Ids = NDArray[Any]  # Any: ids are whole numbers or text, whichever the caller has
Codes = NDArray[np.int32]
_IDS = "ids are whole numbers or text"
_ONE = "one column is needed"
_WHOLE_MAX = 2.0**63
"""Whole numbers from here on are longer than 64 bits."""


@dataclass(frozen=True)
class ColumnChecks:
    """Checks that refuse in the words of one part.

    Attributes:
        refusal: What is raised, with ``column``, ``detail`` and, where one is at fault, ``row``
            (from 0).
    """

    refusal: type[AppError]

    def coded(
        self,
        values: ArrayLike,
        column: str,
        known: ArrayLike | None = None,
        *,
        may_miss: bool = False,
    ) -> tuple[Codes, Ids]:
        """Row numbers for ids, whole numbers or text (also as a pyarrow array).

        Args:
            values: Shape (n_rows,).
            column: For refusals.
            known: Ids by code, each once; left out: those that occur, sorted.
            may_miss: A missing id becomes -1 instead of a refusal.

        Returns:
            Codes, shape (n_rows,), and the ids by code.

        Raises:
            refusal: An id is missing, a fraction, or not among the known; a known one is missing
                or stands there twice.
        """
        given = self._ids(values, column)
        if given.null_count and not may_miss:
            row = _first(given.is_null().to_numpy(zero_copy_only=False))
            raise self.refusal(column=column, row=row, detail="an id is missing")
        if known is not None:
            return self._among(given, self._ids(known, column), column)
        encoded = given.dictionary_encode()
        ids = encoded.dictionary.to_numpy(zero_copy_only=False)
        order = np.argsort(ids, kind="stable")
        rank = np.full(len(ids) + 1, -1, np.int32)
        rank[order] = np.arange(len(ids), dtype=np.int32)
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return rank[codes], ids[order]

    def _among(self, given: Any, listed: Any, column: str) -> tuple[Codes, Ids]:
        if listed.null_count or len(listed.unique()) != len(listed):
            detail = "a known id is missing or stands there twice"
            raise self.refusal(column=column, detail=detail)
        ids = listed.to_numpy(zero_copy_only=False)
        if given.type != listed.type:  # as text: 7 is "7", and "007" another
            given, listed = given.cast(pa.string()), listed.cast(pa.string())
        found = pc.call_function("index_in", [given], pc.SetLookupOptions(listed))
        if found.null_count > given.null_count:
            strange = pc.call_function("and_not", [found.is_null(), given.is_null()])
            row = _first(strange.to_numpy(zero_copy_only=False))
            raise self.refusal(column=column, row=row, detail=f"{given[row]} is not a known id")
        return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32), ids

    def numbers(
        self, values: ArrayLike, column: str, n_rows: int, *, may_miss: bool = False
    ) -> NDArray[np.float64]:
        """A column of finite numbers.

        Args:
            values: Shape (n_rows,).
            column: For refusals.
            n_rows: As many as its neighbours have.
            may_miss: NaN is a missing one and stays.

        Raises:
            refusal: Another length, text, an infinity, NaN where none may be missing.
        """
        try:
            given = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            row = _first_no_number(values)
            detail = f"a value is no number: {error}"
            raise self.refusal(column=column, row=row, detail=detail) from error
        if given.ndim != 1:
            raise self.refusal(column=column, detail=f"{_ONE}, not shape {given.shape}")
        if len(given) != n_rows:
            raise self.refusal(column=column, detail=f"{len(given)} rows beside {n_rows}")
        is_bad = np.isinf(given) if may_miss else ~np.isfinite(given)
        if is_bad.any():
            detail = "infinite" if may_miss else "NaN or infinite"
            raise self.refusal(column=column, row=_first(is_bad), detail=detail)
        return given

    def seconds(self, values: ArrayLike, n_rows: int, column: str = "time") -> NDArray[np.float64]:
        """A column of times: seconds, or datetime64.

        Raises:
            refusal: As `numbers`, or below 0.
        """
        given = self._array(values, column)
        if given.dtype.kind == "m":
            raise self.refusal(column=column, detail="a length of time is no moment")
        if given.dtype.kind == "M":
            if np.isnat(given).any():
                raise self.refusal(column=column, row=_first(np.isnat(given)), detail="missing")
            given = given.astype("datetime64[us]").astype(np.int64) / 1e6
        times = self.numbers(given, column, n_rows)
        if n_rows and times.min() < 0:
            raise self.refusal(column=column, row=int(times.argmin()), detail="a time is negative")
        return times

    def _array(self, values: ArrayLike, column: str) -> NDArray[Any]:
        try:
            return np.asarray(values)
        except ValueError as error:  # lists of different lengths
            raise self.refusal(column=column, detail=str(error)) from error

    def _ids(self, values: Any, column: str) -> Any:  # Any: pyarrow has no types
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if isinstance(values, pa.Array):
            if pa.types.is_integer(values.type) or pa.types.is_string(values.type):
                return values
            values = values.to_numpy(zero_copy_only=False)
        given = self._array(values, column)
        if given.ndim != 1:
            raise self.refusal(column=column, detail=f"{_ONE}, not shape {given.shape}")
        if given.dtype.kind in "iuU":
            return pa.array(given)
        if given.dtype.kind == "f":
            return self._of_floats(given, column)
        if given.dtype.kind != "O":
            raise self.refusal(column=column, detail=f"{_IDS}, not {given.dtype}")
        return self._of_objects(given.tolist(), column)

    def _of_floats(self, given: NDArray[Any], column: str) -> Any:
        missing = np.isnan(given)
        is_wrong = ~missing & ((given != np.floor(given)) | np.isinf(given))
        if is_wrong.any():
            row = _first(is_wrong)
            raise self.refusal(column=column, row=row, detail=f"{_IDS}, not {given[row]}")
        if (np.abs(given[~missing]) >= _WHOLE_MAX).any():
            return self._of_objects(given.tolist(), column)
        return pa.array(np.where(missing, 0, given).astype(np.int64), mask=missing)

    def _of_objects(self, values: list[Any], column: str) -> Any:
        """Whole numbers if all are, else text; what is missing stays so."""
        known = [None if _is_missing(each) else each for each in values]
        for row, each in enumerate(known):
            fraction = isinstance(each, float) and not each.is_integer()
            if fraction or isinstance(each, bool | bytes):
                raise self.refusal(column=column, row=row, detail=f"{_IDS}, not {each!r}")
        known = [int(each) if isinstance(each, float) else each for each in known]
        if all(each is None or isinstance(each, int) for each in known):
            try:
                return pa.array(known, pa.int64())
            except (OverflowError, pa.ArrowInvalid):  # longer than 64 bits: as text they are exact
                pass
        return pa.array([None if each is None else str(each) for each in known], pa.string())


def _first(mask: NDArray[Any]) -> int:
    return int(np.argmax(mask))


def _is_missing(value: object) -> bool:
    return value is None or value != value  # NaN differs from itself  # noqa: PLR0124


def _first_no_number(values: Any) -> int | None:
    for row, each in enumerate(values if hasattr(values, "__iter__") else ()):
        try:
            float(each)
        except (TypeError, ValueError):
            return row
    return None
