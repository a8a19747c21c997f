"""How the rules of the primitive table are checked: samples from an entry's domain, and what must hold there.

Rules are run twice: on numbers, and over the IR, whose statements are then evaluated here by `impl` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from dlang.ir.builder import Builder, Ref
from dlang.ir.nodes import Apply, Literal, Var
from dlang.primitives import rules
from dlang.primitives.core import Domain, Mismatch, Primitive, Static
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE
from dlang.types import DType, Type

Values = list[Any]


def cases(prim: Primitive) -> list[tuple[Static, tuple[Domain, ...]]]:
    """Every static to try with the domains of its operands."""
    return [*((static, prim.domain) for static in prim.statics), *prim.cases]


def real_cases() -> list[tuple[str, int]]:
    """(name, number of the case) of every case of a primitive that can have a derivative."""
    return [(name, k) for name, prim in TABLE.items() if not prim.discrete for k in range(len(cases(prim)))]


def draw(domain: Domain, rng: np.random.Generator) -> Any:
    """A random operand: an array, or a Python scalar where the shape is ()."""
    if domain.boolean:
        value = rng.random(domain.shape) < 0.5
    elif domain.integer:
        value = rng.integers(int(domain.low), int(domain.high) + 1, domain.shape)
    else:
        value = rng.uniform(domain.low, domain.high, domain.shape)
    if domain.diagonal:
        for k in range(min(domain.shape[-2:])):
            value[..., k, k] += (k + 1) * domain.diagonal
    return value if domain.shape else np.asarray(value).item()


def sample(prim: Primitive, case: int, rng: np.random.Generator) -> tuple[Static, Values]:
    """Random operands of a case. Two primitives take operands that depend on each other."""
    static, domains = cases(prim)[case]
    xs = [draw(d, rng) for d in domains]
    if prim.name == "permute_along":
        xs[1] = rng.permutation(len(xs[0]))
    if prim.name == "average_ties":
        xs[1] = np.sort(xs[1], axis=static["axis"])
    return static, xs


def direction(x: Any, rng: np.random.Generator) -> Any:
    """A random tangent of x; None if x is not Real."""
    if type_of(x).dtype is not DType.REAL:
        return None
    value = rng.standard_normal(np.shape(x))
    return value if np.shape(x) else float(value)


def several(found: Any) -> tuple[Any, ...]:
    """The results of a primitive (or their tangents, or cotangents), also where there is one."""
    return found if isinstance(found, tuple) else (found,)


def like(results: Sequence[Any], found: Any) -> Any:
    """Results as a primitive gives them that gave `found`: a tuple, or the one."""
    return tuple(results) if isinstance(found, tuple) else results[0]


def directions(out: Any, rng: np.random.Generator) -> Any:
    """A random cotangent of a result, or of each of several."""
    return like([direction(o, rng) for o in several(out)], out)


def tangents_of(prim: Primitive, xs: Sequence[Any], rng: np.random.Generator) -> Values:
    """Random tangents; None where an operand is not Real, or the primitive has no rule for it."""
    return [direction(x, rng) if moves else None for x, moves in zip(xs, ruled(prim, map(type_of, xs)), strict=True)]


def inner(a: Any, b: Any) -> float:
    """The sum of products, over several results as well; None is zero."""
    if isinstance(a, tuple):
        return sum(inner(x, y) for x, y in zip(a, several(b), strict=True))
    return 0.0 if a is None or b is None else float(np.sum(np.multiply(a, b)))


def moved(xs: Sequence[Any], ts: Sequence[Any], step: float) -> Values:
    """xs + step ts."""
    return [x if t is None else x + step * t for x, t in zip(xs, ts, strict=True)]


def check_transposes(prim: Primitive, case: int, rng: np.random.Generator) -> None:
    """<ct, J t> == <J^T ct, t>: exact but for rounding, so the tolerance is tight."""
    static, xs = sample(prim, case, rng)
    with np.errstate(all="ignore"):
        out = prim(*xs, **static)
        ts, ct = tangents_of(prim, xs, rng), directions(out, rng)
        pushed = rules.jvp(prim, out, xs, ts, static)
        pulled = rules.vjp(prim, out, xs, ct, static, [t is not None for t in ts])
    for t, o in zip(several(pushed), several(out), strict=True):
        assert t is None or np.shape(t) == np.shape(o)
    for x, t, back in zip(xs, ts, pulled, strict=True):
        assert back is None or (t is not None and np.shape(back) == np.shape(x))
        assert back is None or isinstance(back, np.ndarray) == isinstance(x, np.ndarray)
    forward, reverse = inner(ct, pushed), sum(inner(b, t) for b, t in zip(pulled, ts, strict=True))
    np.testing.assert_allclose(forward, reverse, rtol=1e-10, atol=1e-10)


def difference(f: Callable[[float], Any], step: float) -> Any:
    """f'(0) by central differences, extrapolated once (Richardson): the error is of order step^4."""

    def central(h: float) -> Any:
        return (np.asarray(f(h)) - np.asarray(f(-h))) / (2.0 * h)

    return (4.0 * central(step / 2.0) - central(step)) / 3.0


