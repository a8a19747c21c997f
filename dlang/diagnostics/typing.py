"""E03xx: types, shapes and arguments of built-ins, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlang.diagnostics.core import Diagnostic, Label
from dlang.source import Span

# What people of other languages write for a type, and what it is here.
_TYPES_ELSEWHERE = {
    **dict.fromkeys(("float", "float64", "double", "real", "number", "f64"), "Real"),
    **dict.fromkeys(("int", "integer", "int64", "long", "i64"), "Int"),
    **dict.fromkeys(("bool", "boolean"), "Bool"),
    **dict.fromkeys(("str", "string", "text"), "String"),
    **dict.fromkeys(("array", "vector", "list", "tensor"), "[n]"),
    "matrix": "[n, d]",
}


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
    """E0302: shapes that do not fit each other; `operands` are the places and what each one is."""
    if len(operands) == 1:
        [(span, text)] = operands
        return Diagnostic("E0302", title, Label(span, f"this is {text}"), notes=tuple(notes), help=help)
    labels = tuple(Label(span, text) for span, text in operands)
    return Diagnostic("E0302", title, Label(at, "" if labels else "here"), labels, tuple(notes), help)


def condition_not_bool(at: Span, word: str, found: str, help: str | None) -> Diagnostic:
    """E0303: a condition that is not one Bool."""
    return Diagnostic(
        "E0303", f"the condition of `{word}` must be one Bool, not {found}", Label(at, f"this is {found}"), help=help
    )


def too_many_indexes(extra: Span, given: int, target: Span, found: str, rank: int) -> Diagnostic:
    """E0304: more indexes than axes; `extra` are those beyond the last axis."""
    axes = "1 axis" if rank == 1 else f"{rank} axes"
    return Diagnostic(
        "E0304",
        f"{given} indexes for {found}, which has {axes}",
        Label(extra, "no axis is left for this" if given == rank + 1 else "no axes are left for these"),
        (Label(target, found),),
        help="give as many indexes as there are axes, or fewer: those left out are taken whole",
    )


def not_indexable(at: Span, found: str, help: str | None = None) -> Diagnostic:
    """E0305: an index into something that has no elements."""
    return Diagnostic("E0305", f"{found} cannot be indexed", Label(at, f"this is {found}"), help=help)


def not_callable(at: Span, found: str, help: str | None = None) -> Diagnostic:
    """E0306: a call of something that is not a function."""
    return Diagnostic("E0306", f"{found} cannot be called", Label(at, f"this is {found}"), help=help)


def builtin_arguments(
    at: Span,
    signature: str,
    fault: str,
    help: str | None = None,
    label: str = "in this call",
    first: Span | None = None,
) -> Diagnostic:
    """E0307: arguments that a built-in function, or one that is only known as a value, does not take.

    `first` is where an argument that is given twice was given before.
    """
    labels = (Label(first, "the first"),) if first is not None else ()
    return Diagnostic("E0307", fault, Label(at, label), labels, (f"the function is `{signature}`",), help)


def branches_differ(
    at: Span, name: str | None, then: tuple[Span | None, str], orelse: tuple[Span | None, str]
) -> Diagnostic:
    """E0308: two ways through a program give values of different types; each is (place, what it is).

    `name` is the name that has them; `return` for the value of the function; None for that of the `if` itself.
    """
    labels = tuple(Label(span, found) for span, found in (then, orelse) if span is not None)
    if name == "return":
        title = f"the function's value is {then[1]} on one path and {orelse[1]} on another"
        mend = "return values of one type and, for arrays, of one rank"
        return Diagnostic("E0308", title, Label(at, "the paths part here"), labels, help=mend)
    subject = f"`{name}` is" if name else "the value is"
    return Diagnostic(
        "E0308",
        f"{subject} {then[1]} after one branch of the `if` and {orelse[1]} after the other",
        Label(at, "the branches of this `if` meet"),
        labels,
        help="give both branches values of one type and, for arrays, of one rank",
    )


def loop_changes_type(
    at: Span, name: str | None, before: str, after: str, changed: Span | None, *, is_carried: bool = False
) -> Diagnostic:
    """E0309: a loop that gives a name a value of another type than it had; `changed` is where.

    Without a name it is the value of the function, which several `return`s give, or what a `fold` carries.
    """
    if is_carried:
        title = f"what is carried is {before} at first and {after} after a pass"
        return Diagnostic("E0309", title, Label(at, "in this call"), help=f"begin with {after}, or give back {before}")
    if name is None:
        title = f"the function returns {after} in this loop and {before} elsewhere"
        return Diagnostic("E0309", title, Label(at, "in this loop"), help="return values of one type everywhere")
    return Diagnostic(
        "E0309",
        f"`{name}` is {before} before the loop and {after} after a pass",
        Label(changed or at, f"{after} from here on"),
        (Label(at, f"`{name}` comes in as {before}"),) if changed else (),
        help=f"start `{name}` as {after}, or use another name inside the loop",
    )


def must_be_known(at: Span, what: str, help: str | None = None) -> Diagnostic:
    """E0310: an argument that must be known before the program runs."""
    return Diagnostic(
        "E0310",
        f"{what} must be known before the program runs",
        Label(at, "depends on a value met while running"),
        help=help or "write it as a number, or compute it from numbers and sizes of arrays",
    )


def annotation_mismatch(at: Span, declared: Span, what: str, found: str) -> Diagnostic:
    """E0311: a value that does not fit its annotation, which stands at `declared`."""
    return Diagnostic(
        "E0311",
        f"{what} is {found}, and its annotation says `{declared.text}`",
        Label(at, f"this is {found}"),
        (Label(declared, "annotated here"),),
    )


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
    return Diagnostic(
        "E0313",
        f"{what} has no value",
        Label(at, "a value is needed here"),
        help="a function that ends in an assignment or a loop has none, nor has `print`",
    )


def no_bool_arithmetic(at: Span, operator: str, found: str) -> Diagnostic:
    """E0314: arithmetic on Bools."""
    return Diagnostic(
        "E0314",
        f"`{operator}` takes numbers, not {found}",
        Label(at, f"this is {found}"),
        help="write `where(c, 1, 0)` to make numbers of a Bool `c`"
        + (", `sum(c)` to count" if "array" in found else ""),
    )


def unknown_annotation(at: Span, text: str) -> Diagnostic:
    """E0315: an annotation that is no type, or an array of what arrays do not hold."""
    if text == "String":
        return Diagnostic(
            "E0315",
            "an array of String is no type",
            Label(at, "not held by arrays"),
            help="arrays hold Real, Int or Bool",
        )
    near = _TYPES_ELSEWHERE.get(text.casefold()) or _near(text)
    return Diagnostic(
        "E0315",
        f"unknown type `{text}`",
        Label(at, "not a type"),
        notes=("the types are `Real`, `Int`, `Bool`, `String`, and shapes of arrays such as `[n, d]` or `[n] Int`",),
        help=f"write `{near}`" if near else None,
    )


def shape_name_differs(at: Span, name: str, size: int, first: Span, first_size: int) -> Diagnostic:
    """E0316: one name of a shape stands for two sizes."""
    return Diagnostic(
        "E0316",
        f"`{name}` is {first_size} in one place of this function's signature and {size} in another",
        Label(at, f"`{name}` is {size} here"),
        (Label(first, f"`{name}` is {first_size} here"),),
        help="arrays that share a size in the signature must agree in it; give sizes that may differ two names",
    )


def _near(text: str) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(text, ("Real", "Int", "Bool", "String"), n=1)), None)


def unknown_field(at: Span, name: str, record: str, names: Sequence[str]) -> Diagnostic:
    """E0330: a record has no field of a name."""
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    listed = ", ".join(f"`{n}`" for n in names[:12]) + (", …" if len(names) > 12 else "")
    return Diagnostic(
        "E0330",
        f"`{record}` has no field `{name}`",
        Label(at, "no such field"),
        notes=(f"its fields are {listed}" if names else "it has no fields",),
        help=f"did you mean `{near[0]}`?" if near else f"`{{...{record}, {name}: …}}` makes a record that has it",
    )


def choice_grows(at: Span, name: str, what: str) -> Diagnostic:
    """E0331: a loop that makes another function, distribution or String at every pass."""
    title = "the value of the loop" if name.startswith("%") else f"`{name}`"
    return Diagnostic(
        "E0331",
        f"{title} is {what} that every pass of the loop builds anew on the one before",
        Label(at, "there is no end to what it may be"),
        help="keep the numbers that differ in variables, and let one function read them",
    )


def too_many_choices(at: Span, name: str | None, most: int) -> Diagnostic:
    """E0336: a name or value that may be one of more functions, distributions or Strings than are kept apart."""
    shown = f"`{name}`" if name else "the value"
    return Diagnostic(
        "E0336",
        f"{shown} may be one of more than {most} functions, distributions or Strings",
        Label(at, f"there are more than {most} from here on"),
        help="keep a number that says which one it is, and decide where it is used",
    )


def unequal_lengths(at: Span, what: str, lengths: Sequence[tuple[Span, int]]) -> Diagnostic:
    """E0332: values that are run over together are of different lengths."""
    counts = " and ".join(str(n) for _, n in lengths)
    return Diagnostic(
        "E0332",
        f"{what} takes values of one length, found {counts}",
        Label(at, "in this call"),
        tuple(Label(place, f"has {n}") for place, n in lengths),
        help="cut the longer one: `x[:n]`",
    )


def field_twice(at: Span, name: str, first: Span) -> Diagnostic:
    """E0333: a record literal names a field twice."""
    return Diagnostic(
        "E0333",
        f"the field `{name}` is given twice",
        Label(at, "the second"),
        (Label(first, "the first"),),
        help="remove one of them; to change a field of another record, write `{...r, name: value}`",
    )


def not_printable(at: Span, found: str) -> Diagnostic:
    """E0334: a value that has no text."""
    return Diagnostic("E0334", f"`print` cannot show {found}", Label(at, f"this is {found}"))


def read_too_late(at: Span, function: str, name: str) -> Diagnostic:
    """E0335: a function reads a name that was bound after it left the function it was made in."""
    subject = "this function" if function == "fn" else f"`{function}`"
    return Diagnostic(
        "E0335",
        f"{subject} reads `{name}`, which was not bound yet when the function was made",
        Label(at, "in this call"),
        help=f"bind `{name}` before the function is made or used as a value",
    )
