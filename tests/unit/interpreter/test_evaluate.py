from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from ir_programs import SIZE, VECTOR, Program

from dlang.diagnostics.core import DlangError
from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Apply, Block, Call, For, Function, Literal, Pop, Print, Push, Var, While
from dlang.ir.verify import verify
from dlang.passes.adjoint import adjoint
from dlang.primitives.table import TABLE
from dlang.types import BOOL, INT, REAL, DType, Type

FORMS = pytest.mark.parametrize("safe", [False, True], ids=["fast", "safe"])


def run(function: Function, *args: object, safe: bool = False, more: tuple[Function, ...] = ()) -> object:
    module = {f.name: f for f in (function, *more)}
    verify(module, after="test")
    return compile_module(module, safe=safe)(function.name, *args)


@FORMS
def test_a_function_yields_its_one_result_bare_and_several_as_a_tuple(safe: bool) -> None:
    x, p = Var(REAL), Program()
    assert run(p.function([x], x), 2, safe=safe) == 2.0
    assert run(p.function([x], x, Literal(True)), 2, safe=safe) == (2.0, True)
    assert run(p.function([x]), 2, safe=safe) == ()


@FORMS
def test_carried_values_move_in_parallel(safe: bool) -> None:
    p = Program()
    a, b = p.loop([1.0, 2.0], lambda q, i, x, y: [y, q.apply("add", x, y)], count=3)
    assert run(p.function([], a, b), safe=safe) == (5.0, 8.0)


@FORMS
@pytest.mark.parametrize(
    ("start", "stop", "step", "reverse"),
    [(0, 5, 2, False), (0, 5, 2, True), (5, 0, -2, False), (5, 0, -2, True), (3, 3, 1, False), (4, 1, 1, True)],
)
def test_a_loop_counts_as_a_range_and_backwards_over_the_same(
    start: int, stop: int, step: int, reverse: bool, safe: bool
) -> None:
    index, carried, inner, out = Var(INT), Var(INT), Program(), Var(INT)
    shifted = inner.apply("mul", carried, 10)
    following = inner.apply("add", shifted, index)
    body = Block((index, carried), tuple(inner.body), (following,))
    ends = Literal(start), Literal(stop), Literal(step)
    loop = For((out,), *ends, (Literal(7),), body, reverse)
    wanted = 7
    for i in reversed(range(start, stop, step)) if reverse else range(start, stop, step):
        wanted = wanted * 10 + i
    assert run(Function("f", Block((), (loop,), (out,))), safe=safe) == wanted


@FORMS
def test_a_while_tests_before_each_pass(safe: bool) -> None:
    tested, carried, out = Var(REAL), Var(REAL), Var(REAL)
    cond, body, x = Program(), Program(), Var(REAL)
    going = cond.apply("lt", cond.apply("mul", tested, tested), 50.0)
    doubled = body.apply("mul", carried, 2.0)
    test = Block((tested,), tuple(cond.body), (going,))
    loop = While((out,), (x,), test, Block((carried,), tuple(body.body), (doubled,)))
    function = Function("f", Block((x,), (loop,), (out,)))
    assert run(function, 1.0, safe=safe) == 8.0
    assert run(function, 9.0, safe=safe) == 9.0


@FORMS
def test_a_branch_evaluates_one_side(safe: bool) -> None:
    n, p = Var(INT), Program()
    (out,) = p.branch(p.apply("ne", n, 0), lambda t: [t.apply("floordiv", 10, n)], lambda e: [e.apply("neg", 1)])
    function = p.function([n], out)
    assert run(function, 3, safe=safe) == 3
    assert run(function, 0, safe=safe) == -1


