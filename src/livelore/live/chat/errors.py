"""Refusals of the chat; each reaches its sender alone."""

from livelore.kit.errors import AppError


class MessageInvalid(AppError):
    """What the client sent is not a message."""

    code = "chat.message_invalid"
    status = 400


class TextEmpty(AppError):
    """Nothing that can be seen is left of the text."""

    code = "chat.text_empty"
    status = 422


class TextTooLong(AppError):
    """The text has more characters than a danmaku may have."""

    code = "chat.text_too_long"
    status = 422


class WordBlocked(AppError):
    """The text has a word that is blocked in this room."""

    code = "chat.word_blocked"
    status = 422


class StyleInvalid(AppError):
    """A mode or colour that there is not."""

    code = "chat.style_invalid"
    status = 422


class SpeakingNotAllowed(AppError):
    """This viewer may read but not write here."""

    code = "chat.not_allowed"
    status = 403


class Muted(AppError):
    """The viewer is muted in this room until ``until``."""

    code = "chat.muted"
    status = 403


class TooFast(AppError):
    """More danmaku in a short time than one viewer may send."""

    code = "chat.too_fast"
    status = 429
    retryable = True


class SlowMode(AppError):
    """The room's slow mode: wait ``retry_after_s`` before the next danmaku."""

    code = "chat.slow_mode"
    status = 429
    retryable = True


class AlreadySent(AppError):
    """A message with this ``client_id`` was accepted before, as ``seq``."""

    code = "chat.already_sent"
    status = 409


class TooManySockets(AppError):
    """One viewer has too many sockets open in one room."""

    code = "chat.too_many_sockets"
    status = 429
    retryable = True


class NotModerator(AppError):
    """Only the host, the room's moderators and operators may do this."""

    code = "chat.not_moderator"
    status = 403


class MessageNotFound(AppError):
    """There is no such message in this room."""

    code = "chat.message_not_found"
    status = 404


class NotDeletable(AppError):
    """Only danmaku are deleted here; what was paid for is undone with its money."""

    code = "chat.not_deletable"
    status = 409


class RulesInvalid(AppError):
    """A chat setting or a mute has a value that it cannot have."""

    code = "chat.rules_invalid"
    status = 422
