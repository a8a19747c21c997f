"""The terms of an objective: none is left out in silence."""

from __future__ import annotations

import pytest

import dlang
from dlang.diagnostics import InternalError
from dlang.elaborate.gathering import Gathering
from dlang.elaborate.operators import POISON


def test_a_term_that_elaboration_loses_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that is not there, with nothing reported, would make a fit of other terms than the text has."""
    text = "param x = 1.0\nminimize x^2\nminimize sum([x for i in 0..3])"
    assert dlang.loads(text).value() == 4.0
    monkeypatch.setattr(Gathering, "comprehension", lambda self, node: POISON)
    with pytest.raises(InternalError, match="1 of 2 terms"):
        dlang.loads(text)


def test_a_term_behind_a_loop_without_end_is_not_missed() -> None:
    program = dlang.loads("param x = 1.0\nminimize x^2\nwhile true { }\nminimize x")
    assert program.has_objective
