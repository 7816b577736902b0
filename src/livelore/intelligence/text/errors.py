"""Refusals of text models."""

from livelore.kit.errors import AppError


class OptionInvalid(AppError):
    """An option of a text model is out of range: ``option`` and ``detail`` say which."""

    code = "text.option_invalid"


class LabelsInvalid(AppError):
    """Labels do not fit the texts, or are all the same: ``detail`` says how."""

    code = "text.labels_invalid"


class TextNotLearnt(AppError):
    """A text model was asked before it learnt: call its ``fit`` first, or load one."""

    code = "text.not_learnt"
