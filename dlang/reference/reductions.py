"""Functions that make less of an array, or go along one of its axes."""

from __future__ import annotations

from dlang.reference.core import Case, Entry, Group

__all__ = ["GROUPS"]

REDUCED = "`x` of one or more axes → without the axes that `axis` names"
ALONG = "`x` of one or more axes → the same shape"


def _reduction(
    name: str,
    element: str,
    *cases: Case,
    note: str = "",
    derivative: str = "",
    slopes: tuple[Case, ...] = (),
) -> Entry:
    return Entry(name, f"{REDUCED}; {element}", cases, note, derivative, slopes)


REDUCTIONS = Group(
    "Reductions",
    "Without `axis` all elements are taken together and the result is one number. `axis` is one axis or a tuple of "
    "them, a negative one counts from the last; it is known before the program runs. With `keepdims=true` the "
    "axes stay, with size 1, so that the result broadcasts against `x`.",
    (
        _reduction(
            "sum",
            "Int stays Int, Bools are counted",
            ("sum([[1, 2], [3, 4]])", "10"),
            ("sum([[1, 2], [3, 4]], axis=0)", "[4, 6]"),
            ("sum([[1, 2], [3, 4]], axis=1, keepdims=true)", "[[3], [7]]"),
            ("sum([1.5, -2, 3] > 0)", "2"),
            ("sum([])", "0.0"),
            ("sum(3)", "error[E0301]: the argument `x` of `sum` must be an array, not an Int"),
        ),
        _reduction(
            "prod",
            "Int stays Int",
            ("prod([2, 3, 4])", "24"),
            ("prod([])", "1.0"),
            derivative="right where elements are 0",
            slopes=(("grad(prod)([0, 2, 3])", "[6.0, 0.0, 0.0]"), ("grad(prod)([0, 0, 3])", "[0.0, 0.0, 0.0]")),
        ),
        _reduction(
            "mean",
            "Real",
            ("mean([1, 2, 4])", "2.3333333333333335"),
            ("mean([[1, 2], [3, 4]], axis=0)", "[2.0, 3.0]"),
            ("mean([])", "nan"),
            ("mean(gamma(2, 4))", "0.5"),
            note="Of a distribution it is the expected value: see [below](#what-is-asked-of-a-distribution).",
        ),
        _reduction(
            "var",
            "Real",
            ("var([1, 2, 3, 6])", "3.5"),
            ("var([1, 2, 3, 6], ddof=1)", "4.666666666666667"),
            ("var([3], ddof=1)", "nan"),
        ),
        _reduction(
            "std",
            "Real",
            ("std([1, 2, 4])", "1.247219128924647"),
            ("std([1, 2, 4], ddof=1)", "1.5275252316519465"),
            derivative="0 where all elements are equal",
            slopes=(("grad(std)([2, 2])", "[0.0, 0.0]"),),
        ),
        Entry(
            "max",
            "`max(x)` reduces, as the others do; `max(a, b, …)` goes element by element: shapes that "
            "broadcast → the shape they broadcast to. Int stays Int",
            (
                ("max([3, 1, 2])", "3"),
                ("max([[1, 5], [3, 4]], axis=1)", "[5, 4]"),
                ("max([1, 5], 2)", "[2, 5]"),
                ("max(1, 2.5, 2)", "2.5"),
                ("max([1, nan])", "nan"),
                ("max([])", "error[E0302]: `max` of no elements"),
                ("max(3)", "error[E0301]: what `max` reduces must be an array, not an Int"),
            ),
            derivative="ties share it equally",
            slopes=(("grad(max)([2, 1, 2])", "[0.5, 0.0, 0.5]"), ("(fn(x) = max(x, 0))'(0)", "0.5")),
        ),
        Entry(
            "min",
            "as `max`",
            (
                ("min([3, 1, 2])", "1"),
                ("min([1, 5], 2)", "[1, 2]"),
                ("min(nan, 1)", "nan"),
                ("min([])", "error[E0302]: `min` of no elements"),
            ),
            derivative="ties share it equally",
            slopes=(("grad(min)([1, 1, 2])", "[0.5, 0.5, 0.0]"),),
        ),
        _reduction(
            "argmax",
            "Int",
            ("argmax([3, 7, 7])", "1"),
            ("argmax([[1, 5], [3, 4]])", "1"),
            ("argmax([[1, 5], [3, 4]], axis=1)", "[1, 1]"),
            ("argmax([])", "error[E0302]: `argmax` of no elements"),
            note="Without `axis` elements are counted row by row. `axis` is one axis.",
        ),
        _reduction("argmin", "Int", ("argmin([3, 1, 1])", "1"), ("argmin([1, nan, 0])", "1"), note="As `argmax`."),
        _reduction(
            "any",
            "Bool, of Bools",
            ("any([1, -2] > 0)", "true"),
            ("any([] > 0)", "false"),
            (
                "any([1, 2])",
                "error[E0301]: the argument `x` of `any` must be an array of Bool, not an array [2] of Int",
            ),
        ),
        _reduction("all", "Bool, of Bools", ("all([1, -2] > 0)", "false"), ("all([] > 0)", "true")),
        _reduction(
            "logsumexp",
            "Real",
            ("logsumexp([0, 0])", "0.6931471805599453"),
            ("logsumexp([1000, 1000])", "1000.6931471805599"),
            ("logsumexp([-inf, -inf])", "-inf"),
            ("logsumexp([])", "-inf"),
            derivative="`softmax`",
            slopes=(("grad(logsumexp)([0, 0])", "[0.5, 0.5]"), ("grad(logsumexp)([-inf, -inf])", "[0.5, 0.5]")),
        ),
        _reduction(
            "norm",
            "Real",
            ("norm([3, 4])", "5.0"),
            ("norm([[3, 4], [6, 8]], axis=1)", "[5.0, 10.0]"),
            ("norm([1e200, 1e200])", "1.414213562373095e200"),
            ("norm([])", "0.0"),
            note="Of a matrix without `axis` it is the Frobenius norm.",
            derivative="0 at the origin",
            slopes=(("grad(norm)([0, 0])", "[0.0, 0.0]"), ("grad(norm)([3, 4])", "[0.6, 0.8]")),
        ),
    ),
)

