"""Linear algebra: against NumPy, SciPy and mpmath, at singular and repeated points, and where there is no answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.linalg
from properties.checks import Program, difference

from dlang.primitives import rules
from dlang.primitives.operands import type_of
from dlang.primitives.table import TABLE

SQUARE = np.array([[4.0, 1.0, -2.0], [0.5, 3.0, 1.0], [1.0, -1.0, 5.0]])
TALL = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])
STACK = np.array([SQUARE, SQUARE.T + 2 * np.eye(3)])
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
RANK_ONE = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
SYMMETRIC = SQUARE @ SQUARE.T


def vjp(name: str, xs: list[Any], ct: Any, **static: Any) -> tuple[Any, ...]:
    prim = TABLE[name]
    return rules.vjp(prim, prim(*xs, **static), xs, ct, static, [True] * len(xs))


# Values

VALUES: dict[str, tuple[str, list[Any], dict[str, Any], Callable[..., Any]]] = {
    "inv": ("inv", [SQUARE], {}, scipy.linalg.inv),
    "inv of a stack": ("inv", [STACK], {}, np.linalg.inv),
    "solve a vector": ("solve", [SQUARE, np.array([1.0, 2.0, 3.0])], {}, scipy.linalg.solve),
    "solve a matrix": ("solve", [SQUARE, TALL], {}, scipy.linalg.solve),
    "solve a stack": ("solve", [STACK, TALL], {}, np.linalg.solve),
    "solve transposed": ("solve", [SQUARE, TALL], {"transposed": True}, lambda a, b: scipy.linalg.solve(a.T, b)),
    "det": ("det", [SQUARE], {}, scipy.linalg.det),
    "det of a stack": ("det", [STACK], {}, np.linalg.det),
    "logdet": ("logdet", [-SQUARE], {}, lambda a: np.log(abs(scipy.linalg.det(a)))),
    "cholesky": ("cholesky", [SYMMETRIC], {}, lambda a: scipy.linalg.cholesky(a, lower=True)),
    "svd": ("svd", [TALL], {}, lambda a: scipy.linalg.svd(a, full_matrices=False)),
    "svd of a wide one": ("svd", [TALL.T], {}, lambda a: np.linalg.svd(a, full_matrices=False)),
    "qr": ("qr", [TALL], {}, np.linalg.qr),
    "eigh": ("eigh", [SYMMETRIC], {}, np.linalg.eigh),
    "pinv": ("pinv", [TALL], {}, scipy.linalg.pinv),
    "lstsq": ("lstsq", [TALL, SQUARE], {}, lambda a, b: scipy.linalg.lstsq(a, b)[0]),
    "lstsq of a vector": ("lstsq", [TALL, SQUARE[0]], {}, lambda a, b: scipy.linalg.lstsq(a, b)[0]),
    "lstsq with many solutions": ("lstsq", [TALL.T, TALL[:2]], {}, lambda a, b: scipy.linalg.lstsq(a, b)[0]),
    "lstsq of rank 1": ("lstsq", [RANK_ONE, TALL], {}, lambda a, b: scipy.linalg.lstsq(a, b)[0]),
    "cross": ("cross", [SQUARE, SQUARE[0]], {}, np.cross),
    "cross of stacks": ("cross", [SQUARE[:, None], SQUARE], {}, np.cross),
    "convolve": ("convolve", [SQUARE[0], TALL[:, 1]], {"valid": False}, np.convolve),
    "convolve inside": ("convolve", [SQUARE[0], TALL[:2, 1]], {"valid": True}, lambda a, b: np.convolve(a, b, "valid")),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_those_of_numpy_and_scipy(name: str) -> None:
    prim, xs, static, reference = VALUES[name]
    found, wanted = TABLE[prim](*xs, **static), reference(*xs)
    found, wanted = (each if isinstance(each, tuple) else (each,) for each in (found, wanted))
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_products_give_back_the_matrix() -> None:
    rng = np.random.default_rng(0)
    for shape in ((3, 3), (5, 2), (2, 4, 3), (2, 3, 3)):
        a = rng.standard_normal(shape)
        u, s, vt = TABLE["svd"](a)
        np.testing.assert_allclose((u * s[..., None, :]) @ vt, a, atol=1e-13)
        q, r = TABLE["qr"](a)
        np.testing.assert_allclose(q @ r, a, atol=1e-13)
        np.testing.assert_allclose(np.swapaxes(q, -1, -2) @ q, np.broadcast_to(np.eye(shape[-1]), r.shape), atol=1e-13)
        np.testing.assert_array_equal(np.tril(r, -1), 0.0)
        gram = np.swapaxes(a, -1, -2) @ a + np.eye(shape[-1])
        w, v = TABLE["eigh"](gram)
        np.testing.assert_allclose((v * w[..., None, :]) @ np.swapaxes(v, -1, -2), gram, atol=1e-12)
        assert (np.diff(w) >= 0).all()
        lower = TABLE["cholesky"](gram)
        np.testing.assert_allclose(lower @ np.swapaxes(lower, -1, -2), gram, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 16, 17, 50])
@pytest.mark.parametrize("lower", [True, False])
@pytest.mark.parametrize("transposed", [True, False])
def test_triangular_systems_of_every_size(n: int, lower: bool, transposed: bool) -> None:
    """Only one triangle is read: the other one is nan."""
    rng = np.random.default_rng(n)
    whole = rng.standard_normal((n, n)) + 2 * n * np.eye(n)
    t = np.tril(whole) if lower else np.triu(whole)
    other = np.triu(np.full((n, n), np.nan), 1) if lower else np.tril(np.full((n, n), np.nan), -1)
    for b in (rng.standard_normal(n), rng.standard_normal((n, 3)), rng.standard_normal((2, n, 2))):
        found = TABLE["solve_triangular"](t + other, b, lower=lower, transposed=transposed)
        matrix = t.T if transposed else t
        np.testing.assert_allclose(matrix @ found, b, atol=1e-13)


def test_a_triangular_system_is_solved_to_its_own_accuracy() -> None:
    """Substitution is right to the last digits where the matrix, as a whole, is nearly singular."""
    n = 30
    t = np.eye(n) - np.tril(np.ones((n, n)), -1)  # condition 1e9
    x = np.arange(1.0, n + 1)
    with mp.workdps(50):
        b = np.array([float(mp.mpf(x[i]) - mp.fsum(x[:i])) for i in range(n)])
    np.testing.assert_array_equal(TABLE["solve_triangular"](t, b, lower=True), x)


def test_the_inverse_and_determinant_of_an_ill_conditioned_matrix_against_mpmath() -> None:
    n = 6
    hilbert = np.array([[1.0 / (i + j + 1) for j in range(n)] for i in range(n)])
    with mp.workdps(60):
        exact = mp.matrix(hilbert.tolist())
        logdet = float(mp.log(mp.det(exact)))
        inverse = np.array((exact**-1).tolist(), float)
    condition = np.linalg.cond(hilbert)
    assert abs(TABLE["logdet"](hilbert) - logdet) < condition * 1e-15
    np.testing.assert_allclose(TABLE["inv"](hilbert), inverse, rtol=condition * 1e-15)
    (gradient,) = vjp("logdet", [hilbert], 1.0)
    np.testing.assert_allclose(gradient, inverse.T, rtol=condition * 1e-15)


def test_logdet_neither_overflows_nor_underflows() -> None:
    for scale in (1e-200, 1e200):
        a = scale * np.eye(5)
        assert TABLE["logdet"](a) == pytest.approx(5 * np.log(scale), rel=1e-15)
        np.testing.assert_allclose(vjp("logdet", [a], 1.0)[0], np.eye(5) / scale)


# No answer

NO_ANSWER = {
    "inv": ("inv", [SINGULAR], {}),
    "inv of zeros": ("inv", [np.zeros((2, 2))], {}),
    "solve": ("solve", [np.zeros((3, 3)), TALL], {}),
    "solve a vector": ("solve", [np.zeros((3, 3)), np.ones(3)], {}),
    "cholesky": ("cholesky", [-np.eye(2)], {}),
    "cholesky of an indefinite one": ("cholesky", [np.array([[1.0, 2.0], [2.0, 1.0]])], {}),
    "cholesky of nan": ("cholesky", [np.full((2, 2), np.nan)], {}),
    "eigh of infinities": ("eigh", [np.array([[np.inf, 0.0], [0.0, 1.0]])], {}),
    "svd of nan": ("svd", [np.array([[np.nan, 0.0], [0.0, 1.0]])], {}),
    "qr of nan": ("qr", [np.full((3, 2), np.nan)], {}),
    "lstsq of nan": ("lstsq", [np.full((3, 2), np.nan), np.ones((3, 1))], {}),
    "lstsq of infinities": ("lstsq", [np.ones((3, 2)), np.full(3, np.inf)], {}),
    "pinv of infinities": ("pinv", [np.full((3, 2), np.inf)], {}),
    "cofactors of infinities": ("cofactors", [np.full((3, 3), np.inf)], {}),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_where_there_is_no_answer_all_of_it_is_nan(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    prim, xs, static = NO_ANSWER[name]
    found = TABLE[prim](*xs, **static)
    assert capfd.readouterr() == ("", "")  # not of LAPACK either
    assert all(np.isnan(each).all() for each in (found if isinstance(found, tuple) else (found,)))


def test_of_a_stack_only_the_matrices_without_an_answer_are_nan() -> None:
    stack = np.array([np.eye(3), np.zeros((3, 3)), 2 * np.eye(3)])
    for name in ("inv", "cholesky"):
        found = TABLE[name](stack)
        assert np.isnan(found[1]).all()
        np.testing.assert_array_equal(found[[0, 2]], TABLE[name](stack[[0, 2]]))
    found = TABLE["solve"](stack, np.ones((3, 2)))
    assert np.isnan(found[1]).all()
    np.testing.assert_array_equal(found[[0, 2]], [np.ones((3, 2)), np.ones((3, 2)) / 2])
    w, v = TABLE["eigh"](np.where(stack == 0, 0.0, stack) + np.array([0.0, np.nan, 0.0])[:, None, None])
    assert np.isnan(w[1]).all()
    assert np.isnan(v[1]).all()
    np.testing.assert_array_equal(w[[0, 2]], [[1.0] * 3, [2.0] * 3])


def test_the_logdet_of_a_singular_matrix_is_minus_infinity() -> None:
    assert TABLE["logdet"](np.zeros((2, 2))) == -np.inf


@pytest.mark.parametrize("name", ["inv", "det", "logdet", "cholesky", "eigh", "svd", "qr"])
def test_a_matrix_of_no_elements_is_no_trouble(name: str) -> None:
    found = TABLE[name](np.zeros((0, 0)))
    ct = 1.0 if isinstance(found, float) else found
    (pulled,) = vjp(name, [np.zeros((0, 0))], ct)
    assert pulled.shape == (0, 0)
    assert TABLE["det"](np.zeros((0, 0))) == 1.0


@pytest.mark.parametrize("name", ["inv", "det", "logdet", "cholesky", "eigh"])
def test_what_is_found_not_square_when_running_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=rf"`{name}` takes a square matrix, found \[2, 3\]"):
        TABLE[name](np.zeros((2, 3)))


def test_what_does_not_fit_when_running_is_an_error() -> None:
    for name, xs, static, told in (
        ("solve", [np.eye(2), np.ones(3)], {}, "the matrix has 2 rows, the right side has 3"),
        ("lstsq", [np.eye(2), np.ones(3)], {}, "the matrix has 2 rows, the right side has 3"),
        ("cross", [np.ones(2), np.ones(3)], {}, r"`cross` takes vectors of 3, found \[2\]"),
        ("convolve", [np.ones(0), np.ones(3)], {"valid": False}, "`convolve` of no elements"),
        ("convolve", [np.ones(2), np.ones(3)], {"valid": True}, "`convolve` of a longer vector"),
        ("qr", [np.ones((2, 3))], {}, "more columns than rows"),
    ):
        with pytest.raises(ValueError, match=told):
            TABLE[name](*xs, **static)


# Strong products


def strongly(a: np.ndarray, b: np.ndarray) -> Any:
    """a @ b by its definition: each element a sum of products, which are 0 where a factor is."""
    if a.ndim == 1:
        return strongly(a[None, :], b)[..., 0, :] if b.ndim > 1 else strongly(a[None, :], b)[0]
    if b.ndim == 1:
        return strongly(a, b[:, None])[..., 0]
    out = np.zeros((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]))
    for k in range(a.shape[-1]):
        left, right = a[..., :, k, None], b[..., None, k, :]
        out = out + np.where((left == 0) | (right == 0), 0.0, left * right)
    return out


SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((4, 2, 3), (3,)), ((2, 1, 2, 3), (4, 3, 2))]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_a_strong_product_is_the_sum_of_strong_products(shapes: tuple[tuple[int, ...], ...]) -> None:
    """Of zeros, infinities of both signs, and nan, in all places."""
    rng = np.random.default_rng(0)
    pool = np.array([0.0, -0.0, 0.0, 1.5, -2.0, np.inf, -np.inf, np.nan])
    seen = set()
    with np.errstate(all="ignore"):
        for _ in range(200):
            a, b = (rng.choice(pool[: rng.integers(4, len(pool) + 1)], shape) for shape in shapes)
            found, wanted = TABLE["strong_matmul"](a, b), strongly(a, b)
            np.testing.assert_allclose(found, wanted, rtol=1e-15)
            seen |= set(np.ravel(wanted)[~np.isfinite(wanted).ravel()].astype(str))
    assert seen == {"inf", "-inf", "nan"}


def test_a_strong_product_of_finite_numbers_is_the_product_to_the_last_bit() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((7, 9)), rng.standard_normal((9, 5))
    np.testing.assert_array_equal(TABLE["strong_matmul"](a, b), a @ b)
    np.testing.assert_array_equal(TABLE["strong_solve"](SQUARE, TALL), TABLE["solve"](SQUARE, TALL))
    for valid in (True, False):
        strong, plain = (TABLE[name](a[0], b[0], valid=valid) for name in ("strong_convolve", "convolve"))
        np.testing.assert_array_equal(strong, plain)


@pytest.mark.parametrize("valid", [True, False])
def test_a_strong_convolution_leaves_out_what_is_times_0(valid: bool) -> None:
    a, b = np.array([1.0, np.inf, 2.0, 0.0]), np.array([0.0, 3.0, 0.0])
    with np.errstate(all="ignore"):
        found = TABLE["strong_convolve"](a, b, valid=valid)
    whole = np.array([0.0, 3.0, np.inf, 6.0, 0.0, 0.0])
    np.testing.assert_array_equal(found, whole[2:4] if valid else whole)


@pytest.mark.parametrize("transposed", [True, False])
def test_an_infinite_right_side_reaches_what_depends_on_it_and_nothing_else(transposed: bool) -> None:
    """Of a triangular system: the unknowns from there on, in the direction of substitution."""
    t = np.array([[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [-1.0, 0.0, 1.0]])
    b = np.array([np.inf, 2.0, 3.0])
    wanted = [np.inf, 0.5, 3.0] if transposed else [np.inf, 0.5, np.inf]
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(TABLE["strong_solve"](t, b, transposed=transposed), wanted)
        found = TABLE["strong_solve_triangular"](t, b, lower=True, transposed=transposed)
    np.testing.assert_array_equal(found, wanted)


# Derivatives at special points


def cofactors(a: np.ndarray) -> np.ndarray:
    """By minors."""
    n = len(a)
    out = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        minor = np.delete(np.delete(a, i, 0), j, 1)
        out[i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return out


@pytest.mark.parametrize("a", [SQUARE, SINGULAR, RANK_ONE, np.zeros((3, 3)), np.eye(3), -np.eye(4)], ids=str)
def test_the_gradient_of_det_is_right_at_every_matrix(a: np.ndarray) -> None:
    np.testing.assert_allclose(vjp("det", [a], 1.0)[0], cofactors(a), atol=1e-13)


@pytest.mark.parametrize("a", [SQUARE, SINGULAR, RANK_ONE, np.zeros((3, 3)), np.eye(3), -np.eye(4)], ids=str)
def test_the_second_derivative_of_det_is_right_at_every_matrix(a: np.ndarray) -> None:
    t = np.random.default_rng(1).standard_normal(a.shape)
    found = rules.jvp(TABLE["cofactors"], TABLE["cofactors"](a), [a], [t], {})
    np.testing.assert_allclose(found, difference(lambda h: cofactors(a + h * t), 1e-2), atol=1e-10)


def test_cholesky_and_eigh_see_the_symmetric_part_alone() -> None:
    lopsided = SYMMETRIC + np.array([[0.0, 3.0, 1.0], [-3.0, 0.0, 2.0], [-1.0, -2.0, 0.0]])
    np.testing.assert_array_equal(TABLE["cholesky"](lopsided), TABLE["cholesky"](SYMMETRIC))
    for name in ("cholesky", "eigh"):
        out = TABLE[name](SYMMETRIC)
        ct = tuple(map(np.sin, out)) if isinstance(out, tuple) else np.sin(out)
        (pulled,) = vjp(name, [lopsided], ct)
        np.testing.assert_array_equal(pulled, pulled.T)


REPEATED = np.diag([2.0, 2.0, 2.0, 5.0])


def turned(a: np.ndarray) -> np.ndarray:
    """The same eigenvalues, in another basis, so that they come out equal only up to rounding."""
    q, _ = np.linalg.qr(np.random.default_rng(2).standard_normal(a.shape))
    return q @ a @ q.T


@pytest.mark.parametrize("a", [REPEATED, turned(REPEATED), np.eye(4), np.zeros((4, 4))], ids=str)
def test_what_depends_on_eigenvalues_alone_has_its_derivative_where_they_are_repeated(a: np.ndarray) -> None:
    """d sum(f(w)) / da = f'(a)."""
    w, _ = TABLE["eigh"](a)
    (pulled,) = vjp("eigh", [a], (np.cos(w), None))
    np.testing.assert_allclose(pulled, scipy.linalg.cosm(a), atol=1e-14)
    _, s, _ = TABLE["svd"](a)
    (pulled,) = vjp("svd", [a], (None, 2 * s, None))
    np.testing.assert_allclose(pulled, 2 * a, atol=1e-14)


