"""Calls replaced by what they call: which stay, and that nothing else changes."""

from __future__ import annotations

import numpy as np
from ir_programs import VECTOR, Program

from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Call, Function, Module, Var
from dlang.ir.verify import verify
from dlang.passes.inline import inline
from dlang.types import REAL


def called(module: Module, name: str) -> list[str]:
    """What a function still calls in its own statements."""
    return [s.callee for s in module[name].block.body if isinstance(s, Call)]


def call(p: Program, callee: str, *args: Var) -> Var:
    out = Var(REAL)
    p.body.append(Call((out,), callee, args))
    return out


def square(name: str = "square") -> Function:
    x, p = Var(REAL, "x"), Program()
    return p.function([x], p.apply("mul", x, x), name=name)


def test_a_call_becomes_the_statements_of_what_it_calls() -> None:
    x, p = Var(REAL, "x"), Program()
    once = call(p, "square", x)
    twice = call(p, "square", once)
    module = {"square": square(), "f": p.function([x], twice, once)}
    made = inline(module)
    verify(made, after="inlining")
    assert called(made, "f") == []
    assert compile_module(made)("f", 3.0) == compile_module(module)("f", 3.0) == (81.0, 9.0)


def test_loops_in_what_is_called_get_names_of_their_own() -> None:
    v, p = Var(VECTOR, "v"), Program()
    (filled,) = p.loop([v], lambda b, i, x: [b.set(x, b.apply("mul", b.get(x, i), 2.0), i)])
    twice = p.function([v], filled, name="twice")
    v2, q = Var(VECTOR, "v"), Program()
    outs = []
    for _ in range(2):
        out = Var(VECTOR)
        q.body.append(Call((out,), "twice", (outs[-1] if outs else v2,)))
        outs.append(out)
    made = inline({"twice": twice, "f": q.function([v2], *outs)})
    verify(made, after="inlining")
    first, second = compile_module(made)("f", np.ones(VECTOR.shape[0] or 0))
    np.testing.assert_array_equal(first, 2.0)
    np.testing.assert_array_equal(second, 4.0)


def test_a_recursive_function_stays_where_it_is_called() -> None:
    def of(name: str, callee: str) -> Function:
        x, p = Var(REAL, "x"), Program()
        sides = [lambda t: [call(t, callee, t.apply("sub", x, 1.0))], lambda e: [e.apply("add", x, 1.0)]]
        (out,) = p.branch(p.apply("gt", x, 0.0), *sides)
        return p.function([x], out, name=name)

    x, p = Var(REAL, "x"), Program()
    module = {"even": of("even", "odd"), "odd": of("odd", "even"), "f": p.function([x], call(p, "even", x))}
    made = inline(module)
    verify(made, after="inlining")
    assert called(made, "f") == ["even"]
    assert compile_module(made)("f", 3.0) == compile_module(module)("f", 3.0)


def test_a_function_that_yields_its_argument_stays() -> None:
    x, y, p = Var(REAL, "x"), Var(REAL, "y"), Program()
    module = {"same": Program().function([x], x, name="same"), "f": p.function([y], call(p, "same", y))}
    assert called(inline(module), "f") == ["same"]


def test_growth_ends() -> None:
    """Each of forty functions calls the one before it twice; all of it would be 2^40 statements."""
    module = {"g0": square("g0")}
    for k in range(1, 40):
        x, p = Var(REAL, "x"), Program()
        first = call(p, f"g{k - 1}", x)
        module[f"g{k}"] = p.function([x], p.apply("mul", call(p, f"g{k - 1}", first), 0.5), name=f"g{k}")
    made = inline(module)
    verify(made, after="inlining")
    assert sum(len(f.block.body) for f in made.values()) < 40 * 400
