"""E07xx: faults of the command line, and of the arguments that Python gives in its place.

What was given is named as it was written, by the caller: `--set k`, or `start={"k": …}`. A program is shown only for
what it declares, never for what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    "not_native",
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

_FEW = 8
"""Programs that are named where one is missing."""


def unknown_verb(verb: str, verbs: Iterable[str]) -> Diagnostic:
    """E0701: the first word of the command line is no verb."""
    if Path(verb).suffix == ".dl":
        mend = f"say what to do with it: `difftool run {verb}`, or `difftool fit {verb}` to fit its parameters"
        return Diagnostic("E0701", f"`{verb}` is a program, and a verb comes before it", help=mend)
    near = nearest(verb, verbs) or ("--version" if verb == "version" else None)
    mend = f"did you mean `{near}`?" if near else "`difftool --help` lists the verbs"
    return Diagnostic("E0701", f"unknown verb `{verb}`", help=mend)


def unknown_option(option: str, verb: str, options: Iterable[str], others: Sequence[str] = ()) -> Diagnostic:
    """E0702: an option that the verb does not have; `verb` is empty where none stands before it.

    `others` are verbs that have it.
    """
    if others and not verb:
        before = "fit" if "fit" in others else others[0]
        title = f"`{option}` is an option of a verb, and comes behind it"
        return Diagnostic("E0702", title, help=f"write `difftool {before} … {option}`")
    title = f"`difftool {verb}` has no option `{option}`" if verb else f"unknown option `{option}`"
    if others:
        having = _listed([f"`difftool {each}`" for each in others])
        return Diagnostic("E0702", title, help=f"`{option}` is an option of {having}")
    # Without the dashes, which every two options have in common.
    words = {each.lstrip("-"): each for each in options}
    word = option.lstrip("-")
    begun = [each for each in words if each.startswith(word)] if len(word) == 1 else []
    near = words.get((begun[0] if len(begun) == 1 else nearest(word, words)) or "")
    mend = f"did you mean `{near}`?" if near else f"`{_help(verb)}` lists the options"
    return Diagnostic("E0702", title, help=mend)


def bad_option_value(option: str, found: str, expected: str, choices: Iterable[str] = ()) -> Diagnostic:
    """E0703: an option's value is not of its kind; `expected` completes `expected …`."""
    near = nearest(found, choices)
    return Diagnostic(
        "E0703",
        f"`{option}` cannot be `{found}`",
        notes=(f"expected {expected}",),
        help=f"did you mean `{near}`?" if near else None,
    )


def wrong_arguments(verb: str, fault: str, note: str | None = None, programs: Sequence[str] = ()) -> Diagnostic:
    """E0704: an argument or an option's value is missing, or there is one too many; `fault` says which.

    `programs` are there to be named, where it is a program that is missing.
    """
    notes = [note] if note else []
    mend = f"`{_help(verb)}` shows an example"
    if programs:
        notes.append(_programs("here", programs))
        mend = f"write for example `difftool {verb} {programs[0]}`"
    return Diagnostic("E0704", fault, notes=tuple(notes), help=mend)


def missing_program(path: str, beside: Iterable[str]) -> Diagnostic:
    """E0705: there is no such program file; `beside` are the programs in its folder, as paths."""
    there = sorted(beside)
    stems = {Path(each).stem: each for each in there}  # without what all of them have in common
    near = stems.get(nearest(Path(path).stem, stems) or "")
    notes = (_programs("there", there),) if there and not near else ()
    return Diagnostic("E0705", f"no such file `{path}`", notes=notes, help=f"did you mean `{near}`?" if near else None)


def cannot_read_program(path: str, reason: str, inside: Iterable[str] = ()) -> Diagnostic:
    """E0706: the program file is there but cannot be read; `inside` are the programs in it, if it is a folder."""
    there = sorted(inside)
    return Diagnostic("E0706", f"cannot read `{path}`", notes=(reason, *([_programs("in it", there)] if there else [])))


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


def not_native(what: str | None, at: Span | None) -> Diagnostic:
    """E0716: the native engine was asked for and does not take a construct; or, with None, it is not installed."""
    if what is None:
        return Diagnostic(
            "E0716",
            "the native engine is not installed",
            notes=("it compiles by LLVM, which the package `llvmlite` brings",),
            help="pip install llvmlite",
        )
    return Diagnostic(
        "E0716",
        f"the native engine does not take {what}",
        Label(at, "here") if at else None,
        help="leave `--engine native` out: `auto` runs it in the interpreter",
    )


def _programs(where: str, paths: Sequence[str]) -> str:
    """A note that names some programs."""
    shown = [f"`{path}`" for path in paths[:_FEW]]
    left = len(paths) - len(shown)
    return f"programs {where}: {', '.join(shown)}" + (f" and {left} more" if left else "")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _help(verb: str) -> str:
    return f"difftool {verb} --help" if verb else "difftool --help"
