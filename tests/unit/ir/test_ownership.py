"""Which updates are done in place. Every case also runs, with and without in-place updates, on the same input."""

from __future__ import annotations

import numpy as np
import pytest
from ir_programs import SIZE, VECTOR, Program, meaning, random_module

from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Apply, Block, Call, Function, Pop, Push, Var, While
from dlang.ir.ownership import analyse, analyse_module
from dlang.ir.verify import verify
from dlang.ir.walk import inner_blocks
from dlang.passes.adjoint import adjoint
from dlang.types import BOOL, INT


def zeros(p: Program) -> Var:
    return p.apply("zeros", shape=(SIZE,))


def pop(p: Program) -> Var:
    out = Var(VECTOR)
    p.body.append(Pop((out,)))
    return out


def updates(function: Function) -> list[Apply]:
    found: list[Apply] = []

    def walk(block: Block) -> None:
        for stmt in block.body:
            if isinstance(stmt, Apply) and stmt.prim.updates:
                found.append(stmt)
            for inner in inner_blocks(stmt):
                walk(inner)

    walk(function.block)
    return found


def examine(function: Function, *args: object, more: tuple[Function, ...] = ()) -> tuple[list[bool], int]:
    """For each update in order whether it is in place, and the number of copies where loops begin."""
    module = {f.name: f for f in (function, *more)}
    verify(module, after="test")
    owned = analyse(function, module)
    agree(module, function.name, *args)
    return [u in owned.in_place for u in updates(function)], sum(map(len, owned.copies.values()))


def agree(module: dict[str, Function], name: str, *args: object) -> None:
    """The result is the same, in both forms, as by the letter of the IR; arguments are left alone."""
    before = [np.copy(a) for a in args]
    wanted = meaning(module, name, *args)
    wanted = wanted[0] if len(wanted) == 1 else wanted
    np.testing.assert_equal(compile_module(module)(name, *args), wanted)
    np.testing.assert_equal(compile_module(module, safe=True)(name, *args), wanted)
    for arg, old in zip(args, before, strict=True):
        np.testing.assert_array_equal(arg, old)


def test_a_loop_that_fills_an_array_copies_nothing() -> None:
    p = Program()
    (xs,) = p.loop([zeros(p)], lambda b, i, x: [b.set(x, b.apply("to_real", i), i)])
    assert examine(p.function([], xs)) == ([True], 0)


def test_an_argument_is_copied_once_where_the_loop_begins() -> None:
    given, p = Var(VECTOR), Program()
    (xs,) = p.loop([given], lambda b, i, x: [b.set(x, b.apply("to_real", i), i)])
    assert examine(p.function([given], xs), np.ones(SIZE)) == ([True], 1)


def test_a_conditional_fill_copies_nothing() -> None:
    def body(b: Program, i: Var, x: Var) -> tuple[Var, ...]:
        return b.branch(b.apply("lt", i, 3), lambda t: [t.set(x, 1.0, i)], lambda e: [x])

    p = Program()
    (xs,) = p.loop([zeros(p)], body)
    assert examine(p.function([], xs)) == ([True], 0)


def test_two_arrays_that_swap_stay_owned() -> None:
    p = Program()
    xs, ys = p.loop([zeros(p), zeros(p)], lambda b, i, x, y: [b.set(y, 1.0, i), b.set(x, 2.0, i)])
    assert examine(p.function([], xs, ys)) == ([True, True], 0)


def test_a_version_that_is_read_later_is_copied() -> None:
    p = Program()
    old = zeros(p)
    new = p.set(old, 1.0, 0)
    assert examine(p.function([], p.apply("add", old, new))) == ([False], 0)


def test_the_second_update_of_a_copy_is_in_place() -> None:
    given, p = Var(VECTOR), Program()
    once = p.set(given, 1.0, 0)
    assert examine(p.function([given], p.set(once, 2.0, 1)), np.ones(SIZE)) == ([False, True], 0)


def test_an_argument_is_never_changed() -> None:
    given, p = Var(VECTOR), Program()
    assert examine(p.function([given], p.set(given, 1.0, 0)), np.ones(SIZE)) == ([False], 0)


def test_a_view_that_is_read_later_is_copied_and_not_its_array() -> None:
    p = Program()
    xs = p.apply("add", zeros(p), 1.0)
    view = p.apply("reshape", xs, shape=(1, SIZE))
    new = p.set(xs, 2.0, 0)
    assert examine(p.function([], view, new)) == ([True], 0)


def test_a_view_itself_is_not_updated_in_place() -> None:
    p = Program()
    wide = p.apply("broadcast_to", p.apply("full", 1.0, shape=(1,)), shape=(SIZE,))
    assert examine(p.function([], p.set(wide, 2.0, 0))) == ([False], 0)


