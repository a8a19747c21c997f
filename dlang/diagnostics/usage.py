"""E07xx: faults of the command line, and of the arguments that Python gives in its place.

What was given is named as it was written, by the caller: `--set k`, or `start={"k": …}`. A program is shown only for
what it declares, never for what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dlang.diagnostics.core import Diagnostic, Label
from dlang.diagnostics.numbers import plain
from dlang.diagnostics.suggest import nearest
from dlang.source import Span

__all__ = [
    "bad_option_value",
    "cannot_read_program",
    "conflicting_options",
    "malformed_pair",
    "missing_program",
    "no_single_table",
    "not_utf8",
    "start_outside_bounds",
    "system_refused",
    "unknown_code",
    "unknown_option",
    "unknown_target",
    "unknown_verb",
    "wrong_arguments",
    "wrong_shape",
]


def unknown_verb(verb: str, verbs: Iterable[str]) -> Diagnostic:
    """E0701: the first word of the command line is no verb."""
    near = nearest(verb, verbs)
    if near is None and Path(verb).suffix == ".dl":
        mend = f"say what to do with the program, e.g. `difftool run {verb}`"
    else:
        mend = f"did you mean `{near}`?" if near else "`difftool --help` lists the verbs"
    return Diagnostic("E0701", f"unknown verb `{verb}`", help=mend)


def unknown_option(option: str, verb: str, options: Iterable[str]) -> Diagnostic:
    """E0702: an option that the verb does not have."""
    # Without the dashes, which every two options have in common.
    words = {each.lstrip("-"): each for each in options}
    near = words.get(nearest(option.lstrip("-"), words) or "")
    return Diagnostic(
        "E0702",
        f"`difftool {verb}` has no option `{option}`" if verb else f"unknown option `{option}`",
        help=f"did you mean `{near}`?" if near else f"`{_help(verb)}` lists the options",
    )


def bad_option_value(option: str, found: str, expected: str, choices: Iterable[str] = ()) -> Diagnostic:
    """E0703: an option's value is not of its kind; `expected` completes `expected …`."""
    near = nearest(found, choices)
    return Diagnostic(
        "E0703",
        f"`{option}` cannot be `{found}`",
        notes=(f"expected {expected}",),
        help=f"did you mean `{near}`?" if near else None,
    )


def wrong_arguments(verb: str, fault: str) -> Diagnostic:
    """E0704: an argument or an option's value is missing, or there is one too many; `fault` says which."""
    return Diagnostic("E0704", fault, help=f"`{_help(verb)}` shows an example")


def missing_program(path: str, beside: Iterable[str]) -> Diagnostic:
    """E0705: there is no such program file; `beside` are the programs in its folder, as paths."""
    near = nearest(path, beside)
    return Diagnostic("E0705", f"no such file `{path}`", help=f"did you mean `{near}`?" if near else None)


def cannot_read_program(path: str, reason: str) -> Diagnostic:
    """E0706: the program file is there but cannot be read, e.g. because it is a folder."""
    return Diagnostic("E0706", f"cannot read `{path}`", notes=(reason,))


def not_utf8(path: str, line: int, byte: int) -> Diagnostic:
    """E0707: the program file is not text in UTF-8; `line` counts from 1, `byte` is the first that does not fit."""
    return Diagnostic(
        "E0707",
        f"`{path}` is not UTF-8 text",
        notes=(f"line {line} has the byte 0x{byte:02x}, which does not fit",),
        help="save the file with the encoding UTF-8",
    )


def malformed_pair(option: str, found: str, example: str) -> Diagnostic:
    """E0708: the value of `--set`, `--at` … is not NAME=VALUE."""
    return Diagnostic(
        "E0708",
        f"`{option}` takes NAME=VALUE, found `{found}`",
        help=f"write for example `{option} {example}`",
    )


def unknown_target(given: str, name: str, kind: str, known: Iterable[str], owner: str = "the program") -> Diagnostic:
    """E0709: a name that nothing has; `given` is how it was written, `kind` is `parameter`, `function`, …."""
    names = sorted(known)
    near = nearest(name, names)
    listed = ", ".join(f"`{each}`" for each in names[:12]) + (", …" if len(names) > 12 else "")
    return Diagnostic(
        "E0709",
        f"`{given}`: {owner} has no {kind} `{name}`",
        notes=(f"it has {listed}" if names else f"it has no {kind} at all",),
        help=f"did you mean `{near}`?" if near else None,
    )


def unknown_code(code: str, codes: Iterable[str]) -> Diagnostic:
    """E0710: `explain` was asked for a code, or something of the library, that does not exist."""
    near = nearest(code, codes)
    is_code = code[1:].isdigit()
    return Diagnostic(
        "E0710",
        f"no error code `{code}`" if is_code else f"`{code}` is no error code, and nothing of the standard library",
        help=f"did you mean `{near}`?" if near else "`difftool explain` lists the codes",
    )


def conflicting_options(first: str, second: str, reason: str) -> Diagnostic:
    """E0711: two options that cannot be given together."""
    return Diagnostic("E0711", f"`{first}` cannot be given with `{second}`", notes=(reason,))


def system_refused(path: str, reason: str) -> Diagnostic:
    """E0712: the system refused to read or write a file that an option names; `path` may be unknown."""
    return Diagnostic("E0712", f"cannot use the file `{path}`" if path else reason, notes=(reason,) if path else ())


def start_outside_bounds(
    given: str, name: str, start: float, lower: float, upper: float, bounds: Span | None
) -> Diagnostic:
    """E0713: a start from outside that is not within the bounds that the program declares."""
    inside = f"{plain(lower)}..{plain(upper)}"
    return Diagnostic(
        "E0713",
        f"the start given for `{name}`, {plain(start)}, is "
        + (f"outside its bounds {inside}" if start == start else "not a number"),
        Label(bounds, "the bounds") if bounds else None,
        notes=(f"it is given by `{given}`",),
        help=f"start `{name}` within {inside}",
    )


def wrong_shape(given: str, at: Span, name: str, expected: str, found: str) -> Diagnostic:
    """E0714: a value from outside for a parameter of another shape."""
    return Diagnostic(
        "E0714",
        f"`{name}` is {expected}, and the value given is {found}",
        Label(at, f"`{name}` is declared here"),
        notes=(f"it is given by `{given}`",),
        help=f"give {expected}",
    )


def no_single_table(given: str, tables: int) -> Diagnostic:
    """E0715: a file in place of the program's one table, and it reads none or several."""
    return Diagnostic(
        "E0715",
        f"`{given}` replaces the program's one table, and the program reads {tables or 'none'}",
        help="name what the file replaces: `--data NAME=FILE`",
    )


def _help(verb: str) -> str:
    return f"difftool {verb} --help" if verb else "difftool --help"
