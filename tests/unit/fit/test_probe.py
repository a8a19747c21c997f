"""End points about which the derivatives tell nothing: minima without curvature, kinks, and points that are none."""

from __future__ import annotations

import numpy as np
import pytest
from optim.duals import exp, log, sqrt
from optim.objectives import Problem

from dlang.fit import FitResult, Verdict, fit
from dlang.fit.kink import kinked_minimum
from dlang.fit.probe import Surroundings
from dlang.fit.spectrum import of_jacobian
from dlang.optimize import StopReason

X = np.arange(1.0, 5.0)


def size(a):
    """|a| with the derivative sign(a), 0 at 0."""
    return a * np.sign(np.real(a.value))


def ending(start, f, **options) -> FitResult:
    return fit(Problem(start, f=f, names=tuple("abcd")[: len(start)], **options))


def bare(result: FitResult) -> list[str]:
    """What W0817 says."""
    return [each.title for each in result.warnings if each.code == "W0817"]


@pytest.mark.parametrize(
    ("f", "start", "reason"),
    [
        (lambda a: a**3, [0.5], StopReason.UNBOUNDED),
        (lambda a: a**3, [0.0], StopReason.UNBOUNDED),
        (lambda a: 1 + (a - 1) ** 5, [2.0], StopReason.UNBOUNDED),
        (lambda a, b: (a - 1) ** 2 - b**4, [2.0, 0.0], StopReason.UNBOUNDED),
        (lambda a: a**3 + a**4, [0.5], StopReason.NOT_A_MINIMUM),
    ],
)
def test_a_flat_point_with_a_way_down_is_no_minimum(f, start, reason) -> None:
    result = ending(start, f)
    assert (result.verdict, result.reason) == (Verdict.NOT_CONVERGED, reason)
    assert all(each.std_error is None for each in result.parameters.values())
    assert result.next is not None


@pytest.mark.parametrize("offset", [0.0, 1000.0])
@pytest.mark.parametrize("power", [4, 6])
@pytest.mark.parametrize("start", [1.0, 2.0, 2.001, 2.0 + 1e-12])
def test_a_minimum_without_curvature_is_converged_without_an_error(offset, power, start) -> None:
    result = ending([start], lambda a: offset + (a - 2) ** power)
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["a"].value == pytest.approx(2.0, rel=1e-2)
    assert result.parameters["a"].std_error is None
    assert result.covariance is None
    assert bare(result) == ["no standard error for `a`: the objective's second derivative is zero at the estimate"]
    assert [each.code for each in result.warnings] == ["W0817"]


def test_units_do_not_matter() -> None:
    for scale in (1e-6, 1e6):
        assert bare(ending([2 * scale], lambda a, scale=scale: (a / scale - 1) ** 4))


def test_parameters_beside_one_without_curvature_keep_their_errors() -> None:
    result = ending([1.0, 4.0], lambda a, b: (a - 2) ** 4 + (b - 1) ** 2)
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["a"].std_error is None
    assert result.parameters["b"].std_error == pytest.approx(0.5**0.5, rel=1e-9)


def test_a_minimum_in_a_curved_valley() -> None:
    result = ending([1.0, 4.0], lambda a, b: (b - a * a) ** 2 + (a - 1) ** 4)
    assert result.verdict is Verdict.CONVERGED
    assert "second derivative is zero" in bare(result)[0]


def test_the_bottom_of_a_curved_valley_is_not_identified() -> None:
    """Every straight step from it rises, as the fourth power."""
    result = ending([1.0, 4.0], lambda a, b: (b - a * a) ** 2)
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert bare(result) == []


def test_a_combination_without_curvature_leaves_the_other_direction_level() -> None:
    result = ending([1.0, 4.0], lambda a, b: (a - b - 1) ** 4)
    assert result.verdict is Verdict.NOT_IDENTIFIED
    assert result.status == "the data determine only the combination `a - b`, not `a` and `b` separately"
    (direction,) = result.unidentified
    assert direction.direction == pytest.approx({"a": 1.0, "b": 1.0}, rel=1e-6)


def test_some_are_not_identified_beside_one_without_curvature() -> None:
    result = ending([1.0, 1.0, 2.0], lambda a, b, c: (a * b - 2) ** 2 + (c - 1) ** 4)
    assert "only the combination `a*b`," in result.status
    assert bare(result) == ["no standard error for `c`: the objective's second derivative is zero at the estimate"]


@pytest.mark.parametrize("power", [3, 4])
def test_a_bound_is_a_wall(power: int) -> None:
    result = ending([1.0], lambda a: a**power, lower=[0.0], upper=[5.0])
    assert result.converged
    assert result.parameters["a"].std_error is None


def test_the_kink_of_an_absolute_value_is_a_minimum_without_an_error() -> None:
    for start, target in ((1.0, 3.0), (0.1, 0.3), (5.0, -1 / 3)):
        result = ending([start], lambda a, target=target: size(a - target) + 2)
        assert result.verdict is Verdict.CONVERGED
        assert result.parameters["a"].value == pytest.approx(target, rel=1e-12)
        assert result.parameters["a"].std_error is None
        assert bare(result) == ["no standard error for `a`: the objective has a kink at the estimate"]
        assert "gradient" not in result.status


def test_a_kink_at_which_the_gradient_is_not_even_defined() -> None:
    result = ending([5.0], lambda a: sqrt(a * a))
    assert result.verdict is Verdict.CONVERGED
    assert "kink" in bare(result)[0]


