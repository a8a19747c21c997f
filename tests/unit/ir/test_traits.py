"""About how many bytes blocks and functions leave on the tape."""

from __future__ import annotations

from ir_programs import VECTOR, Program

from dlang.ir.nodes import Block, Call, Function, If, Literal, Pop, Push, Stmt, Var
from dlang.ir.traits import pushed_bytes, record_bytes
from dlang.types import REAL, DType, Type


def block(*body: Stmt) -> Block:
    return Block((), body, ())


def push(*types: Type) -> Push:
    return Push(tuple(Var(t) for t in types))


def test_an_array_counts_its_elements_and_one_of_unknown_size_as_a_thousand() -> None:
    number, array, unknown = (record_bytes(block(push(t)), {}) for t in (REAL, VECTOR, Type(DType.REAL, (None,))))
    assert array - number == 8 * 4
    assert 7000 < unknown - number < 9000


def test_of_branches_the_one_that_leaves_more_counts() -> None:
    one, two = block(push(REAL)), block(push(REAL), push(REAL))
    for sides in ((one, two), (two, one)):
        assert record_bytes(block(If((), Literal(True), *sides)), {}) == record_bytes(two, {})


def test_what_is_popped_again_is_not_left() -> None:
    """An adjoint pushes in the branches of the primal and pops in those of its reverse."""
    forth = If((), Literal(True), block(push(REAL)), block())
    back = If((), Literal(True), block(Pop((Var(REAL),))), block())
    assert record_bytes(block(forth, back), {}) == 0
    assert record_bytes(block(forth), {}) > 0
    assert record_bytes(block(back), {}) < 0


def test_loops_inside_look_for_themselves() -> None:
    p = Program()

    def body(p: Program, _: Var, x: Var) -> tuple[Var]:
        p.body.append(Push((x,)))
        return (p.apply("sin", x),)

    p.loop([1.0], body)
    assert record_bytes(block(*p.body), {}) == 0


def test_a_call_leaves_what_the_function_leaves() -> None:
    def function(name: str, *body: Stmt) -> Function:
        return Function(name, block(*body))

    module = {
        "adjoint": function("adjoint", Call((), "forward", ()), Call((), "backward", ())),
        "outer": function("outer", Call((), "forward", ()), Call((), "adjoint", ()), Call((), "outer", ())),
        "forward": function("forward", push(REAL, REAL)),
        "backward": function("backward", Pop((Var(REAL), Var(REAL)))),
    }
    left = pushed_bytes(module)
    assert left["adjoint"] == 0
    assert left["outer"] == left["forward"] > 0
    assert left["backward"] < 0
