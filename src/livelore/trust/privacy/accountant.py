"""What has been spent of a privacy budget, summed as tightly as is known, and the refusal.

Costs add up as Rényi divergences (Mironov 2017) over a grid of orders, and are turned into
(epsilon, delta) by Canonne, Kamath, Steinke 2020, proposition 12. Where every cost is Gaussian the
sum is again one Gaussian, whose (epsilon, delta) is exact; where every cost is pure, the plain sum
of epsilons may be less. The least of these holds.
"""

import json
import math
import threading
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from livelore.trust.privacy.errors import BudgetSpent, ParameterInvalid
from livelore.trust.privacy.mechanisms import check_delta, gaussian_epsilon, gaussian_rho

ORDERS: NDArray[np.float64] = np.concatenate(
    [1 + np.geomspace(1e-3, 1, 60), np.geomspace(2.01, 1e6, 400)]
)
"""Of the Rényi divergences that are tracked."""
Kind = Literal["pure", "laplace", "gaussian"]


@dataclass(frozen=True)
class Cost:
    """What one answer costs.

    Attributes:
        kind: pure: epsilon as given; laplace, gaussian: by their own, smaller curves.
        amount: Epsilon of pure and laplace; rho (zCDP) of gaussian.
    """

    kind: Kind
    amount: float

    def __post_init__(self) -> None:
        if not 0 < self.amount < math.inf:
            raise ParameterInvalid(parameter="amount", value=self.amount, detail="above 0")
        if self.kind not in {"pure", "laplace", "gaussian"}:
            raise ParameterInvalid(parameter="kind", value=self.kind, detail="not known")

    @classmethod
    def gaussian(cls, l2_sensitivity: float, sigma: float) -> Self:
        """Of Gaussian noise, continuous or discrete."""
        return cls("gaussian", gaussian_rho(l2_sensitivity, sigma))

    @property
    def curve(self) -> NDArray[np.float64]:
        """Rényi divergence at each of `ORDERS`."""
        if self.kind == "gaussian":
            return ORDERS * self.amount
        if self.kind == "laplace":
            return _laplace_curve(self.amount)
        return np.minimum(self.amount, ORDERS * self.amount**2 / 2)


def _laplace_curve(epsilon: float) -> NDArray[np.float64]:
    """Mironov 2017, proposition 6; in logarithms, since the first term overflows."""
    a = ORDERS
    first = np.log(a / (2 * a - 1)) + (a - 1) * epsilon
    second = np.log((a - 1) / (2 * a - 1)) - a * epsilon
    return np.minimum(epsilon, np.logaddexp(first, second) / (a - 1))


def epsilon_of(curve: NDArray[np.float64], delta: float) -> float:
    """The epsilon of a Rényi curve at a delta."""
    check_delta(delta)
    bound = curve + np.log1p(-1 / ORDERS) - (math.log(delta) + np.log(ORDERS)) / (ORDERS - 1)
    return max(0.0, float(bound.min()))


@dataclass(frozen=True)
class Entry:
    """One answer that was paid for."""

    what: str
    kind: Kind
    amount: float
    epsilon_after: float


class Accountant:
    """A budget for everything that is published of one data set; safe to share among threads.

    Args:
        epsilon: Of the whole.
        delta: Of the whole.

    Raises:
        ParameterInvalid: Epsilon is not above 0, or delta not between 0 and 1.
    """

    def __init__(self, epsilon: float, delta: float) -> None:
        if not 0 < epsilon < math.inf:
            raise ParameterInvalid(parameter="epsilon", value=epsilon, detail="above 0")
        check_delta(delta)
        self.epsilon = epsilon
        self.delta = delta
        self._entries: list[Entry] = []
        self._costs: list[Cost] = []
        self._lock = threading.Lock()

    def spend(self, what: str, cost: Cost) -> None:
        """Pay before the answer is computed; a refusal costs nothing.

        Args:
            what: Is published, for the ledger.
            cost: Of it.

        Raises:
            BudgetSpent: The whole would exceed the budget.
        """
        with self._lock:
            after = self._epsilon_of([*self._costs, cost])
            if after > self.epsilon * (1 + 1e-9):
                spent = self._epsilon_of(self._costs)
                raise BudgetSpent(
                    what=what,
                    asked=asdict(cost),
                    spent_epsilon=round(spent, 6),
                    left_epsilon=round(self.epsilon - spent, 6),
                    would_be_epsilon=round(after, 6),
                )
            self._costs.append(cost)
            self._entries.append(Entry(what, cost.kind, cost.amount, after))

    def _epsilon_of(self, costs: list[Cost]) -> float:
        if not costs:
            return 0.0
        bounds = [epsilon_of(np.sum([each.curve for each in costs], axis=0), self.delta)]
        total = sum(each.amount for each in costs)
        if all(each.kind == "gaussian" for each in costs):
            bounds.append(gaussian_epsilon(self.delta, math.sqrt(2 * total)))
        elif all(each.kind != "gaussian" for each in costs):
            bounds.append(total)
        return min(bounds)

    @property
    def spent_epsilon(self) -> float:
        """So far, at the delta of the budget."""
        with self._lock:
            return self._epsilon_of(self._costs)

    @property
    def left_epsilon(self) -> float:
        """A hint: costs do not add up plainly, so more than this may still be paid."""
        return max(0.0, self.epsilon - self.spent_epsilon)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The ledger, oldest first."""
        with self._lock:
            return tuple(self._entries)

    def left_rho(self) -> float:
        """The most that one more Gaussian answer may cost."""
        with self._lock:
            low, high = 0.0, 1.0
            while self._is_allowed(high):
                low, high = high, high * 2
            for _ in range(60):
                middle = (low + high) / 2
                low, high = (middle, high) if self._is_allowed(middle) else (low, middle)
            return low

    def _is_allowed(self, rho: float) -> bool:
        return rho == 0 or self._epsilon_of([*self._costs, Cost("gaussian", rho)]) <= self.epsilon

    def __str__(self) -> str:
        """The ledger as a table."""
        lines = [f"budget: epsilon {self.epsilon:g}, delta {self.delta:g}"]
        for each in self.entries:
            unit = "rho" if each.kind == "gaussian" else "epsilon"
            paid = f"{each.what}: {each.kind}, {unit} {each.amount:.6g}"
            lines.append(f"{paid}; spent {each.epsilon_after:.4f}")
        return "\n".join([*lines, f"left: epsilon {self.left_epsilon:.4f}"])

    def to_json(self) -> str:
        """Budget and ledger; `from_json` goes on with it."""
        entries = [asdict(each) for each in self.entries]
        return json.dumps({"epsilon": self.epsilon, "delta": self.delta, "entries": entries})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """An accountant that has spent what another had.

        Raises:
            ParameterInvalid: The text is no ledger.
        """
        try:
            given: dict[str, Any] = json.loads(text)
            found = cls(given["epsilon"], given["delta"])
            found._entries = [Entry(**each) for each in given["entries"]]
            found._costs = [Cost(each.kind, each.amount) for each in found._entries]
        except (KeyError, TypeError, ValueError) as error:
            raise ParameterInvalid(parameter="ledger", value="", detail=str(error)) from error
        return found


def rho_of(epsilon: float, delta: float) -> float:
    """The most Gaussian cost that (epsilon, delta) allows: what `Accountant.left_rho` starts at."""
    return Accountant(epsilon, delta).left_rho()
