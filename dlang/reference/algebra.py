"""Linear algebra."""

from __future__ import annotations

from dlang.reference.core import Entry, Group

__all__ = ["GROUPS"]

SQUARE = "[…, n, n]"

ALGEBRA = Group(
    "Linear algebra",
    "Results are Real. Axes before the last two are a stack of matrices, which are gone through one by one (`lstsq` "
    "takes one matrix). Of a matrix that should be symmetric (`cholesky`, `eigh`) the symmetric part "
    "counts, (a + aᵀ)/2. A value that "
    "does not exist is `nan`, and a warning says where it was born.",
    (
        Entry(
            "inv",
            f"{SQUARE} → the same shape",
            (
                ("inv([[2, 0], [0, 4]])", "[[0.5, 0.0], [0.0, 0.25]]"),
                ("inv([[1, 2], [2, 4]])", "[[nan, nan], [nan, nan]]"),
                ("inv([[1, 2]])", "error[E0302]: `inv` takes a square matrix, found [1, 2]"),
            ),
        ),
        Entry(
            "solve",
            f"{SQUARE} and [n] → [n]; or [n, m] → [n, m]; stacks broadcast",
            (
                ("solve([[2, 1], [1, 3]], [3, 4])", "[1.0, 1.0]"),
                ("solve([[2, 0], [0, 4]], eye(2))", "[[0.5, 0.0], [0.0, 0.25]]"),
                ("solve([[1, 2], [2, 4]], [1, 1])", "[nan, nan]"),
                ("solve(eye(2), [1, 2, 3])", "error[E0302]: `solve` of shapes [2, 2] and [3]"),
            ),
            note="More exact and cheaper than `inv(a) @ b`.",
        ),
        Entry(
            "det",
            f"{SQUARE} → […]",
            (("det([[2, 0], [1, 3]])", "6.0"), ("det([[1, 2], [2, 4]])", "0.0")),
            derivative="right where the matrix is singular, too",
            slopes=(("grad(det)([[1, 0], [0, 0]])", "[[0.0, 0.0], [0.0, 1.0]]"),),
        ),
        Entry(
            "logdet",
            f"{SQUARE} → […]",
            (
                ("logdet([[-2, 0], [0, 0.5]])", "0.0"),
                ("logdet(1e-200 * eye(3))", "-1381.5510557964276"),
                ("logdet([[1, 2], [2, 4]])", "-inf"),
            ),
            derivative="the transposed inverse; `nan` where the matrix is singular",
            slopes=(
                ("grad(logdet)([[2, 0], [0, 4]])", "[[0.5, 0.0], [0.0, 0.25]]"),
                ("grad(logdet)([[1, 2], [2, 4]])", "[[nan, nan], [nan, nan]]"),
            ),
        ),
        Entry(
            "cholesky",
            f"{SQUARE} → the same shape",
            (
                ("cholesky([[4, 2], [2, 5]])", "[[2.0, 0.0], [1.0, 2.0]]"),
                ("cholesky([[1, 2], [2, 1]])", "[[nan, nan], [nan, nan]]"),
            ),
            derivative="symmetric: half of it on each side of the diagonal",
            slopes=(("grad(fn(a) = sum(cholesky(a)))([[4, 0], [0, 4]])", "[[0.25, 0.25], [0.25, 0.25]]"),),
        ),
        Entry(
            "eigh",
            f"{SQUARE} → (w, V): […, n], {SQUARE}",
            (("eigh([[2, 1], [1, 2]])[0]", "[1.0, 3.0]"), ("eigh([[2, 0], [0, 2]])[0]", "[2.0, 2.0]")),
            note="Of each column of `V` only the direction is determined, not its sign.",
            derivative="of `w` right, as long as equal values are used alike, the second where they differ; "
            "of `V` `nan` where equal values couple",
            slopes=(
                ("grad(fn(a) = sum(eigh(a)[0]))(eye(2))", "[[1.0, 0.0], [0.0, 1.0]]"),
                ("grad(fn(a) = eigh(a)[1][0, 1])(eye(2))", "[[0.0, nan], [nan, 0.0]]"),
            ),
        ),
        Entry(
            "svd",
            "[…, n, m] → (U, s, Vt): […, n, k], […, k], […, k, m], with k = min(n, m)",
            (("svd([[3, 0], [0, 4]])[1]", "[4.0, 3.0]"), ("svd([[1, 2], [2, 4]])[1] |> round", "[5.0, 0.0]")),
            derivative="as of `eigh`",
            slopes=(
                ("grad(fn(a) = sum(svd(a)[1]))(eye(2))", "[[1.0, 0.0], [0.0, 1.0]]"),
                ("grad(fn(a) = svd(a)[0][0, 1])(eye(2))", "[[0.0, nan], [nan, 0.0]]"),
            ),
        ),
        Entry(
            "qr",
            "[…, n, m] → (Q, R): […, n, k], […, k, m], with k = min(n, m)",
            (("{ (Q, R) = qr([[0, 2], [3, 4], [0, 0]]); (shape(Q), shape(R)) }", "((3, 2), (2, 2))"),),
            derivative="`nan` without full rank, or, where rounding hides that, numbers without meaning",
            slopes=(("grad(fn(a) = sum(qr(a)[1]))([[1, 0], [0, 0]])", "[[nan, nan], [nan, nan]]"),),
        ),
        Entry(
            "lstsq",
            "[n, m] and [n] → [m]; or [n, k] → [m, k]",
            (
                ("lstsq([[1, 0], [0, 2], [0, 0]], [3, 4, 5])", "[3.0, 2.0]"),
                ("lstsq([[2, 0], [0, 0]], [2, 2])", "[1.0, 0.0]"),
                ("lstsq(ones(2, 2, 2), [1, 2])", "error[E0302]: `lstsq` takes one matrix, found [2, 2, 2]"),
            ),
            derivative="`nan` in `a` without full rank",
            slopes=(("grad(fn(a) = sum(lstsq(a, [2, 2])))([[2, 0], [0, 0]])", "[[nan, nan], [nan, nan]]"),),
        ),
    ),
)

GROUPS = (ALGEBRA,)
