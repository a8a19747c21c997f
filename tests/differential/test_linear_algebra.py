"""Linear algebra and the rearranging functions in whole programs: values, both modes of derivatives, and objectives."""

from __future__ import annotations

import numpy as np
import pytest
from small_programs import codes, printed, slopes

import dlang
from dlang.autodiff.numerical import central_derivative

GIVEN = """
data M = [[4.0, 1.0, 0.5], [0.8, 3.0, 0.2], [0.5, 0.1, 2.0]]
data v = [1.0, -2.0, 3.0]
param x = 0.7
param W = [[1.2, 0.3, -0.5], [0.4, 2.0, 0.1], [-0.3, 0.6, 3.1]]
A = M + x * W
S = A @ transpose(A)
"""

SLOPES = {
    "inv": "minimize sum(sin(inv(A)))",
    "solve a vector": "minimize sum(sin(solve(A, v + x)))",
    "solve a matrix": "minimize sum(sin(solve(A, W)))",
    "solve a stack": "minimize sum(sin(solve(stack(A, W, S), v * x)))",
    "det": "minimize det(A) + det(W[:2, :2])",
    "logdet": "minimize logdet(A) + logdet(-A)",
    "cholesky": "L = cholesky(S)\nminimize sum(sin(L)) + sum(log(diag(L)))",
    "eigenvalues": "(w, V) = eigh(S)\nminimize sum(sin(w))",
    "eigenvectors": "(w, V) = eigh(S)\nminimize sum((V * exp(-w / 20)) @ transpose(V) * W)",
    "the greatest eigenvalue's vector": "(w, V) = eigh(S)\nu = V[:, -1]\nminimize u @ W @ u",
    "singular values": "(U, s, Vt) = svd(A[:, :2])\nminimize sum(sin(s))",
    "singular vectors": "(U, s, Vt) = svd(A[:, :2])\nminimize sum((U * cos(s)) @ Vt * W[:, :2])",
    "of a wide matrix": "(U, s, Vt) = svd(A[:2])\nminimize sum((U * cos(s)) @ Vt * W[:2])",
    "qr": "(Q, R) = qr(A[:, :2])\nminimize sum(sin(abs(R))) + sum(Q^2 * W[:, :2])",
    "qr of a wide matrix": "(Q, R) = qr(A[:2])\nminimize sum(sin(abs(R))) + sum(Q^2 * W[:2, :2])",
    "lstsq": "minimize sum(sin(lstsq(A[:, :2], v + x)))",
    "lstsq with several right sides": "minimize sum(sin(lstsq(A[:, :2], W)))",
    "lstsq of a wide matrix": "minimize sum(sin(lstsq(A[:2], v[:2] + x)))",
    "cross": "minimize sum(sin(cross(A, v * x))) + sum(cross(W[0], W[1]) * v)",
    "convolve": 'minimize sum(sin(convolve(W[0], W[1, :2]))) + sum(cos(convolve(W[2], v, mode="same")))',
    "convolve inside": 'minimize sum(sin(convolve(W[0, :2], W[1], mode="valid")))',
    "convolve sizes met while running": (
        'u = W[0][W[0] > 0]\nminimize sum(sin(convolve(u, W[1], mode="valid"))) + sum(convolve(u, v, mode="same")^2)'
    ),
    "pad": "minimize sum(sin(pad(W, ((1, 0), (0, 2)), value=x)))",
    "squeeze and broadcast": "minimize sum(sin(broadcast(squeeze(W[:1]), 4, 3) + broadcast(x, (4, 1))))",
    "broadcast to sizes met while running": "n = 0\nfor i in 0..3 { n += 1 }\nminimize sum(sin(broadcast(W[0] * x, n, n)))",
    "transpose": "minimize sum(sin(transpose(stack(W, A), axes=(1, 2, 0))[0] * x))",
    "diag": "minimize sum(sin(diag(W, k=1))) + sum(cos(diag(W[0], k=-1) @ W[0, [0, 1, 2, 0]]))",
    "in a loop": "B = A\nfor i in 0..4 { B = inv(B) + W * x\n(w, V) = eigh(B)\nB += w[0] }\nminimize sum(sin(B))",
    "in a branch": "d = if det(A) > 0 { logdet(A) } else { (Q, R) = qr(A); sum(R) }\nminimize d",
    "in a function": "fn f(B, c) { (w, V) = eigh(B); sum(w * c) }\nminimize f(S, v) + f(A, v * x)",
    "of sizes met while running": (
        "B = A[v > 0][:, v > 0]\n(U, s, Vt) = svd(B)\n(w, V) = eigh(B)\n(Q, R) = qr(B)\n"
        "minimize sum(sin(s)) + sum(sin(w)) + det(B) + logdet(B) + sum(cholesky(B)) + sum(solve(B, v[v > 0])) + sum(R^2)"
    ),
    "a Gaussian process": (
        "t = linspace(0, 1, 5)\nd = reshape(t, 5, 1) - t\nK = exp(-(d / x)^2) + 0.1 * eye(5)\ny = sin(4 * t)\n"
        "minimize (dot(y, solve(K, y)) + logdet(K)) / 2"
    ),
}


