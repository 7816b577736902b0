# ruff: noqa: E501
"""What is computed is right: against fractions, decimals and the calendar."""

import ast
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelore.intelligence.assist.errors import ExpressionInvalid, FormulaInvalid, UnitInvalid
from livelore.intelligence.assist.exact.answering import computed
from livelore.intelligence.assist.exact.exercises import exercise
from livelore.intelligence.assist.exact.expression import Number, evaluate, rounded, shown
from livelore.intelligence.assist.exact.formulas import BOOK, Formula, work
from livelore.intelligence.assist.exact.units import UNITS, converted
from livelore.intelligence.assist.label import VISIBLE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("-2^2", -4),
        ("2^3^2", 512),
        ("2**-1", Fraction(1, 2)),
        ("(1 - 3) × 4 ÷ 8", -1),
        ("5% * 200", 10),
        ("5! / 3!", 20),
        ("1,000.5 + .5", 1001),
        ("sqrt(49/4)", Fraction(7, 2)),
        ("9^(1/2)", 3),
        ("abs(-3) + min(1, 2) + max(3, 4)", 8),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1/3 + 1/6", Fraction(1, 2)),
        ("--3", 3),
        ("（１＋２）＊３", 9),
    ],
)
def test_expressions(text: str, expected: Fraction) -> None:
    assert evaluate(text) == Number(Fraction(expected))


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "1/0", "0^-1", "(1", "1)", "2 3", "sqrt(-1)", "9^9^9", "3.5!", "501!", "import os",
     "__import__('os')", "x", "1" + "+1" * 400, "(" * 200 + "1", "2^0.3", "1e400 * a", "sqrt(1,2)"],
)  # fmt: skip
def test_what_cannot_be_computed_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        evaluate(text)


def test_a_root_is_near_and_says_so() -> None:
    found = evaluate("sqrt(2)")
    assert not found.is_exact
    assert abs(found.value**2 - 2) < Fraction(1, 10**35)
    assert shown(found) == "≈ 1.4142135624"


@given(st.fractions(-(10**6), 10**6, max_denominator=1000), st.integers(0, 8))
def test_rounding_is_half_up_of_the_size(value: Fraction, digits: int) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        expected = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert Fraction(rounded(value, digits)) == Fraction(expected)


def _second_way(text: str) -> Fraction:
    """By Python's own grammar over fractions, not by our parser."""

    def of(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant):
            return Fraction(str(node.value))
        if isinstance(node, ast.UnaryOp):
            return -of(node.operand)
        assert isinstance(node, ast.BinOp)
        a, b = of(node.left), of(node.right)
        if isinstance(node.op, ast.Add):
            return a + b
        if isinstance(node.op, ast.Sub):
            return a - b
        if isinstance(node.op, ast.Mult):
            return a * b
        return a / b if isinstance(node.op, ast.Div) else a ** int(b)

    return of(ast.parse(text.replace("^", "**"), mode="eval").body)


def _formula_again(question: str) -> Fraction:
    """From the words of the exercise, in floating point and standard functions."""
    title, rest = question.split(": ", 1)
    given = dict(each.split(" = ") for each in rest.split("; ")[1].split(". ")[0].split(", "))
    v = {name: float(Fraction(text.split(" ≈")[0])) for name, text in given.items()}
    ways: dict[str, Callable[[], float]] = {
        "compound interest": lambda: v["P"] * math.exp(v["n"] * v["t"] * math.log1p(v["r"] / v["n"])),
        "simple interest": lambda: v["P"] + v["P"] * v["r"] * v["t"],
        "quadratic formula": lambda: -v["b"] / 2 / v["a"] + math.sqrt(v["b"] ** 2 / 4 - v["a"] * v["c"]) / v["a"],
        "area of a circle": lambda: math.pi * v["r"] ** 2,
        "circumference of a circle": lambda: math.tau * v["r"],
        "area of a triangle": lambda: 0.5 * v["a"] * v["h"],
        "area of a rectangle": lambda: v["a"] * v["b"],
        "area of a trapezoid": lambda: (v["a"] + v["b"]) / 2 * v["h"],
        "volume of a sphere": lambda: 4 * math.pi / 3 * v["r"] ** 3,
        "volume of a cylinder": lambda: math.pi * v["r"] ** 2 * v["h"],
        "volume of a cuboid": lambda: math.prod(v.values()),
        "speed": lambda: v["s"] / v["t"],
        "Pythagorean theorem": lambda: math.hypot(v["a"], v["b"]),
        "derivative of a power": lambda: v["a"] * v["n"] * v["x"] ** (v["n"] - 1),
        "number of combinations": lambda: math.comb(int(v["n"]), int(v["k"])),
        "probability of at least one": lambda: -math.expm1(v["k"] * math.log1p(-1 / v["m"])) if v["m"] > 1 else 1.0,
        "sum of an arithmetic series": lambda: math.fsum(v["a"] + v["d"] * k for k in range(int(v["n"]))),
        "sum of a geometric series": lambda: math.fsum(v["a"] * v["q"] ** k for k in range(int(v["n"]))),
    }  # fmt: skip
    return Fraction(ways[title]())


