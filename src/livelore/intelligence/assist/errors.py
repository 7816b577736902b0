"""Refusals of the assistant: each says what is wrong, where, and how it is mended."""

from livelore.kit.errors import AppError


class PatternInvalid(AppError):
    """A pattern of host lines is broken: ``pattern`` and ``detail`` say which and how."""

    code = "assist.pattern_invalid"


class ClaimUnsupported(AppError):
    """A sale would say what has no source or what the law forbids: ``text`` and ``detail``."""

    code = "assist.claim_unsupported"


class OptionInvalid(AppError):
    """An option of the assistant is out of range: ``option`` and ``detail`` say which."""

    code = "assist.option_invalid"
