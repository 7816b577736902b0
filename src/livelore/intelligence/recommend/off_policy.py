"""What another policy would have earned, from what this one logged: IPS, SNIPS, clipped, DR."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from livelore.intelligence.recommend.data import numbers
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid

Values = NDArray[np.float64]
SAMPLE_MIN = 0.01
"""Effective share of the log below which an estimate rests on a handful of rows."""
WEIGHT_Z = 4.0
"""Standard errors that the mean weight may be off 1 before support is called missing."""


@dataclass(frozen=True)
class LoggedData:
    """One row a decision: what was shown, how likely that was, what came of it.

    Attributes:
        actions: Codes of what was shown, shape (n,), 0 to n_actions - 1.
        propensities: Chance with which the logging policy showed it, above 0, shape (n,).
        rewards: In any unit, shape (n,); estimates have the same.
        n_actions: Codes there are.
    """

    actions: NDArray[np.int64]
    propensities: Values
    rewards: Values
    n_actions: int

    @classmethod
    def of(
        cls, actions: ArrayLike, propensities: ArrayLike, rewards: ArrayLike, n_actions: int
    ) -> "LoggedData":
        """Check columns.

        Raises:
            DataInvalid: There is no row, lengths differ, an action is unknown, a chance is not in
                (0, 1], a number is not finite.
        """
        codes: NDArray[Any] = np.asarray(actions)
        if codes.ndim != 1 or len(codes) == 0 or codes.dtype.kind not in "iu":
            raise DataInvalid(column="action", detail="a column of whole numbers is needed")
        outside = (codes < 0) | (codes >= n_actions)
        if outside.any():
            detail = f"{codes[outside.argmax()]} is not 0 to {n_actions - 1}"
            raise DataInvalid(column="action", row=int(outside.argmax()), detail=detail)
        chances = numbers(propensities, "propensity", len(codes))
        wrong = (chances <= 0) | (chances > 1)
        if wrong.any():
            detail = f"{chances[wrong.argmax()]} is not in (0, 1]: what was shown had a chance"
            raise DataInvalid(column="propensity", row=int(wrong.argmax()), detail=detail)
        earned = numbers(rewards, "reward", len(codes))
        return cls(codes.astype(np.int64), chances, earned, n_actions)

    def __len__(self) -> int:
        return len(self.actions)


@dataclass(frozen=True)
class Estimate:
    """What a policy would have earned a decision.

    Attributes:
        method: By which estimator.
        value: Mean reward a decision.
        std_error: Of the value.
        low: Lower end of the interval.
        high: Upper end.
        level: Confidence of the interval (normal).
        effective_n: Rows that would tell as much if all weighed alike (Kish): (Σw)² / Σw².
        largest_weight: Of a row, after clipping.
        warnings: What makes the value doubtful; empty when nothing does.
    """

    method: str
    value: float
    std_error: float
    low: float
    high: float
    level: float
    effective_n: float
    largest_weight: float
    warnings: tuple[str, ...] = ()


def ips(log: LoggedData, target: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Inverse propensity score: mean of ``target / propensity · reward``; unbiased.

    Args:
        log: What was shown.
        target: Chances with which the new policy would show each action in the context of each row,
            shape (n, n_actions), rows of sum 1.
        level: Confidence of the interval, between 0 and 1.

    Raises:
        DataInvalid: The target is no table of chances.
        OptionInvalid: The level is out of range.

    Source: Horvitz, Thompson 1952; Li et al. 2011.
    """
    weights, warnings = _weighed(log, target)
    return _estimate("IPS", weights * log.rewards, weights, level, warnings)


def clipped_ips(
    log: LoggedData, target: ArrayLike, weight_max: float, *, level: float = 0.95
) -> Estimate:
    """IPS with weights of at most ``weight_max``: less noise, and a bias towards 0 that is told.

    Source: Ionides 2008, truncated importance sampling.
    """
    if not 0 < weight_max < np.inf:
        raise OptionInvalid(option="weight_max", detail="it must be above 0 and finite")
    weights, warnings = _weighed(log, target)
    share = float((weights > weight_max).mean())
    if share > 0:
        warnings = (*warnings, f"{share:.2%} of weights were clipped at {weight_max:g}")
    weights = np.minimum(weights, weight_max)
    return _estimate("clipped IPS", weights * log.rewards, weights, level, warnings)


