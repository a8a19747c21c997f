"""Every optimizer that `--method` knows: one entry each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dlang.optimize.adam import Adam
from dlang.optimize.lbfgs import LBFGS
from dlang.optimize.levenberg_marquardt import LevenbergMarquardt
from dlang.optimize.loop import FirstOrder
from dlang.optimize.result import Optimizer
from dlang.optimize.sgd import SGD
from dlang.records import record

__all__ = ["OPTIMIZERS", "Entry"]

_LOOP = ("steps", "tol")


@record
class Entry:
    """An optimizer as the user names it.

    Args:
        name: what `--method` takes.
        title: what is printed.
        build: makes the optimizer from options; what is not given has its default.
        options: the names that `build` takes.
        needs_residuals: it minimises a sum of squares and nothing else.
    """

    name: str
    title: str
    build: Callable[..., Optimizer]
    options: tuple[str, ...]
    needs_residuals: bool = False


def _first_order(rule: Callable[..., SGD | Adam]) -> Callable[..., Optimizer]:
    def build(**options: float) -> Optimizer:
        loop = {name: options.pop(name) for name in _LOOP if name in options}
        return FirstOrder(rule(**options), **loop)  # type: ignore[arg-type]  # the table says which are ints

    return build


_ENTRIES = (
    Entry("lm", "Levenberg-Marquardt", LevenbergMarquardt, ("steps", "tol"), needs_residuals=True),
    Entry("lbfgs", "L-BFGS", LBFGS, ("steps", "tol")),
    Entry("sgd", "SGD", _first_order(SGD), ("rate", "momentum", "nesterov", *_LOOP)),
    Entry("adam", "Adam", _first_order(Adam), ("rate", *_LOOP)),
)

OPTIMIZERS: Mapping[str, Entry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
