"""E02xx: names, arguments and control flow, as far as they are checked without types.

A `Label` argument that explains a path is made by the checker, which knows the path.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.suggest import nearest
from dlang.source import Span

# What people of other languages write, and what it is here.
_ELSEWHERE = {
    "True": "write `true`",
    "False": "write `false`",
    "None": "there is no null value; leave the name unbound, or use `nan`",
    "e": "write `exp(1)`; `e` is free for a name of yours",
    "ln": "the natural logarithm is `log`",
    "PI": "write `pi`",
    "Pi": "write `pi`",
    "NaN": "write `nan`",
    "Inf": "write `inf`",
    "range": "a range is written `0..n`",
    **dict.fromkeys(("pow", "power"), "a power is written `x^n`"),
    **dict.fromkeys(("mod", "fmod", "rem", "remainder"), "a remainder is written `a % b`"),
    **dict.fromkeys(("average", "avg"), "write `mean`"),
    **dict.fromkeys(
        ("gauss", "gaussian", "Gaussian"),
        "the distribution is `normal(mu, sigma)`; a peak is written `exp(-((x - mu) / sigma)^2 / 2)`",
    ),
    **dict.fromkeys(("double_exponential", "Laplace"), "it is called `laplace`"),
    "ifelse": "write `where(c, a, b)`",
    **dict.fromkeys(("minimise", "minimize"), "an objective is written `minimize e`, at the beginning of a line"),
    **dict.fromkeys(("maximise", "maximize"), "an objective is written `maximize e`, at the beginning of a line"),
    "arcsin": "write `asin`",
    "arccos": "write `acos`",
    "arctan": "write `atan`",
    "arctan2": "write `atan2`",
    "np": "functions of arrays need no prefix: `sum(x)`",
    "numpy": "functions of arrays need no prefix: `sum(x)`",
    "math": "mathematical functions need no prefix: `sin(x)`",
    "def": "a function begins with `fn`: `fn f(x) = x^2`",
    "let": "a name is bound without a keyword: `x = 1`",
    "var": "a name is bound without a keyword: `x = 1`",
    "const": "a name is bound without a keyword: `x = 1`",
    **dict.fromkeys(("length", "nrow", "ncol"), "write `len(x)`, or `shape(x)` for all sizes"),
    **dict.fromkeys(("ones_like", "zeros_like", "empty_like"), "write `zeros(shape(x))`, or `ones(shape(x))`"),
    **dict.fromkeys(("array", "asarray", "vector", "list"), "an array is written `[1, 2, 3]`"),
    **dict.fromkeys(
        ("float", "Float", "double"), "an Int becomes Real by itself where it meets one; or write `1.0 * x`"
    ),
    **dict.fromkeys(("Int", "as_int"), "write `int(x)`"),
    "str": "`print` shows numbers; Strings are not made of them",
    "meshgrid": "arrays broadcast: `reshape(x, len(x), 1) + y` has every pair",
    "diff": "write `x[1:] - x[:-1]`",
    **dict.fromkeys(("cov", "covariance"), "write `import stats`, then `stats.covariance(x, y)`"),
    **dict.fromkeys(("corr", "corrcoef", "cor"), "write `import stats`, then `stats.correlation(x, y)`"),
    **dict.fromkeys(("median", "quantile", "percentile"), "write `import stats`, then `stats.quantile(x, 0.5)`"),
    **dict.fromkeys(
        ("interp1d", "spline"), "write `import interp`, then `interp.linear(x, xs, ys)` or `interp.spline(xs, ys)`"
    ),
    **dict.fromkeys(("odeint", "solve_ivp", "ode45"), "write `import ode`, then `ode.solve(f, y0, ts)`"),
    **dict.fromkeys(
        ("integrate", "trapz", "trapezoid"), "write `import quad`: `quad.integrate(f, a, b)`, `quad.trapezoid(y, x)`"
    ),
    **dict.fromkeys(("fsolve", "brentq", "find_root"), "write `import roots`, then `roots.root(f, lo, hi)`"),
    **dict.fromkeys(
        ("tile", "repeat", "rep"),
        "`broadcast(x, n, len(x))` repeats along a new axis; `concat(x, x)` behind each other",
    ),
    "searchsorted": "write `sum(xs < x)`: how many are less",
    "isinf": "write `abs(x) == inf`, or `not isfinite(x)`",
    "target": "a term is written `y ~ normal(mu, sigma)` or `minimize e`",
    "end": "the last element is `x[-1]`, and all from `i` on `x[i:]`",
    "lambda": "a function without a name is `fn(x) = x^2`",
}
LIBRARY = frozenset({"ode", "nn", "curve", "roots", "quad", "stats", "interp"})
"""The modules of the standard library."""


def unknown_name(at: Span, name: str, own: Collection[str], builtins: Collection[str]) -> Diagnostic:
    """E0201: a name that nothing in scope binds.

    The program's `own` names are likelier meant than `builtins`, which are those that fit the place: where no
    function is called, the name is a quantity, and no function is meant.
    """
    near = nearest(name, own) or nearest(name, builtins, 0.7)
    mend = _ELSEWHERE.get(name) or (f"did you mean `{near}`?" if near else None)
    if name in LIBRARY:
        mend = f"write `import {name}` at the top of the file"
    return Diagnostic(
        code="E0201",
        title=f"unknown name `{name}`",
        primary=Label(at, "not defined here"),
        help=mend,
    )


def used_before_bound(at: Span, name: str, bound: Label, outer: Span | None) -> Diagnostic:
    """E0202: a name of this function (or file) that is used above everything that binds it.

    `bound` is the first place that binds it; `outer` where an enclosing function or the file binds the
    same name, which the local one hides.
    """
    own = f"an assignment anywhere in a function makes `{name}` its own, in the whole function"
    return Diagnostic(
        code="E0202",
        title=f"`{name}` is used before it is bound",
        primary=Label(at, "nothing has bound it yet"),
        labels=(bound,) if outer is None else (bound, Label(outer, f"this `{name}` is another one, outside")),
        notes=() if outer is None else (own,),
        help=f"give the function's own name another name, or take `{name}` as a parameter"
        if outer is not None
        else f"bind `{name}` above its use",
    )


def bound_on_some_paths(at: Span, name: str, gap: Label) -> Diagnostic:
    """E0203: a name that is bound on some paths to its use; `gap` shows one that lacks it."""
    return Diagnostic(
        code="E0203",
        title=f"`{name}` is bound on only some paths to its use",
        primary=Label(at, "may not be bound here"),
        labels=(gap,),
        help=f"bind `{name}` on every path, or give it a value before",
    )


def called_before_bound(at: Span, function: str, name: str, use: Span, bound: Label) -> Diagnostic:
    """E0204: a call of a function before a name that it captures is bound."""
    return Diagnostic(
        code="E0204",
        title=f"`{function}` is called before `{name}`, which it uses, is bound",
        primary=Label(at, "called here"),
        labels=(Label(use, f"`{name}` is used here"), bound),
        help=f"bind `{name}` above the call",
    )


def assigned_after_capture(at: Span, name: str, capture: Span, function: str) -> Diagnostic:
    """E0205: an assignment to a name that a function has captured."""
    return Diagnostic(
        code="E0205",
        title=f"`{name}` is assigned after {function} has captured it",
        primary=Label(at, "assigned here"),
        labels=(Label(capture, f"captured by {function} here"),),
        notes=("a name that a function has captured keeps its value",),
        help=f"use another name for the new value, or pass `{name}` as an argument",
    )


def declared_twice(
    at: Span, name: str, kind: str, first: Span, first_kind: str, files: tuple[str, str] | None = None
) -> Diagnostic:
    """E0206: a second declaration of a param, datum, function, report, import, or of a name assigned before.

    `files` are those of two columns, which are called as in their headers and not as a program likes.
    """
    mend = "rename one of them"
    if files is not None:
        other = f"rename the column in the header of one file, to `{name}2` for example, and so here"
        mend = "remove one of them" if files[0] == files[1] else other
    return Diagnostic(
        code="E0206",
        title=f"`{name}` is declared twice",
        primary=Label(at, f"here as {kind}"),
        labels=(Label(first, f"first here, as {first_kind}"),),
        notes=("the names of a table's data are those of its header",) if files else (),
        help=mend,
    )


def assigned_declared(at: Span, name: str, kind: str, declared: Span, is_datum: bool = False) -> Diagnostic:
    """E0207: an assignment to a param, datum, function, report or import.

    `is_datum` says that `=` stands behind the name of data: most often a term of the fit is meant.
    """
    mend = f"use another name, as in `{name}_1 = …`"
    if is_datum:
        mend = f"a term of the fit is written `{name} ~ …`; another value needs another name, as in `{name}_1 = …`"
    return Diagnostic(
        code="E0207",
        title=f"`{name}` is {kind} and cannot be assigned",
        primary=Label(at, "assigned here"),
        labels=(Label(declared, "declared here"),),
        help=mend,
    )


def outer_updated(at: Span, name: str, written: str, outer: Span | None) -> Diagnostic:
    """E0208: `x += 1`, `a[i] = …` or `r.w = …` on a name outside the function, or on a built-in (`outer` None)."""
    if outer is None:
        return Diagnostic(
            code="E0208",
            title=f"`{name}` is built in and cannot be changed",
            primary=Label(at, f"`{written}` changes a variable, and there is none of this name"),
            help=f"bind a variable first: `{name} = 0`",
        )
    return Diagnostic(
        code="E0208",
        title=f"`{name}` belongs outside this function, which cannot change it",
        primary=Label(at, f"`{written}` changes a variable of the function itself"),
        labels=(Label(outer, f"`{name}` is bound here, outside"),),
        help=f"begin with a copy, `my_{name} = {name}`, change that and return it",
    )


def constant_assigned(at: Span, name: str) -> Diagnostic:
    """E0209: a binding of `pi`, `inf` or `nan`."""
    return Diagnostic(
        code="E0209",
        title=f"`{name}` is a constant and cannot be bound",
        primary=Label(at, "bound here"),
        help="use another name",
    )


def duplicate_parameter(at: Span, name: str, first: Span) -> Diagnostic:
    """E0210: a parameter's name that stands twice in one list."""
    return Diagnostic(
        code="E0210",
        title=f"two parameters are called `{name}`",
        primary=Label(at, "the second"),
        labels=(Label(first, "the first"),),
        help="rename one of them",
    )


