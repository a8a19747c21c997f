"""Loops that are run again tile by tile give the same value and gradient, to the last bit, in little memory."""

from __future__ import annotations

import tracemalloc
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
from dlang.interpreter.evaluate import compile_module
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = sorted([*(ROOT / "examples").rglob("*.dl"), *(ROOT / "tests" / "golden" / "ir").glob("*.dl")])


def bits(program: dlang.Program, *, tiled: bool) -> list[Any]:
    """The objective and its gradient, as bytes."""
    model = program.model
    wrt = [k for k, p in enumerate(model.parameters) if not p.fixed]
    positions = [len(model.shared) + k for k in wrt]
    made = derivative(
        lambda: adjoint(model.slice(OBJECTIVE), OBJECTIVE, positions, tiled=tiled), "gradient", tiled=tiled
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


@pytest.mark.parametrize("loop", LOOPS)
def test_a_tape_that_does_not_fit_is_not_needed(loop: str) -> None:
    n = 30_000
    free, tight = dlang.loads(text(loop, n)), dlang.loads(text(loop, n))
    tight.model.tape_limit = 1_000_000

    def peak(program: dlang.Program) -> tuple[Any, int]:
        tracemalloc.start()
        found = program.value_and_grad()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found, most

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
    tight.model.tape_limit = 500_000
    assert tight.value_and_grad() == free.value_and_grad()
    assert bits(tight, tiled=True) == bits(free, tiled=False)


def test_a_tape_that_fits_no_tile_is_refused() -> None:
    program = dlang.loads(text("for", 100_000))
    program.model.tape_limit = 1000
    with pytest.raises(DlangError, match="E0613"):
        program.value_and_grad()


def test_derivatives_inside_of_programs_and_hessians_are_tiled_too() -> None:
    inside = "param k = 0.3\nfn f(x) {\n  y = x\n  for i in 0..20000 { y = y + 0.001 * sin(y) }\n  y\n}\nminimize grad(f)(k) + k^2"
    free, tight = dlang.loads(inside), dlang.loads(inside)
    tight.model.tape_limit = 100_000
    assert tight.value_and_grad() == free.value_and_grad()
    np.testing.assert_array_equal(tight.hessian()[1], free.hessian()[1])


def test_functions_called_from_outside_are_tiled_too() -> None:
    program = dlang.loads(text("for", 20_000))
    wanted = program.function("f").value_and_grad()(0.3)
    program.model.tape_limit = 100_000
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