def snips(log: LoggedData, target: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Self-normalised IPS: ``Σ w r / Σ w``; a small bias for much less noise, never out of range.

    The standard error is that of a ratio (delta method).

    Source: Swaminathan, Joachims 2015.
    """
    weights, warnings = _weighed(log, target)
    total = weights.mean()
    if total == 0:
        raise DataInvalid(column="target", detail="the policy never does what was logged")
    value = (weights * log.rewards).mean() / total
    spread = value + weights * (log.rewards - value) / total
    return _estimate("SNIPS", spread, weights, level, warnings)


def doubly_robust(
    log: LoggedData, target: ArrayLike, predicted: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """A model of rewards, corrected by IPS where it is wrong: right if either of the two is.

    Args:
        log: What was shown.
        target: As of `ips`.
        predicted: Reward of each action in the context of each row by any model, shape
            (n, n_actions); of a model fitted on other rows (cross-fitting), else the interval is
            too narrow.
        level: As of `ips`.

    Source: Dudík, Langford, Li 2011.
    """
    weights, warnings = _weighed(log, target)
    model = _table(predicted, "predicted", log)
    chances = np.asarray(target, dtype=np.float64)
    rows = np.arange(len(log))
    # an action without any chance counts nothing, whatever the model says of it
    direct = np.where(chances > 0, chances * model, 0).sum(axis=1)
    values = direct + weights * (log.rewards - model[rows, log.actions])
    return _estimate("DR", values, weights, level, warnings)


def _table(values: ArrayLike, column: str, log: LoggedData) -> Values:
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (len(log), log.n_actions):
        detail = f"shape {found.shape}, not {(len(log), log.n_actions)}"
        raise DataInvalid(column=column, detail=detail)
    bad = ~np.isfinite(found).all(axis=1)
    if bad.any():
        raise DataInvalid(column=column, row=int(bad.argmax()), detail="NaN or infinite")
    return found


def _weighed(log: LoggedData, target: ArrayLike) -> tuple[Values, tuple[str, ...]]:
    chances = _table(target, "target", log)
    wrong = (chances < 0).any(axis=1) | (np.abs(chances.sum(axis=1) - 1) > 1e-4)
    if wrong.any():
        detail = "chances of a row must be at least 0 and have the sum 1"
        raise DataInvalid(column="target", row=int(wrong.argmax()), detail=detail)
    weights = chances[np.arange(len(log)), log.actions] / log.propensities
    return weights, _doubts(log, chances, weights)


def _doubts(log: LoggedData, chances: Values, weights: Values) -> tuple[str, ...]:
    found = []
    never = np.bincount(log.actions, minlength=log.n_actions) == 0
    unseen = float(chances[:, never].sum(axis=1).mean())
    if unseen > 1e-6:
        found.append(f"support is missing: {unseen:.2%} of what the policy does was never logged")
    error = weights.std() / np.sqrt(len(weights))
    if weights.mean() < 1 - max(WEIGHT_Z * error, 1e-3):
        found.append(
            f"support is missing: weights have the mean {weights.mean():.3f}, not 1, so the log"
            " does not show all that the policy does, or propensities are too high"
        )
    if weights.mean() > 1 + max(WEIGHT_Z * error, 1e-3):
        found.append(f"weights have the mean {weights.mean():.3f}, not 1: propensities are too low")
    if _effective(weights) < SAMPLE_MIN * len(weights):
        found.append(
            f"only {_effective(weights):.0f} of {len(weights)} rows count: the policies differ"
            " too much for this log"
        )
    return tuple(found)


def _effective(weights: Values) -> float:
    squares = float((weights**2).sum())
    return float(weights.sum() ** 2 / squares) if squares > 0 else 0.0


def _estimate(
    method: str, values: Values, weights: Values, level: float, warnings: tuple[str, ...]
) -> Estimate:
    if not 0 < level < 1:
        raise OptionInvalid(option="level", detail=f"{level} is not in (0, 1)")
    value = float(values.mean())
    n = len(values)
    error = float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else float("inf")
    reach = float(ndtri((1 + level) / 2)) * error
    return Estimate(
        method,
        value,
        error,
        value - reach,
        value + reach,
        level,
        _effective(weights),
        float(weights.max()),
        warnings,
    )