@pytest.mark.parametrize("name", SLOPES)
def test_derivatives_agree_with_differences_in_both_modes(name: str) -> None:
    text = GIVEN + SLOPES[name]
    objective = dlang.loads(text).objective()
    value, reverse = objective.value_and_grad(objective.start)
    again, forward = objective.forward_gradient(objective.start)
    assert value == again
    np.testing.assert_allclose(forward, reverse, rtol=1e-10, atol=1e-12)
    start = objective.start
    units = np.eye(len(start))
    differences = [central_derivative(lambda h, e=e: objective.value(start + h * e), 0.0, 0.02)[0] for e in units]
    np.testing.assert_allclose(reverse, differences, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", SLOPES)
def test_second_derivatives_agree_with_differences_of_first_ones(name: str) -> None:
    objective = dlang.loads(GIVEN + SLOPES[name]).objective()
    start = objective.start
    hessian = objective.hessian(start)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-8, atol=1e-8)
    direction = np.random.default_rng(0).standard_normal(len(start))

    def slope(h: float, k: int) -> float:
        return float(objective.value_and_grad(start + h * direction)[1][k])

    found = [central_derivative(lambda h, k=k: slope(h, k), 0.0, 0.02)[0] for k in range(len(start))]
    np.testing.assert_allclose(hessian @ direction, found, rtol=1e-6, atol=1e-6)


