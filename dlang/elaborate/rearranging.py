"""Built-in functions that put the elements of arrays elsewhere: reshape, transpose, concat, take, pad and so on."""

from __future__ import annotations

from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Arguments, Builtin, Formal
from dlang.elaborate.describing import describe
from dlang.elaborate.values import Num, Tup, Value
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.types import INT, DType

__all__ = ["REARRANGING"]

A, B, X = Formal("a"), Formal("b"), Formal("x")


def _reshape(args: Arguments) -> Value:
    value, at = args.many[0] if args.many else (None, args.span)
    if value is None:
        args.stop(faults.builtin_arguments(args.span, args.builtin.signature, "`reshape` lacks its array"))
    assert value is not None
    x = args.as_number(value, at, "what `reshape` takes", bools=True)
    rest = list(args.many[1:])
    if len(rest) == 1 and isinstance(rest[0][0], Tup):
        rest = [(item, rest[0][1]) for item in rest[0][0].items]
    sizes = [args.as_number(v, s, "a size given to `reshape`") for v, s in rest]
    for size, (_, s) in zip(sizes, rest, strict=True):
        if size.type != INT:
            args.stop(faults.wrong_type(s, "a size given to `reshape`", "an Int", describe(size)))
    shape = args.static_shape(sizes)
    if shape is None or not x.type.is_static:
        return args.apply(TABLE["reshape_dynamic"], x, *sizes)
    return args.apply(TABLE["reshape"], x, shape=shape)


def _flatten(args: Arguments) -> Value:
    x = args.array("x", bools=True)
    if x.type.rank == 1:
        return x
    if x.type.is_static:
        size = 1
        for n in x.type.shape:
            size *= n or 0
        return args.apply(TABLE["reshape"], x, shape=(size,))
    return args.apply(TABLE["reshape_dynamic"], x, args.el.literal(-1))


def _transpose(args: Arguments) -> Value:
    x = args.array("x", bools=True)
    return args.apply(TABLE["transpose"], x, axes=args.order("axes", x.type.rank))


def _joined(name: str) -> Builtin:
    def lower(args: Arguments) -> Value:
        arrays = args.numbers()
        if len(arrays) == 1:
            fault = f"`{name}` of one array: the arrays are given one by one"
            args.stop(faults.builtin_arguments(args.span, args.builtin.signature, fault, f"write `{name}(a, b, …)`"))
        rank = arrays[0].type.rank + (name == "stack")
        if not rank:
            args.stop(faults.wrong_type(args.many[0][1], "an argument of `concat`", "an array", describe(arrays[0])))
        return args.apply(TABLE[name], *arrays, axis=args.one_axis(rank, 0))

    doc = "arrays one after the other along an axis" if name == "concat" else "arrays side by side along a new axis"
    return Builtin(name, (Formal("axis", "0"),), lower, doc, variadic="arrays…")


def _flip(args: Arguments) -> Value:
    x = args.array("x", bools=True)
    return args.apply(TABLE["flip"], x, axis=args.one_axis(x.type.rank, 0))


def _roll(args: Arguments) -> Value:
    x = args.array("x", bools=True)
    return args.apply(TABLE["roll"], x, args.integer("n"), axis=args.one_axis(x.type.rank, 0))


def _take(args: Arguments) -> Value:
    x, indices = args.array("x", bools=True), args.array("indices")
    if indices.type.dtype is not DType.INT or indices.type.rank != 1:
        at = args.bound["indices"][1]
        args.stop(faults.wrong_type(at, "the argument `indices` of `take`", "a vector of Int", describe(indices)))
    axis = args.one_axis(x.type.rank, 0)
    spec = (*((("slice", None, None, None),) * axis), "array")
    return args.apply(TABLE["get"], x, indices, spec=spec)


def _squeeze(args: Arguments) -> Value:
    x = args.array("x", bools=True)
    axis = args.axis(x.type.rank)
    if axis is None:
        if None in x.type.shape:
            fault = f"which axes of {describe(x)} have size 1 is not known before the program runs"
            args.stop(faults.builtin_arguments(args.span, args.builtin.signature, fault, "name them: `axis=`"))
        axis = tuple(k for k, size in enumerate(x.type.shape) if size == 1)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return args.apply(TABLE["squeeze"], x, axes=axes) if axes else x


def _broadcast(args: Arguments) -> Value:
    a, sizes = args.array_and_sizes()
    shape = args.static_shape(sizes)
    if shape is not None:
        return args.apply(TABLE["broadcast_to"], a, shape=shape)
    return args.apply(TABLE["broadcast_like"], a, args.apply(TABLE["fill"], 0.0, *sizes))


