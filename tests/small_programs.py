"""Asking small programs: what they print, what they are worth and how they slope, how they fail."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import dlang

__all__ = ["Slopes", "codes", "printed", "slopes"]


class Slopes(NamedTuple):
    """A value and its gradient, which reverse and forward mode agree on."""

    value: float
    gradient: NDArray[np.float64]


def printed(text: str) -> list[str]:
    """The lines that a program prints."""
    return dlang.loads(text).run().printed


def slopes(text: str, data: dict[str, Any] | None = None) -> Slopes:
    """The objective and its gradient at the start, by reverse mode; forward mode must say the same."""
    objective = dlang.loads(text, data=data).objective()
    value, reverse = objective.value_and_grad(objective.start)
    again, forward = objective.forward_gradient(objective.start)
    assert value == again
    np.testing.assert_allclose(forward, reverse, rtol=1e-13, atol=0)
    return Slopes(value, reverse)


def codes(text: str) -> list[str]:
    """The codes of the errors that loading and running a program ends in; none if all is well."""
    try:
        dlang.loads(text).run()
    except dlang.DlangError as error:
        return [d.code for d in error.diagnostics]
    return []