VALUES = {
    "inv": ("print(inv([[2, 0], [0, 4]]))", "[[0.5, 0.0], [0.0, 0.25]]"),
    "solve": (
        "print(solve([[2, 0], [0, 4]], [1, 1]), solve([[2, 0], [0, 4]], eye(2)))",
        "[0.5, 0.25] [[0.5, 0.0], [0.0, 0.25]]",
    ),
    "solve a stack": ("print(solve(stack(eye(2), 2 * eye(2)), [1, 2]))", "[[1.0, 2.0], [0.5, 1.0]]"),
    "det and logdet": ("print(det([[0, 2], [3, 0]]), logdet(eye(2)), det(eye(3)))", "-6.0 0.0 1.0"),
    "of a stack": ("print(det(stack(eye(2), 2 * eye(2))))", "[1.0, 4.0]"),
    "cholesky": ("print(cholesky([[4, 2], [2, 10]]))", "[[2.0, 0.0], [1.0, 3.0]]"),
    "eigh": ("(w, V) = eigh([[2, 0], [0, 1]])\nprint(w, abs(V))", "[1.0, 2.0] [[0.0, 1.0], [1.0, 0.0]]"),
    "svd": ("(U, s, Vt) = svd([[0, 2], [0, 0], [1, 0]])\nprint(s, shape(U)[1], shape(Vt)[0])", "[2.0, 1.0] 2 2"),
    "qr": ("(Q, R) = qr([[0, 2], [3, 0], [0, 0]])\nprint(abs(R), shape(Q)[1])", "[[3.0, 0.0], [0.0, 2.0]] 2"),
    "qr of a wide matrix": ("(Q, R) = qr([[0, 2, 6]])\nprint(abs(Q), abs(R))", "[[1.0]] [[0.0, 2.0, 6.0]]"),
    "lstsq": ("print(lstsq([[1, 0], [0, 2], [0, 0]], [3, 4, 5]))", "[3.0, 2.0]"),
    "a result by its place": ("print(eigh([[2, 0], [0, 1]])[0])", "[1.0, 2.0]"),
    "a function of the language": (
        "fn spread(A) { (w, V) = eigh(A); w[-1] - w[0] }\nprint(spread([[2, 0], [0, 1]]))",
        "1.0",
    ),
    "cross": ("print(cross([1, 0, 0], [0, 1, 0]), cross([[0, 0, 1]], [1, 0, 0]))", "[0.0, 0.0, 1.0] [[0.0, 1.0, 0.0]]"),
    "convolve": (
        'print(convolve([1, 2, 3], [1, 1]), convolve([1, 2, 3], [1, 1], mode="same"))',
        "[1.0, 3.0, 5.0, 3.0] [1.0, 3.0, 5.0]",
    ),
    "convolve inside": ('print(convolve([1, 1], [1, 2, 3], mode="valid"))', "[3.0, 5.0]"),
    "squeeze": (
        "a = zeros(1, 2, 1)\nprint(squeeze(a), squeeze(a, axis=0), squeeze(a, axis=-1), squeeze([1]))",
        "[0.0, 0.0] [[0.0], [0.0]] [[0.0, 0.0]] 1",
    ),
    "broadcast": (
        "print(broadcast([1, 2], 2, 2), broadcast(true, (2,)), broadcast([[1], [2]], (2, 3)))",
        "[[1, 2], [1, 2]] [true, true] [[1, 1, 1], [2, 2, 2]]",
    ),
    "pad": (
        "print(pad([1, 2], (1, 0)), pad([1, 2], (0, 1), value=0.5), pad([true], (1, 1)))",
        "[0, 1, 2] [1.0, 2.0, 0.5] [false, true, false]",
    ),
    "pad a matrix": (
        "print(pad([[1]], (1, 0)), pad([[1]], ((1, 0), (0, 1)), value=9))",
        "[[0, 0], [0, 1]] [[9, 9], [1, 9]]",
    ),
    "transpose": (
        "print(transpose([[1, 2]], axes=(0, 1)), transpose([[[1, 2]]], axes=(2, 0, -2)))",
        "[[1, 2]] [[[1]], [[2]]]",
    ),
    "diag": ("print(diag([1, 2], k=1), diag([[1, 2], [3, 4]], k=-1))", "[[0, 1, 0], [0, 0, 2], [0, 0, 0]] [3]"),
    "argmax": (
        "print(argmax([[1, 3], [4, 2]], axis=1, keepdims=true), argmin([[1, 3], [4, 2]], keepdims=true))",
        "[[1], [0]] [[0]]",
    ),
    "no answer": (
        "print(inv([[0]]), solve(zeros(2, 2), [1, 2]), cholesky([[-1]]), logdet([[0]]))",
        "[[nan]] [nan, nan] [[nan]] -inf",
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_what_the_reference_says(name: str) -> None:
    text, expected = VALUES[name]
    assert printed(text) == [expected]


FAULTS = {
    "inv": ("print(inv(a))", "E0611"),
    "solve": ("print(solve(a, [1, 2, 3, 4]))", "E0611"),
    "lstsq": ("print(lstsq(a, [1, 2, 3]))", "E0611"),
    "convolve": ("print(convolve(u[u > 5], u))", "E0611"),
    "squeeze": ("print(squeeze(a, axis=0))", "E0611"),
    "broadcast": ("print(broadcast([1, 2, 3], len(a), 2))", "E0611"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_sizes_that_only_running_knows_are_checked_when_running(name: str) -> None:
    text, expected = FAULTS[name]
    assert codes(f"u = [1.0, 2.0, 3.0]\na = ones(3, 4)[u > 1]\n{text}") == [expected]


CONVENTIONS = {
    "det of a singular matrix": (
        "minimize det([[x, 0], [0, x]]) + 3 * det([[x, y], [0, 0]]) + det([[x, 1], [0, y]])",
        [1, 0],
    ),
    "det of a singular matrix of three": ("minimize det([[x, 0, 0], [0, y, 0], [0, 0, 2]])", [2, 0]),
    "repeated eigenvalues": ("(w, V) = eigh([[1 + x, 0], [0, y]])\nminimize sum(w^3)", [3, 3]),
    "what nobody asks of repeated ones": ("(w, V) = eigh([[1 + x, 0], [0, y]])\nminimize sum(w) + 0 * V[0, 0]", [1, 1]),
    "the largest, where others are repeated": (
        "(w, V) = eigh([[x, 0, 0], [0, x, 0], [0, 0, y]])\nminimize w[2]",
        [0, 1],
    ),
    "the norm of a matrix by its singular values": ("(U, s, Vt) = svd([[y, x], [x, y]])\nminimize s @ s", [0, 4]),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_derivatives_at_special_points(name: str) -> None:
    text, expected = CONVENTIONS[name]
    found = slopes(f"param x = 0.0\nparam y = 1.0\n{text}")
    np.testing.assert_allclose(found.gradient, expected, rtol=1e-14, atol=1e-14)


def test_an_eigenvector_of_a_repeated_value_has_no_derivative_and_says_so() -> None:
    objective = dlang.loads(
        "param W = [[1.0, 0.0], [0.0, 1.0]]\n(w, V) = eigh(W)\nminimize sum((V * sqrt(w)) @ V[0])"
    ).objective()
    _, gradient = objective.value_and_grad(objective.start)
    assert np.isnan(gradient).any()


SPECTRAL = "fn exponential(a) {\n(w, V) = eigh(a)\nV @ diag(exp(w)) @ transpose(V)\n}\nE = eye(2)\n"
BOTH_MODES = "print(grad(f)(E))\nprint([[jvp(f, (E,), (outer(E[i], E[j]),))[1] for j in 0..2] for i in 0..2])"


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ("trace(exponential(a))", "[[2.718281828459045, 0.0], [0.0, 2.718281828459045]]"),
        ("exponential(a)[0, 1]", "[[0.0, nan], [nan, 0.0]]"),
        ("sum(log(eigh(a)[0]))", "[[1.0, 0.0], [0.0, 1.0]]"),
        ("sum(svd(a)[1]^2)", "[[2.0, 0.0], [0.0, 2.0]]"),
    ],
)
def test_both_modes_say_the_same_of_repeated_values(of: str, expected: str) -> None:
    assert printed(f"{SPECTRAL}f = fn(a) = {of}\n{BOTH_MODES}") == [expected, expected]


SECOND = {
    "eigenvalues": "sum(eigh(a)[0]^2)",
    "a sum that has no second derivative": "sum(eigh(a)[0])",
    "logarithms of eigenvalues": "sum(log(eigh(a)[0]))",
    "what is 0 at the point, and its slope too": "sum((eigh(a)[0] - 1)^2)",
    "singular values": "sum(svd(a)[1]^2)",
}


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize(
    "way", ["hvp(f, E, ones(2, 2))", "hessian(f)(E)", "jvp(fn(a) = jvp(f, (a,), (R,))[1], (E,), (R,))"]
)
def test_second_derivatives_of_repeated_values_are_refused_by_name(name: str, way: str) -> None:
    assert codes(f"E = eye(2)\nR = ones(2, 2)\nf = fn(a) = {SECOND[name]}\nprint({way})") == ["E0614"]


@pytest.mark.parametrize(
    "a", ["diag([1.0, 2.0])", "diag([1.0, 2.0, 4.0])[:2]", "[[0.3, 1.0], [2.0, -1.0], [0.5, 0.25]]"]
)
def test_second_derivatives_of_values_of_their_own_are_right(a: str) -> None:
    """Of the sum of their squares, which is that of the elements'."""
    (found,) = printed(f"a = {a}\nr = sin(a + 1)\nprint(norm(hvp(fn(a) = sum(svd(a)[1]^2), a, r) - 2 * r) < 1e-13)")
    assert found == "true"


def test_along_a_step_that_leaves_the_vectors_alone_there_is_a_second_derivative() -> None:
    (found,) = printed("print(hvp(fn(a) = sum(eigh(a)[0]^3), eye(3), diag([1.0, 2.0, 3.0])))")
    assert found == "[[6.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 0.0, 18.0]]"


def test_a_step_along_the_zeros_of_a_wide_matrix_is_refused() -> None:
    """Its singular value of 0 is the length of a vector: sum(s^2) has second derivatives that s and its vectors lack."""
    text = "print(hvp(fn(a) = sum(svd(a)[1]^2), zeros(1, 2), [[0.0, 1.0]]))"
    assert codes(text) == ["E0614"]


def test_the_hessian_of_a_model_says_which_call_has_repeated_values() -> None:
    program = dlang.loads("param a = [[1.0, 0.0], [0.0, 1.0]]\nminimize sum(eigh(a)[0]^2)")
    with pytest.raises(dlang.DlangError) as caught:
        program.hessian()
    (found,) = caught.value.diagnostics
    assert found.code == "E0614"
    assert found.primary is not None
    assert found.primary.span.text == "eigh(a)"
    assert found.title == "second derivative through eigenvalues that are repeated"


def test_a_fit_ends_at_repeated_eigenvalues() -> None:
    """What refuses a second derivative is no end of a fit: it does without."""
    text = "param a = [[1.5, 0.0], [0.0, 1.2]]\nminimize sum((eigh(a)[0] - 1)^2)"
    result = dlang.loads(text).fit()
    assert result.converged
    np.testing.assert_allclose(result.parameters["a"].value, np.eye(2), atol=1e-8)


def test_a_fit_steps_back_from_where_there_is_no_cholesky_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The covariance of greatest likelihood, from a start whose first step leaves the positive definite matrices."""
    factor, refused = np.linalg.cholesky, []

    def counting(a: np.ndarray) -> np.ndarray:
        try:
            return factor(a)
        except np.linalg.LinAlgError:
            refused.append(a)
            raise

    monkeypatch.setattr(np.linalg, "cholesky", counting)
    data = np.random.default_rng(0).multivariate_normal([0.0, 0.0], [[1.0, 0.9], [0.9, 1.0]], size=200)
    text = (
        "data Z = [[0.0, 0.0]]\nparam a = 1.0\nparam b = 1.0\nparam c = 0.0\nL = cholesky([[a, c], [c, b]])\n"
        "minimize sum(solve(L, transpose(Z))^2) / 2 + len(Z) * sum(log(diag(L)))"
    )
    result = dlang.loads(text, data={"Z": data}).fit()
    assert result.converged
    assert refused
    wanted = data.T @ data / 200
    found = [result.parameters[name].value for name in "abc"]
    np.testing.assert_allclose(found, [wanted[0, 0], wanted[1, 1], wanted[0, 1]], rtol=1e-6)
