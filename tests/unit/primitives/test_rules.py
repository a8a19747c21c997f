"""What the one place for partials writes: no more than needed, and right where sizes are unknown."""

from __future__ import annotations

import numpy as np
import pytest
from properties.checks import Program, write_jvp, write_vjp

from dlang.diagnostics.core import InternalError
from dlang.primitives import rules
from dlang.primitives.core import Primitive
from dlang.primitives.signatures import broadcasting
from dlang.primitives.table import TABLE
from dlang.types import REAL, Type


def written(name: str, types: list[Type], **static: object) -> list[str]:
    """Names of the primitives that the reverse rule applies."""
    program = write_vjp(TABLE[name], static, types)
    return [stmt.prim.name for stmt in program.build.finish((), ()).body]


@pytest.mark.parametrize(
    ("name", "count", "static", "statements"),
    [
        ("add", 2, {}, []),
        ("sub", 2, {}, ["neg"]),
        ("neg", 1, {}, ["neg"]),
        ("mul", 2, {}, ["strong_mul", "strong_mul"]),
        ("exp", 1, {}, ["strong_mul"]),
        ("power_n", 1, {"n": 0}, []),
        ("power_n", 1, {"n": 1}, []),
        ("power_n", 1, {"n": 2}, ["mul", "strong_mul"]),
        ("floor", 1, {}, []),
        ("stop_gradient", 1, {}, []),
    ],
)
def test_rules_of_scalars_write_few_statements(
    name: str, count: int, static: dict[str, object], statements: list[str]
) -> None:
    assert written(name, [REAL] * count, **static) == statements


def test_broadcasting_is_undone_only_where_it_happened() -> None:
    vector, matrix = REAL.with_shape((3,)), REAL.with_shape((2, 3))
    assert written("add", [vector, vector]) == []
    assert written("add", [matrix, vector]) == ["sum_to"]
    assert written("add", [matrix, REAL]) == ["sum_to"]
    unknown = REAL.with_shape((None,))
    assert written("exp", [unknown]) == ["strong_mul"]
    assert written("add", [unknown, REAL]) == ["sum_to"]
    assert written("add", [unknown, unknown]) == ["sum_to_like", "sum_to_like"]


@pytest.mark.parametrize("sizes", [(1, 3), (3, 1), (3, 3), (1, 1)])
def test_unknown_sizes_may_turn_out_to_broadcast(sizes: tuple[int, int]) -> None:
    """Two vectors of type `[?]`, of which one has size 1 when running."""
    mul, unknown = TABLE["mul"], REAL.with_shape((None,))
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(n) for n in sizes)
    ct = rng.standard_normal(max(sizes))
    given = [a, b, a * b, ct]
    (to_a, to_b), _ = write_vjp(mul, {}, [unknown, unknown]).run(given, [None] * 4)
    np.testing.assert_allclose(to_a, (ct * b).reshape(-1, sizes[0]).sum(0) if sizes[0] > 1 else [(ct * b).sum()])
    np.testing.assert_allclose(to_b, (ct * a).reshape(-1, sizes[1]).sum(0) if sizes[1] > 1 else [(ct * a).sum()])
    da, db = np.ones(sizes[0]), np.ones(sizes[1])
    (tangent,), _ = write_jvp(mul, {}, [unknown, unknown]).run([a, b, a * b, da, db], [None] * 5)
    np.testing.assert_allclose(tangent, a + b)


def test_a_tangent_has_the_shape_of_the_result() -> None:
    add, select = TABLE["add"], TABLE["select"]
    x = np.zeros((2, 3))
    np.testing.assert_array_equal(rules.jvp(add, x, [x, 1.0], [None, 2.0], {}), np.full((2, 3), 2.0))
    np.testing.assert_array_equal(rules.jvp(select, x, [True, 1.0, x], [None, 2.0, None], {}), np.full((2, 3), 2.0))


def test_known_factors_are_used() -> None:
    program = Program([REAL])
    (x,) = program.refs
    assert rules.times(x, 1.0) is x
    assert rules.times(1.0, x) is x
    assert rules.times(x, 0.0) is None
    assert rules.times(0.0, x) is None
    assert program.build.finish((), ()).body == ()
    assert rules.times(0.0, np.inf) is None
    rules.times(x, -1.0)
    rules.times(x, 2.0)
    rules.times(x, np.inf)
    names = [stmt.prim.name for stmt in program.build.finish((), ()).body]
    assert names == ["neg", "mul", "strong_mul"]


def test_a_missing_rule_is_an_error_that_names_the_primitive() -> None:
    bare = Primitive("bare", "no rule", broadcasting("bare", 1), lambda x: x)
    with pytest.raises(InternalError, match="`bare` has no reverse"):
        rules.vjp(bare, 1.0, [1.0], 1.0, {}, [True])
    with pytest.raises(InternalError, match="`bare` has no forward"):
        rules.jvp(bare, 1.0, [1.0], [1.0], {})


def test_type_of_numbers_and_arrays() -> None:
    assert rules.type_of(1.0) == REAL
    assert str(rules.type_of(True)) == "Bool"
    assert str(rules.type_of(3)) == "Int"
    assert str(rules.type_of(np.zeros((2, 0)))) == "[2, 0]"
    assert str(rules.type_of(np.array([True]))) == "[1] Bool"
