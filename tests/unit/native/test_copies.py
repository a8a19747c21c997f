"""Loops that update arrays in place copy none: neither the loop nor its adjoint."""

from __future__ import annotations

import re

import pytest

import dlang
from dlang.driver.stages import llvm_text

pytest.importorskip("llvmlite")

LOOPS = {
    "filling an array": "xs = zeros(1000)\nx = k\nfor i in 0..1000 { x = sin(x); xs[i] = x }\nminimize sum(xs * xs)",
    "adding up in an array": "xs = zeros(9)\nfor i in 0..1000 { xs[i % 9] += k * i }\nminimize sum(xs * xs)",
    "a conditional update": "xs = zeros(50)\nfor i in 0..50 { if i % 3 > 0 { xs[i] = k * i } }\nminimize sum(xs * xs)",
    "rows of a matrix": "a = zeros(50, 4)\nfor i in 0..50 { a[i] = [k, k * i, 1.0, k] }\nminimize sum(a * a)",
    "reading an array": "w = linspace(0, 1, 1000) * k\ns = 0.0\nfor i in 0..999 { s += w[i] * w[i + 1] }\nminimize s",
}


FEW = 64
"""Bytes of a row, which may be copied where it is taken."""


def copies_in_loops(text: str) -> int:
    """How many instructions between the head of a loop and what follows it copy more than a few numbers."""
    inside, found = False, 0
    for line in text.splitlines():
        if re.match(r"loop\d+:", line):
            inside = True
        elif re.match(r"done\d+:", line):
            inside = False
        copied = re.search(r"llvm\.memcpy.* i64 (\d+)", line)
        found += inside and copied is not None and int(copied.group(1)) > FEW
    return found


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS.keys())
def test_no_array_is_copied(loop: str) -> None:
    text = llvm_text(dlang.loads(f"param k = 0.3\n{loop}"))
    assert re.search(r"^loop\d+:", text, re.MULTILINE)
    assert copies_in_loops(text) == 0


def test_what_has_to_be_kept_is_copied_once_a_pass() -> None:
    """Jacobi's method reads all of the last pass: its array is copied to its place at the end of each."""
    text = "x = linspace(0, 1, 20) * k\nfor i in 0..9 { y = x * 0.5; y[0] = x[3]; x = y }\nminimize sum(x)"
    assert copies_in_loops(llvm_text(dlang.loads(f"param k = 0.3\n{text}"))) >= 1
