"""The gradient of a function at a point, as the command line asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlang.diagnostics import Diagnostic, DlangError, running
from dlang.driver.checking import compare
from dlang.driver.flat import pieces_of
from dlang.driver.functions import FunctionValue
from dlang.driver.literals import literal_value
from dlang.driver.results import CheckResult, GradResult
from dlang.driver.taped import Settings
from dlang.driver.traced import Traced
from dlang.driver.wording import said
from dlang.trees import Tree, leaves, map_leaves, parts, root

__all__ = ["function_gradient"]


def function_gradient(
    function: FunctionValue,
    at: Mapping[str, Any],
    wrt: Sequence[str] | None,
    mode: str,
    hessian: bool,
    check: bool,
    settings: Settings,
) -> GradResult:
    """See `Program.function_gradient`."""
    wording = function.wording
    point = {k: literal_value(v, said(wording.at, k)) if isinstance(v, str) else v for k, v in at.items()}
    traced, values = function.trace((), point)
    known = {n: tree for name, whole in traced.arguments.items() for n, tree in parts(name, whole) if _is_real(tree)}
    for each in wrt or ():
        if each not in known:
            kind = "real argument" if root(each) in function.parameters else "argument"
            raise DlangError(function.no_argument(said(wording.wrt, each), each, kind, known))
    wanted = {n: known[n] for n in (wrt if wrt is not None else known) if wrt is not None or n in traced.arguments}
    inside = {part for tree in wanted.values() for part in leaves(tree)}
    chosen = [k for k, n in enumerate(traced.names) if n in inside]
    view = _View(function, traced, values, chosen)
    if mode == "forward":
        value, gradient = view.forward()
    else:
        value, pieces = function.reverse(traced, values, chosen)
        gradient = view.flatten(pieces)
    warnings = _refuse_nan(function, traced, values, chosen, view, value, gradient, forward=mode == "forward")
    slopes = {traced.names[k]: piece for k, piece in zip(chosen, view.pieces(gradient), strict=True)}
    named = {name: map_leaves(slopes.get, tree) for name, tree in wanted.items()}
    matrix = (function.names_of(traced, chosen), view.hessian()) if hessian else None
    if matrix is not None:
        warnings += _hessian_warnings(function, traced, values, chosen, view, matrix[1])
    checked = view.check(gradient) if check else None
    return GradResult(
        value, named, "forward" if mode == "forward" else "reverse", settings.used, warnings, matrix, checked
    )


def _is_real(tree: Tree) -> bool:
    """Whether something in an argument is Real."""
    return any(leaf is not None for leaf in leaves(tree))


def _refuse_nan(
    function: FunctionValue,
    traced: Traced,
    values: list[Any],
    chosen: list[int],
    view: _View,
    value: float,
    gradient: Any,
    *,
    forward: bool,
) -> list[Diagnostic]:
    """Raise for a NaN, told where it was born; a value or an entry that is infinite is a warning."""
    found = np.array([value, *gradient])
    if np.all(np.isfinite(found)):
        return []
    fatal = bool(np.any(np.isnan(found)))
    name, first = f"`{function.name}`", value
    in_gradient = bool(np.isfinite(value) or (fatal and not np.isnan(value)))
    if in_gradient:
        name = f"the gradient of {name}"
        bad = np.isnan(gradient) if fatal else ~np.isfinite(gradient)
        first = float(gradient[bad][0])
    if in_gradient and forward:
        along = view.pieces(np.eye(1, gradient.size, int(np.argmax(bad)))[0])
        birth = function.birth(traced, values, chosen, along, forward=True)
    else:
        birth = function.birth(traced, values, chosen if in_gradient else None)
    diagnostic = running.not_finite(birth, name, value=first, severity="error" if fatal else "warning")
    if in_gradient and np.isfinite(value):
        from dlang.diagnostics import births  # loaded where something is not finite

        diagnostic = births.finite_but_for_slope(diagnostic, f"`{function.name}`", value)
    if fatal:
        raise DlangError(diagnostic)
    return [diagnostic]


def _hessian_warnings(
    function: FunctionValue, traced: Traced, values: list[Any], chosen: list[int], view: _View, matrix: Any
) -> list[Diagnostic]:
    """Where what is not finite in a Hessian was born."""
    if np.all(np.isfinite(matrix)):
        return []
    column = int(np.argmin(np.isfinite(matrix).all(axis=0)))
    birth = function.birth(traced, values, chosen, view.pieces(np.eye(view.x.size)[column]))
    first = float(matrix[~np.isfinite(matrix)][0])
    return [running.not_finite(birth, f"the Hessian of `{function.name}`", first, severity="warning")]


class _View:
    """A function of the chosen arguments as one flat vector."""

    def __init__(self, function: FunctionValue, traced: Traced, values: list[Any], chosen: Sequence[int]) -> None:
        self._function, self._traced, self._values, self._chosen = function, traced, values, list(chosen)
        self._shapes = [np.shape(values[k]) for k in chosen]
        self.x = self.flatten([values[k] for k in chosen])

    def flatten(self, pieces: Sequence[Any]) -> Any:
        return np.concatenate([np.ravel(np.asarray(p, dtype=np.float64)) for p in pieces]) if pieces else np.zeros(0)

    def pieces(self, x: Any) -> list[Any]:
        out, begin = [], 0
        for shape in self._shapes:
            end = begin + int(np.prod(shape))
            out.append(x[begin:end].reshape(shape) if shape else float(x[begin]))
            begin = end
        return out

    def _at(self, x: Any) -> list[Any]:
        values = list(self._values)
        for k, piece in zip(self._chosen, self.pieces(x), strict=True):
            values[k] = piece
        return values

    def forward(self) -> tuple[float, Any]:
        value, slopes = float("nan"), []
        for unit in np.eye(self.x.size):
            value, slope = self._function.forward(self._traced, self._values, self._chosen, self.pieces(unit))
            slopes.append(slope)
        return value, np.array(slopes)

    def hessian(self) -> Any:
        columns = [
            self.flatten(self._function.hessian_product(self._traced, self._values, self._chosen, self.pieces(unit)))
            for unit in np.eye(self.x.size)
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((0, 0))

    def check(self, gradient: Any) -> CheckResult:
        names = [self._traced.names[k] for k in self._chosen]
        pieces = pieces_of((name, tuple(map(int, shape))) for name, shape in zip(names, self._shapes, strict=True))
        anywhere = [(-np.inf, np.inf)] * self.x.size

        def along(x: Any) -> float:
            return float(self._function.value_at(self._traced, self._at(x)))

        return compare(along, self.x, gradient, pieces, anywhere)
