"""Refusals of the assistant: each says what is wrong, where, and how it is mended."""

from livelore.kit.errors import AppError


class MaterialUnreadable(AppError):
    """A file of the course cannot be read: ``what`` is wrong and how to ``mend`` it."""

    code = "assist.material_unreadable"


class MaterialMissing(AppError):
    """No file of the course could be read: ``folder``, ``what`` is wrong and how to ``mend`` it."""

    code = "assist.material_missing"


class IndexUnreadable(AppError):
    """The index is absent, broken or of a newer version: ``path`` and ``detail`` say which."""

    code = "assist.index_unreadable"


class QuestionEmpty(AppError):
    """Nothing is asked: ``where`` there is no word in the question."""

    code = "assist.question_empty"


class ExpressionInvalid(AppError):
    """An expression cannot be computed: ``detail`` says why, ``at`` at which character."""

    code = "assist.expression_invalid"


class UnitInvalid(AppError):
    """A unit is not known, or two units do not measure the same: ``detail`` says which."""

    code = "assist.unit_invalid"


class FormulaInvalid(AppError):
    """A formula is not known, or a value does not fit it: ``formula`` and ``detail`` say which."""

    code = "assist.formula_invalid"


class PatternInvalid(AppError):
    """A pattern of host lines is broken: ``pattern`` and ``detail`` say which and how."""

    code = "assist.pattern_invalid"


class ClaimUnsupported(AppError):
    """A sale would say what has no source or what the law forbids: ``text`` and ``detail``."""

    code = "assist.claim_unsupported"


class OptionInvalid(AppError):
    """An option of the assistant is out of range: ``option`` and ``detail`` say which."""

    code = "assist.option_invalid"
