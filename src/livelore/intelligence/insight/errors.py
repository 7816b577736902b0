"""Refusals of reading the room."""

from livelore.kit.errors import AppError


class MessagesInvalid(AppError):
    """Messages cannot be read: ``column`` and ``detail`` say what is wrong with which."""

    code = "insight.messages_invalid"


class PairsInvalid(AppError):
    """Labelled pairs of questions cannot be learnt from: ``detail`` says why."""

    code = "insight.pairs_invalid"


class TermsInvalid(AppError):
    """A dictionary of entities cannot be used: ``entry`` and ``detail`` say which and why."""

    code = "insight.terms_invalid"


class WeightsInvalid(AppError):
    """A file of insight weights cannot be read: ``path`` and ``detail`` say which and why."""

    code = "insight.weights_invalid"


class ModelUnreadable(AppError):
    """A file is no model of reading the room, or of a version that this program does not know."""

    code = "insight.model_unreadable"


class ExamplesInvalid(AppError):
    """Labelled examples cannot teach: ``detail`` says why and what would."""

    code = "insight.examples_invalid"


class LibraryMissing(AppError):
    """An optional library is not installed: ``package`` says which, ``install`` how to get it."""

    code = "insight.library_missing"


class VideoUnreadable(AppError):
    """No picture can be read from ``source``: ``detail`` says why."""

    code = "insight.video_unreadable"


class FrameInvalid(AppError):
    """A frame cannot be looked at: ``detail`` says what is wrong with it."""

    code = "insight.frame_invalid"


class LibraryDataMissing(AppError):
    """A library lacks data of its own: ``package`` says which, ``detail`` what and the way out."""

    code = "insight.library_data_missing"


class ReaderInvalid(AppError):
    """A model of one's own reads no sentiment: ``path`` and ``detail`` say which and why."""

    code = "insight.reader_invalid"
