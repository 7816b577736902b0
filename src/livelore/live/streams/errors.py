"""Refusals of playback."""

from livelore.kit.errors import AppError


class StreamNotLive(AppError):
    """The room has no stream just now; try again when it is on air."""

    code = "streams.not_live"
    status = 404
    retryable = True


class StreamFull(AppError):
    """The server already feeds as many viewers of this stream as it may."""

    code = "streams.full"
    status = 503
    retryable = True


class PlaybackOver(AppError):
    """The viewer's time is over: a preview has ended, or the right to watch was taken back."""

    code = "streams.playback_over"
    status = 403


class MediaFileUnknown(AppError):
    """The playlist, part or segment does not exist, or is too old to be kept."""

    code = "streams.file_unknown"
    status = 404


class PlaylistTooFar(AppError):
    """A player asks to wait for a segment that is more than two ahead."""

    code = "streams.playlist_too_far"
    status = 400
