"""Loops that are run again tile by tile give the same value and gradient, to the last bit, in little memory."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from agreement import load
from drawing import drawn
from hypothesis import given
from nested_programs import nested
from programs import DATA, Program, programs

import dlang
from dlang.diagnostics.core import DlangError
from dlang.driver.model import OBJECTIVE
from dlang.driver.questions import gradient_of
from dlang.driver.session import Session
from dlang.interpreter.evaluate import compile_module
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative
from dlang.passes.policy import Policy
from dlang.source import Source
from dlang.syntax.parse import parse_expression

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = sorted([*(ROOT / "examples").rglob("*.dl"), *(ROOT / "tests" / "golden" / "ir").glob("*.dl")])


def bits(program: dlang.Program, *, tiled: bool) -> list[Any]:
    """The objective and its gradient, as bytes."""
    model = program.model
    wrt = [k for k, p in enumerate(model.parameters) if not p.fixed]
    positions = [len(model.shared) + k for k in wrt]
    made = derivative(
        lambda: adjoint(model.slice(OBJECTIVE), OBJECTIVE, positions, policy=Policy(tiled)),
        "gradient",
        policy=Policy(tiled),
    )
    out = compile_module(made)("gradient", *model.shared, *model.start_values)
    return [np.asarray(each).tobytes() for each in (out if isinstance(out, tuple) else (out,))]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_of_every_example(path: Path) -> None:
    program = dlang.load(path)
    if program.has_objective and program.parameters:
        assert bits(program, tiled=True) == bits(program, tiled=False)


@drawn(60)
@given(programs())
def test_of_random_programs(program: Program) -> None:
    loaded = load(program)
    assert bits(loaded, tiled=True) == bits(loaded, tiled=False)


LOOPS = {
    "for": "for i in 0..n { x = x + k * sin(x) * 0.01 }",
    "while": "i = 0\nwhile i < n { x = x + k * sin(x) * 0.01; i += 1 }",
    "by": "for i in 0..2 * n by 2 { x = x + k * sin(x + i) * 0.01 }",
    "down": "for i in n..0 by -1 { x = x + k * sin(x) * i * 1e-7 }",
    "nested": "for i in 0..n // 100 { for j in 0..100 { x = x + k * sin(x + j) * 0.01 } }",
    "break": "for i in 0..2 * n { if i >= n { break }; x = x + k * sin(x) * 0.01 }",
    "array": "xs = [x, 2.0, 3.0]\nfor i in 0..n { xs[i % 3] = xs[(i + 1) % 3] + k * 0.01 * xs[i % 3] }\nx = sum(xs)",
}


def text(loop: str, n: int) -> str:
    return (
        f"param k = 0.3\nfn f(k) {{\n  n = {n}\n  x = 1.0\n  "
        + LOOPS[loop].replace("\n", "\n  ")
        + "\n  x\n}\nminimize f(k)"
    )


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 1023, 1024, 1025, 2500])
@pytest.mark.parametrize("loop", LOOPS)
def test_whatever_the_number_of_passes(loop: str, n: int) -> None:
    program = dlang.loads(text(loop, n))
    assert bits(program, tiled=True) == bits(program, tiled=False)


def peak(of: Any, compute: Callable[[Any], Any] = dlang.Program.value_and_grad) -> tuple[Any, int]:
    """What is computed, and the most bytes that were held meanwhile."""
    tracemalloc.start()
    found = compute(of)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, most


@pytest.mark.parametrize("loop", LOOPS)
def test_a_tape_that_does_not_fit_is_not_needed(loop: str) -> None:
    n = 30_000
    free, tight = dlang.loads(text(loop, n)), dlang.loads(text(loop, n))
    tight.model.settings.tape_limit = 1_000_000
    wanted, much = peak(free)
    found, little = peak(tight)
    assert found == wanted
    assert little < 3_000_000 < much


FILLS = {
    "for": "for i in 0..n { x = x + k * sin(x) * 0.01; xs[i // 10] = x }",
    "while": "i = 0\nwhile i < n { x = x + k * sin(x) * 0.01; xs[i // 10] = x; i += 1 }",
    "break": "for i in 0..2 * n { if i >= n { break }; x = x + k * sin(x) * 0.01; xs[i // 10] = x }",
    "at times": "for i in 0..n { x = x + k * sin(x) * 0.01; if i % 10 == 0 { xs[i // 10] = x } }",
    "nested": "for i in 0..n // 100 { for j in 0..100 { x = x + k * sin(x) * 0.01; xs[10 * i + j // 10] = x } }",
    "scan": "xs = scan(fn(c, i) = c + k * sin(c) * 0.01, 1.0, 0..n)",
    "of unknown size": "xs = zeros(if k > 0 { n } else { 2 * n })\nfor i in 0..n { x = x + k * sin(x) * 0.01; xs[i] = x }",
}


def filling(loop: str, n: int) -> str:
    lines = FILLS[loop].replace("\n", "\n  ")
    return (
        f"param k = 0.3\nfn f(k) {{\n  n = {n}\n  x = 1.0\n  xs = zeros(n // 10)\n  {lines}\n"
        "  sum(xs^2) * 1e-3 + x\n}\nminimize f(k)"
    )


@pytest.mark.parametrize("loop", FILLS)
def test_an_array_that_a_loop_fills_and_no_record_reads_is_not_kept_at_each_tile(loop: str) -> None:
    n = 20_000  # an array of 16 kB or more, which 142 tiles or more would keep
    free, tight = dlang.loads(filling(loop, n)), dlang.loads(filling(loop, n))
    tight.model.settings.tape_limit = 500_000
    assert tight.value_and_grad() == free.value_and_grad()
    assert bits(tight, tiled=True) == bits(free, tiled=False)


READS = {
    "for": "for i in 1..n { xs[i] = xs[i - 1] + k * sin(xs[i - 1]) * 0.01 }",
    "while": "i = 1\nwhile i < n { xs[i] = xs[i - 1] + k * sin(xs[i - 1]) * 0.01; i += 1 }",
    "of unknown size": (
        "xs = 1 + zeros(if k > 0 { n } else { 2 * n })\nfor i in 1..n { xs[i] = xs[i - 1] + k * sin(xs[i - 1]) * 0.01 }"
    ),
}


@pytest.mark.parametrize("loop", READS)
def test_of_a_large_array_that_records_are_computed_from_few_tiles_keep_a_copy(loop: str) -> None:
    n = 20_000  # of an array of 160 kB, sqrt(n) copies would take 22 MB
    lines = READS[loop].replace("\n", "\n  ")
    source = (
        f"param k = 0.3\nfn f(k) {{\n  n = {n}\n  xs = 1 + zeros(n)\n  {lines}\n  sum(xs^2) * 1e-3\n}}\nminimize f(k)"
    )
    free, tight = dlang.loads(source), dlang.loads(source)
    tight.model.settings.tape_limit = 2_000_000
    (found, little), (wanted, much) = peak(tight), peak(free)
    assert found == wanted
    assert bits(tight, tiled=True) == bits(free, tiled=False)
    assert little < 4_000_000
    assert little < much


@pytest.mark.parametrize("step", ["x + k * sin(x) * 0.01", "if x > 0 { near(x, k, i) } else { x }"])
def test_where_a_function_pushes_for_a_pass_few_tiles_keep_a_copy_too(step: str) -> None:
    """In a run functions stay calls, and what a pass leaves on the tape is what they leave."""
    n = 20_000
    source = (
        f"param k = 0.3\nfn near(x, k, i) = x + k * sin(x) * 0.01\nfn step(x, k, i) = {step}\n"
        f"fn f(k) {{\n  xs = 1 + zeros({n})\n  for i in 1..{n} {{ xs[i] = step(xs[i - 1], k, i) }}\n  sum(xs^2) * 1e-3\n}}\n"
        "minimize grad(f)(k)"
    )
    free, tight = dlang.loads(source), dlang.loads(source)
    tight.model.settings.tape_limit = 4_000_000
    assert tight.run().objective == free.run().objective


@pytest.mark.parametrize("loop", ["for", "while"])
@pytest.mark.parametrize("nest", ["grad(f)(k)", "hessian(f)(k)", "grad(grad(f))(k)"])
def test_a_run_and_a_gradient_of_derivatives_are_tiled_too(nest: str, loop: str) -> None:
    source = text(loop, 3000).replace("minimize f(k)", f"minimize {nest}")
    free, tight = dlang.loads(source), dlang.loads(source)
    tight.model.settings.tape_limit = 100_000
    found, wanted = tight.differentiate(), free.differentiate()
    assert (found.value, found.gradient) == (wanted.value, wanted.gradient)
    assert tight.run().objective == free.run().objective
    with pytest.raises(DlangError, match="E0613"):
        dlang.loads(source, tape_limit=1000).run()


MEASURED = """
import sys
from pathlib import Path
from dlang.cli.app import main
code = main(sys.argv[1:])
(peak,) = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(peak, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what a process took")
@pytest.mark.parametrize("verb", ["run", "grad"])
@pytest.mark.parametrize("nest", ["grad(f)(k)", "hessian(f)(k)"])
def test_what_a_command_takes_does_not_grow_with_the_passes_of_derivatives(
    nest: str, verb: str, tmp_path: Path
) -> None:
    """Of a hundred times as many passes; all of their records would take ten times the limit and more."""

    def megabytes(n: int) -> float:
        path = tmp_path / f"model_{n}.dl"
        path.write_text(text("while", n).replace("minimize f(k)", f"minimize {nest}"), encoding="utf-8")
        command = [sys.executable, "-c", MEASURED, verb, str(path), "--tape-limit", "2M", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stderr.split()[-1]) / 1024

    assert megabytes(100_000) < megabytes(1000) + 6


SPEAKS = """
param k = 0.3
fn g(x, i) {
  if i % 500 == 0 { print("at", i, x) }
  assert x < 1e9
  x + 0.001 * sin(x)
}
fn slope(x, i) = x + 1e-3 * grad(fn(t) = g(t, i))(x)
fn f(x) {
  y = x
  for i in 0..2000 { y = CALL(y, i); if i == 1000 { print("half", y) } }
  y
}
print("begin")
minimize grad(f)(k) + k^2
print("end")
"""


@pytest.mark.parametrize("call", ["g", "checkpoint(g)", "slope", "checkpoint(slope)"])
def test_what_runs_again_does_not_print_again(call: str) -> None:
    source = SPEAKS.replace("CALL", call)
    free, tight = dlang.loads(source), dlang.loads(source)
    tight.model.settings.tape_limit = 30_000
    told = free.run()
    assert len(told.printed) == 7
    assert tight.run().printed == told.printed
    assert tight.run().objective == told.objective


def test_a_line_of_a_session_and_its_gradient_keep_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    _, function = text("while", 3000).split("\n", 1)
    session = Session()
    for line in (function.rpartition("\n")[0], "k = 0.3"):
        session.run(Source("<repl>", line), print)

    def answers() -> tuple[Any, ...]:
        values: list[Any] = []
        session.run(Source("<repl>", "grad(f)(k)"), print, lambda outcome: values.append(outcome.value))
        return values, gradient_of(session, parse_expression(Source("<repl>", "f(k)"))).gradient

    wanted = answers()
    for module in ("lines", "questions"):
        monkeypatch.setattr(f"dlang.driver.{module}.default_limit", lambda: 100_000)
    assert str(answers()) == str(wanted)
    for module in ("lines", "questions"):
        monkeypatch.setattr(f"dlang.driver.{module}.default_limit", lambda: 1000)
    with pytest.raises(DlangError, match="E0613"):
        session.run(Source("<repl>", "grad(f)(k)"), print)
    with pytest.raises(DlangError, match="E0613"):
        gradient_of(session, parse_expression(Source("<repl>", "f(k)")))


def test_records_of_functions_count_where_they_are_called() -> None:
    """`h` calls itself, so it stays a call, and what it leaves on the tape is all that a pass does."""
    source = (
        "param k = 0.3\nfn h(x, k, i) = if i > 0 { h(x, k, 0) } else { x + k * sin(x) * 0.01 }\n"
        "fn f(k) {\n  x = 1.0\n  for i in 0..20000 { x = h(x, k, i) }\n  x\n}\nminimize f(k)"
    )
    free, tight = dlang.loads(source), dlang.loads(source)
    tight.model.settings.tape_limit = 300_000
    (found, little), (wanted, much) = peak(tight), peak(free)
    assert found == wanted
    assert little < 2_000_000 < much


def test_an_adjoint_in_a_loop_that_is_not_differentiated_takes_no_place() -> None:
    """Its records come and go within a pass, so that a long loop of them fits a short tape."""
    program = dlang.loads(
        "param k = 0.3\nfn h(x) = if x > 0.1 { sin(x) * x } else { x }\nfn f(k) {\n  s = 0.0\n"
        "  for i in 0..20000 { s += stop_gradient(grad(h)(k + i)) }\n  s + k\n}\nminimize f(k)"
    )
    program.model.settings.tape_limit = 10_000
    assert program.value_and_grad()[1] == {"k": 1.0}


def test_a_tape_that_fits_no_tile_is_refused() -> None:
    program = dlang.loads(text("for", 100_000))
    program.model.settings.tape_limit = 1000
    with pytest.raises(DlangError, match="E0613"):
        program.value_and_grad()


def test_derivatives_inside_of_programs_and_hessians_are_tiled_too() -> None:
    inside = "param k = 0.3\nfn f(x) {\n  y = x\n  for i in 0..20000 { y = y + 0.001 * sin(y) }\n  y\n}\nminimize grad(f)(k) + k^2"
    free, tight = dlang.loads(inside), dlang.loads(inside)
    tight.model.settings.tape_limit = 100_000
    assert tight.value_and_grad() == free.value_and_grad()
    np.testing.assert_array_equal(tight.hessian()[1], free.hessian()[1])


def test_functions_called_from_outside_are_tiled_too() -> None:
    program = dlang.loads(text("for", 20_000))
    wanted = program.function("f").value_and_grad()(0.3)
    program.model.settings.tape_limit = 100_000
    assert program.function("f").value_and_grad()(0.3) == wanted


def test_what_a_loop_asserts_is_asserted_once() -> None:
    program = dlang.loads(
        "param k = 0.3\nfn f(k) {\n  x = 1.0\n  for i in 0..3000 {\n    assert x < 1e9\n    x = x + k * 0.01\n  }\n  x\n}\nminimize f(k)"
    )
    assert bits(program, tiled=True) == bits(program, tiled=False)


@drawn(10)
@given(programs())
def test_of_derivatives_of_random_programs(program: Program) -> None:
    loaded = dlang.loads(nested(program, "minimize grad(objective)(p, q, w)^2"), data=DATA)
    assert bits(loaded, tiled=True) == bits(loaded, tiled=False)