def check_differences(prim: Primitive, case: int, rng: np.random.Generator) -> None:
    """The tangent is what moving the operands does to the value."""
    static, xs = sample(prim, case, rng)
    ts = tangents_of(prim, xs, rng)
    with np.errstate(all="ignore"):
        pushed = several(rules.jvp(prim, prim(*xs, **static), xs, ts, static))
        for k, tangent in enumerate(pushed):
            found = difference(lambda h, k=k: several(prim(*moved(xs, ts, h), **static))[k], 1e-3)
            # the difference's own error: step^4 times a fifth derivative, and rounding / step
            np.testing.assert_allclose(0.0 if tangent is None else tangent, found, rtol=1e-6, atol=1e-7)


# Over the IR


class Program:
    """Statements that a rule wrote, with their inputs and results."""

    def __init__(self, types: Sequence[Type]) -> None:
        self.build = Builder()
        self.inputs = [Var(t) for t in types]
        self.results: list[Ref | None] = []

    @property
    def refs(self) -> list[Ref]:
        return [self.build.ref(v) for v in self.inputs]

    def yields(self, results: Sequence[Any]) -> None:
        """What the program computes; None is zero."""
        self.results = [None if r is None else self.build.ref(r) for r in results]

    def run(self, values: Sequence[Any], tangents: Sequence[Any]) -> tuple[Values, Values]:
        """Results, and their tangents by the rules of each statement; every statement's type is checked."""
        env = dict(zip(self.inputs, zip(values, tangents, strict=True), strict=True))

        def read(atom: Any) -> tuple[Any, Any]:
            return (atom.value, None) if isinstance(atom, Literal) else env[atom]

        block = self.build.finish((), ())
        for stmt in block.body:
            assert isinstance(stmt, Apply)
            pairs = [read(a) for a in stmt.args]
            xs, ts = [x for x, _ in pairs], [t for _, t in pairs]
            out = stmt.prim.impl(*xs, **stmt.static)
            pushed = several(rules.jvp(stmt.prim, out, xs, ts, stmt.static))
            for var, value, tangent in zip(stmt.outs, several(out), pushed, strict=True):
                assert_has_type(value, var.type, stmt.prim.name)
                env[var] = value, tangent
        found = [(None, None) if r is None else read(r.atom) for r in self.results]
        return [x for x, _ in found], [t for _, t in found]


def assert_has_type(value: Any, wanted: Type, what: str) -> None:
    """A number or array is of a Type, whose `?` fit any size."""
    found = type_of(value)
    fits = found.rank == wanted.rank and all(m in (None, n) for m, n in zip(wanted.shape, found.shape, strict=True))
    assert found.dtype is wanted.dtype, f"{what}: {found} is not {wanted}"
    assert fits, f"{what}: {found} is not {wanted}"


def widened(found: Type) -> Type:
    """The type with every dimension unknown."""
    return found.with_shape((None,) * found.rank)


def ruled(prim: Primitive, types: Iterable[Type]) -> list[bool]:
    """For each operand, whether it is Real and the primitive has a rule for it."""
    lacking = {index for index, _ in prim.no_rule}
    return [t.is_real and k not in lacking for k, t in enumerate(types)]


def write_vjp(prim: Primitive, static: Static, types: Sequence[Type]) -> Program:
    """The reverse rule over the IR: from operands, results and cotangents to the cotangents of the Real operands."""
    outs = prim.type_rule(types, static)
    assert not isinstance(outs, Mismatch), outs
    program = Program([*types, *outs, *outs])
    given = iter(program.refs)
    primals = [next(given) for _ in types]
    out, ct = (like([next(given) for _ in outs], outs if len(outs) > 1 else None) for _ in range(2))
    program.yields(rules.vjp(prim, out, primals, ct, static, ruled(prim, types)))
    return program


def write_jvp(prim: Primitive, static: Static, types: Sequence[Type]) -> Program:
    """The forward rule over the IR: from operands, results and tangents of the Real ones to the tangents."""
    outs = prim.type_rule(types, static)
    assert not isinstance(outs, Mismatch), outs
    moving = ruled(prim, types)
    real = [t for t, moves in zip(types, moving, strict=True) if moves]
    program = Program([*types, *outs, *real])
    given = iter(program.refs)
    primals = [next(given) for _ in types]
    out = like([next(given) for _ in outs], outs if len(outs) > 1 else None)
    tangents = [next(given) if moves else None for moves in moving]
    program.yields(several(rules.jvp(prim, out, primals, tangents, static)))
    return program
