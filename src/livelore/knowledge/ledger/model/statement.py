"""What a person sees of their account: lines, groups folded into one, and a sum that proves it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry of an account, or several of one group folded together.

    Attributes:
        id: Newest transfer in it.
        first_id: Oldest transfer in it; the same but for groups.
        act_id: Newest act in it: the voucher.
        at: When.
        kind: Of the act.
        reason: Of the transfer.
        fields: Facts of the act.
        subject: What the act was about.
        delta: What it changed, with sign.
        balance_after: After the newest; None for a hold.
        group_id: Combo, if it is one.
        group_count: How many acts it folds.
        is_held: Whether it is a hold, not a transfer.
    """

    id: int
    first_id: int
    act_id: int
    at: datetime
    kind: str
    reason: str
    fields: Mapping[str, Any]  # Any: JSON values
    subject: str | None
    delta: int
    balance_after: int | None
    group_id: str | None = None
    group_count: int = 1
    is_held: bool = False

    @property
    def voucher(self) -> str:
        """What support asks for."""
        return f"T-{self.act_id}"


@dataclass(frozen=True, slots=True)
class Proof:
    """Opening + received - spent = held + available."""

    period_start: datetime
    opening: int
    received: int
    spent: int
    held: int
    available: int

    @property
    def is_proved(self) -> bool:
        """Whether the sum comes out."""
        return self.opening + self.received - self.spent == self.held + self.available


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Newest first; ``next_id`` is where the next page begins, None on the last."""

    lines: tuple[StatementLine, ...]
    proof: Proof
    next_id: int | None


def folded(lines: Iterable[StatementLine]) -> tuple[StatementLine, ...]:
    """Neighbours of one group and reason as one line: the presses of a combo, ``× 99``.

    Args:
        lines: Newest first.
    """
    page: list[StatementLine] = []
    for line in lines:
        newer = page[-1] if page else None
        if (
            newer
            and line.group_id
            and (newer.group_id, newer.reason) == (line.group_id, line.reason)
        ):
            page[-1] = replace(
                newer,
                first_id=line.first_id,
                delta=newer.delta + line.delta,
                group_count=newer.group_count + line.group_count,
            )
        else:
            page.append(line)
    return tuple(page)
