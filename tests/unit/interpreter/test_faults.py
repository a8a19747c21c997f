from __future__ import annotations

import numpy as np
import pytest
from ir_programs import VECTOR, Program

from dlang.diagnostics.core import Diagnostic, DlangError
from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Apply, Assert, Block, Call, For, Function, Literal, Var
from dlang.records import replace
from dlang.source import Source, Span
from dlang.types import BOOL, INT, REAL, DType, Type

TEXT = Source("test.dl", "the text of a program that fails\n")
HERE = Span(TEXT, 4, 8)


def diagnose(function: Function, *args: object, more: tuple[Function, ...] = ()) -> Diagnostic:
    with pytest.raises(DlangError) as caught:
        compile_module({f.name: f for f in (function, *more)})(function.name, *args)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def placed(p: Program, name: str, *args: object, **static: object) -> Var:
    """Apply, with a span."""
    out = p.apply(name, *args, **static)
    p.body[-1] = replace(p.body[-1], span=HERE)
    return out


def test_an_index_out_of_range_names_index_size_and_place() -> None:
    xs, n, p = Var(Type(DType.REAL, (5,))), Var(INT), Program()
    found = diagnose(p.function([xs, n], placed(p, "get", xs, n, spec=("int",))), np.ones(5), 7)
    assert found.code == "E0602"
    assert found.title == "index 7 is out of range for an axis of size 5"
    assert found.primary is not None
    assert found.primary.span is HERE


@pytest.mark.parametrize("name", ["set", "add_at"])
def test_an_update_out_of_range_names_its_axis(name: str) -> None:
    xs, n, p = Var(Type(DType.REAL, (5, 3))), Var(INT), Program()
    new = p.apply("add", xs, 1.0)
    out = placed(p, name, new, 1.0, 4, n, spec=("int", "int"))
    found = diagnose(p.function([xs, n], out), np.ones((5, 3)), -4)
    assert found.title == "index -4 is out of range for axis 1 of size 3"


def test_an_index_one_past_the_end_is_told_where_counting_starts() -> None:
    xs, n, p = Var(VECTOR), Var(INT), Program()
    found = diagnose(p.function([xs, n], placed(p, "get", xs, n, spec=("int",))), np.ones(4), 4)
    assert found.help is not None
    assert "count from 0" in found.help


def test_an_array_of_indexes_names_the_one_at_fault() -> None:
    xs, ns, p = Var(VECTOR), Var(Type(DType.INT, (3,))), Program()
    found = diagnose(p.function([xs, ns], placed(p, "get", xs, ns, spec=("array",))), np.ones(4), [0, -9, 1])
    assert found.title == "index -9 is out of range for an axis of size 4"


def test_a_fault_in_a_loop_names_the_pass_and_the_index() -> None:
    xs, p = Var(VECTOR), Program()
    p.loop([0.0], lambda b, i, s: [placed(b, "get", xs, i, spec=("int",))], count=9)
    found = diagnose(p.function([xs]), np.ones(4))
    assert "in pass 5 of the loop, where `i` is 4" in found.notes


def test_a_fault_in_a_called_function_is_placed_there() -> None:
    n, q = Var(INT), Program()
    half = q.function([n], placed(q, "floordiv", 7, n), name="half")
    out = Var(INT)
    found = diagnose(Function("f", Block((), (Call((out,), "half", (Literal(0),)),), (out,))), more=(half,))
    assert (found.code, found.primary is not None and found.primary.span) == ("E0604", HERE)
    assert found.primary is not None
    assert found.primary.text == "`7 // 0`"


def test_an_overflow_shows_the_operands() -> None:
    n, p = Var(INT), Program()
    found = diagnose(p.function([n], placed(p, "mul", n, 4)), 2**62)
    assert found.code == "E0603"
    assert found.primary is not None
    assert "4611686018427387904 * 4" in found.primary.text


