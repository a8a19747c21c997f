"""What a line of a session costs, behind few definitions and behind many: it may not depend on how many there are.

python benchmarks/sessions.py
"""

from __future__ import annotations

from statistics import median
from time import perf_counter

from dlang.driver.session import Session
from dlang.source import Source

LINES = ("a1 + 2 * a2", "f1(2.5)", "f1'(2.5)", "[f1(i) for i in 0..100] |> sum")
LIMIT = 30.0
"""Milliseconds that a line of arithmetic may take."""
ROUNDS = 31


def sessions() -> None:
    """Print the table."""
    print(f"{'a line of a session':<32}{'behind 3':>12}{'behind 300':>12}{'ratio':>8}{'limit':>9}")
    few, many = _session(3), _session(300)
    for line in LINES:
        times = [[_milliseconds(session, line) for session in (few, many)] for _ in range(ROUNDS)]
        short, long = (median(column) for column in zip(*times, strict=True))
        print(f"{line:<32}{short:>9.2f} ms{long:>9.2f} ms{long / short:>8.2f}{LIMIT:>6.0f} ms")


def _session(count: int) -> Session:
    session = Session()
    for k in range(count):
        _run(session, f"a{k} = {k} / 3")
        _run(session, f"fn f{k}(x) = a{k} * x + sin(x)")
    return session


def _milliseconds(session: Session, line: str) -> float:
    begin = perf_counter()
    _run(session, line)
    return 1e3 * (perf_counter() - begin)


def _run(session: Session, line: str) -> None:
    session.run(Source("<bench>", line), print)


if __name__ == "__main__":
    sessions()
