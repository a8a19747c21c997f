"""Random draws of numbers, by the key that elaboration keeps: `rand`, `randn`, `randint`, `choice`, `shuffle`, `seed`.

A draw is a pure function of the program's seed, of the place of the draw, and of how often that place was passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlang.diagnostics import typing as faults
from dlang.elaborate.arguments import Arguments, Builtin, Formal
from dlang.elaborate.describing import describe
from dlang.elaborate.operators import NOTHING
from dlang.elaborate.values import Num, Value
from dlang.primitives.table import TABLE

__all__ = ["RANDOMNESS"]

SHAPE = Formal("shape", "()")


def _drawn(args: Arguments, prim: str, extra: Sequence[Num], sizes: Sequence[Num]) -> Num:
    """A draw in the shape of `sizes`, static where all are known."""
    key = args.el.draw_key(args.span)
    shape = args.static_shape(sizes)
    if shape is not None:
        return args.apply(TABLE[prim], *key, *extra, shape=shape)
    return args.apply(TABLE[prim], *key, *extra, *sizes)


def _rand(args: Arguments) -> Value:
    return _drawn(args, "random_uniform", (), args.sizes())


def _randn(args: Arguments) -> Value:
    return args.apply(TABLE["normal_quantile"], _drawn(args, "random_uniform", (), args.sizes()))


def _shape_given(args: Arguments) -> list[Num]:
    return args.sizes("shape") if "shape" in args else []


def _randint(args: Arguments) -> Value:
    low, high = args.integer("lo"), args.integer("hi")
    if isinstance(low.known, int) and isinstance(high.known, int) and low.known >= high.known:
        at = args.bound["hi"][1]
        args.stop(
            faults.wrong_type(at, "the argument `hi` of `randint`", f"more than `lo`, {low.known}", str(high.known))
        )
    return _drawn(args, "random_int", (low, high), _shape_given(args))


def _rows(args: Arguments, x: Num) -> Num:
    """The size of the first axis."""
    size = x.type.shape[0]
    return args.el.literal(size) if size is not None else args.apply(TABLE["length"], x, axis=0)


def _permuted(args: Arguments, n: Num) -> Num:
    static: dict[str, Any] = {"size": n.known} if isinstance(n.known, int) else {}
    return args.apply(TABLE["random_permutation"], *args.el.draw_key(args.span), n, **static)


def _shuffle(args: Arguments) -> Value:
    x = args.array("x", bools=True)
    return args.apply(TABLE["get"], x, _permuted(args, _rows(args, x)), spec=("array",))


def _with_replacement(args: Arguments) -> bool:
    return args.flag("replace") if "replace" in args else True


def _choice(args: Arguments) -> Value:
    """Elements along the first axis; of an Int n, from 0..n."""
    x = args.number("x", bools=True)
    if not x.type.rank:
        n = args.integer("x")
        x = args.apply(TABLE["arange"], 0, n, 1, **({"size": n.known} if isinstance(n.known, int) else {}))
    if x.type.shape[0] == 0:
        args.stop(faults.wrong_type(args.bound["x"][1], "the argument `x` of `choice`", "not empty", describe(x)))
    sizes, rows = _shape_given(args), _rows(args, x)
    if not sizes:
        index = _drawn(args, "random_int", (args.el.literal(0), rows), ())
        return args.apply(TABLE["get"], x, index, spec=("int",))
    count = sizes[0]
    for size in sizes[1:]:
        count = args.operate("*", count, size)
    if _with_replacement(args):
        indices = _drawn(args, "random_int", (args.el.literal(0), rows), (count,))
    else:
        indices = _first_of(args, _permuted(args, rows), count, rows)
    chosen = args.apply(TABLE["get"], x, indices, spec=("array",))
    return chosen if len(sizes) == 1 else _in_shape(args, chosen, sizes)


def _first_of(args: Arguments, order: Num, count: Num, rows: Num) -> Num:
    """The first `count` of a permutation, by places, so that too many are an error where they are met."""
    if isinstance(count.known, int) and isinstance(rows.known, int) and count.known > rows.known:
        what = "the number of elements that `choice` takes without replacement"
        args.stop(faults.wrong_type(args.span, what, f"at most {rows.known}", str(count.known)))
    static: dict[str, Any] = {"size": count.known} if isinstance(count.known, int) else {}
    places = args.apply(TABLE["arange"], 0, count, 1, **static)
    return args.apply(TABLE["get"], order, places, spec=("array",))


def _in_shape(args: Arguments, chosen: Num, sizes: Sequence[Num]) -> Num:
    """Chosen elements, one after the other, in a shape of several axes."""
    rest = [
        args.el.literal(n) if n is not None else args.apply(TABLE["length"], chosen, axis=k)
        for k, n in enumerate(chosen.type.shape[1:], 1)
    ]
    whole = [*sizes, *rest]
    shape = args.static_shape(whole)
    if shape is not None and chosen.type.is_static:
        return args.apply(TABLE["reshape"], chosen, shape=shape)
    return args.apply(TABLE["reshape_dynamic"], chosen, *whole)


def _seed(args: Arguments) -> Value:
    args.el.reseed(args.integer("n"))
    return NOTHING


RANDOMNESS = (
    Builtin("rand", (), _rand, "Reals between 0 and 1, evenly: one, or an array of the given shape", "sizes…"),
    Builtin("randn", (), _randn, "standard normal Reals: one, or an array of the given shape", "sizes…"),
    Builtin("randint", (Formal("lo"), Formal("hi"), SHAPE), _randint, "Ints of lo..hi (hi excluded), evenly"),
    Builtin(
        "choice",
        (Formal("x"), SHAPE, Formal("replace", "true")),
        _choice,
        "elements of x along its first axis, at random; of an Int n, Ints of 0..n",
    ),
    Builtin("shuffle", (Formal("x"),), _shuffle, "x with its elements along the first axis in random order"),
    Builtin("seed", (Formal("n"),), _seed, "the draws that follow are those of the seed n"),
)
