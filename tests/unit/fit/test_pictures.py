"""What is on which axis, what is a curve, and what there is to draw of odd programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dlang
from dlang.diagnostics import DlangError
from dlang.fit.pictures import Picture, first_picture, loss, pictures, write_pictures
from dlang.plots.canvas import BRAILLE
from dlang.plots.terminal import draw

X = "data x = [0.5, 1.0, 1.5, 2.0, 3.0, 4.0]\n"
Y = "data y = [1.1, 1.9, 3.2, 3.9, 6.1, 8.2]\n"
HALF = "param a = 1.0\n"


def drawn(text: str, **options: Any) -> list[Picture]:
    program = dlang.loads(text)
    return list(pictures(program, program.fit(**options)))


def curve(picture: Picture) -> Any:
    return next(each for each in picture.figure.series if each.kind == "line")


def points(picture: Picture) -> Any:
    return next(each for each in picture.figure.series if each.kind == "points")


# ---- what is to the right


@pytest.mark.parametrize(
    ("program", "label"),
    [
        (X + Y + HALF + "y ~ a * x", "x"),
        (X + Y + HALF + "fn f(t) = a * t\ny ~ f(x)", "x"),
        (X + Y + HALF + "z = 2 * x\ny ~ normal(a * z, 1.0)", "x"),
        (X + Y + HALF + "y ~ map(fn(t) = a * t, x)", "x"),
        (X + Y + HALF + "log(y) ~ a * x", "x"),
        (X + Y + HALF + "y / x ~ a * x", "x"),
        (X + Y + "data c = 2.0\n" + HALF + "y ~ a * c * x", "x"),
        (X + Y + HALF + "y ~ a", "row"),
        (X + Y + HALF + "y - x ~ a", "row"),
        (X + Y + HALF + "y ~ normal(a, 1.0)", "row"),
        (Y + HALF + "y[1:] ~ a * y[:-1]", "row"),
        (X + Y + HALF + "data w = [1.0, 2, 3, 4, 5, 7]\ny ~ a * x + a * w", "fitted"),
        (Y + HALF + "data w = [[1.0, 2], [3, 4], [5, 6], [7, 8], [9, 1], [3, 2]]\ny ~ a * w[:, 0]", "fitted"),
        (X + Y + HALF + "data w = [1.0, 2, 3]\ny ~ a * x + a * sum(w)", "x"),
    ],
)
def test_x_is_the_one_datum_that_the_fitted_values_depend_on(program: str, label: str) -> None:
    (picture,) = drawn(program)
    assert picture.figure.x_label == picture.residuals.x_label == label


def test_title_and_legend_speak_as_the_program_does() -> None:
    (picture,) = drawn(X + Y + HALF + "y ~ a *   # the slope\n  x")
    assert picture.figure.title == "y against x"
    assert curve(picture).label == "a * x"
    (picture,) = drawn(X + Y + HALF + "y ~ normal(a * x, 1.0)")
    assert curve(picture).label == "mean of normal(a * x, 1.0)"


def test_residuals_are_data_less_fitted_values() -> None:
    program = dlang.loads(X + Y + HALF + "y ~ a * x")
    result = program.fit()
    (picture,) = pictures(program, result)
    data = points(picture)
    np.testing.assert_allclose(picture.residuals.series[0].y, data.y - result.parameters["a"].value * data.x)
    assert picture.residuals.level == 0.0


def test_a_picture_for_each_term_that_observes() -> None:
    found = drawn(X + Y + HALF + "y ~ normal(a * x, 1.0)\na ~ normal(0, 10)\nx ~ normal(a * y, 1.0)")
    assert [each.figure.title for each in found] == ["y against x", "x against y"]


# ---- the curve


def test_between_the_data_the_curve_is_the_model_itself() -> None:
    (picture,) = drawn(X + Y + "param a = 1.0\nparam b = 0.5\ny ~ a * x^2 + b * sin(3 * x)")
    line = curve(picture)
    assert line.x.size >= 120
    assert np.all(np.diff(line.x) > 0)
    program = dlang.loads(X + Y + "param a = 1.0\nparam b = 0.5\ny ~ a * x^2 + b * sin(3 * x)")
    found = program.fit().parameters
    a, b = found["a"].value, found["b"].value
    np.testing.assert_allclose(line.y, a * line.x**2 + b * np.sin(3 * line.x), rtol=1e-12)


@pytest.mark.parametrize(
    "term",
    [
        "y ~ a * (x - mean(x))",
        "y ~ a * cumsum(x)",
        "y ~ a * x / max(x[0], x[1], x[2], x[3])",
    ],
)
def test_a_model_that_looks_at_all_data_at_once_has_no_values_between_them(term: str) -> None:
    (picture,) = drawn(X + Y + HALF + term)
    assert curve(picture).x.tolist() == [0.5, 1.0, 1.5, 2.0, 3.0, 4.0]


def test_counts_have_nothing_in_between() -> None:
    (picture,) = drawn("data x = [1, 2, 3, 4]\ndata y = [1.0, 2.1, 2.9, 4.2]\n" + HALF + "y ~ a * x")
    assert curve(picture).x.tolist() == [1, 2, 3, 4]


def test_a_model_that_fails_between_the_data_has_the_curve_through_them() -> None:
    program = (
        X + Y + HALF + "fn f(t) = if t * 4 == floor(t * 4) { a * t } else { [1.0, 2.0][int(t * 1000)] }\ny ~ map(f, x)"
    )
    (picture,) = drawn(program)
    assert curve(picture).x.size == 6


def test_an_assert_on_the_data_does_not_stop_the_curve() -> None:
    (picture,) = drawn(X + Y + HALF + "assert x[1] == 1.0\ny ~ a * x")
    assert curve(picture).x.size > 100


def test_the_curve_goes_from_left_to_right_whatever_the_order_of_the_data() -> None:
    (picture,) = drawn("data x = [3.0, 1.0, 2.0, 1.0]\ndata y = [3.1, 0.9, 2.2, 1.1]\n" + HALF + "y ~ a * x")
    assert np.all(np.diff(curve(picture).x) >= 0)
    assert points(picture).x.tolist() == [3, 1, 2, 1]


# ---- odd data


@pytest.mark.parametrize(
    "program",
    [
        "data x = [2.0]\ndata y = [3.0]\n" + HALF + "y ~ a * x",
        "data y = 3.0\n" + HALF + "y ~ a",
        "data x = [2.0, 2, 2]\ndata y = [3.0, 4, 5]\n" + HALF + "y ~ a * x",
        "data x = [1.0, 2, 3]\ndata y = [3.0, 3, 3]\n" + HALF + "y ~ a",
        "data x = [1.0, 2, 3]\ndata y = [0.0, 0, 0]\n" + HALF + "y ~ a * x",
        "data x = [1e300, 2e300, 3e300]\ndata y = [1.0, 2, 3]\nparam a = 1e-300\ny ~ a * x",
        "data x = [1.0, 2, 3]\ndata y = [1e-300, 2e-300, 3.1e-300]\nparam a = 1e-300\ny ~ a * x",
        "data x = [1e-9, 1e-6, 1e-3, 1.0, 1e3]\ndata y = [1.0, 2, 3, 4, 5]\n" + HALF + "y ~ a * log(x)",
        "data y = [[1.0, 2], [3, 4]]\n" + HALF + "y ~ a * y",
        "data y = zeros(30, 30)\n" + HALF + "y ~ a * ones(30, 30)",
        "data y = zeros(3, 4, 5)\n" + HALF + "y ~ a * ones(3, 4, 5)",
        "data y = [1, 0, 3, 7]\nparam a in 0..inf = 1.0\ny ~ poisson(a)",
    ],
)
def test_whatever_the_data_there_is_a_picture_without_nan(program: str) -> None:
    (picture,) = drawn(program, steps=20)
    for figure in (picture.figure, picture.residuals):
        for each in figure.series if figure is not None else ():
            assert np.isfinite(each.x).all()
            assert np.isfinite(each.y).all()
    assert draw(picture.figure, picture.residuals, width=60, charset=BRAILLE) != ""


def test_outcomes_of_0_and_1_have_no_residuals_to_see() -> None:
    (picture,) = drawn(X + "data hit = [0, 0, 1, 0, 1, 1]\n" + HALF + "hit ~ bernoulli_logit(a * x)")
    assert picture.residuals is None


def test_residuals_that_are_rounding_are_not_shown() -> None:
    (picture,) = drawn(X + HALF + "2 * x ~ a * x")
    assert picture.residuals is None


def test_columns_of_a_matrix_are_groups() -> None:
    (picture,) = drawn(X + "data z = ones(6, 2)\nparam a = [1.0, 2.0]\nz ~ [a * each for each in x]")
    assert picture.figure.x_label == "x"
    assert [(s.kind, s.label, s.group) for s in picture.figure.series] == [
        ("line", "", 0),
        ("line", "", 1),
        ("points", "column 0", 0),
        ("points", "column 1", 1),
    ]


def test_where_one_number_is_observed_of_many_there_are_residuals_alone() -> None:
    (picture,) = drawn(X + HALF + "0 ~ a * x - 1")
    assert picture.residuals is None
    assert picture.figure.level == 0.0
    assert [each.kind for each in picture.figure.series] == ["points"]


def test_data_that_go_up_by_factors_are_on_a_logarithmic_axis() -> None:
    (picture,) = drawn("data x = [0.01, 0.1, 1, 10]\ndata y = [1.0, 2, 3, 4]\n" + HALF + "y ~ a * x")
    assert picture.figure.log_x
    assert picture.residuals.log_x
    assert not drawn("data x = [0.0, 0.1, 1, 10]\ndata y = [1.0, 2, 3, 4]\n" + HALF + "y ~ a * x")[0].figure.log_x


# ---- nothing to draw


@pytest.mark.parametrize(
    "program",
    [HALF + "minimize (a - 1)^2", X + HALF + "x ~ cauchy(a, 1.0)", "param a = 1.0\na ~ normal(0, 1)"],
)
def test_without_fitted_values_there_is_the_objective_alone(program: str, tmp_path: Path) -> None:
    loaded = dlang.loads(program)
    result = loaded.fit()
    assert list(pictures(loaded, result)) == []
    first = first_picture(loaded, result)
    assert first is None or len(result.history) > 5
    write_pictures(loaded, result, tmp_path / "fit.svg")
    assert "objective by iteration" in (tmp_path / "fit.svg").read_text()


def test_a_fit_of_some_steps_without_fitted_values_shows_its_objective() -> None:
    program = dlang.loads("param a = 1.0\nparam b = 5.0\nminimize (a - b^2)^2 + (b - 1)^4 + a^4")
    picture = first_picture(program, program.fit())
    assert picture.figure.title == "objective by iteration"
    assert picture.residuals is None


def test_a_fit_that_failed_has_no_picture(tmp_path: Path) -> None:
    program = dlang.loads(X + "param a = -1.0\nx ~ sqrt(a) * x")
    result = program.fit()
    assert result.verdict == "failed"
    assert list(pictures(program, result)) == []
    assert loss(result) is None
    with pytest.raises(DlangError, match="E0808"):
        write_pictures(program, result, tmp_path / "fit.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    program = dlang.loads(X + Y + HALF + "y ~ a * x")
    with pytest.raises(DlangError, match="E0512"):
        write_pictures(program, program.fit(), tmp_path / "none" / "fit.svg")


def test_the_objective_falls_from_its_start() -> None:
    program = dlang.loads(X + Y + HALF + "y ~ a * x")
    result = program.fit()
    figure = loss(result)
    assert figure.series[0].y[0] == pytest.approx(program.value())
    assert figure.series[0].y[-1] == pytest.approx(result.objective)
    assert figure.series[0].x.tolist() == list(range(len(result.history)))