@pytest.mark.parametrize("a", [REPEATED, turned(REPEATED)], ids=str)
def test_the_vector_of_a_value_of_its_own_has_its_derivative(a: np.ndarray) -> None:
    """The projection on it, against the known formula; the vectors of the repeated ones are given no cotangent."""
    c = np.random.default_rng(3).standard_normal((4, 4))
    _, v = TABLE["eigh"](a)
    last = v[:, 3]
    to_v = np.zeros((4, 4))
    to_v[:, 3] = (c + c.T) @ last
    (pulled,) = vjp("eigh", [a], (None, to_v))
    rest = np.eye(4) - np.outer(last, last)
    half = np.outer(rest @ (c + c.T) @ last / (5.0 - 2.0), last)
    np.testing.assert_allclose(pulled, (half + half.T) / 2, atol=1e-13)


@pytest.mark.parametrize("a", [REPEATED, turned(REPEATED), np.eye(4)], ids=str)
def test_vectors_of_repeated_values_have_no_derivative(a: np.ndarray) -> None:
    ct = np.random.default_rng(4).standard_normal((4, 4))
    assert np.isnan(vjp("eigh", [a], (None, ct))[0]).any()
    assert np.isnan(vjp("svd", [a], (ct, None, None))[0]).any()
    assert np.isnan(vjp("svd", [a], (None, None, ct))[0]).any()
    _, dv = rules.jvp(TABLE["eigh"], TABLE["eigh"](a), [a], [ct], {})
    assert np.isnan(dv).any()


