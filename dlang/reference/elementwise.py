"""Functions that work element by element."""

from __future__ import annotations

from dlang.reference.core import Case, Entry, Group

__all__ = ["GROUPS"]

SAME = "`x` of any shape → the same shape, Real"
BOTH = "any two shapes that broadcast → the shape they broadcast to, Real"


def _of_one(name: str, *cases: Case, note: str = "", derivative: str = "", slopes: tuple[Case, ...] = ()) -> Entry:
    return Entry(name, SAME, cases, note, derivative, slopes)


ROUNDING = Group(
    "Size, sign and rounding",
    "An array gives an array of the same shape. `abs` and `sign` of Ints are Ints; the others give Reals.",
    (
        Entry(
            "abs",
            "`x` of any shape → the same shape; Int stays Int",
            (("abs(-3)", "3"), ("abs([-1.5, 0])", "[1.5, 0.0]"), ("abs(-inf)", "inf")),
            derivative="0 at 0",
            slopes=(("abs'([-2, 0, 3])", "[-1.0, 0.0, 1.0]"),),
        ),
        Entry(
            "sign",
            "`x` of any shape → the same shape; Int stays Int",
            (("sign([-2.5, 0, 7])", "[-1.0, 0.0, 1.0]"), ("sign(-3)", "-1"), ("sign(nan)", "nan")),
            derivative="0 everywhere",
            slopes=(("sign'([-2, 0, 3])", "[0.0, 0.0, 0.0]"),),
        ),
        _of_one(
            "floor",
            ("floor([-1.5, 1.5])", "[-2.0, 1.0]"),
            ("floor(inf)", "inf"),
            note="The result is Real; an index is made by `int(floor(x))`, or of Ints by `//`.",
            derivative="0 everywhere",
            slopes=(("floor'([1, 1.5])", "[0.0, 0.0]"),),
        ),
        _of_one(
            "ceil",
            ("ceil([-1.5, 1.5])", "[-1.0, 2.0]"),
            derivative="0 everywhere",
            slopes=(("ceil'([1, 1.5])", "[0.0, 0.0]"),),
        ),
        _of_one(
            "round",
            ("round([0.5, 1.5, 2.5, -0.7])", "[0.0, 2.0, 2.0, -1.0]"),
            derivative="0 everywhere",
            slopes=(("round'([0.5, 1])", "[0.0, 0.0]"),),
        ),
        Entry(
            "int",
            "`x` of any shape → the same shape, Int",
            (
                ("int([1.0, -2])", "[1, -2]"),
                ("int(floor(2.7))", "2"),
                ("int([true, false])", "[1, 0]"),
                ("int(2.5)", "error[E0611]: `int` has no value here"),
            ),
            note="A Real must be whole: write `int(floor(x))` or `int(round(x))` for others. Columns of a table are "
            "Real; `int(site)` makes indexes of one.",
            derivative="0 everywhere",
        ),
        Entry(
            "clamp",
            "`x`, `lo`, `hi` of shapes that broadcast → the shape they broadcast to; Int if all three are",
            (
                ("clamp([-1, 0.5, 2], 0, 1)", "[0.0, 0.5, 1.0]"),
                ("clamp(7, 0, 5)", "5"),
                ("clamp(nan, 0, 1)", "nan"),
                ("clamp(3, 2, 1)", "1"),
            ),
            note="If `lo` is more than `hi`, the result is `hi`.",
            derivative="1 inside, ½ at an end, 0 outside",
            slopes=(("(fn(x) = clamp(x, 0, 1))'([-1, 0, 0.5, 1, 2])", "[0.0, 0.5, 1.0, 0.5, 0.0]"),),
        ),
        Entry(
            "where",
            "`c` of Bool, `a` and `b` of shapes that broadcast → the shape they broadcast to; of "
            "Int, Real or Bool, as `a` and `b`",
            (
                ("where([1, -2] > 0, 10, 20)", "[10, 20]"),
                ("where(true, 1, 2.5)", "1.0"),
                (
                    "where(1, 2, 3)",
                    "error[E0301]: the argument `c` of `where` must be a Bool or an array of Bool, not an Int",
                ),
            ),
            note="Both `a` and `b` are computed, for all elements. To compute only one of them, use `if` on one Bool.",
            derivative="that of the choice taken; the other has exactly 0, even where its own derivative is infinite",
            slopes=(("(fn(x) = where(x > 0, sqrt(x), 0))'(0)", "0.0"),),
        ),
    ),
)

