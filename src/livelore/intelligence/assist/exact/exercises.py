"""Exercises with keys that were reckoned, as many as wanted, by seed."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random  # noqa: TID251  the kind that is handed in

from livelore.intelligence.assist.errors import ExpressionInvalid, FormulaInvalid
from livelore.intelligence.assist.exact.expression import Number, evaluate, shown
from livelore.intelligence.assist.exact.formulas import BOOK, work
from livelore.intelligence.assist.exact.units import UNITS, converted
from livelore.intelligence.assist.label import Label, label

_TRIES = 50


@dataclass(frozen=True)
class Exercise:
    """A task and its key.

    Attributes:
        kind: arithmetic, units or the key of a formula.
        question: For the learner, Chinese or English.
        key: The exact number.
        solution: The key as it is shown.
        label: That a program made this.
    """

    kind: str
    question: str
    key: Number
    solution: str
    label: Label


def exercise(rng: Random, language: str = "zh") -> Exercise:
    """One exercise drawn from arithmetic, units and the book of formulas."""
    kind = rng.choice(("arithmetic", "units", "formula"))
    if kind == "arithmetic":
        return _of_arithmetic(rng, language)
    return _of_units(rng, language) if kind == "units" else _of_formula(rng, language)


def _of_arithmetic(rng: Random, language: str) -> Exercise:
    for _ in range(_TRIES):
        text = _expression(rng, 3)
        try:
            key = evaluate(text)
        except ExpressionInvalid:  # divides by a zero that was drawn
            continue
        asks = "计算 {}" if language == "zh" else "Calculate {}"
        return _made("arithmetic", asks.format(text), key, shown(key), language)
    return _made("arithmetic", "1 + 1", Number(Fraction(2)), "2", language)


def _expression(rng: Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return str(rng.randint(1, 20)) if rng.random() < 0.8 else f"{rng.randint(1, 99) / 10}"
    if rng.random() < 0.15:
        return f"({_expression(rng, depth - 1)})^{rng.randint(0, 3)}"
    left, right = _expression(rng, depth - 1), _expression(rng, depth - 1)
    return f"({left} {rng.choice('+-*/')} {right})"


def _of_units(rng: Random, language: str) -> Exercise:
    dimension = rng.choice(sorted({each.dimension for each in UNITS.values()}))
    is_ascii = language != "zh"
    names = [
        name
        for name, each in UNITS.items()
        if each.dimension == dimension and name.isascii() == is_ascii
    ]
    of = rng.choice(names)
    others = [name for name in names if UNITS[name] != UNITS[of]]
    to = rng.choice(others or names)
    amount = rng.randint(1, 1000)
    key = converted(Number(Fraction(amount)), of, to)
    asks = f"{amount}{of}是多少{to}？" if language == "zh" else f"Convert {amount} {of} to {to}."
    return _made("units", asks, key, f"{shown(key)} {to}", language)


def _of_formula(rng: Random, language: str) -> Exercise:
    at = 0 if language == "zh" else 1
    for _ in range(_TRIES):
        formula = rng.choice(BOOK)
        values = {
            each.name: Fraction(rng.randint(1, min(each.most, 20)))
            if each.is_whole
            else each.sample * Fraction(rng.randint(1, 20), rng.choice((1, 2, 4)))
            for each in formula.variables
        }
        try:
            worked = work(formula, values)
        except (FormulaInvalid, ExpressionInvalid):  # no real root, or q = 1: draw again
            continue
        given = ", ".join(f"{name} = {shown(Number(value))}" for name, value in values.items())
        question = f"{formula.titles[at]}: {formula.written}; {given}. {formula.result[at]} = ?"
        return _made(formula.key, question, worked.number, shown(worked.number), language)
    return _of_arithmetic(rng, language)


def _made(kind: str, question: str, key: Number, solution: str, language: str) -> Exercise:
    made = label(question, language, origin="computed")
    return Exercise(kind, question, key, solution, made)
