"""Columns of very different size and skew, made comparable before distances are taken."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from livelore.intelligence.portraits.errors import OptionInvalid
from livelore.intelligence.portraits.scikit import feature_names_in, validate_data

Floats = NDArray[Any]  # Any: float32 or float64, whichever the caller has
ROWS_MAX = 100_000
"""Quantiles are taken of so many rows, evenly spread over all."""
SKEW_MAX = 0.5
"""Moment skewness up to which a column is left as it is."""
BENDS = (3.0, 1.0, 0.1, 0.01)
"""Where a column's logarithm begins, as a share of its unit: from a mild bend to a plain ln."""
_TAIL = 0.005
"""Share of values on each side that is pulled in before skew and spread are computed."""


class SkewScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn: no types
    """Centre by the median, divide by a robust spread, take logarithms where a column is skewed.

    A column whose skewness is above 0.5 becomes ``sign(x) · ln(1 + |x| / s)``, with ``s`` that of
    `BENDS` times the median of its absolute values that are not 0 which leaves the least skewness;
    so its unit does not matter. The spread is the standard deviation with the outermost half per
    cent on each side pulled in: an IQR is 0 for a column of zeros with a few payers, and makes a
    column of two humps, the very one that divides users, weigh half. What is more than ``clip``
    spreads away is set there.

    Columns with one value (or none) are dropped; ``notes_`` says which and why. NaN is a missing
    value and becomes the median (0 after scaling); infinities are refused.

    Args:
        clip: In spreads, above 0.
        names: Of the columns, for notes; None: those of the data frame, else x0, x1, …

    Attributes:
        kept_: Columns kept, shape (n_kept,).
        is_log_: Which of these are in logarithms.
        unit_: ``s`` of these; 1 where no logarithm is taken.
        centre_: Median, after the logarithm.
        spread_: See above.
        notes_: What was dropped or filled, one sentence each.
    """

    def __init__(self, clip: float = 6.0, *, names: tuple[str, ...] | None = None) -> None:
        self.clip = clip
        self.names = names

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # scikit-learn's shape
        """Learn from users by features, shape (n_users, n_features)."""
        if not self.clip > 0:
            raise OptionInvalid(option="clip", detail=f"{self.clip!r} is not above 0")
        found = self._checked(X, reset=True)
        plain = [f"x{n}" for n in range(found.shape[1])]
        names = self.names or getattr(self, "feature_names_in_", plain)
        self.notes_: list[str] = []
        learnt = []
        for number, name in enumerate(names):
            column = found[:, number]
            n_missing = int(np.isnan(column).sum()) if found.dtype.kind == "f" else 0
            if n_missing == len(column) or np.nanmin(column) == np.nanmax(column):
                has = "no value" if n_missing == len(column) else "one value only"
                self.notes_.append(f"{name} is left out: {has}")
                continue
            if n_missing:
                self.notes_.append(f"{name}: {n_missing} missing values count as its median")
            learnt.append((number, *_shape_of(column)))
        self.kept_ = np.array([each[0] for each in learnt], np.int64)
        self.is_log_ = np.array([each[1] for each in learnt], bool)
        self.unit_ = np.array([each[2] for each in learnt])
        self.centre_ = np.array([each[3] for each in learnt])
        self.spread_ = np.array([each[4] for each in learnt])
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Shape (n_users, n_kept), of the input's float type; finite."""
        check_is_fitted(self)
        found = self._checked(X, reset=False)
        return self._scaled(found, found.dtype)

    def transform_single(self, X: ArrayLike) -> NDArray[np.float32]:
        """The same in single precision: half the memory, computed column by column."""
        check_is_fitted(self)
        return self._scaled(self._checked(X, reset=False), np.dtype(np.float32))

    def _scaled(self, found: Floats, dtype: np.dtype[Any]) -> Floats:
        scaled = np.empty((len(found), len(self.kept_)), dtype)
        for place, number in enumerate(self.kept_):
            column = found[:, number].astype(np.float64)
            if self.is_log_[place]:
                column = _logged(column, self.unit_[place])
            column -= self.centre_[place]
            column /= self.spread_[place]
            np.clip(column, -self.clip, self.clip, out=column)
            scaled[:, place] = np.nan_to_num(column, copy=False)
        return scaled

    def inverse_transform(self, X: ArrayLike) -> Floats:
        """Values that would have been scaled to these (clipped ones stay clipped)."""
        check_is_fitted(self)
        given = np.asarray(X, dtype=np.float64) * self.spread_ + self.centre_
        bent = np.where(self.is_log_, given, 0.0)  # of a plain column the power would overflow
        grown = np.sign(bent) * np.expm1(np.abs(bent)) * self.unit_
        found: Floats = np.where(self.is_log_, grown, given)
        return found

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Names of the columns kept."""
        check_is_fitted(self)
        names: NDArray[Any] = feature_names_in(self, input_features)
        return names[self.kept_]

    def _checked(self, X: ArrayLike, *, reset: bool) -> Floats:
        found: Floats = validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
        )
        return found

    def __sklearn_tags__(self) -> Any:  # Any: scikit-learn has no types
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _shape_of(column: Floats) -> tuple[bool, float, float, float]:
    """Whether in logarithms, the unit, the centre and the spread of one column."""
    every = -(-len(column) // ROWS_MAX)
    values = column[::every].astype(np.float64)
    values = np.sort(values[~np.isnan(values)])
    if not len(values) or values[0] == values[-1]:  # the rare other values fell between
        values = np.sort(column[~np.isnan(column)].astype(np.float64))
    unit = _unit_of(values)
    if unit:
        values = np.sort(_logged(values, unit))
    spread = float(_pulled_in(values).std())
    if spread == 0:  # all but the outermost are one value
        spread = float(values.std())
    if spread == 0:  # so close together that their squares are 0
        spread = float(values[-1] - values[0]) or 1.0
    return bool(unit), unit or 1.0, float(np.median(values)), spread


def _unit_of(values: Floats) -> float:
    """``s`` of sorted values; 0: take no logarithm."""
    least = abs(_skewness(_pulled_in(values)))
    if least <= SKEW_MAX:
        return 0.0
    unit, size = 0.0, float(np.median(np.abs(values[values != 0])))
    largest = float(np.abs(values).max())
    if size * BENDS[-1] < 1e-290 or largest / (size * BENDS[-1]) > 1e290:
        return 0.0  # no double holds the quotient
    for bend in BENDS:
        skewness = abs(_skewness(_pulled_in(_logged(values, bend * size))))
        if skewness < least:
            unit, least = bend * size, skewness
    return unit


def _logged(values: Floats, unit: float) -> Floats:
    found: Floats = np.sign(values) * np.log1p(np.abs(values) / unit)
    return found


def _pulled_in(values: Floats) -> Floats:
    """Sorted values with the outermost set to their neighbours."""
    n_out = int(len(values) * _TAIL)
    return np.clip(values, values[n_out], values[len(values) - 1 - n_out])


def _skewness(values: Floats) -> float:
    off = values - values.mean()
    off /= max(float(np.abs(off).max()), 1e-300)  # else small squares would be lost
    width = float(np.sqrt(np.square(off).mean()))
    return float(np.mean((off / width) ** 3)) if width > 0 else 0.0
