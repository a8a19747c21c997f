"""E03xx: types, shapes and arguments of built-ins, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.source import Span


def wrong_type(at: Span, what: str, expected: str, found: str, help: str | None = None) -> Diagnostic:
    """E0301: a value of the wrong type."""
    return Diagnostic("E0301", f"{what} must be {expected}, not {found}", Label(at, f"this is {found}"), help=help)


def shapes_do_not_fit(
    at: Span,
    title: str,
    operands: Sequence[tuple[Span, str]] = (),
    notes: Iterable[str] = (),
    help: str | None = None,
) -> Diagnostic:
    """E0302: shapes that do not fit each other."""
    labels = tuple(Label(span, text) for span, text in operands)
    return Diagnostic("E0302", title, Label(at, "" if labels else "here"), labels, tuple(notes), help)


def condition_not_bool(at: Span, word: str, found: str, help: str | None) -> Diagnostic:
    """E0303: a condition that is not one Bool."""
    return Diagnostic(
        "E0303", f"the condition of `{word}` must be one Bool, not {found}", Label(at, f"this is {found}"), help=help
    )


def too_many_indexes(at: Span, given: int, found: str, rank: int) -> Diagnostic:
    """E0304: more indexes than axes."""
    axes = "1 axis" if rank == 1 else f"{rank} axes"
    return Diagnostic("E0304", f"{given} indexes for {found}, which has {axes}", Label(at, f"{found} has {axes}"))


def not_indexable(at: Span, found: str, help: str | None = None) -> Diagnostic:
    """E0305: an index into something that has no elements."""
    return Diagnostic("E0305", f"{found} cannot be indexed", Label(at, f"this is {found}"), help=help)


def not_callable(at: Span, found: str, help: str | None = None) -> Diagnostic:
    """E0306: a call of something that is not a function."""
    return Diagnostic("E0306", f"{found} cannot be called", Label(at, f"this is {found}"), help=help)


def builtin_arguments(at: Span, signature: str, fault: str, help: str | None = None) -> Diagnostic:
    """E0307: arguments that a built-in function does not take."""
    return Diagnostic("E0307", fault, Label(at, "in this call"), notes=(f"the built-in is `{signature}`",), help=help)


def branches_differ(at: Span, name: str | None, then: str, orelse: str) -> Diagnostic:
    """E0308: the two ways through an `if` give values of different types."""
    subject = f"`{name}` is" if name else "the value is"
    title = f"{subject} {then} after one branch of the `if` and {orelse} after the other"
    return Diagnostic("E0308", title, Label(at, "the branches meet here"), help="give both branches the same type")


def loop_changes_type(at: Span, name: str, before: str, after: str) -> Diagnostic:
    """E0309: a loop that gives a name a value of another type than it had."""
    title = f"`{name}` is {before} before the loop and {after} after a pass"
    return Diagnostic("E0309", title, Label(at, "in this loop"), help=f"start `{name}` with the type it has later")


def must_be_known(at: Span, what: str, why: str = "") -> Diagnostic:
    """E0310: an argument that must be known before the program runs."""
    return Diagnostic(
        "E0310",
        f"{what} must be known before the program runs",
        Label(at, "depends on a value met while running"),
        notes=(why,) if why else (),
        help="write it as a number",
    )


def annotation_mismatch(at: Span, declared: Span, what: str, expected: str, found: str) -> Diagnostic:
    """E0311: a value that does not fit its annotation."""
    title = f"{what} is annotated {expected} and is {found}"
    return Diagnostic("E0311", title, Label(at, f"this is {found}"), (Label(declared, f"{expected} here"),))


def endless_recursion(at: Span, name: str) -> Diagnostic:
    """E0312: a recursion without a way out."""
    return Diagnostic(
        "E0312",
        f"`{name}` calls itself on every path, so it has no value",
        Label(at, "never returns"),
        help="give it a branch that returns without calling itself",
    )


def missing_value(at: Span, what: str) -> Diagnostic:
    """E0313: a value is needed and there is none."""
    return Diagnostic("E0313", f"{what} has no value", Label(at, "a value is needed here"))


def no_bool_arithmetic(at: Span, operator: str) -> Diagnostic:
    """E0314: arithmetic on Bools."""
    return Diagnostic(
        "E0314",
        f"`{operator}` does not take Bools",
        Label(at, "this is a Bool"),
        help="write `where(c, 1, 0)` to make numbers of a Bool, `sum(c)` to count",
    )


def unknown_annotation(at: Span, text: str) -> Diagnostic:
    """E0315: an annotation that is no type."""
    return Diagnostic(
        "E0315",
        f"unknown type `{text}`",
        Label(at, "not a type"),
        help="write `Real`, `Int`, `Bool`, `String`, or a shape such as `[n, d]`",
    )


def shape_name_differs(at: Span, declared: Span, name: str, first: str, second: str) -> Diagnostic:
    """E0316: one name of a shape stands for two sizes."""
    title = f"the size `{name}` is {first} for one argument and {second} for another"
    return Diagnostic(
        "E0316", title, Label(at, f"`{name}` is {second} here"), (Label(declared, f"`{name}` declared here"),)
    )
