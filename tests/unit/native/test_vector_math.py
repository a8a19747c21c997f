"""Our own functions on vectors: within 2 ulp, special values, the same bits wherever an element stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from dlang.ir.nodes import Apply, Block, Function, Var
from dlang.primitives.table import TABLE
from dlang.types import DType, Type

pytest.importorskip("llvmlite")

from dlang.native.evaluate import compile_native
from dlang.native.vector_math import VECTOR_MATH


def compiled(name: str, size: int) -> Callable[[Any], NDArray[np.float64]]:
    type_ = Type(DType.REAL, (size,))
    x, y = Var(type_, "x"), Var(type_, "y")
    module = {"f": Function("f", Block((x,), (Apply((y,), TABLE[name], (x,)),), (y,)))}
    return compile_native(module, "f", tape_limit=0)


def points(name: str) -> NDArray[np.float64]:
    """Where a function is interesting: small, large, near its edges, and everywhere between."""
    rng = np.random.default_rng(1)
    spread = np.concatenate([rng.uniform(-2, 2, 400), rng.uniform(-40, 40, 300), rng.normal(size=300) * 1e-3])
    sizes = 10.0 ** rng.uniform(-300, 300, 300)
    match name:
        case "log":
            return np.concatenate([np.abs(spread), sizes, 1 + spread * 1e-8, [5e-324, 2.2e-308, 1.7e308]])
        case "log1p":
            return np.concatenate([np.abs(spread), sizes, -1 + sizes[sizes < 1e-10][:40] + 1e-10, spread[:400] / 2.001])
        case "exp" | "expm1":
            return np.concatenate([spread, rng.uniform(-745, 709.7, 600), spread * 1e-12, [709.78, -745.1, -708.5]])
        case "sin" | "cos":
            multiples = np.arange(1, 300) * (np.pi / 2)
            return np.concatenate([spread, multiples, multiples * 300, rng.uniform(-1e5, 1e5, 400), sizes[:100]])
        case _:
            return np.concatenate([spread, sizes, -sizes])


@pytest.mark.parametrize("name", VECTOR_MATH)
def test_two_ulp(name: str) -> None:
    x = points(name)
    found = compiled(name, x.size)(x)
    with mpmath.workprec(200):
        exact = [getattr(mpmath, name)(mpmath.mpf(float(v))) for v in x]
        off = [abs(mpmath.mpf(float(f)) - e) / math.ulp(float(e)) for f, e in zip(found, exact, strict=True)]
    worst = int(np.argmax([float(o) for o in off]))
    assert off[worst] <= 2.0, (x[worst], found[worst], float(exact[worst]), float(off[worst]))


SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, -1.0, -2.0, 1.0, 5e-324, -5e-324, 1e308, -1e308, 710.0, -746.0, 1e22, 1e5 + 1]
)


@pytest.mark.parametrize("name", VECTOR_MATH)
def test_special_values_are_those_of_numpy(name: str) -> None:
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(SPECIAL)
    found = compiled(name, SPECIAL.size)(SPECIAL)
    np.testing.assert_allclose(found, wanted, rtol=5e-16, atol=0.0)
    assert np.array_equal(np.signbit(found[:2]), np.signbit(wanted[:2])), "the sign of a zero"


@pytest.mark.parametrize("name", VECTOR_MATH)
def test_an_element_has_the_same_bits_wherever_it_stands(name: str) -> None:
    x = points(name)[:64]
    whole = compiled(name, 64)(x)
    for size in (1, 3, 7, 9, 15):
        assert np.array_equal(compiled(name, size)(x[:size]), whole[:size])
    assert np.array_equal(compiled(name, 64)(x[::-1])[::-1], whole)
