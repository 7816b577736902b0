"""Refusals of gifts."""

from livelore.kit.errors import AppError


class GiftKindUnknown(AppError):
    """There is no such gift, or no super chat of this price."""

    code = "gifts.kind_unknown"
    status = 422


class GiftCountInvalid(AppError):
    """A press stands for 1–999 gifts."""

    code = "gifts.count_invalid"
    status = 422


class ComboInvalid(AppError):
    """A combo's id has 8–64 characters of ``A–Z a–z 0–9 _ -``."""

    code = "gifts.combo_invalid"
    status = 422


class OwnRoom(AppError):
    """A host cannot give to themself."""

    code = "gifts.own_room"
    status = 403


class RoomNotLive(AppError):
    """Gifts are for a class that is on."""

    code = "gifts.room_not_live"
    status = 409


class GiftNotFound(AppError):
    """There is no such gift in this room, or it is not the caller's to take back."""

    code = "gifts.not_found"
    status = 404


class DeletionReasonUnknown(AppError):
    """A super chat is deleted for one of the known reasons."""

    code = "gifts.reason_unknown"
    status = 422
