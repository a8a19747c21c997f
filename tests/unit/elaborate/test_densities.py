"""What distributions compute over the IR: shapes of densities, means and draws, known or not before running."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlang.diagnostics import Reporter
from dlang.distributions.table import DISTRIBUTIONS
from dlang.elaborate.densities import cumulative, draw, expected, fits, log_density
from dlang.elaborate.models import Elaborator
from dlang.elaborate.operators import POISON, Operators
from dlang.elaborate.values import Num
from dlang.interpreter.evaluate import compile_module
from dlang.ir.nodes import Function, Var
from dlang.primitives.operands import type_of
from dlang.source import Source, Span
from dlang.types import Type

SPAN = Span(Source("m.dl", "normal(0, 1)"), 0, 12)


class Case:
    """Operands of an elaborator, with their sizes known (or not), and what is made of them."""

    def __init__(self, *given: Any, known: bool = True) -> None:
        self.report = Reporter()
        self.el = Elaborator(self.report, None, lambda stmt: {}, {}, {}, frozenset())
        self.given = [np.asarray(g, dtype=float) if np.shape(g) else float(g) for g in given]
        types = [type_of(g) for g in self.given]
        self.inputs = [Var(t if known else Type(t.dtype, (None,) * t.rank)) for t in types]
        self.numbers = [Num(self.el.frame.build.ref(v)) for v in self.inputs]

    def run(self, make: Callable[..., Any]) -> tuple[Type, Any]:
        """The type and the value of what `make` makes of (el, *numbers)."""
        out = make(self.el, *self.numbers)
        assert not self.report.errors, [d.title for d in self.report.errors]
        function = Function("f", self.el.frame.build.finish(self.inputs, [out.ref]), None)
        return out.type, compile_module({"f": function})("f", *self.given)


both = pytest.mark.parametrize("known", [True, False])
SIGMA = [[2.0, 0.5], [0.5, 1.0]]


@both
@pytest.mark.parametrize(
    ("name", "x", "parameters", "shape"),
    [
        ("normal", [0.1, 0.2, 0.3], (0.0, 1.0), (3,)),
        ("normal", 0.1, ([0.0, 1.0], [[1.0], [2.0]]), (2, 2)),
        ("multi_normal", [0.1, 0.2], ([0.0, 1.0], SIGMA), ()),
        ("multi_normal", [[0.1, 0.2]] * 3, ([0.0, 1.0], SIGMA), (3,)),
        ("multi_normal", [0.1, 0.2], ([[0.0, 1.0]] * 3, [SIGMA] * 3), (3,)),
        ("dirichlet", [[0.5, 0.5]] * 4, ([1.0, 2.0],), (4,)),
        ("categorical", [0.0, 1.0, 1.0], ([0.25, 0.75],), (3,)),
        ("categorical", [0.0, 1.0, 1.0], ([[0.25, 0.75]] * 3,), (3,)),
        ("categorical", 1.0, ([[0.25, 0.75]] * 3,), (3,)),
    ],
)
def test_log_densities_have_the_shape_without_event_axes(
    name: str, x: Any, parameters: tuple[Any, ...], shape: tuple[int, ...], known: bool
) -> None:
    entry = DISTRIBUTIONS[name]
    type_, found = Case(x, *parameters, known=known).run(lambda el, x, *p: log_density(el, entry, p, x, SPAN))
    assert np.shape(found) == shape
    assert type_.rank == len(shape)
    assert not known or type_.shape == shape
    np.testing.assert_allclose(found, entry.logpdf(*Case(x, *parameters).given), rtol=1e-13)


@both
@pytest.mark.parametrize(
    ("name", "parameters", "wanted"),
    [
        ("normal", (0.5, [1.0, 2.0, 3.0]), [0.5, 0.5, 0.5]),
        ("normal", ([0.5, 1.5], 1.0), [0.5, 1.5]),
        ("gamma", (2.0, [[1.0], [4.0]]), [[2.0], [0.5]]),
        ("multi_normal", ([0.5, 1.5], SIGMA), [0.5, 1.5]),
        ("dirichlet", ([1.0, 3.0],), [0.25, 0.75]),
        ("categorical", ([[0.25, 0.75], [0.5, 0.5]],), [0.75, 0.5]),
    ],
)
def test_means_have_the_shape_of_a_draw(name: str, parameters: tuple[Any, ...], wanted: Any, known: bool) -> None:
    entry = DISTRIBUTIONS[name]
    _, found = Case(*parameters, known=known).run(lambda el, *p: expected(el, entry, p, SPAN))
    np.testing.assert_allclose(found, wanted)
    assert np.shape(found) == np.shape(wanted)


@both
@pytest.mark.parametrize(
    ("name", "parameters", "given", "shape"),
    [
        ("normal", (0.0, 1.0), None, ()),
        ("normal", (0.0, 1.0), (), ()),
        ("normal", (0.0, 1.0), (4,), (4,)),
        ("normal", ([0.0, 1.0], [[1.0], [2.0], [3.0]]), None, (3, 2)),
        ("normal", ([0.0, 1.0], 1.0), (5, 2), (5, 2)),
        ("poisson", ([1.0, 2.0],), None, (2,)),
        ("multi_normal", ([0.0, 1.0], SIGMA), None, (2,)),
        ("multi_normal", ([0.0, 1.0], SIGMA), (5, 3), (5, 3, 2)),
        ("dirichlet", ([1.0, 2.0, 3.0],), (4,), (4, 3)),
        ("categorical", ([0.5, 0.5],), (6,), (6,)),
        ("categorical", ([[0.5, 0.5]] * 4,), None, (4,)),
    ],
)
def test_draws_have_the_shape_given_or_that_of_the_parameters(
    name: str, parameters: tuple[Any, ...], given: tuple[int, ...] | None, shape: tuple[int, ...], known: bool
) -> None:
    entry = DISTRIBUTIONS[name]

    def make(el: Operators, *p: Num) -> Any:
        return draw(el, entry, p, None if given is None else [el.literal(n) for n in given], SPAN)

    type_, found = Case(*parameters, known=known).run(make)
    assert np.shape(found) == shape
    assert type_.rank == len(shape)
    assert (type_of(found).dtype.value == "Int") == entry.discrete


def test_draws_of_one_key_differ_and_those_of_another_too() -> None:
    entry = DISTRIBUTIONS["normal"]
    case = Case(0.0, 1.0)
    first, second = (draw(case.el, entry, case.numbers, [case.el.literal(3)], SPAN) for _ in range(2))
    assert first.atom is not second.atom


@pytest.mark.parametrize(
    ("name", "given", "title"),
    [
        (
            "multi_normal",
            ([0.0] * 3, [0.0] * 2, SIGMA),
            "x of `logpdf` is an array [3], and mu of `multi_normal` is an array [2]",
        ),
        (
            "multi_normal",
            ([0.0] * 2, [0.0] * 2, [[1.0, 0.0]]),
            "Sigma of `multi_normal` is an array [1, 2], which is not square",
        ),
        ("multi_normal", ([0.0] * 2, 0.0, SIGMA), "mu of `multi_normal` must be a vector, not a Real"),
        ("multi_normal", (0.0, [0.0] * 2, SIGMA), "x of `logpdf` must be a vector, not a Real"),
        ("categorical", ([0.0] * 3, [[0.5, 0.5]] * 4), "x of `logpdf` is an array [3], and theta is an array [4, 2]"),
        ("normal", ([0.0] * 3, [0.0] * 2, 1.0), "x of `logpdf` is an array [3], and mu is an array [2]"),
    ],
)
def test_shapes_that_do_not_fit_are_told(name: str, given: tuple[Any, ...], title: str) -> None:
    entry, case = DISTRIBUTIONS[name], Case(*given)
    words = ("x", *entry.parameters)
    parts = [(word, number, SPAN) for word, number in zip(words, case.numbers, strict=True)]
    assert not fits(case.el, SPAN, entry, "`logpdf`", parts)
    assert title in [d.title for d in case.report.errors]


def test_what_a_distribution_lacks_is_refused_by_name() -> None:
    case = Case([0.0, 0.0], [0.0, 0.0], SIGMA)
    assert cumulative(case.el, DISTRIBUTIONS["multi_normal"], case.numbers[1:], case.numbers[0], SPAN) is POISON
    assert [d.title for d in case.report.errors] == ["`multi_normal` has no `cdf`: its observations are vectors"]
    case = Case(0.0, 1.0)
    assert expected(case.el, DISTRIBUTIONS["cauchy"], case.numbers, SPAN) is POISON
    assert [d.title for d in case.report.errors] == ["`cauchy` has no mean: its tails are too heavy"]


def test_draws_of_another_shape_than_the_parameters_are_refused() -> None:
    case = Case([0.0, 1.0, 2.0], 1.0)
    assert draw(case.el, DISTRIBUTIONS["normal"], case.numbers, [case.el.literal(2)], SPAN) is POISON
    assert [d.title for d in case.report.errors] == ["draws of shape [2] from parameters of shape [3]"]
