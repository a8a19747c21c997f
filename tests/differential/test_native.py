"""Machine code is the interpreter, whatever goes on the tape: scalars to the last bit; and what it refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from agreement import load
from drawing import drawn
from hypothesis import given
from programs import Program, programs

import dlang
from dlang.diagnostics.core import DlangError
from dlang.driver.model import OBJECTIVE
from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Module
from dlang.ir.traits import reachable, traits
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative, finished
from dlang.passes.policy import Policy
from dlang.passes.tangent import tangent

pytest.importorskip("llvmlite")

from dlang.native.evaluate import Stopped, compile_native
from dlang.native.unsupported import Unsupported

POLICIES = [Policy(tiled, lean) for tiled in (False, True) for lean in (False, True)]


def same(module: Module, name: str, arguments: list[Any]) -> bool:
    """Assert that both engines give the same; False where machine code does not take the program."""
    try:
        native = compile_native(module, name, tape_limit=1 << 28)
    except Unsupported:
        return False
    before = [np.array(a) for a in arguments]
    wanted, found = _several(compile_module(module)(name, *arguments)), _several(native(*arguments))
    assert _bits(native(*arguments)) == _bits(found), "a second run is another"
    if all(p.type.is_scalar for p in module[name].block.params) and not traits(reachable(module, name)).arrays:
        assert _bits(found) == _bits(wanted)
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)
    assert all(np.array_equal(a, b) for a, b in zip(arguments, before, strict=True)), "an argument was changed"
    return True


def _several(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def _bits(results: Any) -> list[Any]:
    """Results to the last bit, but for the payload of a NaN."""
    found = [np.asarray(r) for r in _several(results)]
    return [np.where(r != r, 0.5, r).tobytes() + (r != r).tobytes() for r in found]


@drawn(40)
@given(programs())
def test_values_and_gradients_of_random_programs(program: Program) -> None:
    loaded = load(program)
    model, free = loaded.model, loaded.objective().free
    module, positions = model.slice(OBJECTIVE), model._positions(free)
    arguments = [*model.shared, *model.start_values]
    if not same(finished(module, OBJECTIVE), OBJECTIVE, arguments):
        return
    for policy in POLICIES:
        made = derivative(lambda p=policy: adjoint(module, OBJECTIVE, positions, policy=p), "g", policy=policy)
        same(made, "g", arguments)


@drawn(40)
@given(programs())
def test_random_programs_in_vectors_of_two(program: Program) -> None:
    """Their arrays have three and four elements: in vectors of eight, only what is left of one would be tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlang.native.lanes.WIDTH", 2)
        loaded = load(program)
        model, free = loaded.model, loaded.objective().free
        module, positions = model.slice(OBJECTIVE), model._positions(free)
        lean = Policy(lean=True)
        made = derivative(lambda: adjoint(module, OBJECTIVE, positions, policy=lean), "g", policy=lean)
        same(made, "g", [*model.shared, *model.start_values])


@drawn(15)
@given(programs())
def test_tangents_and_products_of_hessians(program: Program) -> None:
    loaded = load(program)
    model, free = loaded.model, loaded.objective().free
    positions = model._positions(free)
    directions = [np.full(np.shape(model.start_values[k]), 0.5) for k in free]
    arguments = [*model.shared, *model.start_values, *directions]
    pushed, name = tangent(model.slice(OBJECTIVE), OBJECTIVE, positions)
    same(finished(pushed, name), name, arguments)
    lean = Policy(lean=True)
    made = derivative(lambda: adjoint(pushed, name, positions, policy=lean), "h", policy=lean)
    same(made, "h", arguments)


@drawn(15)
@given(programs())
def test_calls_that_stay_calls(program: Program) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlang.passes.inline.SMALL", -1)
        loaded = load(program)
        model, free = loaded.model, loaded.objective().free
        positions = model._positions(free)
        made = derivative(lambda: adjoint(model.slice(OBJECTIVE), OBJECTIVE, positions), "g")
        same(made, "g", [*model.shared, *model.start_values])