def test_a_dead_view_does_not_keep_the_array() -> None:
    p = Program()
    xs = p.apply("add", zeros(p), 1.0)
    total = p.apply("sum", p.apply("reshape", xs, shape=(1, SIZE)), axis=None, keepdims=False)
    assert examine(p.function([], total, p.set(xs, 2.0, 0))) == ([True], 0)


def test_a_value_that_views_the_array_is_copied_before_it_is_written_into_it() -> None:
    p = Program()
    xs = p.loop([zeros(p)], lambda b, i, x: [b.set(x, b.apply("to_real", i), i)])[0]
    head = p.apply("get", xs, spec=(("slice", 0, SIZE - 1, None),))
    new = p.apply("set", xs, head, spec=(("slice", 1, None, None),))
    assert examine(p.function([], new)) == ([True, True], 0)


def test_an_array_on_the_tape_is_never_changed() -> None:
    p = Program()
    xs = zeros(p)
    p.body.append(Push((xs,)))
    new, popped = p.set(xs, 1.0, 0), Var(VECTOR)
    p.body.append(Pop((popped,)))
    assert examine(p.function([], p.apply("sub", new, popped))) == ([False], 0)


def test_an_array_is_changed_before_it_goes_on_the_tape() -> None:
    p = Program()
    xs = p.set(zeros(p), 1.0, 0)
    p.body.append(Push((xs,)))
    assert examine(p.function([], pop(p))) == ([True], 0)


def test_a_carried_array_that_goes_on_the_tape_is_copied_in_every_pass() -> None:
    def body(b: Program, i: Var, x: Var) -> list[Var]:
        b.body.append(Push((x,)))
        return [b.set(x, 1.0, i)]

    def back(b: Program, i: Var, s: Var) -> list[Var]:
        popped = Var(VECTOR)
        b.body.append(Pop((popped,)))
        return [b.apply("add", s, popped)]

    p = Program()
    (xs,) = p.loop([zeros(p)], body)
    (total,) = p.loop([xs], back)
    assert examine(p.function([], total)) == ([False], 0)


def test_the_new_carried_array_on_the_tape_is_not_owned_in_the_next_pass() -> None:
    def body(b: Program, i: Var, x: Var) -> list[Var]:
        new = b.set(x, 1.0, i)
        b.body.append(Push((new,)))
        return [new]

    p = Program()
    (xs,) = p.loop([zeros(p)], body)
    out = Var(VECTOR)
    p.body.append(Pop((out,)))
    assert examine(p.function([], xs, out)) == ([False], 0)


def test_nested_loops_over_one_array_copy_nothing() -> None:
    p = Program()
    (xs,) = p.loop([zeros(p)], lambda b, i, x: b.loop([x], lambda c, j, y: [c.set(y, 1.0, j)]))
    assert examine(p.function([], xs)) == ([True], 0)


def test_a_jacobi_step_keeps_the_one_copy_it_needs() -> None:
    def sweep(b: Program, i: Var, x: Var) -> tuple[Var, ...]:
        def step(c: Program, j: Var, new: Var) -> list[Var]:
            left = c.get(x, c.apply("sub", j, 1))
            return [c.set(new, c.apply("mul", c.apply("add", left, c.get(x, j)), 0.5), j)]

        return b.loop([x], step)

    p = Program()
    start = p.set(zeros(p), 1.0, 0)
    (xs,) = p.loop([start], sweep)
    assert examine(p.function([], xs)) == ([True, True], 1)


def test_previous_and_present_rotate_with_one_copy_a_pass() -> None:
    p = Program()
    old, new = p.loop([zeros(p), zeros(p)], lambda b, i, prev, cur: [cur, b.set(cur, b.get(prev, i), i)])
    assert examine(p.function([], old, new)) == ([False], 0)


def test_the_adjoint_of_reading_accumulates_in_place() -> None:
    p = Program()
    (ct,) = p.loop([zeros(p)], lambda b, i, acc: [b.apply("add_at", acc, 2.0, i, spec=("int",))])
    assert examine(p.function([], ct)) == ([True], 0)


def test_one_array_carried_twice_is_not_shared() -> None:
    p = Program()
    start = zeros(p)
    xs, ys = p.loop([start, start], lambda b, i, x, y: [b.set(x, 1.0, i), b.set(y, 2.0, i)])
    assert examine(p.function([], xs, ys)) == ([True, True], 2)


