"""What a block needs: a search over all that it is computed from, however loops and branches feed each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ir_programs import VECTOR, Program

from dlang.ir.nodes import Apply, Assert, Block, Call, For, If, Literal, Print, Push, Var, While
from dlang.ir.verify import verify
from dlang.passes.dead_code import drop_dead_code, needs, without_unneeded
from dlang.primitives.table import TABLE
from dlang.types import BOOL, INT, REAL


def slim(p: Program, *results: Var, effectful: tuple[str, ...] = ()) -> Block:
    """The statements of a program that its results, or what it does, need."""
    block = Block((), tuple(p.body), results)
    return without_unneeded(block, needs(block, effectful))


def swapping(p: Program, _: Var, x: Var, y: Var, xs: Var) -> tuple[Any, ...]:
    """A pass in which x and y feed each other, and xs is only written."""
    return p.apply("sin", y), p.apply("cos", x), p.set(xs, x, 0)


def test_carried_values_that_feed_each_other_stay_and_those_that_feed_only_themselves_go() -> None:
    p, x, xs = Program(), Var(REAL, "x"), Var(VECTOR, "xs")
    first, _, _ = p.loop([x, 0.5, xs], swapping)
    (loop,) = slim(p, first).body
    assert isinstance(loop, For)
    assert loop.inits == (x, Literal(0.5))
    assert [s.prim.name for s in loop.body.body if isinstance(s, Apply)] == ["sin", "cos"]


def test_an_array_that_a_loop_inside_fills_goes_though_that_loop_pushes() -> None:
    p, x, xs = Program(), Var(REAL, "x"), Var(VECTOR, "xs")

    def inner(p: Program, i: Var, x: Var, xs: Var) -> tuple[Any, ...]:
        p.body.append(Push((x,)))
        return p.apply("sin", x), p.set(xs, x, i)

    def outer(p: Program, _: Var, x: Var, xs: Var) -> tuple[Any, ...]:
        return tuple(p.loop([x, xs], inner))

    p.loop([x, xs], outer)
    (loop,) = slim(p).body
    assert isinstance(loop, For)
    assert loop.inits == (x,)
    (nested,) = loop.body.body
    assert isinstance(nested, For)
    assert [type(s) for s in nested.body.body] == [Push, Apply]


def test_what_decides_whether_something_is_done_is_needed() -> None:
    p, x = Program(), Var(REAL, "x")
    cond = p.apply("lt", x, 1.0)
    unread = p.apply("sin", x)
    p.body.append(If((), cond, Block((), (Print(("here",)),), ()), Block((), (), ())))
    body = slim(p).body
    assert [s.outs for s in body if isinstance(s, Apply)] == [(cond,)]
    assert unread not in needs(Block((), tuple(p.body), ()), ()).names


def test_what_a_while_tests_is_needed_wherever_it_does_something() -> None:
    i, tested, following, stays = Var(INT, "i"), Var(INT, "i"), Var(INT), Var(BOOL)
    cond = Block((tested,), (Apply((stays,), TABLE["lt"], (tested, Literal(3))),), (stays,))
    count = Apply((following,), TABLE["add"], (i, Literal(1)))
    for doing in (Block((i,), (count, Print(("pass",))), (following,)), Block((i,), (count,), (following,))):
        p = Program()
        p.body.append(While((Var(INT),), (Literal(0),), cond, doing))
        found = slim(p).body
        assert [type(s) for s in found] == ([While] if len(doing.body) == 2 else [])
        assert all(isinstance(s, While) and s.inits == (Literal(0),) for s in found)


def test_a_while_whose_test_does_something_stays() -> None:
    stays, param = Var(BOOL), Var(BOOL)
    cond = Block((param,), (Assert(param, "it holds"),), (param,))
    p = Program()
    p.body.append(While((Var(BOOL),), (Literal(False),), cond, Block((stays,), (), (stays,))))
    assert [type(s) for s in slim(p).body] == [While]


@pytest.mark.parametrize(("effectful", "left"), [((), 0), (("f",), 2)])
def test_a_call_stays_if_it_does_something_and_with_it_what_it_takes(effectful: tuple[str, ...], left: int) -> None:
    p = Program()
    x = p.apply("sin", 1.0)
    p.body.append(Call((Var(REAL),), "f", (x,)))
    assert len(slim(p, effectful=effectful).body) == left


def test_loops_within_each_other_are_looked_through_once() -> None:
    """Sixteen, each of which hands its values on crosswise: a search a level for each of its carried values would not end."""

    def nested(depth: int) -> Callable[..., Any]:
        def body(p: Program, _: Var, x: Var, y: Var) -> Any:
            if not depth:
                return p.apply("sin", y), p.apply("cos", x)
            return tuple(reversed(p.loop([x, y], nested(depth - 1), 1)))

        return body

    x, p = Var(REAL, "x"), Program()
    first, _ = p.loop([x, 1.0], nested(16), 1)
    module = drop_dead_code({"f": p.function([x], first)})
    verify(module, after="dead code")
