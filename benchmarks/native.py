"""Machine code against hand-written C adjoints: the ratio of times in one run, and what agrees.

    python -m benchmarks.native

The C is `adjoints.c`, built by gcc -O3 -march=native -ffast-math into a temporary folder; without gcc there is no
table. Ours is what `fit` calls: a compiled function with its arguments as Python has them. Each round runs both in
turn, so that a busy machine slows them alike. Both run on one thread.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import dlang
from dlang.driver.model import OBJECTIVE
from dlang.native.evaluate import Native, compile_native
from dlang.passes.adjoint import adjoint
from dlang.passes.pipeline import derivative, finished
from dlang.passes.policy import Policy
from dlang.records import field, record

SOURCE = Path(__file__).with_name("adjoints.c")
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fPIC")


@record
class Workload:
    """A program, and the call of C that is the same: with a gradient to write, or None for the value alone."""

    name: str
    text: str
    peer: Callable[[Any], float]
    size: int
    goal: float
    data: Mapping[str, Any] = field(default_factory=dict)


def _tape(numbers: int) -> Any:
    return np.zeros(numbers)


def _at(array: Any) -> Any:
    return None if array is None else array.ctypes.data_as(ctypes.c_void_p)


def _n(value: int) -> Any:
    return ctypes.c_long(value)


def _d(value: float) -> Any:
    return ctypes.c_double(value)


RECURRENCE = """
param a = 0.7
param b = 3.3
fn walk(a, b, n) {
  x = a
  s = 0.0
  for i in 0..n {
    x = if x > 0.5 { b * x * (1 - x) + 0.1 * sin(x) } else { x * a + 0.3 }
    s = s + x
  }
  s
}
minimize walk(a, b, 100000)
"""

LOTKA_VOLTERRA = """
param al = 1.1
param be = 0.4
param de = 0.1
param ga = 0.4
param x0 = 10.0
param y0 = 5.0
fn fx(x, y) = al * x - be * x * y
fn fy(x, y) = de * x * y - ga * y
fn run(n) {
  x = x0
  y = y0
  h = 0.001
  for i in 0..n {
    (k1x, k1y) = (fx(x, y), fy(x, y))
    (u, v) = (x + 0.5 * h * k1x, y + 0.5 * h * k1y)
    (k2x, k2y) = (fx(u, v), fy(u, v))
    (u, v) = (x + 0.5 * h * k2x, y + 0.5 * h * k2y)
    (k3x, k3y) = (fx(u, v), fy(u, v))
    (u, v) = (x + h * k3x, y + h * k3y)
    (k4x, k4y) = (fx(u, v), fy(u, v))
    x = x + h / 6 * (k1x + 2 * k2x + 2 * k3x + k4x)
    y = y + h / 6 * (k1y + 2 * k2y + 2 * k3y + k4y)
  }
  x * x + y
}
minimize run(STEPS)
"""

ROSENBROCK_LOOP = """
param x = linspace(-1.0, 1.0, 100000)
fn f(x, n) {
  s = 0.0
  for i in 0..n - 1 { s = s + 100 * (x[i + 1] - x[i]^2)^2 + (1 - x[i])^2 }
  s
}
minimize f(x, 100000)
"""

ROSENBROCK_SLICES = """
param x = linspace(-1.0, 1.0, 100000)
minimize sum(100 * (x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)
"""

ELEMENTWISE = """
param x = linspace(-2.0, 2.0, SIZE)
minimize sum(sin(x) * exp(-x^2) + log1p(x^2))
"""

LOGISTIC = """
param b = zeros(20)
data x = [[0.0]]
data y = [0.0]
z = x @ b
minimize sum(softplus(z) - y * z)
"""

MIXTURE = """
param alpha = linspace(0.0, 1.0, 25)
param mu = reshape(linspace(-1.0, 1.0, 250), (25, 10))
param ls = reshape(linspace(-0.3, 0.3, 250), (25, 10))
data x = [[0.0]]
z = (reshape(x, (1000, 1, 10)) - mu) * exp(ls)
q = -0.5 * sum(z * z, axis=2) + sum(ls, axis=1) + alpha
minimize logsumexp(alpha) * 1000 - sum(logsumexp(q, axis=1))
"""

MLP = """
data x = [[0.0]]
data y = [[0.0]]
param w1 = 0.05 * sin(reshape(linspace(0.0, 9999.0, 100352), (784, 128)))
param w2 = 0.1 * sin(reshape(linspace(0.0, 999.0, 8192), (128, 64)))
param w3 = 0.1 * sin(reshape(linspace(0.0, 99.0, 640), (64, 10)))
minimize -sum(log_softmax(tanh(tanh(x @ w1) @ w2) @ w3, axis=1) * y)
"""

NEWTON = """
param a = 2.0
fn root(t) {
  x = t
  while abs(x * x - t) > 1e-12 * t { x = 0.5 * (x + t / x) }
  x
}
fn total(n) {
  s = 0.0
  for i in 0..n { s = s + root(a * (1.0 + i / n)) }
  s
}
minimize total(1000)
"""

RECURSION = """
param a = 0.9
param x = 2.0
fn f(n: Int, x) = if n == 0 { x } else { sin(f(n - 1, a * x)) + x / n }
minimize f(200, x)
"""


def mlp(x: Any, y: Any, weights: Sequence[Any], g: Any) -> float:
    """The network with its adjoint written out in NumPy: what BLAS takes the time of."""
    w1, w2, w3 = weights
    h1 = np.tanh(x @ w1)
    h2 = np.tanh(h1 @ w2)
    out = h2 @ w3
    out -= out.max(axis=1, keepdims=True)
    powers = np.exp(out)
    sums = powers.sum(axis=1, keepdims=True)
    value = float(np.sum((np.log(sums) - out) * y))
    if g is None:
        return value
    ct = powers / sums * y.sum(axis=1, keepdims=True) - y
    back2 = (ct @ w3.T) * (1 - h2 * h2)
    back1 = (back2 @ w2.T) * (1 - h1 * h1)
    g[:] = np.concatenate([(x.T @ back1).ravel(), (h1.T @ back2).ravel(), (h2.T @ ct).ravel()])
    return value


def workloads(c: Any) -> list[Workload]:
    """What is measured, with the goals of gradients."""
    tape = _tape(4_000_000)
    line, slope = np.linspace(-1.0, 1.0, 100_000), np.linspace(-2.0, 2.0, 10_000_000)
    rng = np.random.default_rng(0)
    rows, weights = rng.normal(size=(100_000, 20)), np.zeros(20)
    hits = (rows @ rng.normal(size=20) > rng.normal(size=100_000)) * 1.0
    points = rng.normal(size=(1000, 10))
    mixed = [np.linspace(0.0, 1.0, 25), np.linspace(-1.0, 1.0, 250), np.linspace(-0.3, 0.3, 250)]
    pictures, digits = rng.random((128, 784)), np.eye(10)[rng.integers(0, 10, 128)]
    weights_of_layers = [
        0.05 * np.sin(np.linspace(0.0, 9999.0, 100352).reshape(784, 128)),
        0.1 * np.sin(np.linspace(0.0, 999.0, 8192).reshape(128, 64)),
        0.1 * np.sin(np.linspace(0.0, 99.0, 640).reshape(64, 10)),
    ]
    start = np.array([1.1, 0.4, 0.1, 0.4, 10.0, 5.0])

    def volterra(steps: int) -> Callable[[Any], float]:
        return lambda g: float(c.lotka_volterra(_at(start), _n(steps), _at(tape), _at(g)))

    def chain(size: int) -> Callable[[Any], float]:
        x = slope[:size] if size == slope.size else np.linspace(-2.0, 2.0, size)
        return lambda g: float(c.elementwise(_at(x), _n(size), _at(g)))

    rosenbrock: Callable[[Any], float] = lambda g: float(c.rosenbrock(_at(line), _n(100_000), _at(g)))  # noqa: E731
    return [
        Workload(
            "recurrence with a branch, 1e5",
            RECURRENCE,
            lambda g: float(c.recurrence(_d(0.7), _d(3.3), _n(100_000), _at(tape), _at(g))),
            2,
            1.2,
        ),
        Workload("Lotka-Volterra RK4, 1e5", LOTKA_VOLTERRA.replace("STEPS", "100000"), volterra(100_000), 6, 1.2),
        Workload("Rosenbrock as a loop, 1e5", ROSENBROCK_LOOP, rosenbrock, 100_000, 2.0),
        Workload("Rosenbrock on slices, 1e5", ROSENBROCK_SLICES, rosenbrock, 100_000, 2.0),
        Workload("elementwise chain, 1e6", ELEMENTWISE.replace("SIZE", "1000000"), chain(1_000_000), 1_000_000, 1.2),
        Workload(
            "logistic regression 100,000 x 20",
            LOGISTIC,
            lambda g: float(c.logistic(_at(rows), _at(hits), _at(weights), _n(100_000), _n(20), _at(g))),
            20,
            1.3,
            {"x": rows, "y": hits},
        ),
        Workload(
            "mixture of 25 normals, 1,000 x 10",
            MIXTURE,
            lambda g: float(c.mixture(_at(points), *map(_at, mixed), _n(1000), _n(25), _n(10), _at(g))),
            525,
            1.5,
            {"x": points},
        ),
        Workload(
            "MLP 784-128-64-10 (beside NumPy)",
            MLP,
            lambda g: mlp(pictures, digits, weights_of_layers, g),
            784 * 128 + 128 * 64 + 640,
            1.1,
            {"x": pictures, "y": digits},
        ),
        Workload(
            "Newton square roots in while, 1e3",
            NEWTON,
            lambda g: float(c.newton(_d(2.0), _n(1000), _at(tape), _at(g))),
            1,
            1.3,
        ),
        Workload(
            "recursion, depth 200",
            RECURSION,
            lambda g: float(c.recursion(_d(0.9), _d(2.0), _n(200), _at(tape), _at(g))),
            2,
            3.0,
        ),
    ]


def compiled(text: str, data: Mapping[str, Any] | None = None) -> tuple[Native, Native, list[Any], float]:
    """Value and gradient of a program's objective, their arguments, and seconds to make the gradient."""
    program = dlang.loads(text, data=data)
    model, free = program.model, program.objective().free
    module, positions = model.slice(OBJECTIVE), model._positions(free)
    arguments = [*model.shared, *model.start_values]
    lean = Policy(lean=True)
    limit = model.settings.tape_limit
    value = compile_native(finished(module, OBJECTIVE), OBJECTIVE, tape_limit=limit)
    began = time.perf_counter()
    made = derivative(lambda: adjoint(module, OBJECTIVE, positions, policy=lean), "g", policy=lean)
    gradient = compile_native(made, "g", tape_limit=limit)
    return value, gradient, arguments, time.perf_counter() - began


def timed(run: Callable[[], object], repeats: int) -> float:
    """Seconds of a run, the mean of some."""
    began = time.perf_counter()
    for _ in range(repeats):
        run()
    return (time.perf_counter() - began) / repeats


def ratio(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 15) -> tuple[float, float]:
    """Median of our time over theirs, taken in turn, and our seconds."""
    once = max(timed(theirs, 1), timed(ours, 1), 1e-6)
    repeats = max(1, int(0.01 / once))
    pairs = [(timed(ours, repeats), timed(theirs, repeats)) for _ in range(rounds)]
    return median(a / b for a, b in pairs), min(a for a, _ in pairs)


def native(chosen: Sequence[str] = ()) -> None:
    """Print the table."""
    if shutil.which("gcc") is None:
        print("machine code against C: gcc is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "adjoints.so")
        # Linked without -ffast-math, which would have the whole process flush subnormals to zero.
        subprocess.run(["gcc", *FLAGS, "-c", str(SOURCE), "-o", f"{library}.o"], check=True)
        subprocess.run(["gcc", "-shared", f"{library}.o", "-o", str(library), "-lm"], check=True)
        c = ctypes.CDLL(str(library))
        for name in (
            "recurrence",
            "lotka_volterra",
            "rosenbrock",
            "elementwise",
            "logistic",
            "mixture",
            "newton",
            "recursion",
        ):
            getattr(c, name).restype = ctypes.c_double
        head = f"{'machine code over hand-written C':<36}{'value':>8}{'gradient':>10}{'goal':>6}"
        print(f"{head}{'time':>12}{'made in':>10}{'error':>9}")
        for workload in workloads(c):
            if not chosen or any(word in workload.name for word in chosen):
                _row(workload)


def _row(workload: Workload) -> None:
    value, gradient, arguments, seconds = compiled(workload.text, workload.data)
    out = np.zeros(workload.size)
    wanted = workload.peer(out)
    found, *pieces = gradient(*arguments)
    flat = np.concatenate([np.ravel(np.asarray(p, dtype=np.float64)) for p in pieces])
    size = max(float(np.max(np.abs(out))), 1e-300)
    error = max(abs(found - wanted) / max(abs(wanted), 1e-300), float(np.max(np.abs(flat - out))) / size)
    primal, _ = ratio(lambda: value(*arguments), lambda: workload.peer(None))
    places = [None if np.ndim(r) == 0 else np.empty(np.shape(r)) for r in (found, *pieces)]
    times, spent = ratio(lambda: gradient.into(places, *arguments), lambda: workload.peer(out))
    head = f"{workload.name:<36}{primal:>7.2f}x{times:>9.2f}x{workload.goal:>6}"
    print(f"{head}{spent * 1e6:>9.0f} us{seconds * 1e3:>7.0f} ms{error:>9.0e}")


if __name__ == "__main__":
    import sys

    native(sys.argv[1:])
