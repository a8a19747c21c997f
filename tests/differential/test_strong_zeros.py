"""A product of cotangent (or tangent) and partial is exactly 0 where either is: also inside sums of products.

At x = [0, 1] the root of x has the derivative [inf, 0.5]. What depends on one of its elements has no other's in its
derivative: neither the infinity nor, from 0 times it, nan.
"""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import printed, slopes

INF = float("inf")
X = "param x = [0.0, 1.0]\nr = sqrt(x)\n"
Z = "param x = [0.0, 1.0, 1.0]\nr = sqrt(x)\n"
# name: (terms; the gradient in x)
SLOPES = {
    "dot": (X + "minimize dot(r, [0.0, 1.0])", [0, 0.5]),
    "matrix times vector": (X + "minimize (eye(2) @ r)[1]", [0, 0.5]),
    "vector times matrix": (X + "minimize (r @ eye(2))[1]", [0, 0.5]),
    "matrix times matrix": (X + "minimize (diag(r) @ eye(2))[1, 1] + (eye(2) @ diag(r))[1, 1]", [0, 1]),
    "stacks": (X + "minimize (stack(eye(2), eye(2)) @ r)[1, 1]", [0, 0.5]),
    "outer": (X + "minimize outer(r, [0.0, 1.0])[1, 1] + outer([0.0, 1.0], r)[1, 1]", [0, 1]),
    "cross": (Z + "minimize cross(r, [1.0, 0.0, 0.0])[1] + cross([1.0, 0.0, 0.0], r)[2]", [0, 0.5, 0.5]),
    "convolve": (X + "minimize convolve(r, [1.0, 0.0])[1] + convolve([1.0, 0.0], r)[1]", [0, 1]),
    "solve": (X + "minimize solve(eye(2), r)[1]", [0, 0.5]),
    "solve in the matrix": (X + "minimize solve(eye(2) + diag(r), [0.0, 8.0])[1]", [0, -1]),
    "lstsq": (X + "minimize lstsq(eye(2), r)[1]", [0, 0.5]),
    "inv": (X + "minimize inv(eye(2) + diag(r))[1, 1]", [0, -0.125]),
    "det": (X + "minimize det([[1, r[0]], [0, x[1]]])", [0, 1]),
    "cholesky": (X + "minimize cholesky(eye(2) + diag(r))[1, 1]", [0, 0.125 * 2**0.5]),
    "eigh": (X + "minimize eigh(diag(r) + diag([0.0, 1.0]))[0][1]", [0, 0.5]),
    "an element that is asked for": (X + "minimize sum(eye(2) @ r)", [INF, 0.5]),
    "the root of a product": (X + "minimize sum(sqrt([[0.0, 1.0], [1.0, 0.0]] @ x))", [INF, 0.5]),
    "the root of a product from the left": (X + "minimize sum(sqrt(x @ [[0.0, 1.0], [1.0, 0.0]]))", [INF, 0.5]),
    "the root of a product of matrices": (
        X + "minimize sum(sqrt([[0.0, 1.0], [1.0, 0.0]] @ stack(x, [1.0, 1.0])))",
        [INF, 0.5],
    ),
    "the root of a solution": (X + "minimize sum(sqrt(solve(eye(2), x)))", [INF, 0.5]),
    "through a parameter": ("param x = 0.0\nminimize (eye(2) @ [sqrt(x), x + 1])[1]", [1]),
}


@pytest.mark.parametrize("name", SLOPES)
def test_an_infinite_derivative_of_one_element_stays_with_it(name: str) -> None:
    text, expected = SLOPES[name]
    np.testing.assert_allclose(slopes(text).gradient, expected, rtol=1e-14)


def test_the_forms_of_the_language_agree() -> None:
    text = """
    f = fn(b) = (eye(2) @ [sqrt(b), b + 1])[1]
    print(grad(f)(0.0), f'(0.0), jvp(f, (0.0,), (1.0,)))
    print(jacobian(fn(b) = eye(2) @ [sqrt(b), b + 1])(0.0))
    """
    assert printed(text) == ["1.0 1.0 (1.0, 1.0)", "[inf, 1.0]"]


def test_nan_in_a_matrix_is_not_hidden() -> None:
    """Only what is times 0 is: a cotangent that is not 0 brings nan out."""
    found = printed("A = [[0.0 / 0.0, 1.0], [1.0, 2.0]]\nprint(grad(fn(x) = (A @ x)[1])([1.0, 1.0]))")
    assert found == ["[1.0, 2.0]"]
    found = printed("A = [[0.0 / 0.0, 1.0], [1.0, 2.0]]\nprint(grad(fn(x) = sum(A @ x))([1.0, 1.0]))")
    assert found == ["[nan, 3.0]"]


def test_second_derivatives_keep_it() -> None:
    """Of x^1.5, whose second derivative is infinite at 0."""
    text = "print(hessian(fn(x) = (eye(2) @ x^1.5)[1])([0.0, 1.0]))"
    assert printed(text) == ["[[0.0, 0.0], [0.0, 0.75]]"]
