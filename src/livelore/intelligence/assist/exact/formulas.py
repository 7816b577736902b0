# ruff: noqa: E501  # patterns and tables read better whole
"""A small book of formulas, each with a worked number that is reckoned in two ways.

The second way is not the formula written otherwise but another road to the number: interest year by
year, areas by counting cells, roots put back into their equation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from math import comb

from livelore.intelligence.assist.errors import FormulaInvalid
from livelore.intelligence.assist.exact.expression import Number, evaluate, rounded
from livelore.intelligence.assist.exact.variables import Variable, variables_of

Values = Mapping[str, Fraction]
CLOSE = Fraction(1, 10**20)
"""How near both ways must be where a root or π takes part."""
PI = Number(Fraction("3.1415926535897932384626433832795028841972"), is_exact=False)


@dataclass(frozen=True)
class Formula:
    """One of the book.

    Attributes:
        key: Its name in code.
        names: In Chinese and English, as patterns of questions.
        titles: Chinese, English.
        written: As people write it.
        expression: The same for `evaluate`; ``pi`` is known.
        result: What it gives, Chinese and English.
        variables: In order; each with sample values of the worked example.
        other: The second way; gives the number, or a number that must be equal.
        least: Every variable must be at least this; None: any.
    """

    key: str
    names: str
    titles: tuple[str, str]
    written: str
    expression: str
    result: tuple[str, str]
    variables: tuple[Variable, ...]
    other: Callable[[Values], Fraction]
    least: int | None = 0


@dataclass(frozen=True)
class Worked:
    """A formula with numbers: what was put in and what came out."""

    formula: Formula
    values: dict[str, Fraction]
    number: Number
    is_own: bool
    """Whether the numbers are the question's; else the sample's."""


def work(formula: Formula, values: Values | None = None) -> Worked:
    """Reckon a formula both ways.

    Args:
        formula: Of `BOOK`.
        values: Of all its variables; None: its sample.

    Raises:
        FormulaInvalid: A value does not fit, or both ways differ.
    """
    given = dict(values) if values is not None else {v.name: v.sample for v in formula.variables}
    for variable in formula.variables:
        value = given.get(variable.name)
        if value is None or (formula.least is not None and value < formula.least):
            detail = f"{variable.name} must be at least {formula.least}"
            raise FormulaInvalid(formula=formula.key, detail=detail)
        if variable.is_whole and (value.denominator != 1 or not 0 < value <= variable.most):
            detail = f"{variable.name} must be whole, 1 to {variable.most}"
            raise FormulaInvalid(formula=formula.key, detail=detail)
    number = evaluate(formula.expression, {**given, "pi": PI})
    try:
        second = formula.other(given)
    except ZeroDivisionError as error:
        raise FormulaInvalid(formula=formula.key, detail="division by zero") from error
    apart = abs(number.value - second)
    allowed = Fraction(0) if number.is_exact else CLOSE * max(abs(second), Fraction(1))
    if apart > allowed:
        detail = f"two ways differ: {rounded(number.value, 12)} and {rounded(second, 12)}"
        raise FormulaInvalid(formula=formula.key, detail=detail)
    return Worked(formula, given, number, values is not None)


def _compound(v: Values) -> Fraction:
    amount = v["P"]
    for _ in range(int(v["n"] * v["t"])):
        amount += amount * v["r"] / v["n"]
    return amount


def _simple(v: Values) -> Fraction:
    return v["P"] + sum((v["P"] * v["r"] for _ in range(int(v["t"]))), Fraction(0))


def _larger_root(v: Values) -> Fraction:
    """Newton from beyond the larger root, at fifty digits."""
    a, b, c = v["a"], v["b"], v["c"]
    digits = 10**50
    x = (abs(b) + abs(c) + 1) / abs(a) + 1
    if a < 0:  # the formula's + gives the smaller root then
        x = -x
    for _ in range(400):
        slope = 2 * a * x + b
        moved = x - (a * x * x + b * x + c) / slope if slope else x
        moved = Fraction(round(moved * digits), digits)
        if moved == x:
            break
        x = moved
    return x


def _pi() -> Fraction:
    """Machin 1706: π/4 = 4 arctan(1/5) - arctan(1/239)."""

    def arctan(n: int) -> Fraction:
        terms = (Fraction((-1) ** k, (2 * k + 1) * n ** (2 * k + 1)) for k in range(32))
        return sum(terms, Fraction(0))

    return 4 * (4 * arctan(5) - arctan(239))


def _slope(v: Values) -> Fraction:
    """By the binomial theorem: what ((x+h)^n - x^n)/h becomes at h = 0, times a."""
    n, x = int(v["n"]), v["x"]
    return v["a"] * comb(n, 1) * Fraction(x) ** (n - 1)


def _dice(v: Values) -> Fraction:
    """Count outcomes one by one."""
    sides, n = int(v["m"]), int(v["k"])
    met = sum(1 for each in product(range(sides), repeat=n) if 0 in each)
    return Fraction(met, sides**n)


def _choose(v: Values) -> Fraction:
    """Pascal's triangle."""
    row = [1]
    for _ in range(int(v["n"])):
        row = [1, *(a + b for a, b in pairwise(row)), 1]
    k = int(v["k"])
    return Fraction(row[k] if k < len(row) else 0)


