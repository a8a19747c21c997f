"""What the elementwise functions of the language and their derivatives are, exactly, and where they are hard to compute.

Every entry is an expression of dl with its value, first and second derivatives in mpmath, and the points at which
`test_accuracy.py` compares the two: ordinary ones, zeros of both signs, subnormals, powers of ten up to 300, and
neighbours of every edge, kink and zero. Derivatives are written out, not found by differences: those would need
precision beyond 300 digits at the ends of the range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mpmath as mp

from dlang.records import record

__all__ = ["EXACT", "INF", "ORDERS", "Exact", "Point", "rounded", "ulps"]

INF = math.inf
ORDERS = {1: (("",), ("x",), ("xx",)), 2: (("",), ("x", "y"), ("xx", "xy", "yy"))}
"""For one and two arguments: what is computed at each order, by the arguments in which it is differentiated."""

Point = tuple[float, ...]


@record
class Exact:
    """One expression in `x`, or in `x` and `y`, and what it is.

    Attributes:
        text: of the language.
        parts: by the arguments of differentiation ("", "x", "xy", …), a function of mpmath.
        points: where to compare.
        edges: where a limit or a convention stands in place of `parts`, and what is right there; None is not asked.
    """

    text: str
    parts: Mapping[str, Callable[..., Any]]
    points: Sequence[Point]
    edges: Mapping[Point, Sequence[float | None]]

    @property
    def arity(self) -> int:
        return 2 if "y" in self.parts else 1

    def wanted(self, point: Point) -> Iterator[tuple[str, int, Any]]:
        """What is right at a point: the name of the part, its order, and its value."""
        names = [(name, order) for order, group in enumerate(ORDERS[self.arity]) for name in group]
        if point in self.edges:
            for (name, order), value in zip(names, self.edges[point], strict=True):
                if value is not None:
                    yield name, order, value
            return
        with mp.workdps(80):
            exact = [mp.mpf(x) for x in point]
            for name, order in names:
                yield name, order, mp.mpf(self.parts[name](*exact))

    def condition(self, name: str, point: Point) -> float:
        """How much a relative change of an argument changes a part, relatively; by differences."""
        with mp.workdps(80):
            exact, f = [mp.mpf(x) for x in point], self.parts[name]
            at, h = f(*exact), mp.mpf(10) ** -30
            if not at:
                return INF
            total = mp.mpf(0)
            for k, x in enumerate(exact):
                moved = [v * (1 + h) if k == other else v for other, v in enumerate(exact)]
                total += abs((f(*moved) - at) / (h * at)) if x else 0
            return float(total)


def rounded(value: Any) -> float:
    """The double nearest to a number of mpmath: subnormals, zero and infinity as IEEE has them."""
    if isinstance(value, float):
        return value
    if value == 0 or mp.isnan(value) or mp.isinf(value):
        return float(value)
    unit = _unit(value)
    with mp.workprec(200):
        whole = mp.nint(value / unit) * unit  # halves to even
    return math.copysign(INF, float(mp.sign(value))) if abs(whole) >= mp.mpf(2) ** 1024 else float(whole)


def _unit(value: Any) -> Any:
    """The distance of doubles around a number."""
    exponent = mp.frexp(value)[1] - 53
    return mp.mpf(2) ** max(int(exponent), -1074)


def ulps(found: float, wanted: Any) -> float:
    """How many units in the last place a double is off; beside infinity, and of NaN, infinitely many."""
    nearest = rounded(wanted)
    if found == nearest:
        return 0.0
    if not (math.isfinite(found) and math.isfinite(nearest)):
        # a finite number beside an overflow by a hair, or the other way round
        largest = 1.7976931348623157e308
        pair = [math.copysign(largest, v) if math.isinf(v) else v for v in (found, nearest)]
        if math.nan in pair or any(v != v for v in pair) or abs(abs(pair[0]) - largest) > 8 * 2.0**970:
            return INF
        return abs(pair[0] - pair[1]) / 2.0**970 if abs(pair[0] - pair[1]) < INF else INF
    with mp.workdps(80):
        value = mp.mpf(wanted)
        return float(abs(mp.mpf(found) - value) / (_unit(value) if value else mp.mpf(2) ** -1074))


# Where to look

_TINY = (0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-200, 1e-160, 1e-100, 1e-30, 1e-17, 1e-15, 1e-8, 1e-5)
_PLAIN = (0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 3.7, 5.0, 7.3, 10.0)
_LARGE = (20.0, 40.0, 100.0, 1e4, 1e8, 1e15, 1e16, 1e50, 1e100, 1e154, 1e160, 1e200, 1e300, 1.7e308)
_ALL = _TINY + _PLAIN + _LARGE


def _both(points: Sequence[float]) -> tuple[float, ...]:
    """Points and their negatives."""
    return tuple(points) + tuple(-x for x in points)


def _near(*points: float) -> tuple[float, ...]:
    """The doubles on both sides of points, and some a little further off."""
    found: list[float] = []
    for x in points:
        found += [math.nextafter(x, INF), math.nextafter(x, -INF)]
        found += [x + side * step for step in (1e-12, 1e-8, 1e-5, 1e-3, 0.03) for side in (1.0, -1.0)]
    return tuple(found)


def _within(points: Sequence[float], low: float = -INF, high: float = INF) -> tuple[float, ...]:
    return tuple(x for x in points if low <= x <= high)


def _one(
    text: str,
    parts: Sequence[Callable[[Any], Any]],
    points: Sequence[float],
    edges: Mapping[float, Sequence[float | None]] | None = None,
) -> Exact:
    given = {(x,): values for x, values in (edges or {}).items()}
    every = {x.hex(): (x,) for x in (*points, *(edges or {}))}  # the zeros are two
    return Exact(text, dict(zip(("", "x", "xx"), parts, strict=True)), tuple(every.values()), given)


def _two(
    text: str,
    parts: Sequence[Callable[[Any, Any], Any]],
    points: Sequence[Point],
    edges: Mapping[Point, Sequence[float | None]] | None = None,
) -> Exact:
    names = ("", "x", "y", "xx", "xy", "yy")
    return Exact(
        text, dict(zip(names, parts, strict=True)), tuple(dict.fromkeys([*points, *(edges or {})])), edges or {}
    )


def _nothing(*_: Any) -> Any:
    return mp.mpf(0)


def _constant(value: float) -> Callable[..., Any]:
    return lambda *_: mp.mpf(value)


# Functions of one argument

_ROOT_PI = mp.mpf("1.77245385090551602729816748334114518279754945612238712821380779")
_SIZES = (0.5, 1.5, 2.5, -0.5, -1.5, 0.49999999999999994, 4503599627370497.5, 1e300, 5e-324, -1e-310, 3.0, -7.3)


def _log_gamma(x: Any) -> Any:
    return mp.log(abs(mp.gamma(x))) if x < 1e6 else mp.loggamma(x)


def _tail(x: Any) -> Any:
    """exp(-x^2) 2 / sqrt(pi)."""
    return 2 / _ROOT_PI * mp.exp(-x * x)


def _density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _erfc(x: Any) -> Any:
    """mpmath's own fails of numbers so large that it is 0."""
    return mp.erfc(x) if x < 1e5 else mp.mpf(0)