def too_many_arguments(at: Span, signature: str, found: int, expected: int, defined: Span) -> Diagnostic:
    """E0211: more positional arguments than parameters."""
    return Diagnostic(
        code="E0211",
        title=f"`{signature}` takes {_arguments(expected)}, not {found}",
        primary=Label(at, "one too many" if found == expected + 1 else f"{found - expected} too many"),
        labels=(Label(defined, "defined here"),),
        help="remove the argument" if found == expected + 1 else "remove the arguments",
    )


def missing_arguments(at: Span, signature: str, missing: Sequence[str], defined: Span) -> Diagnostic:
    """E0212: parameters without a default that a call gives no value."""
    listed = " and ".join(f"`{name}`" for name in missing)
    return Diagnostic(
        code="E0212",
        title=f"this call of `{signature}` gives no {listed}",
        primary=Label(at, f"lacks {listed}"),
        labels=(Label(defined, "defined here"),),
        help=f"give {'it' if len(missing) == 1 else 'them'} here, or a default in the definition",
    )


def unknown_argument(at: Span, name: str, signature: str, names: Sequence[str], defined: Span) -> Diagnostic:
    """E0213: a named argument that is no parameter."""
    near = nearest(name, names)
    return Diagnostic(
        code="E0213",
        title=f"`{signature}` has no parameter `{name}`",
        primary=Label(at, "no such parameter"),
        labels=(Label(defined, "defined here"),),
        help=f"did you mean `{near}`?" if near else None,
    )


