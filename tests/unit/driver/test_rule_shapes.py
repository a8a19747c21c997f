"""A rule whose size only running knows is held to the size of what it is the derivative of."""

from __future__ import annotations

import pytest

import dlang
from dlang import DlangError

VJP = """data d = [2.0, 3.0, 4.0]
param k = [1.0, 2.0]
fn g(x) = sum(x^2)
vjp g(x; ct) = ct * d[d > {least}]
minimize g(k)
"""
JVP = """param k = [1.0, 2.0]
fn g(x) = x^2
jvp g(x; dx) = 2 * x[x > {least}] * dx[x > {least}]
minimize sum(g(k))
"""


@pytest.mark.parametrize(
    ("text", "what"),
    [(VJP, "the cotangent has the shape of `x`"), (JVP, "the tangent has the shape of its value")],
    ids=["vjp", "jvp"],
)
@pytest.mark.parametrize("least", [1.5, 3.5, 0.5])
def test_a_wrong_size_is_told_while_running(text: str, what: str, least: float) -> None:
    kept = sum(each > least for each in ([2.0, 3.0, 4.0] if text is VJP else [1.0, 2.0]))
    program = dlang.loads(text.format(least=least))
    if kept == 2:
        assert program.gradient()["k"].shape == (2,)
        return
    with pytest.raises(DlangError) as caught:
        program.gradient()
    (fault,) = caught.value.diagnostics
    assert fault.code == "E0605"
    assert what in fault.title
