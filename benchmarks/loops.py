"""What a loop costs in the interpreter, beside PyTorch eager and HIPS autograd where they are installed.

    python benchmarks/loops.py

Prints the time of one executed primitive in a loop over scalars, and the ratio of the other tools to it, taken in turn
within one run; and time and memory of filling an array element by element at two lengths, which
should grow by the factor of the lengths. Only ratios mean anything on a shared machine.
"""

from __future__ import annotations

import gc
import math
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from statistics import median

import dlang

WALK = """
param a = 0.7
fn walk(a, n) {
  s = 1.0
  t = a
  for i in 0..n {
    t = (sin(s * a) + t) * 0.5
    s = (exp(-t) + s) / 2.5
  }
  s + t
}
minimize walk(a, PASSES)
"""
PRIMITIVES = 8
"""Executed in one pass of WALK: *, sin, +, *, -, exp, +, /."""

FILL = """
param a = 0.7
fn fill(a, n) {
  xs = zeros(n)
  x = a
  for i in 0..n {
    x = x * 0.999 + 0.001
    xs[i] = x
  }
  xs
}
minimize sum(fill(a, LENGTH)^2)
"""
SHORT, LONG = 10_000, 100_000


def best(run: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest of some runs, after one that is not counted."""
    run()
    times = []
    for _ in range(rounds):
        times.append(cpu(run))
    return min(times)


def peak(run: Callable[[], object]) -> int:
    """Bytes allocated at the worst moment of a run."""
    run()
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def ours(passes: int) -> Callable[[], float]:
    """Value and gradient in dlang; what it gives is the gradient."""
    program = dlang.loads(WALK.replace("PASSES", str(passes)), engine="interpreter")
    return lambda: float(program.value_and_grad()[1]["a"])


def torch(passes: int) -> Callable[[], float]:
    """The same in PyTorch eager, in double precision on one thread."""
    library = import_module("torch")
    library.set_num_threads(1)

    def run() -> float:
        a = library.tensor(0.7, dtype=library.float64, requires_grad=True)
        s, t = library.ones((), dtype=library.float64), a
        for _ in range(passes):
            t = (library.sin(s * a) + t) * 0.5
            s = (library.exp(-t) + s) / 2.5
        (s + t).backward()
        return float(a.grad)

    return run


def autograd(passes: int) -> Callable[[], float]:
    """The same in HIPS autograd."""
    numpy = import_module("autograd.numpy")
    differentiate = import_module("autograd").value_and_grad

    def forward(a: object) -> object:
        s, t = 1.0, a
        for _ in range(passes):
            t = (numpy.sin(s * a) + t) * 0.5
            s = (numpy.exp(-t) + s) / 2.5
        return s + t

    return lambda: float(differentiate(forward)(0.7)[1])


def loops(passes: int = 500, rounds: int = 15) -> None:
    """Print the table of scalar loops: value and gradient, median and range over rounds.

    Every round runs every tool once, in turn, so that a busy machine slows them alike; a ratio is taken within a round.
    """
    installed = {"torch": torch, "autograd": autograd}
    runs = {"dlang": ours(passes)}
    runs.update({name: make(passes) for name, make in installed.items() if find_spec(name) is not None})
    found = {name: run() for name, run in runs.items()}
    assert all(math.isclose(f, found["dlang"], rel_tol=1e-9) for f in found.values()), found
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            spent[name].append(cpu(run))
    print(f"{'a loop over scalars':<22}{'value and gradient':>20}{'ratio: median (range)':>28}")
    for name, times in spent.items():
        ratios = [theirs / mine for theirs, mine in zip(times, spent["dlang"], strict=True)]
        shown = f"{median(ratios):.0f} x ({min(ratios):.0f} to {max(ratios):.0f})"
        print(f"{name:<22}{per_primitive(median(times), passes):>20}{shown:>28}")
    for name in installed.keys() - runs.keys():
        print(f"{name:<22}{'not installed':>20}")
    long = 100_000
    program = dlang.loads(WALK.replace("PASSES", str(long)), engine="interpreter")
    print(f"{f'dlang, {long:,} passes':<22}{per_primitive(best(program.value_and_grad), long):>20}")
    print(f"{'  value alone':<22}{per_primitive(best(program.value), long):>20}")


def cpu(run: Callable[[], object]) -> float:
    """Seconds of processor time of one run, the rubbish of earlier ones collected before."""
    gc.collect()
    begin = time.process_time()
    run()
    return time.process_time() - begin


def per_primitive(seconds: float, passes: int) -> str:
    """The time of one primitive as text."""
    return f"{seconds / passes / PRIMITIVES * 1e9:.0f} ns"


def arrays() -> None:
    """Print the table of array fills."""
    print(f"\n{'filling an array':<22}{'value':>12}{'and gradient':>14}{'peak memory':>15}")
    measured = []
    for length in (SHORT, LONG):
        program = dlang.loads(FILL.replace("LENGTH", str(length)), engine="interpreter")
        value, gradient = best(program.value), best(program.value_and_grad)
        memory = peak(program.value_and_grad)
        measured.append((value, gradient, memory))
        row = f"{length:,} elements"
        print(f"{row:<22}{value * 1e3:>9.2f} ms{gradient * 1e3:>11.2f} ms{memory / 1e6:>12.2f} MB")
    growth = [f"{after / before:.1f} x" for before, after in zip(*measured, strict=True)]
    print(f"{f'growth ({LONG // SHORT} x longer)':<22}{growth[0]:>12}{growth[1]:>14}{growth[2]:>15}")


if __name__ == "__main__":
    loops()
    arrays()
