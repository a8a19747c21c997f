"""All benchmarks: `python -m benchmarks`, or `make bench`."""

from benchmarks.gradients import gradients
from benchmarks.layouts import layouts
from benchmarks.loops import arrays, loops
from benchmarks.native import native
from benchmarks.sessions import sessions
from benchmarks.startup import startup

startup()
print()
sessions()
print()
loops()
arrays()
print()
gradients()
print()
native()
print()
layouts()