# ---- one by one


def both(text: str, **options: Any) -> tuple[Any, Any]:
    """Value and gradient by machine code and by the interpreter."""
    native, interpreter = (dlang.loads(text, engine=e, **options) for e in ("native", "interpreter"))
    found = native.value_and_grad()
    assert native.engine == "native"
    return found, interpreter.value_and_grad()


LOOPS = {
    "down by steps": "for i in 9..0 by -3 { x = x * 0.9 + 0.01 * i * k }",
    "empty": "for i in 5..2 { x = x * k }",
    "a step that only running knows": "n = 1 + floor_of(k)\nfor i in 0..7 by n { x = sin(x) + k * i }",
    "while": "while x < 40 { x = x * 1.5 + k }",
    "break": "for i in 0..50 { if x > 3 { break }; x = x + k }",
    "an array": "a = zeros(5)\nfor i in 0..5 { a[i] = x * k; x = x + a[i] * 0.1; a[-1] += k }\nx = x + sum(a * a)",
    "rows": "a = zeros(4, 3)\nfor i in 0..4 { a[i] = [x, k, x * k]; x = x + sum(a[i]) }\nx = x + a[1:, 2] @ a[:3, 0]",
    "a swap": "a = [1.0, k]\nb = [k, 3.0]\nfor i in 0..5 { (a, b) = (b, a * 0.5); x = x + a[0] * b[1] }",
    "Ints": "n = 7\nfor i in 0..9 { n = (n * 5 + 3) % 11 - n // 3; x = x + k * n }",
    "Bools": "up = true\nfor i in 0..9 { up = not up or x > 5; x = if up { x + k } else { x * 0.7 } }",
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS.keys())
def test_loops(loop: str) -> None:
    native, interpreter = both(
        f"param k = 0.7\nfn floor_of(k) = int(floor(k + 1.5))\nx = 1.0 + k\n{loop}\nminimize x * x"
    )
    assert native == interpreter


def test_recursion() -> None:
    native, interpreter = both(
        "param k = 0.9\nfn f(n: Int, x) = if n == 0 { x } else { sin(f(n - 1, x * k)) }\nminimize f(200, 2.0)"
    )
    assert native == interpreter


FAULTS = {
    "E0602": "a = [1.0, 2.0]\nn = 1\nfor i in 0..9 { n = n + i }\nminimize k * a[n]",
    "E0603": "n = 3\nfor i in 0..70 { n = n * 3 }\nminimize k * n",
    "E0604": "n = 9\nfor i in 0..9 { n = n - 1 }\nminimize k * (4 // n)",
    "E0607": "fn f(n: Int, x) = if n == 0 { x } else { f(n + 1, x * 0.5) }\nminimize f(1, k)",
    "E0608": "x = k\nfor i in 0..9 { x = x * 2; assert x < 100 }\nminimize x",
}


@pytest.mark.parametrize("text", FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_told_as_the_interpreter_tells_them(text: str) -> None:
    said = []
    for engine in ("native", "interpreter"):
        with pytest.raises(DlangError) as caught:
            dlang.loads(f"param k = 2.0\n{text}", engine=engine).value_and_grad()
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "objective",
    [
        "where(k > 0, sqrt(k), 0.0) + k",
        "sqrt(k * k) + k",
        "sum(where(a > 0, log(a), 0.0) * k) + k",
        "k * (if k > 0 { sqrt(k) } else { 1.0 })",
    ],
)
def test_strong_zeros_where_plain_products_are_nan(objective: str) -> None:
    native, interpreter = both(
        f"param k = 0.0\nx = k\nfor i in 0..3 {{ x = x * 1.0 }}\na = [0.0, k]\nminimize {objective} + x"
    )
    assert native == interpreter
    assert np.isfinite(native[1]["k"])