ALONG_AN_AXIS = Group(
    "Along an axis",
    "`axis` is one axis; where it is left out, the default in the signature counts.",
    (
        Entry(
            "cumsum",
            f"{ALONG}; Int stays Int",
            (
                ("cumsum([1, 2, 3])", "[1, 3, 6]"),
                ("cumsum([[1, 2], [3, 4]], axis=1)", "[[1, 3], [3, 7]]"),
                ("cumsum([])", "[]"),
            ),
        ),
        Entry(
            "cumprod",
            f"{ALONG}; Int stays Int",
            (("cumprod([1, 2, 3])", "[1, 2, 6]"),),
            derivative="right where elements are 0",
            slopes=(("jacobian(cumprod)([0, 2])", "[[1.0, 0.0], [2.0, 0.0]]"),),
        ),
        Entry(
            "sort",
            f"{ALONG} and kind of element",
            (
                ("sort([3, 1, 2])", "[1, 2, 3]"),
                ("sort([[3, 1], [0, 2]])", "[[1, 3], [0, 2]]"),
                ("sort([[3, 1], [0, 2]], axis=0)", "[[0, 1], [3, 2]]"),
                ("sort([nan, 1])", "[1.0, nan]"),
            ),
            derivative="goes to where the elements came from; ties share it equally",
            slopes=(("grad(fn(x) = sort(x)[0])([3, 1, 1])", "[0.0, 0.5, 0.5]"),),
        ),
        Entry(
            "argsort",
            f"{ALONG}, Int",
            (("argsort([3, 1, 2])", "[1, 2, 0]"), ("argsort([1, 0, 1])", "[1, 0, 2]")),
            note="Stable: equal elements keep their order.",
        ),
        Entry(
            "softmax",
            f"{ALONG}, Real",
            (
                ("softmax([0, 0])", "[0.5, 0.5]"),
                ("softmax([1000, 0])", "[1.0, 0.0]"),
                ("softmax([[0, 0], [0, 0]], axis=0)", "[[0.5, 0.5], [0.5, 0.5]]"),
                ("softmax([-inf, -inf])", "[0.5, 0.5]"),
            ),
        ),
        Entry(
            "log_softmax",
            f"{ALONG}, Real",
            (
                ("log_softmax([0, 0])", "[-0.6931471805599453, -0.6931471805599453]"),
                ("log_softmax([1000, 0])", "[0.0, -1000.0]"),
            ),
        ),
    ),
)

GROUPS = (REDUCTIONS, ALONG_AN_AXIS)