def test_a_thousand_exercises_have_right_keys() -> None:
    rng = Random(20261128)
    kinds: set[str] = set()
    for _ in range(1_000):
        made = exercise(rng, "en")
        kinds.add(made.kind)
        if made.kind == "arithmetic":
            assert made.key.value == _second_way(made.question.removeprefix("Calculate ")), made
        elif made.kind == "units":
            amount, of, to = (
                made.question.removeprefix("Convert ").rstrip(".").replace(" to ", " ").split()
            )
            assert converted(made.key, to, of).value == int(amount), made
        else:
            again = _formula_again(made.question)
            assert abs(made.key.value - again) <= abs(again) * Fraction(1, 10**9) + Fraction(
                1, 10**9
            ), made
    assert {"arithmetic", "units"} < kinds
    assert kinds - {"arithmetic", "units"} == {each.key for each in BOOK}


def test_exercises_are_the_same_for_the_same_seed() -> None:
    first = [exercise(rng) for rng in [Random(5)] for _ in range(20)]
    assert first == [exercise(rng) for rng in [Random(5)] for _ in range(20)]


@pytest.mark.parametrize("formula", BOOK, ids=lambda each: each.key)
def test_both_ways_of_every_formula_agree_and_a_wrong_one_is_caught(
    formula: Formula,
) -> None:
    worked = work(formula)
    assert worked.number.value
    wrong = replace(formula, expression=f"({formula.expression}) + 1/1000")
    with pytest.raises(FormulaInvalid, match="two ways differ"):
        work(wrong)


def test_values_that_do_not_fit_are_refused() -> None:
    compound = BOOK[0]
    bad = {"P": Fraction(1), "r": Fraction(1, 10), "n": Fraction(1, 2), "t": Fraction(1)}
    with pytest.raises(FormulaInvalid):
        work(compound, bad)


@pytest.mark.parametrize(
    ("amount", "of", "to", "expected"),
    [
        (5, "km", "m", 5000),
        (1, "mile", "km", Fraction("1.609344")),
        (3, "斤", "公斤", Fraction(3, 2)),
        (100, "℃", "℉", 212),
        (-40, "°F", "°C", -40),
        (36, "km/h", "m/s", 10),
        (1, "GiB", "MB", Fraction("1073.741824")),
    ],
)
def test_units(amount: int, of: str, to: str, expected: Fraction) -> None:
    assert converted(Number(Fraction(amount)), of, to).value == expected


def test_units_of_other_dimensions_are_refused() -> None:
    with pytest.raises(UnitInvalid, match="measures"):
        converted(Number(Fraction(1)), "kg", "m")
    with pytest.raises(UnitInvalid, match="not known"):
        converted(Number(Fraction(1)), "parsnip", "m")
    assert all(unit.factor > 0 for unit in UNITS.values())


@pytest.mark.parametrize(
    ("question", "kind", "part"),
    [
        (
            "What is the formula for calculating compound interest?",
            "formula",
            "A = P(1 + r/n)^(nt)",
        ),
        ("What is the formula for calculating compound interest?", "formula", "1647.009"),
        ("复利的计算公式是什么？", "formula", "A = P(1 + r/n)^(nt)"),
        ("本金2000元，年利率3%，按月复利，5年后的复利本利和是多少", "formula", "2323.233"),
        ("1000 元按 4% 年利率复利 10 年是多少？", "formula", "1480.244"),
        (
            "How much is 2000 at 3 % compounded monthly for 5 years with compound interest?",
            "formula",
            "2323.233",
        ),
        ("what is 3*(4+5)/7?", "arithmetic", "27/7"),
        ("12加3乘以4等于多少？", "arithmetic", "= 24"),
        ("5公里是多少米？", "units", "5000"),
        ("How many seconds are in 2 hours?", "units", "7200"),
        ("2024年2月29日是星期几？", "dates", "星期四"),
        ("How many days between 2024-01-01 and 2024-03-01?", "dates", "60"),
        ("2024-01-31之后30天是哪天", "dates", "2024-03-01"),
    ],
)
def test_exact_questions_are_computed(question: str, kind: str, part: str) -> None:
    found = computed(question)
    assert found is not None
    assert found.kind == kind
    assert part in found.text
    assert found.label.visible in VISIBLE["computed"].values()


@pytest.mark.parametrize(
    "question",
    ["", "什么是机器学习？", "What is photosynthesis?", "1/0", "5 km to kg", "2024-02-30是星期几",
     "第3章讲了什么", "C++", "2024-01-01", "What happened in 1984?", "a" * 10_000],
)  # fmt: skip
def test_other_questions_are_left_to_the_course(question: str) -> None:
    assert computed(question) is None


@given(st.dates(date(1600, 1, 1), date(2400, 1, 1)), st.dates(date(1600, 1, 1), date(2400, 1, 1)))
def test_days_between_dates(first: date, second: date) -> None:
    found = computed(f"how many days between {first.isoformat()} and {second.isoformat()}")
    assert found is not None
    assert str(abs((second - first).days)) in found.text


def test_numbers_that_were_not_read_are_said_to_be_missing() -> None:
    told = computed("How much is compound interest after 7 years?")
    assert told is not None
    assert told.text.endswith("above is an example. Write P = …, r = …, n = …, t = …")
    plain = computed("What is the formula for calculating compound interest?")
    assert plain is not None
    assert "above is an example" not in plain.text
