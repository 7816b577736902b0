"""The one error of this package."""


class MediaError(ValueError):
    """The bytes do not follow their format, or go past a limit; the message says where."""