def test_the_median() -> None:
    y = [1.0, 2.0, 3.5, 7.0, 9.0]
    result = ending([0.3], lambda m: sum((size(m - each) for each in y), 0 * m))
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["a"].value == pytest.approx(3.5, rel=1e-12)


def test_between_two_medians_nothing_is_determined() -> None:
    result = ending([0.3], lambda m: sum((size(m - each) for each in [1.0, 2.0, 3.5, 7.0]), 0 * m))
    assert result.verdict is Verdict.NOT_IDENTIFIED


def test_kinks_in_two_parameters() -> None:
    result = ending([0.1, 2.0], lambda a, b: size(a - 0.3) + 2 * size(b + 1))
    assert result.verdict is Verdict.CONVERGED
    assert bare(result) == ["no standard error for `a` and `b`: the objective has a kink at the estimate"]


def test_a_kinked_valley_with_a_way_along_it_is_no_minimum() -> None:
    """Steps along a and along b rise; those along a = b fall."""
    result = ending([-3.0, 2.0], lambda a, b: 10 * size(a - b) + size(a + b - 1))
    assert result.parameters["a"].value != pytest.approx(0.5)
    assert result.verdict is Verdict.NOT_CONVERGED


@pytest.mark.parametrize("start", [0.5, 1.0, 1.7, 2.9])
def test_data_above_the_greatest_value_of_a_model(start: float) -> None:
    """The Jacobian is 0 at the minimum, and the residuals are not."""
    y = np.array([5.0, 6.0, 7.0])
    problem = Problem([start], lambda a: log(a) + sqrt(3 - a) + 0 * y, y, names=("a",), lower=[1e-3], upper=[2.999])
    result = fit(problem)
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["a"].value == pytest.approx(2.0, rel=1e-9)
    assert result.parameters["a"].std_error is None
    assert result.statistics.dof == 2
    assert bare(result) == ["no standard error for `a`: the model's derivative is zero at the estimate"]


def test_data_above_the_greatest_value_beside_a_parameter_with_an_error() -> None:
    y = np.array([-1.0, -2.0, -3.1, -3.9])
    result = fit(Problem([1.0, 1.0], lambda a, c: a * a * X + c, y, names=("a", "c")))
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["a"].value == pytest.approx(0.0, abs=1e-8)
    assert bare(result) == ["no standard error for `a`: the model's derivative is zero at the estimate"]
    spread = np.sqrt(np.sum((y - y.mean()) ** 2) / 2)
    assert result.parameters["c"].std_error == pytest.approx(spread / 2, rel=1e-9)


def test_the_model_is_flat_where_its_derivative_is_little_beside_the_residuals_own_curvature() -> None:
    """Where an optimizer ends, the derivative is not zero to the last digit: here 1e-7 of its size."""
    jacobian, curvature = np.array([[1e-7, 1.0], [1e-7, -1.0], [1e-7, 2.0]]), np.array([3.0, 0.1])
    beside = of_jacobian(jacobian, np.zeros(2), curvature)
    assert (of_jacobian(jacobian, np.zeros(2)).rank, beside.rank) == (2, 1)
    np.testing.assert_allclose(np.abs(beside.null_space), [[1.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(("slope", "is_kink"), [(0.0, False), (1e-9, False), (1.0, True)])
def test_a_small_gradient_that_turns_is_no_kink(slope: float, is_kink: bool) -> None:
    """The gradient of a parabola beside its minimum has other signs to both sides, as that of a kink has."""

    def evaluate(x):
        return float(x[0] ** 2 + slope * abs(x[0])), 2 * x + slope * np.sign(x)

    x, everywhere = np.array([1e-9]), (np.array([-np.inf]), np.array([np.inf]))
    value, gradient = evaluate(x)
    around = Surroundings(evaluate, x, value, everywhere, np.ones(1), 1e-15, 0.0)
    assert (kinked_minimum(around, gradient) is not None) == is_kink


@pytest.mark.parametrize("tilt", [0.0, 0.2])
def test_the_gradients_about_a_kink_must_have_an_average_of_zero(tilt: float) -> None:
    """10 |a - b| + tilt (a + b): with a tilt, the way down is along a = b, where no parameter moves alone."""

    def evaluate(x):
        side = 10 * np.sign(x[0] - x[1])
        return float(10 * abs(x[0] - x[1]) + tilt * x.sum() + (x[0] + x[1]) ** 4), np.array(
            [side + tilt + 4 * x.sum() ** 3, -side + tilt + 4 * x.sum() ** 3]
        )

    x, everywhere = np.zeros(2), (np.full(2, -np.inf), np.full(2, np.inf))
    around = Surroundings(evaluate, x, 0.0, everywhere, np.ones(2), 1e-15, 0.0)
    assert (kinked_minimum(around, evaluate(x)[1]) is None) == (tilt > 0)


def test_squares_that_are_flat_at_an_exact_fit() -> None:
    result = fit(Problem([1.0], lambda a: (a - 2) * (a - 2) * X, 0 * X, names=("a",)))
    assert result.verdict is Verdict.CONVERGED
    assert result.parameters["a"].std_error is None


def test_a_curve_that_keeps_falling_is_not_converged() -> None:
    assert ending([1.0], lambda a: exp(-a)).verdict is Verdict.NOT_CONVERGED
