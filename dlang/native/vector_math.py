"""Functions of our own on vectors of Reals, within 2 ulp, with IEEE's special values; the same bits in every lane.

Each is written with `Lanes`, and becomes a function of LLVM's, `@dl.exp`, in modules that call it.

Sources: reductions and kernels of fdlibm (Sun 1993: e_log.c, s_log1p.c, k_sin.c, k_cos.c), the scaling of powers of two
of Muller et al., Handbook of Floating-Point Arithmetic (2018), chapter 10, tanh near 0 from Cephes (Moshier 1989).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import factorial, inf, nan

from dlang.native import lanes
from dlang.native.lanes import PURE, Lanes
from dlang.native.text import Text

__all__ = ["VECTOR_MATH", "function_text"]

_SHIFT = 6755399441055744.0
"""1.5 * 2^52: added to a Real below 2^51, it leaves the nearest whole number in the low bits."""

_SHIFT_BITS = 0x4338000000000000
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_LOG2_E = 1.4426950408889634
_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_EXPONENT = -(1 << 52)  # the bits of sign and exponent

_LOG = (
    *(6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01),
    *(1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01),
)
_SIN = (
    *(-1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04),
    *(2.75573137070700676789e-06, -2.50507602534068634195e-08, 1.58969099521155010221e-10),
)
_COS = (
    *(4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05),
    *(-2.75573143513906633035e-07, 2.08757232129817482790e-09, -1.13596475577881948265e-11),
)
_TANH_TOP = (-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1)
_TANH_BOTTOM = (4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1.0)
_HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)
_FAR = 1e5
"""Beyond, sine and cosine go to libm, lane by lane: the reduction by three parts of pi would lose digits."""


def _horner(w: Lanes, x: str, coefficients: Sequence[float]) -> str:
    """The polynomial with these coefficients, the constant one first."""
    out = w.c(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        out = w.fma(out, x, w.c(coefficient))
    return out


def _power_of_two(w: Lanes, shifted: str) -> str:
    """2^n, from the bits of n + _SHIFT, for n of a normal number."""
    exponent = w.i("add", shifted, w.k(1023 - _SHIFT_BITS))
    return w.cast("bitcast", w.i("shl", exponent, w.k(52)), w.int, w.real)


def _bits(w: Lanes, x: str) -> str:
    return w.cast("bitcast", x, w.real, w.int)


def _reduced(w: Lanes, x: str) -> tuple[str, str]:
    """n and r with x = n ln 2 + r, |r| at most half of ln 2."""
    n = w.f("fsub", w.fma(x, w.c(_LOG2_E), w.c(_SHIFT)), w.c(_SHIFT))
    high = w.fma(n, w.c(-_LN2_HIGH), x)
    return n, w.fma(n, w.c(-_LN2_LOW), high)


def _exp(w: Lanes, x: str) -> str:
    above, below = w.compare("ogt", x, w.c(709.782712893384)), w.compare("olt", x, w.c(-745.1332191019412))
    inside = w.select(above, w.c(0.0), w.select(below, w.c(0.0), x))
    n, r = _reduced(w, inside)
    rest = _horner(w, r, [1.0 / factorial(k) for k in range(2, 14)])
    p = w.f("fadd", w.c(1.0), w.fma(w.f("fmul", r, r), rest, r))
    half = w.f("fadd", w.f("fmul", n, w.c(0.5)), w.c(_SHIFT))  # in two steps, as 2^n may be no normal number
    other = w.f("fadd", w.f("fsub", n, w.f("fsub", half, w.c(_SHIFT))), w.c(_SHIFT))
    y = w.f("fmul", w.f("fmul", p, _power_of_two(w, _bits(w, half))), _power_of_two(w, _bits(w, other)))
    return w.select(above, w.c(inf), w.select(below, w.c(0.0), y))


def _expm1(w: Lanes, x: str) -> str:
    above, below = w.compare("ogt", x, w.c(709.782712893384)), w.compare("olt", x, w.c(-40.0))
    inside = w.select(above, w.c(0.0), w.select(below, w.c(0.0), x))
    n, r = _reduced(w, inside)
    rest = _horner(w, r, [1.0 / factorial(k) for k in range(2, 15)])
    p = w.fma(w.f("fmul", r, r), rest, r)
    lower = w.f("fadd", w.f("fsub", n, w.c(1.0)), w.c(_SHIFT))
    scale = _power_of_two(w, _bits(w, lower))
    y = w.fma(p, scale, w.f("fsub", scale, w.c(0.5)))
    y = w.select(w.compare("oeq", n, w.c(0.0)), p, w.f("fadd", y, y))
    y = w.select(above, w.c(inf), w.select(below, w.c(-1.0), y))
    return w.select(w.compare("oeq", x, w.c(0.0)), x, y)


def _split(w: Lanes, x: str) -> tuple[str, str]:
    """k as a Real, and z between sqrt 1/2 and sqrt 2, with x = 2^k z; x is positive and normal."""
    bits = _bits(w, x)
    above = w.i("sub", bits, w.k(_SQRT_HALF_BITS))
    exponent = w.i("ashr", above, w.k(52))
    whole = w.cast("bitcast", w.i("add", exponent, w.k(_SHIFT_BITS)), w.int, w.real)
    z = w.cast("bitcast", w.i("sub", bits, w.i("and", above, w.k(_EXPONENT))), w.int, w.real)
    return w.f("fsub", whole, w.c(_SHIFT)), z


def _log_near_one(w: Lanes, f: str, k: str, more: str) -> str:
    """log(1 + f) + k ln 2, and `more`, which is small."""
    s = w.f("fdiv", f, w.f("fadd", w.c(2.0), f))
    z = w.f("fmul", s, s)
    r = w.f("fmul", z, _horner(w, z, _LOG))
    half = w.f("fmul", w.c(0.5), w.f("fmul", f, f))
    low = w.f("fadd", w.f("fmul", s, w.f("fadd", half, r)), w.f("fadd", w.f("fmul", k, w.c(_LN2_LOW)), more))
    return w.f("fsub", w.f("fmul", k, w.c(_LN2_HIGH)), w.f("fsub", w.f("fsub", half, low), f))


def _log(w: Lanes, x: str) -> str:
    tiny = w.compare("olt", x, w.c(2.0**-1022))
    k, z = _split(w, w.select(tiny, w.f("fmul", x, w.c(2.0**54)), x))
    k = w.f("fadd", k, w.select(tiny, w.c(-54.0), w.c(0.0)))
    y = _log_near_one(w, w.f("fsub", z, w.c(1.0)), k, w.c(0.0))
    return _log_edges(w, x, y, 0.0)


def _log_edges(w: Lanes, x: str, y: str, zero: float) -> str:
    """y, or what a logarithm is at and beyond the ends of its domain, which begins at `zero`."""
    y = w.select(w.compare("oeq", x, w.c(inf)), w.c(inf), y)
    y = w.select(w.compare("oeq", x, w.c(zero)), w.c(-inf), y)
    y = w.select(w.compare("uno", x, x), x, y)
    return w.select(w.compare("olt", x, w.c(zero)), w.c(nan), y)


def _log1p(w: Lanes, x: str) -> str:
    u = w.f("fadd", w.c(1.0), x)
    k, z = _split(w, u)
    near = w.compare("oeq", k, w.c(0.0))
    f = w.select(near, x, w.f("fsub", z, w.c(1.0)))
    up = w.compare("ogt", k, w.c(0.0))
    lost = w.select(up, w.f("fsub", w.c(1.0), w.f("fsub", u, x)), w.f("fsub", x, w.f("fsub", u, w.c(1.0))))
    more = w.select(near, w.c(0.0), w.f("fdiv", lost, u))
    y = _log_edges(w, x, _log_near_one(w, f, k, more), -1.0)
    return w.select(w.compare("oeq", x, w.c(0.0)), x, y)


def _circular(quarter: int, libm: str) -> Callable[[Lanes, str], str]:
    """The sine of x and `quarter` right angles."""

    def rule(w: Lanes, x: str) -> str:
        text = w.text
        near = w.compare("ole", w.intrinsic("fabs", x), w.c(_FAR))
        all_near = text.call("i1", f"llvm.vector.reduce.and.v{w.width}i1", [(w.bit, near)])
        fast, slow, done = text.fresh("fast"), text.fresh("slow"), text.fresh("done")
        text.branch(all_near, fast, slow)
        text.begin(slow)
        lanes = "poison"
        for k in range(w.width):
            one = text.op(f"extractelement {w.real} {x}, i64 {k}")
            found = text.call("double", libm, [("double", one)], PURE)
            lanes = text.op(f"insertelement {w.real} {lanes}, double {found}, i64 {k}")
        text.go(done)
        text.begin(fast)
        quick = _near_sine(w, x, quarter)
        text.go(done)
        end = text.label
        text.begin(done)
        return text.phi(w.real, [(lanes, slow), (quick, end)])

    return rule


def _near_sine(w: Lanes, x: str, quarter: int) -> str:
    shifted = w.fma(x, w.c(0.6366197723675814), w.c(_SHIFT))
    n = w.f("fsub", shifted, w.c(_SHIFT))
    first = w.fma(n, w.c(-_HALF_PI[0]), x)
    r, low = _less_the_rest(w, n, first)
    z = w.f("fmul", r, r)
    half = w.f("fmul", w.c(0.5), z)
    cube = w.f("fmul", z, r)
    # r + low: the sine is r + r^3 S(z) + low (1 - z / 2), the cosine 1 - z / 2 + z^2 C(z) - r low
    sine = w.fma(cube, _horner(w, z, _SIN), w.f("fmul", low, w.f("fsub", w.c(1.0), half)))
    sine = w.f("fadd", r, sine)
    whole = w.f("fsub", w.c(1.0), half)
    rest = w.f("fsub", w.f("fsub", w.c(1.0), whole), half)
    tail = w.f("fsub", w.f("fmul", w.f("fmul", z, z), _horner(w, z, _COS)), w.f("fmul", r, low))
    cosine = w.f("fadd", whole, w.f("fadd", rest, tail))
    turns = w.i("add", _bits(w, shifted), w.k(quarter))
    odd = w.text.op(f"icmp ne {w.int} {w.i('and', turns, w.k(1))}, zeroinitializer")
    out = w.select(odd, cosine, sine)
    sign = w.i("shl", w.i("and", turns, w.k(2)), w.k(62))
    out = w.cast("bitcast", w.i("xor", _bits(w, out), sign), w.int, w.real)
    return out if quarter else w.select(w.compare("oeq", x, w.c(0.0)), x, out)


def _less_the_rest(w: Lanes, n: str, first: str) -> tuple[str, str]:
    """`first` less n times the rest of half of pi, as a sum of two: near a zero of the sine all digits are in there."""
    product = w.f("fmul", n, w.c(_HALF_PI[1]))
    lost = w.fma(n, w.c(_HALF_PI[1]), w.f("fneg", product))
    r = w.f("fsub", first, product)
    back = w.f("fsub", first, r)
    low = w.f("fadd", w.f("fsub", first, w.f("fadd", r, back)), w.f("fsub", back, product))
    low = w.fma(n, w.c(-_HALF_PI[2]), w.f("fsub", low, lost))
    whole = w.f("fadd", r, low)
    return whole, w.f("fadd", w.f("fsub", r, whole), low)


def _tanh(w: Lanes, x: str) -> str:
    size = w.intrinsic("fabs", x)
    z = w.f("fmul", x, x)
    ratio = w.f("fdiv", _horner(w, z, _TANH_TOP), _horner(w, z, _TANH_BOTTOM))
    small = w.fma(w.f("fmul", x, z), ratio, x)
    grown = w.f("fadd", w.function("exp", w.f("fadd", size, size)), w.c(1.0))
    large = w.f("fsub", w.c(1.0), w.f("fdiv", w.c(2.0), grown))
    y = w.select(w.compare("olt", size, w.c(0.625)), small, w.intrinsic("copysign", large, x))
    return w.select(w.compare("oeq", x, w.c(0.0)), x, y)


VECTOR_MATH: Mapping[str, Callable[[Lanes, str], str]] = {
    "exp": _exp,
    "expm1": _expm1,
    "log": _log,
    "log1p": _log1p,
    "sin": _circular(0, "sin"),
    "cos": _circular(1, "cos"),
    "tanh": _tanh,
}


def function_text(name: str) -> tuple[str, set[str], set[str]]:
    """The definition of a function, what it declares, and which others it calls."""
    text = Text()
    w = Lanes(text, lanes.WIDTH)
    text.line(f"ret {w.real} {VECTOR_MATH[name](w, '%x')}")
    definition = f"define internal {w.real} @dl.{name}({w.real} %x) alwaysinline {{\n{text.body}\n}}\n"
    return definition, text.declared, text.used