def test_a_full_tape_is_told_and_the_loop_tiled() -> None:
    text = "param k = 0.3\nx = k\nfor i in 0..20000 { x = sin(x) + k }\nminimize x"
    whole = dlang.loads(text, engine="native").value_and_grad()
    assert dlang.loads(text, engine="native", tape_limit=50_000).value_and_grad() == whole


def test_a_run_that_stops_says_so() -> None:
    loaded = dlang.loads("param k = 0.3\nx = k\nfor i in 0..20000 { x = sin(x) + k }\nminimize x")
    model = loaded.model
    made = derivative(lambda: adjoint(model.slice(OBJECTIVE), OBJECTIVE, [0]), "g")
    with pytest.raises(Stopped):
        compile_native(made, "g", tape_limit=1000)(0.3)


def test_the_first_construct_that_is_not_taken_is_named_with_its_line() -> None:
    with pytest.raises(DlangError) as caught:
        dlang.loads("param k = 1.0\na = [k, -k]\nminimize sum(a[a > 0])", engine="native").value_and_grad()
    (found,) = caught.value.diagnostics
    assert found.code == "E0716"
    assert found.primary is not None
    assert found.primary.span.line == 3


def test_a_number_is_reshaped() -> None:
    native, interpreter = both(
        "param k = 0.7\nminimize sum(reshape(k, 1, 1) * [2.0, 3.0]) + sum(one_hot(1, 3) * [k, 2, 3])"
    )
    assert native == interpreter


def test_the_sign_of_a_zero_that_divides_is_that_of_strong_products() -> None:
    text = "param k = 0.0\nfn h(x) = sin(x) * -3.0 * x\ng = h'(k * 0.0)\nminimize atan(1 / g) + k"
    assert dlang.loads(text, engine="native").value() == dlang.loads(text, engine="interpreter").value()


def test_threads_that_compile_at_once_get_their_own_code() -> None:
    texts = {
        321.0: "param k = [3.0, 1.0, 2.0]\nminimize sum(sort(k) * [1.0, 10.0, 100.0])",
        643.0: "param k = [3.0, 1.0, 2.0]\nminimize sum(cumsum(k) * [1.0, 10.0, 100.0])",
    }
    with ThreadPoolExecutor(4) as pool:
        for _ in range(8):
            loaded = [(wanted, dlang.loads(text, engine="native")) for wanted, text in texts.items()]
            found = pool.map(lambda pair: (pair[0], pair[1].value_and_grad()[0]), loaded)
            assert all(wanted == value for wanted, value in found)


@pytest.mark.parametrize("engine", ["native", "interpreter"])
def test_threads_share_a_program_that_has_to_be_tiled(engine: str) -> None:
    text = "param k = 0.3\nx = k\nfor i in 0..3000 { x = sin(x) + k }\nminimize x"
    wanted = dlang.loads(text, engine="interpreter").value_and_grad()
    for _ in range(4):
        program = dlang.loads(text, engine=engine, tape_limit=30_000)
        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(lambda _, p=program: p.value_and_grad(), range(6)))
        assert all(each == wanted for each in found)


def test_the_guess_of_work_knows_ranges_of_any_length() -> None:
    far = 9_000_000_000_000_000_000
    text = f"param k = 1.0\nx = k\nif k > 100 {{ for i in -{far}..{far} {{ x = x * 0.5 }} }}\nminimize x * x"
    assert dlang.loads(text).value() == 1.0


def test_an_int_beyond_64_bits_is_refused_as_an_argument() -> None:
    program = dlang.loads("fn i(n: Int, x) = n * x\nparam k = 1.0\nminimize i(1, k)")
    with pytest.raises(DlangError, match="64 bits"):
        program.function("i")(2**63, 0.5)


def test_what_pays_is_compiled_and_what_is_small_is_not() -> None:
    loop = "param k = 0.3\nx = k\nfor i in 0..{} {{ x = sin(x) + k }}\nminimize x"
    small, large = dlang.loads(loop.format(10)), dlang.loads(loop.format(1_000_000))
    small.value_and_grad(), large.value_and_grad()
    assert (small.engine, large.engine) == ("interpreter", "native")
