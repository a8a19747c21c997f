"""The model as optimizers see it: one flat vector of the free parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np

from dlang.diagnostics import DlangError, usage
from dlang.driver.model import LIKELIHOOD, OBJECTIVE, REPORTS, RESIDUALS, Model, Vector
from dlang.records import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dlang.optimize.objective import Kind

__all__ = ["FlatObjective", "Piece", "element_names", "pieces_of"]


@record
class Piece:
    """A number or an array in a flat vector: its name, where it begins, and its shape."""

    name: str
    begin: int
    shape: tuple[int, ...]

    @property
    def place(self) -> slice:
        """Where it is in the vector."""
        return slice(self.begin, self.begin + int(np.prod(self.shape)))


def pieces_of(structure: Iterable[tuple[str, tuple[int, ...]]]) -> list[Piece]:
    """Names and shapes as the pieces of the vector that they are one after the other."""
    pieces, begin = [], 0
    for name, shape in structure:
        pieces.append(Piece(name, begin, shape))
        begin = pieces[-1].place.stop
    return pieces


def element_names(name: str, shape: Sequence[int]) -> list[str]:
    """`k` for a scalar, `W[0,1]` for the elements of an array, row by row."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, place))}]" for place in product(*map(range, shape))]


class FlatObjective:
    """An `optimize.Objective` over the parameters that are not fixed.

    Vectors are float64 of shape (n,): the free parameters in the order of the program, arrays row by row.

    Args:
        model: what to evaluate.
        values: of all parameters, where the free ones start and the fixed ones stay; without, their starts.
    """

    def __init__(self, model: Model, values: Sequence[Any] | None = None) -> None:
        self.model = model
        self._free = [k for k, p in enumerate(model.parameters) if not p.fixed]
        self._values = list(model.start_values if values is None else values)
        self._shapes = [tuple(np.shape(self._values[k])) for k in self._free]
        ends = np.cumsum([0, *(int(np.prod(s)) for s in self._shapes)])
        self._slices = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self._size = int(ends[-1])

    @property
    def free(self) -> list[int]:
        """Positions, in the model's parameters, of those that are not fixed."""
        return self._free

    @cached_property
    def structure(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Name and shape of each free parameter."""
        names = [self.model.parameters[k].name for k in self._free]
        return tuple(zip(names, self._shapes, strict=True))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """n names, in the order of the vector."""
        return tuple(each for name, shape in self.structure for each in element_names(name, shape))

    @cached_property
    def start(self) -> Vector:
        """(n,), where the program starts."""
        return self.flatten([self._values[k] for k in self._free])

    def _bounds(self, which: int) -> Vector:
        bounds = [np.full(s, self.model.start[k][which]) for k, s in zip(self._free, self._shapes, strict=True)]
        return self.flatten(bounds)

    @cached_property
    def lower(self) -> Vector:
        """(n,) lower bounds."""
        return self._bounds(1)

    @cached_property
    def upper(self) -> Vector:
        """(n,) upper bounds."""
        return self._bounds(2)

    @cached_property
    def kind(self) -> Kind:
        """What the objective is made of."""
        kinds = {t.kind for t in self.model.program.terms}
        if "least squares" not in kinds:
            return "likelihood"
        return "penalised" if len(kinds) > 1 else "least-squares"

    @property
    def has_density(self) -> bool:
        """Some term is a log-density."""
        return any(t.kind == "density" for t in self.model.program.terms)

    # ---- packing

    def flatten(self, pieces: Sequence[Any]) -> Vector:
        """Values of the free parameters as one vector."""
        if not pieces:
            return np.zeros(0)
        return np.concatenate([np.asarray(p, dtype=np.float64).ravel() for p in pieces])

    def pieces(self, x: Vector) -> list[Any]:
        """A vector as values of the free parameters: floats and arrays.

        Raises:
            DlangError: E0703, it has another number of elements than there are free ones.
        """
        x = np.asarray(x, dtype=np.float64)
        if x.shape != (self._size,):
            found, expected = f"an array {list(x.shape)}", f"a vector of {self._size}: {', '.join(self.names)}"
            raise DlangError(usage.bad_option_value("x", found, expected))
        return [
            float(x[at.start]) if not shape else x[at].reshape(shape)
            for at, shape in zip(self._slices, self._shapes, strict=True)
        ]

    def values(self, x: Vector) -> list[Any]:
        """A vector as values of all parameters, the fixed ones included."""
        values = list(self._values)
        for k, piece in zip(self._free, self.pieces(x), strict=True):
            values[k] = piece
        return values

    # ---- the objective

    def value(self, x: Vector) -> float:
        """The objective at x."""
        return float(self.model.evaluate(OBJECTIVE, self.values(x)))

    def value_and_grad(self, x: Vector) -> tuple[float, Vector]:
        """The objective and its gradient (n,)."""
        value, gradient = self.model.value_and_gradient(self.values(x), self._free)
        if len(gradient) == 1 and self._shapes[0]:  # the caller's own already: no need of a copy
            return float(value), np.require(gradient[0], np.float64, ["C", "W"]).reshape(-1)
        return float(value), self.flatten(gradient)

    def forward_gradient(self, x: Vector) -> tuple[float, Vector]:
        """The same by forward mode, one direction at a time."""
        value, gradient = float("nan"), np.zeros(self._size)
        for k in range(self._size):
            out, slope = self.model.pushforward(OBJECTIVE, 1, self.values(x), self._free, self._unit(k))
            value, gradient[k] = float(out[0]), slope[0]
        return (value if self._size else self.value(x)), gradient

    def _unit(self, k: int) -> list[Any]:
        direction = np.zeros(self._size)
        direction[k] = 1.0
        return self.pieces(direction)

    def _residual_count(self) -> int:
        return sum(t.kind == "least squares" for t in self.model.program.terms)

    def residuals(self, x: Vector) -> Vector | None:
        """(m,), y - model; None if the objective is not plain least squares."""
        if self.kind != "least-squares":
            return None
        return _joined(self.model.results(RESIDUALS, self.values(x), self._residual_count()))

    def jacobian(self, x: Vector) -> NDArray[np.float64] | None:
        """(m, n), the derivative of the residuals, by forward mode."""
        if self.kind != "least-squares":
            return None
        return self._columns(RESIDUALS, self._residual_count(), x)

    def _columns(self, name: str, count: int, x: Vector) -> NDArray[np.float64]:
        values = self.values(x)
        columns = []
        for k in range(self._size):
            out, tangents = self.model.pushforward(name, count, values, self._free, self._unit(k))
            columns.append(_joined([np.broadcast_to(t, np.shape(o)) for o, t in zip(out, tangents, strict=True)]))
        return np.stack(columns, axis=1) if columns else np.zeros((0, 0))

    def log_likelihood(self, x: Vector) -> float | None:
        """The log-density of the data alone, priors left out; None where `minimize` leaves open what is one."""
        terms = self.model.program.terms
        if any(t.kind != "density" for t in terms) or all(t.observed is None for t in terms):
            return None
        return -float(self.model.evaluate(LIKELIHOOD, self.values(x)))

    def reports(self, x: Vector) -> Vector:
        """The reports, one after the other, arrays row by row."""
        return _joined(self.report_values(x))

    def report_values(self, x: Vector) -> tuple[Any, ...]:
        """The reports as floats and arrays."""
        return self.model.results(REPORTS, self.values(x), len(self.model.program.reports))

    def reports_jacobian(self, x: Vector) -> NDArray[np.float64]:
        """(r, n), the derivative of `reports`."""
        return self._columns(REPORTS, len(self.model.program.reports), x)

    def hvp(self, x: Vector, v: Vector) -> Vector:
        """(n,), the Hessian times v."""
        return self.flatten(self.model.hessian_product(self.values(x), self._free, self.pieces(v)))

    def hessian(self, x: Vector) -> NDArray[np.float64]:
        """(n, n), column by column."""
        columns = [self.hvp(x, row) for row in np.eye(self._size)]
        return np.stack(columns, axis=1) if columns else np.zeros((0, 0))


def _joined(pieces: Sequence[Any]) -> Vector:
    if not pieces:
        return np.zeros(0)
    return np.concatenate([np.asarray(p, dtype=np.float64).ravel() for p in pieces])
