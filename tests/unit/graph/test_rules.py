"""Rules as text: what they say is what the table computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlang.graph.rules import Rules
from dlang.ir.builder import Builder
from dlang.ir.nodes import Apply, Var
from dlang.primitives import rules
from dlang.primitives.core import Primitive
from dlang.primitives.table import TABLE
from dlang.types import DType, Type

IN_PYTHON: dict[str, Any] = {
    **{
        name: getattr(np, name)
        for name in ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "hypot", "sign")
    },
    **{
        name: TABLE[name].impl
        for name in ("erfc", "sech_squared", "gaussian", "complement", "inversion", "cosine", "normal_cdf")
    },
    "__builtins__": {},
}
"""What rules that are short are made of."""

READABLE = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "abs",
    "exp",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "erf",
    "erfc",
    "power_n",
]


def applied(prim: Primitive) -> tuple[Apply, list[Type]]:
    """An application of a primitive to variables, on the domain where tests sample it."""
    static, domain = next(iter([*((s, prim.domain) for s in prim.statics), *prim.cases]))
    types = [Type(DType.BOOL if d.boolean else DType.INT if d.integer else DType.REAL, d.shape) for d in domain]
    build = Builder()
    build.apply(prim, [build.ref(Var(t, f"a{k}")) for k, t in enumerate(types)], static)
    (stmt,) = build.outermost
    assert isinstance(stmt, Apply)
    return stmt, types


@pytest.mark.parametrize("name", TABLE)
def test_every_rule_has_a_text(name: str) -> None:
    stmt, types = applied(TABLE[name])
    text = Rules().text(stmt)
    has_derivative = (
        not stmt.prim.discrete
        and any(t.is_real for t in types)
        and (stmt.prim.vjp is not None or any(p is not None for p in stmt.prim.partials or ()))
        and not stmt.prim.no_rule
    )
    assert bool(text) == (has_derivative and name not in ("share", "stop_gradient", "cofactors_along_"))
    assert len(text) <= 160


@pytest.mark.parametrize("name", READABLE)
def test_a_text_says_what_the_rule_computes(name: str) -> None:
    prim = TABLE[name]
    stmt, _ = applied(prim)
    rng = np.random.default_rng(7)
    lows = [max(d.low, -3.0) for d in prim.domain]
    highs = [min(d.high, 3.0) for d in prim.domain]
    primals = [float(rng.uniform(low + 0.1, high - 0.1)) for low, high in zip(lows, highs, strict=True)]
    out = prim.impl(*primals, **stmt.static)
    pulled = rules.vjp(prim, out, primals, 1.7, stmt.static, [True] * len(primals))
    known = {**IN_PYTHON, **dict(zip("xyz", primals, strict=False)), "out": out, "ct": 1.7}
    said = dict(part.split(": ") for part in Rules().text(stmt).split(",  "))
    for letter, ct in zip("xyz", pulled, strict=False):
        found = eval(said[letter].replace("^", "**"), known)
        assert found == pytest.approx(ct, rel=1e-5), said[letter]
