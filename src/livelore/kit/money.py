"""Integers in minor units: the only form money has."""

from livelore.kit.errors import AppError

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
