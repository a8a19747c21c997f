"""What a gradient costs in the interpreter, from 10³ to 10⁶ operations: it should grow as the work does.

    python -m benchmarks.gradients

For a loop over scalars, nanoseconds of value and gradient for each executed primitive. For programs over whole
arrays, value and gradient against the value alone, taken in turn within one run.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import dlang
from benchmarks.loops import PRIMITIVES, WALK, best, cpu

SIZES = (1_000, 10_000, 100_000, 1_000_000)

PROGRAMS = {
    "sum(sin(w) exp(-w²) + log1p(w²))": """
param w = linspace(0.1, 2.0, SIZE)
minimize sum(sin(w) * exp(-w^2) + log1p(w^2))
""",
    "chained Rosenbrock": """
param w = linspace(-1.0, 1.0, SIZE)
minimize sum(100 * (w[1:] - w[:-1]^2)^2 + (1 - w[:-1])^2)
""",
    "logistic regression": """
param b = zeros(20)
x = sin(reshape(linspace(0.0, 99.0, SIZE), (SIZE // 20, 20)))
y = where(x[:, 0] > 0, 1.0, 0.0)
z = x @ b
minimize sum(softplus(z) - y * z)
""",
    "cross-entropy of a softmax": """
param w = linspace(-1.0, 1.0, SIZE)
m = reshape(w, (SIZE // 10, 10))
minimize -sum(log_softmax(m * m, axis=1)[:, 0])
""",
}
"""SIZE is the number of elements that the program goes through."""


def ratio(value: Callable[[], object], both: Callable[[], object], rounds: int = 9) -> float:
    """Time of `both` over that of `value`, the median of pairs of runs; each run is long enough to be timed."""
    value(), both()
    once = max(cpu(value), 1e-6)
    repeats = max(1, int(0.01 / once))
    return median(cpu(lambda: again(both, repeats)) / cpu(lambda: again(value, repeats)) for _ in range(rounds))


def again(run: Callable[[], object], repeats: int) -> None:
    """Run some times."""
    for _ in range(repeats):
        run()


def gradients() -> None:
    """Print the tables."""
    print(f"{'value and gradient':<36}" + "".join(f"{size:>12,}" for size in SIZES))
    row = []
    for size in SIZES:
        program = dlang.loads(WALK.replace("PASSES", str(size // PRIMITIVES)), engine="interpreter")
        row.append(best(program.value_and_grad, 3) / size * 1e9)
    print(f"{'a loop over scalars, a primitive':<36}" + "".join(f"{spent:>9.0f} ns" for spent in row))
    for name, text in PROGRAMS.items():
        row = []
        for size in SIZES:
            program = dlang.loads(text.replace("SIZE", str(size)), engine="interpreter")
            row.append(ratio(program.value, program.value_and_grad))
        print(f"{name:<36}" + "".join(f"{times:>9.1f} x " for times in row))


if __name__ == "__main__":
    gradients()