@FORMS
@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [
        ("exp", (1000.0,), math.inf),
        ("log", (0.0,), -math.inf),
        ("log", (-1.0,), math.nan),
        ("sqrt", (-1.0,), math.nan),
        ("div", (1.0, 0.0), math.inf),
        ("div", (-1.0, 0.0), -math.inf),
        ("div", (0.0, 0.0), math.nan),
        ("pow", (-8.0, 1.5), math.nan),
        ("pow", (10.0, 400.0), math.inf),
        ("sin", (math.inf,), math.nan),
        ("mod", (1.0, 0.0), math.nan),
    ],
)
def test_reals_follow_ieee(name: str, args: tuple[float, ...], wanted: float, safe: bool) -> None:
    params, p = [Var(REAL) for _ in args], Program()
    np.testing.assert_equal(run(p.function(params, p.apply(name, *params)), *args, safe=safe), wanted)


def test_a_program_that_often_leaves_the_reals_is_run_safely_and_agrees() -> None:
    x, p = Var(REAL), Program()
    (out,) = p.loop([x], lambda b, i, s: [b.apply("exp", s)])
    compiled = compile_module({"f": p.function([x], out)})
    assert [compiled("f", 2.0) for _ in range(6)] == [math.inf] * 6
    assert compiled("f", -1.0) == compile_module({"f": p.function([x], out)})("f", -1.0)


@FORMS
def test_ints_up_to_64_bits_are_exact(safe: bool) -> None:
    n, p = Var(INT), Program()
    function = p.function([n], p.apply("sub", p.apply("add", n, 1), 1))
    assert run(function, 2**63 - 2, safe=safe) == 2**63 - 2


@FORMS
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("add", (2**63 - 1, 1)),
        ("sub", (-(2**63), 1)),
        ("mul", (2**32, 2**31)),
        ("neg", (-(2**63),)),
        ("abs", (-(2**63),)),
        ("floordiv", (-(2**63), -1)),
        ("int_pow", (2, 63)),
    ],
)
def test_an_int_beyond_64_bits_is_an_error(name: str, args: tuple[int, ...], safe: bool) -> None:
    params, p = [Var(INT) for _ in args], Program()
    with pytest.raises(DlangError, match="E0603"):
        run(p.function(params, p.apply(name, *params)), *args, safe=safe)


def test_arithmetic_on_a_loop_index_is_not_checked_where_it_fits() -> None:
    p = Program()
    (out,) = p.loop([0.0], lambda b, i, s: [b.apply("add", s, b.apply("to_real", b.apply("mul", i, 3)))])
    assert "2**63" not in compile_module({"f": p.function([], out)}).text("f")
    assert "9223372036854775807" not in compile_module({"f": p.function([], out)}).text("f")


def test_a_counter_of_which_nothing_is_known_is_checked() -> None:
    n, p = Var(INT), Program()
    assert "9223372036854775807" in compile_module({"f": p.function([n], p.apply("add", n, 1))}).text("f")


@FORMS
def test_an_element_is_read_before_a_later_update_changes_it(safe: bool) -> None:
    p = Program()
    xs = p.apply("full", 1.0, shape=(SIZE,))
    before = p.get(xs, 0)
    after = p.set(xs, 5.0, 0)
    found = run(p.function([], after, p.apply("mul", before, 2.0)), safe=safe)
    np.testing.assert_equal(found, (np.array([5.0, 1.0, 1.0, 1.0]), 2.0))


def test_print_writes_once_even_where_reals_leave_their_domain() -> None:
    x, p = Var(REAL), Program()
    p.body.append(Print(("x ", x, " ", Literal(3), " ", Literal(True))))
    compiled = compile_module({"f": p.function([x], p.apply("exp", x))})
    lines: list[str] = []
    compiled.emit_print = lines.append
    assert compiled("f", 1000.0) == math.inf
    assert lines == ["x 1000.0 3 true"]


def test_print_goes_to_standard_output_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    p = Program()
    p.body.append(Print((p.apply("full", 0.5, shape=(2,)),)))
    compile_module({"f": p.function([])})("f")
    assert capsys.readouterr().out == "[0.5, 0.5]\n"


def descent(limit: int) -> Function:
    """n -> n levels deep; the sum of what is left."""
    n, p, out = Var(INT), Program(), Var(INT)

    def deeper(t: Program) -> list[Var]:
        t.body.append(Call((out,), "f", (t.apply("sub", n, 1),)))
        return [t.apply("add", out, 1)]

    (total,) = p.branch(p.apply("gt", n, limit), deeper, lambda e: [0])
    return p.function([n], total)


