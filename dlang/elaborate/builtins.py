"""The functions of the language, one entry each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Arguments, Builtin, Formal
from dlang.elaborate.chances import CHANCES, expected, is_distribution
from dlang.elaborate.derivative_forms import DERIVATIVE_FORMS
from dlang.elaborate.describing import describe
from dlang.elaborate.levels import LEVELS
from dlang.elaborate.matrices import LINEAR_ALGEBRA
from dlang.elaborate.randomness import RANDOMNESS
from dlang.elaborate.rearranging import REARRANGING
from dlang.elaborate.running import RUNNING
from dlang.elaborate.values import Num, Tup, Value, Zipped
from dlang.ir.nodes import Assert
from dlang.primitives.table import TABLE
from dlang.types import INT, DType, broadcast_shapes

__all__ = ["BUILTINS"]

X, Y, A, B = Formal("x"), Formal("y"), Formal("a"), Formal("b")
AXIS, KEEPDIMS = Formal("axis", "none"), Formal("keepdims", "false")


def _real_elementwise(name: str, doc: str, *formals: Formal, prim: str | None = None) -> Builtin:
    def lower(args: Arguments) -> Value:
        return args.apply(TABLE[prim or name], *(args.real(f.name) for f in formals or (X,)))

    return Builtin(name, formals or (X,), lower, doc)


def _int_elementwise(name: str, doc: str) -> Builtin:
    """Int stays Int."""
    return Builtin(name, (X,), lambda args: args.apply(TABLE[name], args.number("x")), doc)


def _reduction(name: str, prim: str, doc: str, *, ints: bool, bools: bool = False) -> Builtin:
    def lower(args: Arguments) -> Value:
        x = args.array("x", bools=bools)
        if x.type.dtype is DType.BOOL:
            x = args.apply(TABLE["to_int"], x)
        if not ints:
            x = args.typed_real(x)
        return args.apply(TABLE[prim], x, axis=args.axis(x.type.rank), keepdims=args.flag("keepdims"))

    return Builtin(name, (X, AXIS, KEEPDIMS), lower, doc)


def _extreme(name: str, pairwise: str, reduction: str, doc: str) -> Builtin:
    """`max(a, b)` is elementwise, `max(x)` and `max(x, axis=)` reduce."""

    def lower(args: Arguments) -> Value:
        numbers = args.numbers()
        if len(numbers) > 1:
            if "axis" in args or "keepdims" in args:
                args.stop(
                    faults.builtin_arguments(args.span, args.builtin.signature, f"`{name}` of several has no `axis`")
                )
            shape = broadcast_shapes(*(number.type.shape for number in numbers))
            if len(numbers) > 2 and shape is not None and None not in shape:
                # one reduction, so that a tie of three is shared by three
                whole = [
                    n if n.type.shape == shape else args.apply(TABLE["broadcast_to"], n, shape=shape) for n in numbers
                ]
                return args.apply(TABLE[reduction], args.apply(TABLE["stack"], *whole, axis=0), axis=0, keepdims=False)
            out = numbers[0]
            for number in numbers[1:]:
                out = args.apply(TABLE[pairwise], out, number)
            return out
        x = numbers[0]
        if not x.type.rank:
            args.stop(faults.wrong_type(args.many[0][1], f"what `{name}` reduces", "an array", describe(x)))
        return args.apply(TABLE[reduction], x, axis=args.axis(x.type.rank), keepdims=args.flag("keepdims"))

    return Builtin(name, (AXIS, KEEPDIMS), lower, doc, variadic="x…")


def _positions(name: str) -> Builtin:
    def lower(args: Arguments) -> Value:
        x = args.array("x")
        axis = args.axis(x.type.rank)
        found = args.apply(TABLE[name], x, axis=axis)
        if not args.flag("keepdims"):
            return found
        if isinstance(axis, int):
            return args.apply(TABLE["expand_dims"], found, axes=(axis,))
        return args.apply(TABLE["reshape"], found, shape=(1,) * x.type.rank)

    return Builtin(name, (X, AXIS, KEEPDIMS), lower, f"index (Int) of the {name[3:]}imum; the first of equals")


def _along(name: str, doc: str, *, default: int, ints: bool = True) -> Builtin:
    def lower(args: Arguments) -> Value:
        x = args.array("x")
        x = x if ints else args.typed_real(x)
        return args.apply(TABLE[name], x, axis=args.one_axis(x.type.rank, default % x.type.rank))

    return Builtin(name, (X, Formal("axis", str(default))), lower, doc)


def _truth(name: str) -> Builtin:
    def lower(args: Arguments) -> Value:
        x = args.array("x", bools=True)
        if x.type.dtype is not DType.BOOL:
            args.stop(faults.wrong_type(args.span, f"the argument `x` of `{name}`", "an array of Bool", describe(x)))
        return args.apply(TABLE[name], x, axis=args.axis(x.type.rank), keepdims=args.flag("keepdims"))

    return Builtin(name, (X, AXIS, KEEPDIMS), lower, f"whether {name} of the Bools hold")


def _count_of(args: Arguments, x: Num) -> Num:
    """How many elements are reduced, as Real."""
    axis = args.axis(x.type.rank)
    axes = range(x.type.rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    count = args.el.literal(1)
    for k in axes:
        count = args.operate("*", count, args.length(x, k))
    return args.typed_real(count)


def _mean(args: Arguments) -> Value:
    value, at = args.bound["x"]
    if is_distribution(value):
        return expected(args, value, at)
    x = args.typed_real(args.array("x"))
    total = args.apply(TABLE["sum"], x, axis=args.axis(x.type.rank), keepdims=args.flag("keepdims"))
    return args.operate("/", total, _count_of(args, x))


def _deviation(args: Arguments) -> tuple[Num, Num]:
    """The elements less their mean, and what their squares are averaged over: n - ddof."""
    x = args.typed_real(args.array("x"))
    count = _count_of(args, x)
    total = args.apply(TABLE["sum"], x, axis=args.axis(x.type.rank), keepdims=True)
    ddof = args.el.literal(float(args.known_int("ddof", 0)))
    deviation = args.operate("-", x, args.operate("/", total, count))
    return deviation, args.operate("-", count, ddof) if ddof.known else count


def _variance(args: Arguments) -> Num:
    deviation, count = _deviation(args)
    square = args.operate("*", deviation, deviation)
    axis, keepdims = args.axis(deviation.type.rank), args.flag("keepdims")
    return args.operate("/", args.apply(TABLE["sum"], square, axis=axis, keepdims=keepdims), count)


def _standard_deviation(args: Arguments) -> Num:
    deviation, count = _deviation(args)
    axis, keepdims = args.axis(deviation.type.rank), args.flag("keepdims")
    return args.apply(TABLE["root_mean_square"], deviation, count, axis=axis, keepdims=keepdims)


def _int(args: Arguments) -> Value:
    x = args.number("x", bools=True)
    if x.type.dtype is DType.BOOL:
        return args.apply(TABLE["to_int"], x)
    return x if x.type.dtype is DType.INT else args.apply(TABLE["whole"], x)


def _clamp(args: Arguments) -> Value:
    x, lo, hi = args.el.common([args.number(n) for n in ("x", "lo", "hi")], args.span)
    return args.apply(TABLE["minimum"], args.apply(TABLE["maximum"], x, lo), hi)


def _where(args: Arguments) -> Value:
    c = args.number("c", bools=True)
    if c.type.dtype is not DType.BOOL:
        at = args.bound["c"][1]
        args.stop(faults.wrong_type(at, "the argument `c` of `where`", "a Bool or an array of Bool", describe(c)))
    a, b = args.number("a", bools=True), args.number("b", bools=True)
    if DType.BOOL in (a.type.dtype, b.type.dtype) and a.type.dtype is not b.type.dtype:
        at = args.bound["b"][1]
        args.stop(faults.wrong_type(at, "the second choice of `where`", f"like the first, {describe(a)}", describe(b)))
    a, b = args.el.common([a, b], args.span)
    return args.apply(TABLE["select"], c, a, b)


def _len(args: Arguments) -> Value:
    value, at = args.bound["x"]
    if isinstance(value, Tup):
        return args.el.literal(len(value.items))
    if isinstance(value, Zipped):
        return args.el.count_of(value, at)
    x = args.as_number(value, at, "the argument `x` of `len`", bools=True)
    if not x.type.rank:
        args.stop(faults.wrong_type(at, "the argument `x` of `len`", "an array or a tuple", describe(x)))
    return args.length(x, 0)


def _shape(args: Arguments) -> Value:
    x = args.number("x", bools=True)
    return Tup(tuple(args.length(x, k) for k in range(x.type.rank)))


def _size(args: Arguments) -> Value:
    x = args.number("x", bools=True)
    count = args.el.literal(1)
    for k in range(x.type.rank):
        count = args.operate("*", count, args.length(x, k))
    return count


def _filled(name: str, value: float) -> Builtin:
    def lower(args: Arguments) -> Value:
        return _fill(args, args.el.literal(value), args.sizes())

    return Builtin(name, (), lower, f"an array of {value:g} of the given shape", variadic="sizes…")


def _fill(args: Arguments, value: Num, sizes: list[Num]) -> Num:
    if not sizes:
        args.stop(faults.builtin_arguments(args.span, args.builtin.signature, f"`{args.builtin.name}` lacks its sizes"))
    shape = args.static_shape(sizes)
    if shape is None:
        return args.apply(TABLE["fill"], value, *sizes)
    if value.known == 0.0 and value.type.is_real:
        return args.apply(TABLE["zeros"], shape=shape)
    return args.apply(TABLE["full"], value, shape=shape)


def _full(args: Arguments) -> Value:
    return _fill(args, args.number("value", bools=True), args.sizes("shape"))


def _linspace(args: Arguments) -> Value:
    count, a, b = args.integer("n"), args.real("a"), args.real("b")
    if isinstance(count.known, int):
        n = count.known
        if n < 0:
            args.stop(faults.wrong_type(args.bound["n"][1], "the argument `n` of `linspace`", "0 or more", str(n)))
        return args.apply(TABLE["linspace"], a, b, n=n)
    enough = args.apply(TABLE["ge"], count, 0)
    args.el.frame.build.emit(Assert(enough.atom, "`linspace` takes 0 points or more", args.bound["n"][1]))
    places = args.typed_real(args.apply(TABLE["arange"], 0, count, 1))
    last = args.typed_real(args.operate("-", count, args.el.literal(1)))
    step = args.operate("/", args.operate("-", b, a), args.apply(TABLE["maximum"], last, 1.0))
    inner = args.operate("+", a, args.operate("*", places, step))
    is_last = args.apply(TABLE["eq"], places, args.apply(TABLE["maximum"], last, 1.0))
    return args.apply(TABLE["select"], is_last, b, inner)  # the end to the last digit


def _arange(args: Arguments) -> Value:
    numbers = args.numbers()
    if len(numbers) > 3 or any(n.type != INT for n in numbers):
        args.stop(
            faults.builtin_arguments(
                args.span, args.builtin.signature, "`arange` takes one to three Ints", "for Reals, use `linspace`"
            )
        )
    one, nought = args.el.literal(1), args.el.literal(0)
    if len(numbers) == 1:
        start, stop, step = nought, numbers[0], one
    else:
        start, stop = numbers[:2]
        step = numbers[2] if len(numbers) == 3 else one
    ends = [start.known, stop.known, step.known]
    if ends[2] == 0:
        args.stop(faults.wrong_type(args.many[2][1], "the step of `arange`", "an Int other than 0", "0"))
    static: dict[str, Any] = {}
    if None not in ends:
        static["size"] = len(range(*(int(e) for e in ends if e is not None)))
    return args.apply(TABLE["arange"], start, stop, step, **static)


def _square(name: str, doc: str) -> Builtin:
    def lower(args: Arguments) -> Value:
        x = args.array("x")
        return args.apply(TABLE[name], x, k=args.known_int("k", 0))

    return Builtin(name, (X, Formal("k", "0")), lower, doc)


def _dot(args: Arguments) -> Value:
    a, b = args.real("a"), args.real("b")
    for name, operand in (("a", a), ("b", b)):
        if operand.type.rank != 1:
            at = args.bound[name][1]
            args.stop(faults.wrong_type(at, f"the argument `{name}` of `dot`", "a vector", describe(operand)))
    return args.apply(TABLE["matmul"], a, b)


def _outer(args: Arguments) -> Value:
    return args.apply(TABLE["outer"], args.real("a"), args.real("b"))


def _norm(args: Arguments) -> Value:
    x = args.typed_real(args.array("x"))
    return args.apply(TABLE["norm"], x, axis=args.axis(x.type.rank), keepdims=args.flag("keepdims"))


def _softmax(name: str) -> Builtin:
    def lower(args: Arguments) -> Value:
        x = args.typed_real(args.array("x"))
        return args.apply(TABLE[name], x, axis=args.one_axis(x.type.rank, x.type.rank - 1))

    doc = "shares exp(x) / sum(exp(x)) along an axis" if name == "softmax" else "log of `softmax` along an axis"
    return Builtin(name, (X, Formal("axis", "-1")), lower, doc)


def _one_hot(args: Arguments) -> Value:
    labels, n = args.number("labels"), args.known_int("n", 0)
    kinds = args.apply(TABLE["arange"], 0, n, 1, size=max(n, 0))
    column = args.apply(TABLE["expand_dims"], labels, axes=(labels.type.rank,))
    hits = args.apply(TABLE["eq"], *args.el.common([column, kinds], args.span))
    some = args.apply(TABLE["any"], hits, axis=labels.type.rank, keepdims=False)
    args.el.frame.build.emit(Assert(some.atom, f"a label of `one_hot` is a whole number from 0 to {n - 1}", args.span))
    return args.apply(TABLE["to_real"], hits)


def _trace(args: Arguments) -> Value:
    x = args.typed_real(args.array("x"))
    if x.type.rank != 2:
        at = args.bound["x"][1]
        args.stop(faults.wrong_type(at, "the argument `x` of `trace`", "a matrix", describe(x)))
    return args.apply(TABLE["sum"], args.apply(TABLE["diag"], x), axis=None, keepdims=False)


def _eye(args: Arguments) -> Value:
    n = args.known_int("n", 0)
    if n < 0:
        args.stop(faults.wrong_type(args.bound["n"][1], "the argument `n` of `eye`", "0 or more", str(n)))
    return args.apply(TABLE["eye"], n=n)


def _truth_elementwise(name: str, prim: str, doc: str) -> Builtin:
    return _real_elementwise(name, doc, prim=prim)


_ELEMENTWISE = {
    "exp": "e to the power x",
    "expm1": "exp(x) - 1 without loss near 0",
    "log": "natural logarithm",
    "log1p": "log(1 + x) without loss near 0",
    "log2": "logarithm to base 2",
    "log10": "logarithm to base 10",
    "sqrt": "square root",
    "cbrt": "cube root",
    "sin": "sine of an angle in radians",
    "cos": "cosine",
    "tan": "tangent",
    "asin": "inverse sine",
    "acos": "inverse cosine",
    "atan": "inverse tangent",
    "sinh": "hyperbolic sine",
    "cosh": "hyperbolic cosine",
    "tanh": "hyperbolic tangent",
    "asinh": "inverse hyperbolic sine",
    "acosh": "inverse hyperbolic cosine",
    "atanh": "inverse hyperbolic tangent",
    "sigmoid": "1 / (1 + exp(-x))",
    "softplus": "log(1 + exp(x))",
    "relu": "max(x, 0)",
    "gelu": "x times the normal distribution function (exact, by erf)",
    "erf": "error function",
    "erfc": "1 - erf(x) without loss for large x",
    "lgamma": "log of |Gamma(x)|",
    "digamma": "derivative of lgamma",
    "floor": "the next whole number below",
    "ceil": "the next whole number above",
    "round": "the nearest whole number, halves to even",
}

_ENTRIES: tuple[Builtin, ...] = (
    *(_real_elementwise(name, doc) for name, doc in _ELEMENTWISE.items()),
    _real_elementwise("atan2", "angle of the point (x, y)", Y, X),
    _real_elementwise("hypot", "sqrt(x^2 + y^2) without overflow", X, Y),
    _real_elementwise("lbeta", "log of the Beta function", A, B),
    _real_elementwise("beta_function", "the Beta function", A, B),
    _int_elementwise("abs", "absolute value"),
    _int_elementwise("sign", "-1, 0 or 1"),
    _truth_elementwise("isnan", "is_nan", "whether x is not a number"),
    _truth_elementwise("isfinite", "is_finite", "whether x is neither infinite nor nan"),
    _extreme("min", "minimum", "amin", "the least"),
    _extreme("max", "maximum", "amax", "the greatest"),
    Builtin("int", (X,), _int, "the Int of a whole number, 1 or 0 of a Bool; derivative 0"),
    Builtin("clamp", (X, Formal("lo"), Formal("hi")), _clamp, "`x`, moved into lo..hi"),
    Builtin("where", (Formal("c"), A, B), _where, "`a` where `c` holds, else `b`, element by element"),
    _reduction("sum", "sum", "sum; of Bools, how many hold", ints=True, bools=True),
    _reduction("prod", "prod", "product", ints=True),
    _reduction("logsumexp", "logsumexp", "log of the sum of exp, without overflow", ints=False),
    Builtin("mean", (X, AXIS, KEEPDIMS), _mean, "arithmetic mean"),
    Builtin("var", (X, AXIS, KEEPDIMS, Formal("ddof", "0")), _variance, "variance, divided by n - ddof"),
    Builtin(
        "std",
        (X, AXIS, KEEPDIMS, Formal("ddof", "0")),
        _standard_deviation,
        "standard deviation: the root of `var`",
    ),
    Builtin("norm", (X, AXIS, KEEPDIMS), _norm, "Euclidean norm"),
    _positions("argmin"),
    _positions("argmax"),
    _truth("any"),
    _truth("all"),
    _along("cumsum", "running sums", default=0),
    _along("cumprod", "running products", default=0),
    _along("sort", "the elements in ascending order", default=-1),
    _along("argsort", "the order (Int) that sorts", default=-1),
    _softmax("softmax"),
    _softmax("log_softmax"),
    Builtin("len", (X,), _len, "size of the first axis, or of a tuple"),
    Builtin("shape", (X,), _shape, "sizes of the axes, a tuple of Int"),
    Builtin("rank", (X,), lambda args: args.el.literal(args.number("x", bools=True).type.rank), "number of axes"),
    Builtin("size", (X,), _size, "number of elements"),
    _filled("zeros", 0.0),
    _filled("ones", 1.0),
    Builtin("full", (Formal("shape"), Formal("value")), _full, "an array of one value"),
    Builtin("eye", (Formal("n"),), _eye, "identity matrix"),
    Builtin("linspace", (A, B, Formal("n")), _linspace, "n evenly spaced Reals from a to b, both included"),
    Builtin("arange", (), _arange, "Ints from start by step while short of stop", variadic="start=0, stop, step=1"),
    _square("diag", "the `k`-th diagonal, counted upwards from the main one, or a matrix with it"),
    Builtin("trace", (X,), _trace, "sum of the diagonal"),
    _square("tril", "the lower triangle, the rest 0"),
    _square("triu", "the upper triangle, the rest 0"),
    Builtin("dot", (A, B), _dot, "sum of products of two vectors"),
    Builtin("outer", (A, B), _outer, "matrix of products of two vectors"),
    *RUNNING,
    *CHANCES,
    *RANDOMNESS,
    *REARRANGING,
    *LINEAR_ALGEBRA,
    LEVELS,
    Builtin(
        "one_hot",
        (Formal("labels"), Formal("n")),
        _one_hot,
        "0 or 1 along a new last axis of size n: 1 at the label",
    ),
    *DERIVATIVE_FORMS,
)

BUILTINS: Mapping[str, Builtin] = {entry.name: entry for entry in _ENTRIES}