def test_one_array_yielded_twice_is_not_owned() -> None:
    def body(b: Program, i: Var, x: Var, y: Var) -> list[Var]:
        new = b.set(x, 1.0, i)
        return [new, new]

    p = Program()
    xs, ys = p.loop([zeros(p), zeros(p)], body)
    last = p.set(xs, 9.0, 0)
    assert examine(p.function([], last, ys)) == ([False, False], 0)


def test_an_initial_value_that_is_used_after_the_loop_is_copied() -> None:
    p = Program()
    start = zeros(p)
    (xs,) = p.loop([start], lambda b, i, x: [b.set(x, 1.0, i)])
    assert examine(p.function([], start, xs)) == ([True], 1)


def test_an_initial_value_that_the_body_reads_is_copied() -> None:
    p = Program()
    start = zeros(p)
    (xs,) = p.loop([start], lambda b, i, x: [b.set(x, b.apply("add", b.get(start, 0), 1.0), i)])
    assert examine(p.function([], xs)) == ([True], 1)


def test_an_array_from_outside_is_never_dead_in_a_loop() -> None:
    p = Program()
    outside = zeros(p)
    (total,) = p.loop([0.0], lambda b, i, s: [b.apply("add", s, b.get(b.set(outside, b.apply("to_real", i), i), 2))])
    assert examine(p.function([], total)) == ([False], 0)


def test_a_loop_that_only_hands_an_argument_on_does_not_copy_it() -> None:
    given, p = Var(VECTOR), Program()
    xs, _ = p.loop([given, 0.0], lambda b, i, x, s: [x, b.apply("add", s, b.get(x, i))])
    new = p.set(xs, 1.0, 0)
    assert examine(p.function([given], new), np.ones(SIZE)) == ([False], 0)


def test_a_loop_of_no_passes_yields_its_initial_value() -> None:
    given, p = Var(VECTOR), Program()
    once = p.apply("add", given, 1.0)
    (xs,) = p.loop([once], lambda b, i, x: [b.set(x, 1.0, i)], count=0)
    assert examine(p.function([given], p.set(xs, 5.0, 1), once), np.ones(SIZE)) == ([True, True], 1)


def test_the_condition_of_a_while_does_not_change_what_the_body_reads() -> None:
    cond, body, p = Program(), Program(), Program()
    tested, carried, out = Var(VECTOR), Var(VECTOR), Var(VECTOR)
    changed = cond.set(tested, -1.0, 0)
    cond.apply("lt", cond.get(changed, 1), 3.0)
    (test,) = cond.body[-1].outs
    new = body.set(carried, body.apply("add", body.get(carried, 1), 1.0), 1)
    zeros(p)
    (init,) = p.body[-1].outs
    loop = While(
        (out,), (init,), Block((tested,), tuple(cond.body), (test,)), Block((carried,), tuple(body.body), (new,))
    )
    p.body.append(loop)
    assert examine(p.function([], out)) == ([False, True], 0)


def fill() -> Function:
    """x -> x with its first element 1."""
    x, p = Var(VECTOR), Program()
    return p.function([x], p.set(x, 1.0, 0), name="fill")


def same() -> Function:
    """x -> x."""
    x = Var(VECTOR)
    return Program().function([x], x, name="same")


@pytest.mark.parametrize(("callee", "in_place"), [(fill(), True), (same(), False)], ids=["new", "argument"])
def test_a_result_of_a_call_is_owned_unless_it_may_be_an_argument(callee: Function, in_place: bool) -> None:
    given, p, out = Var(VECTOR), Program(), Var(VECTOR)
    p.body.append(Call((out,), callee.name, (given,)))
    function = p.function([given], p.set(out, 2.0, 1))
    assert examine(function, np.ones(SIZE), more=(callee,)) == ([in_place], 0)


def test_a_call_that_keeps_its_argument_on_the_tape_pins_it() -> None:
    x = Var(VECTOR)
    keep = Function("keep", Block((x,), (Push((x,)),), ()))
    p = Program()
    xs = zeros(p)
    p.body.append(Call((), "keep", (xs,)))
    new, popped = p.set(xs, 1.0, 0), Var(VECTOR)
    p.body.append(Pop((popped,)))
    assert examine(p.function([], new, popped), more=(keep,)) == ([False], 0)


def test_two_results_of_a_call_that_are_one_array_are_not_told_apart() -> None:
    q = Program()
    made = zeros(q)
    twice = q.function([], made, made, name="twice")
    p, a, b = Program(), Var(VECTOR), Var(VECTOR)
    p.body.append(Call((a, b), "twice", ()))
    assert examine(p.function([], p.set(a, 1.0, 0), b), more=(twice,)) == ([False], 0)


