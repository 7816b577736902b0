"""Arithmetic as people write it, read by a parser of our own and reckoned in exact fractions."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from livelore.intelligence.assist.errors import ExpressionInvalid

LENGTH_MAX = 500
DEPTH_MAX = 60
BITS_MAX = 20_000
"""Of a numerator or denominator: about 6,000 digits."""
POWER_MAX = 2_000
FACTORIAL_MAX = 500
ROOT_DIGITS = 40
"""Significant digits of a root that is not a fraction."""
_TOKEN = re.compile(
    r"\s*(?:(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)|([A-Za-z_]\w*)|(\*\*|[-+*/^()%!,]))"
)
_SAME = str.maketrans("×·÷－−–（）％，！＋＊／＾", "**/---()%,!+*/^")
_FUNCTIONS = ("sqrt", "abs", "min", "max")


@dataclass(frozen=True)
class Number:
    """A value, and whether it is exact: roots mostly are not."""

    value: Fraction
    is_exact: bool = True

    def __str__(self) -> str:
        return shown(self)


def evaluate(text: str, values: Mapping[str, Number | Fraction | int] | None = None) -> Number:
    """Reckon an expression: + - * / ^ (or **), %, !, brackets, sqrt, abs, min, max, names.

    Powers bind tighter than a sign before them and to the right: -2^2 is -4, 2^3^2 is 512.
    A percent sign divides by a hundred: 5% is 1/20.

    Args:
        text: At most `LENGTH_MAX` characters.
        values: Of names in it.

    Raises:
        ExpressionInvalid: It is none, divides by zero, or its value is too large to be written.
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionInvalid(detail=f"longer than {LENGTH_MAX} characters", at=LENGTH_MAX)
    parser = _Parser(_tokens(text.translate(_SAME)), dict(values or {}))
    number = parser.sum(0)
    parser.end()
    return number


