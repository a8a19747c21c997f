"""Every rule of the primitive table: forward against reverse, against differences, over the IR, to second order."""

from __future__ import annotations

import numpy as np
import pytest
from properties.checks import (
    Program,
    assert_has_type,
    cases,
    check_differences,
    check_transposes,
    difference,
    directions,
    like,
    moved,
    real_cases,
    ruled,
    sample,
    several,
    tangents_of,
    widened,
    write_jvp,
    write_vjp,
)

from dlang.primitives import rules
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE
from dlang.records import replace

each_case = pytest.mark.parametrize(("name", "case"), real_cases())
every_case = pytest.mark.parametrize(
    ("name", "case"), [(name, k) for name, prim in TABLE.items() for k in range(len(cases(prim)))]
)


@every_case
def test_values_have_the_type_that_the_type_rule_says(name: str, case: int) -> None:
    prim, rng = TABLE[name], np.random.default_rng(case)
    static, xs = sample(prim, case, rng)
    types = [type_of(x) for x in xs]
    for known in (types, [widened(t) for t in types]):
        wanted = prim.type_rule(known, static)
        for out, each in zip(several(prim(*xs, **static)), wanted, strict=True):
            assert_has_type(out, each, name)


@each_case
def test_jvp_and_vjp_are_transposes(name: str, case: int) -> None:
    for seed in range(3):
        check_transposes(TABLE[name], case, np.random.default_rng(seed))


@each_case
def test_jvp_agrees_with_differences(name: str, case: int) -> None:
    check_differences(TABLE[name], case, np.random.default_rng(case))


@each_case
def test_rules_over_the_ir_compute_what_they_compute_on_numbers(name: str, case: int) -> None:
    """With known sizes, and again with every dimension `?`."""
    prim, rng = TABLE[name], np.random.default_rng(case)
    static, xs = sample(prim, case, rng)
    with np.errstate(all="ignore"):
        out = prim(*xs, **static)
        ts, ct = tangents_of(prim, xs, rng), directions(out, rng)
        pushed = rules.jvp(prim, out, xs, ts, static)
        pulled = rules.vjp(prim, out, xs, ct, static, [t is not None for t in ts])
        types = [type_of(x) for x in xs]
        for known in (types, [widened(t) for t in types]):
            given = [*xs, *several(out), *several(ct)]
            again, _ = write_vjp(prim, static, known).run(given, [None] * len(given))
            for a, b, x in zip(again, pulled, xs, strict=True):
                np.testing.assert_allclose(zero(a, x), zero(b, x), rtol=1e-14, atol=1e-14)
            given = [*xs, *several(out), *(t for t in ts if t is not None)]
            again, _ = write_jvp(prim, static, known).run(given, [None] * len(given))
            for a, b, o in zip(again, several(pushed), several(out), strict=True):
                np.testing.assert_allclose(zero(a, o), zero(b, o), rtol=1e-14, atol=1e-14)


def zero(ct: object, x: object) -> object:
    """A cotangent or tangent of x, with its zeros written out."""
    return np.zeros(np.shape(x)) if ct is None else ct


@each_case
def test_rules_of_rules_agree_with_differences_of_rules(name: str, case: int) -> None:
    """d/dh of the cotangents along a direction, by the rules of what the reverse rule wrote."""
    prim, rng = TABLE[name], np.random.default_rng(case)
    static, xs = sample(prim, case, rng)
    with np.errstate(all="ignore"):
        out = prim(*xs, **static)
        ts, ct = tangents_of(prim, xs, rng), directions(out, rng)
        wanted = [t is not None for t in ts]
        program = write_vjp(prim, static, [type_of(x) for x in xs])
        pushed = several(rules.jvp(prim, out, xs, ts, static))
        given = [*xs, *several(out), *several(ct)]
        _, found = program.run(given, [*ts, *pushed, *(None for _ in several(ct))])
        for k, x in enumerate(xs):
            if wanted[k]:

                def pulled(h: float, k: int = k) -> object:
                    at = moved(xs, ts, h)
                    return zero(rules.vjp(prim, prim(*at, **static), at, ct, static, wanted)[k], xs[k])

                np.testing.assert_allclose(zero(found[k], x), difference(pulled, 1e-3), rtol=1e-5, atol=1e-6)


@each_case
def test_what_is_not_wanted_is_not_computed(name: str, case: int) -> None:
    prim, rng = TABLE[name], np.random.default_rng(case)
    static, xs = sample(prim, case, rng)
    out = prim(*xs, **static)
    program = Program([type_of(x) for x in (*xs, *several(out), *several(out))])
    given = iter(program.refs)
    primals = [next(given) for _ in xs]
    out, ct = (like([next(given) for _ in several(out)], out) for _ in range(2))
    assert rules.vjp(prim, out, primals, ct, static, [False] * len(xs)) == (None,) * len(xs)
    assert program.build.finish((), ()).body == ()
    for k, moves in enumerate(ruled(prim, [type_of(x) for x in xs])):
        if not moves:
            continue
        only = [k == other for other in range(len(xs))]
        pulled = rules.vjp(prim, out, primals, ct, static, only)
        assert all(ct is None for other, ct in enumerate(pulled) if other != k)


@pytest.mark.parametrize("name", ["mul", "tanh", "matmul", "cumprod", "get", "logsumexp", "solve", "eigh"])
def test_a_reverse_rule_off_by_one_part_in_a_thousand_is_caught(name: str) -> None:
    right = TABLE[name]

    def off(*args: object) -> tuple[object, ...]:
        return tuple(None if ct is None else ct * 1.001 for ct in rules.vjp(right, *args))

    def forward(*args: object) -> object:
        return rules.jvp(right, *args)

    check_transposes(replace(right, partials=None, jvp=forward, vjp=lambda *a: rules.vjp(right, *a)), 0, rng())
    with pytest.raises(AssertionError):
        check_transposes(replace(right, partials=None, jvp=forward, vjp=off), 0, rng())


@pytest.mark.parametrize("name", ["mul", "tanh", "matmul", "cumprod", "get", "logsumexp", "solve", "eigh"])
def test_a_forward_rule_off_by_one_part_in_a_thousand_is_caught(name: str) -> None:
    right = TABLE[name]

    def off(*args: object) -> object:
        pushed = rules.jvp(right, *args)
        return like([t * 1.001 for t in several(pushed)], pushed)

    wrong = replace(right, partials=None, jvp=off)
    check_differences(right, 0, rng())
    with pytest.raises(AssertionError):
        check_differences(wrong, 0, rng())


def test_a_partial_off_by_one_part_in_a_thousand_is_caught() -> None:
    exp = TABLE["exp"]
    with pytest.raises(AssertionError):
        check_differences(replace(exp, partials=(lambda out, x: out * 1.001,)), 0, rng())


def rng() -> np.random.Generator:
    return np.random.default_rng(5)
