"""Integers in minor units: the only form money has."""

from collections.abc import Sequence

from livelore.kit.errors import AppError, invariant

AMOUNT_MAX = 10**12
"""Largest amount of one transfer, in minor units (MONEY: 1 … 10^12)."""


class AmountError(AppError):
    """An amount is not an integer from 1 to 10^12."""

    code = "money.amount_invalid"
    status = 422


def check_amount(value: object) -> int:
    """The amount itself, if it is one.

    Args:
        value: A claimed amount in minor units or coins.

    Returns:
        ``value``, an int from 1 to 10^12.

    Raises:
        AmountError: Not an int (bool, float and text are refused) or out of range.
    """
    if type(value) is not int or not 1 <= value <= AMOUNT_MAX:
        raise AmountError(value=repr(value)[:40])
    return value


def split(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Cut an amount into parts by weight; the parts sum to it exactly.

    Args:
        amount_minor: What is cut, minor units, 0 or more.
        weights: One per party, 0 or more, in the order that decides ties; their sum above 0.

    Returns:
        One part per weight, each less than one unit from its exact value; a weight of 0 gets 0.

    Source: largest remainder (Hamilton), MONEY section 1.
    """
    total = sum(weights)
    invariant(amount_minor >= 0 and total > 0 and min(weights) >= 0, "nothing to split by")
    parts = [amount_minor * weight // total for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(amount_minor * weights[i] % total), i)
    )
    for index in by_remainder[: amount_minor - sum(parts)]:
        parts[index] += 1
    return parts


def unsplit(amount_minor: int, left: Sequence[int]) -> list[int]:
    """How much of each share an amount taken back reverses.

    Never ``split(before) - split(after)``: largest remainder is not monotone, a party would be
    charged for the refund of another.

    Args:
        amount_minor: What is taken back, from 0 to the sum of ``left``.
        left: What of each share has not been reversed yet, minor units.

    Returns:
        One part per share, none above what was left of it.
    """
    invariant(0 <= amount_minor <= sum(left), "more is taken back than is left")
    return [0 for _ in left] if amount_minor == 0 else split(amount_minor, left)
