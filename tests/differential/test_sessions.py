"""A program that is typed statement by statement is the program: what it prints, its objective and its gradient."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from agreement import load
from drawing import drawn
from hypothesis import given
from programs import DATA, Program, programs

from dlang import driver
from dlang.driver.session import Session
from dlang.repl.saving import program_text
from dlang.source import Source


def loaded(program: Program) -> tuple[Session, list[str]]:
    """A session that has run the program, and what that printed."""
    text = program.dl
    for name, value in DATA.items():
        text = re.sub(rf"^data {name} = .*$", f"data {name} = {value.tolist()}", text, flags=re.MULTILINE)
    session = Session(Path())
    printed: list[str] = []
    session.run(Source("<repl>", text), printed.append, file=Path("p.dl"))
    return session, printed


@drawn(40, shrink=False)
@given(programs())
def test_a_random_program_is_the_same_in_a_session(program: Program) -> None:
    session, printed = loaded(program)
    there, here = load(program), session.program()
    assert printed == there.run().printed
    value, gradient = there.value_and_grad()
    again, slopes = here.value_and_grad()
    np.testing.assert_allclose(again, value, rtol=1e-13)
    for name, slope in slopes.items():
        np.testing.assert_allclose(slope, gradient[name], rtol=1e-11, atol=1e-13)
    for name in gradient.keys() - slopes.keys():  # what no term depends on is no part of a session's model
        assert not np.any(gradient[name])


@drawn(25, shrink=False)
@given(programs())
def test_a_random_program_is_the_same_when_a_session_has_saved_it(program: Program) -> None:
    session, _ = loaded(program)
    saved = driver.load(Source("saved.dl", program_text(session, Path())), folder=Path())
    value, gradient = saved.value_and_grad()
    again, slopes = session.program().value_and_grad()
    np.testing.assert_allclose(value, again, rtol=1e-13)
    for name, slope in slopes.items():
        np.testing.assert_allclose(gradient[name], slope, rtol=1e-11, atol=1e-13)