def test_recursion_promises_nothing() -> None:
    x, n, p = Var(VECTOR), Var(INT), Program()
    again = Var(VECTOR)

    def deeper(t: Program) -> list[Var]:
        less = t.apply("sub", n, 1)
        t.body.append(Call((again,), "f", (x, less)))
        return [t.set(again, t.apply("to_real", n), n)]

    out = p.branch(p.apply("gt", n, 0), deeper, lambda e: [x])
    assert examine(p.function([x, n], *out), np.ones(SIZE), 3) == ([False], 0)


def test_a_result_that_may_be_an_argument_is_returned_as_a_copy() -> None:
    module = {"same": same()}
    given = np.ones(SIZE)
    assert not np.shares_memory(compile_module(module)("same", given), given)


def test_a_branch_that_hands_on_either_of_two_arrays_keeps_both() -> None:
    flag, p = Var(BOOL), Program()
    a, b = zeros(p), p.apply("add", zeros(p), 1.0)
    (either,) = p.branch(flag, lambda t: [a], lambda e: [b])
    new = p.set(either, 7.0, 0)
    assert examine(p.function([flag], new, b), True) == ([False], 0)
    assert examine(p.function([flag], new), True) == ([True], 0)


def test_what_comes_off_the_tape_is_not_owned() -> None:
    p = Program()
    xs = zeros(p)
    p.body.append(Push((xs,)))
    popped = pop(p)
    assert examine(p.function([], xs, p.set(popped, 1.0, 0))) == ([False], 0)


def test_a_body_that_yields_an_outer_array_does_not_own_it() -> None:
    p = Program()
    outer = zeros(p)
    (xs,) = p.loop([zeros(p)], lambda b, i, x: [outer])
    assert examine(p.function([], p.set(xs, 1.0, 0), outer)) == ([False], 0)


def test_an_outer_array_that_a_loop_may_yield_is_not_changed_while_the_result_is_live() -> None:
    p = Program()
    outer = zeros(p)
    (xs,) = p.loop([zeros(p)], lambda b, i, x: [outer])
    assert examine(p.function([], p.set(outer, 1.0, 0), xs)) == ([False], 0)


def test_an_initial_value_is_not_changed_while_the_result_of_a_loop_may_be_it() -> None:
    given, p = Var(VECTOR), Program()
    start = zeros(p)
    (xs,) = p.loop([start], lambda b, i, x: [given], count=0)
    assert examine(p.function([given], p.set(start, 1.0, 0), xs), np.ones(SIZE)) == ([False], 0)


def test_an_initial_value_may_wander_to_another_position() -> None:
    given, p = Var(VECTOR), Program()
    start = zeros(p)
    xs, _ = p.loop([given, start], lambda b, i, x, y: [y, given], count=1)
    assert examine(p.function([given], p.set(start, 1.0, 0), xs), np.ones(SIZE)) == ([False], 0)


def test_an_array_that_an_earlier_pass_yielded_and_a_later_one_put_on_the_tape_is_pinned() -> None:
    p = Program()
    outer = p.apply("full", 3.0, shape=(SIZE,))

    def body(b: Program, i: Var, x: Var) -> list[Var]:
        b.body.append(Push((x,)))
        return [outer]

    p.loop([zeros(p)], body, count=2)
    new = p.set(outer, 1.0, 0)
    assert examine(p.function([], new, pop(p))) == ([False], 0)


def test_a_result_that_the_callee_put_on_the_tape_is_not_owned() -> None:
    q = Program()
    made = zeros(q)
    q.body.append(Push((made,)))
    p, out = Program(), Var(VECTOR)
    p.body.append(Call((out,), "make", ()))
    new = p.set(out, 1.0, 0)
    assert examine(p.function([], new, pop(p)), more=(q.function([], made, name="make"),)) == ([False], 0)


@pytest.mark.parametrize("first", range(0, 100, 50))
def test_random_programs_mean_the_same_in_place(first: int) -> None:
    updated = 0
    for seed in range(first, first + 50):
        module, args = random_module(seed)
        verify(module, after=f"random_module({seed})")
        updated += sum(len(owned.in_place) for owned in analyse_module(module).values())
        with np.errstate(all="ignore"):
            agree(module, "f", *args)
    assert updated > 20, "the programs give the analysis something to decide"


@pytest.mark.parametrize("first", range(0, 40, 20))
def test_adjoints_of_random_programs_mean_the_same_in_place(first: int) -> None:
    for seed in range(first, first + 20):
        module, args = random_module(seed, tape=False)
        made, name = adjoint(module, "f", [0, 1, 2], seeded=True)
        verify(made, after=f"adjoint of random_module({seed})")
        with np.errstate(all="ignore"):
            agree(made, name, *args, np.ones(SIZE), np.linspace(0.0, 1.0, SIZE), 1.0)
