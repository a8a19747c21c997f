"""What a fit shows and writes while it runs: one rewritten line for a person, JSON lines for a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TextIO, TypeAlias

from dlang.cli import jsonout
from dlang.cli.terminal import takes_escapes, width
from dlang.cli.views import number

__all__ = ["Observer", "observing"]

Observer: TypeAlias = Callable[[int, float], None]
"""Is told each iteration's number and the objective after it."""

_EVERY = 0.1  # seconds between two pictures; a person reads no faster, and a fast fit is not held up


@contextmanager
def observing(log: Path | None, *, quiet: bool) -> Iterator[Observer | None]:
    """An observer for a fit that serves the terminal and the log file; None where neither wants one.

    The line on standard error is there only while a terminal shows it that can rewrite lines, and is gone at the end.
    """
    show = not quiet and takes_escapes(sys.stderr)
    file = log.open("w", encoding="utf-8") if log is not None else None
    line = _Line(sys.stderr)
    began = monotonic()

    def observe(iteration: int, objective: float) -> None:
        seconds = monotonic() - began
        if show:
            line.show(f"step {iteration}  objective {number(objective)}  {seconds:.0f} s", seconds)
        if file is not None:
            record = {"iteration": iteration, "objective": objective, "seconds": seconds}
            file.write(jsonout.dumps(record) + "\n")

    try:
        yield observe if show or file is not None else None
    finally:
        line.clear()
        if file is not None:
            file.close()


class _Line:
    """A line of a terminal that is written again and again."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.shown_at = -_EVERY
        self.used = False

    def show(self, text: str, seconds: float) -> None:
        if seconds - self.shown_at < _EVERY:
            return
        self.shown_at, self.used = seconds, True
        room = (width(self.stream) or 80) - 1
        self.stream.write("\r\x1b[K" + text[:room])
        self.stream.flush()

    def clear(self) -> None:
        if self.used:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
