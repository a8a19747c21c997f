"""All benchmarks: `python -m benchmarks`, or `make bench`."""

from benchmarks.loops import arrays, loops
from benchmarks.startup import startup

startup()
print()
loops()
arrays()
