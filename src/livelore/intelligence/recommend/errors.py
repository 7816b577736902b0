"""Refusals of the recommendation library."""

from livelore.kit.errors import AppError


class DataInvalid(AppError):
    """The interactions cannot be used: ``column`` and ``detail`` say what is wrong with which."""

    code = "recommend.data_invalid"


class NotFitted(AppError):
    """A model was asked before it was fitted: call its ``fit`` first."""

    code = "recommend.not_fitted"


class OptionInvalid(AppError):
    """An option of a model or a measure is out of range: ``option`` and ``detail`` say which."""

    code = "recommend.option_invalid"


class ModelUnreadable(AppError):
    """A file is no model of this library, or of a version that it does not know."""

    code = "recommend.model_unreadable"


class DeepMissing(AppError):
    """PyTorch or ONNX Runtime is not installed: ``install`` is the command that brings it."""

    code = "recommend.deep_missing"