def _sum_to(v: Values) -> Fraction:
    return sum((v["a"] + v["d"] * at for at in range(int(v["n"]))), Fraction(0))


def _geometric(v: Values) -> Fraction:
    return sum((v["a"] * v["q"] ** at for at in range(int(v["n"]))), Fraction(0))


BOOK: tuple[Formula, ...] = (
    Formula(
        "compound_interest", r"compound(?:ed)? interest|复利", ("复利", "compound interest"),
        "A = P(1 + r/n)^(nt)", "P*(1 + r/n)^(n*t)", ("本利和 A", "amount A"),
        variables_of("P:1000 r:1/20 n:12:1000 t:10:100"), _compound,
    ),
    Formula(
        "simple_interest", r"simple interest|单利", ("单利", "simple interest"),
        "A = P(1 + rt)", "P*(1 + r*t)", ("本利和 A", "amount A"),
        variables_of("P:1000 r:1/20 t:3:1000"), _simple,
    ),
    Formula(
        "quadratic", r"quadratic|一元二次方程|求根公式", ("一元二次方程求根公式", "quadratic formula"),
        "x = (-b ± √(b² - 4ac)) / (2a)", "(-b + sqrt(b^2 - 4*a*c)) / (2*a)",
        ("取加号的根 x", "root x with +"), variables_of("a:1 b:-5 c:6"), _larger_root, None,
    ),
    Formula(
        "circle_area", r"area of (?:a |the )?circle|圆的?面积", ("圆的面积", "area of a circle"),
        "S = πr²", "pi*r^2", ("面积 S", "area S"), variables_of("r:3"),
        lambda v: _pi() * v["r"] * v["r"],
    ),
    Formula(
        "circle_length", r"circumference|圆的?周长", ("圆的周长", "circumference of a circle"),
        "C = 2πr", "2*pi*r", ("周长 C", "circumference C"), variables_of("r:3"),
        lambda v: _pi() * (v["r"] + v["r"]),
    ),
    Formula(
        "triangle_area", r"area of (?:a |the )?triangle|三角形的?面积", ("三角形的面积", "area of a triangle"),
        "S = ah/2", "a*h/2", ("面积 S", "area S"), variables_of("a:6 h:4"),
        lambda v: v["a"] * v["h"] - v["a"] / 2 * v["h"],
    ),
    Formula(
        "rectangle_area", r"area of (?:a |the )?rectangle|长方形的?面积|矩形的?面积",
        ("长方形的面积", "area of a rectangle"), "S = ab", "a*b", ("面积 S", "area S"),
        variables_of("a:6 b:4"), lambda v: ((v["a"] + v["b"]) ** 2 - (v["a"] - v["b"]) ** 2) / 4,
    ),
    Formula(
        "trapezoid_area", r"area of (?:a |the )?(?:trapezoid|trapezium)|梯形的?面积",
        ("梯形的面积", "area of a trapezoid"), "S = (a + b)h/2", "(a + b)*h/2", ("面积 S", "area S"),
        variables_of("a:3 b:5 h:4"), lambda v: v["a"] * v["h"] + (v["b"] - v["a"]) * v["h"] / 2,
    ),
    Formula(
        "sphere_volume", r"volume of (?:a |the )?(?:sphere|ball)|球的?体积", ("球的体积", "volume of a sphere"),
        "V = 4πr³/3", "4/3*pi*r^3", ("体积 V", "volume V"), variables_of("r:3"),
        lambda v: _pi() * v["r"] ** 2 * (v["r"] + v["r"] / 3),
    ),
    Formula(
        "cylinder_volume", r"volume of (?:a |the )?cylinder|圆柱的?体积", ("圆柱的体积", "volume of a cylinder"),
        "V = πr²h", "pi*r^2*h", ("体积 V", "volume V"), variables_of("r:3 h:5"),
        lambda v: _pi() * v["r"] * v["r"] * v["h"],
    ),
    Formula(
        "cuboid_volume", r"volume of (?:a |the )?(?:cuboid|box)|长方体的?体积", ("长方体的体积", "volume of a cuboid"),
        "V = abc", "a*b*c", ("体积 V", "volume V"), variables_of("a:2 b:3 c:4"),
        lambda v: v["c"] * v["b"] * v["a"],
    ),
    Formula(
        "speed", r"average speed|speed formula|formula (?:for|of) speed|速度公式|平均速度",
        ("速度", "speed"), "v = s/t", "s/t", ("速度 v", "speed v"), variables_of("s:150 t:2"),
        lambda v: v["s"] * (1 / v["t"]),
    ),
    Formula(
        "pythagoras", r"pythagor|勾股", ("勾股定理", "Pythagorean theorem"), "c = √(a² + b²)",
        "sqrt(a^2 + b^2)", ("斜边 c", "hypotenuse c"), variables_of("a:3 b:4"),
        lambda v: evaluate("sqrt(x)", {"x": v["a"] * v["a"] + v["b"] * v["b"]}).value,
    ),
    Formula(
        "power_derivative", r"derivative of (?:a )?(?:power|x\^n|ax\^n)|power rule|幂函数的?导数|幂函数求导",
        ("幂函数的导数", "derivative of a power"), "(a·xⁿ)′ = n·a·xⁿ⁻¹", "n*a*x^(n - 1)",
        ("在 x 处的导数", "derivative at x"), variables_of("a:5 n:3:200 x:2"), _slope, None,
    ),
    Formula(
        "combinations", r"combinations?|组合数", ("组合数", "number of combinations"),
        "C(n, k) = n! / (k!(n - k)!)", "n! / (k! * (n - k)!)", ("取法数", "ways to choose"),
        variables_of("n:5:100 k:2:100"), _choose,
    ),
    Formula(
        "at_least_one", r"probability of at least one|至少(?:出现)?一次的?概率", ("至少一次的概率", "probability of at least one"),
        "P = 1 - (1 - 1/m)^k", "1 - (1 - 1/m)^k", ("概率 P", "probability P"),
        variables_of("m:6:8 k:2:5"), _dice,
    ),
    Formula(
        "arithmetic_series", r"arithmetic (?:series|sequence|progression)|等差数列", ("等差数列求和", "sum of an arithmetic series"),
        "S = n(2a + (n - 1)d)/2", "n*(2*a + (n - 1)*d)/2", ("和 S", "sum S"),
        variables_of("a:1 d:2 n:10:1000"), _sum_to, None,
    ),
    Formula(
        "geometric_series", r"geometric (?:series|sequence|progression)|等比数列", ("等比数列求和", "sum of a geometric series"),
        "S = a(1 - qⁿ)/(1 - q)", "a*(1 - q^n)/(1 - q)", ("和 S", "sum S"),
        variables_of("a:1 q:2 n:10:200"), _geometric, None,
    ),
)  # fmt: skip
