"""What may happen to a payment in the sandbox: scenarios, by a word in its ``options``."""

from dataclasses import dataclass

from livelore.kit.errors import AppError
from livelore.kit.times import to_ms
from livelore.ports.payments import FactType, PaymentRequest

SCENARIOS = {
    "success": "captured after the delay",
    "fail": "refused after the delay",
    "abandon": "the buyer walks away; closed when the order expires",
    "late": "captured a minute after the order has expired",
    "duplicate": "captured, and the notice comes n times (duplicate:n, default 5)",
    "twice": "captured twice, under two references",
    "wrong_sum": "one minor unit less is captured",
    "wrong_currency": "captured in another currency",
    "forged": "nothing is captured, but a notice with a false signature says so",
    "refund_fails": "captured; refunds fail (refund_fails:n: the first n tries)",
    "never": "captured, and no notice ever comes: only a query finds it",
}
LATE_S = 60


class ScenarioUnknown(AppError):
    """There is no such scenario; ``known`` lists them."""

    code = "payments.scenario_unknown"
    status = 422


@dataclass(frozen=True, slots=True)
class Plan:
    """One event of a scenario: when it happens, what of the asked sum, and how it is told."""

    type: FactType
    at_ms: int
    amount: int
    currency: str
    n_notices: int = 1


def parse_scenario(options: str | None) -> tuple[str, int]:
    """Name and number of ``name`` or ``name:n``; None is ``success``.

    Raises:
        ScenarioUnknown: No such name, or n is not 1 … 1000.
    """
    name, _, number = (options or "success").partition(":")
    if name not in SCENARIOS or (number and not (number.isdigit() and 1 <= int(number) <= 1000)):
        raise ScenarioUnknown(scenario=(options or "")[:40], known=sorted(SCENARIOS))
    return name, int(number) if number else 0


def plans_of(request: PaymentRequest, name: str, n: int, at_ms: int) -> list[Plan]:
    """What will happen to a payment, by its scenario; ``forged`` captures nothing."""
    amount, currency = request.amount_minor, request.currency
    expires_ms = to_ms(request.expires_at)
    captured = Plan("captured", at_ms, amount, currency)
    other = "EUR" if currency == "USD" else "USD"
    return {
        "fail": [Plan("failed", at_ms, amount, currency)],
        "abandon": [Plan("closed", expires_ms, amount, currency)],
        "late": [Plan("captured", expires_ms + LATE_S * 1000, amount, currency)],
        "duplicate": [Plan("captured", at_ms, amount, currency, n or 5)],
        "twice": [captured, captured],
        "wrong_sum": [Plan("captured", at_ms, amount - 1 or 2, currency)],
        "wrong_currency": [Plan("captured", at_ms, amount, other)],
        "forged": [],
        "never": [Plan("captured", at_ms, amount, currency, 0)],
    }.get(name, [captured])