def _tokens(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionInvalid(detail=f"{text[at : at + 10].strip()!r} is not read", at=at)
        found.append((match.group().strip(), at))
        at = match.end()
    return found


class _Parser:
    """Recursive descent; each method reads one level of binding."""

    def __init__(
        self, tokens: list[tuple[str, int]], values: Mapping[str, Number | Fraction | int]
    ) -> None:
        self._tokens = tokens
        self._at = 0
        self._values = values

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _wrong(self, detail: str) -> ExpressionInvalid:
        last = self._tokens[-1][1] if self._tokens else 0
        at = self._tokens[self._at][1] if self._at < len(self._tokens) else last
        return ExpressionInvalid(detail=detail, at=at)

    def end(self) -> None:
        """Nothing may be left."""
        if self._peek():
            raise self._wrong(f"{self._peek()!r} is too much")

    def sum(self, depth: int) -> Number:
        """Terms with + and - between."""
        if depth > DEPTH_MAX:
            raise self._wrong(f"more than {DEPTH_MAX} brackets deep")
        left = self._product(depth)
        while self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            right = self._product(depth)
            left = _kept(left.value + sign * right.value, left, right)
        return left

    def _product(self, depth: int) -> Number:
        left = self._signed(depth)
        while self._peek() in ("*", "/"):
            by = self._take()
            right = self._signed(depth)
            if by == "/" and right.value == 0:
                raise self._wrong("division by zero")
            value = left.value * right.value if by == "*" else left.value / right.value
            left = _kept(value, left, right)
        return left

    def _signed(self, depth: int) -> Number:
        sign = 1
        while self._peek() in ("+", "-"):
            sign = -sign if self._take() == "-" else sign
        found = self._power(depth)
        return Number(sign * found.value, found.is_exact)

    def _power(self, depth: int) -> Number:
        base = self._postfix(depth)
        if self._peek() not in ("^", "**"):
            return base
        self._take()
        if depth > DEPTH_MAX:
            raise self._wrong(f"more than {DEPTH_MAX} powers deep")
        power = self._signed(depth + 1)
        return self._raised(base, power)

    def _raised(self, base: Number, power: Number) -> Number:
        if power.value.denominator == 2 and abs(power.value) <= POWER_MAX:
            root = self._root(base)
            return self._raised(root, Number(power.value * 2))
        if power.value.denominator != 1 or not power.is_exact or abs(power.value) > POWER_MAX:
            raise self._wrong(f"a power must be whole or a half, at most {POWER_MAX}")
        n = int(power.value)
        if base.value == 0 and n < 0:
            raise self._wrong("division by zero")
        size = max(abs(base.value.numerator), base.value.denominator).bit_length()
        if size * abs(n) > BITS_MAX:
            raise self._wrong("the result is too large")
        return _kept(base.value**n, base, power)

    def _postfix(self, depth: int) -> Number:
        found = self._atom(depth)
        while self._peek() in ("%", "!"):
            if self._take() == "%":
                found = Number(found.value / 100, found.is_exact)
                continue
            n = found.value
            if n.denominator != 1 or not 0 <= n <= FACTORIAL_MAX:
                raise self._wrong(f"a factorial is of 0 to {FACTORIAL_MAX}")
            found = Number(Fraction(math.factorial(int(n))), found.is_exact)
        return found

    def _atom(self, depth: int) -> Number:
        token = self._peek()
        if token == "(":  # noqa: S105
            self._take()
            found = self.sum(depth + 1)
            if self._take() != ")":
                self._at -= 1
                raise self._wrong("a bracket is not closed")
            return found
        if token[:1].isdigit() or token.startswith("."):
            return Number(Fraction(self._take().replace(",", "")))
        if token in self._values:
            given = self._values[self._take()]
            return given if isinstance(given, Number) else Number(Fraction(given))
        if token in _FUNCTIONS:
            return self._called(depth)
        raise self._wrong(f"{token!r} is no number" if token else "it ends too early")

    def _called(self, depth: int) -> Number:
        name = self._take()
        if self._take() != "(":
            raise self._wrong(f"{name} needs a bracket")
        given = [self.sum(depth + 1)]
        while self._peek() == ",":
            self._take()
            given.append(self.sum(depth + 1))
        if self._take() != ")":
            raise self._wrong("a bracket is not closed")
        if name in ("sqrt", "abs") and len(given) != 1:
            raise self._wrong(f"{name} takes one number")
        if name == "sqrt":
            return self._root(given[0])
        if name == "abs":
            return Number(abs(given[0].value), given[0].is_exact)
        value = (min if name == "min" else max)(each.value for each in given)
        return _kept(value, *given)

    def _root(self, of: Number) -> Number:
        if of.value < 0:
            raise self._wrong("the root of a negative number is not real")
        above, below = math.isqrt(of.value.numerator), math.isqrt(of.value.denominator)
        root = Fraction(above, below)
        if root * root == of.value:
            return Number(root, of.is_exact)
        with localcontext() as context:
            context.prec = ROOT_DIGITS
            decimal = (Decimal(of.value.numerator) / Decimal(of.value.denominator)).sqrt()
        return Number(Fraction(decimal), is_exact=False)


def _kept(value: Fraction, *of: Number) -> Number:
    if max(abs(value.numerator), value.denominator).bit_length() > BITS_MAX:
        raise ExpressionInvalid(detail="the result is too large", at=0)
    return Number(value, all(each.is_exact for each in of))


def shown(number: Number, digits: int = 10) -> str:
    """As people read it: whole, decimal where that is exact and short, else fraction ≈ decimal."""
    value = number.value
    if value.denominator == 1 and number.is_exact:
        return str(value.numerator)
    exact = _exact_decimal(value, digits)
    if number.is_exact and exact is not None:
        return exact
    near = f"≈ {rounded(value, digits)}"
    fraction = f"{value.numerator}/{value.denominator}"
    return f"{fraction} {near}" if number.is_exact and len(fraction) <= 24 else near


def _exact_decimal(value: Fraction, digits: int) -> str | None:
    scaled = value * 10**digits
    if scaled.denominator != 1:
        return None
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(scaled.numerator), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}".rstrip("0").rstrip(".")


def rounded(value: Fraction, digits: int) -> str:
    """Half up at a number of decimals, without zeros at the end."""
    scaled = abs(value) * 10**digits
    nearest = Fraction(math.floor(scaled + Fraction(1, 2)), 10**digits)
    return _exact_decimal(nearest if value >= 0 else -nearest, digits) or "0"
