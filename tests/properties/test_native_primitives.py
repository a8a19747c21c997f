"""Every primitive as machine code: what the interpreter computes, on scalars and arrays, at edges too, and all errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from properties.checks import cases, sample, several

from dlang.ir.nodes import Apply, Block, Function, Var
from dlang.primitives.core import Static
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE
from dlang.types import DType, Type

pytest.importorskip("llvmlite")

from dlang.native.evaluate import Native, Stopped, compile_native

every_case = pytest.mark.parametrize(
    ("name", "case"), [(name, k) for name, prim in TABLE.items() for k in range(len(cases(prim)))]
)
EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 1e300, -1e300, 1e-310, 710.0, -750.0, 2.0**53, 3.7]
INTS = [0, 1, -1, 2, -2, 7, -7, 2**31, -(2**63), 2**63 - 1]


def compiled(name: str, types: list[Type], static: Static) -> Native | None:
    """A function that applies a primitive; None where the size of its result is known when running only."""
    prim = TABLE[name]
    found = prim.type_rule(types, static)
    assert isinstance(found, tuple)
    if not all(each.is_static for each in found):
        return None
    params, outs = tuple(Var(t, "x") for t in types), tuple(Var(t, "y") for t in found)
    block = Block(params, (Apply(outs, prim, params, static),), outs)
    return compile_native({"f": Function("f", block)}, "f", tape_limit=0)


@every_case
def test_values_are_those_of_the_interpreter(name: str, case: int) -> None:
    prim, rng = TABLE[name], np.random.default_rng(case)
    static, xs = sample(prim, case, rng)
    native = compiled(name, [type_of(x) for x in xs], static)
    if native is None:
        return
    for found, wanted in zip(several(native(*xs)), several(prim(*xs, **static)), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-14, atol=1e-15)


def scalars() -> list[tuple[str, DType]]:
    """Elementwise primitives with the element types that they take, of all operands alike."""
    found = []
    for name, prim in TABLE.items():
        count = len(prim.domain)
        for dtype in DType:
            typed = prim.type_rule([Type(dtype)] * count, prim.statics[0]) if prim.is_elementwise and count else None
            if isinstance(typed, tuple):
                found.append((name, dtype))
    return found


@pytest.mark.parametrize(("name", "dtype"), scalars())
def test_scalars_at_edges_are_those_of_the_interpreter_to_the_last_bit(name: str, dtype: DType) -> None:
    prim, static = TABLE[name], TABLE[name].statics[0]
    count = len(prim.domain)
    native = compiled(name, [Type(dtype)] * count, static)
    assert native is not None
    values: list[Any] = {DType.REAL: EDGES, DType.INT: INTS, DType.BOOL: [False, True]}[dtype]
    rng = np.random.default_rng(1)
    points = (
        [[v] for v in values]
        if count == 1
        else [[values[k] for k in rng.integers(0, len(values), count)] for _ in range(60)]
    )
    for point in points:
        try:
            with np.errstate(all="ignore"):
                wanted = prim(*point, **static)
        except (ArithmeticError, ValueError):
            with pytest.raises(Stopped):
                native(*point)
            continue
        found = native(*point)
        assert type(found) is type(wanted), (name, point)
        assert found == wanted or (found != found and wanted != wanted), (name, point, found, wanted)
        if name == "strong_mul":
            continue  # an ordinary product where it can be, with its own zeros
        assert found != 0 or dtype is not DType.REAL or np.signbit(found) == np.signbit(wanted), (name, point)


@pytest.mark.parametrize(
    "name", [n for n, p in TABLE.items() if p.is_elementwise and p.domain and not p.domain[0].integer]
)
def test_arrays_at_edges_are_those_of_the_interpreter(name: str) -> None:
    prim, static = TABLE[name], TABLE[name].statics[0]
    count, rng = len(prim.domain), np.random.default_rng(2)
    if not isinstance(prim.type_rule([Type(DType.REAL)] * count, static), tuple):
        return
    xs = [np.array(EDGES + list(rng.normal(size=6)))[rng.permutation(21)] for _ in range(count)]
    native = compiled(name, [type_of(x) for x in xs], static)
    assert native is not None
    with np.errstate(all="ignore"):
        try:
            wanted = prim(*xs, **static)
        except (ArithmeticError, ValueError):
            with pytest.raises(Stopped):
                native(*xs)
            return
    np.testing.assert_allclose(native(*xs), wanted, rtol=2e-15, atol=0.0)


ROWS = np.array(
    [
        [0.0, 1.0, -1.0, 0.5, 2.0],
        [-np.inf, -np.inf, -np.inf, -np.inf, -np.inf],
        [np.inf, 0.0, 1.0, np.inf, -np.inf],
        [np.nan, 0.0, 1.0, 2.0, 3.0],
        [1e300, -1e300, 0.0, 1.0, 1e300],
        [710.0, 710.0, 709.0, -710.0, 0.0],
        [-0.0, 0.0, -0.0, 0.0, -40.0],
    ]
)


@pytest.mark.parametrize("name", ["amax", "amin", "sum", "logsumexp", "softmax", "log_softmax"])
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)])
def test_what_goes_over_axes_takes_infinities(name: str, axis: Any) -> None:
    keeps = name not in ("softmax", "log_softmax")
    for static in [{"axis": axis, "keepdims": k} for k in (False, True)] if keeps else [{"axis": axis}]:
        for x in (ROWS, ROWS[:3], ROWS[[0, 4, 5, 6]], np.tile(ROWS[[0, 5]], (1, 7))):
            native = compiled(name, [type_of(x)], static)
            assert native is not None
            with np.errstate(all="ignore"):
                wanted = TABLE[name](x, **static)
            np.testing.assert_allclose(native(x), wanted, rtol=1e-13)
