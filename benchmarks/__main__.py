"""All benchmarks: `python -m benchmarks`, or `make bench`."""

from benchmarks.layouts import layouts
from benchmarks.loops import arrays, loops
from benchmarks.startup import startup

startup()
print()
loops()
arrays()
print()
layouts()
