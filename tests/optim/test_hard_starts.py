"""Hard curves of the literature, from the starts that lead most programs astray: the right minimum, and no false one.

Data are Meyer's and Kowalik and Osborne's as in Moré, Garbow & Hillstrom 1981, BoxBOD's six points, and else computed.
"""

from __future__ import annotations

import numpy as np
import pytest

from dlang.fit import Verdict, fit
from optim.duals import exp
from optim.objectives import Problem

MEYER = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872]
KOWALIK_X = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]
KOWALIK_Y = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]


def three_exponentials(x):
    return lambda a, b, c, d, e, f: a * exp(-b * x) + c * exp(-d * x) + e * exp(-f * x)


def meyer():
    t = np.arange(50.0, 126.0, 5.0)
    return (lambda a, b, c: a * exp(b / (t + c))), np.array(MEYER, float)


def kowalik():
    x = np.array(KOWALIK_X)
    return (lambda a, b, c, d: a * (x * x + x * b) / (x * x + x * c + d)), np.array(KOWALIK_Y)


def box():
    x = np.array([1.0, 2, 3, 5, 7, 10])
    return (lambda a, b: a * (1 - exp(-b * x))), np.array([109.0, 149, 149, 191, 213, 224])


def lanczos():
    x = np.arange(24) * 0.05
    y = 0.0951 * np.exp(-x) + 0.8607 * np.exp(-3 * x) + 1.5576 * np.exp(-5 * x)
    return three_exponentials(x), y + 1e-7 * np.cos(40 * x)


def bennett():
    x = 7.4 + 6.4 * np.linspace(0, 1, 154) ** 0.7
    y = -2523.5 * (x + 46.74) ** (-1 / 0.93218) + 2e-3 * np.cos(300 * x)
    return (lambda a, b, c: a * (x + b) ** (-1.0 / c)), y


# curve: (data, a far start, a near start, residual sum of squares where it is published)
CURVES = {
    "meyer": (meyer, [2, 400000, 25000], [0.02, 4000, 250], 87.945855),
    "kowalik": (kowalik, [25, 39, 41.5, 39], [0.25, 0.39, 0.415, 0.39], 3.0750560385e-4),
    "box": (box, [1, 1], [100, 0.75], 1168.0088766),
    "lanczos": (lanczos, [1.2, 0.3, 5.6, 5.5, 6.5, 7.6], [0.5, 0.7, 3.6, 4.2, 4.0, 6.3], None),
    "bennett": (bennett, [-2000, 50, 0.8], [-1500, 45, 0.85], None),
}


@pytest.mark.parametrize("name", CURVES)
def test_the_far_and_the_near_start_lead_to_the_same_minimum(name: str) -> None:
    make, far, near, rss = CURVES[name]
    model, y = make()
    results = [fit(Problem(start, model, y)) for start in (far, near)]
    assert [each.verdict for each in results] == [Verdict.CONVERGED] * 2
    assert results[0].objective == pytest.approx(results[1].objective, rel=1e-9)
    if rss is not None:
        assert results[0].objective == pytest.approx(rss, rel=1e-8)
