"""Constants of the text are numbers of the IR, unless something is to be told of them while running."""

from __future__ import annotations

from pathlib import Path

import pytest

import dlang
from dlang import driver
from dlang.driver.stages import ir_text
from dlang.source import Source


def ir(text: str) -> str:
    return ir_text(driver.load(Source("text.dl", text), folder=Path()))


@pytest.mark.parametrize(
    ("constant", "number"), [("3 / 40", "0.075"), ("0.5 + 1", "1.5"), ("2 - 0.5", "1.5"), ("-3.0 * 1.5", "-4.5")]
)
def test_arithmetic_on_constants_is_done_once(constant: str, number: str) -> None:
    assert ir(f"param x = 1.0\nminimize ({constant}) * x\n").splitlines()[1].strip() == f"%1: Real = mul {number} x"


@pytest.mark.parametrize("constant", ["1 / 0", "0.0 / 0.0", "1e308 * 10", "-1e308 - 1e308"])
def test_what_is_not_finite_is_born_where_it_stands(constant: str) -> None:
    program = dlang.loads(f"print({constant})")
    (warning,) = program.run().warnings
    assert warning.code == "E0601"
    assert warning.primary is not None
    assert warning.primary.span.text == constant


def test_a_negative_zero_stays_one() -> None:
    assert dlang.loads("print(0.0 * -1.0, 1 / (0.0 * -1.0))").run().printed == ["-0.0 -inf"]
