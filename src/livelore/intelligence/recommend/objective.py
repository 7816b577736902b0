"""What the ranking is to serve: several outcomes as one reward, with the trade in the open."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livelore.intelligence.recommend.data import numbers
from livelore.intelligence.recommend.errors import DataInvalid, OptionInvalid

OUTCOMES: Mapping[str, str] = {
    "watch_minutes": "minutes watched",
    "completed": "1 when the lesson was watched to its end",
    "quiz_gain": "share of right answers after, less before, -1 to 1",
    "returned": "1 when the viewer came back within a week",
    "refunded": "1 when the money went back",
    "purchased": "1 when something was bought",
    "tipped": "1 when a gift or super chat was sent",
    "danmaku": "danmaku written",
    "reported": "1 when the viewer reported the room",
}
"""Columns that an objective may name, and their units. Amounts of money are left out: a ranking
that earns by the coin learns to find those who cannot stop."""


@dataclass(frozen=True)
class Part:
    """What one outcome adds to the reward.

    Attributes:
        outcome: Its column.
        coefficient: Reward for one unit.
        mean: Of the outcome over all rows, in its unit.
        contribution: Mean reward it adds a row; negative for what is held against.
        share: |contribution| among those of all parts, 0 to 1.
    """

    outcome: str
    coefficient: float
    mean: float
    contribution: float
    share: float


@dataclass(frozen=True)
class Reward:
    """One number a row, and where it comes from.

    Attributes:
        values: Shape (n,).
        parts: By size of their share.
    """

    values: NDArray[np.float64]
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        """A table: what each part contributes."""
        lines = [f"mean reward {self.values.mean():.4f} a row, of which"]
        lines += [
            f"  {part.outcome:<14} {part.coefficient:+9.3f} × mean {part.mean:.4f}"
            f" = {part.contribution:+.4f}  ({part.share:.0%})"
            for part in self.parts
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Objective:
    """A weighted sum of outcomes, declared before it is used.

    Attributes:
        coefficients: Reward for one unit of each outcome, by its column in `OUTCOMES`; what is held
            against (refunds, reports) has a negative one.
        name: In reports.

    Raises:
        OptionInvalid: A column is unknown, a coefficient is not finite, or none is given.
    """

    coefficients: Mapping[str, float]
    name: str = "own"

    def __post_init__(self) -> None:
        if not self.coefficients:
            raise OptionInvalid(option="coefficients", detail="none is given")
        for outcome, value in self.coefficients.items():
            if outcome not in OUTCOMES:
                detail = f"{outcome!r} is none of {', '.join(OUTCOMES)}"
                raise OptionInvalid(option="coefficients", detail=detail)
            if not np.isfinite(value):
                raise OptionInvalid(option="coefficients", detail=f"{outcome} is {value}")

    def reward(self, outcomes: Mapping[str, ArrayLike]) -> Reward:
        """One reward a row.

        Args:
            outcomes: Columns of the same length, all that the objective names; others are refused,
                so that a column which was meant to count cannot be forgotten in silence.

        Raises:
            DataInvalid: A column is missing, not named by the objective, or has a bad value.
        """
        for name in outcomes:
            if name not in self.coefficients:
                raise DataInvalid(column=name, detail=f"the objective {self.name!r} has no such")
        missing = [name for name in self.coefficients if name not in outcomes]
        if missing:
            raise DataInvalid(column=missing[0], detail="the objective needs this column")
        n_rows = len(np.asarray(outcomes[next(iter(self.coefficients))]))
        if n_rows == 0:
            raise DataInvalid(column="reward", detail="there are no rows")
        columns = {name: numbers(outcomes[name], name, n_rows) for name in self.coefficients}
        total = np.zeros(n_rows)
        for name, coefficient in self.coefficients.items():
            total += coefficient * columns[name]
        return Reward(total, self._parts(columns))

    def _parts(self, columns: Mapping[str, NDArray[np.float64]]) -> tuple[Part, ...]:
        means = {name: float(values.mean()) for name, values in columns.items()}
        added = {name: self.coefficients[name] * mean for name, mean in means.items()}
        whole = sum(abs(each) for each in added.values()) or 1.0
        parts = [
            Part(name, float(self.coefficients[name]), means[name], each, abs(each) / whole)
            for name, each in added.items()
        ]
        return tuple(sorted(parts, key=lambda part: -part.share))


WATCHING = Objective({"watch_minutes": 1.0}, "watching")
"""What others optimise: here to compare with."""
LEARNING = Objective(
    {"completed": 1.0, "quiz_gain": 4.0, "returned": 2.0, "refunded": -4.0, "reported": -4.0},
    "learning",
)
"""The default of a teaching site: gain and return less refund; a choice, not a
measurement."""
