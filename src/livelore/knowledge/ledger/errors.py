"""Refusals of the ledger, of limits on spending, and of keys used twice."""

from livelore.kit.errors import AppError


class InsufficientFunds(AppError):
    """There is less than needed: ``needed_minor``, ``available_minor``, ``currency``."""

    code = "ledger.insufficient_funds"
    status = 409


class AccountClosed(AppError):
    """The account takes no transfer any more."""

    code = "ledger.account_closed"
    status = 409


class WalletFull(AppError):
    """The wallet would hold more than ``ceiling`` coins."""

    code = "ledger.wallet_full"
    status = 409


class HoldEnded(AppError):
    """The hold was posted, voided or expired before."""

    code = "ledger.hold_ended"
    status = 409


class HoldNotFound(AppError):
    """There is no such hold."""

    code = "ledger.hold_not_found"
    status = 404


class ActNotFound(AppError):
    """There is no such act, or it was refused."""

    code = "ledger.act_not_found"
    status = 404


class AboveLeft(AppError):
    """More would be taken back than is left: ``left_minor``."""

    code = "ledger.above_left"
    status = 409


class SettlementClosed(AppError):
    """The day is settled already, or is not over."""

    code = "ledger.settlement_closed"
    status = 409


class CapInvalid(AppError):
    """A cap is 0 or more and at most the site's: ``cap_max_minor``."""

    code = "spend.cap_invalid"
    status = 422


class SpendLimitReached(AppError):
    """A cap would be passed: ``period`` tip, day or month, ``cap_minor``, ``left_minor``."""

    code = "spend.limit_reached"
    status = 403


class ConfirmationNeeded(AppError):
    """Half of a cap would be passed: send a new key with ``token`` as confirmation."""

    code = "spend.confirmation_needed"
    status = 409


class AdultNotVerified(AppError):
    """Only verified adults may tip."""

    code = "spend.adult_not_verified"
    status = 403


class KeyReused(AppError):
    """The idempotency key stands for another request."""

    code = "idempotency.key_reused"
    status = 422


class InProgress(AppError):
    """A request with this key is still running."""

    code = "idempotency.in_progress"
    status = 409
    retryable = True