def _cdf(x: Any) -> Any:
    return _erfc(-x / mp.sqrt(2)) / 2


def _logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _bump(x: Any) -> Any:
    return 1 / (2 + mp.exp(x) + mp.exp(-x))


_OVERFLOW = (709.0, 709.782712893384, 709.7827128933841, 710.0, 710.4758600739439, 711.0, 745.0, 745.2, 746.0)
_EXPONENTS = (*_both(_within(_ALL, 0.0, 1e4)), *_both(_OVERFLOW))
_ANGLES = (*_both(_ALL), *_near(math.pi / 2, math.pi, 3 * math.pi / 2), 0.7853981633974483, 1e22)
_INSIDE = (*_both(_within(_ALL, 0.0, 0.9)), *_near(0.0), *_within(_near(1.0), -1.0, 0.9999999999999999))
_INSIDE = (*_INSIDE, *(-x for x in _within(_near(1.0), -1.0, 0.9999999999999999)), 0.7071067811865476, 0.9, 0.99, -0.99)
_POSITIVE = (*_within(_ALL, 5e-324), *_near(1.0), *_near(2.0))
_GAMMAS = (
    *(*_within(_ALL, 5e-324), *_near(1.0), *_near(2.0), 0.2, 0.9, 1.1, 1.4616321449683622, 1.4616321449683625, 1.46),
    *(1.2, 1.3, 1.45, 1.47, 1.6, 1.7, 1.8, 2.2, 4.0, 6.0, 9.0, 13.5, 25.0, 33.0, 171.0, 172.0, 1e3, 1e6, 1e305),
    *(-0.5, -1.5, -2.5, -3.7, -10.1, -0.1, -1e-5, -1e-10, -1e-300, -50.25),
)
_NORMALS = (
    *_both(_within(_ALL, 0.0, 40.0)),
    *(-6.0, 6.0, 8.0, -8.0, 15.0, -15.0, 26.0, -26.0, 27.0, -27.0, 38.0, -38.0),
)
_NORMALS = (*_NORMALS, 26.5, -26.5, 27.2, 5.9, -5.9, 0.84, 1.4, 1.42, -0.75, -0.76, -1.4, -1.42, -37.5, 4.7, -4.7)

