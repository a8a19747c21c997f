from __future__ import annotations

import math

import numpy as np
import pytest
from ir_programs import SIZE, VECTOR, Program

from dlang.diagnostics.births import Birth, Fed
from dlang.diagnostics.running import not_finite
from dlang.interpreter.birth import find_birth
from dlang.ir.nodes import Apply, Block, Call, Function, Var
from dlang.passes.adjoint import adjoint
from dlang.records import replace
from dlang.source import Source, Span
from dlang.types import INT, REAL

HERE = Span(Source("test.dl", "log of x\n"), 0, 3)


def birth(function: Function, *args: object, result: int | None = None) -> Birth | None:
    return find_birth({function.name: function}, function.name, args, result)


def test_a_birth_names_the_place_the_operands_and_the_value() -> None:
    x, p = Var(REAL, "x"), Program()
    p.apply("log", p.apply("mul", x, 2.0))
    log = replace(p.body[-1], span=HERE)
    p.body[-1] = log
    p.apply("add", log.outs[0], 1.0)
    found = birth(p.function([x], p.body[-1].outs[0]), 0.0)
    assert found is not None
    assert (found.span, found.primitive, found.operands, found.value) == (HERE, "log", (Fed("", 0.0),), -math.inf)
    diagnostic = not_finite(replace(found, row=1), "the objective")
    assert diagnostic.title == "the objective is -inf"
    assert diagnostic.primary is not None
    assert diagnostic.primary.text == "`log(0.0)` is -inf here, data row 1"


def test_names_of_operands_are_shown_with_their_values() -> None:
    x, p = Var(REAL, "x"), Program()
    p.apply("div", 1.0, x)
    p.body[-1] = replace(p.body[-1], span=HERE)
    diagnostic = not_finite(birth(p.function([x], p.body[-1].outs[0]), 0.0), "f")
    assert diagnostic.primary is not None
    assert diagnostic.primary.text == "`1.0 / 0.0` is inf here (x = 0.0)"


def test_what_is_finite_has_no_birth() -> None:
    x, p = Var(REAL), Program()
    assert birth(p.function([x], p.apply("exp", x)), 1.0) is None


@pytest.mark.parametrize("given", [0.0, [0.0, 1.0, 2.0, 3.0]], ids=["scalar", "array"])
def test_a_value_that_is_masked_out_is_silent(given: object) -> None:
    x, p = Var(REAL if given == 0.0 else VECTOR), Program()
    masked = p.apply("select", p.apply("gt", x, 0.0), p.apply("log", x), 0.0)
    out = masked if masked.type.is_scalar else p.apply("sum", masked, axis=None, keepdims=False)
    assert birth(p.function([x], out), given) is None


def test_the_birth_that_reaches_the_result_is_told_not_an_earlier_one() -> None:
    x, p = Var(VECTOR), Program()
    logs = p.apply("log", x)
    kept = p.apply("select", p.apply("ne", x, -1.0), logs, 0.0)
    total = p.apply("sum", kept, axis=None, keepdims=False)
    found = birth(p.function([x], total), [1.0, -1.0, 0.0, 2.0])
    assert found is not None
    assert (found.place, found.operands[0].value, found.value) == ((2,), 0.0, -math.inf)


def test_an_element_is_followed_through_views_and_updates() -> None:
    x, p = Var(VECTOR), Program()
    logs = p.apply("log", x)
    turned = p.apply("get", logs, spec=(("slice", None, None, -1),))
    changed = p.set(turned, 0.0, 0)
    found = birth(p.function([x], p.get(changed, 3)), [0.0, 1.0, 1.0, -5.0])
    assert found is not None
    assert (found.place, found.value) == ((0,), -math.inf)


def test_the_pass_of_each_loop_is_told_outermost_first() -> None:
    p = Program()

    def inner(b: Program, j: Var, s: Var) -> list[Var]:
        product = b.apply("mul", b.apply("sub", b.apply("to_real", outer_index[-1]), 1.0), 1.0)
        away = b.apply("add", product, b.apply("to_real", j))
        return [b.apply("add", s, b.apply("div", 1.0, away))]

    outer_index: list[Var] = []

    def outer(b: Program, i: Var, s: Var) -> tuple[Var, ...]:
        outer_index.append(i)
        return b.loop([s], inner, count=3)

    (total,) = p.loop([0.0], outer, count=3)
    found = birth(p.function([], total))
    assert found is not None
    assert [each.number for each in found.passes] == [1, 2]
    assert "in pass 1, 2 of the loops, outermost first" in not_finite(found, "f").notes


def test_a_birth_in_a_called_function_is_found() -> None:
    x, p, y, out = Var(REAL), Program(), Var(REAL), Var(REAL)
    root = p.function([x], p.apply("sqrt", x), name="root")
    function = Function("f", Block((y,), (Call((out,), "root", (y,)),), (out,)))
    found = find_birth({"f": function, "root": root}, "f", [-4.0])
    assert found is not None
    assert found.operands == (Fed("", -4.0),)


def test_filling_an_array_keeps_track_of_each_element() -> None:
    n, p = Var(INT), Program()
    start = p.apply("zeros", shape=(SIZE,))

    def body(b: Program, i: Var, a: Var) -> list[Var]:
        return [b.set(a, b.apply("log", b.apply("to_real", b.apply("sub", n, i))), i)]

    (xs,) = p.loop([start], body)
    function = p.function([n], p.get(xs, 3))
    found = birth(function, 3)
    assert found is not None
    assert ([each.number for each in found.passes], found.value) == ([4], -math.inf)
    assert birth(function, 4) is None
    assert birth(function, 2) is not None


def test_the_birth_of_a_derivative_is_found_in_the_adjoint() -> None:
    x, p = Var(REAL, "x"), Program()
    module, name = adjoint({"f": p.function([x], p.apply("sqrt", x))}, "f", [0])
    found = find_birth(module, name, [0.0])
    assert found is not None
    assert (found.primitive, found.operands, found.value) == ("sqrt", (Fed("x", 0.0),), math.inf)
    assert (found.order, found.rule) == (1, "div")


def test_one_result_of_several_may_be_asked_for() -> None:
    x, p = Var(REAL), Program()
    function = p.function([x], p.apply("log", x), p.apply("div", 1.0, x))
    assert birth(function, 0.0, result=1).primitive == "div"
    assert birth(function, 0.0, result=0).primitive == "log"


def test_what_came_in_not_finite_is_told_where_it_is_first_used() -> None:
    x, p = Var(REAL, "x"), Program()
    found = birth(p.function([x], p.apply("mul", x, 2.0)), math.nan)
    assert found is not None
    assert found.primitive == "mul"
    assert birth(p.function([x], x), math.nan) is None


def test_a_primitive_with_several_results_is_followed() -> None:
    x, p = Var(REAL), Program()
    log = p.apply("log", x)
    prim = replace(p.body[-1].prim, name="two", impl=lambda x: (x, 2 * x), scalar=None, partials=None)
    outs = Var(REAL), Var(REAL)
    p.body.append(Apply(outs, prim, (log,)))
    assert birth(p.function([x], outs[1]), 0.0).primitive == "log"


def test_arguments_are_left_alone() -> None:
    xs, p = Var(VECTOR), Program()
    given = np.zeros(SIZE)
    (out,) = p.loop([xs], lambda b, i, a: [b.set(a, b.apply("log", b.get(a, i)), i)])
    assert birth(p.function([xs], out), given) is not None
    np.testing.assert_array_equal(given, 0.0)
