"""A tie of several arguments of `max` and `min` is shared equally by all of them, in both modes."""

from __future__ import annotations

import numpy as np
import pytest

import dlang


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", ["max", "min"])
def test_a_tie_of_three_is_shared_by_three(name: str, mode: str) -> None:
    program = dlang.loads(f"param a = 1.0\nparam b = 1.0\nparam c = 1.0\nminimize {name}(a, b, c)")
    found = program.differentiate(mode=mode)
    assert found.value == 1.0
    assert list(found.gradient.values()) == [pytest.approx(1 / 3, rel=1e-15)] * 3


def test_several_arguments_broadcast_and_keep_their_type() -> None:
    program = dlang.loads(
        "param a = 2.0\nminimize sum(max([1.0, 2.0, 5.0], a, 0))\nprint(max(1, 3, 2), min([4, 1], 3, 2))"
    )
    run = program.run()
    assert run.printed == ["3 [2, 1]"]
    assert run.objective == 9.0
    np.testing.assert_allclose(program.gradient()["a"], 1.5)


def test_nan_passes_through() -> None:
    assert dlang.loads("print(max(1.0, nan, 2.0))").run().printed == ["nan"]
