"""A derivative without a rule is refused by name, in both modes; a derivative beside it is not."""

from __future__ import annotations

import pytest

from dlang.diagnostics import DlangError
from dlang.ir.builder import Builder
from dlang.ir.nodes import Function, Module, Var
from dlang.passes.adjoint import adjoint
from dlang.passes.tangent import tangent
from dlang.primitives.table import TABLE
from dlang.source import Source, Span
from dlang.types import REAL

MODES = pytest.mark.parametrize("mode", [adjoint, tangent])


def module() -> Module:
    """f(a, x) = I(x; a, 1)."""
    build, a, x = Builder(), Var(REAL, "a"), Var(REAL, "x")
    build.span = Span(Source("m.dl", "cdf(beta(a, 1), x)"), 0, 18)
    out = TABLE["beta_lower"](build.ref(a), 1.0, build.ref(x))
    return {"f": Function("f", build.finish((a, x), (out,)), None)}


@MODES
def test_a_derivative_without_a_rule_is_an_error_that_names_it(mode) -> None:
    with pytest.raises(DlangError) as caught:
        mode(module(), "f", [0, 1])
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.code == "E0401"
    assert diagnostic.title == "derivatives of `cdf` in the shapes of a distribution are not supported yet"


@MODES
def test_the_other_derivatives_are_there(mode) -> None:
    made, name = mode(module(), "f", [1])
    assert name in made
