"""Refusals of the portrait library.

Those about input are also ``ValueError``, which is what scikit-learn's tools expect.
"""

from livelore.kit.errors import AppError


class DataInvalid(AppError, ValueError):
    """The user data cannot be used: ``column`` and ``detail`` say what is wrong with which."""

    code = "portraits.data_invalid"


class OptionInvalid(AppError, ValueError):
    """An option of a portrait model is out of range: ``option`` and ``detail`` say which."""

    code = "portraits.option_invalid"


class NotFitted(AppError):
    """A portrait model was asked before it was fitted: call its ``fit`` first."""

    code = "portraits.not_fitted"


class ModelUnreadable(AppError):
    """A file is no portrait model, or of a version that this program does not know."""

    code = "portraits.model_unreadable"
