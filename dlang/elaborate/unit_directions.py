"""Jacobians from products with unit directions, one at a time in a loop.

for i in 0..n {                          for i in 0..m {
  J[i] = tangent along e_i                 J[i] = cotangent of e_i
}                                        }
shape(in) + shape(out), then turned      shape(out) + shape(in) already
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlang.elaborate.lifting import count_drawn
from dlang.elaborate.operators import Operators
from dlang.elaborate.values import DRAWS, Num
from dlang.ir.builder import Ref
from dlang.ir.nodes import Atom, Block, For, Literal, Var
from dlang.primitives.table import TABLE
from dlang.source import Span
from dlang.types import INT

__all__ = ["columns", "rows"]

Product = Callable[[Atom], list[Ref]]
"""From a direction to the derivatives along it."""


def columns(el: Operators, of: Num, outputs: Sequence[Num], push: Product, span: Span) -> list[Ref]:
    """For each output its derivatives in one input, of shape(output) + shape(input), from tangents."""
    if of.type.is_scalar:
        return _once(el, push)
    found = []
    for output, stacked in zip(outputs, _stacked(el, of, outputs, push, span), strict=True):
        first, rank = of.type.rank, output.type.rank
        order = (*range(first, first + rank), *range(first))
        found.append(stacked if not rank else _ref(el, TABLE["transpose"](stacked, axes=order)))
    return found


def rows(el: Operators, of: Num, inputs: Sequence[Num], pull: Product, span: Span) -> list[Ref]:
    """For each input the derivatives of one output in it, of shape(output) + shape(input), from cotangents."""
    return _once(el, pull) if of.type.is_scalar else _stacked(el, of, inputs, pull, span)


def _once(el: Operators, product: Product) -> list[Ref]:
    now = el.frame.env.get(DRAWS)
    found = product(Literal(1.0))
    count_drawn(el, now)
    return found


def _stacked(el: Operators, of: Num, others: Sequence[Num], product: Product, span: Span) -> list[Ref]:
    """For each of `others` its products with the unit directions of `of`, of shape(of) + shape(other)."""
    build = el.frame.build
    build.span = span
    sizes = _sizes(el, of)
    count = sizes[0]
    for size in sizes[1:]:
        count = _ref(el, TABLE["mul"](count, size))
    shapes = [_sizes(el, other) for other in others]
    inits = [_zeros(el, [count, *shape]) for shape in shapes]
    index = Var(INT, "i")
    carried = [Var(init.type, "J") for init in inits]
    now = el.frame.env.get(DRAWS)
    with build.nested() as body:
        unit = TABLE["set"](_zeros(el, [count]), 1.0, build.ref(index), spec=("int",))
        found = product(_shaped(el, _ref(el, unit), sizes).atom)
        results = []
        for whole, part in zip(carried, found, strict=True):
            results.append(_ref(el, TABLE["set"](build.ref(whole), part, build.ref(index), spec=("int",))).atom)
    count_drawn(el, now)
    outs = tuple(Var(c.type, "J") for c in carried)
    block = Block((index, *carried), tuple(body), tuple(results))
    build.emit(
        For(outs, Literal(0), count.atom, Literal(1), tuple(i.atom for i in inits), block, reverse=False, span=span)
    )
    return [_shaped(el, build.ref(out), [*sizes, *shape]) for out, shape in zip(outs, shapes, strict=True)]


def _ref(el: Operators, operand: object) -> Ref:
    return el.frame.build.ref(operand)


def _sizes(el: Operators, number: Num) -> list[Ref]:
    """The sizes of a number's axes, each an Int."""
    return [
        _ref(el, size if size is not None else TABLE["length"](number.ref, axis=axis))
        for axis, size in enumerate(number.type.shape)
    ]


def _known(sizes: Sequence[Ref]) -> tuple[int, ...] | None:
    """Sizes as a shape, if all are known."""
    values = [size.atom.value for size in sizes if isinstance(size.atom, Literal)]
    return tuple(map(int, values)) if len(values) == len(sizes) else None


def _zeros(el: Operators, sizes: Sequence[Ref]) -> Ref:
    shape = _known(sizes)
    if shape is None:
        return _ref(el, TABLE["fill"](0.0, *sizes))
    return _ref(el, el.frame.build.apply(TABLE["zeros"], (), {"shape": shape}))


def _shaped(el: Operators, flat: Ref, sizes: Sequence[Ref]) -> Ref:
    """An array with its elements in another shape."""
    shape = _known(sizes)
    if shape is not None and flat.type.is_static:
        return flat if flat.type.shape == shape else _ref(el, TABLE["reshape"](flat, shape=shape))
    return flat if len(sizes) == flat.type.rank else _ref(el, TABLE["reshape_dynamic"](flat, *sizes))
