"""Refusals of reading the room."""

from livelore.kit.errors import AppError


class MessagesInvalid(AppError):
    """Messages cannot be read: ``column`` and ``detail`` say what is wrong with which."""

    code = "insight.messages_invalid"


class ModelUnreadable(AppError):
    """A file is no model of reading the room, or of a version that this program does not know."""

    code = "insight.model_unreadable"


class ExamplesInvalid(AppError):
    """Labelled examples cannot teach: ``detail`` says why and what would."""

    code = "insight.examples_invalid"
