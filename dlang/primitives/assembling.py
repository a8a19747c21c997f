"""Arrays made of other arrays: joined, reversed, rotated, padded; diagonals and triangles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dlang.primitives.arithmetic import add, neg, sub
from dlang.primitives.broadcasting import sum_to, zeros_of
from dlang.primitives.core import Domain, Mismatch, Operand, Primitive, Static
from dlang.primitives.counting import arange, length
from dlang.primitives.forms import linear
from dlang.primitives.indexing import add_at, get
from dlang.primitives.operands import beside, shape_of
from dlang.primitives.places import ALL
from dlang.primitives.signatures import NUMBER, Checked, check_axes, check_dtype, check_rank, dims, same_type
from dlang.types import INT, DType, Shape, Type

__all__ = ["concat", "diag", "flip", "pad", "roll", "shift", "stack", "tril", "triu"]

_MATRIX = Domain(shape=(2, 3))


# Joining


def _joined_type(spoken: str, types: Sequence[Type], axis: int) -> Mismatch | None:
    """A Mismatch unless the arrays differ along `axis` only."""
    if not types:
        return Mismatch(f"`{spoken}` of nothing")
    if len({t.dtype for t in types}) > 1:
        return Mismatch(f"`{spoken}` of {' and '.join(map(str, types))}", ("the elements are of one type",))
    first = types[0].shape
    for i, found in enumerate(types):
        sizes = zip(first, found.shape, strict=False)
        clash = any(k != axis and m != n and None not in (m, n) for k, (m, n) in enumerate(sizes))
        if found.rank != len(first) or clash:
            return Mismatch(
                f"`{spoken}` of shapes {dims(first)} and {dims(found.shape)}",
                (
                    f"all sizes but those along axis {axis} must be equal"
                    if spoken == "concat"
                    else "the shapes must be equal",
                ),
                operand=i,
            )
    return None


def _known_sizes(types: Sequence[Type], axis: int) -> Shape:
    """For each axis a size that some operand knows."""
    return tuple(
        next((n for n in sizes if n is not None), None) for sizes in zip(*(t.shape for t in types), strict=True)
    )


def _concat_type(types: Sequence[Type], static: Static) -> Checked:
    axis = static["axis"]
    wrong = _joined_type("concat", types, axis) or check_axes("concat", types[0], axis)
    if wrong is not None:
        return wrong
    lengths = [t.shape[axis] for t in types]
    total = None if None in lengths else sum(n for n in lengths if n is not None)
    known = _known_sizes(types, axis)
    return (types[0].with_shape((*known[:axis], total, *known[axis + 1 :])),)


def _stack_type(types: Sequence[Type], static: Static) -> Checked:
    axis = static["axis"]
    wrong = _joined_type("stack", types, -1)
    if wrong is None and not 0 <= axis <= types[0].rank:
        wrong = Mismatch(f"`stack` along axis {axis} of {types[0]}", (f"its places are 0 to {types[0].rank}",))
    if wrong is not None:
        return wrong
    known = _known_sizes(types, -1)
    return (types[0].with_shape((*known[:axis], len(types), *known[axis:])),)


def _concat_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    axis = static["axis"]
    start: Operand = 0
    pulled: list[Operand | None] = []
    for x, is_wanted in zip(primals, wanted, strict=True):
        size = shape_of(x)[axis]
        stop = add(start, length(x, axis=axis) if size is None else size)
        pulled.append(_piece(ct, axis, start, stop) if is_wanted else None)
        start = stop
    return tuple(pulled)


def _piece(ct: Operand, axis: int, start: Operand, stop: Operand) -> Operand:
    """ct from start to stop along an axis; static where both are known."""
    whole = (ALL,) * axis
    if isinstance(start, int) and isinstance(stop, int):
        return get(ct, spec=(*whole, ("slice", start, stop, None)))
    return get(ct, start, stop, spec=(*whole, ("slice", "?", "?", None)))


def _stacked(xs: Sequence[Any], axis: int) -> Any:
    if isinstance(xs[0], np.ndarray):
        return np.stack(xs, axis)
    return np.array(xs)  # of scalars, [a, b]: twenty times quicker


def _stack_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    spec = (*(ALL,) * static["axis"], "int")
    return tuple(get(ct, k, spec=spec) if is_wanted else None for k, is_wanted in enumerate(wanted))


def _joining(
    name: str,
    doc: str,
    type_rule: Callable[[Sequence[Type], Static], Checked],
    join: Callable[..., Any],
    vjp: Callable[..., Any],
    cases: Sequence[tuple[Static, tuple[Domain, ...]]],
) -> Primitive:
    def jvp(
        out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
    ) -> Operand | None:
        if all(t is None for t in tangents):
            return None
        filled = (zeros_of(x) if t is None else t for x, t in zip(primals, tangents, strict=True))
        return primitive(*filled, **static)

    primitive = Primitive(
        name=name,
        doc=doc,
        type_rule=type_rule,
        impl=lambda *xs, axis: join(xs, axis),
        jvp=jvp,
        vjp=vjp,
        domain=(_MATRIX, _MATRIX),
        statics=({"axis": 0}, {"axis": 1}),
        cases=tuple(cases),
    )
    return primitive


concat: Primitive = _joining(
    "concat",
    "arrays one after the other along an axis",
    _concat_type,
    np.concatenate,
    _concat_vjp,
    [({"axis": 1}, (_MATRIX, Domain(shape=(2, 1)), Domain(shape=(2, 2))))],
)
stack: Primitive = _joining(
    "stack",
    "arrays or scalars side by side along a new axis",
    _stack_type,
    _stacked,
    _stack_vjp,
    [({"axis": 2}, (_MATRIX, _MATRIX)), ({"axis": 0}, (Domain(), Domain(), Domain()))],
)


# Moving elements


def _roll_type(types: Sequence[Type], static: Static) -> Checked:
    if types[1] != INT:
        return Mismatch(f"`roll` moves by an Int, found {types[1]}", operand=1)
    return same_type("roll", min_rank=1)(types, static)


flip: Primitive = linear(
    "flip",
    "x with its elements in reverse order along `axis` (None: all)",
    same_type("flip", min_rank=1),
    lambda x, *, axis: np.flip(x, axis),
    lambda ct, x, *, axis: flip(ct, axis=axis),
    view=True,
    domain=(_MATRIX,),
    statics=({"axis": 0}, {"axis": 1}, {"axis": (0, 1)}, {"axis": None}),
)
roll: Primitive = linear(
    "roll",
    "x with its elements moved n places on along an axis, the last ones first",
    _roll_type,
    lambda x, n, *, axis: np.roll(x, n, axis),
    lambda ct, x, n, *, axis: roll(ct, neg(n), axis=axis),
    domain=(_MATRIX, Domain(-4, 4, integer=True)),
    statics=({"axis": 0}, {"axis": 1}),
)


def _shift(x: np.ndarray, *, axis: int, by: int, fill: float = 0.0) -> np.ndarray:
    out = np.full_like(x, fill)
    lead = (slice(None),) * axis
    ahead, behind = (*lead, slice(1, None)), (*lead, slice(None, -1))
    if by == 1:
        out[ahead] = x[behind]
    else:
        out[behind] = x[ahead]
    return out


def _shift_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    return None if tangents[0] is None else shift(tangents[0], axis=static["axis"], by=static["by"])


def _shift_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    return (shift(ct, axis=static["axis"], by=-static["by"]),)


shift: Primitive = Primitive(
    name="shift",
    doc="x moved one place on (`by=1`) or back (`by=-1`) along an axis; the place left empty has `fill`",
    type_rule=same_type("shift", min_rank=1),
    impl=_shift,
    jvp=_shift_jvp,
    vjp=_shift_vjp,
    domain=(_MATRIX,),
    statics=({"axis": 0, "by": 1, "fill": 1.0}, {"axis": 1, "by": -1}),
)


# Padding


def _pad_type(types: Sequence[Type], static: Static) -> Checked:
    x, value = types
    widths = static["widths"]
    if value != x.with_shape(()):
        return Mismatch(f"`pad` of {x} with {value}", (f"the value is one {x.dtype.value}",), operand=1)
    if len(widths) != x.rank or any(n < 0 for pair in widths for n in pair):
        return Mismatch(f"`pad` by {widths} of {x}", ("two sizes, each 0 or more, for each axis",), operand=0)
    sizes = zip(x.shape, widths, strict=True)
    return (x.with_shape(tuple(None if n is None else n + lo + hi for n, (lo, hi) in sizes)),)


def _pad_jvp(
    out: Operand, primals: Sequence[Operand], tangents: Sequence[Operand | None], static: Static
) -> Operand | None:
    dx, dvalue = tangents
    if dx is None and dvalue is None:
        return None
    return pad(zeros_of(primals[0]) if dx is None else dx, 0.0 if dvalue is None else dvalue, **static)


def _pad_vjp(
    out: Operand, primals: Sequence[Operand], ct: Operand, static: Static, wanted: Sequence[bool]
) -> tuple[Operand | None, ...]:
    inner = get(ct, spec=tuple(("slice", lo, -hi if hi else None, None) for lo, hi in static["widths"]))
    rim = sub(sum_to(ct, shape=()), sum_to(inner, shape=())) if wanted[1] else None
    return (inner if wanted[0] else None, rim)


pad: Primitive = Primitive(
    name="pad",
    doc="x with a rim of one value; `widths` has how many before and after, for each axis",
    type_rule=_pad_type,
    impl=lambda x, value, *, widths: np.pad(x, widths, constant_values=value),
    jvp=_pad_jvp,
    vjp=_pad_vjp,
    domain=(_MATRIX, Domain()),
    statics=({"widths": ((1, 0), (2, 1))},),
)


# Diagonals and triangles


def _diag_type(types: Sequence[Type], static: Static) -> Checked:
    (found,) = types
    wrong = check_dtype("diag", types, NUMBER)
    if wrong is None and found.rank not in (1, 2):
        wrong = Mismatch(f"`diag` takes a vector or a matrix, found {found}", operand=0)
    if wrong is not None:
        return wrong
    k = static.get("k", 0)
    if found.rank == 1:
        size = None if found.shape[0] is None else found.shape[0] + abs(k)
        return (found.with_shape((size, size)),)
    m, n = found.shape
    return (found.with_shape((None if m is None or n is None else max(min(m + min(k, 0), n - max(k, 0)), 0),)),)


def _diag_transpose(ct: Operand, x: Operand, *, k: int = 0) -> Operand:
    shape = shape_of(x)
    if len(shape) == 1 or (shape[0] is not None and shape[0] == shape[1] and abs(k) <= shape[0]):
        return diag(ct, k=k)
    count = shape_of(ct)[0]
    known = {} if count is None else {"size": count}
    size = length(ct, axis=0) if count is None else count

    def steps(first: int) -> Operand:
        return beside(ct, arange, first, add(first, size), 1, **known)

    return add_at(zeros_of(x), ct, steps(max(-k, 0)), steps(max(k, 0)), spec=("array", "array"))


diag: Primitive = linear(
    "diag",
    "the k-th diagonal of a matrix, counted upwards from the main one, or the square matrix with a vector on it",
    _diag_type,
    lambda x, *, k=0: np.diag(x, k).copy(),
    _diag_transpose,
    domain=(Domain(shape=(3,)),),
    statics=({}, {"k": 1}, {"k": -2}),
    cases=(
        *(({"k": k}, (Domain(shape=(3, 3)),)) for k in (0, 1, -1, 4)),
        *(({"k": k}, (_MATRIX,)) for k in (0, 2, -1)),
        *(({"k": k}, (Domain(shape=(3, 2)),)) for k in (0, 1, -1)),
    ),
)


def _triangle(name: str, doc: str, cut: Callable[..., Any]) -> Primitive:
    def type_rule(types: Sequence[Type], static: Static) -> Checked:
        wrong = check_dtype(name, types, (DType.REAL, DType.INT)) or check_rank(name, types[0], 2)
        return wrong or (types[0],)

    def transpose(ct: Operand, x: Operand, *, k: int = 0) -> Operand:
        return primitive(ct, k=k)

    primitive = linear(
        name,
        doc,
        type_rule,
        lambda x, *, k=0: cut(x, k),
        transpose,
        domain=(Domain(shape=(3, 3)),),
        statics=({"k": 0}, {"k": -1}, {"k": 1}),
    )
    return primitive


tril: Primitive = _triangle("tril", "x below its k-th diagonal and on it, the rest 0", np.tril)
triu: Primitive = _triangle("triu", "x above its k-th diagonal and on it, the rest 0", np.triu)
