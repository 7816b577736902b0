"""How money comes in from outside and goes back: one small face for every payment provider.

The promise that holds for all gateways: our number (``payment_no``, ``refund_no``) names a thing
for ever, so a call may be repeated after a crash without paying twice; notices may come late,
repeated, out of order or never; only a verified notice or the answer to `query` is a fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal, Protocol

from livelore.kit.errors import AppError

FactType = Literal["captured", "failed", "closed", "refunded", "refund_failed"]
Method = Literal["wechat", "alipay", "card"]
METHODS: tuple[Method, ...] = ("wechat", "alipay", "card")


class GatewayUnavailable(AppError):
    """The gateway did not answer; nothing is known of what it did. Ask it later by our number."""

    code = "payments.gateway_unavailable"
    status = 503
    retryable = True


class NoticeForged(AppError):
    """A notice that its gateway did not sign, signed wrongly, or signed too long ago."""

    code = "payments.notice_forged"
    status = 401


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a gateway is asked to collect.

    Args:
        payment_no: Our number, unique for ever.
        amount_minor: Minor units of ``currency``.
        currency: ISO 4217.
        method: The way the buyer chose.
        title: What the buyer sees at the gateway.
        expires_at: After it the gateway should not collect any more.
        options: Words for the sandbox alone; real gateways ignore them.
    """

    payment_no: str
    amount_minor: int
    currency: str
    method: Method
    title: str
    expires_at: datetime
    options: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What a gateway is asked to give back, of one capture.

    Args:
        refund_no: Our number; repeating it never pays twice.
        gateway_ref: The capture, as the gateway names it.
        amount_minor: Minor units of ``currency``.
        currency: The capture's.
    """

    refund_no: str
    gateway_ref: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What one verified notice, answer or bill line says.

    Args:
        type: What happened.
        payment_no: Our number of the payment, as the gateway repeats it.
        gateway_id: The gateway's own id of this event's object: the capture's, or the refund's.
        amount_minor: Of the event; None where the type has none.
        currency: Of the amount.
        at: The gateway's time.
        merchant: Who is said to be paid.
        refund_no: Our number of the refund, for the two refund types.
    """

    type: FactType
    payment_no: str
    gateway_id: str
    amount_minor: int | None
    currency: str | None
    at: datetime
    merchant: str
    refund_no: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedNotice:
    """A notice whose signature held; ``dedup_key`` is equal for its repetitions."""

    dedup_key: str
    fact: Fact


class PaymentGateway(Protocol):
    """A payment provider."""

    name: ClassVar[str]
    """In accounts, routes and rows: ``gateway.clearing:<name>``."""

    @property
    def merchant(self) -> str:
        """Who we are at this gateway; a fact about anybody else is unmatched."""
        ...

    async def create(self, request: PaymentRequest) -> None:
        """Ask for money. Repeating a number changes nothing.

        Raises:
            GatewayUnavailable: No answer; ask `query` before trying again.
        """
        ...

    async def query(self, payment_no: str) -> tuple[Fact, ...] | None:
        """Everything that is known of our number; None when it was never created.

        Raises:
            GatewayUnavailable: No answer.
        """
        ...

    async def refund(self, request: RefundRequest) -> None:
        """Ask for money to go back; the outcome comes as a fact. Repeating is harmless.

        Raises:
            GatewayUnavailable: No answer.
        """
        ...

    def verify_notice(self, headers: Mapping[str, str], raw_body: bytes) -> VerifiedNotice:
        """Check the signature over the raw bytes, then read them.

        Args:
            headers: Lower-case names.
            raw_body: As received.

        Raises:
            NoticeForged: Signature, key or time is wrong, or the body cannot be read.
        """
        ...

    async def bill(self, day: date) -> tuple[Fact, ...]:
        """What really moved on a day (UTC): captured and refunded, nothing else.

        Raises:
            GatewayUnavailable: No answer.
        """
        ...
