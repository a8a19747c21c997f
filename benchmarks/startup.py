"""What a command costs from start to end, as a ratio to importing NumPy in the same run.

    python benchmarks/startup.py

Whole processes, in turn, by processor time; the medians and their ratios are printed. Only ratios mean anything on a
shared machine. The first run of a command compiles modules and builds the parser's tables, and is not counted.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

EXAMPLES = Path(__file__).parent.parent / "examples"
ROUNDS = 11

NUMPY = ["-c", "import numpy"]
COMMANDS = {
    "difftool --help": (["-m", "dlang", "--help"], 1.2),
    "difftool grad decay.dl": (["-m", "dlang", "grad", str(EXAMPLES / "decay.dl")], 3.5),
    "difftool repl < /dev/null": (["-m", "dlang", "repl"], 3.5),
    "up to the prompt": (["-c", "import dlang.driver.session, dlang.repl.terminal, dlang.cli.repl"], 5.0),
    "difftool fit misra1a.dl": (["-m", "dlang", "fit", str(EXAMPLES / "nist" / "misra1a.dl")], 4.0),
}
"""The commands, and the greatest ratio that is acceptable."""


def cpu(argv: list[str]) -> float:
    """Seconds of processor time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    nowhere = subprocess.DEVNULL
    subprocess.run([sys.executable, *argv], check=True, stdin=nowhere, stdout=nowhere, stderr=nowhere)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def startup() -> None:
    """Print the table."""
    for argv, _ in COMMANDS.values():
        cpu(argv)
    numpy: list[float] = []
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        numpy.append(cpu(NUMPY))
        for name, (argv, _limit) in COMMANDS.items():
            times[name].append(cpu(argv))
    print(f"{'start to end':<26}{'cpu':>10}{'ratio':>8}{'limit':>8}")
    label = 'python -c "import numpy"'
    print(f"{label:<26}{median(numpy) * 1e3:>7.0f} ms{1:>8.2f}")
    for name, (_, limit) in COMMANDS.items():
        ratio = median(t / n for t, n in zip(times[name], numpy, strict=True))
        print(f"{name:<26}{median(times[name]) * 1e3:>7.0f} ms{ratio:>8.2f}{limit:>8.1f}")


if __name__ == "__main__":
    startup()
