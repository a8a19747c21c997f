"""All benchmarks: `python -m benchmarks`, or `make bench`."""

from benchmarks.layouts import layouts
from benchmarks.loops import arrays, loops
from benchmarks.sessions import sessions
from benchmarks.startup import startup

startup()
print()
sessions()
print()
loops()
arrays()
print()
layouts()
