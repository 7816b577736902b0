# ruff: noqa: E501  # patterns and tables read better whole
"""Questions that a program answers exactly, and how the answer is told."""

import re
from dataclasses import dataclass

from livelore.intelligence.assist.answer import language_of
from livelore.intelligence.assist.errors import ExpressionInvalid, FormulaInvalid, UnitInvalid
from livelore.intelligence.assist.exact.dates import dated
from livelore.intelligence.assist.exact.expression import Number, evaluate, rounded, shown
from livelore.intelligence.assist.exact.formulas import BOOK, Formula, Worked, work
from livelore.intelligence.assist.exact.units import UNITS, converted
from livelore.intelligence.assist.exact.variables import MEANINGS, values_in
from livelore.intelligence.assist.label import Label, label

ASKED_MAX = 400
"""Characters; longer questions are not computed."""
_ASKS_FORMULA = re.compile(
    r"formula|calculat|comput|how much|what is|work out|find|公式|计算|怎么算|怎样算|如何算|求|多少|是什么",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^\s*(?:请问|请|帮我)?\s*(?:what(?:'s| is| are)|how much is|calculate|compute|evaluate|solve|work out"
    r"|计算|求值|求|算一下|算)?\s*[:：]?\s*",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:等于(?:多少|几)|是(?:多少|几)|得多少|equals?(?: what)?|=)?\s*[?？=.。!]*\s*$",
    re.IGNORECASE,
)
_WORDS = (("乘以", "*"), ("除以", "/"), ("加上", "+"), ("减去", "-"), ("加", "+"), ("减", "-"), ("乘", "*"),
          ("plus", "+"), ("minus", "-"), ("times", "*"), ("divided by", "/"))  # fmt: skip
UNREAD = {
    "zh": "没能读全问题里的数，上面是例子；请写成 {}",
    "en": "Not all numbers of the question were read; above is an example. Write {}",
}
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:/\d+)?)"
_CONVERSIONS = (
    re.compile(rf"^{_NUMBER}\s*({_UNIT})\s*(?:in|to|into|as|=)\s*({_UNIT})$", re.IGNORECASE),
    re.compile(rf"^(?:convert|how many)\s+{_NUMBER}\s*({_UNIT})\s*(?:in|to|into)\s*({_UNIT})$", re.IGNORECASE),
    re.compile(rf"^{_NUMBER}\s*({_UNIT})\s*(?:等于|是|合|换算成|换算为|转换为|有)\s*(?:多少|几)?\s*个?\s*({_UNIT})$"),
)  # fmt: skip
_HOW_MANY = re.compile(
    rf"^how many ({_UNIT})\s*(?:are|is)?\s*(?:there)?\s*in\s*{_NUMBER}\s*({_UNIT})$", re.IGNORECASE
)


@dataclass(frozen=True)
class Computed:
    """An exact answer.

    Attributes:
        kind: arithmetic, units, dates or formula.
        text: As it is told.
        number: None for dates.
        label: That a program made this.
    """

    kind: str
    text: str
    number: Number | None
    label: Label


def computed(question: str) -> Computed | None:
    """An exact answer; None when the question is not wholly of this kind."""
    if not question.strip() or len(question) > ASKED_MAX:
        return None
    language = language_of(question)
    for kind, found in (
        ("units", _of_units(question)),
        ("dates", dated(question, language)),
        ("formula", _of_formula(question, language)),
        ("arithmetic", _of_arithmetic(question)),
    ):
        if found is not None:
            text, number = (found, None) if isinstance(found, str) else found
            return Computed(kind, text, number, label(text, language, origin="computed"))
    return None


def _of_arithmetic(question: str) -> tuple[str, Number] | None:
    bare = _TAIL.sub("", _LEAD.sub("", question))
    for word, sign in _WORDS:
        bare = re.sub(word, sign, bare, flags=re.IGNORECASE)
    if not re.search(r"\d", bare) or not re.search(r"[-+*/^%!×÷]|sqrt", bare.strip().lstrip("-")):
        return None
    if re.fullmatch(r"\s*\d{1,4}([-/])\d{1,2}\1\d{1,4}\s*", bare):  # a date
        return None
    try:
        number = evaluate(bare)
    except ExpressionInvalid:
        return None
    told = shown(number)
    return f"{bare.strip()} {told if told.startswith('≈') else f'= {told}'}", number


def _of_units(question: str) -> tuple[str, Number] | None:
    bare = re.sub(r"[?？。.!]+\s*$", "", _LEAD.sub("", question)).strip()
    many = _HOW_MANY.match(re.sub(r"[?？。.!]+\s*$", "", question).strip())
    found = next((match for each in _CONVERSIONS if (match := each.match(bare))), None)
    if many:
        to, amount, of = many.groups()
    elif found:
        amount, of, to = found.groups()
    else:
        return None
    try:
        given = evaluate(amount)
        number = converted(given, of, to)
    except (UnitInvalid, ExpressionInvalid):
        return None
    told = shown(number)
    return f"{amount} {of} {told if told.startswith('≈') else f'= {told}'} {to}", number


def _of_formula(question: str, language: str) -> tuple[str, Number] | None:
    if not _ASKS_FORMULA.search(question):
        return None
    formula = next((each for each in BOOK if re.search(each.names, question, re.IGNORECASE)), None)
    if formula is None:
        return None
    try:
        worked = work(formula, values_in(question, formula.variables))
    except (FormulaInvalid, ExpressionInvalid):
        worked = work(formula)
    told = told_formula(worked, language)
    if not worked.is_own and re.search(r"\d", question):
        names = ", ".join(f"{variable.name} = …" for variable in formula.variables)
        told += f"\n{UNREAD[language].format(names)}"
    return told, worked.number


def told_formula(worked: Worked, language: str) -> str:
    """The formula, what its letters mean, and the number with what was put in."""
    formula, at = worked.formula, 0 if language == "zh" else 1
    meant = [
        f"{name} {_meaning(formula, name)[at]}"
        for name in (variable.name for variable in formula.variables)
        if _meaning(formula, name)[at]
    ]
    given = ", ".join(f"{name} = {shown(Number(value))}" for name, value in worked.values.items())
    exact = shown(worked.number, 6)
    number = rounded(worked.number.value, 2) if "/" in exact else exact.removeprefix("≈ ")
    sign = "=" if worked.number.is_exact and number == exact else "≈"
    lead = (
        ("代入" if worked.is_own else "例如"),
        ("With" if worked.is_own else "For example, with"),
    )
    letters = f" ({', '.join(meant)})" if meant else ""
    checked = ("（已用另一种算法核对）", " (checked a second way)")[at]
    title, result = formula.titles[at], formula.result[at]
    return f"{title}: {formula.written}{letters}\n{lead[at]} {given}: {result} {sign} {number}{checked}"


_LETTERS: dict[str, tuple[str, str]] = {
    "n": ("每年计息次数", "times a year that interest is added"),
}


def _meaning(formula: Formula, name: str) -> tuple[str, str]:
    if "interest" in formula.key:
        return MEANINGS.get(name) or _LETTERS[name]
    if name == "r":
        return ("半径", "radius")
    return ("", "")