def argument_twice(at: Span, name: str, signature: str, first: Span, defined: Span) -> Diagnostic:
    """E0214: an argument given both by place and by name, or by name twice."""
    return Diagnostic(
        code="E0214",
        title=f"this call of `{signature}` gives `{name}` twice",
        primary=Label(at, "the second"),
        labels=(Label(first, "the first"), Label(defined, "defined here")),
        help="remove one of them",
    )


def jump_outside_loop(at: Span, word: str, in_function: bool) -> Diagnostic:
    """E0215: `break` or `continue` that no loop of the function surrounds."""
    return Diagnostic(
        code="E0215",
        title=f"`{word}` outside a loop",
        primary=Label(at, "no loop around it"),
        notes=("a loop around the function does not count",) if in_function else (),
        help="write `return` to leave a function" if in_function else None,
    )


def return_outside_function(at: Span) -> Diagnostic:
    """E0216: `return` at the top level."""
    return Diagnostic(code="E0216", title="`return` outside a function", primary=Label(at, "no function around it"))


def not_at_top_level(at: Span, statement: str, around: Label) -> Diagnostic:
    """E0217: a declaration or a term inside a function, a branch or a loop."""
    return Diagnostic(
        code="E0217",
        title=f"{statement} stands only at the top level of a file",
        primary=Label(at, "not here"),
        labels=(around,),
        help="move it out of the braces",
    )


