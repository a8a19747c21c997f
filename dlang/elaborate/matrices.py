"""The built-in functions of linear algebra."""

from __future__ import annotations

from dlang.elaborate.arguments import Arguments, Builtin, Formal
from dlang.elaborate.values import Num, Tup, Value
from dlang.primitives.table import TABLE

__all__ = ["LINEAR_ALGEBRA"]

A, B = Formal("a"), Formal("b")


def _of_one(name: str, doc: str) -> Builtin:
    return Builtin(name, (A,), lambda args: args.apply(TABLE[name], args.real("a")), doc)


def _of_two(name: str, doc: str) -> Builtin:
    return Builtin(name, (A, B), lambda args: args.apply(TABLE[name], *_arrays(args)), doc)


def _arrays(args: Arguments) -> tuple[Num, Num]:
    a, b = args.array("a"), args.array("b")
    return args.typed_real(a), args.typed_real(b)


def _factors(name: str, doc: str) -> Builtin:
    return Builtin(name, (A,), lambda args: Tup(args.several(TABLE[name], args.real("a"))), doc)


def _solve(args: Arguments) -> Value:
    a, b = _arrays(args)
    if a.type.rank < 3 or b.type.rank != 1:
        return args.apply(TABLE["solve"], a, b)
    # a stack of matrices and one vector for all of them: a column while it is solved
    found = args.apply(TABLE["solve"], a, args.apply(TABLE["expand_dims"], b, axes=(1,)))
    return args.apply(TABLE["squeeze"], found, axes=(found.type.rank - 1,))


def _qr(args: Arguments) -> Value:
    a = args.real("a")
    rank = a.type.rank
    if rank < 2 or _is_tall(a):
        return Tup(args.several(TABLE["qr"], a))
    # The columns beyond the first square (none, if it turns out tall) do not change q.
    square = args.apply(TABLE["minimum"], args.length(a, rank - 2), args.length(a, rank - 1))
    q, r = args.several(TABLE["qr"], args.cut(a, rank - 1, None, square))
    turned = args.apply(TABLE["transpose"], q, axes=(*range(rank - 2), rank - 1, rank - 2))
    rest = args.apply(TABLE["matmul"], turned, args.cut(a, rank - 1, square, None))
    return Tup((q, args.apply(TABLE["concat"], r, rest, axis=rank - 1)))


def _is_tall(a: Num) -> bool:
    """Whether it is known that there are no more columns than rows."""
    rows, columns = a.type.shape[-2:]
    return rows is not None and columns is not None and rows >= columns


LINEAR_ALGEBRA: tuple[Builtin, ...] = (
    _of_one("inv", "inverse of a square matrix; nan if it is singular"),
    _of_one("det", "determinant"),
    _of_one("logdet", "log of the absolute value of the determinant, without overflow; -inf if it is 0"),
    _of_one("cholesky", "the lower `L` with `L @ transpose(L) = a`, `a` symmetric; nan if not positive definite"),
    _factors(
        "eigh",
        "`(w, V)` of a symmetric matrix: eigenvalues, ascending, and eigenvectors, the columns of `V`",
    ),
    _factors("svd", "`(U, s, Vt)`, thin: `U @ diag(s) @ Vt = a`, the singular values `s` descending"),
    Builtin("qr", (A,), _qr, "`(Q, R)`, thin: `Q @ R = a`, orthonormal columns in `Q`, `R` upper triangular"),
    Builtin("solve", (A, B), _solve, "the `x` with `a @ x = b`, `b` a vector or a matrix; nan if `a` is singular"),
    _of_two(
        "lstsq",
        "the `x` of least `norm(b - a @ x)`, of several the shortest, `b` a vector or a matrix",
    ),
    _of_two("cross", "cross product of vectors of 3, along the last axis"),
)
"""Matrices may be stacked: axes before the last two are gone through one by one, and broadcast (not in `lstsq`). Of a
matrix that should be symmetric, the symmetric part counts."""