EXPONENTIALS = Group(
    "Powers, exponentials and logarithms",
    "Powers themselves are written `x^y`. Overflow is `inf` and a value that is no Real is `nan`, without an error.",
    (
        _of_one("exp", ("exp(1)", "2.718281828459045"), ("exp(-inf)", "0.0"), ("exp(1000)", "inf")),
        _of_one("expm1", ("expm1(1e-20)", "1e-20"), ("expm1(-inf)", "-1.0")),
        _of_one(
            "log",
            ("log(exp(2))", "2.0"),
            ("log(0)", "-inf"),
            ("log(-1)", "nan"),
            derivative="1/x, also for negative `x`, where the value is `nan`",
            slopes=(("log'([0, 2])", "[inf, 0.5]"),),
        ),
        _of_one("log1p", ("log1p(1e-20)", "1e-20"), ("log1p(-1)", "-inf"), ("log1p(-2)", "nan")),
        _of_one("log2", ("log2(8)", "3.0"), ("log2(0)", "-inf"), ("log2(-1)", "nan")),
        _of_one("log10", ("log10(1000)", "3.0"), ("log10(0)", "-inf"), ("log10(-1)", "nan")),
        _of_one(
            "sqrt",
            ("sqrt(16)", "4.0"),
            ("sqrt(-1)", "nan"),
            ("sqrt(-0.0)", "-0.0"),
            derivative="`inf` at 0; `sqrt(x * x)` has 0 there, because zero times anything is zero",
            slopes=(("sqrt'(0)", "inf"), ("(fn(x) = sqrt(x * x))'(0)", "0.0")),
        ),
        _of_one(
            "cbrt",
            ("cbrt(8)", "2.0"),
            ("cbrt(-8)", "-2.0"),
            derivative="`inf` at 0",
            slopes=(("cbrt'(0)", "inf"),),
        ),
        Entry(
            "hypot",
            BOTH,
            (("hypot(3, 4)", "5.0"), ("hypot(1e200, 1e200)", "1.414213562373095e200"), ("hypot(inf, nan)", "inf")),
            derivative="0 at the origin",
            slopes=(("grad(hypot, wrt=(0, 1))(0, 0)", "(0.0, 0.0)"),),
        ),
    ),
)

ANGLES = Group(
    "Trigonometric and hyperbolic functions",
    "Angles are in radians. Outside its domain a function is `nan`.",
    (
        _of_one("sin", ("sin(pi / 2)", "1.0"), ("sin(pi)", "1.2246467991473532e-16"), ("sin(inf)", "nan")),
        _of_one("cos", ("cos(0)", "1.0"), ("cos(inf)", "nan")),
        _of_one("tan", ("tan(0)", "0.0"), ("tan(1)", "1.5574077246549023")),
        _of_one(
            "asin",
            ("asin(1)", "1.5707963267948966"),
            ("asin(1.1)", "nan"),
            derivative="`inf` at -1 and 1",
            slopes=(("asin'([-1, 0, 1])", "[inf, 1.0, inf]"),),
        ),
        _of_one(
            "acos",
            ("acos(-1)", "3.141592653589793"),
            ("acos(1.1)", "nan"),
            derivative="`-inf` at -1 and 1",
            slopes=(("acos'([-1, 0, 1])", "[-inf, -1.0, -inf]"),),
        ),
        _of_one("atan", ("atan(1)", "0.7853981633974483"), ("atan(inf)", "1.5707963267948966")),
        Entry(
            "atan2",
            BOTH,
            (("atan2(1, -1)", "2.356194490192345"), ("atan2(0, -1)", "3.141592653589793"), ("atan2(0, 0)", "0.0")),
            note="From -pi to pi.",
            derivative="0 at the origin",
            slopes=(("grad(atan2, wrt=(0, 1))(0, 0)", "(0.0, 0.0)"),),
        ),
        _of_one("sinh", ("sinh(1)", "1.1752011936438014"), ("sinh(1000)", "inf")),
        _of_one("cosh", ("cosh(0)", "1.0"), ("cosh(-1000)", "inf")),
        _of_one("tanh", ("tanh(0.5)", "0.46211715726000974"), ("tanh(-inf)", "-1.0")),
        _of_one("asinh", ("asinh(1)", "0.881373587019543"), ("asinh(-inf)", "-inf")),
        _of_one(
            "acosh", ("acosh(1)", "0.0"), ("acosh(0.5)", "nan"), derivative="`inf` at 1", slopes=(("acosh'(1)", "inf"),)
        ),
        _of_one(
            "atanh",
            ("atanh(0.5)", "0.5493061443340548"),
            ("atanh(1)", "inf"),
            ("atanh(2)", "nan"),
            derivative="`inf` at -1 and 1",
            slopes=(("atanh'([-1, 1])", "[inf, inf]"),),
        ),
    ),
)