def test_ten_thousand_nested_calls_run_and_the_limit_is_put_back() -> None:
    before = sys.getrecursionlimit()
    assert run(descent(0), 9_999) == 9_999
    assert sys.getrecursionlimit() == before


def test_endless_recursion_is_an_error_and_the_limit_is_put_back() -> None:
    before = sys.getrecursionlimit()
    with pytest.raises(DlangError, match="E0606"):
        run(descent(-(2**62)), 0)
    assert sys.getrecursionlimit() == before


@FORMS
def test_the_tape_gives_back_last_first_across_calls(safe: bool) -> None:
    x, y = Var(REAL), Var(REAL)
    keep = Function("keep", Block((x, y), (Push((x, y)), Push((y,))), ()))
    a, b, c = Var(REAL), Var(REAL), Var(REAL)
    take = Function("take", Block((), (Pop((a,)), Pop((b, c))), (a, b, c)))
    outs = tuple(Var(REAL) for _ in range(3))
    body = (Call((), "keep", (Literal(1.0), Literal(2.0))), Call(outs, "take", ()))
    function = Function("f", Block((), body, outs))
    assert run(function, safe=safe, more=(keep, take)) == (2.0, 1.0, 2.0)


@FORMS
def test_the_adjoint_of_a_loop_that_fills_an_array(safe: bool) -> None:
    x, p = Var(REAL, "x"), Program()
    start = p.apply("zeros", shape=(SIZE,))
    (xs,) = p.loop([start], lambda b, i, a: [b.set(a, b.apply("mul", x, b.apply("to_real", i)), i)])
    squares = p.apply("sum", p.apply("mul", xs, xs), axis=None, keepdims=False)
    module, name = adjoint({"f": p.function([x], squares)}, "f", [0])
    verify(module, after="adjoint")
    value, slope = compile_module(module, safe=safe)(name, 3.0)
    assert (value, slope) == (9.0 * 14.0, 2 * 3.0 * 14.0)


def test_the_gradient_of_a_loop_over_an_array_updates_it_in_place() -> None:
    n = 5
    xs, p = Var(Type(DType.REAL, (n,)), "xs"), Program()

    def body(b: Program, i: Var, s: Var) -> list[Var]:
        return [b.apply("add", s, b.apply("sin", b.get(xs, i)))]

    (total,) = p.loop([0.0], body, count=n)
    module, name = adjoint({"f": p.function([xs], total)}, "f", [0])
    compiled = compile_module(module)
    given = np.linspace(0.0, 1.0, n)
    np.testing.assert_allclose(compiled(name, given)[1], np.cos(given), rtol=1e-15)
    assert ".copy()" not in compiled.text(name)
    assert "add_at(" not in compiled.text(name)


def test_an_argument_is_made_the_type_that_the_function_wants() -> None:
    v, flag, p = Var(VECTOR), Var(BOOL), Program()
    found = run(p.function([v, flag], p.apply("mul", v, 2.0), flag), [1, 2, 3, 4], np.True_)
    assert found[0].dtype == np.float64
    assert found[1] is True


def test_several_results_of_one_primitive_are_bound_in_order() -> None:
    x = Var(Type(DType.REAL, (2, 2)))
    prim = next(p for p in TABLE.values() if p.name == "add")
    two = type(prim)("two", "x and -x", lambda types, static: (types[0], types[0]), lambda x: (x, -x))
    outs = Var(x.type), Var(x.type)
    function = Function("f", Block((x,), (Apply(outs, two, (x,)),), outs[::-1]))
    first, second = run(function, np.eye(2))
    np.testing.assert_array_equal(first, -np.eye(2))
    np.testing.assert_array_equal(second, np.eye(2))


def test_a_long_chain_of_values_used_once_compiles() -> None:
    x, p = Var(REAL), Program()
    value = x
    for _ in range(2000):
        value = p.apply("add", p.apply("mul", value, 0.5), 1.0)
    assert run(p.function([x], value), 0.0) == 2.0
