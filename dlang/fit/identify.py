"""The directions in which parameters can move without changing the fit, named for people.

`a * exp(x + b)` gives: the data determine only the combination `a*exp(b)`, not `a` and `b` separately.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dlang.fit.result import Unidentified

if TYPE_CHECKING:
    from dlang.fit.spectrum import Spectrum
    from dlang.optimize.objective import Indices, Mask, Matrix, Vector

__all__ = ["SIGNIFICANT", "sparse", "unidentified"]

SIGNIFICANT = 1e-6
"""A weight below this, in scaled parameters of which the greatest is 1, is rounding."""

_LARGEST = 4  # parameters in a combination that is looked for: each may be meant linearly or by its logarithm

Gradient: TypeAlias = "Callable[[Vector], Vector]"


def unidentified(names: Sequence[str], x: Vector, spectrum: Spectrum, gradient: Gradient) -> tuple[Unidentified, ...]:
    """The directions of a spectrum that are not determined, as few parameters in each as possible.

    Args:
        names: n names.
        x: (n,), the estimates.
        spectrum: of the information at x.
        gradient: the objective's gradient (n,) at any point. A combination is named only if the gradient
            elsewhere has no part along the direction that it implies there.
    """
    silent = [int(j) for j in np.flatnonzero(spectrum.silent)]
    out = [Unidentified((names[j],), {names[j]: 1.0}, _silence(names[j], j, x, gradient)) for j in silent]
    heard = np.flatnonzero(~spectrum.silent)
    for rows in _components(sparse(spectrum.level_space[:, heard])):
        touched = (rows != 0).any(axis=0)
        where = heard[touched]
        moves = rows[:, touched] / spectrum.scale[where]
        involved = [names[int(j)] for j in where]
        said = _combination(involved, where, moves, x, gradient)
        for move in moves:
            weights = move / move[np.argmax(np.abs(move))]
            direction = {name: float(w) for name, w in zip(involved, weights, strict=True) if w != 0}
            out.append(Unidentified(tuple(direction), direction, said or _motion(direction)))
    return tuple(out)


def _silence(name: str, j: int, x: Vector, gradient: Gradient) -> str:
    """What to say of a parameter without influence at x: it may have had some, and have run away from it."""
    for share in 10.0 ** -np.arange(1, 19):
        nearer = x.copy()
        nearer[j] *= share
        slope = gradient(nearer)[j]
        if np.isfinite(slope) and abs(slope * nearer[j]) > 1e-6:
            return f"`{name}` has no influence on the fit any more at {x[j]:.4g}: its best value may be infinite"
    return f"`{name}` does not influence the fit"


def sparse(basis: Matrix) -> Matrix:
    """A basis (k, n) of the same space, reduced to echelon form with full pivoting; rounding becomes 0."""
    rows = basis[np.abs(basis).max(axis=1, initial=0.0) > SIGNIFICANT].copy()
    done = 0
    while done < len(rows):
        rest = np.abs(rows[done:])
        i, j = np.unravel_index(int(np.argmax(rest)), rest.shape)
        if rest[i, j] <= SIGNIFICANT:
            break
        rows[[done, done + i]] = rows[[done + i, done]]
        rows[done] /= rows[done, j]
        others = np.arange(len(rows)) != done
        rows[others] -= np.outer(rows[others, j], rows[done])
        done += 1
    rows = rows[:done]
    peaks = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    return np.where(np.abs(rows) > SIGNIFICANT * peaks, rows, 0.0)


def _components(rows: Matrix) -> list[Matrix]:
    """The rows in groups that share no parameter with one another, by the first parameter in each."""
    groups: list[list[int]] = []
    for i in range(len(rows)):
        linked = [g for g in groups if (np.any(rows[g] != 0, axis=0) & (rows[i] != 0)).any()]
        groups = [g for g in groups if g not in linked] + [sorted(sum(linked, [i]))]
    return [rows[g] for g in sorted(groups, key=lambda g: int(np.argmax(np.any(rows[g] != 0, axis=0))))]


def _motion(direction: dict[str, float]) -> str:
    """A direction in words, where no combination was recognised."""
    names = list(direction)
    if len(names) == 1:
        return f"`{names[0]}` does not influence the fit near the estimates"
    ratio = " : ".join(f"{w:.4g}" for w in direction.values())
    if len(names) > 6:
        return f"{_listed(names[:5])} and {len(names) - 5} more can change together without changing the fit"
    return f"{_listed(names)} can change together (as {ratio}) without changing the fit"


def _listed(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _combination(names: list[str], where: Indices, moves: Matrix, x: Vector, gradient: Gradient) -> str | None:
    """The one combination that k directions leave among k + 1 parameters, if it is a product or a sum.

    Each parameter is tried as itself and as its logarithm: in the right ones the directions are the
    same everywhere. `a*exp(b)` is log(a) + b.
    """
    if len(names) - len(moves) != 1 or not 2 <= len(names) <= _LARGEST:
        return None
    here = x[where]
    for logs in product((False, True), repeat=len(names)):
        log = np.array(logs)
        if (here[log] == 0).any():
            continue
        steady = moves / np.where(log, here, 1.0)
        if all(_is_level(where, steady, log, probe, gradient) for probe in _probes(x, where)):
            return _named(names, log, np.linalg.svd(steady)[2][-1])
    return None


def _probes(x: Vector, where: Indices) -> list[Vector]:
    """Two points not far from x at which the parameters in question differ, each by another share."""
    out = []
    for size in (0.05, -0.03):
        probe = x.copy()
        shares = size * (1.0 + np.arange(where.size)) / where.size
        probe[where] += shares * np.where(x[where] != 0, x[where], 1.0)
        out.append(probe)
    return out


def _is_level(where: Indices, steady: Matrix, log: Mask, probe: Vector, gradient: Gradient) -> bool:
    """The objective has no slope at the probe along the directions (k, c) that are steady in the coordinates."""
    slope = gradient(probe)[where]
    parts = slope * steady * np.where(log, probe[where], 1.0)
    sizes = np.abs(parts).sum(axis=1)
    return bool(np.isfinite(slope).all() and (sizes > 0).all() and (np.abs(parts.sum(axis=1)) <= 1e-8 * sizes).all())


def _named(names: list[str], log: Mask, weights: Vector) -> str:
    """What stays when the parameters move along the directions that `weights` (c,) is orthogonal to."""
    involved = np.abs(weights) > SIGNIFICANT * np.abs(weights).max()
    first = np.flatnonzero(involved & log if (involved & log).any() else involved)[0]
    weights = weights / weights[first]
    sums = [_scaled(names[j], weights[j]) for j in np.flatnonzero(involved & ~log)]
    linear = " + ".join(sums).replace("+ -", "- ")
    if not (involved & log).any():
        said = linear
    else:
        factors = [_power(names[j], weights[j]) for j in np.flatnonzero(involved & log) if weights[j] > 0]
        factors += [f"exp({linear})"] if sums else []
        said = "*".join(factors)
        said += "".join(f"/{_power(names[j], -weights[j])}" for j in np.flatnonzero(involved & log) if weights[j] < 0)
    return f"the data determine only the combination `{said}`, not {_listed(names)} separately"


def _scaled(name: str, weight: float) -> str:
    shown = f"{weight:.4g}"
    return {"1": name, "-1": f"-{name}"}.get(shown, f"{shown}*{name}")


def _power(name: str, weight: float) -> str:
    shown = f"{weight:.4g}"
    return name if shown == "1" else f"{name}^{shown}"