def _pad(args: Arguments) -> Value:
    a = args.array("a", bools=True)
    value = args.number("value", bools=True) if "value" in args else _nought(args, a)
    if DType.BOOL in (a.type.dtype, value.type.dtype) and a.type.dtype is not value.type.dtype:
        at = args.bound["value"][1]
        wanted = "a Bool, like the elements" if a.type.dtype is DType.BOOL else "a number, like the elements"
        args.stop(faults.wrong_type(at, "the argument `value` of `pad`", wanted, describe(value)))
    a, value = args.el.common([a, value], args.span)
    return args.apply(TABLE["pad"], a, value, widths=_widths(args, a.type.rank))


def _nought(args: Arguments, a: Num) -> Num:
    return args.el.literal({DType.REAL: 0.0, DType.INT: 0, DType.BOOL: False}[a.type.dtype])


def _widths(args: Arguments, rank: int) -> tuple[tuple[int, int], ...]:
    """How many to put before and after, for each axis; one pair is for all axes."""
    widths, at = args.bound["widths"]
    if isinstance(widths, Tup) and all(isinstance(item, Tup) for item in widths.items):
        pairs = tuple(_pair(args, item, at) for item in widths.items)
        if len(pairs) != rank:
            wanted = f"a pair for each of {rank} axes" if rank > 1 else "one pair"
            args.stop(faults.wrong_type(at, "the argument `widths` of `pad`", wanted, f"{len(pairs)} pairs"))
        return pairs
    return (_pair(args, widths, at),) * rank


def _pair(args: Arguments, value: Value, at: Span) -> tuple[int, int]:
    sizes = value.items if isinstance(value, Tup) else ()
    if len(sizes) != 2 or not all(isinstance(size, Num) and size.type == INT for size in sizes):
        what, wanted = "the argument `widths` of `pad`", "a pair of Ints such as `(1, 2)`, or one for each axis"
        args.stop(faults.wrong_type(at, what, wanted, describe(value)))
    before, after = (args.known_size(size, at) for size in sizes if isinstance(size, Num))
    return before, after


_MODES = ("full", "same", "valid")


def _convolve(args: Arguments) -> Value:
    """What numpy.convolve gives: `same` is as long as the longer one, from the middle; `valid` has whole overlaps."""
    a, b = args.real("a"), args.real("b")
    mode = args.text("mode", "full")
    if mode not in _MODES:
        at = args.bound["mode"][1]
        wanted = '"full", "same" or "valid"'
        args.stop(faults.wrong_type(at, "the argument `mode` of `convolve`", wanted, f'"{mode}"'))
    if mode == "full" or a.type.rank != 1 or b.type.rank != 1:
        return args.apply(TABLE["convolve"], a, b, valid=False)
    (n,), (m,) = a.type.shape, b.type.shape
    if mode == "valid" and n is not None and m is not None:
        return args.apply(TABLE["convolve"], *((a, b) if n >= m else (b, a)), valid=True)
    lengths = args.length(a, 0), args.length(b, 0)
    shorter, longer = (args.apply(TABLE[word], *lengths) for word in ("minimum", "maximum"))
    one = args.el.literal(1)
    start = args.operate("-", shorter, one)
    stop = longer
    if mode == "same":
        start = args.operate("//", start, args.el.literal(2))
        stop = args.operate("+", start, longer)
    return args.cut(args.apply(TABLE["convolve"], a, b, valid=False), 0, start, stop)


REARRANGING: tuple[Builtin, ...] = (
    Builtin("reshape", (), _reshape, "the same elements in another shape, row by row", variadic="x, sizes…"),
    Builtin("flatten", (X,), _flatten, "the elements as a vector, row by row"),
    Builtin("transpose", (X, Formal("axes", "none")), _transpose, "axes in another order, reversed if none is given"),
    _joined("concat"),
    _joined("stack"),
    Builtin("flip", (X, Formal("axis", "0")), _flip, "elements in reverse order along an axis"),
    Builtin("roll", (X, Formal("n"), Formal("axis", "0")), _roll, "elements moved n places on, the last ones first"),
    Builtin("take", (X, Formal("indices"), Formal("axis", "0")), _take, "the elements at the indices along an axis"),
    Builtin("squeeze", (X, Formal("axis", "none")), _squeeze, "without axes of size 1: all of them, or those named"),
    Builtin("broadcast", (), _broadcast, "repeated to fill a shape, by the rules of arithmetic", variadic="a, sizes…"),
    Builtin(
        "pad",
        (A, Formal("widths"), Formal("value", "0")),
        _pad,
        "with more elements at the ends: `widths` is a pair (before, after) for all axes, or a pair for each",
    ),
    Builtin(
        "convolve",
        (A, B, Formal("mode", '"full"')),
        _convolve,
        'convolution of two vectors, as `numpy.convolve`: `"full"`, `"same"` or `"valid"`',
    ),
)
