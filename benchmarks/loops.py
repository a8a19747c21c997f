"""What a loop costs in the interpreter, beside PyTorch eager and HIPS autograd where they are installed.

    python benchmarks/loops.py

Prints the time of one executed primitive in a loop over scalars, value alone and with its gradient, as the ratio to
the other tools in the same run; and time and memory of filling an array element by element at two lengths, which
should grow by the factor of the lengths. Only ratios mean anything on a shared machine.
"""

from __future__ import annotations

import math
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

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
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def peak(run: Callable[[], object]) -> int:
    """Bytes allocated at the worst moment of a run."""
    run()
    tracemalloc.start()
    run()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def ours(passes: int) -> tuple[float, float, float]:
    """Seconds for the value, seconds for value and gradient, and the gradient."""
    program = dlang.loads(WALK.replace("PASSES", str(passes)))
    return best(program.value), best(program.value_and_grad), float(program.gradient()["a"])


def torch(passes: int) -> tuple[float, float, float]:
    """The same in PyTorch eager, in double precision on one thread."""
    library = import_module("torch")
    library.set_num_threads(1)

    def forward(a: object) -> object:
        s, t = library.ones((), dtype=library.float64), a
        for _ in range(passes):
            t = (library.sin(s * a) + t) * 0.5
            s = (library.exp(-t) + s) / 2.5
        return s + t

    def value() -> None:
        with library.no_grad():
            forward(library.tensor(0.7, dtype=library.float64))

    def gradient() -> float:
        a = library.tensor(0.7, dtype=library.float64, requires_grad=True)
        forward(a).backward()
        return float(a.grad)

    return best(value, 3), best(gradient, 3), gradient()


def autograd(passes: int) -> tuple[float, float, float]:
    """The same in HIPS autograd."""
    numpy = import_module("autograd.numpy")
    differentiate = import_module("autograd").value_and_grad

    def forward(a: object) -> object:
        s, t = 1.0, a
        for _ in range(passes):
            t = (numpy.sin(s * a) + t) * 0.5
            s = (numpy.exp(-t) + s) / 2.5
        return s + t

    return best(lambda: forward(0.7), 3), best(lambda: differentiate(forward)(0.7), 3), differentiate(forward)(0.7)[1]


def loops() -> None:
    """Print the table of scalar loops."""
    sys.setrecursionlimit(100_000)
    print(f"{'a loop over scalars':<22}{'value':>12}{'and gradient':>14}{'ratio to ours':>15}")
    passes = 2_000
    _, reference, wanted = ours(passes)
    for name, measure in (("torch", torch), ("autograd", autograd)):
        if find_spec(name) is None:
            print(f"{name:<22}{'not installed':>12}")
            continue
        value, gradient, found = measure(passes)
        assert math.isclose(found, wanted, rel_tol=1e-9), (name, found, wanted)
        ratio = f"{gradient / reference:.1f} x"
        print(f"{name:<22}{per_primitive(value, passes):>12}{per_primitive(gradient, passes):>14}{ratio:>15}")
    for passes in (2_000, 100_000):
        value, gradient, _ = ours(passes)
        row = f"dlang, {passes:,} passes"
        print(f"{row:<22}{per_primitive(value, passes):>12}{per_primitive(gradient, passes):>14}")


def per_primitive(seconds: float, passes: int) -> str:
    """The time of one primitive as text."""
    return f"{seconds / passes / PRIMITIVES * 1e9:.0f} ns"


def arrays() -> None:
    """Print the table of array fills."""
    print(f"\n{'filling an array':<22}{'value':>12}{'and gradient':>14}{'peak memory':>15}")
    measured = []
    for length in (SHORT, LONG):
        program = dlang.loads(FILL.replace("LENGTH", str(length)))
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
