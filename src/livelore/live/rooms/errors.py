"""Refusals of rooms."""

from livelore.kit.errors import AppError
from livelore.knowledge.access.errors import TicketRequired

__all__ = [
    "ClassClosed",
    "ClassSold",
    "NotOnAir",
    "PlaybackTokenInvalid",
    "PreviewOver",
    "RoomFieldInvalid",
    "RoomNotFound",
    "TicketRequired",
    "TooManyRooms",
]


class RoomNotFound(AppError):
    """There is no such room, or it is not the caller's to change."""

    code = "rooms.not_found"
    status = 404


class TooManyRooms(AppError):
    """A host may have a limited number of rooms."""

    code = "rooms.too_many"
    status = 409


class RoomFieldInvalid(AppError):
    """A field of a room cannot be like this; ``field`` says which."""

    code = "rooms.field_invalid"
    status = 422


class NotOnAir(AppError):
    """The room has no live session just now."""

    code = "rooms.not_on_air"
    status = 409
    retryable = True


class PreviewOver(AppError):
    """The free preview of this class has been watched, or there is none."""

    code = "access.preview_over"
    status = 403


class PlaybackTokenInvalid(AppError):
    """A playback address is forged, of another room, or older than a minute."""

    code = "access.playback_token_invalid"
    status = 403


class ClassSold(AppError):
    """Somebody holds a ticket: its price and refund rule stay as they were bought."""

    code = "rooms.class_sold"
    status = 409


class ClassClosed(AppError):
    """The class is over or was called off: it cannot be changed any more."""

    code = "rooms.class_closed"
    status = 409
