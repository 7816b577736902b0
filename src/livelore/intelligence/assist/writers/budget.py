"""How much a model may cost: tokens in a day, and answers that need not be written twice."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from livelore.intelligence.assist.errors import BudgetSpent, OptionInvalid

DAY_S = 86_400.0
CHARACTERS_A_TOKEN = 1.5
"""A careful estimate for Chinese; English has more."""


def tokens_of(text: str) -> int:
    """About how many tokens a text has, rather too many than too few."""
    return int(len(text) / CHARACTERS_A_TOKEN) + 1


@dataclass
class Budget:
    """Tokens that may be spent in a day.

    Args:
        tokens_a_day: Asked and written together, at least 0.
        now: Seconds since any fixed point.
    """

    tokens_a_day: int
    now: Callable[[], float]
    _begun: float | None = field(default=None, init=False)
    _spent: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.tokens_a_day < 0:
            raise OptionInvalid(option="tokens_a_day", detail=f"{self.tokens_a_day} is below 0")

    @property
    def left(self) -> int:
        """Tokens that may still be spent in this day."""
        moment = self.now()
        if self._begun is None or moment - self._begun >= DAY_S:
            self._begun, self._spent = moment, 0
        return self.tokens_a_day - self._spent

    def spend(self, tokens: int) -> None:
        """Take tokens before they are used; all or none.

        Raises:
            BudgetSpent: There are not so many left.
        """
        if tokens > self.left:
            raise BudgetSpent(left=self.left, asked=tokens)
        self._spent += tokens


@dataclass
class Kept:
    """The newest answers by what was asked.

    Args:
        n_max: How many are kept, the least recently used goes first.
    """

    n_max: int = 1_000
    _texts: OrderedDict[str, str] = field(default_factory=OrderedDict[str, str], init=False)

    def get(self, key: str) -> str | None:
        """What was kept, or None."""
        if key not in self._texts:
            return None
        self._texts.move_to_end(key)
        return self._texts[key]

    def put(self, key: str, text: str) -> None:
        """Keep one."""
        self._texts[key] = text
        self._texts.move_to_end(key)
        while len(self._texts) > self.n_max:
            self._texts.popitem(last=False)
