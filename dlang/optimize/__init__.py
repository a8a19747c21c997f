"""Optimizers over flat vectors, behind the `Objective` protocol."""

from dlang.optimize.objective import Guarded, Kind, Objective
from dlang.optimize.result import Observe, Optimizer, OptimizeResult, StopReason
from dlang.optimize.table import OPTIMIZERS, Entry

__all__ = [
    "OPTIMIZERS",
    "Entry",
    "Guarded",
    "Kind",
    "Objective",
    "Observe",
    "OptimizeResult",
    "Optimizer",
    "StopReason",
]