ACTIVATIONS = Group(
    "Activations",
    "Steps and ramps for logistic models and networks. None of them overflows.",
    (
        _of_one("sigmoid", ("sigmoid(0)", "0.5"), ("sigmoid([-1000, 1000])", "[0.0, 1.0]")),
        _of_one("softplus", ("softplus(0)", "0.6931471805599453"), ("softplus([-1000, 1000])", "[0.0, 1000.0]")),
        _of_one(
            "relu",
            ("relu([-1, 0, 2])", "[0.0, 0.0, 2.0]"),
            ("relu(nan)", "nan"),
            derivative="0 at 0",
            slopes=(("relu'([-1, 0, 2])", "[0.0, 0.0, 1.0]"),),
        ),
        _of_one("gelu", ("gelu(1)", "0.841344746068543"), ("gelu(-100)", "-0.0")),
    ),
)

SPECIAL = Group(
    "Special functions",
    "",
    (
        _of_one("erf", ("erf(0.5)", "0.5204998778130465"), ("erf(inf)", "1.0")),
        _of_one("erfc", ("erfc(10)", "2.088487583762545e-45"), ("erfc(-inf)", "2.0")),
        _of_one(
            "lgamma",
            ("lgamma(10)", "12.801827480081467"),
            ("lgamma(0)", "inf"),
            ("lgamma(-0.5)", "1.265512123484645"),
            derivative="`digamma`",
            slopes=(("lgamma'(3) - digamma(3)", "0.0"),),
        ),
        _of_one("digamma", ("digamma(1)", "-0.5772156649015329"), ("digamma(0)", "-inf"), ("digamma(-1)", "nan")),
        Entry(
            "lbeta",
            BOTH,
            (("lbeta(2, 3)", "-2.4849066497880004"), ("lbeta(1e5, 1e5)", "-138633.9270613487"), ("lbeta(0, 1)", "inf")),
        ),
        Entry(
            "beta_function",
            BOTH,
            (("beta_function(2, 3)", "0.08333333333333333"), ("beta_function(0, 1)", "inf")),
            note="The name `beta` is that of the distribution.",
        ),
    ),
)

TESTS = Group(
    "Tests of numbers",
    "",
    (
        Entry(
            "isnan",
            "`x` of any shape → the same shape, Bool",
            (("isnan([1, nan, inf])", "[false, true, false]"), ("isnan(3)", "false")),
        ),
        Entry(
            "isfinite",
            "`x` of any shape → the same shape, Bool",
            (("isfinite([1, nan, inf])", "[true, false, false]"),),
        ),
    ),
)

GROUPS = (ROUNDING, EXPONENTIALS, ANGLES, ACTIVATIONS, SPECIAL, TESTS)