def test_a_failed_assert_says_its_message() -> None:
    flag, p = Var(BOOL), Program()
    p.body.append(Assert(flag, "k is too small", HERE))
    found = diagnose(p.function([flag]), False)
    assert (found.code, found.title) == ("E0605", "assertion failed: k is too small")
    compile_module({"f": p.function([flag])})("f", True)


def test_an_assert_of_an_array_wants_all_of_it() -> None:
    flags, p = Var(Type(DType.BOOL, (2,))), Program()
    p.body.append(Assert(flags, "not all", HERE))
    assert diagnose(p.function([flags]), [True, False]).code == "E0605"


def test_endless_recursion_is_placed_at_the_call() -> None:
    x, out = Var(REAL), Var(REAL)
    found = diagnose(Function("f", Block((x,), (Call((out,), "f", (x,), HERE),), (out,))), 1.0)
    assert found.code == "E0606"
    assert found.primary is not None
    assert found.primary.span is HERE
    assert "10,000" in found.title


def test_shapes_known_only_now_are_named() -> None:
    a, b, p = Var(Type(DType.REAL, (None,))), Var(Type(DType.REAL, (None,))), Program()
    found = diagnose(p.function([a, b], placed(p, "add", a, b)), np.ones(3), np.ones(4))
    assert (found.code, found.title) == ("E0607", "shapes [3] and [4] do not fit")


def test_an_array_that_no_memory_holds_is_an_error() -> None:
    x, p = Var(REAL), Program()
    found = diagnose(p.function([x], placed(p, "full", x, shape=(10**7, 10**7))), 1.0)
    assert found.code == "E0608"


def test_an_int_to_a_negative_power_says_what_to_write() -> None:
    n, p = Var(INT), Program()
    found = diagnose(p.function([n], placed(p, "int_pow", 2, n)), -3)
    assert (found.code, found.help) == ("E0609", "write `2.0^…`")


def test_a_range_by_zero_is_an_error() -> None:
    n, i = Var(INT), Var(INT)
    loop = For((), Literal(0), Literal(4), n, (), Block((i,), (), ()), span=HERE)
    assert diagnose(Function("f", Block((n,), (loop,), ())), 0).code == "E0610"


def test_what_a_primitive_refuses_is_told_in_its_words() -> None:
    xs, n, p = Var(VECTOR), Var(INT), Program()
    found = diagnose(p.function([xs, n], placed(p, "reshape_dynamic", xs, n)), np.ones(4), 3)
    assert found.code == "E0611"
    assert "an array of shape [4] cannot become shape [3]" in found.notes


def test_a_fault_of_ours_is_not_told_as_the_users() -> None:
    out = Var(REAL)
    broken = Apply((out,), replace_impl(), ())
    with pytest.raises(TypeError):
        compile_module({"f": Function("f", Block((), (broken,), (out,)))})("f")


def replace_impl() -> object:
    from dlang.primitives.table import TABLE

    def impl() -> None:
        raise TypeError("ours")

    return replace(TABLE["exp"], impl=impl, scalar=None, specialise=None)


def test_a_fault_in_another_file_names_the_call_that_led_there() -> None:
    """The last call in a file other than that of the fault, not those further out or further in."""
    other = Span(Source("other.dl", "what fails\n"), 0, 4)
    failing = Function("failing", Block((), (Assert(Literal(False), "no", other),), ()))
    within = Function("within", Block((), (Call((), "failing", (), other),), ()))
    user = Function("user", Block((), (Call((), "within", (), HERE),), ()))
    outermost = Function("outermost", Block((), (Call((), "user", (), Span(TEXT, 0, 3)),), ()))
    found = diagnose(outermost, more=(user, within, failing))
    assert found.primary is not None
    assert found.primary.span is other
    assert [(label.span, label.text) for label in found.labels] == [(HERE, "in this call")]
    assert diagnose(within, more=(failing,)).labels == ()
