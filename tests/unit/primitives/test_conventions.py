"""Where the mathematics leaves a choice: what the language's page on derivatives says, as a table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dlang.primitives import rules
from dlang.primitives.table import TABLE

inf, nan = math.inf, math.nan

CONVENTIONS: list[tuple[str, tuple[Any, ...], dict[str, Any], Any, tuple[Any, ...]]] = [
    # primitive, operands, static, value, derivatives
    ("abs", (0.0,), {}, 0.0, (0.0,)),
    ("relu", (0.0,), {}, 0.0, (0.0,)),
    ("sign", (2.0,), {}, 1.0, (0.0,)),
    ("floor", (2.5,), {}, 2.0, (0.0,)),
    ("ceil", (2.5,), {}, 3.0, (0.0,)),
    ("round", (2.5,), {}, 2.0, (0.0,)),
    ("round", (3.5,), {}, 4.0, (0.0,)),
    ("floordiv", (7.0, 2.0), {}, 3.0, (0.0, 0.0)),
    ("mod", (-7.0, 3.0), {}, 2.0, (1.0, 3.0)),
    ("maximum", (1.0, 1.0), {}, 1.0, (0.5, 0.5)),
    ("minimum", (1.0, 1.0), {}, 1.0, (0.5, 0.5)),
    ("maximum", (2.0, 1.0), {}, 2.0, (1.0, 0.0)),
    ("minimum", (2.0, 1.0), {}, 1.0, (0.0, 1.0)),
    ("maximum", (nan, 1.0), {}, nan, (0.0, 0.0)),
    ("minimum", (1.0, nan), {}, nan, (0.0, 0.0)),
    ("sqrt", (0.0,), {}, 0.0, (inf,)),
    ("hypot", (0.0, 0.0), {}, 0.0, (0.0, 0.0)),
    ("hypot", (3e200, 4e200), {}, 5e200, (0.6, 0.8)),
    ("pow", (0.0, 0.0), {}, 1.0, (0.0, -inf)),
    ("pow", (0.0, 2.0), {}, 0.0, (0.0, 0.0)),
    ("pow", (0.0, 1.0), {}, 0.0, (1.0, 0.0)),
    ("pow", (0.0, 0.5), {}, 0.0, (inf, 0.0)),
    ("pow", (-2.0, 3.0), {}, -8.0, (12.0, nan)),
    ("power_n", (0.0,), {"n": 0}, 1.0, (0.0,)),
    ("power_n", (0.0,), {"n": 1}, 0.0, (1.0,)),
    ("power_n", (0.0,), {"n": 2}, 0.0, (0.0,)),
    ("power_n", (0.0,), {"n": 3}, 0.0, (0.0,)),
    ("power_n", (0.0,), {"n": -1}, inf, (-inf,)),
    ("power_n", (-0.0,), {"n": -1}, -inf, (-inf,)),
    ("div", (1.0, 0.0), {}, inf, (inf, -inf)),
    ("strong_mul", (0.0, inf), {}, 0.0, (inf, 0.0)),
    ("strong_mul", (nan, 0.0), {}, 0.0, (0.0, nan)),
    ("stop_gradient", (2.0,), {}, 2.0, (0.0,)),
    ("select", (False, nan, 2.0), {}, 2.0, (None, 0.0, 1.0)),
    ("norm", ([0.0, 0.0],), {}, 0.0, ([0.0, 0.0],)),
    ("norm", ([3e200, 4e200],), {}, 5e200, ([0.6, 0.8],)),
    ("norm", ([3e-200, 4e-200],), {}, 5e-200, ([0.6, 0.8],)),
    ("amax", ([1.0, 3.0, 3.0],), {}, 3.0, ([0.0, 0.5, 0.5],)),
    ("amin", ([1.0, 3.0, 1.0],), {}, 1.0, ([0.5, 0.0, 0.5],)),
    ("amax", ([1.0, inf],), {}, inf, ([0.0, 1.0],)),
    ("prod", ([0.0, 2.0, 3.0],), {}, 0.0, ([6.0, 0.0, 0.0],)),
    ("prod", ([0.0, 0.0, 3.0],), {}, 0.0, ([0.0, 0.0, 0.0],)),
    ("logsumexp", ([-inf, -inf],), {}, -inf, ([0.5, 0.5],)),
    ("logsumexp", ([inf, 0.0],), {}, inf, ([1.0, 0.0],)),
    ("logsumexp", ([0.0, -50.0],), {}, math.exp(-50.0), ([1.0, math.exp(-50.0)],)),
    ("logsumexp", ([1e4, 1e4],), {}, 1e4 + math.log(2.0), ([0.5, 0.5],)),
]


def given(x: Any) -> Any:
    return np.array(x) if isinstance(x, list) else x


@pytest.mark.parametrize("row", CONVENTIONS, ids=lambda row: f"{row[0]}{row[1]}".replace(" ", ""))
def test_values_and_derivatives_at_special_points(row: tuple[Any, ...]) -> None:
    """In reverse mode, and forward along each operand (and each element of an array)."""
    name, operands, static, value, derivatives = row
    prim, xs = TABLE[name], [given(x) for x in operands]
    with np.errstate(all="ignore"):
        out = prim(*xs, **static)
        np.testing.assert_allclose(out, value, rtol=1e-15)
        wanted = [d is not None for d in derivatives]
        pulled = rules.vjp(prim, out, xs, 1.0, static, wanted)
        for k, derivative in enumerate(derivatives):
            if derivative is None:
                continue
            found = np.zeros(np.shape(xs[k])) if pulled[k] is None else pulled[k]
            np.testing.assert_allclose(found, given(derivative), rtol=1e-15, atol=0.0)
            for place in np.ndindex(np.shape(xs[k])):
                ts: list[Any] = [None] * len(xs)
                ts[k] = np.zeros(np.shape(xs[k]))
                ts[k][place] = 1.0
                ts[k] = ts[k] if np.shape(xs[k]) else 1.0
                pushed = rules.jvp(prim, out, xs, ts, static)
                np.testing.assert_allclose(pushed or 0.0, np.asarray(given(derivative))[place], rtol=1e-15)


def test_a_cotangent_of_zero_meets_an_infinite_partial() -> None:
    sqrt = TABLE["sqrt"]
    x = np.array([0.0, 4.0])
    with np.errstate(all="ignore"):
        (pulled,) = rules.vjp(sqrt, sqrt(x), [x], np.array([0.0, 1.0]), {}, [True])
    np.testing.assert_array_equal(pulled, [0.0, 0.25])


def test_the_root_of_a_square_has_gradient_zero_at_zero() -> None:
    """sqrt(x * x): the partial of the product is exactly 0, that of the root is infinite."""
    sqrt, mul = TABLE["sqrt"], TABLE["mul"]
    (ct,) = rules.vjp(sqrt, 0.0, [0.0], 1.0, {}, [True])
    assert rules.vjp(mul, 0.0, [0.0, 0.0], ct, {}, [True, True]) == (None, None)


def test_ties_in_sort_share_the_cotangent() -> None:
    sort = TABLE["sort"]
    x = np.array([3.0, 1.0, 3.0, 2.0])
    (pulled,) = rules.vjp(sort, sort(x, axis=0), [x], np.array([1.0, 2.0, 3.0, 5.0]), {"axis": 0}, [True])
    np.testing.assert_array_equal(pulled, [4.0, 1.0, 4.0, 2.0])


def test_running_products_have_right_derivatives_at_zeros() -> None:
    cumprod = TABLE["cumprod"]
    x = np.array([2.0, 0.0, 3.0, 0.0])
    out = cumprod(x, axis=0)
    rows = [rules.jvp(cumprod, out, [x], [t], {"axis": 0}) for t in np.eye(4)]
    np.testing.assert_array_equal(np.array(rows).T, [[1, 0, 0, 0], [0, 2, 0, 0], [0, 6, 0, 0], [0, 0, 0, 0]])


def test_clamp_has_derivative_half_at_an_end() -> None:
    maximum = TABLE["maximum"]
    assert rules.vjp(maximum, 0.0, [0.0, 0.0], 1.0, {}, [True, False]) == (0.5, None)


def test_relative_accuracy_in_the_tails() -> None:
    """tanh', sigmoid' and acos' where 1 - out^2 and out (1 - out) cancel."""
    for name, x, wanted in (
        ("tanh", 20.0, 4.0 * math.exp(-40.0) / (1.0 + math.exp(-40.0)) ** 2),
        ("tanh", 350.0, 4.0 * math.exp(-700.0)),
        ("sigmoid", 40.0, math.exp(-40.0) / (1.0 + math.exp(-40.0)) ** 2),
        ("sigmoid", -700.0, math.exp(-700.0)),
        ("softplus", -700.0, math.exp(-700.0)),
        ("expm1", -60.0, math.exp(-60.0)),
    ):
        prim = TABLE[name]
        (found,) = rules.vjp(prim, prim(x), [x], 1.0, {}, [True])
        # exp rounds its argument: an ulp of 700 is 1e-13
        assert found == pytest.approx(wanted, rel=5e-13 if abs(x) > 100 else 1e-14), name