_UNARY = (
    _one("abs(x)", (abs, mp.sign, _nothing), _both(_ALL)),
    _one("sign(x)", (mp.sign, _nothing, _nothing), _both(_ALL)),
    _one("floor(x)", (mp.floor, _nothing, _nothing), (*_both(_SIZES), *_both(_PLAIN), 0.0, -0.0)),
    _one("ceil(x)", (mp.ceil, _nothing, _nothing), (*_both(_SIZES), *_both(_PLAIN), 0.0, -0.0)),
    _one("round(x)", (mp.nint, _nothing, _nothing), (*_both(_SIZES), *_both(_PLAIN), 0.0, -0.0)),
    _one("exp(x)", (mp.exp, mp.exp, mp.exp), _EXPONENTS),
    _one("expm1(x)", (mp.expm1, mp.exp, mp.exp), _EXPONENTS),
    _one("log(x)", (mp.log, lambda x: 1 / x, lambda x: -1 / x**2), _POSITIVE, {0.0: (-INF, INF, -INF)}),
    _one(
        "log1p(x)",
        (mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
        (*_both(_within(_ALL, 0.0, 0.7)), *_ALL, *_within(_near(-1.0), -0.9999999999999999)),
        {-1.0: (-INF, INF, -INF)},
    ),
    _one(
        "log2(x)",
        (
            lambda x: mp.log(x) / mp.log(2),
            lambda x: 1 / (x * mp.log(2)),
            lambda x: -1 / (x**2 * mp.log(2)),
        ),
        (*_POSITIVE, 8.0, 1024.0),
        {0.0: (-INF, INF, -INF)},
    ),
    _one(
        "log10(x)",
        (
            lambda x: mp.log(x) / mp.log(10),
            lambda x: 1 / (x * mp.log(10)),
            lambda x: -1 / (x**2 * mp.log(10)),
        ),
        (*_POSITIVE, 1000.0, 1e22),
        {0.0: (-INF, INF, -INF)},
    ),
    _one(
        "sqrt(x)",
        (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x))),
        (*_POSITIVE, -0.0),
        {0.0: (0.0, INF, -INF)},
    ),
    _one(
        "cbrt(x)",
        (
            lambda x: mp.sign(x) * mp.cbrt(abs(x)),
            lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),
            lambda x: -2 * mp.sign(x) / (9 * mp.cbrt(abs(x)) ** 5),
        ),
        _both(_ALL),
        {0.0: (0.0, INF, None)},
    ),
    _one("sin(x)", (mp.sin, mp.cos, lambda x: -mp.sin(x)), _ANGLES),
    _one("cos(x)", (mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)), _ANGLES),
    _one("tan(x)", (mp.tan, lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2), _ANGLES),
    _one(
        "asin(x)",
        (mp.asin, lambda x: 1 / mp.sqrt(1 - x * x), lambda x: x / mp.sqrt(1 - x * x) ** 3),
        _INSIDE,
        {1.0: (math.pi / 2, INF, INF), -1.0: (-math.pi / 2, INF, -INF)},
    ),
    _one(
        "acos(x)",
        (mp.acos, lambda x: -1 / mp.sqrt(1 - x * x), lambda x: -x / mp.sqrt(1 - x * x) ** 3),
        _INSIDE,
        {1.0: (0.0, -INF, -INF), -1.0: (math.pi, -INF, INF)},
    ),
    _one("atan(x)", (mp.atan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2), _both(_ALL)),
    _one("sinh(x)", (mp.sinh, mp.cosh, mp.sinh), _EXPONENTS),
    _one("cosh(x)", (mp.cosh, mp.sinh, mp.cosh), _EXPONENTS),
    _one(
        "tanh(x)",
        (mp.tanh, lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2),
        (*_EXPONENTS, *_both((18.0, 19.1, 22.0, 300.0, 350.0, 354.0, 360.0, 370.0, 372.5))),
    ),
    _one(
        "asinh(x)",
        (mp.asinh, lambda x: 1 / mp.hypot(x, 1), lambda x: -x / mp.hypot(x, 1) ** 3),
        _both(_ALL),
    ),
    _one(
        "acosh(x)",
        (
            mp.acosh,
            lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
            lambda x: -x / mp.sqrt((x - 1) * (x + 1)) ** 3,
        ),
        (*_within(_ALL, 1.5), *_within(_near(1.0), 1.0000000000000002), 1.1, 1.2),
        {1.0: (0.0, INF, -INF)},
    ),
    _one(
        "atanh(x)",
        (mp.atanh, lambda x: 1 / (1 - x * x), lambda x: 2 * x / (1 - x * x) ** 2),
        _INSIDE,
        {1.0: (INF, INF, INF), -1.0: (-INF, INF, -INF)},
    ),
    _one(
        "sigmoid(x)",
        (_logistic, _bump, lambda x: -_bump(x) * mp.tanh(x / 2)),
        (*_EXPONENTS, *_both((36.0, 37.0, 600.0, 740.0))),
    ),
    _one(
        "softplus(x)",
        (lambda x: mp.log1p(mp.exp(x)), _logistic, _bump),
        (*_EXPONENTS, *_both((36.0, 37.0, 600.0, 740.0))),
    ),
    _one(
        "relu(x)",
        (lambda x: max(x, mp.mpf(0)), lambda x: mp.mpf(x > 0), _nothing),
        _both(_ALL),
    ),
    _one(
        "gelu(x)",
        (lambda x: x * _cdf(x), lambda x: _cdf(x) + x * _density(x), lambda x: (2 - x * x) * _density(x)),
        (*_NORMALS, 1e4, -1e4, 1e300, -1e300),
    ),
    _one("erf(x)", (mp.erf, _tail, lambda x: -2 * x * _tail(x)), (*_NORMALS, 1e4, -1e4, 1e300)),
    _one("erfc(x)", (_erfc, lambda x: -_tail(x), lambda x: 2 * x * _tail(x)), (*_NORMALS, 1e4, -1e4, 1e300)),
    _one("lgamma(x)", (_log_gamma, mp.digamma, lambda x: mp.psi(1, x)), _GAMMAS),
    _one("digamma(x)", (mp.digamma, lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)), _GAMMAS),
)


