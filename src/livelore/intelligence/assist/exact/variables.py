# ruff: noqa: E501  # patterns and tables read better whole
"""Variables of formulas: what they mean, and how their values stand in a question."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)\s*(%|％)?"
MEANINGS: dict[str, tuple[str, str]] = {
    "P": ("本金", "principal"),
    "r": ("年利率", "annual rate"),
    "t": ("年数", "years"),
}

_ASKED: dict[str, str] = {
    "P": rf"(?:本金|存入?|principal(?: of)?|invest(?:ing|ed)?|deposit(?:ing|ed)?)\s*[是为:：=]?\s*[¥$￥]?\s*{_NUMBER}"
    rf"|[¥$￥€£]\s*{_NUMBER}|{_NUMBER}\s*(?:元|块|dollars?|yuan|rmb|euros?|pounds?)|{_NUMBER}(?=\s*at\b)",
    "r": rf"(?:年?利率|rate(?: of)?|interest(?: of)?|at)\s*[是为:：=]?\s*{_NUMBER}|{_NUMBER}\s*(?:annual|a year|per year|interest|的?年?利率)",
    "t": rf"{_NUMBER}\s*(?:年(?!利|复|\d)|years?)",
}
_TIMES = (
    (r"按?月(?:复利|计息)|monthly|every month", 12),
    (r"按?季度?(?:复利|计息)|quarterly", 4),
    (r"按?日(?:复利|计息)|daily", 365),
    (r"半年(?:复利|计息)|semi-?annually|half-yearly", 2),
    (r"按?年(?:复利|计息)|每年复利一次|annually|yearly", 1),
)


@dataclass(frozen=True)
class Variable:
    """Of a formula.

    Attributes:
        name: As in its expression.
        sample: Of the worked example.
        most: A whole number from 1 up to this; 0: any number.
    """

    name: str
    sample: Fraction
    most: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers fit."""
        return self.most > 0


def variables_of(written: str) -> tuple[Variable, ...]:
    """From ``name:sample`` or ``name:sample:most``, by blanks."""
    found: list[Variable] = []
    for each in written.split():
        name, sample, *most = each.split(":")
        found.append(Variable(name, Fraction(sample), int(most[0]) if most else 0))
    return tuple(found)


def values_in(question: str, variables: Iterable[Variable]) -> dict[str, Fraction] | None:
    """Values of all variables that a question gives; None when one is missing.

    Read are ``name = number`` for every formula; for interest also the words of the trade, for a
    lone radius its word.
    """
    wanted = tuple(variables)
    found: dict[str, Fraction] = {}
    of_interest = {"P", "r", "t"} <= {variable.name for variable in wanted}
    for variable in wanted:
        value = _named(question, variable.name)
        if value is None and of_interest:
            value = _of_interest(question, variable.name)
        if value is None and not of_interest and variable.name == "r":
            match = re.search(rf"(?:半径|radius(?: of| is)?)\s*[是为:：=]?\s*{_NUMBER}", question)
            value = _value(match)
        if value is None:
            return None
        found[variable.name] = value
    return found


def _named(question: str, name: str) -> Fraction | None:
    return _value(re.search(rf"(?<![A-Za-z]){re.escape(name)}\s*[=＝]\s*{_NUMBER}", question))


def _of_interest(question: str, name: str) -> Fraction | None:
    if name == "n":  # once a year, unless the question says otherwise
        times = (n for pattern, n in _TIMES if re.search(pattern, question, re.IGNORECASE))
        return Fraction(next(times, 1))
    value = _value(re.search(_ASKED[name], question, re.IGNORECASE))
    return None if value is None or (name == "r" and value >= 1) else value


def _value(match: re.Match[str] | None) -> Fraction | None:
    if match is None:
        return None
    given = [each for each in match.groups() if each is not None]
    value = Fraction(given[0].replace(",", ""))
    return value / 100 if len(given) > 1 else value
