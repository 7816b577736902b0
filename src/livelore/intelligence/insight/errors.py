"""Refusals of reading the room."""

from livelore.kit.errors import AppError


class MessagesInvalid(AppError):
    """Messages cannot be read: ``column`` and ``detail`` say what is wrong with which."""

    code = "insight.messages_invalid"


class PairsInvalid(AppError):
    """Labelled pairs of questions cannot be learnt from: ``detail`` says why."""

    code = "insight.pairs_invalid"
