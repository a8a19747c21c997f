"""The groups of the reference, in its order."""

from __future__ import annotations

from dlang.reference import algebra, arrays, chances, derivatives, distributions, elementwise, functions, reductions
from dlang.reference.core import Group

__all__ = ["GROUPS"]

GROUPS: tuple[Group, ...] = (
    *elementwise.GROUPS,
    *reductions.GROUPS,
    *arrays.GROUPS,
    *functions.GROUPS,
    *algebra.GROUPS,
    *chances.GROUPS,
    *distributions.GROUPS,
    *derivatives.GROUPS,
)
