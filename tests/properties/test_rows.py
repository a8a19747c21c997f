"""The data row that an element came of: for every primitive, what bears one row depends on no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from properties.checks import cases, sample, several

from dlang.interpreter.rows import Rowed, rows_of, tagged
from dlang.ir.nodes import Apply, Var
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE

RNG = np.random.default_rng(0)


def of_arrays(name: str, case: int) -> bool:
    """Whether a primitive takes an array of Reals first."""
    _, xs = sample(TABLE[name], case, np.random.default_rng(0))
    return bool(xs) and np.ndim(xs[0]) > 0 and np.asarray(xs[0]).dtype.kind == "f"


CASES = [(name, k) for name, prim in TABLE.items() for k in range(len(cases(prim)))]
every_case = pytest.mark.parametrize(("name", "case"), [c for c in CASES if sample(TABLE[c[0]], c[1], RNG)[1]])
each_of_arrays = pytest.mark.parametrize(("name", "case"), [c for c in CASES if of_arrays(*c)])


def held(value: Any) -> Any:
    """An array as data with rows along its first axis; a number as one that came of row 1."""
    return tagged(np.asarray(value), 0) if np.ndim(value) else Rowed(value, 1)


def applied(name: str, case: int, seed: int) -> tuple[Apply, tuple[Any, ...], tuple[Any, ...]]:
    static, xs = sample(TABLE[name], case, np.random.default_rng(seed))
    outs = several(TABLE[name](*xs, **static))
    stmt = Apply(tuple(Var(type_of(o)) for o in outs), TABLE[name], tuple(Var(type_of(x)) for x in xs), dict(static))
    return stmt, tuple(xs), tuple(outs)


@every_case
def test_rows_have_the_shape_of_the_result(name: str, case: int) -> None:
    stmt, xs, outs = applied(name, case, 0)
    operands = tuple(map(held, xs))
    for out in outs:
        rows = rows_of(stmt, operands, xs, out, False)
        assert np.shape(rows) == np.shape(out)


@each_of_arrays
def test_what_bears_a_row_depends_on_no_other(name: str, case: int) -> None:
    """All rows of the first operand but one are changed: what says that it came of that row stays as it was."""
    stmt, xs, outs = applied(name, case, 1)
    first = xs[0]
    operands = (tagged(first, 0), *xs[1:])
    other = np.random.default_rng(2).permuted(first)
    for k, out in enumerate(outs):
        rows = np.asarray(rows_of(stmt, operands, xs, out, False))
        for row in range(1, len(first) + 1):
            changed = other.copy()
            changed[row - 1] = first[row - 1]
            again = several(TABLE[name](changed, *xs[1:], **stmt.static))[k]
            mine = rows == row
            np.testing.assert_array_equal(np.asarray(again)[mine], np.asarray(out)[mine])


def test_rows_are_told_at_all() -> None:
    """The check above would pass if nothing bore a row."""
    for name in ("exp", "get", "flip", "sum", "matmul", "stack", "select"):
        stmt, xs, outs = applied(name, 1 if name == "sum" else 0, 0)
        first = 1 if name == "select" else 0
        operands = [held(x) if k == first else x for k, x in enumerate(xs)]
        rows = np.asarray(rows_of(stmt, operands, xs, outs[0], False))
        assert (rows > 0).any(), name