# Powers with a constant exponent


def _power(n: float) -> Exact:
    def term(factor: float, lowered: float) -> Callable[[Any], Any]:
        # lowered to a constant, x^0 is 1 at 0 too, and a factor of 0 stays 0
        n_ = mp.mpf(n)
        exact = {0: mp.mpf(1), 1: n_, 2: n_ * (n_ - 1)}[int(lowered)]
        return lambda x: exact * mp.power(x, n_ - lowered) if exact else mp.mpf(0)

    whole = n == int(n)
    points = _both(_ALL) if whole else _ALL
    points = tuple(x for x in (*points, *_near(1.0)) if x or (whole and n >= 0))
    edges = {} if whole else {0.0: (0.0 if n > 0 else INF, math.copysign(INF, n) if n < 1 else 0.0, None)}
    text = f"x^({int(n)})" if whole else f"x^({n!r})"
    return _one(text, [term(1, k) for k in range(3)], points, edges)


_POWERS = tuple(
    map(_power, (0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 10.0, 31.0, -1.0, -2.0, -3.0, 0.5, 1.5, 2.5, 0.1, -0.3, 1 / 3))
)

# Functions of two arguments

_SCALES = (
    1e-310,
    1e-300,
    1e-200,
    1e-160,
    1e-30,
    1e-8,
    0.1,
    0.5,
    1.0,
    1.5,
    3.0,
    7.3,
    100.0,
    1e8,
    1e30,
    1e160,
    1e200,
    1e300,
)
_PAIRS = tuple((x, y) for x in _SCALES for y in _SCALES)
_SHAPES = (1e-8, 0.1, 0.5, 1.0, 2.5, 7.3, 100.0, 1e8)
_BETAS = tuple((a, b) for a in _SHAPES for b in _SHAPES if a <= b)
_BETAS = (*_BETAS, (7.3, 0.1), (1e8, 2.5), (100.0, 7.3), (1.0, 1e-8))
_FAR_BETAS = ((1e-300, 1e-300), (1e-300, 1.0), (2.5, 1e-100), (1e30, 0.5), (7.3, 1e30))
_SIGNED = tuple(
    (s * x, t * y)
    for x, y in ((3.0, 4.0), (1e-5, 2.0), (2.0, 1e-20), (1.0, 1.0))
    for s in (1.0, -1.0)
    for t in (1.0, -1.0)
)
_BASES = (
    5e-324,
    1e-310,
    1e-300,
    1e-100,
    1e-5,
    0.1,
    0.5,
    0.9999999999999999,
    1.0000000000000002,
    1.0,
    0.999,
    1.5,
    2.0,
    3.7,
    10.0,
    1e5,
    1e100,
    1e300,
)
_EXPOS = (
    -300.5,
    -20.0,
    -2.0,
    -1.3,
    -1.0,
    -0.5,
    -0.1,
    -1e-8,
    1e-300,
    1e-8,
    0.1,
    1 / 3,
    0.5,
    0.9,
    1.0,
    1.1,
    1.5,
    2.0,
    2.5,
    3.0,
    7.7,
    20.0,
    300.5,
)