def no_value(at: Span, fault: str, needed: Span, mend: str) -> Diagnostic:
    """E0218: a block or an `if` has no value where one is needed; `fault` says what there is instead."""
    return Diagnostic(
        code="E0218",
        title=f"a value is needed, and {fault}",
        primary=Label(at, "no value"),
        labels=(Label(needed, "a value is needed here"),) if needed != at else (),
        help=mend,
    )


def call_without_value(at: Span, function: str, why: Label) -> Diagnostic:
    """E0219: the value of a call is used, and the function ends without one."""
    return Diagnostic(
        code="E0219",
        title=f"`{function}` gives no value, and one is needed",
        primary=Label(at, "a value is needed here"),
        labels=(why,),
        help=f"end `{function}` with the expression that is its value, or with `return`",
    )


def unused_result(at: Span, what: str, mend: str | None) -> Diagnostic:
    """W0221: a statement that computes a value which nothing uses."""
    return Diagnostic(
        code="W0221",
        title=f"the value of this {what} is not used",
        primary=Label(at, "computed, and dropped"),
        help=mend,
        severity="warning",
    )


def unreachable(at: Span, why: Label) -> Diagnostic:
    """W0222: a statement that no path reaches."""
    return Diagnostic(
        code="W0222",
        title="this statement is never reached",
        primary=Label(at, "never reached"),
        labels=(why,),
        severity="warning",
    )


def unused_param(at: Span, name: str) -> Diagnostic:
    """W0223: a param that nothing reads."""
    return Diagnostic(
        code="W0223",
        title=f"param `{name}` does not influence the objective",
        primary=Label(at, "nothing reads it"),
        help="use it in the model, or remove it",
        severity="warning",
    )


def unused_name(at: Span, name: str, kind: str) -> Diagnostic:
    """W0224: a name that is bound and never read; `kind` is what it is, `variable`, `function` or `datum`."""
    mends = {
        "module": "remove the import",
        "datum": "leave it out, or use it in the model",
        "loop variable": "use it, or write `_` in its place",
    }
    return Diagnostic(
        code="W0224",
        title=f"{kind} `{name}` is never used",
        primary=Label(at, "bound here, and never read"),
        help=mends.get(kind, f"use it, remove it, or call it `_{name}`"),
        severity="warning",
    )


def constant_condition(at: Span, answer: bool) -> Diagnostic:
    """W0225: a condition whose answer the text settles, or the bounds of params."""
    word = "true" if answer else "false"
    return Diagnostic(
        code="W0225",
        title=f"this condition is always {word}",
        primary=Label(at, f"always {word}"),
        help="compare with what may change, or leave the condition out",
        severity="warning",
    )


def _arguments(n: int) -> str:
    return {0: "no arguments", 1: "1 argument"}.get(n, f"{n} arguments")
