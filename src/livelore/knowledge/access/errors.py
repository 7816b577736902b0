"""Refusals of access."""

from livelore.kit.errors import AppError


class TicketRequired(AppError):
    """This needs a ticket or the course; ``product_id`` names what opens it."""

    code = "access.ticket_required"
    status = 403


class WatchInvalid(AppError):
    """Seconds watched are 1 … 3600 at a time."""

    code = "access.watch_invalid"
    status = 422