@pytest.mark.parametrize("name", ["eigh", "svd", "qr"])
def test_a_cotangent_that_is_none_is_zero(name: str) -> None:
    rng = np.random.default_rng(5)
    out = TABLE[name](SYMMETRIC)
    ct = [rng.standard_normal(o.shape) for o in out]
    for given in itertools.product([True, False], repeat=len(out)):
        if any(given):
            some = tuple(c if here else None for c, here in zip(ct, given, strict=True))
            whole = tuple(c if here else np.zeros_like(c) for c, here in zip(ct, given, strict=True))
            np.testing.assert_allclose(vjp(name, [SYMMETRIC], some)[0], vjp(name, [SYMMETRIC], whole)[0], atol=1e-14)


def test_a_singular_value_of_zero_spoils_no_derivative_in_the_values() -> None:
    a = np.array([[3.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    _, s, _ = TABLE["svd"](a)
    np.testing.assert_array_equal(vjp("svd", [a], (None, 2 * s, None))[0], 2 * a)


@pytest.mark.parametrize("name", ["pinv", "lstsq"])
def test_without_full_rank_there_is_no_derivative_in_the_matrix(name: str) -> None:
    """A step may raise the rank, and then the result jumps. In the right side there is one."""
    xs = [RANK_ONE] if name == "pinv" else [RANK_ONE, TALL]
    out = TABLE[name](*xs)
    to_a, *to_b = vjp(name, xs, np.ones_like(out))
    assert np.isnan(to_a).all()
    for pulled in to_b:
        np.testing.assert_allclose(pulled, scipy.linalg.pinv(RANK_ONE).T @ np.ones_like(out), atol=1e-14)


def test_least_squares_agrees_with_the_normal_equations_in_value_and_gradient() -> None:
    rng = np.random.default_rng(6)
    a, b, ct = rng.standard_normal((7, 3)), rng.standard_normal(7), rng.standard_normal(3)
    gram, right = a.T @ a, a.T @ b
    x = TABLE["solve"](gram, right)
    np.testing.assert_allclose(TABLE["lstsq"](a, b), x, rtol=1e-12)
    to_gram, to_right = vjp("solve", [gram, right], ct)
    to_a, to_b = vjp("lstsq", [a, b], ct)
    np.testing.assert_allclose(to_a, a @ (to_gram + to_gram.T) + np.outer(b, to_right), rtol=1e-10)
    np.testing.assert_allclose(to_b, a @ to_right, rtol=1e-12)


def test_rules_of_eigenvalues_alone_write_no_gaps() -> None:
    """Neither work nor a nan for what is not asked for."""
    w, v = TABLE["eigh"](SYMMETRIC)
    program = Program([type_of(x) for x in (SYMMETRIC, w, v, w)])
    a, values, vectors, ct = program.refs
    rules.vjp(TABLE["eigh"], (values, vectors), [a], (ct, None), {}, [True])
    names = [stmt.prim.name for stmt in program.build.finish((), ()).body]
    assert names.count("strong_matmul") == 1
    assert "div" not in names