def _select(a: Any, b: Any) -> Any:
    return mp.mpf(1) if a > b else mp.mpf(0.5) if a == b else mp.mpf(0)


def _digits(a: Any, b: Any, order: int) -> int:
    """Enough for a + b to keep the digits of both, and for what then cancels."""
    return 60 + order * int(abs(mp.log10(a / b)) + abs(mp.log10(a)) + abs(mp.log10(b)))


def _gap(a: Any, b: Any, n: int) -> Any:
    """psi_n(a) - psi_n(a + b), with digits for a much larger b."""
    with mp.workdps(_digits(a, b, n + 1)):
        return mp.psi(n, a) - mp.psi(n, a + b)


def _log_beta(a: Any, b: Any) -> Any:
    with mp.workdps(_digits(a, b, 1)):
        return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def _beta(a: Any, b: Any) -> Any:
    return mp.exp(_log_beta(a, b))


def _beta_mixed(a: Any, b: Any) -> Any:
    with mp.workdps(3 * _digits(a, b, 2)):
        rates = (mp.psi(0, a) - mp.psi(0, a + b)) * (mp.psi(0, b) - mp.psi(0, a + b))
        return mp.beta(a, b) * (rates - mp.psi(1, a + b))


_BINARY = (
    _two("x + y", (lambda x, y: x + y, *map(_constant, (1, 1, 0, 0, 0))), _PAIRS),
    _two("x - y", (lambda x, y: x - y, *map(_constant, (1, -1, 0, 0, 0))), _PAIRS),
    _two("x * y", (lambda x, y: x * y, lambda x, y: y, lambda x, y: x, *map(_constant, (0, 1, 0))), _PAIRS),
    _two(
        "x / y",
        (
            lambda x, y: x / y,
            lambda x, y: 1 / y,
            lambda x, y: -x / y**2,
            _nothing,
            lambda x, y: -1 / y**2,
            lambda x, y: 2 * x / y**3,
        ),
        (*_PAIRS, *_SIGNED, (0.0, 2.0), (5e-324, 0.7), (5e-324, 3.0), (1e-320, 0.3)),
    ),
    _two(
        "x % y",
        (
            lambda x, y: x - y * mp.floor(x / y),
            _constant(1),
            lambda x, y: -mp.floor(x / y),
            *map(_constant, (0, 0, 0)),
        ),
        tuple(
            (x, y)
            for x, y in (*_PAIRS, *_SIGNED, (7.0, 3.0), (-7.0, 3.0), (5.5, -2.0), (1.0, 0.1))
            if abs(x / y) < 1e15
        ),
    ),
    _two(
        "x ^ y",
        (
            mp.power,
            lambda x, y: y * mp.power(x, y - 1),
            lambda x, y: mp.log(x) * mp.power(x, y),
            lambda x, y: y * (y - 1) * mp.power(x, y - 2),
            lambda x, y: mp.power(x, y - 1) * (1 + y * mp.log(x)),
            lambda x, y: mp.log(x) ** 2 * mp.power(x, y),
        ),
        tuple((x, y) for x in _BASES for y in _EXPOS),
        {
            (0.0, 0.0): (1.0, 0.0, None, None, None, None),
            (0.0, 1.0): (0.0, 1.0, 0.0, 0.0, None, 0.0),
            (0.0, 2.0): (0.0, 0.0, 0.0, 2.0, 0.0, 0.0),
            (0.0, 0.5): (0.0, INF, 0.0, None, None, 0.0),
            (0.0, 3.0): (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
            (-2.0, 3.0): (-8.0, 12.0, None, -12.0, None, None),
            (-0.5, -2.0): (4.0, 16.0, None, 96.0, None, None),
        },
    ),
    _two(
        "max(x, y)",
        (max, _select, lambda x, y: _select(y, x), *map(_constant, (0, 0, 0))),
        (*_PAIRS[::7], *_SIGNED, (0.0, -0.0)),
    ),
    _two(
        "min(x, y)",
        (min, lambda x, y: _select(y, x), _select, *map(_constant, (0, 0, 0))),
        (*_PAIRS[::7], *_SIGNED, (0.0, -0.0)),
    ),
    _two(
        "clamp(x, y, 2.0)",
        (
            lambda x, y: min(max(x, y), mp.mpf(2)),
            lambda x, y: _select(x, y) * _select(2, max(x, y)),
            lambda x, y: _select(y, x) * _select(2, max(x, y)),
            *map(_constant, (0, 0, 0)),
        ),
        ((1.0, 0.0), (3.0, 0.0), (-1.0, 0.5), (1e300, 1e-300), (2.0, 1.0), (0.5, 0.5), (1.5, 1.6), (5e-324, 0.0)),
    ),
    _two(
        "hypot(x, y)",
        (
            mp.hypot,
            lambda x, y: x / mp.hypot(x, y),
            lambda x, y: y / mp.hypot(x, y),
            lambda x, y: y * y / mp.hypot(x, y) ** 3,
            lambda x, y: -x * y / mp.hypot(x, y) ** 3,
            lambda x, y: x * x / mp.hypot(x, y) ** 3,
        ),
        (*_PAIRS, *_SIGNED, (0.0, 2.0), (-3.0, 0.0), (5e-324, 5e-324), (1.0000000000000002, 1.0)),
        {(0.0, 0.0): (0.0, 0.0, 0.0, None, None, None)},
    ),
    _two(
        "atan2(x, y)",
        (
            mp.atan2,
            lambda x, y: y / (x * x + y * y),
            lambda x, y: -x / (x * x + y * y),
            lambda x, y: -2 * x * y / (x * x + y * y) ** 2,
            lambda x, y: (x - y) * (x + y) / (x * x + y * y) ** 2,
            lambda x, y: 2 * x * y / (x * x + y * y) ** 2,
        ),
        (*_PAIRS, *_SIGNED, (0.0, 2.0), (-3.0, 0.0), (0.0, -2.0), (5e-324, 5e-324), (1.0000000000000002, 1.0)),
        {(0.0, 0.0): (0.0, 0.0, 0.0, None, None, None)},
    ),
    _two(
        "lbeta(x, y)",
        (
            _log_beta,
            lambda a, b: _gap(a, b, 0),
            lambda a, b: _gap(b, a, 0),
            lambda a, b: _gap(a, b, 1),
            lambda a, b: -mp.psi(1, a + b),
            lambda a, b: _gap(b, a, 1),
        ),
        (*_BETAS, *_FAR_BETAS),
    ),
    _two(
        "beta_function(x, y)",
        (
            _beta,
            lambda a, b: _beta(a, b) * _gap(a, b, 0),
            lambda a, b: _beta(a, b) * _gap(b, a, 0),
            lambda a, b: _beta(a, b) * (_gap(a, b, 0) ** 2 + _gap(a, b, 1)),
            _beta_mixed,
            lambda a, b: _beta(a, b) * (_gap(b, a, 0) ** 2 + _gap(b, a, 1)),
        ),
        tuple((a, b) for a, b in _BETAS if b < 1e8 or a < 7.3),
    ),
)

EXACT: Mapping[str, Exact] = {each.text: each for each in (*_UNARY, *_POWERS, *_BINARY)}
